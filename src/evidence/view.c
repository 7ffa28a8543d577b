/* view.c - value columns of profiles, classified and summed for the chosen process tree.
 * 1. A row has one role; weights of other processes, of the profiler and of empty cores have none.
 * 2. Waiting is a role only where the clock can see waiting. */
#include "evidence/internal.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "import/cmdline.h"

double view_row_weight(const struct view *v, uint32_t row)
{
    return v->column == UINT32_MAX ? (double)v->p->row_samples[row] : v->p->row_value[v->column][row];
}

static enum role role_of(const struct view *v, uint32_t row)
{
    enum category c = (enum category)v->c->category[row];
    enum sample_state state = (enum sample_state)v->p->row_state[row];
    if (v->c->dropped[row] || c == CAT_PROFILER || c == CAT_META || c == CAT_IDLE_CPU)
        return ROLE_NONE;
    if (v->clock != CLOCK_WALL && v->clock != CLOCK_OFF)
        return category_is_cpu(c) ? ROLE_CPU : ROLE_NONE;
    switch (category_class_of(c)) {
    case CLASS_WAIT:
        return ROLE_WAIT;
    case CLASS_INTERNAL_WAIT:
        return c == CAT_RUNQ ? ROLE_RUNQ : ROLE_WAIT;
    case CLASS_IDLE:
        return c == CAT_IDLE_LOOP ? ROLE_LOOP : ROLE_IDLE;
    case CLASS_META:
        return v->clock == CLOCK_OFF ? ROLE_WAIT : state == STATE_RUNNING ? ROLE_CPU : ROLE_UNKNOWN;
    case CLASS_MANAGED:
    case CLASS_RUNTIME:
    case CLASS_SERDE:
    case CLASS_NATIVE:
    case CLASS_KERNEL:
    case CLASS_SPIN:
    case CLASS_COUNT:
        break;
    }
    return v->clock == CLOCK_OFF ? ROLE_WAIT : ROLE_CPU;
}

/* A V8 profile charges synchronous calls to their binding, a native node without an address. */
static bool row_maybe_wait(const struct view *v, uint32_t row)
{
    if (!v->v8 || v->p->row_stack[row].ix == 0 || v->p->row_state[row] == STATE_RUNNING)
        return false;
    return profile_frame_of(v->p, v->p->row_stack[row])->kind == FRAME_NATIVE;
}

/* Where no sample is marked idle, "(program)" may be: the file's writer never said. */
static bool row_program(const struct view *v, uint32_t row)
{
    return v->p->row_stack[row].ix != 0 &&
           span_is(profile_str(v->p, profile_frame_of(v->p, v->p->row_stack[row])->func), "(program)");
}

static bool has_problem(const struct artefact *a, const char *code)
{
    for (uint32_t i = 0; i < a->problem_count; i++) {
        if (span_is(span_of(a->problems[i].code), code))
            return true;
    }
    return false;
}

static void fill_roles(struct view *v)
{
    const struct profile *p = v->p;
    bool program = v->v8 && has_problem(v->a, "program_may_be_idle");
    v->role = xcalloc(p->row_count + 1u, sizeof *v->role);
    v->maybe_wait = v->v8 ? xcalloc(p->row_count + 1u, sizeof *v->maybe_wait) : NULL;
    for (uint32_t r = 0; r < p->row_count; r++) {
        enum role role = role_of(v, r);
        if (program && role != ROLE_NONE && row_program(v, r)) {
            role = ROLE_LOOP;
            v->c->category[r] = CAT_IDLE_LOOP;
        }
        v->role[r] = (uint8_t)role;
        if (v->maybe_wait)
            v->maybe_wait[r] = role == ROLE_CPU && row_maybe_wait(v, r);
    }
}

/* CPU outside idle of each process (of waiting, where the column holds nothing else). */
static double *process_weights(const struct view *v)
{
    double *sum = xcalloc(v->p->process_count + 1u, sizeof *sum);
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        enum role role = (enum role)v->role[r];
        bool counts = v->clock == CLOCK_OFF ? role != ROLE_NONE : role == ROLE_CPU || role == ROLE_UNKNOWN;
        if (counts)
            sum[v->p->threads[v->p->row_thread[r].ix].process.ix] += view_row_weight(v, r);
    }
    return sum;
}

static bool process_is(const struct profile *p, uint32_t ix, struct span wanted)
{
    const struct profile_process *q = &p->processes[ix];
    int64_t pid;
    if (span_to_i64(wanted, &pid))
        return q->pid == pid;
    return span_eq(profile_str(p, q->name), wanted);
}

/* A command that was started and followed is one tree, whatever processes it made; perf -a and attached recorders are not. */
static bool is_one_tree(const struct artefact *a)
{
    struct recorder_options o;
    if (a->recorder.len > 0 && cmdline_recorder(a->recorder, &o) && (o.system_wide || o.subprocesses))
        return false;
    return a->one_job;
}

/* Formats in which a program's name stands where a thread's does. */
static bool names_programs(const struct artefact *a)
{
    return span_is(span_of(a->format), "folded") || span_is(span_of(a->format), "bpftrace");
}

/* Without pids (folded text; no process has pid 0, "worker-0" is a thread's name) the names at the roots are threads of one
 * program, unless names that every machine has show that all of it was recorded. */
static bool is_one_program(const struct view *v)
{
    if (v->a->recorder.len > 0 || !names_programs(v->a))
        return false;
    bool pids = true;
    static const char *const machine[] = { "swapper",    "kworker", "ksoftirqd", "rcu_",
                                           "migration/", "systemd", "sshd",      "kthreadd" };
    const struct profile *p = v->p;
    for (uint32_t i = 0; i < p->process_count; i++) {
        pids = pids && p->processes[i].pid > 0;
        for (size_t k = 0; k < ARRAY_LEN(machine); k++) {
            if (span_starts(profile_str(p, p->processes[i].name), span_of(machine[k])))
                return false;
        }
    }
    for (uint32_t r = 0; r < p->row_count && !pids; r++) {
        if (v->c->dropped[r])
            return false;
    }
    return !pids;
}

static uint32_t heaviest(const double *sum, uint32_t n)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++) {
        if (sum[i] > sum[best])
            best = i;
    }
    return best;
}

/* False when the wanted process is not in this profile. */
static bool choose_processes(struct view *v, struct span wanted)
{
    const struct profile *p = v->p;
    v->chosen = xcalloc(p->process_count + 1u, sizeof *v->chosen);
    bool found = false;
    for (uint32_t i = 0; wanted.len > 0 && i < p->process_count; i++) {
        v->chosen[i] = process_is(p, i, wanted);
        found = found || v->chosen[i];
    }
    if (wanted.len > 0 && found)
        return true;
    if (p->process_count == 1 || is_one_tree(v->a) || is_one_program(v)) {
        for (uint32_t i = 0; i < p->process_count; i++)
            v->chosen[i] = true;
        return wanted.len == 0;
    }
    double *sum = process_weights(v);
    if (p->process_count > 0)
        v->chosen[heaviest(sum, p->process_count)] = true;
    free(sum);
    return wanted.len == 0;
}

/* Folded text of a whole machine names programs where threads stand: the one with the most CPU, or the one wanted. */
static void leave_out_programs(struct view *v, struct span wanted)
{
    const struct profile *p = v->p;
    bool machine = false;
    for (uint32_t r = 0; r < p->row_count && !machine; r++)
        machine = v->c->dropped[r];
    if (!machine || p->process_count != 1 || p->processes[0].pid > 0 || !names_programs(v->a))
        return;
    double *sum = xcalloc(p->thread_count + 1u, sizeof *sum);
    for (uint32_t r = 0; r < p->row_count; r++)
        sum[p->row_thread[r].ix] += v->role[r] == ROLE_NONE ? 0 : view_row_weight(v, r);
    uint32_t chosen = heaviest(sum, p->thread_count);
    for (uint32_t t = 0; t < p->thread_count && wanted.len > 0; t++)
        chosen = span_eq(profile_str(p, p->threads[t].name), wanted) ? t : chosen;
    v->left_out = xcalloc(p->thread_count + 1u, sizeof *v->left_out);
    for (uint32_t t = 0; t < p->thread_count; t++)
        v->left_out[t] = t != chosen;
    free(sum);
}

static void sum_rows(struct view *v)
{
    const struct profile *p = v->p;
    v->thread_role = xcalloc((size_t)p->thread_count * ROLE_COUNT + 1, sizeof *v->thread_role);
    v->thread_n = xcalloc(p->thread_count + 1u, sizeof *v->thread_n);
    double known_state = 0, all = 0;
    v->n_exact = true;
    for (uint32_t r = 0; r < p->row_count; r++) {
        uint32_t thread = p->row_thread[r].ix;
        if (!v->chosen[p->threads[thread].process.ix] || (v->left_out && v->left_out[thread]))
            v->role[r] = ROLE_NONE;
        enum role role = (enum role)v->role[r];
        double w = view_row_weight(v, r);
        if (role == ROLE_NONE || !(w > 0))
            continue;
        double n = p->row_samples[r] > 0 ? (double)p->row_samples[r] : 1;
        v->n_exact = v->n_exact && p->row_samples[r] > 0;
        all += w;
        known_state += p->row_state[r] != STATE_UNKNOWN ? w : 0;
        v->by_category[v->c->category[r]] += w;
        v->role_weight[role] += w;
        v->role_n[role] += n;
        v->thread_role[(size_t)thread * ROLE_COUNT + role] += w;
        if (role != ROLE_IDLE)
            v->thread_n[thread] += n;
        if (v->maybe_wait && v->maybe_wait[r])
            v->maybe_wait_weight += w;
    }
    v->cpu_n = v->role_n[ROLE_CPU] + v->role_n[ROLE_UNKNOWN];
    v->cpu_weight = v->role_weight[ROLE_CPU] + v->role_weight[ROLE_UNKNOWN];
    /* A sampler that cannot part running from ready has told half of the state. */
    bool told = all > 0 && known_state >= 0.95 * all && !has_problem(v->a, "ready_looks_running");
    v->has_state = v->v8 || v->a->states_exact || told;
}

/* Built-ins that V8 inlines have no node: Atomics.wait looks like its caller at work. Where one function holds nearly all
 * and no row tells its state, it may have waited for all of it. */
static void doubt_one_function(struct view *v)
{
    static const double nearly_all = 0.95;
    const struct profile *p = v->p;
    double *self = xcalloc(p->frame_count + 1u, sizeof *self);
    uint32_t top = 0;
    for (uint32_t r = 0; r < p->row_count; r++) {
        uint32_t frame = p->stacks[p->row_stack[r].ix].frame.ix;
        if (v->role[r] != ROLE_CPU || p->row_stack[r].ix == 0 || p->row_state[r] == STATE_RUNNING)
            continue;
        self[frame] += view_row_weight(v, r);
        top = self[frame] > self[top] ? frame : top;
    }
    v->one_function = self[top] > nearly_all * v->role_weight[ROLE_CPU];
    for (uint32_t r = 0; v->one_function && r < p->row_count; r++) {
        bool own = v->role[r] == ROLE_CPU && p->row_stack[r].ix != 0 && p->row_state[r] != STATE_RUNNING &&
                   p->stacks[p->row_stack[r].ix].frame.ix == top;
        if (own && !v->maybe_wait[r]) {
            v->maybe_wait[r] = true;
            v->maybe_wait_weight += view_row_weight(v, r);
        }
    }
    free(self);
}

static double rate_of(const struct view *v)
{
    if (num_known(v->a->rate_hz) && v->a->rate_hz > 0)
        return v->a->rate_hz;
    if (v->column == UINT32_MAX)
        return NUM_UNKNOWN;
    const struct profile_column *c = &v->p->columns[v->column];
    if (num_known(c->rate_hz) && c->rate_hz > 0)
        return c->rate_hz;
    if (c->unit == UNIT_SECONDS && num_known(c->period) && c->period > 0)
        return 1 / c->period;
    return NUM_UNKNOWN;
}

/* Seconds of thread time that one unit of weight stands for. */
static double seconds_of(const struct view *v)
{
    bool seconds = v->column != UINT32_MAX && v->p->columns[v->column].unit == UNIT_SECONDS;
    if (seconds)
        return 1;
    if (!num_known(v->rate_hz) || (v->column != UINT32_MAX && v->p->columns[v->column].unit != UNIT_SAMPLES))
        return NUM_UNKNOWN;
    return 1 / v->rate_hz;
}

double view_cpu_seconds(const struct view *v)
{
    if (num_known(v->seconds_per_weight))
        return v->role_weight[ROLE_CPU] * v->seconds_per_weight;
    /* Cycles: every sample of a frequency sampler stands for one tick of CPU time, however many cycles it counted. */
    if (num_known(v->rate_hz) && v->n_exact && v->clock == CLOCK_CPU)
        return v->role_n[ROLE_CPU] / v->rate_hz;
    return NUM_UNKNOWN;
}

static bool native_is_visible(const struct work *w, const struct artefact *a)
{
    double declared = w->given[FACT_native_visible] ? facts_num(&w->e->facts, FACT_native_visible) : NUM_UNKNOWN;
    if (num_known(declared))
        return declared > 0;
    if (a->native_visible != TRI_UNKNOWN)
        return a->native_visible == TRI_YES;
    return w->runtime == RUNTIME_NATIVE || w->runtime == RUNTIME_GO;
}

static void view_release(struct view *v)
{
    classification_free(v->c);
    free(v->role);
    free(v->maybe_wait);
    free(v->chosen);
    free(v->left_out);
    free(v->thread_role);
    free(v->thread_n);
    free(v->order_weight);
    free(v->order_n);
}

/* Classifies and sums a view whose artefact, column and clock are set. True when the wanted process is in it. */
static bool view_fill(const struct work *w, struct view *v)
{
    const struct artefact *a = v->a;
    v->native_visible = native_is_visible(w, a);
    v->wait_may_be_cpu = has_problem(a, "kernel_and_waiting_mixed");
    v->v8 = a->one_thread_of_several && w->runtime == RUNTIME_NODE && v->clock == CLOCK_WALL;
    struct classify_options opt = { .runtime = a->runtime != RUNTIME_UNKNOWN ? a->runtime : w->runtime,
                                    .clock = v->clock,
                                    .native_visible = v->native_visible,
                                    .overrides = w->in->overrides };
    v->c = classify_profile(a->profile, &opt);
    fill_roles(v);
    bool found = choose_processes(v, w->in->process);
    leave_out_programs(v, w->in->process);
    sum_rows(v);
    if (v->v8 && v->role_weight[ROLE_CPU] > 0)
        doubt_one_function(v);
    v->rate_hz = rate_of(v);
    v->seconds_per_weight = seconds_of(v);
    v->sees_wait = (v->clock == CLOCK_WALL || v->clock == CLOCK_OFF) && !a->wait_refused;
    const struct profile *p = a->profile;
    v->fixed_count = p->order_count > 0;
    if (p->order_count > 0) {
        v->order_weight = xcalloc(p->row_count, sizeof *v->order_weight);
        v->order_n = xcalloc(p->row_count, sizeof *v->order_n);
    }
    for (uint64_t i = 0; i < p->order_count; i++) {
        v->fixed_count = v->fixed_count && p->order[i].weight == p->order[0].weight;
        v->order_weight[p->order[i].row] += (double)p->order[i].weight;
        v->order_n[p->order[i].row]++;
    }
    return found;
}

static void view_add(struct work *w, uint32_t artefact, uint32_t column, bool *found)
{
    const struct artefact *a = w->in->artefacts[artefact];
    struct view *v = &w->views[w->view_count++];
    *v = (struct view){ .a = a, .artefact = artefact, .p = a->profile, .column = column };
    v->clock = column == UINT32_MAX ? a->clock : a->profile->columns[column].clock;
    bool main = column == profile_column_default(a->profile);
    /* Seconds of waiting and of nothing else stay what they are, also where "wall" was said of a table of calls. */
    if (main && w->in->clock != CLOCK_UNKNOWN && !(v->clock == CLOCK_OFF && w->in->clock == CLOCK_WALL))
        v->clock = w->in->clock;
    if (v->clock == CLOCK_WALL && a->wait_refused)
        v->clock = CLOCK_UNKNOWN;
    v->all_states = v->clock == CLOCK_WALL && (a->all_states || a->clock_declared || w->in->clock == CLOCK_WALL);
    *found = view_fill(w, v) || *found;
}

static double longest_thread(const struct view *v)
{
    double longest = 0;
    for (uint32_t t = 0; t < v->p->thread_count; t++) {
        double sum = 0;
        for (int r = 0; r < ROLE_COUNT; r++)
            sum += v->thread_role[(size_t)t * ROLE_COUNT + (size_t)r];
        longest = fmax(longest, sum);
    }
    return longest * v->seconds_per_weight;
}

/* A file whose clock nobody stated, beside accounting of the same execution: where a thread was sampled for most of the wall
 * time, and all samples together are far more than the CPU that was used, every state was sampled. */
void views_settle_clocks(struct work *w)
{
    for (uint32_t i = 0; i < w->view_count && w->t.acct; i++) {
        struct view *v = &w->views[i];
        if (v->clock != CLOCK_UNKNOWN || v->a->wait_refused || !runs_same(w, v->artefact) ||
            !num_known(v->seconds_per_weight))
            continue;
        double longest = longest_thread(v), wall = w->t.wall_s,
               sampled = v->role_weight[ROLE_CPU] * v->seconds_per_weight;
        if (longest < 0.8 * wall || longest > 1.05 * wall || sampled < 1.2 * w->t.cpu_hi_s)
            continue;
        work_problem(
            w, "clock_inferred", v->a->name, "say --clock wall to state it",
            "%.*s holds %.3g s of samples, a thread for %.3g of %.3g s, while the process used %.3g s of CPU: every "
            "state was sampled",
            SPAN_FMT(v->a->name), sampled, longest, wall, w->t.cpu_s);
        view_release(v);
        *v = (struct view){
            .a = v->a, .artefact = v->artefact, .p = v->p, .column = v->column, .clock = CLOCK_WALL, .all_states = true
        };
        (void)view_fill(w, v);
    }
}

/* The default column, and beside it one column of blocked time. */
static uint32_t off_column(const struct profile *p, uint32_t main)
{
    for (uint32_t c = 0; c < p->column_count; c++) {
        if (c != main && p->columns[c].is_time && p->columns[c].clock == CLOCK_OFF)
            return c;
    }
    return UINT32_MAX;
}

static bool accounting_has_process(const struct artefact *a, struct span wanted)
{
    int64_t pid;
    bool number = span_to_i64(wanted, &pid);
    for (uint32_t i = 0; i < a->acct_count; i++) {
        if (number && a->acct[i].pid == pid)
            return true;
        if (!number && a->acct[i].command.len > 0 && span_eq(cmdline_program_name(a->acct[i].command), wanted))
            return true;
    }
    return false;
}

bool views_build(struct work *w)
{
    w->views = xcalloc((size_t)w->in->artefact_count * 2 + 1, sizeof *w->views);
    bool found = w->in->process.len == 0;
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *a = w->in->artefacts[i];
        found = found || accounting_has_process(a, w->in->process);
        if (!a->profile || a->profile->row_count == 0)
            continue;
        uint32_t main = profile_column_default(a->profile);
        if (main != UINT32_MAX && a->profile->columns[main].is_time)
            view_add(w, i, main, &found);
        uint32_t off = off_column(a->profile, main);
        if (off != UINT32_MAX)
            view_add(w, i, off, &found);
    }
    if (!found)
        return err_set(w->err, ERR_VALUE, "process '%.*s' is in none of the files", SPAN_FMT(w->in->process));
    return true;
}

void views_release(struct work *w)
{
    for (uint32_t i = 0; i < w->view_count; i++)
        view_release(&w->views[i]);
    free(w->views);
}

static double thread_task(const struct view *v, uint32_t t)
{
    const double *r = &v->thread_role[(size_t)t * ROLE_COUNT];
    return r[ROLE_CPU] + r[ROLE_WAIT] + r[ROLE_LOOP] + r[ROLE_RUNQ] + r[ROLE_UNKNOWN];
}

uint32_t view_busy_threads(const struct view *v, double part)
{
    double all = 0;
    for (uint32_t t = 0; t < v->p->thread_count; t++)
        all += thread_task(v, t);
    uint32_t busy = 0;
    for (uint32_t t = 0; t < v->p->thread_count; t++)
        busy += thread_task(v, t) > 0 && thread_task(v, t) >= part * all;
    return busy;
}

bool view_threads_named(const struct view *v)
{
    if (v->a->one_thread_of_several)
        return false;
    if (v->p->thread_count > 1)
        return true;
    return v->p->thread_count == 1 && (v->p->threads[0].tid >= 0 || v->p->threads[0].name.ix != 0);
}
