/* perf script text: samples with stacks, threads and periods, each event its own column; side-band records bound the life
 * of the process, switches give waiting where they are complete. */
#include <math.h>
#include <stdlib.h>

#include "import/frametext.h"
#include "import/perf/perf_script.h"

/* "# cmdline : /usr/bin/perf record ..." and "# nrcpus online : 2" */
static void header(void *user, struct span line)
{
    struct perf_script *p = user;
    struct span rest = span_trim(span_from(line, 1));
    struct span key;
    struct span value;
    if (!span_split(rest, ':', &key, &value))
        return;
    key = span_trim(key);
    value = span_trim(value);
    if (span_is(key, "cmdline") && !p->has_cmdline) {
        p->out->recorder = artefact_text(p->out, value);
        p->has_cmdline = cmdline_recorder(p->out->recorder, &p->recorder);
        p->system_wide = p->recorder.system_wide;
    } else if (span_is(key, "perf version")) {
        p->out->tool_version = artefact_text(p->out, value);
    } else if (span_is(key, "nrcpus online")) {
        (void)span_to_double(value, &p->header_cpus);
    } else if (span_is(key, "event")) {
        /* sched_switch under a frequency is itself sampled, whatever the command line says. */
        if (span_starts(value, SPAN("name = sched:sched_switch")) && span_find(value, 0, SPAN("freq = 1")) < value.len)
            p->sw.sampled = true;
    }
}

static bool interpreter(struct span name)
{
    static const char *const names[] = { "python", "node", "java", "ruby", "php", "dotnet", "perl", "bash", "sh" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_starts(name, span_of(names[i])))
            return true;
    }
    return false;
}

static bool push_frame(struct perf_script *p, const struct frame_desc *d, struct err *err)
{
    frame_id id;
    if (!builder_frame(p->b, d, &id, err))
        return false;
    perf_scan_push(&p->scan, id.ix);
    return true;
}

/* "a->b->c" of a Java agent: b was inlined into a. Leaf first: c, b, a. */
static bool push_inlined(struct perf_script *p, struct span symbol, struct span dso, struct err *err)
{
    for (;;) {
        size_t at = symbol.len;
        for (size_t i = span_find(symbol, 0, SPAN("->")); i < symbol.len; i = span_find(symbol, i + 1, SPAN("->")))
            at = i;
        struct span func = at < symbol.len ? span_from(symbol, at + 2) : symbol;
        struct frametext t;
        frametext_symbol(func, dso, SPAN(""), &t);
        t.d.flags |= at < symbol.len ? FRAME_INLINED : 0;
        if (func.len > 0 && !push_frame(p, &t.d, err))
            return false;
        if (at == symbol.len)
            return true;
        symbol = span_sub(symbol, 0, at);
    }
}

static bool resolve(void *user, struct perf_scan *scan, struct span symbol, struct span dso, struct span address,
                    struct err *err)
{
    (void)scan;
    struct perf_script *p = user;
    bool jit_map = span_find(dso, 0, SPAN("/perf-")) < dso.len;
    if (jit_map && span_find(symbol, 0, SPAN("->")) < symbol.len)
        return push_inlined(p, symbol, dso, err);
    struct frametext t;
    frametext_symbol(symbol, dso, p->own_binary, &t);
    /* Without a DSO the upper half of the address space is the kernel's. */
    bool known = !span_is(t.d.func, "[unknown]");
    if (known && t.d.kind == FRAME_UNKNOWN && t.d.module.len == 0)
        t.d.kind = address.len == 16 && span_starts(address, SPAN("ffff")) ? FRAME_KERNEL : FRAME_NATIVE;
    return push_frame(p, &t.d, err);
}

/* Before the first stack is read: whose binary is the program's own. */
static bool wanted(void *user, const struct perf_record *r)
{
    struct perf_script *p = user;
    if (p->scan.samples == 0 && p->own_binary.len == 0) {
        struct span name = p->recorder.program.len > 0 ? cmdline_program_name(p->recorder.program) : r->comm;
        if (!interpreter(name))
            p->own_binary = artefact_text(p->out, name);
    }
    return true;
}

static bool stack_of(struct perf_script *p, const struct perf_record *r, stack_id *ret, struct err *err)
{
    bool numbered = r->stack != PERF_STACK_NONE;
    if (numbered && !r->stack_new) {
        *ret = p->stacks[r->stack];
        return true;
    }
    if (!numbered && !r->frames)
        return err_set(err, ERR_LIMIT, "more than %llu distinct stacks (limit stacks)",
                       (unsigned long long)p->opt->limits.stacks);
    stack_id s = { 0 };
    for (size_t i = r->frame_count; i > 0; i--) {
        if (!builder_stack_child(p->b, s, (frame_id){ r->frames[i - 1] }, &s, err))
            return false;
    }
    if (numbered) {
        if (r->stack >= p->stack_cap) {
            p->stack_cap = p->stack_cap ? p->stack_cap * 2 : 1024;
            p->stacks = xrealloc(p->stacks, p->stack_cap, sizeof *p->stacks);
        }
        p->stacks[r->stack] = s;
    }
    *ret = s;
    return true;
}

static void see_time(struct perf_script *p, struct perf_thread *t, double time_s, bool clock)
{
    t->first_s = num_known(t->first_s) ? fmin(t->first_s, time_s) : time_s;
    t->last_s = num_known(t->last_s) ? fmax(t->last_s, time_s) : time_s;
    if (clock) {
        p->first_s = num_known(p->first_s) ? fmin(p->first_s, time_s) : time_s;
        p->last_s = num_known(p->last_s) ? fmax(p->last_s, time_s) : time_s;
    }
}

/* prev_state=S ==> next_comm=x next_pid=12 */
static void see_switch(struct perf_script *p, const struct perf_record *r, uint32_t thread, stack_id stack)
{
    p->sw.tracepoints++;
    p->sw.machine = p->sw.machine || (r->tid == 0 && r->has_cpu);
    p->sw.sampled = p->sw.sampled || (r->has_period && r->period > 1);
    size_t at = span_find(r->text, 0, SPAN("prev_state="));
    bool preempted = at + 11 < r->text.len && r->text.ptr[at + 11] == 'R';
    perf_switch_out(p, thread, r->time_s, stack.ix, preempted);
    at = span_find(r->text, 0, SPAN("next_pid="));
    struct span rest = span_from(r->text, at < r->text.len ? at + 9 : at);
    struct span word;
    int64_t tid;
    if (!span_word(&rest, &word) || !span_to_i64(word, &tid))
        return;
    uint32_t next = perf_thread_find(p, tid);
    if (next != UINT32_MAX) {
        see_time(p, &p->threads[next], r->time_s, false);
        perf_switch_in(p, next, r->time_s);
    }
}

static bool add_sample(struct perf_script *p, const struct perf_record *r, struct err *err)
{
    uint32_t thread;
    stack_id stack = { 0 };
    uint32_t row;
    if (!perf_thread_of(p, r, &thread, err) || !stack_of(p, r, &stack, err))
        return false;
    double value;
    uint32_t column = perf_column_of(p, r, &value);
    enum event_class k = p->columns[r->event].class_of;
    struct sample_desc d = { .stack = stack, .thread = p->threads[thread].id };
    if (!builder_row(p->b, &d, &row, err) || !builder_value(p->b, row, column, value, err))
        return false;
    if (column == p->order_column) {
        builder_samples(p->b, row, 1);
        builder_order(p->b, row, value);
    }
    if (!r->has_time)
        return true;
    bool clock = k == EVENT_CLOCK || k == EVENT_CYCLES || k == EVENT_NAMELESS;
    see_time(p, &p->threads[thread], r->time_s, clock);
    p->threads[thread].time_samples += clock;
    if (k == EVENT_SWITCH)
        see_switch(p, r, thread, stack);
    else
        (void)perf_switch_sample(p, thread, r->time_s, stack.ix,
                                 p->columns[r->event].periods && k == EVENT_CLOCK ? value : 0);
    return true;
}

static bool read_all(struct perf_script *p, struct source *in, struct err *err)
{
    enum { PROGRESS_SAMPLES = 1 << 14 };
    for (;;) {
        struct perf_record r;
        if (!perf_scan_next(&p->scan, &r, err))
            return false;
        bool ok = true;
        if (r.kind == PERF_END)
            break;
        if (r.kind == PERF_SIDE)
            ok = perf_side(p, &r, err);
        else
            ok = add_sample(p, &r, err);
        if (!ok && p->scan.feed)
            return false;
        if (!ok) {
            err->line = r.line;
            return err_wrap(err, "line %llu", (unsigned long long)r.line);
        }
        if (p->opt->progress && p->scan.samples % PROGRESS_SAMPLES == 0)
            p->opt->progress(p->opt->progress_user, source_offset(in));
    }
    if (p->scan.samples == 0 && p->scan.feed)
        return err_set(err, ERR_EMPTY, "no sample in the recording");
    if (p->scan.samples == 0)
        return p->scan.bad > 0 ? err_at_line(err, ERR_MALFORMED, p->scan.first_bad,
                                             "line %llu: want 'comm tid time: event:' and indented frames below it",
                                             (unsigned long long)p->scan.first_bad)
                               : err_set(err, ERR_EMPTY, "no sample in %llu lines", (unsigned long long)p->scan.line);
    return true;
}

static void describe(struct perf_script *p)
{
    struct artefact *a = p->out;
    a->tool = SPAN("perf");
    a->platform = SPAN("linux");
    a->native_visible = TRI_YES;
    a->span_s = p->last_s - p->first_s;
    a->command = p->recorder.program;
    if (a->pid < 0)
        a->pid = p->recorder.pid;
    bool command = p->recorder.program.len > 0 && !p->recorder.system_wide && p->recorder.pid < 0;
    a->one_job = command || p->root_pid > 0;
    a->overlapping = p->recorder.pid >= 0;
    if (p->scan.bad > 0)
        artefact_problem(a, "bad_lines", "run perf script again",
                         "%llu lines are none of perf script, the first is line %llu", (unsigned long long)p->scan.bad,
                         (unsigned long long)p->scan.first_bad);
    if (p->order_column == UINT32_MAX)
        artefact_problem(a, "no_time_event", "record a clock: perf record -e cpu-clock -g",
                         "no event of the file measures time: its counts are no share of anything");
}

static bool finish(struct perf_script *p, struct err *err)
{
    perf_columns_settle(p);
    perf_side_settle(p);
    describe(p);
    if (!perf_switch_settle(p, err) || !builder_finish(p->b, &p->out->profile, err))
        return false;
    bool clock = false;
    for (uint32_t e = 0; e < p->column_cap; e++)
        clock = clock || (p->columns[e].open &&
                          (p->columns[e].class_of == EVENT_CLOCK || p->columns[e].class_of == EVENT_CYCLES));
    import_settle(p->out, p->opt, clock ? CLOCK_CPU : CLOCK_UNKNOWN);
    return true;
}

/* The idle task is sampled where the whole machine is recorded; the header's -a, where there is one, decides. */
static bool idle_sampled(struct span head)
{
    struct span line;
    while (span_line(&head, &line)) {
        if (span_starts(line, SPAN("swapper ")) && span_find(line, 0, SPAN("PERF_RECORD_")) == line.len)
            return true;
    }
    return false;
}

void perf_script_begin(struct perf_script *p, struct source *in, const struct import_options *opt, struct artefact *out)
{
    *p = (struct perf_script){ .out = out,
                               .opt = opt,
                               .header_cpus = NUM_UNKNOWN,
                               .input_name = "perf script",
                               .own_binary = { "", 0 },
                               .first_s = NUM_UNKNOWN,
                               .last_s = NUM_UNKNOWN,
                               .order_column = UINT32_MAX,
                               .root_pid = -1 };
    (void)cmdline_recorder(SPAN(""), &p->recorder);
    p->b = builder_new(&opt->limits);
    perf_scan_init(&p->scan, in, opt->limits.stacks);
    p->scan.user = p;
    p->scan.header = header;
    p->scan.resolve = resolve;
    p->scan.wanted = wanted;
    p->scan.threads = opt->threads;
}

bool perf_script_run(struct perf_script *p, struct source *in, struct err *err)
{
    return read_all(p, in, err) && finish(p, err);
}

void perf_script_end(struct perf_script *p)
{
    builder_free(p->b);
    free(p->stacks);
    free(p->columns);
    free(p->threads);
    free(p->thread_slot);
    perf_side_release(p);
    perf_switch_release(p);
    perf_scan_release(&p->scan);
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct perf_script p;
    struct span head;
    if (!source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    perf_script_begin(&p, in, opt, out);
    p.system_wide = idle_sampled(head);
    bool ok = perf_script_run(&p, in, err);
    perf_script_end(&p);
    return ok;
}

/* An event line, and a frame line below it; or the header that perf script --header writes. */
static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (span_starts(head, SPAN("\xef\xbb\xbf")))
        head = span_from(head, 3);
    if (span_starts(head, SPAN("# ========\n# captured on")))
        return SNIFF_YES;
    struct span line;
    bool event = false;
    unsigned foreign = 0;
    while (span_line(&head, &line) && foreign < 64) {
        struct perf_record r = { .comm = { "", 0 }, .text = { "", 0 } };
        struct span name;
        struct span rest = span_trim(line);
        struct span address;
        uint64_t ip;
        if (rest.len == 0 || rest.ptr[0] == '#')
            continue;
        bool indented = line.ptr[0] == '\t' || line.ptr[0] == ' ';
        if (perf_scan_header(line, &r, &name) && (name.len > 0 || r.tid < 0) && (r.has_time || !indented)) {
            /* Without time and stacks (-F comm,tid,period,event,ip,sym) the period and a clock's name tell. */
            bool clock = perf_event_class(name) == EVENT_CLOCK || perf_event_class(name) == EVENT_CYCLES;
            if (r.kind == PERF_SIDE || (r.has_time && (r.has_period || r.has_cpu || event)) ||
                (r.has_period && r.tid > 0 && clock))
                return SNIFF_YES;
            event = true;
            continue;
        }
        /* Frames without any event line (-F ip,sym) are as good. */
        bool frame = indented && span_word(&rest, &address) && address.len >= 4 && span_hex_to_u64(address, &ip) &&
                     !span_starts(address, SPAN("0x")) && span_trim(rest).len > 0;
        struct span symbol;
        struct span dso;
        perf_scan_frame(rest, &symbol, &dso);
        if (frame && (event || (dso.len > 1 && (dso.ptr[0] == '/' || dso.ptr[0] == '['))))
            return SNIFF_YES;
        foreign++;
    }
    return SNIFF_NO;
}

const struct importer import_perf_script = {
    .name = "perf-script",
    .title = "perf script text",
    .proves = "what the CPU did, by thread and stack; with --switch-events also what each thread waited",
    .cannot = "without switches, how long anything waited: first to last sample is no wall length",
    .spec_url = "https://man7.org/linux/man-pages/man1/perf-script.1.html",
    .extensions = "*.perf *.script *.txt",
    .sniff = sniff,
    .parse = parse,
};
