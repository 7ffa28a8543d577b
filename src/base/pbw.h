/* pbw.h - writing protocol-buffer messages field by field, without a schema; the counterpart of pb.h.
 * Source: https://protobuf.dev/programming-guides/encoding/ */
#ifndef STET_BASE_PBW_H
#define STET_BASE_PBW_H

#include <stdint.h>

#include "base/sb.h"

void pbw_varint(struct sb *out, uint64_t value);
/* A number, left out when it is 0 as the encoding does. */
void pbw_number(struct sb *out, uint32_t field, uint64_t value);
/* A message, a string or packed numbers. */
void pbw_bytes(struct sb *out, uint32_t field, struct span bytes);

#endif
