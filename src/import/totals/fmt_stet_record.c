/* stet-record: accounting of a process tree as `stet record` writes it (schema stet/record/1).
 * Guarantees: what stands in a file is checked against itself (times inside the recording, threads inside their process,
 * columns of equal length); unknown stays unknown; processes and threads are never added together.
 * The CPU of the tree is the own CPU of every process that has a row, and what was waited for of children without one. */
#include "import/json_in.h"

#include <math.h>
#include <stdlib.h>

#include "base/sb.h"
#include "base/vec.h"
#include "import/cmdline.h"

enum { DEPTH_MAX = 8, THREADS_MAX = 1000000, COLUMNS_MAX = 16 };

struct row {
    int64_t pid, ppid;
    double user, sys, children_user, children_sys, runq, voluntary, involuntary, rss_kb;
    double gone_cpu;                 /* of threads that came and went */
    double thread_ticks, thread_run; /* sums over its threads */
    uint32_t threads, threads_with_run;
    bool exited, has_name, has_threads;
};

struct reading {
    struct jscan *js;
    struct artefact *a;
    struct {
        struct row *items;
        uint32_t count, cap;
    } rows;
    struct {
        struct acct_thread *items;
        uint32_t count, cap;
    } threads;
    struct sb command;
    double wall_s, interval_s, hz, online, allowed;
    double to_max_s;
    uint64_t to_max_byte;
    double over_max_s; /* CPU of a thread beyond its time */
    uint64_t over_max_byte;
    double quota, throttled_s;
    bool quota_seen, cgroup;
    bool command_mode, complete, has_mode, has_complete, has_command, has_started, has_schema;
    int64_t pid, exit_code, exit_signal;
};

/* A number from 0 up, or unknown. */
static double number(struct reading *r)
{
    double v = jscan_double(r->js);
    if (jscan_ok(r->js) && num_known(v) && !(v >= 0 && isfinite(v)))
        (void)jscan_fail(r->js, ERR_VALUE, "a negative number, where none can be");
    return v;
}

static int64_t whole(struct reading *r)
{
    struct jscan_number n = jscan_num(r->js);
    if (jscan_ok(r->js) && num_known(n.d) && (!n.is_int || n.i < 0))
        (void)jscan_fail(r->js, ERR_VALUE, "a whole number from 0 was expected");
    return num_known(n.d) ? n.i : -1;
}

static void words(struct reading *r, struct sb *out)
{
    jscan_arr(r->js);
    while (jscan_item(r->js)) {
        if (out && out->len > 0)
            sb_addc(out, ' ');
        struct span w = jscan_str(r->js);
        if (out)
            sb_add(out, w);
    }
}

/* from_s and to_s belong together; to_s is held against the recording once that is known. */
static void check_times(struct reading *r, double from_s, double to_s)
{
    if (to_s < from_s)
        (void)jscan_fail(r->js, ERR_VALUE, "to_s %g lies before from_s %g", to_s, from_s);
    if (to_s > r->to_max_s) {
        r->to_max_s = to_s;
        r->to_max_byte = jscan_offset(r->js);
    }
}

static void read_thread(struct reading *r, struct row *p)
{
    struct acct_thread t = { .pid = -1, .tid = -1, .name = SPAN("") };
    double from = NUM_UNKNOWN, to = NUM_UNKNOWN, user = NUM_UNKNOWN, sys = NUM_UNKNOWN, run = NUM_UNKNOWN;
    struct span key;
    t.runq_s = NUM_UNKNOWN;
    jscan_obj(r->js);
    while (jscan_member(r->js, &key)) {
        if (span_is(key, "tid"))
            t.tid = whole(r);
        else if (span_is(key, "name"))
            t.name = artefact_text(r->a, jscan_str(r->js));
        else if (span_is(key, "from_s"))
            from = number(r);
        else if (span_is(key, "to_s"))
            to = number(r);
        else if (span_is(key, "user_s"))
            user = number(r);
        else if (span_is(key, "sys_s"))
            sys = number(r);
        else if (span_is(key, "run_s"))
            run = number(r);
        else if (span_is(key, "runq_s"))
            t.runq_s = number(r);
        else
            jscan_skip(r->js);
    }
    if (!jscan_ok(r->js))
        return;
    check_times(r, from, to);
    t.wall_s = to - from;
    t.cpu_s = num_known(run) ? run : user + sys;
    if (t.cpu_s - t.wall_s > r->over_max_s) {
        r->over_max_s = t.cpu_s - t.wall_s;
        r->over_max_byte = jscan_offset(r->js);
    }
    p->threads++;
    p->thread_ticks += num_known(user + sys) ? user + sys : 0;
    p->threads_with_run += num_known(run);
    p->thread_run += num_known(run) ? run : 0;
    if (r->threads.count >= THREADS_MAX)
        (void)jscan_fail(r->js, ERR_LIMIT, "more than %d threads", THREADS_MAX);
    else
        VEC_PUSH(&r->threads, t);
}

static void read_gone(struct reading *r, struct row *p)
{
    struct span key;
    if (jscan_peek(r->js) == JSCAN_NULL) {
        jscan_skip(r->js);
        return;
    }
    jscan_obj(r->js);
    while (jscan_member(r->js, &key)) {
        if (span_is(key, "user_s") || span_is(key, "sys_s")) {
            double v = number(r);
            p->gone_cpu += num_known(v) ? v : 0;
        } else {
            jscan_skip(r->js);
        }
    }
}

/* Members of a process that are plain numbers. */
static bool row_number(struct reading *r, struct span key, struct row *p)
{
    const struct {
        const char *name;
        double *to;
    } numbers[] = {
        { "user_s", &p->user },
        { "sys_s", &p->sys },
        { "children_user_s", &p->children_user },
        { "children_sys_s", &p->children_sys },
        { "runq_s", &p->runq },
        { "voluntary", &p->voluntary },
        { "involuntary", &p->involuntary },
        { "rss_kb_max", &p->rss_kb },
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (span_is(key, numbers[i].name)) {
            *numbers[i].to = number(r);
            return true;
        }
    }
    return false;
}

static void read_process(struct reading *r)
{
    struct row p = { .pid = -1,
                     .ppid = -1,
                     .user = NUM_UNKNOWN,
                     .sys = NUM_UNKNOWN,
                     .children_user = NUM_UNKNOWN,
                     .children_sys = NUM_UNKNOWN,
                     .runq = NUM_UNKNOWN,
                     .voluntary = NUM_UNKNOWN,
                     .involuntary = NUM_UNKNOWN,
                     .rss_kb = NUM_UNKNOWN };
    double from = NUM_UNKNOWN, to = NUM_UNKNOWN;
    uint32_t first = r->threads.count;
    struct span key;
    jscan_obj(r->js);
    while (jscan_member(r->js, &key)) {
        if (span_is(key, "pid")) {
            p.pid = whole(r);
        } else if (span_is(key, "ppid")) {
            p.ppid = whole(r);
        } else if (span_is(key, "name")) {
            p.has_name = jscan_peek(r->js) == JSCAN_STR;
            jscan_skip(r->js);
        } else if (span_is(key, "from_s")) {
            from = number(r);
        } else if (span_is(key, "to_s")) {
            to = number(r);
        } else if (span_is(key, "exited")) {
            p.exited = jscan_bool(r->js);
        } else if (span_is(key, "threads")) {
            p.has_threads = true;
            jscan_arr(r->js);
            while (jscan_item(r->js))
                read_thread(r, &p);
        } else if (span_is(key, "threads_gone")) {
            read_gone(r, &p);
        } else if (!row_number(r, key, &p)) {
            jscan_skip(r->js);
        }
    }
    if (!jscan_ok(r->js))
        return;
    if (p.pid < 0 || !p.has_name || !num_known(from) || !num_known(to) || !num_known(p.user) || !num_known(p.sys) ||
        !p.has_threads) {
        (void)jscan_fail(r->js, ERR_MALFORMED, "a process needs pid, name, from_s, to_s, user_s, sys_s and threads");
        return;
    }
    check_times(r, from, to);
    for (uint32_t i = first; i < r->threads.count; i++)
        r->threads.items[i].pid = p.pid;
    VEC_PUSH(&r->rows, p);
}

/* --- the other members --- */

static void read_cgroup(struct reading *r)
{
    struct span key;
    if (jscan_peek(r->js) == JSCAN_NULL) {
        jscan_skip(r->js);
        return;
    }
    r->cgroup = true;
    jscan_obj(r->js);
    while (jscan_member(r->js, &key)) {
        if (span_is(key, "quota")) {
            r->quota = number(r);
            r->quota_seen = true;
        } else if (span_is(key, "throttled_s")) {
            r->throttled_s = number(r);
        } else {
            jscan_skip(r->js);
        }
    }
}

static void read_series(struct reading *r)
{
    uint64_t lengths[COLUMNS_MAX];
    uint32_t columns = 0;
    double run[256];
    struct span key;
    if (jscan_peek(r->js) == JSCAN_NULL) {
        jscan_skip(r->js);
        return;
    }
    jscan_obj(r->js);
    while (jscan_member(r->js, &key)) {
        if (jscan_peek(r->js) != JSCAN_ARR || columns == COLUMNS_MAX) {
            jscan_skip(r->js);
            continue;
        }
        bool times = span_is(key, "t_s");
        uint64_t length = 0;
        double last = 0;
        jscan_arr(r->js);
        for (size_t n; (n = jscan_doubles(r->js, run, ARRAY_LEN(run))) > 0; length += n) {
            for (size_t i = 0; i < n; i++) {
                if (run[i] < 0)
                    (void)jscan_fail(r->js, ERR_VALUE, "a negative number in the series");
                if (times && (!num_known(run[i]) || run[i] < last))
                    (void)jscan_fail(r->js, ERR_VALUE, "t_s of the series falls");
                last = run[i];
            }
        }
        if (columns > 0 && length != lengths[0])
            (void)jscan_fail(r->js, ERR_VALUE, "columns of the series are of unequal length, %llu and %llu",
                             (unsigned long long)lengths[0], (unsigned long long)length);
        lengths[columns++] = length;
    }
}

static void read_notes(struct reading *r)
{
    struct span key;
    if (jscan_peek(r->js) == JSCAN_NULL) {
        jscan_skip(r->js);
        return;
    }
    jscan_arr(r->js);
    while (jscan_item(r->js)) {
        jscan_obj(r->js);
        while (jscan_member(r->js, &key)) {
            if (span_is(key, "text") && r->a->problem_count < 100) {
                struct span text = jscan_str(r->js);
                artefact_problem(r->a, "recorder_note", NULL, "%.*s", SPAN_FMT(span_sub(text, 0, 300)));
            } else {
                jscan_skip(r->js);
            }
        }
    }
}

static void read_pressure(struct reading *r)
{
    struct span key;
    if (jscan_peek(r->js) != JSCAN_OBJ) {
        jscan_skip(r->js);
        return;
    }
    jscan_obj(r->js);
    while (jscan_member(r->js, &key)) {
        bool io = span_is(key, "io_some_s"), cpu = span_is(key, "cpu_some_s");
        double v = number(r);
        if (num_known(v) && (io || cpu))
            artefact_fact_num(r->a, io ? "x_psi_io_some_s" : "x_psi_cpu_some_s", v,
                              io ? "psi.io_some_s" : "psi.cpu_some_s");
    }
}

static void read_schema(struct reading *r)
{
    struct span s = jscan_str(r->js);
    static const char prefix[] = "stet/record/";
    uint64_t version;
    r->has_schema = true;
    if (!jscan_ok(r->js))
        return;
    if (!span_starts(s, SPAN(prefix)) || !span_to_u64(span_from(s, sizeof prefix - 1), &version) || version == 0)
        (void)jscan_fail(r->js, ERR_UNRECOGNISED, "schema \"%.*s\" is not stet/record/1", SPAN_FMT(span_sub(s, 0, 60)));
    else if (version > 1)
        (void)jscan_fail(r->js, ERR_UNSUPPORTED, "schema %.*s is newer than stet/record/1, which is read here",
                         SPAN_FMT(span_sub(s, 0, 60)));
}

static void read_object_of_two(struct reading *r, const char *one, double *ret_one, const char *two, double *ret_two)
{
    struct span key;
    if (jscan_peek(r->js) == JSCAN_NULL) {
        jscan_skip(r->js);
        return;
    }
    jscan_obj(r->js);
    while (jscan_member(r->js, &key)) {
        if (span_is(key, one))
            *ret_one = number(r);
        else if (span_is(key, two))
            *ret_two = number(r);
        else
            jscan_skip(r->js);
    }
}

static void read_mode(struct reading *r)
{
    struct span mode = jscan_str(r->js);
    r->has_mode = true;
    r->command_mode = span_is(mode, "command");
    if (jscan_ok(r->js) && !r->command_mode && !span_is(mode, "pid"))
        (void)jscan_fail(r->js, ERR_MALFORMED, "mode is neither \"command\" nor \"pid\"");
}

static void read_member(struct reading *r, struct span key)
{
    double code = NUM_UNKNOWN, signal = NUM_UNKNOWN;
    if (span_is(key, "schema")) {
        read_schema(r);
    } else if (span_is(key, "mode")) {
        read_mode(r);
    } else if (span_is(key, "complete")) {
        r->has_complete = true;
        r->complete = jscan_bool(r->js);
    } else if (span_is(key, "command")) {
        r->has_command = true;
        words(r, &r->command);
    } else if (span_is(key, "pid")) {
        r->pid = whole(r);
    } else if (span_is(key, "exit")) {
        read_object_of_two(r, "code", &code, "signal", &signal);
        r->exit_code = num_known(code) ? (int64_t)fmin(code, 1e6) : 0;
        r->exit_signal = num_known(signal) ? (int64_t)fmin(signal, 1e6) : 0;
    } else if (span_is(key, "started")) {
        r->has_started = jscan_str(r->js).len > 0;
    } else if (span_is(key, "wall_s")) {
        r->wall_s = number(r);
    } else if (span_is(key, "interval_s")) {
        r->interval_s = number(r);
    } else if (span_is(key, "hz")) {
        r->hz = number(r);
    } else if (span_is(key, "cpus")) {
        read_object_of_two(r, "online", &r->online, "allowed", &r->allowed);
    } else if (span_is(key, "processes")) {
        jscan_arr(r->js);
        while (jscan_item(r->js))
            read_process(r);
    } else if (span_is(key, "cgroup")) {
        read_cgroup(r);
    } else if (span_is(key, "psi")) {
        read_pressure(r);
    } else if (span_is(key, "series")) {
        read_series(r);
    } else if (span_is(key, "notes")) {
        read_notes(r);
    } else if (span_is(key, "tool") && jscan_peek(r->js) == JSCAN_STR) {
        struct span tool = artefact_text(r->a, jscan_str(r->js)), name, version;
        r->a->tool = tool;
        if (span_split(tool, ' ', &name, &version)) {
            r->a->tool = name;
            r->a->tool_version = version;
        }
    } else {
        jscan_skip(r->js);
    }
}

/* --- the whole --- */

static bool check_whole(struct reading *r, struct err *err)
{
    const struct {
        const char *name;
        bool there;
    } required[] = {
        { "schema", r->has_schema },
        { "mode", r->has_mode },
        { "complete", r->has_complete },
        { "command", r->has_command },
        { "pid", r->pid >= 0 },
        { "started", r->has_started },
        { "wall_s", num_known(r->wall_s) },
        { "interval_s", num_known(r->interval_s) },
        { "cpus", num_known(r->online) || num_known(r->allowed) },
        { "processes", r->rows.count > 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        if (!required[i].there)
            return err_set(err, ERR_MALFORMED, "%s is missing", required[i].name);
    }
    if (!(r->wall_s > 0))
        return err_set(err, ERR_VALUE, "wall_s is 0");
    if (r->to_max_s > r->wall_s + r->interval_s)
        return err_at_byte(err, ERR_VALUE, r->to_max_byte, "to_s %g lies behind the end of the recording, %g s",
                           r->to_max_s, r->wall_s);
    if (!(r->hz > 0))
        r->hz = 100;
    if (r->over_max_s > 2 / r->hz + 1e-9)
        return err_at_byte(err, ERR_VALUE, r->over_max_byte, "a thread used %g s of CPU more than its time",
                           r->over_max_s);
    return true;
}

/* Own CPU of a process: wait4 is exact, schedstat to the nanosecond, the rest to a tick a thread. */
static double own_cpu(const struct reading *r, const struct row *p, bool first, double *ret_slack)
{
    double ticks = p->user + p->sys;
    double one_each = (p->threads + 1) / r->hz;
    *ret_slack = 0;
    if (first && r->command_mode)
        return ticks;
    if (p->threads > 0 && p->threads_with_run == p->threads)
        return p->thread_run + (p->gone_cpu > one_each ? p->gone_cpu : 0);
    *ret_slack = one_each;
    return ticks;
}

static double known_or_zero(double x)
{
    return num_known(x) ? x : 0;
}

/* The row of the process that started row i, which stands before it; i itself when there is none. */
static uint32_t parent_of(const struct reading *r, uint32_t i)
{
    for (uint32_t k = i; k-- > 0;) {
        if (r->rows.items[k].pid == r->rows.items[i].ppid)
            return k;
    }
    return i;
}

/* CPU of children without a row. What a process waited for holds its children's children too, with or without a row, and
 * a row may be older than that: so each process counts with the larger of what it waited for and of what the rows below it
 * hold, and never with both. own: one number a row. */
static double unseen_children(const struct reading *r, const double *own)
{
    uint32_t n = r->rows.count;
    double unseen = 0;
    if (n > 10000) /* parents are looked for one by one */
        return 0;
    double *ended = xcalloc(n + 1u, sizeof *ended); /* below a row, and waited for by now */
    double *alive = xcalloc(n + 1u, sizeof *alive);
    for (uint32_t i = n; i-- > 0;) {
        const struct row *p = &r->rows.items[i];
        double waited = known_or_zero(p->children_user) + known_or_zero(p->children_sys);
        double extra = waited > ended[i] + 1 / r->hz ? waited - ended[i] : 0;
        double total = own[i] + ended[i] + extra + alive[i];
        uint32_t parent = parent_of(r, i);
        unseen += extra;
        if (parent != i)
            *(p->exited ? &ended[parent] : &alive[parent]) += total;
    }
    free(ended);
    free(alive);
    return unseen;
}

static void sum_rows(struct reading *r, struct accounting *c)
{
    double user = 0, sys = 0, cpu = 0, slack = 0, rss = 0;
    double *own = xcalloc(r->rows.count + 1u, sizeof *own);
    c->runq_s = c->voluntary = c->involuntary = 0;
    for (uint32_t i = 0; i < r->rows.count; i++) {
        const struct row *p = &r->rows.items[i];
        double own_slack;
        own[i] = own_cpu(r, p, i == 0, &own_slack);
        cpu += own[i];
        slack += own_slack;
        user += p->user;
        sys += p->sys;
        c->runq_s += p->runq;
        c->voluntary += p->voluntary;
        c->involuntary += p->involuntary;
        rss = p->rss_kb > rss ? p->rss_kb : rss;
        if (p->thread_ticks + p->gone_cpu > p->user + p->sys + (p->threads + 1) / r->hz)
            artefact_problem(r->a, "threads_exceed_process", NULL,
                             "the threads of process %lld used %.2f s of CPU, the process itself only %.2f s",
                             (long long)p->pid, p->thread_ticks + p->gone_cpu, p->user + p->sys);
    }
    c->user_s = user;
    c->sys_s = sys;
    c->children_cpu_s = unseen_children(r, own);
    c->cpu_s = cpu + c->children_cpu_s;
    free(own);
    c->cpu_lo_s = c->cpu_s > slack ? c->cpu_s - slack : 0;
    c->cpu_hi_s = c->cpu_s + slack;
    c->rss_max_bytes = rss > 0 ? rss * 1024 : NUM_UNKNOWN;
}

static void count_threads(struct reading *r, struct accounting *c)
{
    c->threads = ARENA_ARRAY(&r->a->arena, r->threads.count + 1u, struct acct_thread);
    if (r->threads.count > 0)
        memcpy(c->threads, r->threads.items, r->threads.count * sizeof *c->threads);
    c->thread_count = r->threads.count;
    c->max_thread_cpu_s = NUM_UNKNOWN;
    double busy = 0;
    for (uint32_t i = 0; i < r->threads.count; i++) {
        double cpu = r->threads.items[i].cpu_s;
        /* A thread works when it used a hundredth of the time, and more than its clock may err. */
        busy += cpu >= 0.01 * r->wall_s && cpu > 2 / r->hz;
        if (!num_known(c->max_thread_cpu_s) || cpu > c->max_thread_cpu_s)
            c->max_thread_cpu_s = cpu;
    }
    c->busy_threads = busy;
}

static void fill(struct reading *r)
{
    struct artefact *a = r->a;
    struct accounting *c = artefact_acct(a);
    a->clock = CLOCK_ACCT;
    a->command = artefact_text(a, sb_span(&r->command));
    a->pid = r->pid;
    a->one_job = r->command_mode;
    a->overlapping = !r->command_mode;
    c->scope = ACCT_TREE;
    c->whole_life = r->command_mode;
    c->attached = !r->command_mode;
    c->wall_s = c->wall_lo_s = c->wall_hi_s = r->wall_s;
    c->cpus_online = r->online;
    c->cpus_allowed = r->allowed;
    c->throttled_s = r->throttled_s;
    c->quota_cpus = r->quota;
    c->quota_none = r->cgroup && r->quota_seen && !num_known(r->quota);
    c->processes = r->rows.count;
    c->command = a->command;
    c->pid = r->pid;
    c->source = artefact_text(a, SPAN("stet record"));
    sum_rows(r, c);
    count_threads(r, c);
    if (!r->complete)
        artefact_problem(a, "recording_incomplete", NULL,
                         "the recorder missed something: a process ended or was not readable");
    if (r->exit_code != 0 || r->exit_signal != 0)
        artefact_problem(a, "command_failed", "record a run that succeeds",
                         r->exit_signal ? "the command was ended by signal %lld" : "the command ended with status %lld",
                         (long long)(r->exit_signal ? r->exit_signal : r->exit_code));
}

static enum sniff record_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    return json_in_first(head) == '{' && json_in_has_key(head, "schema") &&
                   span_find(head, 0, SPAN("\"stet/record/")) < head.len
               ? SNIFF_YES
               : SNIFF_NO;
}

static bool read_source(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    struct span piece;
    if (!source_peek(user, n < (1u << 20) ? n : (1u << 20), &piece, err))
        return false;
    if (piece.len > 0)
        memcpy(buf, piece.ptr, piece.len);
    source_skip(user, piece.len);
    *ret_n = piece.len;
    return true;
}

static bool record_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct reading r = { .a = out,
                         .wall_s = NUM_UNKNOWN,
                         .interval_s = NUM_UNKNOWN,
                         .hz = NUM_UNKNOWN,
                         .online = NUM_UNKNOWN,
                         .allowed = NUM_UNKNOWN,
                         .quota = NUM_UNKNOWN,
                         .throttled_s = NUM_UNKNOWN,
                         .pid = -1 };
    struct span key;
    r.js = jscan_new(read_source, in, DEPTH_MAX, err);
    jscan_obj(r.js);
    while (jscan_member(r.js, &key))
        read_member(&r, key);
    bool ok = jscan_end(r.js) && check_whole(&r, err);
    if (ok) {
        fill(&r);
        out->runtime = opt->runtime != RUNTIME_UNKNOWN ? opt->runtime : cmdline_runtime(out->command);
        out->event_loop = cmdline_is_server(out->command);
    }
    jscan_free(r.js);
    free(r.rows.items);
    free(r.threads.items);
    sb_release(&r.command);
    return ok;
}

const struct importer import_stet_record = {
    .name = "stet-record",
    .title = "stet record: accounting of a process tree",
    .proves = "CPU over wall, run-queue delay, throttling, context switches and threads of a process tree",
    .cannot = "what the CPU did and what was waited for: add a profile of the same minute",
    .spec_url = NULL,
    .extensions = "*.stet-record.json *.record.json",
    .sniff = record_sniff,
    .parse = record_parse,
};
