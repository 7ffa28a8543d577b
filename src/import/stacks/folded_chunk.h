/* folded_chunk.h - a piece of folded text read on its own: its lines as lists of frame numbers of the reader that read
 * it. A reader keeps the names it met from chunk to chunk and is used by one thread at a time; the names that a chunk adds
 * are handed over with the chunk, so nobody looks into a reader while it works. */
#ifndef STET_IMPORT_FOLDED_CHUNK_H
#define STET_IMPORT_FOLDED_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* One stack. Its frames are the first `shared` ones of the stack before in the chunk, then `fresh` numbers of ids. */
struct folded_line {
    double count;
    uint32_t shared, fresh;
    uint32_t line; /* in the chunk, from 1 */
    uint32_t hash; /* of the stack's text: the same text, the same hash in every reader of one file */
};

struct folded_chunk {
    char *bytes; /* whole lines */
    size_t len, size;
    /* Filled by folded_chunk_read. */
    unsigned reader;
    struct {
        struct folded_line *items;
        size_t count, cap;
    } lines;
    struct {
        uint32_t *items;
        size_t count, cap;
    } ids;
    struct {
        struct span *items; /* new ones, numbered on from what the reader had before; live as long as the reader */
        size_t count, cap;
    } names;
    uint64_t line_count; /* of any kind */
    uint64_t two_counts; /* lines with two numbers at the end */
    uint64_t joined;     /* lines with a semicolon */
    uint64_t bad, first_bad;
    struct span bad_text; /* of the first bad line; in bytes */
};

struct folded_reader;
/* seed: the same for all readers of one file, another one in another process. */
struct folded_reader *folded_reader_new(uint64_t seed);
void folded_reader_free(struct folded_reader *r); /* NULL is fine */
void folded_chunk_read(struct folded_reader *r, struct folded_chunk *chunk);
void folded_chunk_release(struct folded_chunk *chunk);

/* folded_split - "<stack> <count>": the count is the last word. False when there is none. */
bool folded_split(struct span line, struct span *ret_stack, double *ret_count);

#endif
