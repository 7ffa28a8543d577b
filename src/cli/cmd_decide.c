/* stet decide: a proposal and the evidence in, a decision out. */
#include "cli/cli.h"
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "advise/decide.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/vec.h"
#include "cli/output.h"
#include "cli/set.h"
#include "report/decision.h"

enum option_id { OPT_OUT = 1, OPT_O, OPT_GATE, OPT_JSON, OPT_EVIDENCE, OPT_DRAWS, OPT_AS_OF };

static const struct arg_option options[] = {
    CLI_SET_OPTIONS,
    CLI_SYMBOL_OPTIONS,
    { "--out", OPT_OUT, true },
    { "-o", OPT_O, true },
    { "--gate", OPT_GATE, false },
    { "--json", OPT_JSON, false },
    { "--evidence", OPT_EVIDENCE, true },
    { "--draws", OPT_DRAWS, true },
    { "--as-of", OPT_AS_OF, true },
};

enum out_kind { OUT_TEXT, OUT_JSON, OUT_MD, OUT_HTML };
static const char *const out_names[] = { "text", "json", "md", "html" };

enum { PROPOSAL_BYTES_MAX = 1 << 20, DRAWS_MOST = 10000000 };

struct decide_command {
    struct cli_set set;
    const char *path;
    struct proposal *proposal;
    struct decide_input input;
    enum out_kind out;
    const char *out_path;
    bool gate;
};

static bool take_out(struct decide_command *c, const char *value, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(out_names); i++) {
        if (strcmp(value, out_names[i]) == 0) {
            c->out = (enum out_kind)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "--out wants text, json, md or html, got '%s'", value);
}

static bool take_draws(struct decide_command *c, const char *value, struct err *err)
{
    uint64_t n = 0;
    if (!span_to_u64(span_of(value), &n) || n < 1 || n > DRAWS_MOST)
        return err_set(err, ERR_USAGE, "--draws wants a whole number from 1 to %d, got '%s'", DRAWS_MOST, value);
    c->input.draws = (uint32_t)n;
    return true;
}

static bool take_option(struct decide_command *c, int id, const char *value, struct err *err)
{
    switch (id) {
    case OPT_OUT:
        return take_out(c, value, err);
    case OPT_O:
        c->out_path = value;
        return true;
    case OPT_GATE:
        c->gate = true;
        return true;
    case OPT_EVIDENCE:
        VEC_PUSH(&c->set.files, value);
        cli_set_keep(&c->set, "--evidence", value);
        return true;
    case OPT_DRAWS:
        return take_draws(c, value, err);
    case OPT_AS_OF:
        return clock_parse(span_of(value), &c->set.as_of_us) ||
               err_set(err, ERR_USAGE, "--as-of wants a time like 2026-01-05T10:00:00Z, got '%s'", value);
    default:
        c->out = OUT_JSON;
        return true;
    }
}

static bool take_path(struct decide_command *c, const char *value, struct err *err)
{
    if (c->path)
        return err_set(err, ERR_USAGE, "want one proposal, got '%s' as well (files of a run: --evidence FILE)", value);
    c->path = value;
    cli_set_keep(&c->set, NULL, value);
    return true;
}

static bool decide_args(struct decide_command *c, int argc, char **argv, struct err *err)
{
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    for (;;) {
        int id = 0;
        const char *value = NULL;
        bool ok = true;
        switch (args_next(&args, options, ARRAY_LEN(options), &id, &value, err)) {
        case ARGS_END:
            return c->path != NULL || err_set(err, ERR_USAGE, "want PROPOSAL.json ('-' reads standard input)");
        case ARGS_ERROR:
            return false;
        case ARGS_PLAIN:
            ok = take_path(c, value, err);
            break;
        case ARGS_OPTION:
            if (!cli_set_option(&c->set, id, args_option_name(options, ARRAY_LEN(options), id), value, &ok, err))
                ok = take_option(c, id, value, err);
            break;
        }
        if (!ok)
            return false;
    }
}

/* Every field that cannot be used, a line each. */
static bool read_proposal(struct decide_command *c, struct err *err)
{
    CLEANUP(sb_release) struct sb text = { .cap = PROPOSAL_BYTES_MAX };
    struct field_errors errors = { 0 };
    if (!fs_read(c->path, &text, err))
        return false;
    bool ok = proposal_parse(sb_span(&text), &c->proposal, &errors, err) || err_wrap(err, "%s", c->path);
    for (size_t i = 0; i < errors.count; i++)
        (void)fprintf(stderr, "%s: %s: %s\n", c->path, errors.items[i].field, errors.items[i].text);
    if (!ok && errors.count > 1)
        (void)err_set(err, ERR_VALUE, "%s: %zu fields cannot be used", c->path, errors.count + errors.left_out);
    field_errors_release(&errors);
    return ok;
}

static bool render_html(const struct decide_command *c, const struct json *doc, struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb svg = { 0 };
    bool ok = cli_set_profile(&c->set) == NULL || cli_set_flame(&c->set, false, &svg, err);
    return ok && report_decision_standalone(doc, NULL, sb_span(&svg), out, err);
}

static bool render(const struct decide_command *c, const struct sb *json, struct sb *out, struct err *err)
{
    CLEANUP(json_freep) struct json *doc = NULL;
    if (c->out == OUT_JSON) {
        sb_add(out, sb_span(json));
        sb_addc(out, '\n');
        return true;
    }
    if (!json_parse(sb_span(json), 64, &doc, err))
        return false;
    if (c->out == OUT_MD)
        return report_decision_markdown(doc, NULL, out, err);
    if (c->out == OUT_HTML)
        return render_html(c, doc, out, err);
    struct report_text_options text = output_text_options(c->out_path);
    return report_decision_text(doc, &text, out, err);
}

static bool deliver(const struct decide_command *c, const struct sb *json, const struct sb *out, struct err *err)
{
    if (!output_write(c->out_path, sb_span(out), err))
        return false;
    if (!c->out_path || !c->gate)
        return true;
    CLEANUP(json_freep) struct json *doc = NULL;
    CLEANUP(sb_release) struct sb summary = { 0 };
    bool ok = json_parse(sb_span(json), 64, &doc, err) && report_decision_summary(doc, &summary, err);
    (void)fputs(sb_cstr(&summary), stderr);
    return ok;
}

static bool decide_run(struct decide_command *c, struct decide_verdict *ret, struct err *err)
{
    CLEANUP(sb_release) struct sb json = { 0 };
    CLEANUP(sb_release) struct sb out = { 0 };
    bool goal_asked = c->set.goal_given || facts_text(&c->set.declared, FACT_goal).len > 0;
    if (!read_proposal(c, err) || !cli_set_read(&c->set, err))
        return false;
    cli_set_input(&c->set, &c->input.base);
    c->input.base.goal_given = c->input.base.goal_given && goal_asked; /* the project's stands behind the proposal's */
    c->input.base.as_of_us = c->set.as_of_us;
    c->input.base.asked = c->gate;
    c->input.seed_given = c->set.seed_given;
    c->input.proposal = c->proposal;
    return decide_make(&c->input, &json, ret, err) && render(c, &json, &out, err) && deliver(c, &json, &out, err);
}

int cmd_decide(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct decide_verdict verdict = { .not_asked = false };
    struct decide_command c = { .set = CLI_SET_INIT };
    int status;
    if (!decide_args(&c, argc, argv, &err)) {
        status = err.code == ERR_USAGE ? cli_usage_error("decide", "%s", err.text) : cli_error("decide", &err);
    } else {
        bool ok = decide_run(&c, &verdict, &err);
        status = !ok ? cli_error("decide", &err) : c.gate ? advise_gate_exit(verdict.v.gate) : CLI_EXIT_OK;
    }
    proposal_free(c.proposal);
    cli_set_release(&c.set);
    return status;
}
