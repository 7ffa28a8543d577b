/* utf16.h - UTF-16 as UTF-8, piece by piece. */
#ifndef STET_IMPORT_UTF16_H
#define STET_IMPORT_UTF16_H

#include <stdint.h>

#include "base/span.h"

/* What a piece left over: half a unit, or a high surrogate that waits for its low one. Zeroed at the start. */
struct utf16 {
    bool big; /* most significant byte first */
    bool has_odd;
    uint8_t odd;
    uint16_t high; /* 0: none */
};

/* Room that n bytes may need. */
static inline size_t utf16_room(size_t n)
{
    return n * 2 + 8;
}
/* Out: bytes written, at most utf16_room(in.len). Lone surrogates become U+FFFD. */
size_t utf16_decode(struct utf16 *u, struct span in, char *out);
/* What is left at the end of the input, as U+FFFD; at most 6 bytes. */
size_t utf16_finish(struct utf16 *u, char *out);

#endif
