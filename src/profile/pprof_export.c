#include "profile/pprof_export.h"

#include <math.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/pbw.h"
#include "base/vec.h"

enum { PIECE = 64 * 1024 };

/* Numbers from 1 for keys, in the order in which they come. */
struct numbers {
    uint64_t *key; /* by slot */
    uint32_t *value;
    uint32_t mask, count;
};

struct out {
    const struct artefact *a;
    const struct profile *p;
    folded_write_fn write;
    void *user;
    struct err *err;
    z_stream z;
    char *packed;
    struct sb text;         /* fields on their way to z */
    struct sb message, sub; /* one message and what it holds */
    struct intern strings;
    struct numbers functions, mappings, locations;
    uint32_t *node; /* by stack: its location */
    bool extra;     /* one more column: the samples */
    bool named;     /* processes are told apart by labels */
};

/* --- numbers --- */

static uint64_t mix(uint64_t key)
{
    key ^= key >> 31;
    key *= 0x9e3779b97f4a7c15u;
    return key >> 32;
}

static void numbers_init(struct numbers *t, uint32_t slots)
{
    t->key = xcalloc(slots, sizeof *t->key);
    t->value = xcalloc(slots, sizeof *t->value);
    t->mask = slots - 1;
}

static void numbers_release(struct numbers *t)
{
    free(t->key);
    free(t->value);
}

/* The number of a key; *ret_new when it was not known. */
static uint32_t number_of(struct numbers *t, uint64_t key, bool *ret_new)
{
    uint32_t at = (uint32_t)mix(key) & t->mask;
    *ret_new = false;
    for (; t->value[at] != 0; at = (at + 1) & t->mask) {
        if (t->key[at] == key)
            return t->value[at];
    }
    *ret_new = true;
    t->key[at] = key;
    t->value[at] = ++t->count;
    if (t->count <= t->mask / 2)
        return t->count;
    struct numbers old = *t;
    numbers_init(t, (old.mask + 1) * 2);
    for (uint32_t i = 0; i <= old.mask; i++) {
        if (old.value[i] == 0)
            continue;
        at = (uint32_t)mix(old.key[i]) & t->mask;
        while (t->value[at] != 0)
            at = (at + 1) & t->mask;
        t->key[at] = old.key[i];
        t->value[at] = old.value[i];
    }
    numbers_release(&old);
    return t->count;
}

/* --- gzip --- */

static bool deflate_all(struct out *o, bool last)
{
    /* zlib reads it and does not write through it. */
    union {
        const char *from;
        unsigned char *to;
    } in = { .from = sb_cstr(&o->text) };
    o->z.next_in = in.to;
    o->z.avail_in = (unsigned)o->text.len;
    int got;
    do {
        o->z.next_out = (unsigned char *)o->packed;
        o->z.avail_out = PIECE;
        got = deflate(&o->z, last ? Z_FINISH : Z_NO_FLUSH);
        struct span piece = span_make(o->packed, PIECE - o->z.avail_out);
        if (piece.len > 0 && !o->write(o->user, piece, o->err))
            return false;
    } while (last ? got != Z_STREAM_END : o->z.avail_in > 0);
    sb_reset(&o->text);
    return true;
}

/* A field of the profile from o->message. */
static bool put(struct out *o, uint32_t field)
{
    pbw_bytes(&o->text, field, sb_span(&o->message));
    sb_reset(&o->message);
    return o->text.len < PIECE || deflate_all(o, false);
}

static uint64_t string_of(struct out *o, struct span s)
{
    return intern_add(&o->strings, s);
}

/* --- columns --- */

static const char *unit_word(const struct profile *p, const struct profile_column *c)
{
    struct span event = profile_str(p, c->event);
    switch (c->unit) {
    case UNIT_SECONDS:
        return "nanoseconds";
    case UNIT_BYTES:
        return "bytes";
    case UNIT_CYCLES:
        return "cycles";
    case UNIT_SAMPLES:
        return span_is(event, "samples") || span_is(event, "sample") || span_is(event, "events") ? "count" : "samples";
    case UNIT_COUNT_OTHER:
    case UNIT_KIND_COUNT:
        break;
    }
    return "count";
}

static bool write_type(struct out *o, uint32_t field, struct span type, const char *unit)
{
    pbw_number(&o->message, 1, string_of(o, type));
    pbw_number(&o->message, 2, string_of(o, span_of(unit)));
    return put(o, field);
}

/* True where a reader can tell from the names what the column sampled. */
static bool speaks(const struct profile *p, uint32_t column)
{
    const struct profile_column *c = &p->columns[column];
    struct span event = profile_str(p, c->event);
    if (c->unit != UNIT_SECONDS && c->unit != UNIT_SAMPLES && !c->is_time)
        return profile_column_default(p) != UINT32_MAX;
    if (c->clock == CLOCK_UNKNOWN || c->clock == CLOCK_ACCT || !c->is_time)
        return false;
    /* Wall times of some runtimes leave idle out, and are taken for busy times. */
    if (c->clock == CLOCK_WALL)
        return false;
    const char *word = c->clock == CLOCK_OFF && span_is(event, "delay") ? "delay" : clock_name(c->clock);
    if (span_find(event, 0, span_of(word)) < event.len && (c->clock == CLOCK_OFF || span_is(event, word)))
        return true;
    for (uint32_t k = 0; k < p->column_count && c->unit == UNIT_SAMPLES; k++) {
        if (p->columns[k].unit == UNIT_SECONDS && p->columns[k].clock == c->clock && speaks(p, k))
            return true;
    }
    return false;
}

static void write_comment(struct out *o, uint32_t column)
{
    const struct profile_column *c = &o->p->columns[column];
    struct sb text = { 0 };
    if (speaks(o->p, column))
        return;
    sb_printf(&text, "stet clock=%s time=%d event=", clock_name(c->clock), c->is_time);
    sb_add(&text, profile_str(o->p, c->event));
    pbw_number(&o->text, 13, string_of(o, sb_span(&text)));
    sb_release(&text);
}

static bool write_period(struct out *o, const struct profile_column *c)
{
    double s = c->unit == UNIT_SECONDS && num_known(c->period) ? c->period : 1 / c->rate_hz;
    if (!num_known(s) || !(s * 1e9 >= 1) || s > 3600)
        return true;
    pbw_number(&o->text, 12, (uint64_t)llround(s * 1e9));
    return write_type(o, 11, span_of(clock_name(c->clock)), "nanoseconds");
}

static bool write_columns(struct out *o, uint32_t first)
{
    const struct profile *p = o->p;
    bool counted = false;
    for (uint32_t c = 0; c < p->column_count; c++) {
        counted = counted || p->columns[c].unit == UNIT_SAMPLES;
        if (!write_type(o, 1, profile_str(p, p->columns[c].event), unit_word(p, &p->columns[c])))
            return false;
        write_comment(o, c);
    }
    o->extra = !counted && p->samples_known;
    if (o->extra && !write_type(o, 1, SPAN("samples"), "count"))
        return false;
    pbw_number(&o->text, 14, string_of(o, profile_str(p, p->columns[first].event)));
    /* A recorder's own limit is no length. */
    double d = o->a->duration_s;
    if (num_known(d) && d > 0 && d < 9e9 && o->a->duration_source != WALL_NONE &&
        o->a->duration_source != WALL_RECORDER)
        pbw_number(&o->text, 10, (uint64_t)llround(d * 1e9));
    return write_period(o, &p->columns[first]);
}

/* --- frames --- */

static bool write_mapping(struct out *o, struct span file, uint64_t *ret_id)
{
    bool is_new;
    uint64_t name = string_of(o, file);
    *ret_id = number_of(&o->mappings, name, &is_new);
    if (!is_new)
        return true;
    pbw_number(&o->message, 1, *ret_id);
    pbw_number(&o->message, 5, name);
    for (uint32_t has = 7; has <= 10; has++) /* nothing is left to be looked up */
        pbw_number(&o->message, has, 1);
    return put(o, 3);
}

/* The program stands first, since readers take the first one for it: the library that is called like the process, or its
 * name alone, or nothing. */
static bool write_program(struct out *o)
{
    const struct profile *p = o->p;
    uint64_t id;
    struct span name = p->process_count == 1 ? profile_str(p, p->processes[0].name) : SPAN("");
    for (uint32_t f = 0; f < p->frame_count && name.len > 0; f++) {
        struct span module = profile_str(p, p->frames[f].module);
        size_t slash = span_rchr(module, '/');
        if (span_eq(slash < module.len ? span_from(module, slash + 1) : module, name))
            return write_mapping(o, module, &id);
    }
    return write_mapping(o, name, &id);
}

static struct span module_of(const struct profile *p, const struct profile_frame *f)
{
    struct span module = profile_str(p, f->module);
    return module.len == 0 && f->kind == FRAME_KERNEL ? SPAN("[kernel.kallsyms]") : module;
}

static bool write_function(struct out *o, const struct profile_frame *f, uint64_t *ret_id)
{
    bool is_new;
    uint64_t name = string_of(o, profile_str(o->p, f->func)), file = string_of(o, profile_str(o->p, f->file));
    *ret_id = number_of(&o->functions, name << 32 | file, &is_new);
    if (!is_new)
        return true;
    pbw_number(&o->message, 1, *ret_id);
    pbw_number(&o->message, 2, name);
    pbw_number(&o->message, 3, name);
    pbw_number(&o->message, 4, file);
    return put(o, 5);
}

static bool is_inlined(const struct profile *p, stack_id s)
{
    return p->stacks[s.ix].parent.ix != 0 && (profile_frame_of(p, s)->flags & FRAME_INLINED);
}

/* Functions that were inlined into one another are lines of one location, innermost first. */
static bool write_location(struct out *o, stack_id s, uint32_t id)
{
    const struct profile *p = o->p;
    struct sb lines = { 0 }, line = { 0 };
    uint64_t mapping = 0;
    bool ok = true;
    for (bool more = true; more && ok; s = p->stacks[s.ix].parent) {
        const struct profile_frame *f = profile_frame_of(p, s);
        uint64_t function = 0;
        struct span module = module_of(p, f);
        ok = write_function(o, f, &function) && (mapping != 0 || module.len == 0 || write_mapping(o, module, &mapping));
        sb_reset(&line);
        pbw_number(&line, 1, function);
        pbw_number(&line, 2, f->line);
        pbw_bytes(&lines, 4, sb_span(&line));
        more = is_inlined(p, s);
    }
    pbw_number(&o->message, 1, id);
    pbw_number(&o->message, 2, mapping);
    sb_add(&o->message, sb_span(&lines));
    sb_release(&lines);
    sb_release(&line);
    return ok && put(o, 4);
}

/* Locations of all stacks: a frame, or what it was inlined into and a frame. */
static bool write_locations(struct out *o)
{
    const struct profile *p = o->p;
    for (uint32_t i = 1; i < p->stack_count; i++) {
        stack_id s = { i };
        uint64_t outer = is_inlined(p, s) ? o->node[p->stacks[i].parent.ix] : 0;
        bool is_new;
        o->node[i] = number_of(&o->locations, outer << 32 | p->stacks[i].frame.ix, &is_new);
        if (is_new && !write_location(o, s, o->node[i]))
            return false;
    }
    return true;
}

/* --- samples --- */

static void label_text(struct out *o, const char *key, struct span text)
{
    if (text.len == 0)
        return;
    sb_reset(&o->sub);
    pbw_number(&o->sub, 1, string_of(o, span_of(key)));
    pbw_number(&o->sub, 2, string_of(o, text));
    pbw_bytes(&o->message, 3, sb_span(&o->sub));
}

static void label_number(struct out *o, const char *key, int64_t number)
{
    if (number < 0)
        return;
    sb_reset(&o->sub);
    pbw_number(&o->sub, 1, string_of(o, span_of(key)));
    pbw_varint(&o->sub, 3 << 3); /* also when it is 0 */
    pbw_varint(&o->sub, (uint64_t)number);
    pbw_bytes(&o->message, 3, sb_span(&o->sub));
}

static void write_labels(struct out *o, uint32_t row)
{
    static const char *const states[] = { "", "running", "runnable", "waiting" };
    _Static_assert(ARRAY_LEN(states) == STATE_KIND_COUNT, "one name a state");
    const struct profile *p = o->p;
    const struct profile_thread *t = &p->threads[p->row_thread[row].ix];
    const struct profile_process *q = &p->processes[t->process.ix];
    label_text(o, "thread", profile_str(p, t->name));
    label_number(o, "thread_id", t->tid);
    label_number(o, "process_id", q->pid);
    if (o->named)
        label_text(o, "process_name", profile_str(p, q->name));
    label_text(o, "thread_state", span_of(states[p->row_state[row]]));
    uint32_t set = p->row_labels[row];
    for (uint32_t i = p->label_sets[set]; i + 1 < p->label_sets[set + 1]; i += 2) {
        sb_reset(&o->sub);
        pbw_number(&o->sub, 1, string_of(o, profile_str(p, p->label_pairs[i])));
        pbw_number(&o->sub, 2, string_of(o, profile_str(p, p->label_pairs[i + 1])));
        pbw_bytes(&o->message, 3, sb_span(&o->sub));
    }
}

static bool whole(struct out *o, double value, uint64_t *ret)
{
    if (value >= 9223372036854774784.0)
        return err_set(o->err, ERR_VALUE, "a weight of %g is more than a pprof file can hold", value);
    *ret = (uint64_t)llround(value);
    return true;
}

static bool write_row(struct out *o, uint32_t row, bool *ret_any)
{
    const struct profile *p = o->p;
    bool any = false;
    sb_reset(&o->sub);
    for (stack_id s = p->row_stack[row]; s.ix != 0; s = p->stacks[s.ix].parent) {
        pbw_varint(&o->sub, o->node[s.ix]);
        while (is_inlined(p, s)) /* in the location already */
            s = p->stacks[s.ix].parent;
    }
    pbw_bytes(&o->message, 1, sb_span(&o->sub));
    sb_reset(&o->sub);
    for (uint32_t c = 0; c < p->column_count; c++) {
        uint64_t v = 0;
        if (!whole(o, p->row_value[c][row] * (p->columns[c].unit == UNIT_SECONDS ? 1e9 : 1), &v))
            return false;
        any = any || v > 0;
        pbw_varint(&o->sub, v);
    }
    if (o->extra)
        pbw_varint(&o->sub, p->row_samples[row]);
    any = any || (o->extra && p->row_samples[row] > 0);
    if (!any) {
        sb_reset(&o->message);
        return true;
    }
    *ret_any = true;
    pbw_bytes(&o->message, 2, sb_span(&o->sub));
    write_labels(o, row);
    return put(o, 2);
}

static bool write_all(struct out *o, uint32_t first)
{
    const struct profile *p = o->p;
    bool any = false;
    if (!write_columns(o, first) || !write_program(o) || !write_locations(o))
        return false;
    for (uint32_t r = 0; r < p->row_count; r++) {
        if (!write_row(o, r, &any))
            return false;
    }
    if (!any)
        return err_set(o->err, ERR_EMPTY, "the profile holds no weight to write");
    for (uint32_t i = 0; i < o->strings.count; i++) {
        pbw_bytes(&o->text, 6, intern_get(&o->strings, i));
        if (o->text.len >= PIECE && !deflate_all(o, false))
            return false;
    }
    return deflate_all(o, true);
}

bool pprof_write(const struct artefact *a, const struct pprof_options *opt, folded_write_fn write, void *user,
                 struct err *err)
{
    const struct profile *p = a->profile;
    uint32_t first = opt->column != UINT32_MAX ? opt->column : profile_column_default(p);
    if (first == UINT32_MAX)
        first = 0;
    if (first >= p->column_count)
        return err_set(err, ERR_EMPTY, "the profile holds no weight to write");
    struct out o = { .a = a, .p = p, .write = write, .user = user, .err = err };
    if (deflateInit2(&o.z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        fatal_oom();
    o.packed = xcalloc(PIECE, 1);
    o.node = xcalloc(p->stack_count, sizeof *o.node);
    o.named = p->process_count > 1 || (p->process_count == 1 && p->processes[0].pid >= 0);
    intern_init(&o.strings);
    numbers_init(&o.functions, 256);
    numbers_init(&o.mappings, 64);
    numbers_init(&o.locations, 256);
    bool ok = write_all(&o, first);
    (void)deflateEnd(&o.z);
    numbers_release(&o.functions);
    numbers_release(&o.mappings);
    numbers_release(&o.locations);
    intern_release(&o.strings);
    sb_release(&o.text);
    sb_release(&o.message);
    sb_release(&o.sub);
    free(o.packed);
    free(o.node);
    return ok;
}
