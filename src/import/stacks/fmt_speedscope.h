/* fmt_speedscope.h - the parts of the speedscope reader. A file may name its frames after the profiles that use them, and
 * a profile its unit and thread after its samples, so everything is first kept in a scratch profile: frame i of the file
 * is the frame with line i, profile k is thread k, values are as written. fmt_speedscope.c makes the real one of it. */
#ifndef STET_IMPORT_FMT_SPEEDSCOPE_H
#define STET_IMPORT_FMT_SPEEDSCOPE_H

#include "base/sb.h"
#include "import/json_in.h"

/* Samples of one profile in order, in pieces that are freed as they are used. */
struct scope_piece {
    struct scope_piece *next;
    uint32_t count, size;
    struct profile_order items[];
};

struct scope_part {
    str_id name; /* in the scratch profile */
    str_id unit;
    double start, end; /* NaN unknown */
    struct scope_piece *first, *last;
    thread_id thread; /* of the scratch profile */
    bool evented;
    bool even;     /* all weights alike, so far */
    double weight; /* the first */
    uint64_t samples;
};

struct scope_open {
    frame_id frame; /* of the scratch profile */
    stack_id stack;
};

struct scope_frame {
    struct frame_desc d;
    bool identity; /* names a thread or process instead of code */
};

struct scope {
    const struct import_options *opt;
    struct jscan *js;
    struct err *err;
    struct builder *scratch;
    struct arena *arena; /* texts that outlive the scanner; the artefact's */
    uint32_t column;
    process_id process;

    struct {
        struct scope_frame *items;
        uint32_t count, cap;
    } frames; /* spans in `arena` */
    struct {
        struct scope_part *items;
        uint32_t count, cap;
    } parts;
    struct {
        uint32_t *items; /* [index in the file] frame of the scratch profile + 1, 0 = not met yet */
        uint32_t count;
    } frame_of;
    struct scope_memo *memo; /* sample lists met before */
    uint64_t kept;           /* entries in all pieces */
    uint32_t frame_max;      /* highest index used, + 1 */
    uint64_t unbalanced;     /* closes that closed more than the innermost frame */
    struct span exporter, title;
    struct sb name, file; /* of the frame being read */
};

void scope_memo_free(struct scope_memo *m);

/* One member of `profiles`. */
bool scope_read_profile(struct scope *s);
/* Adds one sample to a part. */
bool scope_add(struct scope *s, struct scope_part *part, stack_id stack, double weight);

#endif
