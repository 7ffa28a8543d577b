/* next.c - the next measurement: one exact command for this very program and recorder, what it settles, how long it
 * takes and what it needs. The first step settles the question or shortens the list of open ones.
 *
 * 1. A pid or a command line is used only where a file of the set names it; a picture drawn from a foreign program
 *    gives neither. 2. Overlapping work is asked for operations, their mean time and the wall length, nothing else.
 * 3. A command runs on the platform that the files come from. */
#include "advise/decide_ctx.h"

#include <math.h>
#include <stdlib.h>

#include "advise/target.h"
#include "import/howto.h"

enum { WINDOW_S = 60, NUM_NOT_STATED = -1 };

static struct next_step *step_add(struct advise_ctx *c)
{
    c->next = xrealloc(c->next, c->next_count + 1, sizeof *c->next);
    struct next_step *s = &c->next[c->next_count++];
    *s = (struct next_step){ .takes_s = NUM_UNKNOWN, .platform = "any" };
    return s;
}

static void step_settles(struct next_step *s, enum fact_id id)
{
    if (s->settles_count < ARRAY_LEN(s->settles))
        s->settles[s->settles_count++] = id;
}

static void step_needs(struct next_step *s, const char *what)
{
    if (s->needs_count < ARRAY_LEN(s->needs))
        s->needs[s->needs_count++] = what;
}

static char *text_of(struct sb *s)
{
    return sb_detach(s);
}

static char *copy_of(const char *text)
{
    return xstrndup(text, strlen(text));
}

static bool tool_is(const struct advise_ctx *c, const char *name)
{
    const struct artefact *a = ctx_main_artefact(c);
    return a && !a->foreign_picture && span_is(a->tool, name);
}

/* --- what is asked --- */

static bool asks(const struct advise_ctx *c, enum fact_id id)
{
    for (uint32_t i = 0; i < c->policy->ask_count; i++) {
        if (c->policy->ask[i] == id)
            return true;
    }
    return false;
}

static bool fired(const struct advise_ctx *c, const char *rule)
{
    const struct policy_rule_result *r = policy_rule_of(c->policy, rule);
    return r && policy_fired(r);
}

static bool share_is_open(const struct advise_ctx *c)
{
    if (c->in->goal == GOAL_MEMORY)
        return false;
    bool unknown = ctx_goal_is_time(c) ? !ctx_known(c, FACT_cpu_share_hi) : !ctx_known(c, FACT_util_hi);
    return unknown && (fired(c, "EV-00") || fired(c, "EV-01") || fired(c, "EV-16"));
}

/* --- steps --- */

static bool tool_is(const struct advise_ctx *c, const char *name);

static void step_numbers(struct advise_ctx *c, bool window_measured)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    struct sb text = { 0 };
    sb_adds(&command, target_command(c));
    target_add_files(c, &command);
    if (!window_measured)
        sb_printf(&command, "%s run.json%s", c->decision ? " --evidence" : "",
                  tool_is(c, "py-spy") ? " --clock wall" : "");
    sb_adds(&command, " --fact ops=N --fact op_s=SECONDS");
    if (window_measured && !ctx_known(c, FACT_wall_s)) {
        sb_adds(&command, " --fact wall_s=SECONDS");
        step_settles(s, FACT_wall_s);
    }
    sb_printf(&text, "from the access log or load generator of %s: requests served and mean response time",
              window_measured ? "the recorded window" : "that minute");
    s->text = text_of(&text);
    s->command = text_of(&command);
    s->why = copy_of("Work overlaps in this process: CPU per request over response time decides, whatever the load.");
    s->settles_words = copy_of("how much of one request is computing");
    step_settles(s, FACT_ops);
    step_settles(s, FACT_op_s);
    s->takes_s = 0;
    s->decides = ctx_goal_is_time(c);
}

/* The recorder's command for that format, from the one table that `stet formats` prints. */
static void add_recorder(const struct target *t, const char *format, struct sb *command)
{
    enum howto_platform platform = t->mac ? HOWTO_MACOS : HOWTO_LINUX;
    struct howto_target what = { .command = t->command, .pid = t->pid, .seconds = WINDOW_S };
    bool attach = t->service && howto_command(format, platform, HOWTO_ATTACH, &what, command);
    if (!attach && !howto_command(format, platform, HOWTO_START, &what, command))
        (void)howto_command(format, HOWTO_LINUX, HOWTO_START, &what, command);
}

static void step_stet_record(struct advise_ctx *c, const struct target *t, bool alternative)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    add_recorder(t, "stet-record", &command);
    s->command = text_of(&command);
    s->why = copy_of(
        "CPU and wall time of the same run, with run-queue delay and throttling, from the system's own counters.");
    s->settles_words = copy_of(t->service ? "the CPU seconds of the window" : "how much of the time was CPU");
    s->takes_s = t->service ? WINDOW_S : NUM_UNKNOWN;
    s->platform = "linux";
    s->alternative = alternative;
    step_settles(s, FACT_has_cpu_accounting);
    step_settles(s, FACT_cpu_s);
    step_settles(s, FACT_wall_s);
    if (!ctx_overlapping(c)) {
        step_settles(s, FACT_cpu_share_hi);
        s->decides = !alternative || c->policy->ask_count <= 3;
    }
}

static void step_py_spy_idle(struct advise_ctx *c, const struct target *t)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    sb_adds(&command, "py-spy record --idle ");
    if (ctx_num(c, FACT_native_visible) != 1 && !t->mac)
        sb_adds(&command, "--native ");
    sb_printf(&command, "-f speedscope -d %d -o run.json ", WINDOW_S);
    target_add(&command, t, "--pid");
    s->command = text_of(&command);
    s->why = copy_of("The same recorder with --idle samples every thread in every state, so waiting shows.");
    s->settles_words = copy_of("what the threads waited for");
    s->takes_s = WINDOW_S;
    step_settles(s, FACT_profile_sees_wait);
    step_settles(s, FACT_cpu_share_hi);
    if (t->mac)
        step_needs(s, "root");
}

static void step_perf_stat(struct advise_ctx *c, const struct target *t, bool alternative)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    add_recorder(t, "perf-stat", &command);
    s->command = text_of(&command);
    s->why = copy_of("Wall and CPU totals of the same program: samples of running code cannot give them.");
    s->settles_words = copy_of(t->service ? "the CPU seconds of the window" : "how much of the time was CPU");
    s->takes_s = t->service ? WINDOW_S : NUM_UNKNOWN;
    s->platform = "linux";
    s->alternative = alternative;
    step_settles(s, FACT_has_cpu_accounting);
    if (!ctx_overlapping(c))
        step_settles(s, FACT_cpu_share_hi);
    s->decides = !alternative && !ctx_overlapping(c);
}

static void step_time(struct advise_ctx *c, const struct target *t)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    add_recorder(t, "time", &command);
    s->command = text_of(&command);
    s->why = copy_of("Wall and CPU totals of the same command: samples of running code cannot give them.");
    s->settles_words = copy_of("how much of the time was CPU");
    step_settles(s, FACT_has_cpu_accounting);
    step_settles(s, FACT_cpu_share_hi);
    s->decides = true;
}

/* A picture without a command of its own: the way on is a measurement of the reader's own program. */
static void step_measure_own(struct advise_ctx *c)
{
    struct next_step *s = step_add(c);
    s->why = copy_of("The picture belongs to the program it was drawn from; measure your own in one minute.");
    s->text = copy_of("of your own program, once from start to end, or for a minute of a running service:");
    s->command = copy_of("stet record -o run.json -- COMMAND");
    s->settles_words = copy_of("how much of your program's time is CPU");
    s->platform = "linux";
    step_settles(s, FACT_has_cpu_accounting);
    step_settles(s, FACT_cpu_share_hi);
}

/* The totals tell threads apart already; what is open is which of them computed when. */
static bool told_apart(const struct advise_ctx *c)
{
    for (uint32_t i = 0; i < c->ev->artefact_count; i++) {
        if (c->ev->artefacts[i].gave_share && strcmp(c->in->artefacts[i]->format, "stet-record") == 0)
            return true;
    }
    return false;
}

/* The share comes from a file that counts the kernel's work as waiting: totals part them, more samples do not. */
static bool kernel_in_waiting(const struct advise_ctx *c)
{
    for (uint32_t i = 0; i < c->ev->artefact_count; i++) {
        const struct artefact *a = c->in->artefacts[i];
        for (uint32_t k = 0; c->ev->artefacts[i].gave_share && k < a->problem_count; k++) {
            if (span_is(span_of(a->problems[k].code), "kernel_and_waiting_mixed"))
                return true;
        }
    }
    return false;
}

static void step_which_thread(struct advise_ctx *c, const struct target *t)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    if (span_is(facts_text(c->facts, FACT_source_runtime), "python")) {
        sb_printf(&command, "py-spy record --idle --threads -f speedscope -d %d -o threads.json ", WINDOW_S);
        target_add(&command, t, "--pid");
    } else {
        sb_adds(&command, "perf record -F 97 -g --switch-events ");
        target_add(&command, t, "-p");
        if (t->service)
            sb_printf(&command, " -- sleep %d", WINDOW_S);
        sb_adds(&command, " && perf script --header --show-switch-events > threads.txt");
    }
    s->command = text_of(&command);
    s->why = copy_of(
        "Several threads shared the CPU time: whether they computed in turn or one waited for the other is open.");
    s->settles_words = copy_of("which thread computed when");
    s->takes_s = WINDOW_S;
    s->platform = "linux";
    step_settles(s, FACT_profile_sees_wait);
    step_settles(s, FACT_cpu_share_hi);
}

/* Requests are counted, and what keeps both answers possible is the waiting for a CPU that is nearly used up. */
static void step_lower_load(struct advise_ctx *c, const struct target *t)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    sb_printf(&command, "stet record --seconds %d -o lower.json ", WINDOW_S);
    target_add(&command, t, "--pid");
    s->command = text_of(&command);
    s->text = copy_of("at a load that leaves the CPU free for half of the time, with requests and mean response time "
                      "of that minute:");
    s->why = copy_of("Near full use a request may wait long for the CPU; with CPU to spare its own share shows.");
    s->settles_words = copy_of("how much of one request is computing or waiting for the CPU");
    s->takes_s = WINDOW_S;
    s->platform = "linux";
    step_needs(s, "load");
    step_settles(s, FACT_cpu_queue_share_hi);
    step_settles(s, FACT_cpu_share_hi);
    s->decides = true;
}

/* The goal is memory: no share of CPU says anything about it. */
static void step_memory(struct advise_ctx *c)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    sb_adds(&command, target_command(c));
    target_add_files(c, &command);
    sb_adds(&command, " --fact mem_measured=1");
    s->command = text_of(&command);
    s->text = copy_of("after measuring both versions at the same load (time -v, VmHWM of /proc/PID/status), with what "
                      "the memory costs:");
    s->why = copy_of("Resident memory of both versions under one load decides; a profile of CPU time does not.");
    s->settles_words = copy_of("how much memory a change would save");
    step_needs(s, "load");
    step_settles(s, FACT_mem_measured);
}

/* CPU and wall seconds are there; over how many cores they count is not. */
static void step_cores(struct advise_ctx *c)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    sb_adds(&command, target_command(c));
    target_add_files(c, &command);
    sb_adds(&command, " --fact usable_cores=N");
    s->command = text_of(&command);
    s->text =
        copy_of("how many cores the program may use (nproc, cpuset, quota), at most the threads that can run at once:");
    s->why =
        copy_of("CPU seconds over wall seconds is known; as a part of the usable cores it answers capacity and cost.");
    s->settles_words = copy_of("how much of the usable CPU was in use");
    s->takes_s = 0;
    step_settles(s, FACT_usable_cores);
    step_settles(s, FACT_util_hi);
}

static void share_steps(struct advise_ctx *c, const struct target *t)
{
    const struct artefact *a = ctx_main_artefact(c);
    bool have_window = ctx_known(c, FACT_cpu_s) || ctx_num(c, FACT_has_cpu_accounting) == 1;
    if (a && a->foreign_picture) {
        step_measure_own(c);
        return;
    }
    if (ctx_overlapping(c) && ctx_goal_is_time(c)) {
        if (!have_window) {
            if (tool_is(c, "py-spy"))
                step_py_spy_idle(c, t);
            else
                step_stet_record(c, t, false);
        }
        step_numbers(c, have_window);
        if (!have_window && tool_is(c, "py-spy"))
            step_perf_stat(c, t, true);
        return;
    }
    if (!ctx_goal_is_time(c) && have_window && !ctx_known(c, FACT_usable_cores)) {
        step_cores(c);
        if (!t->mac && !t->windows)
            step_stet_record(c, t, true);
        return;
    }
    if (t->mac || t->windows) {
        step_time(c, t);
        return;
    }
    if (tool_is(c, "py-spy") && t->service) {
        step_py_spy_idle(c, t);
        step_numbers(c, false);
        step_stet_record(c, t, true);
        return;
    }
    if (tool_is(c, "perf") || tool_is(c, "flamegraph.pl") || tool_is(c, "inferno")) {
        step_perf_stat(c, t, false);
        step_stet_record(c, t, true);
        return;
    }
    step_stet_record(c, t, false);
    step_perf_stat(c, t, true);
}

static void native_step(struct advise_ctx *c, const struct target *t)
{
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    struct span runtime = facts_text(c->facts, FACT_source_runtime);
    s->platform = "any";
    if (span_is(runtime, "python") && t->mac) {
        sb_adds(&command, "scalene run --cpu-only --json --outfile lines.json ");
        sb_add(&command, t->command.len ? t->command : SPAN("program.py"));
    } else if (span_is(runtime, "python")) {
        sb_printf(&command, "py-spy record --native --idle -f speedscope -d %d -o native.json ", WINDOW_S);
        target_add(&command, t, "--pid");
        s->platform = "linux";
    } else {
        struct target linux_only = *t;
        linux_only.mac = false;
        add_recorder(&linux_only, "perf-script", &command);
        s->platform = "linux";
    }
    s->command = text_of(&command);
    s->why = copy_of("Native code was not recorded, so nobody can say how much of the CPU time a rewrite could touch.");
    s->settles_words = copy_of("which part of the CPU time runs in native libraries already");
    s->takes_s = WINDOW_S;
    step_settles(s, FACT_native_visible);
    step_settles(s, FACT_native_cpu_share_lo);
    step_settles(s, FACT_gain_full_lo);
    s->decides = fired(c, "EV-10");
}

/* Longer by how much: to 50 effective samples, 400 where a line of 10 % is tested. */
static void longer_step(struct advise_ctx *c, const struct target *t)
{
    const struct artefact *a = ctx_main_artefact(c);
    double n = ctx_num(c, FACT_samples_eff);
    double have_s = ctx_num(c, FACT_profile_s);
    double factor = num_known(n) && n > 0 ? 55 / n : 10;
    double seconds = num_known(have_s) ? ceil(have_s * factor) : 60 * ceil(factor);
    if (!(seconds >= 10))
        seconds = 10;
    if (seconds > 3600)
        seconds = 3600;
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    if (tool_is(c, "py-spy")) {
        sb_printf(&command, "py-spy record %s%s-f speedscope -d %.0f -o longer.json ", a->sees_wait ? "--idle " : "",
                  a->native_visible == TRI_YES || !t->mac ? "--native " : "", seconds);
        target_add(&command, t, "--pid");
    } else if (tool_is(c, "perf")) {
        sb_printf(&command, "perf record -F 97 -g %s", t->service ? "-p " : "");
        if (t->pid >= 0)
            sb_printf(&command, "%lld -- sleep %.0f", (long long)t->pid, seconds);
        else if (t->service)
            sb_printf(&command, "PID -- sleep %.0f", seconds);
        else
            target_add(&command, t, "-p");
        sb_adds(&command, " && perf script --header > longer.txt");
    } else {
        s->text = target_longer(c, t, seconds, &command);
    }
    s->command = text_of(&command);
    s->why = copy_of(
        "Neighbouring measurements resemble each other: a longer recording is worth more, a higher rate is not.");
    s->settles_words = copy_of("the split of the CPU time");
    s->takes_s = seconds;
    step_settles(s, FACT_samples_eff);
}

struct plain_step {
    const char *rule;
    const char *why, *text, *settles_words;
    const char *command; /* %s: the target in the words of `option` */
    const char *option;  /* of a pid */
    enum fact_id settles;
    const char *need;
    double takes_s;
};

/* Open points whose remedy is the same for every program, with the command that begins it. */
static const struct plain_step plain_steps[] = {
    { "EV-04", "Lost samples are not random: they go missing when the CPU is busy.",
      "record again at half the rate and with larger buffers", "a recording without losses",
      "perf record -F 49 -m 512 -g %s && perf script --header > again.txt", "-p", FACT_lost_share, NULL, WINDOW_S },
    { "EV-05", "Too much CPU time has no name.",
      "record with symbols: python3 -X perf, node --perf-basic-prof, debug packages, frame pointers",
      "names for the CPU time", "perf record -F 97 --call-graph dwarf %s && perf script --header > named.txt", "-p",
      FACT_unknown_share, "restart", WINDOW_S },
    { "EV-06", "The recording is mostly start-up.",
      "start recording after warm-up; a command-line tool has none: declare it",
      "what the program does in steady state", "stet analyze FILES --fact program_kind=cli", NULL, FACT_startup_share,
      NULL, 0 },
    { "EV-09", "Whether CPU limits the service shows only where throughput stops rising.",
      "raise the load until throughput no longer rises and record that step; or state what the fleet is sized by "
      "(cpu, memory, connections, fixed)",
      "whether CPU is the limit", "stet analyze FILES --fact load_saturating=1", NULL, FACT_load_saturating, "load",
      NUM_NOT_STATED },
    { "EV-14", "The profile and the totals disagree on CPU seconds by more than a fifth.",
      "record profile and totals over the same time: start both for the same run",
      "a profile of the run that was measured", "stet record -o totals.json %s", "--pid", FACT_coverage_ratio, NULL,
      WINDOW_S },
    { "EV-18", "Means say nothing about the slowest requests.",
      "traces or spans of the slowest percent, a loop-delay histogram, or the collector's log, declared with their "
      "numbers",
      "what the slowest requests spend their time on", "stet analyze FILES --fact tail_evidence=1", NULL,
      FACT_tail_evidence, NULL, NUM_NOT_STATED },
    { "EV-08", "The load was declared unrepresentative.", "record under the real load, or one like it",
      "the shares under the real load", "stet record -o real.json %s", "--pid", FACT_load_representative, "load",
      WINDOW_S },
    { "AB-04", "The measured gain depends on the load.", "give the mix of operations, weighted by how often each runs",
      "the gain for your mix", "stet analyze FILES --fact ab_gain_lo=VALUE --fact ab_gain_hi=VALUE", NULL,
      FACT_ab_gain_lo, NULL, 0 },
};

static void plain_command(const struct advise_ctx *c, const struct plain_step *p, const struct target *t,
                          struct sb *out)
{
    struct span text = span_of(p->command);
    if (span_starts(text, SPAN("stet analyze"))) {
        sb_adds(out, target_command(c));
        target_add_files(c, out);
        sb_add(out, span_from(text, strlen("stet analyze FILES")));
        return;
    }
    size_t at = span_find(text, 0, SPAN("%s"));
    sb_add(out, span_sub(text, 0, at));
    if (at == text.len)
        return;
    target_add(out, t, p->option);
    if ((t->pid >= 0 || t->service) && span_is(span_of(p->option), "-p"))
        sb_printf(out, " -- sleep %d", WINDOW_S);
    sb_add(out, span_from(text, at + 2));
}

static void plain_steps_add(struct advise_ctx *c, const struct target *t)
{
    for (size_t i = 0; i < ARRAY_LEN(plain_steps); i++) {
        const struct plain_step *p = &plain_steps[i];
        if (!fired(c, p->rule))
            continue;
        struct next_step *s = step_add(c);
        struct sb command = { 0 };
        plain_command(c, p, t, &command);
        s->command = text_of(&command);
        s->why = copy_of(p->why);
        s->text = copy_of(p->text);
        s->settles_words = copy_of(p->settles_words);
        s->takes_s = p->takes_s < 0 ? NUM_UNKNOWN : p->takes_s;
        s->platform = span_find(span_of(p->command), 0, SPAN("perf ")) < strlen(p->command) ? "linux" : "any";
        step_settles(s, p->settles);
        if (p->need)
            step_needs(s, p->need);
    }
    if (fired(c, "EV-07") && !fired(c, "EV-03"))
        longer_step(c, t);
}

/* Settled, and the time goes into waiting: naming the waits is what helps. */
static void waits_step(struct advise_ctx *c, const struct target *t)
{
    bool named = false;
    for (uint32_t i = 0; i < c->ev->time.wait_count; i++) {
        const struct evidence_part *w = &c->ev->time.wait[i];
        named = named || (w->category != CAT_W_OTHER && w->category != CAT_IDLE_LOOP && w->share > 0.1);
    }
    if (named || t->mac || t->windows)
        return;
    struct next_step *s = step_add(c);
    struct sb command = { 0 };
    add_recorder(t, "strace-log", &command);
    s->command = text_of(&command);
    s->why = copy_of("The answer stands; this names what the program waits for. It slows the run while it lasts.");
    s->settles_words = copy_of("what is waited for");
    s->platform = "linux";
}

static void overlap_numbers_for_idle(struct advise_ctx *c)
{
    if (c->next_count == 0 && (asks(c, FACT_ops) || asks(c, FACT_op_s)))
        step_numbers(c, true);
}

/* Statements that are still to be given, in one step: they cost nothing but the knowledge. */
static void statements_step(struct advise_ctx *c)
{
    struct sb command = { 0 };
    struct next_step *s = NULL;
    for (uint32_t i = 0; i < c->policy->ask_count; i++) {
        const struct fact_info *info = &fact_infos[c->policy->ask[i]];
        if (info->price != PRICE_STATEMENT || c->policy->ask[i] == FACT_ops || c->policy->ask[i] == FACT_op_s)
            continue;
        /* The return follows from the proposal's own inputs: nobody states it. */
        if (c->decision && info->group == FACTS_ROI)
            continue;
        if (!s) {
            s = step_add(c);
            sb_adds(&command, target_command(c));
            target_add_files(c, &command);
        }
        sb_printf(&command, " --fact %s=%s", info->name, info->kind == FACT_TEXT ? "WORD" : "VALUE");
        step_settles(s, c->policy->ask[i]);
    }
    if (!s)
        return;
    s->command = text_of(&command);
    s->why = copy_of("Statements that no measurement can replace.");
    s->settles_words = copy_of("what only the team knows");
    s->takes_s = 0;
}

/* The whole is priced, and the rules ask what one part of it would be worth: only an alternative can say. */
static bool part_is_open(const struct decide *d, const struct policy_result *p)
{
    bool asked = false;
    for (uint32_t i = 0; i < p->potential.missing_count; i++)
        asked = asked || p->potential.missing[i] == FACT_p_roi_pos_ext;
    for (uint32_t i = 0; i < d->p->alternative_count; i++)
        asked = asked && !span_is(d->p->alternatives[i].kind, "native_extension");
    return asked && d->has_roi && d->p->kind_given && d->p->kind == PROPOSAL_FULL_REWRITE;
}

/* What the proposal leaves open, where giving it would change the answer. */
static void proposal_step(struct advise_ctx *c)
{
    const struct policy_result *p = c->policy;
    const struct decide *d = c->decision;
    bool open = p->verdict == VERDICT_INSUFFICIENT || p->potential.verdict > p->verdict;
    struct sb command = { 0 };
    struct sb text = { 0 };
    uint32_t facts = 0;
    if (!d || !open)
        return;
    sb_adds(&command, target_command(c));
    target_add_files(c, &command);
    for (uint32_t i = 0; i < p->potential.missing_count; i++) {
        const struct fact_info *info = &fact_infos[p->potential.missing[i]];
        if (info->group == FACTS_ROI || asks(c, p->potential.missing[i]))
            continue;
        sb_printf(&command, " --fact %s=VALUE", info->name);
        facts++;
    }
    for (uint32_t i = 0; i < d->roi.missing_count; i++)
        sb_printf(&text, "%s%s", i == 0 ? "add to the proposal: " : ", ", d->roi.missing[i]);
    if (part_is_open(d, p))
        sb_printf(&text, "%san alternative of kind native_extension with its cost and benefit",
                  text.len > 0 ? ", " : "add to the proposal: ");
    if (facts == 0 && text.len == 0) {
        sb_release(&command);
        sb_release(&text);
        return;
    }
    struct next_step *s = step_add(c);
    s->command = text_of(&command);
    s->text = text_of(&text);
    s->why = copy_of("Inputs that are not given: without them the return, or the worth of the evidence, stays open.");
    s->settles_words = copy_of("the chance to pay back");
    s->takes_s = 0;
    s->decides = p->potential.verdict > p->verdict;
    for (uint32_t i = 0; i < p->potential.missing_count; i++)
        step_settles(s, p->potential.missing[i]);
}

void next_make(struct advise_ctx *c)
{
    struct target t;
    target_find(c, &t);
    bool settled = c->policy->verdict != VERDICT_INSUFFICIENT;
    if (share_is_open(c))
        share_steps(c, &t);
    if (!settled && fired(c, "EV-10"))
        native_step(c, &t);
    if (!settled && fired(c, "EV-02")) {
        if (ctx_overlapping(c) && !ctx_known(c, FACT_ops))
            step_numbers(c, true);
        else if (ctx_overlapping(c))
            step_lower_load(c, &t);
        else if (told_apart(c))
            step_which_thread(c, &t);
        else if (c->ev->fact_share_source == SHARE_FROM_ACCOUNTING || ctx_num(c, FACT_has_cpu_accounting) != 1 ||
                 kernel_in_waiting(c))
            step_stet_record(c, &t, false); /* totals with their threads told apart */
        else
            longer_step(c, &t);
    }
    if (!settled && fired(c, "EV-03"))
        longer_step(c, &t);
    if (!settled)
        plain_steps_add(c, &t);
    if (!settled && c->in->goal == GOAL_MEMORY && ctx_num(c, FACT_mem_measured) != 1)
        step_memory(c);
    overlap_numbers_for_idle(c);
    if (!settled)
        statements_step(c);
    proposal_step(c);
    if (!settled && c->next_count == 0)
        step_stet_record(c, &t, false);
    if (settled && c->policy->verdict >= VERDICT_OPTIMISE && ctx_num(c, FACT_native_visible) != 1 &&
        ctx_num(c, FACT_has_profile) == 1)
        native_step(c, &t);
    if (settled && ctx_num(c, FACT_has_profile) != 1 && c->policy->verdict >= VERDICT_OPTIMISE)
        native_step(c, &t);
    if (c->policy->verdict == VERDICT_FIX_WAIT && !fired(c, "CPU-06"))
        waits_step(c, &t);
    target_release(&t);
}

void next_free(struct advise_ctx *c)
{
    for (uint32_t i = 0; i < c->next_count; i++) {
        free(c->next[i].why);
        free(c->next[i].command);
        free(c->next[i].text);
        free(c->next[i].settles_words);
    }
    free(c->next);
    c->next = NULL;
    c->next_count = 0;
}
