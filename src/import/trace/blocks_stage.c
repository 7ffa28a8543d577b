#include "import/trace/blocks_stage.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "import/frametext.h"
#include "import/stacks/off_frames.h"

void blocks_stage_init(struct blocks_stage *s, const struct limits *lim, stage_frame_fn read_frame)
{
    *s = (struct blocks_stage){ .limits = lim, .read_frame = read_frame };
    s->b = builder_new(lim);
    s->process = builder_process(s->b, -1, SPAN(""), SPAN(""));
    intern_init(&s->map_names);
}

void blocks_stage_release(struct blocks_stage *s)
{
    builder_free(s->b);
    intern_release(&s->map_names);
    free(s->maps.items);
    free(s->entries.items);
}

/* Which of the groups is the kernel's: the one with a scheduler frame or a system call entry; of two unmarked ones the
 * first, as every script prints them. UINT32_MAX: none. */
static uint32_t kernel_group(const struct blocks_stage *s, const struct block *b)
{
    uint32_t last = b->frame_count > 0 ? b->frames[b->frame_count - 1].group : 0;
    for (size_t i = 0; i < b->frame_count; i++) {
        struct stage_frame f;
        s->read_frame(b->frames[i].text, &f);
        if (f.kernel || off_frames_is_leaf(f.d.func) || frametext_is_kernel_entry(f.d.func))
            return b->frames[i].group;
    }
    return last > 0 ? b->frames[0].group : UINT32_MAX;
}

/* The frames of one group, root first. */
static bool push_group(struct blocks_stage *s, const struct block *b, uint32_t group, bool kernel,
                       struct stage_entry *e, struct err *err)
{
    for (size_t i = b->frame_count; i-- > 0;) {
        if (b->frames[i].group != group)
            continue;
        struct stage_frame f;
        frame_id frame;
        s->read_frame(b->frames[i].text, &f);
        if (f.d.func.len == 0)
            continue;
        if (f.d.kind != FRAME_META)
            f.d.kind = kernel || f.kernel ? FRAME_KERNEL : f.d.kind == FRAME_UNKNOWN ? FRAME_NATIVE : f.d.kind;
        bool leaf = off_frames_is_leaf(f.d.func);
        e->preempted = off_frames_is_preempted(f.d.func) || (e->preempted && leaf);
        e->off = leaf;
        if (!builder_frame(s->b, &f.d, &frame, err) || !builder_stack_child(s->b, e->stack, frame, &e->stack, err))
            return false;
    }
    return true;
}

/* "a_half", "a_half, 12", "12": the first word that is no number is the comm, a number beside it tells threads apart. */
static bool key_thread(struct blocks_stage *s, struct span key, thread_id *ret, struct err *err)
{
    struct span name = SPAN("");
    int64_t tid = -1;
    while (key.len > 0) {
        size_t end = span_find(key, 0, SPAN(", "));
        struct span part = span_sub(key, 0, end);
        int64_t number;
        if (!span_to_i64(part, &number))
            name = name.len > 0 ? name : part;
        else if (number >= 0)
            tid = number;
        key = span_from(key, end + 2);
    }
    s->keys = s->keys || name.len > 0;
    return builder_thread(s->b, s->process, tid, name, ret, err);
}

static uint32_t map_of(struct blocks_stage *s, struct span name)
{
    uint32_t ix = name.len > 0 ? intern_add(&s->map_names, name) : 0;
    while (s->maps.count <= ix)
        VEC_PUSH(&s->maps, ((struct stage_map){ .integral = true, .name = { (uint32_t)s->maps.count } }));
    return ix;
}

bool blocks_stage_add(void *user, const struct block *b, struct err *err)
{
    struct blocks_stage *s = user;
    if (b->frame_count == 0) {
        s->stackless++;
        return true;
    }
    if (s->entries.count >= s->limits->cells || s->map_names.count >= s->limits->columns)
        return err_at_line(err, ERR_LIMIT, b->line_no, "line %llu: more than %llu stacks or %llu maps",
                           (unsigned long long)b->line_no, (unsigned long long)s->limits->cells,
                           (unsigned long long)s->limits->columns);
    struct stage_entry e = { .value = b->value, .map = map_of(s, b->map) };
    uint32_t kernel = kernel_group(s, b);
    uint32_t last = b->frames[b->frame_count - 1].group;
    bool ok = key_thread(s, b->key, &e.thread, err);
    for (uint32_t g = 0; ok && g <= last; g++)
        ok = g == kernel || push_group(s, b, g, false, &e, err);
    ok = ok && (kernel == UINT32_MAX || push_group(s, b, kernel, true, &e, err));
    if (!ok)
        return err_wrap(err, "line %llu", (unsigned long long)b->line_no);
    struct stage_map *m = &s->maps.items[e.map];
    m->sum += e.value;
    m->off += e.off ? e.value : 0;
    m->entries++;
    m->integral = m->integral && e.value == floor(e.value) && e.value < 9007199254740992.0;
    VEC_PUSH(&s->entries, e);
    return true;
}

bool blocks_stage_rows(struct blocks_stage *s, const uint32_t *columns, const double *scale, const bool *off,
                       struct err *err)
{
    for (size_t i = 0; i < s->entries.count; i++) {
        const struct stage_entry *e = &s->entries.items[i];
        struct sample_desc d = { .stack = e->stack, .thread = e->thread };
        if (off[e->map])
            d.state = e->preempted ? STATE_RUNNABLE : STATE_WAITING;
        uint32_t row;
        if (!builder_row(s->b, &d, &row, err) ||
            !builder_value(s->b, row, columns[e->map], e->value * scale[e->map], err))
            return false;
        if (!off[e->map] && s->maps.items[e->map].integral && e->value < 1e15 && scale[e->map] == 1)
            builder_samples(s->b, row, (uint64_t)e->value);
    }
    return true;
}
