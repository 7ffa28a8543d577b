/* pb.h - reading protocol-buffer messages field by field, without a schema. A cursor over bytes that someone else owns;
 * nothing is copied. Every read is bounded; what is broken ends the message with a byte offset in the error.
 * Source: https://protobuf.dev/programming-guides/encoding/ */
#ifndef STET_BASE_PB_H
#define STET_BASE_PB_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum pb_wire { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 };

struct pb {
    const unsigned char *at, *end;
    const unsigned char *start; /* of the input, for offsets */
    uint64_t base;              /* offset of `start`, where the input is held in pieces */
};

struct pb_field {
    uint32_t number;
    enum pb_wire wire;
    uint64_t value;    /* varint, fixed64, fixed32 */
    struct span bytes; /* PB_BYTES */
};

struct pb pb_of(struct span bytes);
/* A message inside `outer`'s input. */
struct pb pb_inside(const struct pb *outer, struct span bytes);
/* Next field; false at the end of the message (err untouched) and when it is broken (ERR_MALFORMED). */
bool pb_next(struct pb *p, struct pb_field *ret, struct err *err);
/* Next varint of a packed field; false as above. */
bool pb_varint(struct pb *p, uint64_t *ret, struct err *err);
bool pb_done(const struct pb *p);
/* The eight bytes of a fixed64 as a double. */
double pb_double(const struct pb_field *f);
uint64_t pb_offset(const struct pb *p);

#endif
