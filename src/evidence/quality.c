/* quality.c - is the profile representative? (method 4.5). Shares are over CPU samples, spinning excluded. */
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <math.h>
#include <stdlib.h>

#include "classify/rules.h"
#include "import/rootframe.h"

static const double one_leaf_limit = 0.95;
enum { PERF_DEPTH_LIMIT = 127 };

static double without_spin(const struct view *v)
{
    return v->cpu_weight - v->by_category[CAT_SPIN];
}

/* Functions in which stacks of threads begin; what else stands at a root was cut off. */
static bool is_known_root(struct span f)
{
    static const char *const names[] = { "main",      "_start",       "clone",        "clone3",        "__clone",
                                         "__clone3",  "__GI___clone", "start_thread", "thread_start",  "JavaMain",
                                         "call_stub", "Interpreter",  "swapper",      "_dl_start_user" };
    static const char *const starts[] = { "__libc_start",
                                          "_dl_",
                                          "runtime.",
                                          "ret_from_fork",
                                          "entry_",
                                          "asm_",
                                          "java.lang.Thread.",
                                          "thread_native_entry",
                                          "__GI___clone",
                                          "_dyld_start",
                                          "do_syscall",
                                          "0x",
                                          "std::thread",
                                          "std::rt::",
                                          "node::",
                                          "uv__",
                                          "v8::",
                                          "Py_",
                                          "pymain",
                                          "_PyEval",
                                          "PyEval" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(f, names[i]))
            return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (span_starts(f, span_of(starts[i])) && !span_starts(f, SPAN("0x")))
            return true;
    }
    return rootframe_is_start(f);
}

/* A cut or missing stack: one user frame alone, the recorder's depth limit, or a root without a name. */
static bool row_broken(const struct profile *p, uint32_t row)
{
    stack_id s = p->row_stack[row];
    if (s.ix == 0)
        return true;
    uint32_t depth = p->stacks[s.ix].depth;
    if (depth >= PERF_DEPTH_LIMIT)
        return depth == PERF_DEPTH_LIMIT;
    while (p->stacks[s.ix].parent.ix != 0)
        s = p->stacks[s.ix].parent;
    const struct profile_frame *root = profile_frame_of(p, s);
    if (root->kind == FRAME_KERNEL || root->kind == FRAME_META || root->kind == FRAME_MANAGED)
        return false;
    struct span f = profile_str(p, root->func);
    /* The C library starts threads; without its symbols the root is an address in it. */
    struct span place = profile_str(p, root->module.ix ? root->module : root->file);
    if (is_known_root(f) || (depth > 1 && span_find(place, 0, SPAN("libc")) < place.len) ||
        (depth > 1 && span_find(place, 0, SPAN("libpthread")) < place.len))
        return false;
    if (root->kind == FRAME_NATIVE)
        return depth == 1 || f.len == 0 || span_is(f, "[unknown]") || span_starts(f, SPAN("0x"));
    return span_is(f, "[unknown]");
}

/* CPU samples whose leaf has no usable name. A name of unknown origin is a name: it widens q, and is not counted here. */
static double unnamed(const struct work *w, const struct view *v)
{
    const struct profile *p = v->p;
    double sum = 0;
    for (uint32_t r = 0; r < p->row_count; r++) {
        bool cpu = v->role[r] == ROLE_CPU || v->role[r] == ROLE_UNKNOWN;
        if (!cpu || v->c->category[r] != CAT_UNKNOWN)
            continue;
        struct frame_view f = { .unresolved = true };
        if (p->row_stack[r].ix != 0)
            frame_view_of(p, profile_frame_of(p, p->row_stack[r]), w->runtime, &f);
        sum += f.unresolved ? view_row_weight(v, r) : 0;
    }
    return sum;
}

static bool has_native_roots(const struct view *v)
{
    for (uint32_t i = 0; i < v->p->frame_count; i++) {
        if (v->p->frames[i].kind == FRAME_NATIVE)
            return true;
    }
    return false;
}

static double broken_share(const struct view *v)
{
    if (!has_native_roots(v))
        return 0;
    double sum = 0;
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        bool cpu = v->role[r] == ROLE_CPU || v->role[r] == ROLE_UNKNOWN;
        if (!cpu || v->c->category[r] == CAT_UNKNOWN || v->c->category[r] == CAT_SPIN)
            continue;
        sum += row_broken(v->p, r) ? view_row_weight(v, r) : 0;
    }
    return sum / without_spin(v);
}

static double top_share(const struct view *v)
{
    double *leaf = xcalloc(v->p->frame_count + 1u, sizeof *leaf), most = 0;
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        bool cpu = v->role[r] == ROLE_CPU || v->role[r] == ROLE_UNKNOWN;
        /* What has no name is not one function. */
        if (!cpu || v->p->row_stack[r].ix == 0 || v->c->category[r] == CAT_UNKNOWN)
            continue;
        uint32_t f = v->p->stacks[v->p->row_stack[r].ix].frame.ix;
        leaf[f] += view_row_weight(v, r);
        most = fmax(most, leaf[f]);
    }
    free(leaf);
    return most / v->cpu_weight;
}

static double lost_share(const struct view *v)
{
    const struct artefact *a = v->a;
    if (num_known(a->lost_share))
        return clamp01(a->lost_share);
    /* A sampler of all states takes rate * seconds samples of a thread that lives throughout. */
    bool countable = v->sees_wait && v->all_states && v->n_exact && num_known(v->rate_hz) && num_known(a->rate_hz) &&
                     num_known(a->duration_s) && a->duration_source != WALL_FILE && v->p->thread_count == 1;
    if (!countable)
        return NUM_UNKNOWN;
    double n = v->thread_n[0] + v->role_n[ROLE_IDLE];
    return clamp01(1 - n / (v->rate_hz * a->duration_s));
}

static void of_composition(struct work *w, const struct view *v)
{
    double cpu = without_spin(v), dropped = num_known(v->a->dropped_share) ? v->a->dropped_share : 0;
    struct span name = v->a->name;
    work_num(w, FACT_samples_raw, v->cpu_n, ORIGIN_COMPUTED, "%.*s%s", SPAN_FMT(name),
             v->n_exact ? "" : ": at least, weights only");
    work_num(w, FACT_samples_eff, fmin(w->composition_n_eff, v->cpu_n), ORIGIN_COMPUTED, "%.*s: %s", SPAN_FMT(name),
             v->p->order_count > 0 ? "batch means over the order of samples" : "design effect, no order known");
    if (num_known(v->a->duration_s))
        work_num(w, FACT_profile_s, v->a->duration_s, ORIGIN_FILE, "%.*s", SPAN_FMT(name));
    double unknown = cpu > 0 ? unnamed(w, v) / cpu : 0;
    unknown = clamp01(unknown * (1 - dropped) + dropped);
    double broken = cpu > 0 ? clamp01(fmin(broken_share(v), 1 - unknown)) : 0;
    work_num(w, FACT_unknown_share, unknown, ORIGIN_COMPUTED, "%.*s: CPU samples without a usable name",
             SPAN_FMT(name));
    work_num(w, FACT_broken_share, broken, ORIGIN_COMPUTED, "%.*s: CPU samples with a cut stack", SPAN_FMT(name));
    double startup = cpu > 0 ? clamp01(v->by_category[CAT_STARTUP] / cpu) : 0;
    work_num(w, FACT_startup_share, startup, ORIGIN_COMPUTED, "%.*s: CPU samples in imports and start-up",
             SPAN_FMT(name));
    work_num(w, FACT_lost_share, lost_share(v), ORIGIN_COMPUTED, "%.*s", SPAN_FMT(name));
    double top = top_share(v);
    if (top > one_leaf_limit && v->one_function)
        work_problem(
            w, "one_leaf", name, "add the CPU seconds of the same run: /usr/bin/time -v, or process.cpuUsage()",
            "one function holds %.0f %% of the samples that are not idle: a call that blocks without a frame of "
            "its own (Atomics.wait) looks like this, and so does a loop that computes",
            100 * top);
    else if (top > one_leaf_limit)
        work_problem(w, "one_leaf", name, "look whether that function is real work",
                     "one function holds %.0f %% of the CPU samples: a spin loop or a benchmark looks like this",
                     top * 100);
    if (num_known(v->a->duration_s) && v->a->duration_s < 10)
        work_problem(w, "short_profile", name, "record a minute under steady load", "the profile covers %.2g s",
                     v->a->duration_s);
    if (unknown + broken > 0.05)
        work_problem(w, "names_missing", name, "record with symbols and frame pointers, or with DWARF call graphs",
                     "%.0f %% of the CPU samples have no usable name or a cut stack", (unknown + broken) * 100);
}

static double runs_n(const struct work *w)
{
    double n = w->in->runs_n > 0 ? w->in->runs_n : NUM_UNKNOWN;
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *a = w->in->artefacts[i];
        for (uint32_t k = 0; k < a->acct_count; k++)
            n = num_known(n) ? fmax(n, a->acct[k].runs) : a->acct[k].runs;
    }
    return n;
}

/* With no profile of composition, what the CPU share itself rests on. */
static void of_wall(struct work *w)
{
    const struct view *v = w->wall;
    if (!v || w->composition || num_known(work_fact(w, FACT_samples_eff)))
        return;
    double n = v->role_n[ROLE_CPU] + v->role_n[ROLE_WAIT] + v->role_n[ROLE_LOOP] + v->role_n[ROLE_UNKNOWN];
    work_num(w, FACT_samples_raw, n, ORIGIN_COMPUTED, "%.*s", SPAN_FMT(v->a->name));
    work_num(w, FACT_samples_eff, fmin(n, w->wall_total->n_eff), ORIGIN_COMPUTED, "%.*s", SPAN_FMT(v->a->name));
    w->e->n_raw = n;
    w->e->n_eff = w->wall_total->n_eff;
}

/* First against second half of the CPU share, where the wall profile has an order. */
static void wall_halves(struct work *w)
{
    const struct view *v = w->wall;
    if (!v || v->p->order_count == 0)
        return;
    float *x = xcalloc(v->p->row_count + 1u, sizeof *x);
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        bool task = v->role[r] != ROLE_NONE && v->role[r] != ROLE_IDLE;
        x[r] = !task ? (float)NUM_UNKNOWN : v->role[r] == ROLE_CPU ? 1.0F : 0.0F;
    }
    struct sequence s = { x, 0 };
    double z = neff_halves_z(v, &s, v->rate_hz), other = work_fact(w, FACT_halves_z);
    free(x);
    if (num_known(z) && (!num_known(other) || z > other))
        work_num(w, FACT_halves_z, z, ORIGIN_COMPUTED, "%.*s: CPU share of first against second half",
                 SPAN_FMT(v->a->name));
}

void quality_facts(struct work *w)
{
    struct evidence *e = w->e;
    const struct view *v = w->composition;
    work_num(w, FACT_has_profile, v ? 1 : 0, ORIGIN_COMPUTED, "%s",
             v ? "stacks of CPU time" : "no stacks of CPU time in the set");
    bool exact = e->share_source == SHARE_FROM_WALL && w->wall && w->wall->a->states_exact;
    bool accounted = w->t.known || exact;
    work_num(w, FACT_has_cpu_accounting, accounted ? 1 : 0, ORIGIN_COMPUTED, "%s",
             accounted ? "CPU and wall seconds of one execution"
                       : "no CPU and wall seconds of one execution in the set");
    if (w->view_count > 0)
        work_num(w, FACT_profile_sees_wait, w->wall ? 1 : 0, ORIGIN_COMPUTED, "%s",
                 w->wall ? "samples of all states" : "no profile of all states");
    if (v && (v->a->native_visible != TRI_UNKNOWN || v->native_visible))
        work_num(w, FACT_native_visible, v->native_visible ? 1 : 0, ORIGIN_COMPUTED, "%.*s", SPAN_FMT(v->a->name));
    if (v)
        of_composition(w, v);
    of_wall(w);
    wall_halves(w);
    work_num(w, FACT_runs_n, runs_n(w), ORIGIN_COMPUTED, "%s",
             "repetitions in the accounting, or runs of this scenario");
    work_num(w, FACT_cpu_s, e->time.cpu_s, ORIGIN_COMPUTED, "%.*s", SPAN_FMT(work_artefact_name(w, w->t.artefact)));
    work_num(w, FACT_wall_s, e->time.wall_s, ORIGIN_COMPUTED, "%.*s", SPAN_FMT(work_artefact_name(w, w->t.artefact)));
}
