/* json_in.h - what the JSON importers share: the scanner over a source, and frames as exporters write them. */
#ifndef STET_IMPORT_JSON_IN_H
#define STET_IMPORT_JSON_IN_H

#include "base/arena.h"
#include "base/jscan.h"
#include "import/importer.h"
#include "profile/builder.h"

/* A scanner over the rest of `in`; in and err outlive it. Nesting as deep as two containers a stack frame. */
struct jscan *json_in_open(struct source *in, const struct limits *lim, struct err *err);

/* json_in_frame - a frame from an exporter's name, file and line (method 2.2).
 * In:     name as it is; without a file it may hold one ("func (file:line)", see frametext.h); line 0 = unknown
 * Out:    func, file, module, line, kind; native for libraries and C sources
 * Owns:   texts are copied into arena */
struct frame_desc json_in_frame(struct span name, struct span file, uint32_t line, struct arena *arena);

/* json_in_node_frame - a V8 call frame. In: url as V8 gives it, line from 1 (0 unknown), native: no script at all. */
struct frame_desc json_in_node_frame(struct span func, struct span url, uint32_t line, bool native);

/* True when one of the quoted texts stands in the head as a member's name: "name" blanks ':'. */
bool json_in_has_key(struct span head, const char *name);
/* First byte of the head that is not blank. */
char json_in_first(struct span head);

#endif
