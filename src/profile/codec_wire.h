/* codec_wire.h - one description of the blob's layout serves both directions: each wire_* call writes *v when the
 * wire writes and fills *v when it reads. A failed read sets `bad` and yields zeros, so callers check once. */
#ifndef STET_PROFILE_CODEC_WIRE_H
#define STET_PROFILE_CODEC_WIRE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/sb.h"

struct wire {
    struct sb *out;      /* writing; NULL when reading */
    struct span in;      /* reading: what is left */
    struct arena *arena; /* reading: where texts go */
    bool bad;
};

bool wire_writes(const struct wire *w);
void wire_u64(struct wire *w, uint64_t *v);
void wire_u32(struct wire *w, uint32_t *v);
void wire_i64(struct wire *w, int64_t *v); /* zigzag */
void wire_f64(struct wire *w, double *v);  /* 8 bytes, little endian; unknown stays unknown */
void wire_bool(struct wire *w, bool *v);
void wire_text(struct wire *w, struct span *v);
void wire_cstr(struct wire *w, const char **v);
/* A count of things that take at least one byte each: never more than what is left. */
void wire_count(struct wire *w, uint32_t *v);
/* An enum below count; anything else is bad. */
unsigned wire_enum(struct wire *w, unsigned v, unsigned count);
/* uint32 column, each value as the zigzag difference to the one before. */
void wire_delta(struct wire *w, uint32_t *v, uint32_t *last);

#define WIRE_ENUM(w, field, count) ((field) = wire_enum((w), (unsigned)(field), (count)))

#endif
