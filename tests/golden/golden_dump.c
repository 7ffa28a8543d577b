/* golden_dump [--format NAME] [--name NAME] [--clock NAME] [--folded] FILE - what an importer made of a file, for golden tests: every
 * field of the artefacts as JSON, or the stacks of every column as text. Exit status and message as the command line's.
 * Nothing here is derived: classification, clocks of a set and verdicts have tests of their own. */
#include "import/importer.h"

#include "base/err.h"
#include "base/jsonw.h"
#include "base/sb.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *tri_name(enum tri value)
{
    return value == TRI_UNKNOWN ? NULL : value == TRI_YES ? "yes" : "no";
}

static const char *wall_source_name(enum wall_source source)
{
    switch (source) {
    case WALL_NONE:
        return NULL;
    case WALL_DECLARED:
        return "declared";
    case WALL_FILE:
        return "file";
    case WALL_RECORDER:
        return "recorder";
    case WALL_EXEC_EXIT:
        return "exec_exit";
    }
    return NULL;
}

static const char *scope_name(enum acct_scope scope)
{
    switch (scope) {
    case ACCT_TREE:
        return "tree";
    case ACCT_PROCESS:
        return "process";
    case ACCT_THREAD:
        return "thread";
    case ACCT_CGROUP:
        return "cgroup";
    case ACCT_SYSTEM:
        return "system";
    }
    return NULL;
}

/* Unknown numbers are left out, so that a golden file shows what a format gives. */
static void known_num(struct jsonw *w, const char *key, double value)
{
    if (num_known(value))
        jsonw_num(w, key, value);
}

static void flag(struct jsonw *w, const char *key, bool value)
{
    if (value)
        jsonw_bool(w, key, true);
}

static void text(struct jsonw *w, const char *key, struct span value)
{
    if (value.len > 0)
        jsonw_str(w, key, value);
}

static void accounting_dump(struct jsonw *w, const struct accounting *a)
{
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        { "cpu_s", a->cpu_s },
        { "cpu_lo_s", a->cpu_lo_s },
        { "cpu_hi_s", a->cpu_hi_s },
        { "user_s", a->user_s },
        { "sys_s", a->sys_s },
        { "children_cpu_s", a->children_cpu_s },
        { "wall_s", a->wall_s },
        { "wall_lo_s", a->wall_lo_s },
        { "wall_hi_s", a->wall_hi_s },
        { "share_lo", a->share_lo },
        { "share_hi", a->share_hi },
        { "share_run_lo", a->share_run_lo },
        { "share_run_hi", a->share_run_hi },
        { "runq_s", a->runq_s },
        { "throttled_s", a->throttled_s },
        { "quota_cpus", a->quota_cpus },
        { "cpus_online", a->cpus_online },
        { "cpus_allowed", a->cpus_allowed },
        { "voluntary", a->voluntary },
        { "involuntary", a->involuntary },
        { "processes", a->processes },
        { "busy_threads", a->busy_threads },
        { "max_thread_cpu_s", a->max_thread_cpu_s },
        { "mem_stall_share", a->mem_stall_share },
        { "rss_max_bytes", a->rss_max_bytes },
    };
    jsonw_obj(w, NULL);
    jsonw_strz(w, "scope", scope_name(a->scope));
    flag(w, "whole_life", a->whole_life);
    flag(w, "attached", a->attached);
    flag(w, "quota_none", a->quota_none);
    jsonw_int(w, "runs", a->runs);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        known_num(w, numbers[i].key, numbers[i].value);
    if (a->pid >= 0)
        jsonw_int(w, "pid", a->pid);
    text(w, "command", a->command);
    text(w, "source", a->source);
    jsonw_arr(w, "threads");
    for (uint32_t i = 0; i < a->thread_count; i++) {
        const struct acct_thread *t = &a->threads[i];
        jsonw_obj(w, NULL);
        jsonw_int(w, "pid", t->pid);
        jsonw_int(w, "tid", t->tid);
        text(w, "name", t->name);
        known_num(w, "cpu_s", t->cpu_s);
        known_num(w, "wall_s", t->wall_s);
        known_num(w, "runq_s", t->runq_s);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

static void column_dump(struct jsonw *w, const struct profile *p, uint32_t c)
{
    static const char *const state_names[] = { "unknown", "running", "runnable", "waiting" };
    _Static_assert(ARRAY_LEN(state_names) == STATE_KIND_COUNT, "one name a state");
    double by_state[STATE_KIND_COUNT] = { 0 };
    const struct profile_column *column = &p->columns[c];
    for (uint32_t r = 0; r < p->row_count; r++)
        by_state[p->row_state[r]] += p->row_value[c][r];
    jsonw_obj(w, NULL);
    jsonw_str(w, "event", profile_str(p, column->event));
    jsonw_strz(w, "unit", unit_name(column->unit));
    jsonw_strz(w, "clock", clock_name(column->clock));
    flag(w, "is_time", column->is_time);
    jsonw_num(w, "total", column->total);
    known_num(w, "period", column->period);
    known_num(w, "rate_hz", column->rate_hz);
    jsonw_obj(w, "by_state");
    for (size_t i = 0; i < ARRAY_LEN(state_names); i++) {
        if (by_state[i] > 0)
            jsonw_num(w, state_names[i], by_state[i]);
    }
    jsonw_end_obj(w);
    jsonw_end_obj(w);
}

static void threads_dump(struct jsonw *w, const struct profile *p)
{
    enum { THREADS_SHOWN = 50 };
    jsonw_arr(w, "processes");
    for (uint32_t i = 0; i < p->process_count && i < THREADS_SHOWN; i++) {
        jsonw_obj(w, NULL);
        jsonw_int(w, "pid", p->processes[i].pid);
        text(w, "name", profile_str(p, p->processes[i].name));
        text(w, "command", profile_str(p, p->processes[i].command));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_arr(w, "threads");
    for (uint32_t i = 0; i < p->thread_count && i < THREADS_SHOWN; i++) {
        jsonw_obj(w, NULL);
        jsonw_int(w, "process", p->threads[i].process.ix);
        jsonw_int(w, "tid", p->threads[i].tid);
        text(w, "name", profile_str(p, p->threads[i].name));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void profile_dump(struct jsonw *w, const struct profile *p)
{
    uint32_t kinds[FRAME_KIND_COUNT] = { 0 };
    for (uint32_t i = 0; i < p->frame_count; i++)
        kinds[p->frames[i].kind]++;
    jsonw_obj(w, "profile");
    jsonw_obj(w, "frames");
    for (unsigned k = 0; k < FRAME_KIND_COUNT; k++) {
        if (kinds[k] > 0)
            jsonw_int(w, frame_kind_name((enum frame_kind)k), kinds[k]);
    }
    jsonw_end_obj(w);
    jsonw_int(w, "stacks", p->stack_count);
    jsonw_int(w, "rows", p->row_count);
    jsonw_int(w, "process_count", p->process_count);
    jsonw_int(w, "thread_count", p->thread_count);
    jsonw_int(w, "label_sets", p->label_set_count);
    jsonw_int(w, "ordered", (int64_t)p->order_count);
    flag(w, "order_thinned", p->order_thinned);
    if (p->samples_known)
        jsonw_int(w, "samples", (int64_t)p->sample_count);
    jsonw_arr(w, "columns");
    for (uint32_t c = 0; c < p->column_count; c++)
        column_dump(w, p, c);
    jsonw_end_arr(w);
    threads_dump(w, p);
    jsonw_end_obj(w);
}

static void provenance_dump(struct jsonw *w, const struct artefact *a)
{
    jsonw_strz(w, "clock", clock_name(a->clock));
    jsonw_strz(w, "runtime", runtime_name(a->runtime));
    jsonw_strz(w, "native_visible", tri_name(a->native_visible));
    flag(w, "sees_wait", a->sees_wait);
    flag(w, "one_thread_of_several", a->one_thread_of_several);
    flag(w, "event_loop", a->event_loop);
    flag(w, "overlapping", a->overlapping);
    flag(w, "one_job", a->one_job);
    flag(w, "foreign_picture", a->foreign_picture);
    flag(w, "all_states", a->all_states);
    flag(w, "states_exact", a->states_exact);
    flag(w, "wait_refused", a->wait_refused);
    known_num(w, "rate_hz", a->rate_hz);
    known_num(w, "duration_s", a->duration_s);
    jsonw_strz(w, "duration_source", wall_source_name(a->duration_source));
    known_num(w, "span_s", a->span_s);
    known_num(w, "lost_share", a->lost_share);
    known_num(w, "dropped_share", a->dropped_share);
    if (a->pid >= 0)
        jsonw_int(w, "pid", a->pid);
    text(w, "tool", a->tool);
    text(w, "tool_version", a->tool_version);
    text(w, "recorder", a->recorder);
    text(w, "command", a->command);
    text(w, "platform", a->platform);
}

static void artefact_dump(struct jsonw *w, const struct artefact *a)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "format", a->format);
    provenance_dump(w, a);
    if (a->profile != NULL)
        profile_dump(w, a->profile);
    jsonw_arr(w, "accounting");
    for (uint32_t i = 0; i < a->acct_count; i++)
        accounting_dump(w, &a->acct[i]);
    jsonw_end_arr(w);
    jsonw_arr(w, "facts");
    for (uint32_t i = 0; i < a->fact_count; i++) {
        const struct artefact_fact *f = &a->facts[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", f->name);
        if (f->is_text)
            jsonw_str(w, "value", f->text);
        else
            jsonw_num(w, "value", f->num);
        text(w, "source", f->source);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_arr(w, "problems");
    for (uint32_t i = 0; i < a->problem_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "code", a->problems[i].code);
        jsonw_str(w, "text", a->problems[i].text);
        text(w, "fix", a->problems[i].fix);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

static void stack_write(struct sb *out, const struct profile *p, stack_id leaf)
{
    uint32_t depth = p->stacks[leaf.ix].depth;
    stack_id *path = xcalloc((size_t)depth + 1, sizeof *path);
    uint32_t at = depth;
    for (stack_id s = leaf; s.ix != 0; s = p->stacks[s.ix].parent)
        path[--at] = s;
    for (uint32_t i = 0; i < depth; i++) {
        if (i > 0)
            sb_addc(out, ';');
        sb_add_plain(out, profile_str(p, profile_frame_of(p, path[i])->func));
    }
    free(path);
}

static void folded_dump(struct sb *out, const struct profile *p)
{
    for (uint32_t c = 0; c < p->column_count; c++) {
        sb_printf(out, "# %.*s %s\n", SPAN_FMT(profile_str(p, p->columns[c].event)), unit_name(p->columns[c].unit));
        for (uint32_t r = 0; r < p->row_count; r++) {
            if (p->row_value[c][r] > 0) {
                stack_write(out, p, p->row_stack[r]);
                sb_printf(out, " %.9g\n", p->row_value[c][r]);
            }
        }
    }
}

static int import_fail(const struct err *err)
{
    (void)fprintf(stderr, "%s: %s", err_slug(err->code), err->text);
    if (err->line > 0)
        (void)fprintf(stderr, " (line %llu)", (unsigned long long)err->line);
    else if (err->byte >= 0)
        (void)fprintf(stderr, " (byte %lld)", (long long)err->byte);
    (void)fputc('\n', stderr);
    return err_exit_status(err->code);
}

struct dump_options {
    const char *path;
    const char *name;   /* NULL: the path's own */
    const char *format; /* NULL: by content */
    struct import_options import;
    bool folded;
};

/* A folder is one run: its name is its own. Of a file the name may be replaced, to show that content decides. */
static bool dump_import(const struct dump_options *opt, struct artefact_list *list, struct err *err)
{
    if (opt->name == NULL)
        return import_path(opt->path, opt->format, &opt->import, list, err);
    int fd = open(opt->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open %s", opt->path);
    bool ok = import_fd(fd, span_of(opt->name), opt->format, &opt->import, list, err);
    (void)close(fd);
    return ok;
}

static bool options_parse(int argc, char **argv, struct dump_options *ret)
{
    int i = 1;
    for (; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--folded") == 0) {
            ret->folded = true;
        } else if (strcmp(argv[i], "--format") == 0) {
            ret->format = argv[++i];
        } else if (strcmp(argv[i], "--name") == 0) {
            ret->name = argv[++i];
        } else if (strcmp(argv[i], "--clock") == 0) {
            ret->import.clock_given = clock_from_name(span_of(argv[++i]), &ret->import.clock);
            if (!ret->import.clock_given)
                return false;
        } else {
            return false;
        }
    }
    ret->path = argv[i];
    return i < argc;
}

int main(int argc, char **argv)
{
    struct dump_options opt = { .import = IMPORT_OPTIONS_DEFAULT };
    if (!options_parse(argc, argv, &opt)) {
        (void)fputs("usage: golden_dump [--format NAME] [--name NAME] [--clock NAME] [--folded] FILE\n", stderr);
        return EXIT_FAILURE;
    }
    bool folded = opt.folded;
    struct artefact_list list = { 0 };
    struct err err = ERR_INIT;
    if (!dump_import(&opt, &list, &err)) {
        artefact_list_release(&list);
        return import_fail(&err);
    }
    struct sb out = { 0 };
    struct jsonw w = { .out = &out };
    if (!folded)
        jsonw_arr(&w, NULL);
    for (uint32_t k = 0; k < list.count; k++) {
        if (!folded)
            artefact_dump(&w, list.items[k]);
        else if (list.items[k]->profile != NULL)
            folded_dump(&out, list.items[k]->profile);
    }
    if (!folded)
        jsonw_end_arr(&w);
    (void)fwrite(sb_cstr(&out), 1, out.len, stdout);
    sb_release(&out);
    artefact_list_release(&list);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
