/* intern.h - each distinct string once, as a dense index. Index 0 is the empty string. */
#ifndef STET_BASE_INTERN_H
#define STET_BASE_INTERN_H

#include <stdint.h>

#include "base/span.h"

struct intern {
    char *bytes; /* all strings back to back, each NUL-terminated */
    size_t bytes_len;
    size_t bytes_size;
    uint64_t *offset; /* start of string i */
    uint32_t count;
    uint32_t size;
    uint32_t *slot; /* open addressing, index + 1, 0 = free */
    uint32_t slots;
};

void intern_init(struct intern *t);
void intern_release(struct intern *t);
/* Index of s, added when new. The table never shrinks. Cost: O(len). */
uint32_t intern_add(struct intern *t, struct span s);
/* True and the index when s is known. */
bool intern_find(const struct intern *t, struct span s, uint32_t *ret);
/* Borrowed from the table, valid until the next intern_add. */
struct span intern_get(const struct intern *t, uint32_t ix);

#endif
