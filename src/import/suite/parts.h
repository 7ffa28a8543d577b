/* parts.h - the parts of a benchmark suite, each found by what it holds and read into facts. Private to suite/. */
#ifndef STET_IMPORT_SUITE_PARTS_H
#define STET_IMPORT_SUITE_PARTS_H

#include "base/json.h"
#include "profile/artefact.h"

enum suite_role { ROLE_UNKNOWN, ROLE_PRESENT, ROLE_ALTERNATIVE };
/* From a name: node_ws, rust-ws-metrics.json, baseline ... */
enum suite_role suite_role_of(struct span name);

bool suite_is_bus(const struct json *obj);
bool suite_is_spawn(const struct json *obj);
bool suite_is_tokens(const struct json *obj);
bool suite_is_messages(const struct json *obj);

/* One bus under load. What it takes to compare two of them stands in other files or other parts, so the numbers go out
 * as x_bus_*, each bus begun by x_bus; evidence/suite.c puts them together. */
void suite_bus(struct artefact *a, const struct json *obj, enum suite_role role);
/* Agents started for each task against agents kept alive. */
void suite_spawn(struct artefact *a, const struct json *obj);
/* Handling of streamed tokens. */
void suite_tokens(struct artefact *a, const struct json *obj);
/* Conversations between agents. */
void suite_messages(struct artefact *a, const struct json *obj);

#endif
