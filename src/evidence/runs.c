/* runs.c - which artefacts are of one execution (method 1.8). A set is what its sender calls one run; what the files say
 * against it wins: another pid, another command, a window of another length. Two executions are named as two. */
#include "evidence/internal.h"

#include <inttypes.h>
#include <math.h>

#include "import/cmdline.h"

static const double window_tolerance = 0.10;

static struct span basename_of(struct span path)
{
    size_t slash = span_rchr(path, '/');
    return slash < path.len ? span_from(path, slash + 1) : path;
}

/* The program behind a recorder that started it: "py-spy record -- python3 app.py" is python3 app.py. */
static struct span program_of(struct span command)
{
    struct recorder_options o;
    return cmdline_recorder(command, &o) && o.program.len > 0 ? o.program : command;
}

static bool same_first_word(struct span a, struct span b, struct span whole_a, struct span whole_b)
{
    if (span_eq(basename_of(a), basename_of(b)))
        return true;
    enum runtime_kind r = cmdline_runtime(whole_a); /* python3 and python3.11 */
    return r != RUNTIME_UNKNOWN && r == cmdline_runtime(whole_b);
}

enum match runs_command_match(struct span a, struct span b)
{
    if (a.len == 0 || b.len == 0)
        return MATCH_UNKNOWN;
    a = span_trim(program_of(a));
    b = span_trim(program_of(b));
    if (span_eq(a, b))
        return MATCH_COMMAND;
    struct span rest_a = a, rest_b = b, x, y;
    if (!cmdline_word(&rest_a, &x) || !cmdline_word(&rest_b, &y))
        return MATCH_UNKNOWN;
    bool program = same_first_word(x, y, a, b);
    bool script = false, all = program;
    while (program) {
        bool more_a = cmdline_word(&rest_a, &x), more_b = cmdline_word(&rest_b, &y);
        if (!more_a || !more_b) {
            all = all && more_a == more_b;
            break;
        }
        bool same = span_eq(basename_of(x), basename_of(y));
        script = script || (same && x.len > 0 && x.ptr[0] != '-');
        all = all && same;
        if (!same && !script)
            break;
    }
    if (all)
        return MATCH_COMMAND;
    if (program && script)
        return MATCH_PROGRAM;
    /* `sh -c 'python3 app.py'` against `python3 app.py` */
    if (span_find(a, 0, b) < a.len || span_find(b, 0, a) < b.len)
        return MATCH_COMMAND;
    return MATCH_NONE;
}

int evidence_same_program(struct span a, struct span b)
{
    switch (runs_command_match(a, b)) {
    case MATCH_COMMAND:
        return 1;
    case MATCH_PROGRAM:
        return 0;
    case MATCH_NONE:
        return -1;
    case MATCH_UNKNOWN:
        break;
    }
    return -2;
}

static bool has_pid(const struct artefact *a, int64_t pid)
{
    if (pid < 0)
        return false;
    if (a->pid == pid)
        return true;
    for (uint32_t i = 0; i < a->acct_count; i++) {
        if (a->acct[i].pid == pid)
            return true;
        for (uint32_t t = 0; t < a->acct[i].thread_count; t++) {
            if (a->acct[i].threads[t].pid == pid)
                return true;
        }
    }
    for (uint32_t i = 0; a->profile && i < a->profile->process_count; i++) {
        if (a->profile->processes[i].pid == pid)
            return true;
    }
    return false;
}

static int64_t main_pid(const struct artefact *a)
{
    if (a->pid >= 0)
        return a->pid;
    for (uint32_t i = 0; i < a->acct_count; i++) {
        if (a->acct[i].pid >= 0)
            return a->acct[i].pid;
    }
    for (uint32_t i = 0; a->profile && i < a->profile->process_count; i++) {
        if (a->profile->processes[i].pid > 0)
            return a->profile->processes[i].pid;
    }
    return -1;
}

static bool share_pid(const struct artefact *a, const struct artefact *b)
{
    if (has_pid(b, main_pid(a)) || has_pid(a, main_pid(b)))
        return true;
    for (uint32_t i = 0; a->profile && i < a->profile->process_count; i++) {
        if (a->profile->processes[i].pid > 0 && has_pid(b, a->profile->processes[i].pid))
            return true;
    }
    return false;
}

static struct span command_of(const struct artefact *a)
{
    if (a->command.len > 0)
        return a->command;
    for (uint32_t i = 0; i < a->acct_count; i++) {
        if (a->acct[i].command.len > 0)
            return a->acct[i].command;
    }
    return SPAN("");
}

/* Seconds that the artefact's window or run lasted; NaN. */
static double window_of(const struct artefact *a)
{
    for (uint32_t i = 0; i < a->acct_count; i++) {
        if (num_known(a->acct[i].wall_s))
            return a->acct[i].wall_s;
    }
    for (uint32_t i = 0; i < a->fact_count; i++) {
        if (span_is(a->facts[i].name, "wall_s") && !a->facts[i].is_text)
            return a->facts[i].num;
    }
    return a->duration_s;
}

static bool whole_life(const struct artefact *a)
{
    for (uint32_t i = 0; i < a->acct_count; i++) {
        if (a->acct[i].whole_life)
            return true;
    }
    return false;
}

/* A recorder that was told a longer time than the program lived stopped with it. */
static bool stopped_early(const struct artefact *recorded, const struct artefact *life)
{
    return recorded->duration_source == WALL_RECORDER && whole_life(life) && window_of(recorded) > window_of(life);
}

static bool windows_differ(const struct artefact *a, const struct artefact *b)
{
    double x = window_of(a), y = window_of(b);
    if (!num_known(x) || !num_known(y) || stopped_early(a, b) || stopped_early(b, a))
        return false;
    return fabs(x - y) > window_tolerance * fmax(x, y);
}

/* Each of two recorders that started the program ran it once, unless one of them ran the other. */
static bool both_started(const struct artefact *a, const struct artefact *b)
{
    struct recorder_options o;
    if (!a->one_job || !b->one_job)
        return false;
    return !(cmdline_recorder(a->command, &o) || cmdline_recorder(b->command, &o));
}

static void set(struct work *w, uint32_t i, enum execution e, struct span reason)
{
    w->e->artefacts[i].execution = e;
    w->e->artefacts[i].reason = reason;
    w->e->two_executions = w->e->two_executions || e == EXECUTION_OTHER;
}

static void judge(struct work *w, uint32_t i, uint32_t lead)
{
    const struct artefact *a = w->in->artefacts[i], *b = w->in->artefacts[lead];
    struct span name = work_artefact_name(w, lead);
    enum match match = w->match[i] = runs_command_match(command_of(a), command_of(b));
    int64_t pa = main_pid(a), pb = main_pid(b);
    double ta = window_of(a), tb = window_of(b);
    const char *what = match >= MATCH_PROGRAM ? "another execution of the same program" : "another execution";
    if (pa >= 0 && pb >= 0 && share_pid(a, b)) {
        set(w, i, EXECUTION_SAME, work_text(w, "the same process as in %.*s, pid %" PRId64, SPAN_FMT(name), pa));
    } else if (pa >= 0 && pb >= 0) {
        set(w, i, EXECUTION_OTHER,
            work_text(w, "%s: pid %" PRId64 ", and pid %" PRId64 " in %.*s", what, pa, pb, SPAN_FMT(name)));
    } else if (match == MATCH_NONE) {
        set(w, i, EXECUTION_OTHER, work_text(w, "the command differs from that of %.*s", SPAN_FMT(name)));
    } else if (windows_differ(a, b)) {
        set(w, i, EXECUTION_OTHER, work_text(w, "%s: %.4g s, and %.4g s in %.*s", what, ta, tb, SPAN_FMT(name)));
    } else if (match >= MATCH_PROGRAM && both_started(a, b)) {
        set(w, i, EXECUTION_OTHER,
            work_text(w, "another execution of the same command as %.*s: each recorder started it once",
                      SPAN_FMT(name)));
    } else {
        set(w, i, EXECUTION_UNKNOWN,
            match >= MATCH_PROGRAM
                ? work_text(w, "the same command as in %.*s; the files do not say whether it ran once or twice",
                            SPAN_FMT(name))
                : work_text(w, "taken as the run of %.*s, as sent; nothing in the files speaks against it",
                            SPAN_FMT(name)));
    }
    /* What a load generator counted belongs to its own window only. */
    if (a->fact_count > 0 && !a->profile && a->acct_count == 0 && windows_differ(a, b)) {
        w->e->artefacts[i].facts_unused = true;
        work_problem(w, "window_differs", a->name, "measure both over the same minute",
                     "%.*s covers %.4g s and %.*s %.4g s: its numbers are of another window and stay unused",
                     SPAN_FMT(a->name), ta, SPAN_FMT(name), tb);
    }
}

/* The artefact that the others are held against: the leading accounting, else a profile of all states, else any profile. */
static uint32_t leading(const struct work *w)
{
    if (w->t.acct)
        return w->t.artefact;
    uint32_t best = 0;
    int rank = -1;
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *a = w->in->artefacts[i];
        int r = a->profile          ? (a->clock == CLOCK_WALL     ? 3
                                       : num_known(a->duration_s) ? 2
                                                                  : 1)
                : a->acct_count > 0 ? 1
                                    : 0;
        if (r > rank) {
            rank = r;
            best = i;
        }
    }
    return best;
}

void runs_judge(struct work *w)
{
    uint32_t n = w->in->artefact_count;
    if (n == 0)
        return;
    uint32_t lead = leading(w);
    w->match[lead] = MATCH_COMMAND;
    set(w, lead, EXECUTION_SAME, SPAN(""));
    for (uint32_t i = 0; i < n; i++) {
        if (i != lead)
            judge(w, i, lead);
    }
    if (w->e->two_executions)
        work_problem(w, "two_executions", SPAN(""), "record once with all recorders, or send the files as two runs",
                     "the files are of two executions of the program; shares come from one of them");
}

bool runs_same(const struct work *w, uint32_t artefact)
{
    return w->e->artefacts[artefact].execution != EXECUTION_OTHER;
}
