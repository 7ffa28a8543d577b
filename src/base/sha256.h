/* sha256.h - SHA-256 (FIPS 180-4) in pieces. Sole user of libcrypto's headers with hmac. */
#ifndef STET_BASE_SHA256_H
#define STET_BASE_SHA256_H

#include "base/span.h"

struct sha256; /* opaque */

struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, struct span bytes);
/* Writes 64 lower-case hex digits and NUL, and frees h. */
void sha256_finish(struct sha256 *h, char ret_hex[65]);
void sha256_free(struct sha256 *h);
void sha256_hex(struct span bytes, char ret_hex[65]);
/* Fills out with n bytes fit for tokens and ids; false when the system has none. */
bool random_bytes(void *out, size_t n);

#endif
