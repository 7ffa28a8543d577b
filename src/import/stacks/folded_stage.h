/* folded_stage.h - folded text read once, as it stands: raw frames in a prefix tree with their sums. What the weights and
 * the root frames mean shows only at the end of the file (fmt_folded.c). */
#ifndef STET_IMPORT_FOLDED_STAGE_H
#define STET_IMPORT_FOLDED_STAGE_H

#include "import/importer.h"

struct folded_stage {
    struct profile *raw; /* frames hold the raw text as func; one column; owned */
    uint64_t lines;      /* stacks read, duplicates counted */
    uint64_t bad;        /* lines that are no stack and no comment */
    uint64_t first_bad;  /* line number */
    bool integral;       /* every weight is a whole number below 2^53 */
    uint64_t divisor;    /* greatest common divisor of the weights, 0 when not integral */
    double sum;
};

/* Errors: ERR_EMPTY, ERR_MALFORMED (more bad lines than good ones), ERR_VALUE (a negative count), ERR_UNSUPPORTED (two
 * counts a line), ERR_LIMIT; all name the line. */
bool folded_stage_read(struct source *in, const struct import_options *opt, struct folded_stage *ret,
                       struct err *err) MUST_CHECK;
void folded_stage_release(struct folded_stage *s);

/* folded_split - "<stack> <count>": the count is the last word. False when there is none. */
bool folded_split(struct span line, struct span *ret_stack, double *ret_count);

#endif
