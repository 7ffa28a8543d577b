/* stet policy check FILE, stet policy eval FILE|NAME --facts FACTS.json */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/vec.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "policy/project.h"

enum { PACKS_MAX = 16, PACK_BYTES_MAX = 1 << 20 };

static int fail(const struct err *err)
{
    (void)fprintf(stderr, "stet policy: %s\n", err->text);
    int status = err_exit_status(err->code);
    return status == CLI_EXIT_IO && err->code == ERR_NOT_FOUND ? CLI_EXIT_USAGE : status;
}

/* --- check --- */

static const char *weight_word(enum finding_weight w)
{
    static const char *const words[] = { "error", "warning", "note" };
    return words[w];
}

static void findings_text(struct sb *out, const char *path, const struct policy_findings *f, size_t rules)
{
    size_t count[3] = { 0 };
    for (size_t i = 0; i < f->count; i++) {
        const struct policy_finding *x = &f->items[i];
        count[x->weight]++;
        sb_adds(out, path);
        if (x->line > 0)
            sb_printf(out, ":%llu", (unsigned long long)x->line);
        sb_printf(out, ": %s: ", weight_word(x->weight));
        if (x->rule[0])
            sb_printf(out, "rule %s: ", x->rule);
        sb_add_plain(out, span_of(x->text));
        sb_addc(out, '\n');
    }
    sb_printf(out, "%s: %zu rules, %zu errors, %zu warnings, %zu notes\n", path, rules, count[FINDING_ERROR],
              count[FINDING_WARNING], count[FINDING_NOTE]);
}

static void findings_json(struct sb *out, const char *path, const struct policy_findings *f, size_t rules)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/policy-check/1");
    jsonw_strz(&w, "file", path);
    jsonw_int(&w, "rules", (int64_t)rules);
    jsonw_arr(&w, "findings");
    for (size_t i = 0; i < f->count; i++) {
        jsonw_obj(&w, NULL);
        jsonw_strz(&w, "weight", weight_word(f->items[i].weight));
        jsonw_int(&w, "line", (int64_t)f->items[i].line);
        jsonw_strz(&w, "rule", f->items[i].rule);
        jsonw_strz(&w, "text", f->items[i].text);
        jsonw_end_obj(&w);
    }
    jsonw_end_arr(&w);
    jsonw_end_obj(&w);
    sb_addc(out, '\n');
}

/* A file of its own wins over a built-in pack here: people check what they write. */
static bool check_text(const char *path, struct sb *out, struct err *err)
{
    out->cap = PACK_BYTES_MAX + 1;
    if (fs_read(path, out, err))
        return true;
    struct span builtin = policy_builtin_text(span_of(path));
    if (!builtin.ptr)
        return false;
    sb_reset(out);
    sb_add(out, builtin);
    return true;
}

/* A project's own document: each field that cannot be used, then what its rules and conditions come to. */
static void check_project(struct span text, const struct policy_check_inputs *in, struct policy_findings *ret,
                          size_t *ret_rules)
{
    CLEANUP(policy_project_freep) struct policy_project *p = NULL;
    struct field_errors errors = { 0 };
    struct err err = ERR_INIT;
    *ret_rules = 0;
    if (policy_project_parse(text, &p, &errors, &err)) {
        policy_project_check_with(p, in, clock_unix_us(), ret);
        *ret_rules = p->own ? p->own->rule_count : 0;
    }
    for (size_t i = 0; i < errors.count; i++) {
        struct policy_finding f = { .weight = FINDING_ERROR };
        (void)snprintf(f.text, sizeof f.text, "%.110s: %.240s", errors.items[i].field, errors.items[i].text);
        VEC_PUSH(ret, f);
    }
    if (!p && errors.count == 0) {
        struct policy_finding f = { .weight = FINDING_ERROR, .line = err.line };
        (void)snprintf(f.text, sizeof f.text, "%.350s", err.text);
        VEC_PUSH(ret, f);
    }
    field_errors_release(&errors);
}

static bool proposal_load(const char *path, struct proposal **ret, struct err *err)
{
    CLEANUP(sb_release) struct sb text = { .cap = LIMITS_DEFAULT.json_body_bytes };
    struct field_errors errors = { 0 };
    bool fine = fs_read(path, &text, err) && proposal_parse(sb_span(&text), ret, &errors, err);
    for (size_t i = 1; !fine && i < errors.count; i++) /* the first is the message of the command */
        (void)fprintf(stderr, "%s: %s: %s\n", path, errors.items[i].field, errors.items[i].text);
    field_errors_release(&errors);
    return fine || err_wrap(err, "%s", path);
}

struct check {
    const char *path, *proposal_path;
    struct policy_check_inputs in;
    bool json;
};

static int check_run(const struct check *c)
{
    struct err err = ERR_INIT;
    CLEANUP(sb_release) struct sb text = { 0 };
    CLEANUP(sb_release) struct sb out = { 0 };
    struct policy_findings findings = { 0 };
    size_t rules = 0;
    if (!check_text(c->path, &text, &err))
        return fail(&err);
    if (!policy_is_project(sb_span(&text)))
        policy_check_with(sb_span(&text), &c->in, &findings, &rules);
    else
        check_project(sb_span(&text), &c->in, &findings, &rules);
    int status = CLI_EXIT_OK;
    for (size_t i = 0; i < findings.count; i++)
        status = findings.items[i].weight == FINDING_ERROR ? CLI_EXIT_USAGE : status;
    if (c->json)
        findings_json(&out, c->path, &findings, rules);
    else
        findings_text(&out, c->path, &findings, rules);
    /* findings of a failed check are the message that goes with the exit status */
    (void)fwrite(out.ptr, 1, out.len, status == CLI_EXIT_OK || c->json ? stdout : stderr);
    free(findings.items);
    return status;
}

static int check_args(struct check *c, int argc, char **argv)
{
    static const struct arg_option options[] = { { "--json", 1, false },
                                                 { "--failure-probability", 2, true },
                                                 { "--proposal", 3, true } };
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    const char *value = NULL;
    int id = 0;
    enum args_result got;
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, &err)) != ARGS_END) {
        if (got == ARGS_ERROR)
            return cli_usage_error("policy", "%s", err.text);
        if (got == ARGS_PLAIN && c->path)
            return cli_usage_error("policy", "check takes one FILE, got '%s' too", value);
        double *pf = &c->in.failure_probability;
        if (got == ARGS_PLAIN)
            c->path = value;
        else if (id == 1)
            c->json = true;
        else if (id == 3)
            c->proposal_path = value;
        else if (!span_to_double(span_of(value), pf) || *pf < 0 || *pf > 1)
            return cli_usage_error("policy", "--failure-probability: want a fraction from 0 to 1, got '%s'", value);
    }
    return c->path ? CLI_EXIT_OK : cli_usage_error("policy", "check: want FILE");
}

static int check_command(int argc, char **argv)
{
    struct check c = { .in = { .failure_probability = NUM_UNKNOWN } };
    struct proposal *proposal = NULL;
    struct err err = ERR_INIT;
    int status = check_args(&c, argc, argv);
    if (status == CLI_EXIT_OK && c.proposal_path && !proposal_load(c.proposal_path, &proposal, &err))
        status = fail(&err);
    c.in.proposal = proposal;
    if (status == CLI_EXIT_OK)
        status = check_run(&c);
    proposal_free(proposal);
    return status;
}

/* --- eval --- */

struct eval {
    const char *names[PACKS_MAX];
    size_t count;
    const char *facts_path;
    bool json;
    struct policy_pack *packs[PACKS_MAX];
    struct fact_set facts;
    struct policy_result result;
};

static bool facts_load(struct eval *ev, struct err *err)
{
    CLEANUP(sb_release) struct sb text = { .cap = LIMITS_DEFAULT.json_body_bytes };
    CLEANUP(json_freep) struct json *doc = NULL;
    if (!fs_read(ev->facts_path, &text, err))
        return false;
    if (!json_parse(sb_span(&text), LIMITS_DEFAULT.json_depth, &doc, err) ||
        !facts_from_json(&ev->facts, doc, ORIGIN_DECLARED, ev->facts_path, err))
        return err_wrap(err, "%s", ev->facts_path);
    facts_defaults(&ev->facts);
    return facts_check(&ev->facts, err);
}

static bool eval_load(struct eval *ev, struct err *err)
{
    for (size_t i = 0; i < ev->count; i++) {
        if (!policy_pack_load(ev->names[i], &ev->packs[i], err))
            return false;
    }
    return facts_load(ev, err);
}

static void packs_json(struct jsonw *w, const struct eval *ev)
{
    jsonw_arr(w, "policies");
    for (size_t i = 0; i < ev->count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", ev->packs[i]->name);
        jsonw_strz(w, "version", ev->packs[i]->version);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void defaults_json(struct jsonw *w, const struct fact_set *f)
{
    jsonw_arr(w, "defaults");
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (f->v[i].known && f->v[i].origin == ORIGIN_DEFAULT)
            jsonw_strz(w, NULL, fact_infos[i].name);
    }
    jsonw_end_arr(w);
}

static void names_json(struct jsonw *w, const char *key, const enum fact_id *facts, uint32_t n)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < n; i++)
        jsonw_strz(w, NULL, fact_infos[facts[i]].name);
    jsonw_end_arr(w);
}

static void eval_json(struct sb *out, const struct eval *ev)
{
    const struct policy_result *r = &ev->result;
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/policy-eval/1");
    packs_json(&w, ev);
    defaults_json(&w, &ev->facts);
    jsonw_strz(&w, "goal", ev->facts.v[FACT_goal].text);
    jsonw_strz(&w, "stage", policy_stage_name(r->stage));
    policy_rules_json(&w, "rules", r);
    jsonw_strz(&w, "verdict", policy_verdict_name(r->verdict));
    jsonw_strz(&w, "decided_by", r->main >= 0 ? r->rules[r->main].rule->id : NULL);
    jsonw_bool(&w, "migration_allowed", r->migration_allowed);
    jsonw_strz(&w, "gate", policy_gate_name(r->gate));
    jsonw_obj(&w, "potential");
    jsonw_strz(&w, "verdict", policy_verdict_name(r->potential.verdict));
    names_json(&w, "missing", r->potential.missing, r->potential.missing_count);
    jsonw_end_obj(&w);
    policy_open_json(&w, "open", r);
    names_json(&w, "ask", r->ask, r->ask_count);
    policy_flips_json(&w, "flips", r);
    jsonw_end_obj(&w);
    sb_addc(out, '\n');
}

static void names_text(struct sb *out, const enum fact_id *facts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        sb_printf(out, "%s%s", i ? ", " : "", fact_infos[facts[i]].name);
}

static void rules_text(struct sb *out, const struct policy_result *r)
{
    static const char *const values[] = { [SQL_FALSE] = "0", [SQL_TRUE] = "1", [SQL_NULL] = "null" };
    for (uint32_t i = 0; i < r->rule_count; i++) {
        const struct policy_rule_result *x = &r->rules[i];
        sb_printf(out, "  %-4s  %-10s  %-26s %-8s", values[x->value], x->rule->id, x->rule->effect,
                  policy_basis_name(x->rule->basis));
        if (num_known(x->measured) && num_known(x->line))
            sb_printf(out, "  %.4g against %.4g", x->measured, x->line);
        sb_adds(out, x->exempted ? "  (exempted)\n" : "\n");
        if (policy_fired(x))
            sb_printf(out, "        %s\n", x->rule->reason);
    }
}

static void eval_text(struct sb *out, const struct eval *ev)
{
    const struct policy_result *r = &ev->result;
    sb_printf(out, "verdict  %s\n", policy_verdict_name(r->verdict));
    if (r->main >= 0)
        sb_printf(out, "because  %s: %s\n", r->rules[r->main].rule->id, r->rules[r->main].rule->reason);
    else
        sb_adds(out, "because  no rule of basis evidence or input fired\n");
    sb_printf(out, "gate     %s\npotential %s", policy_gate_name(r->gate), policy_verdict_name(r->potential.verdict));
    if (r->potential.missing_count > 0) {
        sb_adds(out, ", needs ");
        names_text(out, r->potential.missing, r->potential.missing_count);
    }
    sb_printf(out, "\n\nrules (goal %s)\n", ev->facts.v[FACT_goal].text);
    rules_text(out, r);
    sb_adds(out, r->open_count ? "\nopen\n" : "\nopen     nothing\n");
    for (uint32_t i = 0; i < r->open_count; i++) {
        const struct policy_open *o = &r->open[i];
        sb_printf(out, "  %-10s  %-22s  ", o->rule >= 0 ? r->rules[o->rule].rule->id : "together",
                  policy_verdict_name(o->verdict));
        names_text(out, o->facts, o->fact_count);
        sb_adds(out, o->fact_count ? "\n" : "nothing that is unknown: better values of what it reads\n");
    }
}

static int eval_run(struct eval *ev)
{
    struct err err = ERR_INIT;
    const struct policy_pack *packs[PACKS_MAX];
    struct policy_options opt = { .stage = STAGE_DECISION, .proposal_given = true, .flips = true, .packs_exact = true };
    if (!eval_load(ev, &err))
        return fail(&err);
    for (size_t i = 0; i < ev->count; i++)
        packs[i] = ev->packs[i];
    if (!policy_evaluate(packs, ev->count, &ev->facts, &opt, &ev->result, &err))
        return fail(&err);
    CLEANUP(sb_release) struct sb out = { 0 };
    if (ev->json)
        eval_json(&out, ev);
    else
        eval_text(&out, ev);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    policy_result_release(&ev->result);
    return CLI_EXIT_OK;
}

static int eval_args(struct eval *ev, int argc, char **argv)
{
    static const struct arg_option options[] = { { "--json", 1, false }, { "--facts", 2, true } };
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    const char *value = NULL;
    int id = 0;
    enum args_result got;
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, &err)) != ARGS_END) {
        if (got == ARGS_ERROR)
            return cli_usage_error("policy", "%s", err.text);
        if (got == ARGS_PLAIN && ev->count == PACKS_MAX)
            return cli_usage_error("policy", "at most %d packs", PACKS_MAX);
        if (got == ARGS_PLAIN)
            ev->names[ev->count++] = value;
        else if (id == 1)
            ev->json = true;
        else
            ev->facts_path = value;
    }
    if (ev->count == 0)
        return cli_usage_error("policy", "eval: want FILE or the NAME of a built-in pack");
    if (!ev->facts_path)
        return cli_usage_error("policy", "eval: want --facts FACTS.json");
    return CLI_EXIT_OK;
}

static int eval_command(int argc, char **argv)
{
    CLEANUP(freep) struct eval *ev = xcalloc(1, sizeof *ev);
    int status = eval_args(ev, argc, argv);
    if (status == CLI_EXIT_OK)
        status = eval_run(ev);
    for (size_t i = 0; i < ev->count; i++)
        policy_pack_free(ev->packs[i]);
    return status;
}

int cmd_policy(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "check") == 0)
        return check_command(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "eval") == 0)
        return eval_command(argc - 1, argv + 1);
    return cli_usage_error("policy", "want check or eval%s%s", argc > 1 ? ", got " : "", argc > 1 ? argv[1] : "");
}
