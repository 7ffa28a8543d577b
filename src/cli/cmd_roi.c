/* stet roi: a proposal in, what it costs and brings out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "advise/decide.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/set.h"
#include "report/roi_svg.h"
#include "report/roi_text.h"
#include "roi/roi.h"

enum option_id { OPT_EVIDENCE = 1, OPT_DRAWS, OPT_JSON, OPT_SVG, OPT_O, OPT_COMPONENT };
enum { DRAWS_MIN = 100, DRAWS_MAX = 10000000, BINS = 60 };

static const struct arg_option options[] = {
    CLI_SET_OPTIONS,
    CLI_SYMBOL_OPTIONS,
    { "--evidence", OPT_EVIDENCE, true },
    { "--component", OPT_COMPONENT, true },
    { "--draws", OPT_DRAWS, true },
    { "--json", OPT_JSON, false },
    { "--svg", OPT_SVG, true },
    { "-o", OPT_O, true },
};

struct job {
    struct cli_set set;
    const char *path, *out_path, *svg_folder;
    struct span component;
    uint32_t draws;
    bool json;
    struct proposal *proposal;
    struct field_errors faults;
};

static bool take_option(struct job *j, int id, const char *value, struct err *err)
{
    uint64_t n = 0;
    switch (id) {
    case OPT_EVIDENCE:
        VEC_PUSH(&j->set.files, value);
        return true;
    case OPT_COMPONENT:
        j->component = span_of(value);
        return true;
    case OPT_DRAWS:
        if (!span_to_u64(span_of(value), &n) || n < DRAWS_MIN || n > DRAWS_MAX)
            return err_set(err, ERR_USAGE, "--draws wants a whole number from %d to %d, got '%s'", (int)DRAWS_MIN,
                           (int)DRAWS_MAX, value);
        j->draws = (uint32_t)n;
        return true;
    case OPT_SVG:
        j->svg_folder = value;
        return true;
    case OPT_O:
        j->out_path = value;
        return true;
    default:
        j->json = true;
        return true;
    }
}

static bool job_args(struct job *j, int argc, char **argv, struct err *err)
{
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    for (;;) {
        int id = 0;
        bool ok;
        const char *value = NULL;
        switch (args_next(&args, options, ARRAY_LEN(options), &id, &value, err)) {
        case ARGS_END:
            return j->path != NULL || err_set(err, ERR_USAGE, "want PROPOSAL.json ('-' reads standard input)");
        case ARGS_ERROR:
            return false;
        case ARGS_PLAIN:
            if (j->path)
                return err_set(err, ERR_USAGE,
                               "want one PROPOSAL.json, got '%s' too; files of a run go behind --evidence", value);
            j->path = value;
            break;
        case ARGS_OPTION:
            if (!cli_set_option(&j->set, id, NULL, value, &ok, err))
                ok = take_option(j, id, value, err);
            if (!ok)
                return false;
            break;
        }
    }
}

static bool proposal_load(struct job *j, struct err *err)
{
    CLEANUP(sb_release) struct sb text = { .cap = (1 << 20) + 1 };
    if (!fs_read(j->path, &text, err))
        return false;
    if (proposal_parse(sb_span(&text), &j->proposal, &j->faults, err))
        return true;
    return err_wrap(err, "%s", j->path);
}

/* As a decision over the same proposal and files prices it: the same seed, the same numbers. */
static bool pricing_make(struct job *j, struct decide_pricing *ret, struct err *err)
{
    struct decide_input in = { .proposal = j->proposal, .packs_settled = true, .seed_given = j->set.seed_given };
    bool goal_asked = j->set.goal_given || facts_text(&j->set.declared, FACT_goal).len > 0;
    cli_set_input(&j->set, &in.base);
    in.base.goal_given = in.base.goal_given && goal_asked;
    return decide_pricing(&in, j->component, ret, err);
}

static void write_json(const struct proposal *p, const struct roi_result *r, const struct roi_staged *staged,
                       struct sb *out)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    roi_json_members(&w, r);
    jsonw_obj(&w, "proposal");
    jsonw_str(&w, "title", p->title);
    jsonw_strz(&w, "kind", p->kind_given ? proposal_kind_name(p->kind) : NULL);
    jsonw_str(&w, "from", p->from);
    jsonw_str(&w, "to", p->to);
    jsonw_strz(&w, "sha256", p->sha256);
    jsonw_end_obj(&w);
    jsonw_arr(&w, "not_read");
    for (uint32_t i = 0; i < p->unread_count; i++)
        jsonw_str(&w, NULL, p->unread[i]);
    jsonw_end_arr(&w);
    if (staged)
        roi_staged_json(&w, "staged", staged);
    else
        jsonw_null(&w, "staged");
    jsonw_end_obj(&w);
}

/* A prototype of weeks before a plan of weeks says nothing. */
static bool worth_staging(const struct roi_plan *plan, const struct roi_result *r)
{
    const double months_from = 3;
    struct roi_stage stage = roi_stage_of(plan);
    return num_known(r->p_roi_pos) && (stage.usd.kind != QUANTITY_ABSENT || 12 * r->point.build_years >= months_from);
}

static bool price(struct job *j, const struct decide_pricing *with, struct sb *json, struct err *err)
{
    const struct roi_evidence *ev = &with->evidence;
    struct roi_plan plan = roi_plan_of(j->proposal);
    struct roi_options opt = { .seed = with->seed, .draws = j->draws, .bins = BINS };
    struct roi_result r;
    struct roi_staged staged;
    plan.benefit = &with->benefit;
    plan.horizon_years = &with->horizon;
    plan.discount_rate = &with->discount;
    if (!roi_compute(&plan, ev, &opt, &r, err))
        return false;
    opt.direct = &r;
    bool both = worth_staging(&plan, &r), ok = !both || roi_staged(&plan, ev, NULL, &opt, &staged, err);
    if (ok)
        write_json(j->proposal, &r, both ? &staged : NULL, json);
    if (ok && both)
        roi_staged_release(&staged);
    roi_release(&r);
    return ok;
}

static bool pictures(const struct job *j, const struct json *doc, struct err *err)
{
    if (!j->svg_folder)
        return true;
    if (mkdir(j->svg_folder, 0777) != 0 && errno != EEXIST)
        return err_set(err, ERR_IO, "cannot make the folder %s: %s", j->svg_folder, strerror(errno));
    for (int k = 0; k < ROI_PICTURE_COUNT; k++) {
        struct err none = ERR_INIT;
        CLEANUP(sb_release) struct sb svg = { 0 }, path = { 0 };
        sb_printf(&path, "%s/%s.svg", j->svg_folder, roi_picture_name((enum roi_picture)k));
        if (!report_roi_svg(doc, (enum roi_picture)k, true, &svg, &none)) {
            (void)fprintf(stderr, "stet roi: no %s: %s\n", sb_cstr(&path), none.text);
            continue;
        }
        if (!fs_write(sb_cstr(&path), sb_span(&svg), err))
            return false;
    }
    return true;
}

static bool deliver(const struct job *j, const struct sb *json, struct err *err)
{
    CLEANUP(json_freep) struct json *doc = NULL;
    CLEANUP(sb_release) struct sb out = { 0 };
    struct report_text_options text = output_text_options(j->out_path);
    if (!json_parse(sb_span(json), 20, &doc, err) || !pictures(j, doc, err))
        return false;
    if (j->json) {
        sb_add(&out, sb_span(json));
        sb_addc(&out, '\n');
    } else if (!report_roi_text(doc, &text, &out, err)) {
        return false;
    }
    return output_write(j->out_path, sb_span(&out), err);
}

static bool job_run(struct job *j, struct err *err)
{
    CLEANUP(sb_release) struct sb json = { 0 };
    struct decide_pricing with;
    return proposal_load(j, err) && cli_set_read(&j->set, err) && pricing_make(j, &with, err) &&
           price(j, &with, &json, err) && deliver(j, &json, err);
}

/* One line a fault; the first stands in the message above them. */
static void print_faults(const struct field_errors *e)
{
    for (size_t i = 0; i < e->count && e->count > 1; i++)
        (void)fprintf(stderr, "  %s: %s\n", e->items[i].field, e->items[i].text);
    if (e->left_out > 0)
        (void)fprintf(stderr, "  and %zu more\n", e->left_out);
}

int cmd_roi(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct job j = { .set = CLI_SET_INIT };
    int status = CLI_EXIT_OK;
    if (!job_args(&j, argc, argv, &err)) {
        status = err.code == ERR_USAGE ? cli_usage_error("roi", "%s", err.text) : cli_error("roi", &err);
    } else if (!job_run(&j, &err)) {
        status = cli_error("roi", &err);
        print_faults(&j.faults);
    }
    field_errors_release(&j.faults);
    proposal_free(j.proposal);
    cli_set_release(&j.set);
    return status;
}
