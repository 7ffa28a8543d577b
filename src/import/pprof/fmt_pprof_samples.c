/* Samples of a pprof profile: into the stage as numbers, out of it as rows with threads and labels. */
#include "import/pprof/fmt_pprof.h"

#include <stdlib.h>

#include "base/vec.h"

enum { LABEL_SETS_MAX = 100000 };

/* --- in --- */

struct sample {
    struct span places; /* varints */
    uint32_t depth;
    bool one_piece; /* of the message, not looked into yet */
    int64_t values[PPROF_TYPES_MAX];
    uint32_t value_count;
    struct pprof_label labels[PPROF_LABELS_MAX];
    uint32_t label_count;
};

static bool add_value(struct pprof *p, struct sample *s, uint64_t v)
{
    if (s->value_count == PPROF_TYPES_MAX)
        return err_set(p->err, ERR_MALFORMED, "a sample of more than %d values", PPROF_TYPES_MAX);
    if ((int64_t)v < 0)
        return err_at_byte(p->err, ERR_VALUE, pb_offset(&p->here),
                           "a negative value: the difference of two profiles; send one of the two");
    s->values[s->value_count++] = (int64_t)v;
    return true;
}

static bool check_depth(struct pprof *p, uint32_t depth)
{
    if (depth <= p->opt->limits.stack_depth)
        return true;
    return err_set(p->err, ERR_LIMIT, "stack deeper than %llu frames", (unsigned long long)p->opt->limits.stack_depth);
}

/* How many numbers they are. */
static bool count_packed(struct pprof *p, struct span bytes, uint32_t *depth)
{
    struct pb in = pb_inside(&p->here, bytes);
    uint64_t v;
    while (pb_varint(&in, &v, p->err)) {
        if (!check_depth(p, ++*depth))
            return false;
    }
    return p->err->code == ERR_NONE;
}

/* Location ids: packed into one field as a rule; a field each, or several packed ones, are put together. */
static bool read_places(struct pprof *p, struct sample *s, const struct pb_field *f)
{
    if (f->wire == PB_BYTES && f->bytes.len == 0)
        return true;
    if (f->wire == PB_BYTES && s->places.len == 0) {
        s->places = f->bytes;
        s->one_piece = true;
        return true;
    }
    if (s->places.len == 0 || s->one_piece) {
        if (!count_packed(p, s->places, &s->depth))
            return false;
        sb_reset(&p->places);
        sb_add(&p->places, s->places);
        s->one_piece = false;
    }
    char number[10];
    struct span more = f->wire == PB_BYTES ? f->bytes : span_make(number, pprof_put_number(number, f->value));
    if (f->wire == PB_BYTES ? !count_packed(p, more, &s->depth) : !check_depth(p, ++s->depth))
        return false;
    sb_add(&p->places, more);
    s->places = sb_span(&p->places);
    return true;
}

/* Values: one field each, or packed. */
static bool read_values(struct pprof *p, struct sample *s, const struct pb_field *f)
{
    struct pb in = pb_inside(&p->here, f->bytes);
    uint64_t v = f->value;
    bool more = f->wire == PB_VARINT || (f->wire == PB_BYTES && pb_varint(&in, &v, p->err));
    while (more) {
        if (!add_value(p, s, v))
            return false;
        more = f->wire == PB_BYTES && pb_varint(&in, &v, p->err);
    }
    return p->err->code == ERR_NONE;
}

static bool read_label(struct pprof *p, struct sample *s, struct span message)
{
    struct pb in = pb_inside(&p->here, message);
    struct pb_field f;
    uint64_t v[5] = { 0 };
    bool number = false;
    while (pb_next(&in, &f, p->err)) {
        if (f.number < 5 && f.wire == PB_VARINT)
            v[f.number] = f.value;
        number = number || f.number == 3;
    }
    if (p->err->code != ERR_NONE)
        return false;
    if (s->label_count == PPROF_LABELS_MAX)
        return true;
    struct pprof_label *l = &s->labels[s->label_count++];
    memset(l, 0, sizeof *l); /* compared as bytes */
    l->key = v[1];
    l->text = v[2];
    l->unit = v[4];
    l->number = (int64_t)v[3];
    l->is_number = number && v[2] == 0;
    return true;
}

static bool stage_sample(struct pprof *p, const struct sample *s)
{
    struct span labels = span_make((const char *)s->labels, s->label_count * sizeof s->labels[0]);
    uint64_t at = pprof_stage_find(&p->stage, s->places, labels);
    if (at == UINT64_MAX) {
        uint32_t depth = s->depth;
        if ((s->one_piece && !count_packed(p, s->places, &depth)) ||
            !pprof_stage_put(&p->stage, s->places, depth, labels, s->value_count, &at, p->err))
            return false;
    }
    pprof_stage_sum(&p->stage, at, s->values, s->value_count);
    return true;
}

bool pprof_sample(struct pprof *p, struct span message)
{
    struct sample s;
    s.value_count = s.label_count = s.depth = 0;
    s.places = SPAN("");
    s.one_piece = false;
    struct pb in = pb_inside(&p->here, message);
    struct pb_field f;
    while (pb_next(&in, &f, p->err)) {
        bool ok = true;
        if (f.number == 1 && (f.wire == PB_BYTES || f.wire == PB_VARINT))
            ok = read_places(p, &s, &f);
        else if (f.number == 2)
            ok = read_values(p, &s, &f);
        else if (f.number == 3 && f.wire == PB_BYTES)
            ok = read_label(p, &s, f.bytes);
        if (!ok)
            return false;
    }
    if (p->err->code != ERR_NONE)
        return false;
    if (p->samples++ == 0) {
        p->value_count = s.value_count;
        p->values_at = pb_offset(&p->here);
    }
    if (s.value_count != p->value_count)
        return err_at_byte(p->err, ERR_MALFORMED, pb_offset(&p->here), "a sample of %u values after one of %u",
                           s.value_count, p->value_count);
    return stage_sample(p, &s);
}

/* --- out --- */

/* A place of the last row, outermost first, and the stack that ends with it: what two rows have in common on the outer
 * side is looked up once. */
struct placed {
    uint64_t place;
    stack_id stack;
};

struct row {
    uint64_t *places; /* of the row at hand, leaf first */
    struct placed *placed;
    uint32_t placed_count;
    struct span labels[2 * PPROF_LABELS_MAX];
    uint32_t label_count;
    int64_t pid, tid, native_tid;
    struct span thread, process, other_thread;
    enum sample_state state;
    struct sb numbers; /* texts of numeric labels */
    size_t number_at[PPROF_LABELS_MAX];
};

/* "Thread ID", "thread_id" and "thread id" are one key. */
static bool key_is(struct span key, const char *name)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        if (c == '_' || c == ' ' || c == '-' || c == '.')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (*name != c)
            return false;
        name++;
    }
    return *name == '\0' && key.len > 0;
}

static bool key_in(struct span key, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (key_is(key, names[i]))
            return true;
    }
    return false;
}

static bool take_state(struct row *r, struct span text)
{
    static const struct {
        const char *name;
        enum sample_state state;
    } states[] = { { "running", STATE_RUNNING }, { "runnable", STATE_RUNNABLE }, { "waiting", STATE_WAITING } };
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (span_is(text, states[i].name)) {
            r->state = states[i].state;
            return true;
        }
    }
    return false;
}

/* Labels that name the thread or process are identity, not labels. */
static bool take_identity(struct row *r, struct span key, struct span text, bool is_number, int64_t number)
{
    static const char *const thread_names[] = { "thread", "threadname", "comm" };
    static const char *const native[] = { "threadnativeid", "nativethreadid", "osthreadid", "nativetid" };
    static const char *const ids[] = { "threadid", "tid", "thread" };
    static const char *const pids[] = { "processid", "pid" };
    if (!is_number && key_in(key, thread_names, ARRAY_LEN(thread_names))) {
        r->thread = text;
        return true;
    }
    if (!is_number && key_is(key, "processname")) {
        r->process = text;
        return true;
    }
    if (!is_number && key_is(key, "threadstate") && take_state(r, text))
        return true;
    bool os = key_in(key, native, ARRAY_LEN(native)), tid = key_in(key, ids, ARRAY_LEN(ids));
    bool pid = key_in(key, pids, ARRAY_LEN(pids));
    if (!os && !tid && !pid)
        return false;
    if (!is_number && !span_to_i64(text, &number)) {
        /* Some runtimes write "<12> [#4567]". */
        if (tid && r->other_thread.len == 0) {
            r->other_thread = text;
            return true;
        }
        return false;
    }
    *(os ? &r->native_tid : tid ? &r->tid : &r->pid) = number >= 0 ? number : -1;
    return true;
}

static bool row_labels(struct pprof *p, struct row *r, struct span bytes)
{
    uint32_t numbers = 0;
    for (size_t at = 0; at < bytes.len; at += sizeof(struct pprof_label)) {
        struct pprof_label l;
        struct span key, text, unit;
        memcpy(&l, bytes.ptr + at, sizeof l);
        if (!pprof_string(p, l.key, &key) || !pprof_string(p, l.text, &text) || !pprof_string(p, l.unit, &unit))
            return false;
        if (take_identity(r, key, text, l.is_number, l.number))
            continue;
        r->labels[r->label_count] = key;
        r->labels[r->label_count + 1] = text;
        if (l.is_number) {
            r->number_at[numbers++] = r->numbers.len;
            sb_printf(&r->numbers, "%lld%s%.*s", (long long)l.number, unit.len ? " " : "", SPAN_FMT(unit));
            r->labels[r->label_count + 1] = span_make(NULL, numbers); /* its text may move until all are there */
        }
        r->label_count += 2;
    }
    for (uint32_t i = 1; i < r->label_count; i += 2) {
        if (r->labels[i].ptr != NULL || r->labels[i].len == 0)
            continue;
        size_t n = r->labels[i].len - 1;
        size_t end = n + 1 < numbers ? r->number_at[n + 1] : r->numbers.len;
        r->labels[i] = span_sub(sb_span(&r->numbers), r->number_at[n], end - r->number_at[n]);
    }
    return true;
}

static bool row_thread(struct pprof *p, const struct row *r, process_id process, thread_id *ret)
{
    int64_t tid = r->native_tid >= 0 ? r->native_tid : r->tid;
    struct span name = r->thread.len > 0 ? r->thread : r->other_thread;
    if (r->pid >= 0 || r->process.len > 0)
        process = builder_process(p->b, r->pid, r->process, SPAN(""));
    return builder_thread(p->b, process, tid, name, ret, p->err);
}

static bool add_row(struct pprof *p, const struct sample_desc *d, uint32_t from)
{
    uint32_t row;
    if (!builder_row(p->b, d, &row, p->err))
        return false;
    for (uint32_t i = 0; i < p->types.count; i++) {
        const struct pprof_column *c = &p->columns[i];
        double v = pprof_stage_value(&p->stage, from, i);
        if (!builder_value(p->b, row, c->column, v * c->scale, p->err))
            return false;
        if (c->is_samples && c->is_time && v < 1.8e19)
            builder_samples(p->b, row, (uint64_t)v);
    }
    return true;
}

static bool row_stack(struct pprof *p, struct row *r, uint32_t n, stack_id *ret)
{
    uint32_t k = 0;
    stack_id stack = { 0 };
    for (; k < n && k < r->placed_count && r->placed[k].place == r->places[n - 1 - k]; k++)
        stack = r->placed[k].stack;
    for (; k < n; k++) {
        if (!pprof_place(p, r->places[n - 1 - k], &stack))
            return false;
        r->placed[k] = (struct placed){ r->places[n - 1 - k], stack };
    }
    r->placed_count = n;
    *ret = stack;
    return true;
}

static bool make_row(struct pprof *p, struct row *r, process_id process, uint32_t ix, uint64_t *dropped)
{
    struct sample_desc d = { .stack = { 0 } };
    struct span labels;
    uint32_t n = pprof_stage_row(&p->stage, ix, r->places, &labels);
    if (!row_stack(p, r, n, &d.stack))
        return false;
    sb_reset(&r->numbers);
    r->label_count = 0;
    r->pid = r->tid = r->native_tid = -1;
    r->thread = r->process = r->other_thread = SPAN("");
    r->state = STATE_UNKNOWN;
    if (!row_labels(p, r, labels) || !row_thread(p, r, process, &d.thread))
        return false;
    d.state = r->state;
    d.labels = builder_labels(p->b, r->labels, r->label_count);
    if (d.labels >= LABEL_SETS_MAX) {
        d.labels = 0;
        ++*dropped;
    }
    return add_row(p, &d, ix);
}

bool pprof_rows(struct pprof *p, process_id process, uint64_t *ret_labels_dropped)
{
    struct row r = { .numbers = { 0 } };
    bool ok = true;
    if (p->samples > 0 && p->value_count != p->types.count)
        return err_at_byte(p->err, ERR_MALFORMED, p->values_at, "a sample of %u values, but %u sample types",
                           p->value_count, p->types.count);
    r.places = xcalloc(p->stage.deepest + 1u, sizeof *r.places);
    r.placed = xcalloc(p->stage.deepest + 1u, sizeof *r.placed);
    for (uint32_t i = 0; i < p->stage.count && ok; i++)
        ok = make_row(p, &r, process, i, ret_labels_dropped);
    free(r.places);
    free(r.placed);
    sb_release(&r.numbers);
    return ok;
}
