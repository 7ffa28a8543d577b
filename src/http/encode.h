/* encode.h - answers in the encoding that a client reads. */
#ifndef STET_HTTP_ENCODE_H
#define STET_HTTP_ENCODE_H

#include "base/sb.h"

enum coding { CODING_NONE, CODING_GZIP, CODING_ZSTD };

/* The best of an Accept-Encoding header: zstd before gzip before none; q=0 refuses. ptr NULL when there is no header. */
enum coding coding_choose(struct span accept);
const char *coding_name(enum coding c); /* as Content-Encoding says it; NULL for none */
/* Text and the numbers of flame graphs; what is compressed already is not. type NULL = no body. */
bool coding_fits(const char *type, size_t bytes);
/* The bytes encoded, appended to out; kept: as small as can be, for what is encoded once. False when that failed or brought nothing: they are sent as they are. */
bool coding_encode(enum coding c, struct span bytes, bool kept, struct sb *out);

#endif
