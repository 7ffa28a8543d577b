#include "import/perf/perf_collapse.h"

#include <stdlib.h>

#include "base/sb.h"
#include "import/perf/perf_scan.h"

/* One folded line in the making. */
struct fold_row {
    uint32_t root, stack;
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
    uint32_t event; /* index of the wanted event in scan.names */
    bool other_events;
    struct fold_row *rows;
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

/* Events of another name than the first are left out. Lines with trace text behind the event are not told apart, as in
 * the other tools. */
static bool wanted(void *user, const struct perf_record *r)
{
    struct fold *f = user;
    struct span name = intern_get(&f->scan.names, r->event);
    f->scan.context = span_starts(r->comm, SPAN("java")) ? CONTEXT_JAVA : 0;
    bool inferno = f->opt->tidy.style == PERF_STYLE_INFERNO;
    if (f->opt->event.len > 0) {
        bool same = span_eq(name, f->opt->event) || span_eq(event_base(name), f->opt->event);
        f->other_events = f->other_events || !same;
        return same;
    }
    bool text = !inferno && has_trace_text(r);
    if (text || name.len == 0 || !(r->has_time || r->has_period))
        return true;
    if (!f->event_fixed) {
        f->event_fixed = true;
        f->event = r->event;
    }
    bool same = r->event == f->event ||
                (inferno && span_eq(event_base(name), event_base(intern_get(&f->scan.names, f->event))));
    f->other_events = f->other_events || !same;
    return same;
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

static void add(struct fold *f, uint32_t root, uint32_t stack, uint64_t weight)
{
    if (!f->slot || f->row_count * 2 > f->mask)
        rows_rehash(f);
    uint32_t at = (uint32_t)row_hash(root, stack) & f->mask;
    for (; f->slot[at] != 0; at = (at + 1) & f->mask) {
        struct fold_row *row = &f->rows[f->slot[at] - 1];
        if (row->root == root && row->stack == stack) {
            row->weight += weight;
            return;
        }
    }
    if (f->row_count == f->row_size) {
        f->row_size = f->row_size ? f->row_size * 2 : 1024;
        f->rows = xrealloc(f->rows, f->row_size, sizeof *f->rows);
    }
    f->rows[f->row_count] = (struct fold_row){ root, stack, weight };
    f->slot[at] = ++f->row_count;
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

/* Order of the written lines, without writing them: the rank of a name is its place among all names with a ';' behind
 * them, so lines compare frame by frame. Where a line ends, the texts decide. */
struct order {
    const struct fold *f;
    uint32_t *rank; /* [name] */
    uint64_t *key;  /* [row] ranks of the first three names, 0 where the line ends among them */
};

static int compare_with_semicolon(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (c)
        return c;
    int next_a = a.len > n ? (unsigned char)a.ptr[n] : ';';
    int next_b = b.len > n ? (unsigned char)b.ptr[n] : ';';
    return next_a != next_b ? next_a - next_b : a.len < b.len ? -1 : a.len > b.len;
}

static int compare_names(const void *context, uint32_t a, uint32_t b)
{
    const struct fold *f = context;
    return compare_with_semicolon(intern_get(&f->names, a), intern_get(&f->names, b));
}

/* Texts of the frames i of both lines, where at least one of the lines ends with it. */
static int compare_ends(const struct fold *f, uint32_t a, bool a_last, uint32_t b, bool b_last)
{
    struct span x = intern_get(&f->names, a);
    struct span y = intern_get(&f->names, b);
    size_t n = x.len < y.len ? x.len : y.len;
    int c = n ? memcmp(x.ptr, y.ptr, n) : 0;
    if (c)
        return c;
    int next_x = x.len > n ? (unsigned char)x.ptr[n] : a_last ? -1 : ';';
    int next_y = y.len > n ? (unsigned char)y.ptr[n] : b_last ? -1 : ';';
    return next_x - next_y;
}

static int compare_rows(const void *context, uint32_t ra, uint32_t rb)
{
    const struct order *o = context;
    if (o->key[ra] != o->key[rb] && o->key[ra] != 0 && o->key[rb] != 0)
        return o->key[ra] < o->key[rb] ? -1 : 1;
    const struct fold_row *a = &o->f->rows[ra];
    const struct fold_row *b = &o->f->rows[rb];
    size_t na;
    size_t nb;
    const uint32_t *x = perf_scan_stack(&o->f->scan, a->stack, &na);
    const uint32_t *y = perf_scan_stack(&o->f->scan, b->stack, &nb);
    uint32_t ix = a->root;
    uint32_t iy = b->root;
    while (ix == iy) {
        if (na == 0 || nb == 0)
            return na == nb ? 0 : na == 0 ? -1 : 1;
        ix = x[--na];
        iy = y[--nb];
    }
    if (na == 0 || nb == 0)
        return compare_ends(o->f, ix, na == 0, iy, nb == 0);
    return o->rank[ix] < o->rank[iy] ? -1 : 1;
}

typedef int (*compare_fn)(const void *context, uint32_t a, uint32_t b);

/* Bottom-up merge sort of indexes. */
static void sort(uint32_t *items, size_t n, compare_fn compare, const void *context)
{
    uint32_t *other = xcalloc(n + 1, sizeof *other);
    uint32_t *from = items;
    uint32_t *to = other;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n;
            size_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            size_t i = lo;
            size_t j = mid;
            for (size_t k = lo; k < hi; k++)
                to[k] = i < mid && (j == hi || compare(context, from[i], from[j]) <= 0) ? from[i++] : from[j++];
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
    free(other);
}

static uint32_t *identity(uint32_t n)
{
    uint32_t *v = xcalloc((size_t)n + 1, sizeof *v);
    for (uint32_t i = 0; i < n; i++)
        v[i] = i;
    return v;
}

static void write_row(const struct fold *f, const struct fold_row *row, struct sb *out)
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

/* What most comparisons need, without looking at the stacks: 20 bits a name. */
static uint64_t *row_keys(const struct fold *f, const uint32_t *rank)
{
    enum { NAME_BITS = 20 };
    uint64_t *key = xcalloc((size_t)f->row_count + 1, sizeof *key);
    for (uint32_t i = 0; i < f->row_count && f->names.count < 1u << NAME_BITS; i++) {
        size_t n;
        const uint32_t *ids = perf_scan_stack(&f->scan, f->rows[i].stack, &n);
        if (n < 3)
            continue;
        uint64_t root = (uint64_t)rank[f->rows[i].root] + 1;
        key[i] = (root << NAME_BITS | rank[ids[n - 1]]) << NAME_BITS | rank[ids[n - 2]];
    }
    return key;
}

static bool write_all(const struct fold *f, collapse_write_fn write, void *user, struct err *err)
{
    enum { FLUSH = 1 << 18 };
    CLEANUP(freep) uint32_t *names = identity(f->names.count);
    CLEANUP(freep) uint32_t *rank = xcalloc((size_t)f->names.count + 1, sizeof *rank);
    sort(names, f->names.count, compare_names, f);
    for (uint32_t i = 0; i < f->names.count; i++)
        rank[names[i]] = i;
    CLEANUP(freep) uint32_t *rows = identity(f->row_count);
    CLEANUP(freep) uint64_t *key = row_keys(f, rank);
    sort(rows, f->row_count, compare_rows, &(struct order){ f, rank, key });
    CLEANUP(sb_release) struct sb out = { 0 };
    for (uint32_t i = 0; i < f->row_count; i++) {
        write_row(f, &f->rows[rows[i]], &out);
        if (out.len >= FLUSH || i + 1 == f->row_count) {
            if (!write(user, sb_span(&out), err))
                return false;
            sb_reset(&out);
        }
    }
    return true;
}

static void describe(const struct fold *f, struct collapse_result *ret, char *event, size_t size)
{
    ret->stacks = f->row_count;
    ret->bad = f->scan.bad;
    ret->first_bad = f->scan.first_bad;
    ret->other_events = f->other_events;
    struct span name = f->opt->event.len > 0 ? f->opt->event
                       : f->event_fixed      ? intern_get(&f->scan.names, f->event)
                                             : SPAN("");
    size_t n = name.len < size - 1 ? name.len : size - 1;
    memcpy(event, name.ptr, n);
    event[n] = '\0';
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
    f.scan.address_matters = opt->tidy.addrs;
    f.scan.no_repeats = opt->recursive;
    bool ok = read_all(&f, ret, err);
    describe(&f, ret, ret_event, event_size);
    ok = ok && write_all(&f, write, user, err);
    free(f.rows);
    free(f.slot);
    sb_release(&f.text);
    sb_release(&f.last_comm);
    intern_release(&f.names);
    perf_scan_release(&f.scan);
    return ok;
}
