/* stet compare: two runs, each of one or several files, held against each other. */
#include "cli/cli.h"
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "advise/compare.h"
#include "base/json.h"
#include "base/vec.h"
#include "cli/output.h"
#include "cli/set.h"
#include "report/compare_text.h"

enum option_id {
    OPT_OUT = 1,
    OPT_O,
    OPT_JSON,
    OPT_BASE,
    OPT_HEAD,
    OPT_BASE_FACT,
    OPT_HEAD_FACT,
    OPT_BASE_CLOCK,
    OPT_HEAD_CLOCK
};
enum { BASE, HEAD, SIDES };

static const struct arg_option options[] = {
    CLI_SET_OPTIONS,
    CLI_SYMBOL_OPTIONS,
    { "--out", OPT_OUT, true },
    { "-o", OPT_O, true },
    { "--json", OPT_JSON, false },
    { "--base", OPT_BASE, true },
    { "--head", OPT_HEAD, true },
    { "--base-fact", OPT_BASE_FACT, true },
    { "--head-fact", OPT_HEAD_FACT, true },
    { "--base-clock", OPT_BASE_CLOCK, true },
    { "--head-clock", OPT_HEAD_CLOCK, true },
};

enum out_kind { OUT_TEXT, OUT_JSON, OUT_MD };

struct side {
    struct cli_set set;
    struct sb json;
    struct json *doc;
    struct evidence *evidence;
};

struct comparing {
    struct side side[SIDES];
    enum out_kind out;
    const char *out_path;
};

static bool take_out(struct comparing *c, const char *value, struct err *err)
{
    static const char *const names[] = { "text", "json", "md" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            c->out = (enum out_kind)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "--out wants text, json or md, got '%s'", value);
}

static bool take_one(struct comparing *c, int side, int id, const char *name, const char *value, struct err *err)
{
    bool ok = true;
    return cli_set_option(&c->side[side].set, id, name, value, &ok, err) && ok;
}

static void add_file(struct side *s, const char *path)
{
    VEC_PUSH(&s->set.files, path);
    cli_set_keep(&s->set, NULL, path);
}

static bool take_option(struct comparing *c, int id, const char *value, struct err *err)
{
    switch (id) {
    case OPT_OUT:
        return take_out(c, value, err);
    case OPT_O:
        c->out_path = value;
        return true;
    case OPT_JSON:
        c->out = OUT_JSON;
        return true;
    case OPT_BASE:
    case OPT_HEAD:
        add_file(&c->side[id == OPT_BASE ? BASE : HEAD], value);
        return true;
    case OPT_BASE_FACT:
    case OPT_HEAD_FACT:
        return take_one(c, id == OPT_BASE_FACT ? BASE : HEAD, SET_OPT_FACT, "--fact", value, err);
    case OPT_BASE_CLOCK:
    case OPT_HEAD_CLOCK:
        return take_one(c, id == OPT_BASE_CLOCK ? BASE : HEAD, SET_OPT_CLOCK, "--clock", value, err);
    default:
        break;
    }
    for (int i = 0; i < SIDES; i++) {
        if (!take_one(c, i, id, args_option_name(options, ARRAY_LEN(options), id), value, err))
            return false;
    }
    return true;
}

/* The first two names are one of each side; more belong behind --base and --head. */
static bool compare_args(struct comparing *c, int argc, char **argv, struct err *err)
{
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    unsigned plain = 0;
    for (;;) {
        int id = 0;
        const char *value = NULL;
        switch (args_next(&args, options, ARRAY_LEN(options), &id, &value, err)) {
        case ARGS_END:
            if (c->side[BASE].set.files.count == 0 || c->side[HEAD].set.files.count == 0)
                return err_set(err, ERR_USAGE, "want BASE and HEAD, a file or folder each");
            return true;
        case ARGS_ERROR:
            return false;
        case ARGS_PLAIN:
            if (plain == SIDES)
                return err_set(err, ERR_USAGE,
                               "want two files or folders, got '%s' too: --base FILE and --head FILE add "
                               "to a side",
                               value);
            add_file(&c->side[plain++], value);
            break;
        case ARGS_OPTION:
            if (!take_option(c, id, value, err))
                return false;
            break;
        }
    }
}

static bool side_read(struct side *s, struct err *err)
{
    struct advise_input in = { 0 };
    struct advise_verdict verdict;
    if (!cli_set_read(&s->set, err))
        return false;
    cli_set_input(&s->set, &in);
    struct evidence_input of = EVIDENCE_INPUT_DEFAULT;
    of.artefacts = s->set.artefacts.items;
    of.artefact_count = (uint32_t)s->set.artefacts.count;
    of.process = in.process;
    of.runtime = in.runtime;
    of.overrides = in.overrides;
    return advise_analyse(&in, &s->json, &verdict, err) && json_parse(sb_span(&s->json), 64, &s->doc, err) &&
           compare_evidence(s->doc, &of, &s->evidence, err);
}

static struct compare_side side_of(const struct side *s)
{
    return (struct compare_side){ .doc = s->doc,
                                  .evidence = s->evidence,
                                  .artefacts = s->set.artefacts.items,
                                  .artefact_count = (uint32_t)s->set.artefacts.count,
                                  .label = span_of(s->set.files.items[0]) };
}

static bool render(const struct comparing *c, const struct sb *json, struct sb *out, struct err *err)
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
        return report_compare_markdown(doc, out, err);
    struct report_text_options text = output_text_options(c->out_path);
    return report_compare_text(doc, &text, out, err);
}

static bool compare_run(struct comparing *c, struct err *err)
{
    struct sb json = { 0 };
    struct sb out = { 0 };
    bool ok = side_read(&c->side[BASE], err) && side_read(&c->side[HEAD], err);
    if (ok) {
        struct compare_input in = { side_of(&c->side[BASE]), side_of(&c->side[HEAD]) };
        ok = compare_make(&in, &json, err) && render(c, &json, &out, err) &&
             output_write(c->out_path, sb_span(&out), err);
    }
    sb_release(&json);
    sb_release(&out);
    return ok;
}

int cmd_compare(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct comparing c = { .side = { { .set = CLI_SET_INIT }, { .set = CLI_SET_INIT } } };
    bool ok = compare_args(&c, argc, argv, &err);
    int status;
    if (!ok && err.code == ERR_USAGE)
        status = cli_usage_error("compare", "%s", err.text);
    else
        status = ok && compare_run(&c, &err) ? CLI_EXIT_OK : cli_error("compare", &err);
    for (int i = 0; i < SIDES; i++) {
        cli_set_release(&c.side[i].set);
        sb_release(&c.side[i].json);
        json_free(c.side[i].doc);
        evidence_free(c.side[i].evidence);
    }
    return status;
}
