#include "import/perf/perf_collapse.h"
#include "import/perf/data_feed.h"

#include <stdlib.h>

#include "base/sb.h"
#include "import/perf/perf_order.h"

struct fold_first {
    uint32_t root; /* + 1, 0 = not met yet */
    uint64_t weight;
};

struct fold {
    const struct collapse_options *opt;
    struct perf_scan scan;
    struct intern names; /* of frames and roots, as they are written */
    struct sb text;      /* scratch */
    struct sb last_comm; /* of the last sample, with its root */
    int64_t last_pid, last_tid;
    uint32_t last_root;
    bool event_fixed;
    struct sb event_name; /* of the first one, once it is fixed */
    uint32_t last_event;  /* whether it was the wanted one */
    bool same, same_known;
    bool other_events;
    struct fold_first *first; /* [stack] the row of the root it was met under first */
    uint32_t first_count;
    struct perf_row *rows; /* of the other roots; in the end of all */
    uint32_t row_count, row_size;
    uint32_t *slot; /* row + 1 by (root, stack) */
    uint32_t mask;
};

enum { CONTEXT_JAVA = 1 };

static bool resolve(void *user, struct perf_scan *scan, struct span symbol, struct span dso, struct span address,
                    struct err *err)
{
    (void)err;
    struct fold *f = user;
    struct perf_tidy opt = f->opt->tidy;
    opt.java = scan->context == CONTEXT_JAVA;
    size_t end[PERF_TIDY_NAMES];
    size_t n = perf_tidy(&opt, symbol, dso, address, &f->text, end);
    while (n-- > 0) {
        size_t from = n > 0 ? end[n - 1] : 0;
        perf_scan_push(scan, intern_add(&f->names, span_sub(sb_span(&f->text), from, end[n] - from)));
    }
    return true;
}

/* "cycles:u" without its modifiers. */
static struct span event_base(struct span name)
{
    return span_sub(name, 0, span_chr(name, 0, ':'));
}

/* Fields of a tracepoint behind the event, not the single frame of a stack. */
static bool has_trace_text(const struct perf_record *r)
{
    return r->text.len > 0 && r->text.ptr[r->text.len - 1] != ')';
}

/* Whether an event is told by name alone: not without time and period, nor, to the Perl tool, before trace text. */
static bool has_plain_name(const struct fold *f, const struct perf_record *r, struct span name)
{
    bool text = f->opt->tidy.style == PERF_STYLE_FLAMEGRAPH && has_trace_text(r);
    return !text && name.len > 0 && (r->has_time || r->has_period);
}

static bool is_event(const struct fold *f, struct span name)
{
    struct span given = f->opt->event;
    if (given.len > 0)
        return span_eq(name, given) || span_eq(event_base(name), given);
    struct span first = sb_span(&f->event_name);
    return span_eq(name, first) ||
           (f->opt->tidy.style == PERF_STYLE_INFERNO && span_eq(event_base(name), event_base(first)));
}

/* Events of another name than the given or first one are left out. */
static bool wanted(void *user, const struct perf_record *r)
{
    struct fold *f = user;
    struct span name = intern_get(&f->scan.names, r->event);
    f->scan.context = span_starts(r->comm, SPAN("java")) ? CONTEXT_JAVA : 0;
    bool given = f->opt->event.len > 0;
    if (!given && !has_plain_name(f, r, name))
        return true;
    if (!given && !f->event_fixed) {
        f->event_fixed = true;
        sb_add(&f->event_name, name);
        f->scan.settled = true;
    }
    if (!f->same_known || f->last_event != r->event)
        f->same = is_event(f, name);
    f->same_known = true;
    f->last_event = r->event;
    f->other_events = f->other_events || !f->same;
    return f->same;
}

/* The same of another thread, which sees nothing but what is fixed by now. */
static bool skip(const void *user, const struct perf_record *r, struct span name)
{
    const struct fold *f = user;
    return (f->opt->event.len > 0 || has_plain_name(f, r, name)) && !is_event(f, name);
}

static uint32_t root_of(struct fold *f, const struct perf_record *r)
{
    /* Samples of one thread come in runs. */
    struct sb *last = &f->last_comm;
    if (last->len > 0 && f->last_pid == r->pid && f->last_tid == r->tid && span_eq(sb_span(last), r->comm))
        return f->last_root;
    struct sb *t = &f->text;
    sb_reset(t);
    for (size_t i = 0; i < r->comm.len; i++)
        sb_addc(t, r->comm.ptr[i] == ' ' ? '_' : r->comm.ptr[i]);
    if (f->opt->pid || f->opt->tid) {
        sb_addc(t, '-');
        if (r->has_pid)
            sb_printf(t, "%lld", (long long)r->pid);
        else
            sb_addc(t, '?');
        if (f->opt->tid)
            sb_printf(t, "/%lld", (long long)r->tid);
    }
    sb_reset(last);
    sb_add(last, r->comm);
    f->last_pid = r->pid;
    f->last_tid = r->tid;
    f->last_root = intern_add(&f->names, sb_span(t));
    return f->last_root;
}

static uint64_t row_hash(uint32_t root, uint32_t stack)
{
    uint64_t h = ((uint64_t)root << 32 | stack) * 0x9fb21c651e98df25u;
    return h ^ h >> 29;
}

static void rows_rehash(struct fold *f)
{
    uint32_t slots = f->slot ? (f->mask + 1) * 4 : 4096;
    free(f->slot);
    f->slot = xcalloc(slots, sizeof *f->slot);
    f->mask = slots - 1;
    for (uint32_t i = 0; i < f->row_count; i++) {
        uint32_t at = (uint32_t)row_hash(f->rows[i].root, f->rows[i].stack) & f->mask;
        while (f->slot[at] != 0)
            at = (at + 1) & f->mask;
        f->slot[at] = i + 1;
    }
}

static void row_push(struct fold *f, struct perf_row row)
{
    if (f->row_count == f->row_size) {
        f->row_size = f->row_size ? f->row_size * 2 : 1024;
        f->rows = xrealloc(f->rows, f->row_size, sizeof *f->rows);
    }
    f->rows[f->row_count++] = row;
}

/* True when it was added to the row of the root that the stack was met under first: nearly always. */
static bool add_first(struct fold *f, uint32_t root, uint32_t stack, uint64_t weight)
{
    if (stack >= f->first_count) {
        uint32_t count = stack < 512 ? 1024 : stack * 2;
        f->first = xrealloc(f->first, count, sizeof *f->first);
        memset(f->first + f->first_count, 0, (count - f->first_count) * sizeof *f->first);
        f->first_count = count;
    }
    struct fold_first *first = &f->first[stack];
    if (first->root == 0)
        first->root = root + 1;
    if (first->root != root + 1)
        return false;
    first->weight += weight;
    return true;
}

static void add(struct fold *f, uint32_t root, uint32_t stack, uint64_t weight)
{
    if (add_first(f, root, stack, weight))
        return;
    if (!f->slot || f->row_count * 2 > f->mask)
        rows_rehash(f);
    uint32_t at = (uint32_t)row_hash(root, stack) & f->mask;
    for (; f->slot[at] != 0; at = (at + 1) & f->mask) {
        struct perf_row *row = &f->rows[f->slot[at] - 1];
        if (row->root == root && row->stack == stack) {
            row->weight += weight;
            return;
        }
    }
    row_push(f, (struct perf_row){ root, stack, weight });
    f->slot[at] = f->row_count;
}

/* Whether the tool in question counts this sample. */
static bool counts(const struct fold *f, const struct perf_record *r, struct collapse_result *ret)
{
    if (f->opt->tidy.style == PERF_STYLE_INFERNO)
        return r->frame_count > 0;
    /* Without its blank line the Perl tool loses the last sample; alone, it is better than nothing. */
    ret->cut = !r->ended && r->frame_count > 0;
    return r->ended || (ret->samples == 0 && r->frame_count > 0);
}

static uint64_t weight(const struct fold *f, const struct perf_record *r)
{
    if (f->opt->tidy.style == PERF_STYLE_INFERNO)
        return r->has_period ? r->period : 1;
    return r->has_period && r->period > 0 && !has_trace_text(r) ? r->period : 1;
}

static bool read_all(struct fold *f, struct collapse_result *ret, struct err *err)
{
    for (;;) {
        struct perf_record r;
        if (!perf_scan_next(&f->scan, &r, err))
            return false;
        if (r.kind == PERF_END)
            return true;
        if (r.kind == PERF_SIDE || r.comm.len == 0)
            continue;
        if (!counts(f, &r, ret))
            continue;
        if (r.stack == PERF_STACK_NONE)
            return err_at_line(err, ERR_LIMIT, r.line, "line %llu: more than %llu distinct stacks",
                               (unsigned long long)r.line, (unsigned long long)f->opt->limits.stacks);
        ret->samples++;
        add(f, root_of(f, &r), r.stack, weight(f, &r));
    }
}

static void write_row(const struct fold *f, const struct perf_row *row, struct sb *out)
{
    size_t n;
    const uint32_t *ids = perf_scan_stack(&f->scan, row->stack, &n);
    sb_add(out, intern_get(&f->names, row->root));
    while (n > 0) {
        sb_addc(out, ';');
        sb_add(out, intern_get(&f->names, ids[--n]));
    }
    sb_printf(out, " %llu\n", (unsigned long long)row->weight);
}

static bool write_all(const struct fold *f, collapse_write_fn write, void *user, struct err *err)
{
    enum { FLUSH = 1 << 18 };
    CLEANUP(freep) uint32_t *order = perf_order_rows(&f->names, &f->scan, f->rows, f->row_count);
    CLEANUP(sb_release) struct sb out = { 0 };
    for (uint32_t i = 0; i < f->row_count; i++) {
        write_row(f, &f->rows[order[i]], &out);
        if (out.len >= FLUSH || i + 1 == f->row_count) {
            if (!write(user, sb_span(&out), err))
                return false;
            sb_reset(&out);
        }
    }
    return true;
}

/* All rows in one array; inferno writes no stack that lost all its frames. */
static void gather(struct fold *f)
{
    for (uint32_t s = 0; s < f->first_count; s++) {
        if (f->first[s].root > 0)
            row_push(f, (struct perf_row){ f->first[s].root - 1, s, f->first[s].weight });
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->row_count; i++) {
        size_t n;
        (void)perf_scan_stack(&f->scan, f->rows[i].stack, &n);
        if (n > 0 || f->opt->tidy.style != PERF_STYLE_INFERNO)
            f->rows[kept++] = f->rows[i];
    }
    f->row_count = kept;
}

static void describe(const struct fold *f, struct collapse_result *ret, char *event, size_t size)
{
    ret->stacks = f->row_count;
    ret->bad = f->scan.bad;
    ret->first_bad = f->scan.first_bad;
    ret->other_events = f->other_events;
    struct span name = f->opt->event.len > 0 ? f->opt->event : f->event_fixed ? sb_span(&f->event_name) : SPAN("");
    size_t n = name.len < size - 1 ? name.len : size - 1;
    memcpy(event, name.ptr, n);
    event[n] = '\0';
}

/* A recording feeds the scan itself. */
static bool feed(struct fold *f, struct source *in, struct pdata_feed *d, bool *ret_opened, struct err *err)
{
    struct span head;
    if (!source_peek(in, 8, &head, err))
        return false;
    if (!pdata_magic(head))
        return true;
    *ret_opened = true;
    struct pdata_options options = { .limits = &f->opt->limits, .symbols = f->opt->symbols };
    if (!pdata_feed_open(d, in, &options, err))
        return false;
    pdata_feed_attach(d, &f->scan);
    return true;
}

bool perf_collapse(struct source *in, const struct collapse_options *opt, collapse_write_fn write, void *user,
                   struct collapse_result *ret, char *ret_event, size_t event_size, struct err *err)
{
    struct fold f = { .opt = opt };
    *ret = (struct collapse_result){ 0 };
    intern_init(&f.names);
    perf_scan_init(&f.scan, in, opt->limits.stacks);
    f.scan.user = &f;
    f.scan.resolve = resolve;
    f.scan.wanted = wanted;
    f.scan.skip = skip;
    f.scan.settled = opt->event.len > 0;
    f.scan.threads = opt->threads;
    f.scan.address_matters = opt->tidy.addrs;
    f.scan.no_repeats = opt->recursive;
    struct pdata_feed recording;
    bool opened = false;
    bool ok = feed(&f, in, &recording, &opened, err) && read_all(&f, ret, err);
    gather(&f);
    describe(&f, ret, ret_event, event_size);
    ok = ok && write_all(&f, write, user, err);
    if (opened)
        pdata_feed_close(&recording);
    free(f.first);
    free(f.rows);
    free(f.slot);
    sb_release(&f.text);
    sb_release(&f.last_comm);
    sb_release(&f.event_name);
    intern_release(&f.names);
    perf_scan_release(&f.scan);
    return ok;
}
