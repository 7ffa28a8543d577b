/* perf_chunk.h - a piece of perf script text read on its own: its events as records whose stacks are numbered by the
 * reader that read it. A reader keeps what repeats from chunk to chunk and is used by one thread at a time; what a chunk
 * adds to its tables is handed over with the chunk, so nobody looks into a reader while it works.
 *
 * 1. A chunk ends where an event surely ends: behind a blank line or before an event line (perf_chunk_end).
 * 2. Records and their numbers depend on the reader's past; what the user of perf_scan sees does not (perf_scan.c). */
#ifndef STET_IMPORT_PERF_CHUNK_H
#define STET_IMPORT_PERF_CHUNK_H

#include "base/arena.h"
#include "import/perf/perf_scan.h"

/* One frame text that the reader met for the first time; lives as long as the reader. */
struct perf_text {
    struct span address; /* where it was met first, without leading blanks */
    struct span text;    /* behind the address */
};

/* One list of texts, leaf first. */
struct perf_texts {
    const uint32_t *ids;
    uint32_t count;
};

struct perf_raw {
    struct perf_record rec; /* spans borrow from the chunk; line counts from 1 in the chunk; stack is the reader's */
    struct span event;
    bool bare;    /* a stack without an event line */
    bool comment; /* rec.text is a comment line */
};

struct perf_raws {
    struct perf_raw *items;
    size_t count, cap;
};

struct perf_text_list {
    struct perf_text *items;
    size_t count, cap;
};

struct perf_stack_list {
    struct perf_texts *items;
    size_t count, cap;
};

struct perf_chunk {
    char *bytes;
    size_t len, size;
    bool skip; /* ask perf_scan.skip which stacks are not wanted */
    /* Filled by perf_chunk_read. */
    unsigned reader;
    struct perf_raws records;
    struct perf_text_list texts; /* new ones, numbered on from what the reader had before */
    struct perf_stack_list stacks;
    uint64_t lines, bad, first_bad;
};

struct perf_reader;
struct perf_reader *perf_reader_new(const struct perf_scan *scan, uint64_t stacks_max);
void perf_reader_free(struct perf_reader *r);
/* Reads chunk->bytes. Does not touch scan, other than by calling its `skip`. */
void perf_chunk_read(struct perf_reader *r, struct perf_chunk *chunk);
void perf_chunk_release(struct perf_chunk *chunk);
/* Bytes of text up to where its last event surely begins or ends; 0 when there is no such place. */
size_t perf_chunk_end(struct span text);

#endif
