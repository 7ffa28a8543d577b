/* blocks_stage.h - stack blocks on their way into a profile: what their numbers are shows only at the end of the file. */
#ifndef STET_IMPORT_TRACE_BLOCKS_STAGE_H
#define STET_IMPORT_TRACE_BLOCKS_STAGE_H

#include "import/importer.h"
#include "import/trace/blocks.h"
#include "profile/builder.h"

/* A frame taken apart; kernel: by its module. Buffers live as long as the call. */
struct stage_frame {
    struct frame_desc d;
    bool kernel;
};
typedef void (*stage_frame_fn)(struct span text, struct stage_frame *ret);

struct stage_entry {
    stack_id stack;
    thread_id thread;
    uint32_t map;
    bool off, preempted;
    double value;
};

struct stage_map {
    str_id name;
    double sum, off; /* off: in stacks that end in the scheduler */
    uint64_t entries;
    bool integral;
};

struct blocks_stage {
    struct builder *b;
    const struct limits *limits;
    stage_frame_fn read_frame;
    process_id process;
    struct intern map_names;
    struct {
        struct stage_map *items;
        size_t count, cap;
    } maps;
    struct {
        struct stage_entry *items;
        size_t count, cap;
    } entries;
    uint64_t stackless; /* entries without a frame */
    bool keys;          /* some entry named a thread or program */
};

void blocks_stage_init(struct blocks_stage *s, const struct limits *lim, stage_frame_fn read_frame);
void blocks_stage_release(struct blocks_stage *s);
/* A block_fn; user is the stage. */
bool blocks_stage_add(void *user, const struct block *b, struct err *err);
/* One row for each entry in column columns[map] times scale[map]; states where off[map]. */
bool blocks_stage_rows(struct blocks_stage *s, const uint32_t *columns, const double *scale, const bool *off,
                       struct err *err) MUST_CHECK;

#endif
