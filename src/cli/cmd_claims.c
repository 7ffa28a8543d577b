/* stet claims: what a proposal states in numbers, checked, and held against recordings. */
#include <stdlib.h>

#include "advise/advise.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/vec.h"
#include "claims/claims.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "import/importer.h"
#include "symbol/symbols.h"

enum option_id { OPT_EVIDENCE = 1, OPT_JSON, OPT_CLOCK, OPT_FACT, OPT_O, OPT_CHECKS };

static const struct arg_option options[] = {
    { "--evidence", OPT_EVIDENCE, true },
    { "--json", OPT_JSON, false },
    { "--clock", OPT_CLOCK, true },
    { "--fact", OPT_FACT, true },
    { "-o", OPT_O, true },
    { "--checks", OPT_CHECKS, false },
    CLI_SYMBOL_OPTIONS,
};

struct job {
    const char *path;
    const char *out_path;
    struct {
        const char **items;
        size_t count, cap;
    } evidence;
    struct import_options import;
    struct fact_set declared;
    bool json, checks;
};

static bool job_args(struct job *j, int argc, char **argv, struct err *err)
{
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    for (;;) {
        int id = 0;
        bool ok = true;
        const char *value = NULL;
        enum args_result got = args_next(&args, options, ARRAY_LEN(options), &id, &value, err);
        if (got == ARGS_END)
            return j->path != NULL || j->checks ||
                   err_set(err, ERR_USAGE, "want PROPOSAL.md ('-' reads standard input)");
        if (got == ARGS_ERROR)
            return false;
        if (got == ARGS_PLAIN && j->path)
            return err_set(err, ERR_USAGE, "want one PROPOSAL.md, got '%s' too; recordings go behind --evidence",
                           value);
        if (got == ARGS_PLAIN) {
            j->path = value;
        } else if (id == OPT_EVIDENCE) {
            VEC_PUSH(&j->evidence, value);
        } else if (id == OPT_JSON) {
            j->json = true;
        } else if (id == OPT_CHECKS) {
            j->checks = true;
        } else if (id == OPT_O) {
            j->out_path = value;
        } else if (id == OPT_FACT) {
            struct span name;
            struct span fact;
            if (!span_split(span_of(value), '=', &name, &fact))
                return err_set(err, ERR_USAGE, "--fact wants NAME=VALUE, got '%s'", value);
            if (!facts_declare(&j->declared, name, fact, "the command line", err))
                return false;
        } else if (id == OPT_CLOCK) {
            j->import.clock_given = true;
            if (!clock_from_name(span_of(value), &j->import.clock) || j->import.clock == CLOCK_ACCT ||
                j->import.clock == CLOCK_UNKNOWN)
                return err_set(err, ERR_USAGE, "--clock wants cpu, wall or off, got '%s'", value);
        } else if (cli_symbols_option(id, value, &ok, err) && !ok) {
            return false;
        }
    }
}

/* An analysis that was kept as JSON serves as well as the recordings it was made from. */
static bool is_analysis(const char *path, struct json **ret)
{
    struct err none = ERR_INIT;
    CLEANUP(sb_release) struct sb text = { .cap = 4 << 20 };
    size_t n = strlen(path);
    if (n < 5 || strcmp(path + n - 5, ".json") != 0 || !fs_read(path, &text, &none) ||
        span_find(span_sub(sb_span(&text), 0, 200), 0, SPAN("\"stet/")) >= 200 ||
        !json_parse(sb_span(&text), 64, ret, &none))
        return false;
    struct span schema = json_str(json_get(*ret, "schema"));
    if (span_is(schema, "stet/analysis/1") || span_is(schema, "stet/decision/1"))
        return true;
    json_free(*ret);
    *ret = NULL;
    return false;
}

static bool evidence_read(struct job *j, struct claims_evidence *ret, struct err *err)
{
    struct artefact_list list = { 0 };
    struct advise_verdict verdict;
    CLEANUP(sb_release) struct sb text = { 0 };
    CLEANUP(json_freep) struct json *doc = NULL;
    if (j->evidence.count == 1 && is_analysis(j->evidence.items[0], &doc)) {
        claims_evidence_read(doc, ret);
        return true;
    }
    j->import.symbols = cli_symbols_new(&j->import.limits);
    bool ok = args_threads(NULL, &j->import.threads, err);
    for (size_t i = 0; ok && i < j->evidence.count; i++)
        ok = import_path(j->evidence.items[i], NULL, &j->import, &list, err);
    struct advise_input in = {
        .artefacts = list.items, .artefact_count = list.count, .declared = &j->declared, .seed = 1
    };
    ok = ok && advise_analyse(&in, &text, &verdict, err) && json_parse(sb_span(&text), 64, &doc, err);
    if (ok)
        claims_evidence_read(doc, ret);
    artefact_list_release(&list);
    symbols_free(j->import.symbols);
    return ok;
}

static bool job_run(struct job *j, struct err *err)
{
    CLEANUP(sb_release) struct sb text = { .cap = CLAIMS_BYTES_MAX };
    CLEANUP(sb_release) struct sb out = { 0 };
    CLEANUP(claims_freep) struct claims *c = NULL;
    struct claims_evidence ev;
    if (j->checks) {
        if (j->json)
            claims_checks_json(&out);
        else
            claims_checks_text(&out);
        return output_write(j->out_path, sb_span(&out), err);
    }
    if (!fs_read(j->path, &text, err))
        return false;
    if (j->evidence.count > 0 && !evidence_read(j, &ev, err))
        return false;
    if (!claims_read(sb_span(&text), j->evidence.count > 0 ? &ev : NULL, &c, err))
        return err_wrap(err, "%s", j->path);
    if (j->json)
        claims_json(c, span_of(j->path), &out);
    else
        claims_text(c, span_of(j->path), &out);
    return output_write(j->out_path, sb_span(&out), err);
}

int cmd_claims(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct job j = { .import = IMPORT_OPTIONS_DEFAULT };
    bool ok = job_args(&j, argc, argv, &err);
    int status = CLI_EXIT_OK;
    if (!ok)
        status = cli_usage_error("claims", "%s", err.text);
    else if (!job_run(&j, &err))
        status = cli_error("claims", &err);
    free(j.evidence.items);
    return status;
}
