/* decode.h - a request body with its Content-Encoding (identity, gzip, deflate, zstd) undone, in blocks, bounded in size
 * and in growth. */
#ifndef STET_HTTP_DECODE_H
#define STET_HTTP_DECODE_H

#include "http/request.h"

struct decode;

/* Errors: ERR_UNSUPPORTED for another encoding; ERR_LIMIT when Content-Length alone is above bytes_max. */
bool decode_open(struct request *rq, uint64_t bytes_max, uint64_t ratio_max, struct decode **ret,
                 struct err *err) MUST_CHECK;
/* Next block, borrowed until the next call; empty at the end of a complete body.
 * Errors: ERR_LIMIT, ERR_BAD_REQUEST (broken or cut-off coding), and those of the body itself. */
bool decode_next(struct decode *d, struct span *ret, struct err *err) MUST_CHECK;
void decode_close(struct decode *d);

#endif
