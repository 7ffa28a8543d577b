/* jsonw.h - JSON written in order, commas and escaping by the writer. Unknown numbers (NaN, infinite) become null;
 * bytes that are not UTF-8, and NUL, become U+FFFD. In arrays pass key NULL. */
#ifndef STET_BASE_JSONW_H
#define STET_BASE_JSONW_H

#include <stdint.h>

#include "base/sb.h"

struct jsonw {
    struct sb *out; /* borrowed */
    bool comma;     /* the next member needs one */
};

void jsonw_obj(struct jsonw *w, const char *key);
void jsonw_arr(struct jsonw *w, const char *key);
void jsonw_end_obj(struct jsonw *w);
void jsonw_end_arr(struct jsonw *w);
void jsonw_str(struct jsonw *w, const char *key, struct span value);
void jsonw_strz(struct jsonw *w, const char *key, const char *value); /* NULL = null */
void jsonw_num(struct jsonw *w, const char *key, double value);       /* shortest text that reads back equal */
void jsonw_int(struct jsonw *w, const char *key, int64_t value);
void jsonw_bool(struct jsonw *w, const char *key, bool value);
void jsonw_null(struct jsonw *w, const char *key);
void jsonw_text(struct jsonw *w, const char *key, struct span value); /* null when it is empty */
void jsonw_time(struct jsonw *w, const char *key, int64_t unix_us);   /* RFC 3339; null for 0, a moment nobody stated */
void jsonw_raw(struct jsonw *w, const char *key, struct span json);   /* already JSON */
/* A string value with quotes and escapes, no key. */
void json_quote(struct sb *out, struct span value);

#endif
