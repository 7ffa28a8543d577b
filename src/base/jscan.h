/* jscan.h - streaming pull scanner for JSON of any size: no tree, constant memory, an explicit stack of containers.
 *
 * The input comes in blocks from a callback, values may lie across blocks. The first failure sticks: every later call
 * answers "nothing more", so callers write plain loops and look at jscan_ok once at the end.
 *
 *     jscan_obj(js);
 *     while (jscan_member(js, &key)) {
 *         if (span_is(key, "nodes"))
 *             read_nodes(js);
 *         else
 *             jscan_skip(js);
 *     }
 *     return jscan_end(js);
 *
 * Every member and item must be read or skipped before the next one is asked for. Texts pass through as they are in the
 * file (UTF-8 is not checked), escapes are undone, lone surrogates and \u0000 become U+FFFD. NaN and Infinity are no
 * numbers. Not thread-safe.
 * Source: RFC 8259. */
#ifndef STET_BASE_JSCAN_H
#define STET_BASE_JSCAN_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct jscan;

/* Fills up to n bytes; *ret_n = 0 at the end of input. */
typedef bool (*jscan_read_fn)(void *user, char *buf, size_t n, size_t *ret_n, struct err *err);

enum jscan_kind { JSCAN_END, JSCAN_OBJ, JSCAN_ARR, JSCAN_STR, JSCAN_NUM, JSCAN_BOOL, JSCAN_NULL };

struct jscan_number {
    double d;
    int64_t i;   /* the exact value, when is_int */
    bool is_int; /* integral and held exactly by i */
};

/* user and err outlive the scanner. depth_max: containers inside each other (ERR_LIMIT beyond). */
struct jscan *jscan_new(jscan_read_fn read, void *user, uint64_t depth_max, struct err *err);
void jscan_free(struct jscan *js); /* NULL is fine */
void jscan_freep(struct jscan **js);
/* Accepts a document that simply stops, and a comma before a closing bracket (trace files of killed processes):
 * then jscan_truncated tells, and the containers end without an error. */
void jscan_allow_open_end(struct jscan *js);

bool jscan_ok(const struct jscan *js);
bool jscan_truncated(const struct jscan *js);
/* Byte at which the last value began, from the start of the input. */
uint64_t jscan_offset(const struct jscan *js);
/* Containers that are open now. */
uint32_t jscan_depth(const struct jscan *js);
/* Fails at the last value: sets the error with its byte, unless something failed before. Always false. */
bool jscan_fail(struct jscan *js, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* After err was set by another module: stops the scanner, and adds the byte where err has none. Always false. */
bool jscan_stop(struct jscan *js);

/* Kind of the value that comes next; JSCAN_END at the end of input or after a failure. */
enum jscan_kind jscan_peek(struct jscan *js);
bool jscan_obj(struct jscan *js); /* enters an object; anything else is an error */
bool jscan_arr(struct jscan *js);
/* Next member of the innermost object: its name in *ret_key, valid until the next jscan_member. False: closed. */
bool jscan_member(struct jscan *js, struct span *ret_key);
/* True when the innermost array has another item, which is next. False: closed. */
bool jscan_item(struct jscan *js);

/* null reads as unknown (NaN), "" and false. */
double jscan_double(struct jscan *js);
struct jscan_number jscan_num(struct jscan *js);
struct span jscan_str(struct jscan *js); /* valid until the next call */
bool jscan_bool(struct jscan *js);
void jscan_skip(struct jscan *js); /* the next value, whatever it is; only brackets and texts are looked at */

/* Up to n numbers of the innermost array in one go; 0: closed, or failed. The quick way through long columns: called
 * until it answers 0. */
size_t jscan_doubles(struct jscan *js, double *out, size_t n);

/* True when nothing failed and only blanks follow; reads to the end of input. */
bool jscan_end(struct jscan *js);

#endif
