/* gecko_make.c - from the tables of a Firefox profile to the normalised profile.
 * Guarantees: CPU time comes from threadCPUDelta in a unit of time and from nothing else; a sample stands for the time up
 * to the next one, less pauses of the recorder; files that only use this container for another recorder's samples keep
 * their counts, and no clock is claimed for them.
 * Source: https://github.com/firefox-devtools/profiler/blob/main/docs-developer/gecko-profile-format.md */
#include "import/browser/gecko_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"
#include "import/frametext.h"
#include "import/time_order.h"

/* Frames and stacks of one set of tables, made when first asked for. */
struct made {
    frame_id *frames;
    bool *frame_known;
    stack_id *stacks;
};

struct maker {
    struct gecko_model *m;
    struct builder *b;
    struct err *err;
    struct arena texts; /* of one frame */
    struct made shared, own;
    enum { MODE_CPU, MODE_WALL, MODE_COUNT } mode;
    double cpu_scale; /* seconds per unit of threadCPUDelta */
    uint32_t column;
    uint32_t process; /* of the thread at hand */
    uint64_t samples;
    double first, last; /* ms, all threads */
    struct time_order order;
};

/* --- tables --- */

static const struct gecko_tables *frames_of(const struct gecko_model *m, const struct gecko_thread *t)
{
    return t->own.frame_location.count + t->own.frame_func.count > 0 ? &t->own : &m->shared;
}

static int32_t at(const struct gecko_ints *v, int32_t i)
{
    return i >= 0 && (uint32_t)i < v->count ? v->items[i] : GECKO_NULL;
}

static struct span string_at(const struct gecko_model *m, const struct gecko_tables *t, int32_t i)
{
    const struct gecko_texts *s = t->strings.count > 0 ? &t->strings : &m->shared.strings;
    return i >= 0 && (uint32_t)i < s->count ? s->items[i] : SPAN("");
}

static struct span lib_at(const struct gecko_model *m, const struct gecko_tables *t, int32_t i)
{
    const struct gecko_texts *s = t->libs.count > 0 ? &t->libs : &m->shared.libs;
    return i >= 0 && (uint32_t)i < s->count ? s->items[i] : SPAN("");
}

/* Takes ":12" off the end: a line or a column. */
static bool take_number(struct span *s, uint32_t *ret)
{
    struct span head, tail;
    uint64_t n;
    if (!span_rsplit(*s, ':', &head, &tail) || !span_to_u64(tail, &n) || n > UINT32_MAX)
        return false;
    *s = head;
    *ret = (uint32_t)n;
    return true;
}

/* `[libxul.so+0x12]` */
static struct frame_desc offset_frame(struct maker *k, struct span library, uint64_t offset)
{
    char text[32];
    int len = snprintf(text, sizeof text, "+0x%llx]", (unsigned long long)offset);
    struct span base = frametext_base(library);
    char *name = arena_alloc(&k->texts, base.len + (size_t)len + 2, 1);
    name[0] = '[';
    if (base.len > 0)
        memcpy(name + 1, base.ptr, base.len);
    memcpy(name + 1 + base.len, text, (size_t)len);
    return (struct frame_desc){ span_make(name, 1 + base.len + (size_t)len), SPAN(""), library, 0, FRAME_NATIVE, 0 };
}

/* The library that an address of that process lies in. */
static struct frame_desc address_frame(struct maker *k, struct span location)
{
    struct frame_desc d = { location, SPAN(""), SPAN(""), 0, FRAME_NATIVE, 0 };
    uint64_t address = 0;
    if (!span_hex_to_u64(location, &address))
        return d;
    const struct gecko_lib *libs = k->m->libs.items;
    uint32_t lo = 0, hi = k->m->libs.count;
    while (lo < hi) { /* the first one that begins behind the address */
        uint32_t mid = lo + (hi - lo) / 2;
        bool before = libs[mid].process < k->process || (libs[mid].process == k->process && libs[mid].start <= address);
        lo = before ? mid + 1 : lo;
        hi = before ? hi : mid;
    }
    if (lo == 0 || libs[lo - 1].process != k->process || address >= libs[lo - 1].end)
        return d;
    return offset_frame(k, libs[lo - 1].path, address - libs[lo - 1].start);
}

/* "emit (resource://a.js -> resource://b.js:150:3)", "0x7f12", "XRE_InitChildProcess". */
static struct frame_desc raw_frame(struct maker *k, struct span location, uint32_t line)
{
    struct frame_desc d = { location, SPAN(""), SPAN(""), line, FRAME_NATIVE, 0 };
    if (span_starts(location, SPAN("0x")))
        return address_frame(k, location);
    size_t open = span_find(location, 0, SPAN(" ("));
    for (size_t next = open; next < location.len; next = span_find(location, next + 1, SPAN(" (")))
        open = next;
    bool url = open < location.len && span_ends(location, SPAN(")")) && span_chr(location, open, ':') < location.len;
    if (!url) {
        struct frametext text;
        frametext_symbol(location, SPAN(""), SPAN(""), &text);
        d = text.d;
        d.func = arena_span(&k->texts, d.func.len > 0 ? d.func : location);
        d.module = SPAN("");
        d.line = line;
        d.kind = span_is(location, "(root)") ? FRAME_META : FRAME_NATIVE;
        return d;
    }
    struct span file = span_sub(location, open + 2, location.len - open - 3);
    for (size_t arrow = span_find(file, 0, SPAN(" -> ")); arrow < file.len; arrow = span_find(file, 0, SPAN(" -> ")))
        file = span_from(file, arrow + 4);
    uint32_t last = 0, before = 0;
    if (take_number(&file, &last))
        d.line = take_number(&file, &before) ? before : last;
    d.func = open > 0 ? span_sub(location, 0, open) : SPAN("(anonymous)");
    d.file = file;
    d.kind = FRAME_MANAGED;
    return d;
}

static struct frame_desc processed_frame(struct maker *k, const struct gecko_tables *t, int32_t func, uint32_t line)
{
    const struct gecko_model *m = k->m;
    const struct gecko_tables *f = t->func_name.count > 0 ? t : &m->shared;
    const struct gecko_tables *r = t->resource_lib.count + t->resource_name.count > 0 ? t : &m->shared;
    struct span name = string_at(m, t, at(&f->func_name, func));
    struct span file = string_at(m, t, at(&f->func_file, func));
    if (file.len == 0)
        file = string_at(m, t, at(&m->shared.source_file, at(&f->func_source, func)));
    int32_t own_line = at(&f->func_line, func);
    if (line == 0 && own_line > 0)
        line = (uint32_t)own_line;
    int32_t resource = at(&f->func_resource, func);
    struct span lib = lib_at(m, t, at(&r->resource_lib, resource));
    if (lib.len == 0)
        lib = string_at(m, t, at(&r->resource_name, resource));
    if (at(&f->func_js, func) == 1)
        return (struct frame_desc){ name.len > 0 ? name : SPAN("(anonymous)"), file, SPAN(""), line, FRAME_MANAGED, 0 };
    if (lib.len == 0 || span_is(name, "(root)"))
        return span_is(name, "(root)") ? (struct frame_desc){ name, SPAN(""), SPAN(""), 0, FRAME_META, 0 }
                                       : json_in_frame(name, file, line, &k->texts);
    uint64_t offset = 0;
    if (span_starts(name, SPAN("0x")) && span_hex_to_u64(name, &offset))
        return offset_frame(k, lib, offset);
    struct frametext text;
    frametext_symbol(name, lib, SPAN(""), &text);
    struct frame_desc d = text.d;
    d.func = arena_span(&k->texts, d.func.len > 0 ? d.func : SPAN("[unknown]"));
    d.module = lib;
    d.file = file;
    d.line = line;
    if (frametext_is_kernel_dso(lib) || span_is(frametext_base(lib), "vmlinux"))
        d.kind = FRAME_KERNEL;
    else if (d.kind == FRAME_UNKNOWN)
        d.kind = FRAME_NATIVE;
    return d;
}

static bool frame_of(struct maker *k, const struct gecko_tables *t, struct made *made, int32_t i, frame_id *ret,
                     bool *ret_root)
{
    bool raw = t->frame_location.count > 0;
    uint32_t count = raw ? t->frame_location.count : t->frame_func.count;
    if (i < 0 || (uint32_t)i >= count)
        return err_set(k->err, ERR_VALUE, "a stack names frame %d of %u", i, count);
    int32_t line = at(&t->frame_line, i);
    struct frame_desc d;
    if (raw)
        d = raw_frame(k, string_at(k->m, t, t->frame_location.items[i]), line > 0 ? (uint32_t)line : 0);
    else
        d = processed_frame(k, t, t->frame_func.items[i], line > 0 ? (uint32_t)line : 0);
    *ret_root = span_is(d.func, "(root)");
    bool ok = made->frame_known[i] || builder_frame(k->b, &d, &made->frames[i], k->err);
    made->frame_known[i] = true;
    *ret = made->frames[i];
    arena_release(&k->texts);
    return ok;
}

static bool parent_of(struct maker *k, const struct gecko_tables *t, uint32_t i, int32_t *ret)
{
    int32_t parent = at(&t->stack_prefix, (int32_t)i);
    if (t->stack_offset.count > 0) {
        int32_t offset = at(&t->stack_offset, (int32_t)i);
        parent = offset > 0 ? (int32_t)i - offset : GECKO_NULL;
        if (offset > (int32_t)i)
            parent = (int32_t)i; /* before the first one: refused below */
    }
    if (parent != GECKO_NULL && parent >= (int32_t)i)
        return err_set(k->err, ERR_VALUE, "stack %u names a parent that does not stand before it", i);
    *ret = parent;
    return true;
}

/* All stacks of a set of tables, parents first. */
static bool make_stacks(struct maker *k, const struct gecko_tables *stacks, const struct gecko_tables *frames,
                        struct made *stack_made, struct made *frame_made)
{
    if (stack_made->stacks)
        return true;
    uint32_t frame_count = frames->frame_location.count + frames->frame_func.count;
    stack_made->stacks = xcalloc(stacks->stack_frame.count + 1u, sizeof *stack_made->stacks);
    if (!frame_made->frames) {
        frame_made->frames = xcalloc(frame_count + 1u, sizeof *frame_made->frames);
        frame_made->frame_known = xcalloc(frame_count + 1u, sizeof *frame_made->frame_known);
    }
    for (uint32_t i = 0; i < stacks->stack_frame.count; i++) {
        frame_id frame;
        bool root = false;
        int32_t parent = GECKO_NULL;
        if (!parent_of(k, stacks, i, &parent) ||
            !frame_of(k, frames, frame_made, stacks->stack_frame.items[i], &frame, &root))
            return false;
        stack_id above = parent == GECKO_NULL ? (stack_id){ 0 } : stack_made->stacks[parent];
        if (root && above.ix == 0)
            continue; /* "(root)" says nothing */
        if (!builder_stack_child(k->b, above, frame, &stack_made->stacks[i], k->err))
            return false;
    }
    return true;
}

/* --- samples --- */

/* Milliseconds from a to b in which the recorder was not paused. */
static double recorded_ms(const struct gecko_model *m, double a, double b)
{
    double ms = b - a;
    for (uint32_t i = 0; i < m->pauses.count; i++) {
        double from = fmax(a, m->pauses.items[i].from), to = fmin(b, m->pauses.items[i].to);
        if (to > from)
            ms -= to - from;
    }
    return fmax(ms, 0);
}

static bool add(struct maker *k, const struct sample_desc *d, double value, double at_ms, uint32_t samples)
{
    uint32_t row;
    if (!builder_row(k->b, d, &row, k->err) || !builder_value(k->b, row, k->column, value, k->err))
        return false;
    builder_samples(k->b, row, samples);
    k->samples += samples;
    time_order_add(&k->order, at_ms, row, value);
    return true;
}

/* Sample i of a thread whose time is known: it lasts to the next one, of which the CPU clock says how much was running. */
static bool add_timed(struct maker *k, const struct gecko_thread *t, uint32_t i, struct sample_desc d)
{
    if (i + 1 >= t->time.count)
        return t->time.count > 1 || add(k, &d, num_known(k->m->interval_ms) ? k->m->interval_ms * 1e-3 : 0, 0, 1);
    double from = t->time.items[i], to = t->time.items[i + 1];
    if (!num_known(from) || !num_known(to) || to < from)
        return err_set(k->err, ERR_VALUE, "the time of sample %u is missing or earlier than the one before", i + 1);
    double wall = recorded_ms(k->m, from, to) * 1e-3;
    double cpu = k->mode == MODE_CPU && i + 1 < t->cpu.count ? t->cpu.items[i + 1] * k->cpu_scale : NUM_UNKNOWN;
    if (!num_known(cpu))
        return add(k, &d, wall, from, 1);
    if (cpu < 0)
        return err_set(k->err, ERR_VALUE, "sample %u used negative CPU time", i + 1);
    double running = fmin(cpu, wall);
    d.state = STATE_RUNNING;
    if (running > 0 && !add(k, &d, running, from, running * 2 >= wall))
        return false;
    d.state = STATE_WAITING;
    return wall <= running || add(k, &d, wall - running, from, running * 2 < wall);
}

static bool add_counted(struct maker *k, const struct gecko_thread *t, uint32_t i, const struct sample_desc *d)
{
    double weight = i < t->weight.count ? t->weight.items[i] : 1;
    if (!num_known(weight))
        weight = 0;
    if (weight < 0)
        return err_set(k->err, ERR_VALUE,
                       "sample %u weighs %g: a comparison of two profiles, which has no shares; send one of them", i,
                       weight);
    if (t->weight_type == GECKO_WEIGHT_MS)
        weight *= 1e-3;
    return add(k, d, weight, i < t->time.count ? t->time.items[i] : 0, 1);
}

static bool settle_times(struct maker *k, struct gecko_thread *t)
{
    if (t->time.count == 0 && t->delta_time.count > 0) {
        double now = 0;
        for (uint32_t i = 0; i < t->delta_time.count; i++) {
            now += num_known(t->delta_time.items[i]) ? t->delta_time.items[i] : 0;
            VEC_PUSH(&t->time, now);
        }
    }
    if (t->time.count != 0 && t->time.count != t->stack.count)
        return err_set(k->err, ERR_VALUE, "a thread has %u stacks and %u times", t->stack.count, t->time.count);
    return true;
}

static bool make_thread(struct maker *k, struct gecko_thread *t)
{
    struct gecko_model *m = k->m;
    if (t->stack.count == 0)
        return true;
    k->process = t->process;
    const struct gecko_tables *stacks = t->own.stack_frame.count > 0 ? &t->own : &m->shared;
    const struct gecko_tables *frames = frames_of(m, t);
    struct made *stack_made = stacks == &t->own ? &k->own : &k->shared;
    struct made *frame_made = frames == &t->own ? &k->own : &k->shared;
    if (!settle_times(k, t) || !make_stacks(k, stacks, frames, stack_made, frame_made))
        return false;
    process_id process = builder_process(k->b, t->pid, t->process_name, SPAN(""));
    struct sample_desc d = { { 0 }, { 0 }, STATE_UNKNOWN, 0 };
    if (!builder_thread(k->b, process, t->tid, t->name, &d.thread, k->err))
        return false;
    if (k->mode != MODE_COUNT && t->time.count == 0)
        return err_set(k->err, ERR_VALUE, "the samples of a thread have no times");
    for (uint32_t i = 0; i < t->stack.count; i++) {
        int32_t stack = t->stack.items[i];
        if (stack != GECKO_NULL && (uint32_t)stack >= stacks->stack_frame.count)
            return err_set(k->err, ERR_VALUE, "sample %u names stack %d of %u", i, stack, stacks->stack_frame.count);
        d.stack = stack == GECKO_NULL ? (stack_id){ 0 } : stack_made->stacks[stack];
        d.state = STATE_UNKNOWN;
        if (!(k->mode == MODE_COUNT ? add_counted(k, t, i, &d) : add_timed(k, t, i, d)))
            return false;
    }
    if (t->time.count > 0) {
        k->first = fmin(k->first, t->time.items[0]);
        k->last = fmax(k->last, t->time.items[t->time.count - 1]);
    }
    return true;
}

static uint32_t threads_with_samples(const struct gecko_model *m)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->threads.count; i++)
        n += m->threads.items[i]->stack.count > 0;
    return n;
}

/* The columns of the samples are the largest part of a file, and are in the profile from now on. */
static void samples_release(struct gecko_thread *t)
{
    free(t->stack.items);
    t->stack = (struct gecko_ints){ 0 };
    struct gecko_nums *const columns[] = { &t->time, &t->delta_time, &t->cpu, &t->weight };
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        free(columns[i]->items);
        *columns[i] = (struct gecko_nums){ 0 };
    }
}

static void made_release(struct made *made)
{
    free(made->frames);
    free(made->frame_known);
    free(made->stacks);
    *made = (struct made){ 0 };
}

/* --- what the file is --- */

static bool is_browser(const struct gecko_model *m)
{
    static const char *const products[] = { "Firefox", "Fennec", "Fenix", "Thunderbird", "GeckoView" };
    if (m->imported_from.len > 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(products); i++) {
        if (span_starts(m->product, span_of(products[i])))
            return true;
    }
    return m->product.len == 0 && m->of_gecko;
}

static double cpu_scale_of(struct span unit)
{
    if (span_is(unit, "ns"))
        return 1e-9;
    if (span_is(unit, "\xc2\xb5s") || span_is(unit, "us"))
        return 1e-6;
    return NUM_UNKNOWN; /* "variable CPU cycles", or nothing said */
}

static void choose_mode(struct maker *k)
{
    struct gecko_model *m = k->m;
    bool cpu = false, bytes = false, ms = false;
    for (uint32_t i = 0; i < m->threads.count; i++) {
        const struct gecko_thread *t = m->threads.items[i];
        for (uint32_t s = 0; s < t->cpu.count && !cpu; s++)
            cpu = num_known(t->cpu.items[s]);
        bytes = bytes || t->weight_type == GECKO_WEIGHT_BYTES;
        ms = ms || t->weight_type == GECKO_WEIGHT_MS;
    }
    k->cpu_scale = cpu_scale_of(m->cpu_unit);
    k->mode = cpu && num_known(k->cpu_scale) ? MODE_CPU : is_browser(m) && !bytes && !ms ? MODE_WALL : MODE_COUNT;
    struct column_desc d = { SPAN("wall"), UNIT_SECONDS, CLOCK_WALL, NUM_UNKNOWN, NUM_UNKNOWN, true };
    if (num_known(m->interval_ms) && m->interval_ms > 0) {
        d.period = m->interval_ms * 1e-3;
        d.rate_hz = 1 / d.period;
    }
    if (k->mode == MODE_COUNT)
        d = (struct column_desc){ .event = bytes ? SPAN("bytes")
                                           : ms  ? SPAN("time")
                                                 : SPAN("samples"),
                                  .unit = bytes ? UNIT_BYTES
                                          : ms  ? UNIT_SECONDS
                                                : UNIT_SAMPLES,
                                  .clock = CLOCK_UNKNOWN,
                                  .period = NUM_UNKNOWN,
                                  .rate_hz = NUM_UNKNOWN,
                                  .is_time = !bytes };
    k->column = builder_column(k->b, &d);
}

static bool is_linux(struct span oscpu)
{
    static const char *const names[] = { "Linux", "Debian", "Ubuntu", "Fedora" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_find(oscpu, 0, span_of(names[i])) < oscpu.len)
            return true;
    }
    return false;
}

static void describe(struct maker *k, const struct import_options *opt, struct artefact *out)
{
    struct gecko_model *m = k->m;
    bool browser = is_browser(m);
    out->tool = browser ? SPAN("Firefox") : artefact_text(out, m->imported_from);
    out->tool_version = artefact_text(out, span_starts(m->version, SPAN("rv:")) ? span_from(m->version, 3) : SPAN(""));
    out->platform = span_find(m->oscpu, 0, SPAN("Mac")) < m->oscpu.len       ? SPAN("darwin")
                    : is_linux(m->oscpu)                                     ? SPAN("linux")
                    : span_find(m->oscpu, 0, SPAN("Windows")) < m->oscpu.len ? SPAN("windows")
                                                                             : SPAN("");
    if (k->mode != MODE_COUNT) {
        out->all_states = true;
        out->states_exact = k->mode == MODE_CPU;
        out->one_thread_of_several = browser; /* it records chosen threads */
        out->event_loop = browser;
        if (k->last > k->first) {
            out->duration_s = (k->last - k->first) * 1e-3;
            out->duration_source = WALL_FILE;
            out->span_s = out->duration_s;
        }
        if (num_known(m->interval_ms) && m->interval_ms > 0)
            out->rate_hz = 1000 / m->interval_ms;
    }
    if (k->mode == MODE_WALL)
        artefact_problem(out, "thread_state_unknown",
                         "record with the feature \"CPU Utilization\" (Firefox 90 or later)",
                         "every thread was sampled whether it ran or waited, and the file has no CPU times%s",
                         m->cpu_unit.len > 0 ? " in a unit of time" : "");
    else if (k->mode == MODE_COUNT)
        artefact_problem(out, "clock_not_stated", "say --clock cpu or --clock wall if you know how it was recorded",
                         "the file holds another recorder's samples and no CPU times: nothing says whether waiting "
                         "was sampled");
    import_settle(out, opt, k->mode == MODE_COUNT ? CLOCK_UNKNOWN : CLOCK_WALL);
}

bool gecko_make(struct gecko_model *m, const struct import_options *opt, struct artefact *out)
{
    struct maker k = { .m = m, .err = m->err, .first = (double)INFINITY, .last = -(double)INFINITY };
    k.b = builder_new(&opt->limits);
    k.order = (struct time_order){ .b = k.b, .most = opt->no_order ? 0 : opt->limits.ordered_samples };
    k.order.in_order = threads_with_samples(m) == 1;
    choose_mode(&k);
    bool ok = true;
    for (uint32_t i = 0; i < m->threads.count && ok; i++) {
        ok = make_thread(&k, m->threads.items[i]);
        made_release(&k.own);
        samples_release(m->threads.items[i]);
    }
    if (ok && k.samples == 0)
        ok = err_set(m->err, ERR_EMPTY, "the profile holds no sample");
    time_order_write(&k.order);
    ok = ok && builder_finish(k.b, &out->profile, m->err);
    if (ok)
        describe(&k, opt, out);
    made_release(&k.shared);
    time_order_release(&k.order);
    builder_free(k.b);
    arena_release(&k.texts);
    return ok;
}
