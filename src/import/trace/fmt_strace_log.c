/* The log of strace, any of its stamps (-t, -tt, -ttt, -r), pid prefixes (-f, with and without -o) and additions (-T, -y, -Y,
 * -i, -n, -k, -C).
 *
 * 1. Time in calls comes from -T, or from both lines of an interrupted call; the distance to the next line holds computing,
 *    too, and is never read as waiting.
 * 2. First to last stamp is a wall length only from the first execve to the exit of the same process.
 * 3. What stands between the calls is computing, waiting for a CPU and being stopped by strace: no share is made of it. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "import/cmdline.h"
#include "import/importer.h"
#include "import/trace/strace_state.h"

struct log {
    struct strace_state state;
    struct artefact *out;
    uint64_t lines, calls, begun, foreign, timed;
    uint64_t first_foreign;
    double now_s;  /* of the last line; NaN */
    double last_s; /* last stamp of the day, for midnight */
    double days_s;
    double place_s;    /* last place of the stamps; NaN without any */
    double relative_s; /* -r added up; NaN */
    double started_s;
    uint32_t root;
    bool rooted, killed, tracees_prefixed;
    bool starts_with_exec;
};

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    enum { LOOK = 200 };
    struct span line;
    uint64_t mine = 0;
    uint64_t foreign = 0;
    uint64_t stamped = 0;
    for (int n = 0; n < LOOK && span_line(&head, &line); n++) {
        struct strace_line l;
        if (span_trim(line).len == 0)
            continue;
        strace_line_read(line, &l);
        if (l.kind == STRACE_CALL && mine == 0 && foreign == 0 && span_is(l.name, "execve"))
            return SNIFF_YES;
        mine += l.kind != STRACE_FOREIGN && l.kind != STRACE_NOTE;
        foreign += l.kind == STRACE_FOREIGN;
        stamped += l.kind != STRACE_FOREIGN && (l.stamp != STAMP_NONE || num_known(l.took_s) || l.pid >= 0);
    }
    if (mine == 0 || foreign > mine)
        return SNIFF_NO;
    return stamped > 0 ? SNIFF_YES : SNIFF_MAYBE;
}

/* Time of the line, from whichever stamp it has. */
static void advance(struct log *g, const struct strace_line *l)
{
    enum { DAY = 86400, HALF_DAY = 43200 };
    if (l->stamp == STAMP_CLOCK) {
        if (num_known(g->last_s) && l->at_s < g->last_s - HALF_DAY)
            g->days_s += DAY;
        g->last_s = l->at_s;
        g->now_s = g->days_s + l->at_s;
        g->place_s = l->place_s;
    } else if (l->stamp == STAMP_UNIX) {
        g->now_s = l->at_s;
        g->place_s = l->place_s;
    }
    /* -r is finer than -t beside it. */
    if (num_known(l->since_s) && (l->stamp == STAMP_NONE || l->place_s >= 1)) {
        static const double place = 1e-6;
        g->relative_s = num_known(g->relative_s) ? g->relative_s + l->since_s : 0;
        g->now_s = g->relative_s;
        g->place_s = place;
    }
}

static bool read_line(struct log *g, struct span line, uint64_t line_no, struct err *err)
{
    struct strace_line l;
    strace_line_read(line, &l);
    if (span_trim(line).len == 0 || l.kind == STRACE_NOTE) {
        if (num_known(l.since_s))
            advance(g, &l);
        return l.attached < 0 || !g->rooted || strace_attached(&g->state, l.attached, err);
    }
    if (l.kind == STRACE_FOREIGN) {
        g->first_foreign = g->foreign++ == 0 ? line_no : g->first_foreign;
        return true;
    }
    g->lines++;
    advance(g, &l);
    uint32_t tracee;
    if (l.kind == STRACE_RESUMED && strace_is_clone(l.name))
        g->state.cloning = NO_TRACEE; /* back in the maker before the child's first line */
    if (!strace_tracee(&g->state, l.pid, &tracee, err))
        return err_wrap(err, "line %" PRIu64, line_no);
    if (!g->rooted) {
        g->rooted = true;
        g->root = tracee;
        g->starts_with_exec = l.kind == STRACE_CALL && span_is(l.name, "execve") && l.ret_known && l.ret == 0;
        g->started_s = g->now_s;
    }
    g->tracees_prefixed = g->tracees_prefixed || l.pid >= 0;
    if (l.kind == STRACE_EXITED || l.kind == STRACE_KILLED) {
        struct tracee *t = &g->state.tracees.items[tracee];
        t->ended = true;
        t->pending = false;
        t->ended_at_s = g->now_s;
        g->killed = g->killed || (tracee == g->root && l.kind == STRACE_KILLED);
        return true;
    }
    g->begun += l.kind == STRACE_UNFINISHED;
    g->calls += l.kind != STRACE_UNFINISHED;
    g->timed += num_known(l.took_s);
    if (!strace_call(&g->state, tracee, &l, g->now_s, err))
        return err_wrap(err, "line %" PRIu64, line_no);
    return true;
}

static struct span name_of(const struct tracee *t)
{
    return t->name.len > 0 ? t->name : t->command.len > 0 ? cmdline_program_name(t->command) : SPAN("");
}

/* Processes and threads as the log tells them apart. */
static bool add_threads(struct log *g, struct builder *b, thread_id *threads, uint32_t twin, struct err *err)
{
    const struct strace_state *s = &g->state;
    const struct tracee *root = &s->tracees.items[g->root];
    for (uint32_t i = 0; i < s->tracees.count; i++) {
        const struct tracee *t = i == g->root ? root : &s->tracees.items[i];
        uint32_t leader = strace_leader(s, i);
        leader = leader == twin ? g->root : leader;
        const struct tracee *p = &s->tracees.items[leader];
        int64_t pid = leader == g->root ? s->tracees.items[twin].tid : p->tid;
        /* A forked child that was never seen to exec is its maker's program. */
        struct span command = p->command;
        uint32_t up = leader;
        for (size_t step = 0; command.len == 0 && step < 64 && s->tracees.items[up].maker != NO_TRACEE; step++) {
            up = strace_leader(s, (uint32_t)s->tracees.items[up].maker);
            command = s->tracees.items[up].command;
        }
        process_id process = builder_process(b, pid, cmdline_program_name(command), command);
        if (i == twin && twin != g->root)
            continue;
        if (!builder_thread(b, process, i == g->root ? pid : t->tid, name_of(t), &threads[i], err))
            return false;
    }
    threads[twin] = threads[g->root];
    return true;
}

static bool add_rows(struct log *g, const struct import_options *opt, uint32_t twin, struct err *err)
{
    const struct strace_state *s = &g->state;
    struct builder *b = builder_new(&opt->limits);
    struct call_sums sums;
    thread_id *threads = xcalloc(s->tracees.count + 1, sizeof *threads);
    call_sums_open(&sums, b, CLOCK_WALL, g->timed > 0);
    bool ok = add_threads(g, b, threads, twin, err);
    for (size_t i = 0; ok && i < s->sums.count; i++) {
        const struct call_cell *c = &s->sums.items[i];
        struct call_total total = { .name = intern_get(&s->names, c->name.ix),
                                    .kind = c->kind,
                                    .count = c->calls,
                                    .seconds = c->seconds,
                                    .waited_s = c->waited_s };
        ok = call_sums_add(&sums, threads[c->tracee], &total, err);
    }
    ok = ok && builder_finish(b, &g->out->profile, err);
    free(threads);
    builder_free(b);
    return ok;
}

/* From the first execve to the exit of the same process; anything else is a part of a run. */
static void settle_wall(struct log *g, uint32_t twin)
{
    static const double coarse = 0.01;
    const struct tracee *root = &g->state.tracees.items[g->root];
    const struct tracee *end = root->ended ? root : &g->state.tracees.items[twin];
    struct artefact *out = g->out;
    double wall = end->ended_at_s - g->started_s;
    if (!g->starts_with_exec || !end->ended) {
        artefact_problem(out, "part_of_a_run", "trace the program from its start to its end: strace -f -T -ttt COMMAND",
                         "the log does not hold %s: first to last line is no wall length",
                         g->starts_with_exec ? "the end of the program" : "the start of the program");
    } else if (!num_known(wall)) {
        artefact_problem(out, "no_wall", "record with -ttt",
                         "the lines have no time: how long the program ran is unknown");
    } else if (wall <= 0 || g->place_s > coarse * wall) {
        artefact_problem(out, "coarse_stamps", "record with -ttt instead of -t",
                         "the stamps are too coarse for a run of %.3g s", wall);
    } else {
        out->duration_s = wall;
        out->duration_source = WALL_EXEC_EXIT;
    }
}

static void notes(const struct log *g)
{
    struct artefact *out = g->out;
    if (g->timed == 0)
        artefact_problem(out, "no_call_times", "record with -T: strace -f -T -ttt -o calls.log COMMAND",
                         "the lines do not say how long each call took: no waiting can be read from them");
    else
        artefact_problem(out, "tracing_slows", "take the shares from stet record or time -v of a run without strace",
                         "strace stops the program at each of %" PRIu64 " calls: the times hold that, too", g->calls);
    if (g->timed > 0 && g->state.tracees.count > 2)
        artefact_problem(
            out, "parked_threads", "off-CPU stacks or py-spy --idle name what each thread waits for",
            "a call does not tell a parked worker from one that waits inside a task: both are in the waits");
    if (g->killed)
        artefact_problem(out, "command_killed", "trace a run that ends by itself", "the program was ended by a signal");
    if (g->foreign > g->lines / 20)
        artefact_problem(out, "foreign_lines", "write the log to a file of its own: strace -o calls.log",
                         "%" PRIu64 " lines are no lines of strace (the first is line %" PRIu64
                         "): the program's output "
                         "is mixed in",
                         g->foreign, g->first_foreign);
}

static bool settle(struct log *g, const struct import_options *opt, struct err *err)
{
    struct artefact *out = g->out;
    uint32_t twin = g->state.twin != NO_TRACEE ? (uint32_t)g->state.twin : g->root;
    if (!g->starts_with_exec)
        strace_join(&g->state);
    if (!add_rows(g, opt, twin, err))
        return false;
    out->tool = SPAN("strace");
    out->platform = SPAN("linux");
    out->command = artefact_text(out, g->starts_with_exec ? g->state.tracees.items[g->root].command : SPAN(""));
    uint32_t main = twin != g->root ? twin : strace_leader(&g->state, g->root);
    out->pid = g->state.tracees.items[main].tid;
    out->one_job = g->starts_with_exec;
    out->overlapping = !g->starts_with_exec;
    out->event_loop = g->state.listens || cmdline_is_server(out->command);
    out->runtime = opt->runtime != RUNTIME_UNKNOWN ? opt->runtime : cmdline_runtime(out->command);
    out->clock = g->timed > 0 ? CLOCK_OFF : CLOCK_UNKNOWN;
    out->sees_wait = g->timed > 0;
    settle_wall(g, twin);
    if (num_known(opt->duration_s)) {
        out->duration_s = opt->duration_s;
        out->duration_source = WALL_DECLARED;
    }
    notes(g);
    return true;
}

static bool read_all(struct log *g, struct source *in, const struct import_options *opt, struct err *err)
{
    enum { PROGRESS_LINES = 1 << 16 };
    bool table = false;
    for (;;) {
        struct span line;
        bool eof;
        if (!source_line(in, &line, &eof, err))
            return false;
        if (eof)
            break;
        /* The table of -C behind the log has no times of its own that could be told apart. */
        table = table || span_starts(line, SPAN("% time "));
        if (!table && !read_line(g, line, source_lines(in), err))
            return false;
        if (opt->progress && source_lines(in) % PROGRESS_LINES == 0)
            opt->progress(opt->progress_user, source_offset(in));
    }
    if (g->calls + g->begun == 0)
        return err_at_line(err, ERR_MALFORMED, 1,
                           "no system call in %" PRIu64 " lines: want 'name(arguments) = result'", source_lines(in));
    if (g->foreign > g->lines)
        return err_at_line(err, ERR_MALFORMED, g->first_foreign,
                           "line %" PRIu64 ": want 'name(arguments) = result'; most lines are none", g->first_foreign);
    return settle(g, opt, err);
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct log g = { .out = out,
                     .now_s = NUM_UNKNOWN,
                     .last_s = NUM_UNKNOWN,
                     .place_s = NUM_UNKNOWN,
                     .started_s = NUM_UNKNOWN,
                     .relative_s = NUM_UNKNOWN };
    strace_state_init(&g.state, &opt->limits);
    bool ok = read_all(&g, in, opt, err);
    strace_state_release(&g.state);
    return ok;
}

const struct importer import_strace_log = {
    .name = "strace-log",
    .title = "strace: the log of system calls (-f -T -ttt)",
    .proves = "with -T how long each thread spent in each blocking call, and from execve to exit how long the run took",
    .cannot = "the CPU share: between calls a thread computes, waits for a CPU or is held up by strace itself",
    .spec_url = "https://man7.org/linux/man-pages/man1/strace.1.html",
    .extensions = "*.txt *.log *.strace",
    .sniff = sniff,
    .parse = parse,
};
