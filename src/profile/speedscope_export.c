#include "profile/speedscope_export.h"

#include <stdlib.h>

#include "base/jsonw.h"
#include "version.h"

enum { PIECE = 64 * 1024 };

struct out {
    const struct profile *p;
    uint32_t column;
    folded_write_fn write;
    void *user;
    struct err *err;
    struct sb text;
    struct jsonw w;
    double *order_sum;                  /* by row: weight of its entries in the time order; NULL without an order */
    uint32_t *next_row;                 /* rows of a thread, chained; index + 1 */
    uint32_t *first_row;                /* by thread; index + 1 */
    uint64_t *next_order, *first_order; /* entries of a thread in order, chained; index + 1 */
    frame_id *chain;                    /* one stack, leaf first */
};

static bool flush(struct out *o, bool all)
{
    if (o->text.len < PIECE && !all)
        return true;
    if (!o->write(o->user, sb_span(&o->text), o->err))
        return false;
    sb_reset(&o->text);
    return true;
}

static void write_frame(struct out *o, const struct profile_frame *f)
{
    struct span file = profile_str(o->p, f->file);
    jsonw_obj(&o->w, NULL);
    jsonw_str(&o->w, "name", profile_str(o->p, f->func));
    /* A library stands where a source file is not known: the format has no other place for it. */
    if (file.len == 0)
        file = profile_str(o->p, f->module);
    if (file.len > 0)
        jsonw_str(&o->w, "file", file);
    if (f->line > 0)
        jsonw_int(&o->w, "line", f->line);
    jsonw_end_obj(&o->w);
}

static void write_stack(struct out *o, stack_id s)
{
    uint32_t n = 0;
    for (; s.ix != 0; s = o->p->stacks[s.ix].parent)
        o->chain[n++] = o->p->stacks[s.ix].frame;
    jsonw_arr(&o->w, NULL);
    while (n > 0)
        jsonw_int(&o->w, NULL, o->chain[--n].ix);
    jsonw_end_arr(&o->w);
}

static double row_value(const struct out *o, uint32_t row)
{
    return o->p->row_value[o->column][row];
}

/* The part of its row's value that an entry of the order stands for. */
static double order_value(const struct out *o, uint64_t i)
{
    const struct profile_order *e = &o->p->order[i];
    return row_value(o, e->row) * ((double)e->weight / o->order_sum[e->row]);
}

static bool in_order(const struct out *o, uint32_t row)
{
    return o->order_sum && o->order_sum[row] > 0;
}

/* Calls one of the two writers for every sample of the thread: those with an order first, then what has none. */
static bool each_sample(struct out *o, uint32_t thread, bool weights, double *ret_total)
{
    double total = 0;
    for (uint64_t i = o->order_sum ? o->first_order[thread] : 0; i != 0; i = o->next_order[i - 1]) {
        double v = order_value(o, i - 1);
        total += v;
        if (weights)
            jsonw_num(&o->w, NULL, v);
        else
            write_stack(o, o->p->row_stack[o->p->order[i - 1].row]);
        if (!flush(o, false))
            return false;
    }
    for (uint32_t r = o->first_row[thread]; r != 0; r = o->next_row[r - 1]) {
        double v = row_value(o, r - 1);
        if (in_order(o, r - 1) || !(v > 0))
            continue;
        total += v;
        if (weights)
            jsonw_num(&o->w, NULL, v);
        else
            write_stack(o, o->p->row_stack[r - 1]);
        if (!flush(o, false))
            return false;
    }
    *ret_total = total;
    return true;
}

/* "Process 12 Thread 14 "name"", as py-spy names its profiles, as far as that is known. */
static void write_thread_name(struct out *o, uint32_t thread)
{
    const struct profile_thread *t = &o->p->threads[thread];
    int64_t pid = o->p->processes[t->process.ix].pid;
    struct span name = profile_str(o->p, t->name);
    struct sb text = { 0 };
    if (pid >= 0 && t->tid >= 0)
        sb_printf(&text, "Process %lld ", (long long)pid);
    if (t->tid >= 0)
        sb_printf(&text, "Thread %lld \"%.*s\"", (long long)t->tid, SPAN_FMT(name));
    else
        sb_add(&text, name.len > 0 ? name : SPAN("all threads"));
    jsonw_str(&o->w, "name", sb_span(&text));
    sb_release(&text);
}

static const char *unit_word(enum unit_kind unit)
{
    switch (unit) {
    case UNIT_SECONDS:
        return "seconds";
    case UNIT_BYTES:
        return "bytes";
    case UNIT_SAMPLES:
    case UNIT_CYCLES:
    case UNIT_COUNT_OTHER:
    case UNIT_KIND_COUNT:
        break;
    }
    return "none";
}

static bool write_thread(struct out *o, uint32_t thread)
{
    double total = 0;
    jsonw_obj(&o->w, NULL);
    jsonw_strz(&o->w, "type", "sampled");
    write_thread_name(o, thread);
    jsonw_strz(&o->w, "unit", unit_word(o->p->columns[o->column].unit));
    jsonw_int(&o->w, "startValue", 0);
    jsonw_arr(&o->w, "samples");
    if (!each_sample(o, thread, false, &total))
        return false;
    jsonw_end_arr(&o->w);
    jsonw_num(&o->w, "endValue", total);
    jsonw_arr(&o->w, "weights");
    if (!each_sample(o, thread, true, &total))
        return false;
    jsonw_end_arr(&o->w);
    jsonw_end_obj(&o->w);
    return flush(o, false);
}

/* Rows and entries of the order, chained by thread, first to last. */
static void index_threads(struct out *o)
{
    const struct profile *p = o->p;
    o->first_row = xcalloc(p->thread_count + 1u, sizeof *o->first_row);
    o->next_row = xcalloc(p->row_count + 1u, sizeof *o->next_row);
    for (uint32_t r = p->row_count; r-- > 0;) {
        uint32_t *first = &o->first_row[p->row_thread[r].ix];
        o->next_row[r] = *first;
        *first = r + 1;
    }
    if (p->order_count == 0)
        return;
    o->order_sum = xcalloc(p->row_count + 1u, sizeof *o->order_sum);
    o->first_order = xcalloc(p->thread_count + 1u, sizeof *o->first_order);
    o->next_order = xcalloc(p->order_count, sizeof *o->next_order);
    for (uint64_t i = p->order_count; i-- > 0;) {
        uint32_t row = p->order[i].row;
        if (!(p->order[i].weight > 0) || !(row_value(o, row) > 0))
            continue;
        o->order_sum[row] += (double)p->order[i].weight;
        uint64_t *first = &o->first_order[p->row_thread[row].ix];
        o->next_order[i] = *first;
        *first = i + 1;
    }
}

static uint32_t deepest(const struct profile *p)
{
    uint32_t depth = 1;
    for (uint32_t i = 0; i < p->stack_count; i++)
        depth = p->stacks[i].depth > depth ? p->stacks[i].depth : depth;
    return depth;
}

static bool thread_has_weight(const struct out *o, uint32_t thread)
{
    for (uint32_t r = o->first_row[thread]; r != 0; r = o->next_row[r - 1]) {
        if (row_value(o, r - 1) > 0)
            return true;
    }
    return false;
}

static bool write_all(struct out *o, const struct speedscope_options *opt)
{
    jsonw_obj(&o->w, NULL);
    jsonw_strz(&o->w, "$schema", "https://www.speedscope.app/file-format-schema.json");
    jsonw_strz(&o->w, "exporter", "stet@" STET_VERSION);
    jsonw_str(&o->w, "name", opt->title);
    jsonw_int(&o->w, "activeProfileIndex", 0);
    jsonw_obj(&o->w, "shared");
    jsonw_arr(&o->w, "frames");
    for (uint32_t i = 0; i < o->p->frame_count; i++) {
        write_frame(o, &o->p->frames[i]);
        if (!flush(o, false))
            return false;
    }
    jsonw_end_arr(&o->w);
    jsonw_end_obj(&o->w);
    jsonw_arr(&o->w, "profiles");
    for (uint32_t t = 0; t < o->p->thread_count; t++) {
        if (thread_has_weight(o, t) && !write_thread(o, t))
            return false;
    }
    jsonw_end_arr(&o->w);
    jsonw_end_obj(&o->w);
    return flush(o, true);
}

bool speedscope_write(const struct profile *p, const struct speedscope_options *opt, folded_write_fn write, void *user,
                      struct err *err)
{
    uint32_t column = opt->column != UINT32_MAX ? opt->column : profile_column_default(p);
    if (column == UINT32_MAX)
        column = 0;
    if (column >= p->column_count || !(p->columns[column].total > 0))
        return err_set(err, ERR_EMPTY, "the profile holds no weight to write");
    struct out o = { .p = p, .column = column, .write = write, .user = user, .err = err };
    o.w.out = &o.text;
    o.chain = xcalloc(deepest(p), sizeof *o.chain);
    index_threads(&o);
    bool ok = write_all(&o, opt);
    sb_release(&o.text);
    free(o.chain);
    free(o.first_row);
    free(o.next_row);
    free(o.order_sum);
    free(o.first_order);
    free(o.next_order);
    return ok;
}
