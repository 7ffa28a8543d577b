/* json.h - small JSON documents as a tree (API bodies, stored analyses, configuration). Sole file to see cJSON.
 * Bulk profile JSON goes through base/jscan.h instead. Reading functions accept NULL and answer "absent". */
#ifndef STET_BASE_JSON_H
#define STET_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

struct json; /* a value; owned by the document it was parsed into */

enum json_kind { JSON_ABSENT, JSON_NULL, JSON_BOOL, JSON_NUM, JSON_STR, JSON_ARR, JSON_OBJ };

/* Checks depth (<= depth_max), UTF-8, finite numbers and that nothing follows; then builds the tree.
 * Errors: ERR_MALFORMED with byte, ERR_LIMIT. Owns: *ret, free with json_free. */
bool json_parse(struct span text, size_t depth_max, struct json **ret, struct err *err) MUST_CHECK;
/* The same, but a number beyond all doubles is infinite: for readers that name the field of each wrong value. */
bool json_parse_wide(struct span text, size_t depth_max, struct json **ret, struct err *err) MUST_CHECK;
void json_free(struct json *doc);
void json_freep(struct json **doc);

enum json_kind json_kind_of(const struct json *v);
const struct json *json_get(const struct json *obj, const char *key);   /* exact case, first of that name */
const struct json *json_path(const struct json *obj, const char *path); /* "time.cpu_share.lo" */
const struct json *json_first(const struct json *v);                    /* first child of array or object */
const struct json *json_next(const struct json *child);
size_t json_count(const struct json *v);
struct span json_key(const struct json *child); /* name of an object's member */
double json_num(const struct json *v, double otherwise);
bool json_bool(const struct json *v, bool otherwise); /* also numbers 0 and 1 */
struct span json_str(const struct json *v);           /* empty when not a string; borrowed */
bool json_is_null(const struct json *v);              /* null or absent */

#endif
