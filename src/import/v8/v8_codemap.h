/* v8_codemap.h - which code lay at an address when: ranges that never overlap, in chunks, so that adding, moving and
 * finding stay cheap whatever the order. */
#ifndef STET_IMPORT_V8_CODEMAP_H
#define STET_IMPORT_V8_CODEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct v8_code_range {
    uint64_t start, size;
    uint32_t code; /* whatever the caller numbers */
};

struct v8_code_chunk;

struct v8_codemap {
    struct v8_code_chunk **items; /* by address */
    uint32_t count, cap;
    uint64_t ranges;
};

void v8_codemap_release(struct v8_codemap *m);
/* Adds a range; what it covers in part or whole is gone. Size 0 counts as 1. */
void v8_codemap_add(struct v8_codemap *m, uint64_t start, uint64_t size, uint32_t code);
/* Takes the range that begins at `start` away. False: there is none. */
bool v8_codemap_take(struct v8_codemap *m, uint64_t start, struct v8_code_range *ret);
/* The range around an address; NULL. Borrowed until the map changes. */
const struct v8_code_range *v8_codemap_find(const struct v8_codemap *m, uint64_t address);

#endif
