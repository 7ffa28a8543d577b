/* folded_stage.h - folded text read once, as it stands: raw frames in a prefix tree with their sums. What the weights and
 * the root frames mean shows only at the end of the file (fmt_folded.c). */
#ifndef STET_IMPORT_FOLDED_STAGE_H
#define STET_IMPORT_FOLDED_STAGE_H

#include "base/intern.h"
#include "import/importer.h"

struct folded_node {
    uint32_t parent; /* a smaller index; 0 is the root, which has no frame */
    uint32_t frame;  /* index of its text in names */
    uint32_t row;    /* of the stacks that end here, + 1; 0 = none */
};

struct folded_row {
    double weight;
    uint32_t node;
    uint32_t hash;
};

/* One tree of the whole file: nodes and rows stand in the order of their first line. All of it is owned. */
struct folded_stage {
    struct intern names; /* frame texts; 0 is no frame */
    struct {
        struct folded_node *items;
        uint32_t count, cap;
    } nodes;
    struct {
        struct folded_row *items;
        uint32_t count, cap;
    } rows;
    uint64_t lines;     /* stacks read, duplicates counted */
    uint64_t bad;       /* lines that are no stack and no comment */
    uint64_t first_bad; /* line number */
    bool integral;      /* every weight is a whole number below 2^53 */
    uint64_t divisor;   /* greatest common divisor of the weights, 0 when not integral */
    double sum;
};

/* Large files are read by opt->threads threads; the result is that of one. Errors: ERR_EMPTY, ERR_MALFORMED (more bad
 * lines than good ones), ERR_VALUE (a negative count), ERR_UNSUPPORTED (two counts a line), ERR_LIMIT; all name the
 * line. */
bool folded_stage_read(struct source *in, const struct import_options *opt, struct folded_stage *ret,
                       struct err *err) MUST_CHECK;
void folded_stage_release(struct folded_stage *s);

#endif
