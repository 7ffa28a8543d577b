#include "profile/profile.h"

#include <math.h>
#include <stdlib.h>

static const char *const clock_names[] = {
    [CLOCK_UNKNOWN] = "unknown", [CLOCK_CPU] = "cpu", [CLOCK_WALL] = "wall", [CLOCK_OFF] = "off", [CLOCK_ACCT] = "acct",
};
_Static_assert(ARRAY_LEN(clock_names) == CLOCK_KIND_COUNT, "one name per clock");

static const char *const unit_names[] = {
    [UNIT_SAMPLES] = "samples",   [UNIT_SECONDS] = "seconds", [UNIT_CYCLES] = "cycles",
    [UNIT_COUNT_OTHER] = "count", [UNIT_BYTES] = "bytes",
};
_Static_assert(ARRAY_LEN(unit_names) == UNIT_KIND_COUNT, "one name per unit");

static const char *const frame_names[] = {
    [FRAME_UNKNOWN] = "unknown", [FRAME_MANAGED] = "managed", [FRAME_NATIVE] = "native",
    [FRAME_KERNEL] = "kernel",   [FRAME_META] = "meta",
};
_Static_assert(ARRAY_LEN(frame_names) == FRAME_KIND_COUNT, "one name per kind");

static const char *const runtime_names[] = {
    [RUNTIME_UNKNOWN] = "", [RUNTIME_PYTHON] = "python", [RUNTIME_NODE] = "node",
    [RUNTIME_GO] = "go",    [RUNTIME_JVM] = "jvm",       [RUNTIME_RUBY] = "ruby",
    [RUNTIME_PHP] = "php",  [RUNTIME_DOTNET] = "dotnet", [RUNTIME_NATIVE] = "native",
};
_Static_assert(ARRAY_LEN(runtime_names) == RUNTIME_KIND_COUNT, "one name per runtime");

const char *clock_name(enum clock_kind k)
{
    return clock_names[k];
}

const char *unit_name(enum unit_kind u)
{
    return unit_names[u];
}

const char *frame_kind_name(enum frame_kind k)
{
    return frame_names[k];
}

const char *runtime_name(enum runtime_kind r)
{
    return runtime_names[r];
}

bool clock_from_name(struct span s, enum clock_kind *ret)
{
    for (int k = 0; k < CLOCK_KIND_COUNT; k++) {
        if (span_is(s, clock_names[k])) {
            *ret = (enum clock_kind)k;
            return true;
        }
    }
    return false;
}

bool runtime_from_name(struct span s, enum runtime_kind *ret)
{
    for (int r = 1; r < RUNTIME_KIND_COUNT; r++) {
        if (span_is(s, runtime_names[r])) {
            *ret = (enum runtime_kind)r;
            return true;
        }
    }
    return false;
}

void profile_free(struct profile *p)
{
    if (!p)
        return;
    intern_release(&p->strings);
    free(p->frames);
    free(p->stacks);
    free(p->processes);
    free(p->threads);
    free(p->row_stack);
    free(p->row_thread);
    free(p->row_state);
    free(p->row_labels);
    free(p->row_samples);
    for (uint32_t c = 0; p->row_value && c < p->column_count; c++)
        free(p->row_value[c]);
    free(p->row_value);
    free(p->columns);
    free(p->label_sets);
    free(p->label_pairs);
    free(p->order);
    free(p);
}

struct span profile_str(const struct profile *p, str_id s)
{
    return intern_get(&p->strings, s.ix);
}

const struct profile_frame *profile_frame_of(const struct profile *p, stack_id s)
{
    return &p->frames[p->stacks[s.ix].frame.ix];
}

uint32_t profile_column_find(const struct profile *p, struct span event)
{
    for (uint32_t c = 0; c < p->column_count; c++) {
        if (span_eq(profile_str(p, p->columns[c].event), event))
            return c;
    }
    return UINT32_MAX;
}

uint32_t profile_column_default(const struct profile *p)
{
    uint32_t any = UINT32_MAX;
    uint32_t plain = UINT32_MAX;
    for (uint32_t c = 0; c < p->column_count; c++) {
        const struct profile_column *col = &p->columns[c];
        bool sampled = col->clock == CLOCK_CPU || col->clock == CLOCK_WALL;
        if (!col->is_time)
            continue;
        if (any == UINT32_MAX)
            any = c;
        if (sampled && col->unit == UNIT_SECONDS)
            return c;
        if (sampled && plain == UINT32_MAX)
            plain = c;
    }
    return plain != UINT32_MAX ? plain : any;
}

static bool freeze_tables(const struct profile *p, const struct limits *lim, struct err *err)
{
    uint32_t strings = p->strings.count;
    for (uint32_t i = 0; i < p->frame_count; i++) {
        const struct profile_frame *f = &p->frames[i];
        if (f->func.ix >= strings || f->file.ix >= strings || f->module.ix >= strings || f->kind >= FRAME_KIND_COUNT)
            return err_set(err, ERR_VALUE, "frame %u refers outside its tables", i);
    }
    for (uint32_t i = 1; i < p->stack_count; i++) {
        const struct profile_stack *s = &p->stacks[i];
        if (s->parent.ix >= i || s->frame.ix >= p->frame_count)
            return err_set(err, ERR_VALUE, "stack %u refers to a later stack or a missing frame", i);
        if (s->depth != p->stacks[s->parent.ix].depth + 1 || s->depth > lim->stack_depth)
            return err_set(err, ERR_LIMIT, "stack deeper than %llu frames (limit stack_depth)", (unsigned long long)lim->stack_depth);
    }
    for (uint32_t i = 0; i < p->process_count; i++) {
        if (p->processes[i].name.ix >= strings || p->processes[i].command.ix >= strings)
            return err_set(err, ERR_VALUE, "process %u refers outside the strings", i);
    }
    for (uint32_t i = 0; i < p->thread_count; i++) {
        if (p->threads[i].process.ix >= p->process_count || p->threads[i].name.ix >= strings)
            return err_set(err, ERR_VALUE, "thread %u refers outside its tables", i);
    }
    for (uint32_t i = 0; i < p->label_pair_count; i++) {
        if (p->label_pairs[i].ix >= strings)
            return err_set(err, ERR_VALUE, "label %u refers outside the strings", i);
    }
    for (uint32_t i = 0; i < p->label_set_count; i++) {
        if (p->label_sets[i] > p->label_sets[i + 1] || p->label_sets[i + 1] > p->label_pair_count)
            return err_set(err, ERR_VALUE, "label set %u refers outside the labels", i);
    }
    return true;
}

static bool freeze_column(const struct profile *p, uint32_t c, struct err *err)
{
    double sum = 0;
    for (uint32_t r = 0; r < p->row_count; r++) {
        double v = p->row_value[c][r];
        if (!isfinite(v) || v < 0)
            return err_set(err, ERR_VALUE, "row %u holds a negative or infinite value", r);
        sum += v;
    }
    if (!isfinite(sum) || fabs(sum - p->columns[c].total) > 1e-9 * fmax(1.0, sum))
        return err_set(err, ERR_VALUE, "column %u sums to %.17g, the input held %.17g", c, sum, p->columns[c].total);
    return true;
}

bool profile_freeze(struct profile *p, const struct limits *lim, struct err *err)
{
    if (!freeze_tables(p, lim, err))
        return false;
    for (uint32_t r = 0; r < p->row_count; r++) {
        if (p->row_stack[r].ix >= p->stack_count || p->row_thread[r].ix >= p->thread_count ||
            p->row_state[r] >= STATE_KIND_COUNT || p->row_labels[r] >= p->label_set_count)
            return err_set(err, ERR_VALUE, "row %u refers outside its tables", r);
    }
    for (uint32_t c = 0; c < p->column_count; c++) {
        if (p->columns[c].event.ix >= p->strings.count)
            return err_set(err, ERR_VALUE, "column %u has no name", c);
        if (!freeze_column(p, c, err))
            return false;
    }
    for (uint64_t i = 0; i < p->order_count; i++) {
        if (p->order[i].row >= p->row_count || !isfinite((double)p->order[i].weight) || p->order[i].weight < 0)
            return err_set(err, ERR_VALUE, "entry %llu of the time order is not a row", (unsigned long long)i);
    }
    return true;
}
