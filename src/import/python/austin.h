/* austin.h - what both of austin's formats say: metadata, threads, frames, samples with their time and idle mark. Filled by
 * fmt_austin.c (text) and austin_mojo.c (binary). Private to the importer. */
#ifndef STET_IMPORT_PYTHON_AUSTIN_H
#define STET_IMPORT_PYTHON_AUSTIN_H

#include "import/importer.h"
#include "profile/builder.h"

enum austin_mode { AUSTIN_UNSTATED, AUSTIN_WALL, AUSTIN_CPU, AUSTIN_MEMORY, AUSTIN_FULL };

struct austin {
    const struct import_options *opt;
    struct builder *b;
    struct artefact *a;
    struct err *err;
    enum austin_mode mode;
    double duration_s; /* as the file says; NaN */
    double interval_s; /* NaN */
    uint32_t column;
    struct intern thread_keys; /* process and thread as the file writes them -> index - 1 into threads */
    struct {
        struct austin_thread {
            thread_id id;
            double seconds;
        } * items;
        uint32_t count, cap;
    } threads;
    struct {
        struct austin_map {
            uint64_t from, to;
            str_id path;
        } * items;
        uint32_t count, cap;
    } maps; /* of austinp: where libraries were loaded */
    uint64_t samples, invalid, marked_idle;
    bool native; /* some frame is no Python code */
};

struct austin_sample {
    stack_id stack;
    uint32_t thread; /* index into threads */
    double time_us;
    bool idle, invalid;
};

/* "mode", "wall" and the like. False (refused) when the mode is memory. */
bool austin_metadata(struct austin *x, struct span key, struct span value);
/* The thread of that process; both texts as the file writes them ("x87" is a name). */
bool austin_thread(struct austin *x, struct span pid, struct span tid, uint32_t *ret);
/* A frame from its three parts; *ret_native: no Python code. */
bool austin_frame(struct austin *x, struct span file, struct span func, uint32_t line, frame_id *ret, bool *ret_native);
/* Places for what the sampler marks: the collector at work, a stack that was torn while it was read. */
bool austin_mark(struct austin *x, bool gc, frame_id *ret);
bool austin_add(struct austin *x, const struct austin_sample *s);

bool austin_read_mojo(struct austin *x, struct source *in);

#endif
