/* stet analyze: artefacts of one run in, one report out. */
#include "cli/cli.h"
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/vec.h"
#include "cli/output.h"
#include "cli/set.h"
#include "report/report.h"

enum option_id { OPT_OUT = 1, OPT_O, OPT_GATE, OPT_JSON, OPT_EXPLAIN };

static const struct arg_option options[] = {
    CLI_SET_OPTIONS,
    CLI_SYMBOL_OPTIONS,
    { "--out", OPT_OUT, true },
    { "-o", OPT_O, true },
    { "--gate", OPT_GATE, false },
    { "--json", OPT_JSON, false },
    { "--explain", OPT_EXPLAIN, true },
};

enum out_kind { OUT_TEXT, OUT_JSON, OUT_MD, OUT_HTML, OUT_SVG };
static const char *const out_names[] = { "text", "json", "md", "html", "svg" };

struct analyze {
    struct cli_set set;
    struct advise_input input;
    enum out_kind out;
    const char *out_path;
    bool gate;
};

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

static bool take_option(struct analyze *a, int id, const char *value, struct err *err)
{
    switch (id) {
    case OPT_OUT:
        return take_out(a, value, err);
    case OPT_O:
        a->out_path = value;
        return true;
    case OPT_GATE:
        a->gate = true;
        return true;
    case OPT_EXPLAIN:
        a->input.explain = span_of(value);
        a->out = OUT_JSON;
        return true;
    default:
        a->out = OUT_JSON;
        return true;
    }
}

static bool analyze_args(struct analyze *a, int argc, char **argv, struct err *err)
{
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    for (;;) {
        int id = 0;
        const char *value = NULL;
        bool ok;
        switch (args_next(&args, options, ARRAY_LEN(options), &id, &value, err)) {
        case ARGS_END:
            return a->set.files.count > 0 ||
                   err_set(err, ERR_USAGE, "want at least one FILE ('-' reads standard input)");
        case ARGS_ERROR:
            return false;
        case ARGS_PLAIN:
            VEC_PUSH(&a->set.files, value);
            cli_set_keep(&a->set, NULL, value);
            break;
        case ARGS_OPTION:
            if (!cli_set_option(&a->set, id, args_option_name(options, ARRAY_LEN(options), id), value, &ok, err))
                ok = take_option(a, id, value, err);
            if (!ok)
                return false;
            break;
        }
    }
}

static bool render_html(const struct analyze *a, const struct json *doc, struct sb *out, struct err *err)
{
    struct sb svg = { 0 };
    bool ok = cli_set_profile(&a->set) == NULL || cli_set_flame(&a->set, false, &svg, err);
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
        return cli_set_flame(&a->set, true, out, err);
    if (!json_parse(sb_span(json), 64, &doc, err))
        return false;
    if (a->out == OUT_MD)
        return report_markdown(doc, &(struct report_markdown_options){ 0 }, out, err);
    if (a->out == OUT_HTML)
        return render_html(a, doc, out, err);
    struct report_text_options text = output_text_options(a->out_path);
    return report_text(doc, &text, out, err);
}

static bool deliver(const struct analyze *a, const struct sb *json, const struct sb *out, struct err *err)
{
    if (!output_write(a->out_path, sb_span(out), err))
        return false;
    if (!a->out_path || !a->gate)
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
    bool ok = cli_set_read(&a->set, err);
    cli_set_input(&a->set, &a->input);
    a->input.asked = a->gate;
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
    struct analyze a = { .set = CLI_SET_INIT };
    bool ok = analyze_args(&a, argc, argv, &err);
    int status;
    if (!ok && err.code == ERR_USAGE) {
        status = cli_usage_error("analyze", "%s", err.text);
    } else {
        ok = ok && analyze_run(&a, &verdict, &err);
        status = !ok ? cli_error("analyze", &err) : a.gate ? advise_gate_exit(verdict.gate) : CLI_EXIT_OK;
    }
    cli_set_release(&a.set);
    return status;
}
