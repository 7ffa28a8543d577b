/* set.c - options that describe a run, and its files read in the order that needs least. */
#include "cli/set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "import/binaries.h"
#include "report/flame.h"
#include "symbol/symbols.h"

static bool want_positive(const char *option, const char *value, double *ret, struct err *err)
{
    if (!span_to_double(span_of(value), ret) || !(*ret > 0))
        return err_set(err, ERR_USAGE, "%s wants a number above 0, got '%s'", option, value);
    return true;
}

static bool take_fact(struct cli_set *s, const char *text, struct err *err)
{
    struct span name;
    struct span value;
    if (!span_split(span_of(text), '=', &name, &value))
        return err_set(err, ERR_USAGE, "--fact wants NAME=VALUE, got '%s'", text);
    return facts_declare(&s->declared, name, value, "the command line", err);
}

static bool take_facts_file(struct cli_set *s, const char *path, struct err *err)
{
    struct sb text = { .cap = 1 << 20 };
    CLEANUP(json_freep) struct json *doc = NULL;
    bool ok = fs_read(path, &text, err) && json_parse(sb_span(&text), 10, &doc, err);
    if (ok && json_kind_of(doc) != JSON_OBJ)
        ok = err_set(err, ERR_VALUE, "want one flat object of facts");
    for (const struct json *f = json_first(doc); ok && f; f = json_next(f)) {
        char num[40];
        struct span value = json_str(f);
        if (json_is_null(f))
            continue;
        if (json_kind_of(f) == JSON_NUM || json_kind_of(f) == JSON_BOOL) {
            (void)snprintf(num, sizeof num, "%.17g",
                           json_kind_of(f) == JSON_NUM ? json_num(f, 0) : json_bool(f, false));
            value = span_of(num);
        } else if (json_kind_of(f) != JSON_STR) {
            ok = err_set(err, ERR_VALUE, "fact '%.*s' is neither a number nor a text", SPAN_FMT(json_key(f)));
            break;
        }
        ok = facts_declare(&s->declared, json_key(f), value, path, err);
    }
    sb_release(&text);
    return ok || err_wrap(err, "%s", path);
}

static bool take_input_option(struct cli_set *s, int id, const char *value, struct err *err)
{
    switch (id) {
    case SET_OPT_FORMAT:
        s->format = value;
        return importer_find(span_of(value)) != NULL ||
               err_set(err, ERR_USAGE, "unknown format '%s' (see: stet formats)", value);
    case SET_OPT_CLOCK:
        s->import.clock_given = true;
        return (clock_from_name(span_of(value), &s->import.clock) && s->import.clock != CLOCK_ACCT &&
                s->import.clock != CLOCK_UNKNOWN) ||
               err_set(err, ERR_USAGE, "--clock wants cpu, wall or off, got '%s'", value);
    case SET_OPT_RUNTIME:
        return runtime_from_name(span_of(value), &s->import.runtime) ||
               err_set(err, ERR_USAGE, "--runtime wants python, node, go, jvm, ruby, php, dotnet or native, got '%s'",
                       value);
    case SET_OPT_RATE:
        return want_positive("--rate", value, &s->import.rate_hz, err);
    case SET_OPT_DURATION:
        return want_positive("--duration-s", value, &s->import.duration_s, err);
    default:
        s->import.process = span_of(value);
        s->process = span_of(value);
        return true;
    }
}

static bool take_option(struct cli_set *s, int id, const char *value, struct err *err)
{
    switch (id) {
    case SET_OPT_FACT:
        return take_fact(s, value, err);
    case SET_OPT_FACTS:
        return take_facts_file(s, value, err);
    case SET_OPT_POLICY:
        return cli_set_policy(s, value, err);
    case SET_OPT_GOAL:
        s->goal_given = true;
        return policy_goal_find(span_of(value), &s->goal) ||
               err_set(err, ERR_USAGE, "--goal wants latency, throughput, cost, memory, startup or tail, got '%s'",
                       value);
    case SET_OPT_SEED:
        s->seed_given = true;
        return span_to_u64(span_of(value), &s->seed) ||
               err_set(err, ERR_USAGE, "--seed wants a whole number, got '%s'", value);
    case SET_OPT_LIMIT:
        return limits_set(&s->import.limits, span_of(value), err) || err_wrap(err, "--limit");
    case SET_OPT_THREADS:
        return args_threads(value, &s->import.threads, err);
    default:
        return take_input_option(s, id, value, err);
    }
}

/* The words that a next step repeats before it adds its own. */
void cli_set_keep(struct cli_set *s, const char *option, const char *value)
{
    if (s->words.len > 0)
        sb_addc(&s->words, ' ');
    if (option)
        sb_printf(&s->words, "%s ", option);
    sb_add_shell(&s->words, span_of(value));
}

bool cli_set_option(struct cli_set *s, int id, const char *name, const char *value, bool *ret_ok, struct err *err)
{
    /* Where names come from is this machine's affair: no part of what is to be repeated elsewhere. */
    if (cli_symbols_option(id, value, ret_ok, err))
        return true;
    if (id < SET_OPT_FORMAT || id > SET_OPT_LIMIT)
        return false;
    *ret_ok = take_option(s, id, value, err);
    cli_set_keep(s, name, value);
    return true;
}

/* Goal and the facts of a request stand in one place only. */
static void settle_goal(struct cli_set *s)
{
    struct span goal = facts_text(&s->declared, FACT_goal);
    if (!s->goal_given && goal.len > 0)
        s->goal_given = policy_goal_find(goal, &s->goal);
    facts_clear(&s->declared, FACT_goal);
}

static void show_progress(void *user, uint64_t bytes)
{
    uint64_t *shown = user;
    if (bytes - *shown < (32u << 20) || bytes < (100u << 20))
        return;
    *shown = bytes;
    (void)fprintf(stderr, "\r  %llu MB read", (unsigned long long)(bytes >> 20));
}

/* With several files a stated clock or rate speaks of those that do not say it themselves: a picture that names its
 * recorder's options keeps them. */
static bool read_file(struct cli_set *s, const char *path, struct err *err)
{
    struct import_options plain = s->import;
    uint32_t before = s->artefacts.count;
    if (s->files.count == 1 || !s->import.clock_given)
        return import_path(path, s->format, &s->import, &s->artefacts, err);
    plain.clock_given = false;
    if (!import_path(path, s->format, &plain, &s->artefacts, err))
        return false;
    bool silent = false;
    for (uint32_t i = before; i < s->artefacts.count; i++)
        silent = silent || (s->artefacts.items[i]->profile && s->artefacts.items[i]->clock == CLOCK_UNKNOWN);
    if (!silent)
        return true;
    while (s->artefacts.count > before)
        artefact_free(s->artefacts.items[--s->artefacts.count]);
    return import_path(path, s->format, &s->import, &s->artefacts, err);
}

/* Binaries may stand in any file of the set, so recordings that ask for them are read last. */
static bool is_recording(const char *path)
{
    char head[16];
    FILE *in = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    if (!in)
        return false;
    size_t n = fread(head, 1, sizeof head, in);
    (void)fclose(in);
    return binaries_wanted_by(span_make(head, n));
}

static void recordings_last(struct cli_set *s)
{
    size_t n = 0;
    const char **sorted = xcalloc(s->files.count, sizeof *sorted);
    for (int last = 0; last < 2; last++) {
        for (size_t i = 0; i < s->files.count; i++) {
            struct stat st;
            /* A pipe is looked at once only. */
            bool regular = stat(s->files.items[i], &st) == 0 && S_ISREG(st.st_mode);
            if ((regular && is_recording(s->files.items[i])) == (last == 1))
                sorted[n++] = s->files.items[i];
        }
    }
    memcpy(s->files.items, sorted, n * sizeof *sorted);
    free(sorted);
}

static bool read_all(struct cli_set *s, struct err *err)
{
    uint64_t shown = 0;
    bool ok = true;
    if (s->files.count > 1)
        recordings_last(s);
    if (isatty(STDERR_FILENO)) {
        s->import.progress = show_progress;
        s->import.progress_user = &shown;
    }
    for (size_t i = 0; i < s->files.count; i++) {
        ok = read_file(s, s->files.items[i], err);
        if (shown > 0)
            (void)fputs("\r                      \r", stderr);
        shown = 0;
        if (!ok)
            break;
    }
    s->import.progress = NULL;
    s->import.progress_user = NULL;
    return ok;
}

bool cli_set_read(struct cli_set *s, struct err *err)
{
    if (!cli_set_policies_settle(s, err))
        return false;
    settle_goal(s);
    if (s->import.threads == 0 && !args_threads(NULL, &s->import.threads, err))
        return false;
    s->import.symbols = cli_symbols_new(&s->import.limits);
    return read_all(s, err);
}

const struct artefact *cli_set_profile(const struct cli_set *s)
{
    for (uint32_t i = 0; i < s->artefacts.count; i++) {
        if (s->artefacts.items[i]->profile && profile_column_default(s->artefacts.items[i]->profile) != UINT32_MAX)
            return s->artefacts.items[i];
    }
    return NULL;
}

bool cli_set_flame(const struct cli_set *s, bool standalone, struct sb *out, struct err *err)
{
    const struct artefact *art = cli_set_profile(s);
    if (!art)
        return err_set(err, ERR_EMPTY, "no file of the set holds stacks, so there is no flame graph");
    uint32_t column = profile_column_default(art->profile);
    struct classify_options opt = { .runtime = art->runtime,
                                    .clock = art->profile->columns[column].clock,
                                    .native_visible = art->native_visible == TRI_YES,
                                    .overrides = s->project ? &s->project->overrides : NULL };
    struct classification *c = classify_profile(art->profile, &opt);
    struct report_flame_options flame = { .standalone = standalone, .title = art->name };
    bool ok = report_flame_svg(art->profile, column, c, &flame, out, err);
    classification_free(c);
    return ok;
}

void cli_set_input(const struct cli_set *s, struct advise_input *ret)
{
    ret->artefacts = s->artefacts.items;
    ret->artefact_count = s->artefacts.count;
    ret->declared = &s->declared;
    ret->packs = (const struct policy_pack *const *)s->packs.items;
    ret->pack_count = s->packs.count;
    ret->project_policy = s->project;
    ret->overrides = s->project && s->project->overrides.count > 0 ? &s->project->overrides : NULL;
    if (s->as_of_us != 0)
        ret->as_of_us = s->as_of_us;
    ret->goal = s->goal;
    ret->goal_given = s->goal_given;
    ret->process = s->process;
    ret->runtime = s->import.runtime;
    ret->seed = s->seed;
    ret->files = sb_span(&s->words);
}

void cli_set_release(struct cli_set *s)
{
    for (size_t i = 0; i < s->packs.count; i++)
        policy_pack_free(s->packs.items[i]);
    free(s->packs.items);
    policy_project_free(s->project);
    free(s->files.items);
    sb_release(&s->words);
    artefact_list_release(&s->artefacts);
    symbols_free(s->import.symbols);
}
