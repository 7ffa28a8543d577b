/* stet analyze: artefacts of one run in, one report out. */
#include "cli/cli.h"
#include "cli/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advise/advise.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/vec.h"
#include "cli/args.h"
#include "import/binaries.h"
#include "import/importer.h"
#include "report/flame.h"
#include "report/report.h"
#include "symbol/symbols.h"

enum option_id {
    OPT_FORMAT = 1,
    OPT_CLOCK,
    OPT_RUNTIME,
    OPT_RATE,
    OPT_DURATION,
    OPT_FACT,
    OPT_FACTS,
    OPT_POLICY,
    OPT_GOAL,
    OPT_SEED,
    OPT_OUT,
    OPT_O,
    OPT_GATE,
    OPT_JSON,
    OPT_PROCESS,
    OPT_EXPLAIN,
    OPT_THREADS,
    OPT_LIMIT
};

static const struct arg_option options[] = {
    { "--format", OPT_FORMAT, true },
    { "--clock", OPT_CLOCK, true },
    { "--runtime", OPT_RUNTIME, true },
    { "--rate", OPT_RATE, true },
    { "--duration-s", OPT_DURATION, true },
    { "--fact", OPT_FACT, true },
    { "--facts", OPT_FACTS, true },
    { "--policy", OPT_POLICY, true },
    { "--goal", OPT_GOAL, true },
    { "--seed", OPT_SEED, true },
    { "--out", OPT_OUT, true },
    { "-o", OPT_O, true },
    { "--gate", OPT_GATE, false },
    { "--json", OPT_JSON, false },
    { "--process", OPT_PROCESS, true },
    { "--explain", OPT_EXPLAIN, true },
    { "--threads", OPT_THREADS, true },
    CLI_SYMBOL_OPTIONS,
    { "--limit", OPT_LIMIT, true },
};

enum out_kind { OUT_TEXT, OUT_JSON, OUT_MD, OUT_HTML, OUT_SVG };
static const char *const out_names[] = { "text", "json", "md", "html", "svg" };

struct analyze {
    struct {
        const char **items;
        size_t count, cap;
    } files;
    const char *format;
    struct import_options import;
    struct fact_set declared;
    struct {
        struct policy_pack **items;
        size_t count, cap;
    } packs;
    struct advise_input input;
    enum out_kind out;
    const char *out_path;
    bool gate;
    struct sb words; /* files and options as sent, less those of the output */
    struct artefact_list artefacts;
};

static bool want_positive(const char *option, const char *value, double *ret, struct err *err)
{
    if (!span_to_double(span_of(value), ret) || !(*ret > 0))
        return err_set(err, ERR_USAGE, "%s wants a number above 0, got '%s'", option, value);
    return true;
}

static bool take_fact(struct analyze *a, const char *text, struct err *err)
{
    struct span name;
    struct span value;
    if (!span_split(span_of(text), '=', &name, &value))
        return err_set(err, ERR_USAGE, "--fact wants NAME=VALUE, got '%s'", text);
    return facts_declare(&a->declared, name, value, "the command line", err);
}

static bool take_facts_file(struct analyze *a, const char *path, struct err *err)
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
        ok = facts_declare(&a->declared, json_key(f), value, path, err);
    }
    sb_release(&text);
    return ok || err_wrap(err, "%s", path);
}

static bool take_policy(struct analyze *a, const char *name, struct err *err)
{
    struct policy_pack *pack = NULL;
    bool ok;
    if (policy_builtin_text(span_of(name)).ptr != NULL) {
        ok = policy_pack_builtin(span_of(name), &pack, err);
    } else {
        struct sb text = { .cap = 1 << 20 };
        ok = fs_read(name, &text, err) && policy_pack_parse(sb_span(&text), name, &pack, err);
        sb_release(&text);
        ok = ok || err_wrap(err, "policy %s", name);
    }
    if (ok)
        VEC_PUSH(&a->packs, pack);
    return ok;
}

static bool take_out(struct analyze *a, const char *value, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(out_names); i++) {
        if (strcmp(value, out_names[i]) == 0) {
            a->out = (enum out_kind)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "--out wants text, json, md, html or svg, got '%s'", value);
}

static bool take_input_option(struct analyze *a, int id, const char *value, struct err *err)
{
    switch (id) {
    case OPT_FORMAT:
        a->format = value;
        return importer_find(span_of(value)) != NULL ||
               err_set(err, ERR_USAGE, "unknown format '%s' (see: stet formats)", value);
    case OPT_CLOCK:
        a->import.clock_given = true;
        return (clock_from_name(span_of(value), &a->import.clock) && a->import.clock != CLOCK_ACCT &&
                a->import.clock != CLOCK_UNKNOWN) ||
               err_set(err, ERR_USAGE, "--clock wants cpu, wall or off, got '%s'", value);
    case OPT_RUNTIME:
        return runtime_from_name(span_of(value), &a->import.runtime) ||
               err_set(err, ERR_USAGE, "--runtime wants python, node, go, jvm, ruby, php, dotnet or native, got '%s'",
                       value);
    case OPT_RATE:
        return want_positive("--rate", value, &a->import.rate_hz, err);
    case OPT_DURATION:
        return want_positive("--duration-s", value, &a->import.duration_s, err);
    default:
        a->import.process = span_of(value);
        a->input.process = span_of(value);
        return true;
    }
}

static bool take_option(struct analyze *a, int id, const char *value, struct err *err)
{
    switch (id) {
    case OPT_FACT:
        return take_fact(a, value, err);
    case OPT_FACTS:
        return take_facts_file(a, value, err);
    case OPT_POLICY:
        return take_policy(a, value, err);
    case OPT_GOAL:
        a->input.goal_given = true;
        return policy_goal_find(span_of(value), &a->input.goal) ||
               err_set(err, ERR_USAGE, "--goal wants latency, throughput, cost, memory, startup or tail, got '%s'",
                       value);
    case OPT_SEED:
        return span_to_u64(span_of(value), &a->input.seed) ||
               err_set(err, ERR_USAGE, "--seed wants a whole number, got '%s'", value);
    case OPT_LIMIT:
        return limits_set(&a->import.limits, span_of(value), err) || err_wrap(err, "--limit");
    case OPT_THREADS:
        return args_threads(value, &a->import.threads, err);
    case OPT_OUT:
        return take_out(a, value, err);
    case OPT_O:
        a->out_path = value;
        return true;
    case OPT_GATE:
        a->gate = true;
        return true;
    case OPT_JSON:
        a->out = OUT_JSON;
        return true;
    case OPT_EXPLAIN:
        a->input.explain = span_of(value);
        a->out = OUT_JSON;
        return true;
    default:
        return take_input_option(a, id, value, err);
    }
}

static const char *option_name(int id)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (options[i].id == id)
            return options[i].name;
    }
    return "";
}

/* The words that a next step repeats before it adds its own. */
static void keep_word(struct analyze *a, const char *option, const char *value)
{
    if (a->words.len > 0)
        sb_addc(&a->words, ' ');
    if (option)
        sb_printf(&a->words, "%s ", option);
    sb_add_shell(&a->words, span_of(value));
}

static bool analyze_args(struct analyze *a, int argc, char **argv, struct err *err)
{
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    bool ok;
    for (;;) {
        int id = 0;
        const char *value = NULL;
        switch (args_next(&args, options, ARRAY_LEN(options), &id, &value, err)) {
        case ARGS_END:
            return a->files.count > 0 || err_set(err, ERR_USAGE, "want at least one FILE ('-' reads standard input)");
        case ARGS_ERROR:
            return false;
        case ARGS_PLAIN:
            VEC_PUSH(&a->files, value);
            keep_word(a, NULL, value);
            break;
        case ARGS_OPTION:
            /* Where names come from is this machine's affair: no part of what is to be repeated elsewhere. */
            if (cli_symbols_option(id, value, &ok, err)) {
                if (!ok)
                    return false;
                break;
            }
            if (!take_option(a, id, value, err))
                return false;
            if (id != OPT_OUT && id != OPT_O && id != OPT_GATE && id != OPT_JSON && id != OPT_EXPLAIN)
                keep_word(a, option_name(id), value);
            break;
        }
    }
}

/* Goal and the facts of a request stand in one place only. */
static void settle_goal(struct analyze *a)
{
    struct span goal = facts_text(&a->declared, FACT_goal);
    if (!a->input.goal_given && goal.len > 0)
        a->input.goal_given = policy_goal_find(goal, &a->input.goal);
    facts_clear(&a->declared, FACT_goal);
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
static bool read_file(struct analyze *a, const char *path, struct err *err)
{
    struct import_options plain = a->import;
    uint32_t before = a->artefacts.count;
    if (a->files.count == 1 || !a->import.clock_given)
        return import_path(path, a->format, &a->import, &a->artefacts, err);
    plain.clock_given = false;
    if (!import_path(path, a->format, &plain, &a->artefacts, err))
        return false;
    bool silent = false;
    for (uint32_t i = before; i < a->artefacts.count; i++)
        silent = silent || (a->artefacts.items[i]->profile && a->artefacts.items[i]->clock == CLOCK_UNKNOWN);
    if (!silent)
        return true;
    while (a->artefacts.count > before)
        artefact_free(a->artefacts.items[--a->artefacts.count]);
    return import_path(path, a->format, &a->import, &a->artefacts, err);
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

static void recordings_last(struct analyze *a)
{
    size_t n = 0;
    const char **sorted = xcalloc(a->files.count, sizeof *sorted);
    for (int last = 0; last < 2; last++) {
        for (size_t i = 0; i < a->files.count; i++) {
            struct stat st;
            /* A pipe is looked at once only. */
            bool regular = stat(a->files.items[i], &st) == 0 && S_ISREG(st.st_mode);
            if ((regular && is_recording(a->files.items[i])) == (last == 1))
                sorted[n++] = a->files.items[i];
        }
    }
    memcpy(a->files.items, sorted, n * sizeof *sorted);
    free(sorted);
}

static bool read_files(struct analyze *a, struct err *err)
{
    uint64_t shown = 0;
    bool ok = true;
    if (a->files.count > 1)
        recordings_last(a);
    if (isatty(STDERR_FILENO)) {
        a->import.progress = show_progress;
        a->import.progress_user = &shown;
    }
    for (size_t i = 0; i < a->files.count; i++) {
        ok = read_file(a, a->files.items[i], err);
        if (shown > 0)
            (void)fputs("\r                      \r", stderr);
        shown = 0;
        if (!ok)
            break;
    }
    a->import.progress = NULL;
    a->import.progress_user = NULL;
    return ok;
}

static const struct artefact *first_profile(const struct analyze *a)
{
    for (uint32_t i = 0; i < a->artefacts.count; i++) {
        if (a->artefacts.items[i]->profile && profile_column_default(a->artefacts.items[i]->profile) != UINT32_MAX)
            return a->artefacts.items[i];
    }
    return NULL;
}

static bool render_flame(const struct analyze *a, bool standalone, struct sb *out, struct err *err)
{
    const struct artefact *art = first_profile(a);
    if (!art)
        return err_set(err, ERR_EMPTY, "no file of the set holds stacks, so there is no flame graph");
    uint32_t column = profile_column_default(art->profile);
    struct classify_options opt = { .runtime = art->runtime,
                                    .clock = art->profile->columns[column].clock,
                                    .native_visible = art->native_visible == TRI_YES };
    struct classification *c = classify_profile(art->profile, &opt);
    struct report_flame_options flame = { .standalone = standalone, .title = art->name };
    bool ok = report_flame_svg(art->profile, column, c, &flame, out, err);
    classification_free(c);
    return ok;
}

static bool render_html(const struct analyze *a, const struct json *doc, struct sb *out, struct err *err)
{
    struct sb svg = { 0 };
    bool ok = first_profile(a) == NULL || render_flame(a, false, &svg, err);
    ok = ok && report_html_standalone(doc, sb_span(&svg), out, err);
    sb_release(&svg);
    return ok;
}

static bool render(const struct analyze *a, const struct sb *json, struct sb *out, struct err *err)
{
    CLEANUP(json_freep) struct json *doc = NULL;
    if (a->out == OUT_JSON) {
        sb_add(out, sb_span(json));
        sb_addc(out, '\n');
        return true;
    }
    if (a->out == OUT_SVG)
        return render_flame(a, true, out, err);
    if (!json_parse(sb_span(json), 64, &doc, err))
        return false;
    if (a->out == OUT_MD)
        return report_markdown(doc, &(struct report_markdown_options){ 0 }, out, err);
    if (a->out == OUT_HTML)
        return render_html(a, doc, out, err);
    const char *no_color = getenv("NO_COLOR");
    struct report_text_options text = {
        .colour = !a->out_path && isatty(STDOUT_FILENO) && (!no_color || no_color[0] == '\0'),
        .ascii = !cli_locale_is_utf8(),
    };
    return report_text(doc, &text, out, err);
}

static bool deliver(const struct analyze *a, const struct sb *json, const struct sb *out, struct err *err)
{
    if (!a->out_path) {
        (void)fwrite(out->ptr ? out->ptr : "", 1, out->len, stdout);
        return true;
    }
    if (!fs_write(a->out_path, sb_span(out), err))
        return false;
    if (!a->gate)
        return true;
    CLEANUP(json_freep) struct json *doc = NULL;
    struct sb summary = { 0 };
    bool ok = json_parse(sb_span(json), 64, &doc, err) && report_summary(doc, &summary, err);
    (void)fputs(sb_cstr(&summary), stderr);
    sb_release(&summary);
    return ok;
}

static bool analyze_run(struct analyze *a, struct advise_verdict *ret, struct err *err)
{
    struct sb json = { 0 };
    struct sb out = { 0 };
    settle_goal(a);
    bool ok = read_files(a, err);
    a->input.artefacts = a->artefacts.items;
    a->input.artefact_count = a->artefacts.count;
    a->input.declared = &a->declared;
    a->input.packs = (const struct policy_pack *const *)a->packs.items;
    a->input.pack_count = a->packs.count;
    a->input.runtime = a->import.runtime;
    a->input.asked = a->gate;
    a->input.files = sb_span(&a->words);
    ok = ok && advise_analyse(&a->input, &json, ret, err);
    ok = ok && render(a, &json, &out, err) && deliver(a, &json, &out, err);
    sb_release(&json);
    sb_release(&out);
    return ok;
}

int cmd_analyze(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct advise_verdict verdict;
    struct analyze a = { .import = IMPORT_OPTIONS_DEFAULT, .input = { .seed = 1 } };
    bool ok =
        analyze_args(&a, argc, argv, &err) && (a.import.threads > 0 || args_threads(NULL, &a.import.threads, &err));
    int status;
    if (!ok && err.code == ERR_USAGE) {
        status = cli_usage_error("analyze", "%s", err.text);
    } else {
        a.import.symbols = cli_symbols_new(&a.import.limits);
        ok = ok && analyze_run(&a, &verdict, &err);
        status = !ok ? cli_error("analyze", &err) : a.gate ? advise_gate_exit(verdict.gate) : CLI_EXIT_OK;
    }
    for (size_t i = 0; i < a.packs.count; i++)
        policy_pack_free(a.packs.items[i]);
    free(a.packs.items);
    free(a.files.items);
    sb_release(&a.words);
    artefact_list_release(&a.artefacts);
    symbols_free(a.import.symbols);
    return status;
}
