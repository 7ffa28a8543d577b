/* Decisions from proposals: what the documents of a proposal bring along, whole and part, comparisons, waivers, watch
 * lists, claims, and what hostile documents cannot do. */
#include "decide_test.h"

#include <math.h>

#define HEAD "{\"schema\":\"stet/proposal/1\",\"title\":\"The whole tool in a compiled language\","
#define COST                                                                                                           \
    "\"cost\":{\"loc\":37824,\"loc_factor\":{\"lo\":1.35,\"hi\":1.7},\"devs\":2,"                                      \
    "\"months\":{\"lo\":18,\"mode\":21,\"hi\":24},\"rate_usd_year\":150000,\"salary_load\":1.0,"                       \
    "\"failure_probability\":{\"lo\":0.3,\"hi\":0.4},\"overrun\":\"reference_class\"},"
#define TOOL                                                                                                           \
    HEAD "\"kind\":\"full_rewrite\",\"from\":\"python\",\"to\":\"rust\",\"goal\":\"latency\"," COST                    \
         "\"horizon_years\":5,\"discount_rate\":0.10,"                                                                 \
         "\"facts\":{\"red_n\":5,\"dep_sdk_ready\":0,\"dep_gap_years\":3,\"dep_gap_blocking\":1},"                     \
         "\"packs\":[\"score-sheet\"],"
#define SAVES "\"benefit\":{\"saved_s_per_op\":0.075,\"usd_per_hour\":200,\"usable_share\":1.0"

/* A cheap change whose failure is unlikely: the return does not stand in the way. */
#define CHEAP                                                                                                          \
    "\"cost\":{\"devs\":1,\"months\":2,\"rate_usd_year\":120000,\"failure_probability\":0.05},"                        \
    "\"benefit\":{\"ops_per_year\":1000000,\"op_s\":12,\"usd_per_hour\":60},\"horizon_years\":5,"
#define KNOWN                                                                                                          \
    "load_representative=1 runs_n=3 evidence_age_days=1 code_changed=0 lost_share=0 broken_share=0 unknown_share=0 "   \
    "halves_z=0.5 runq_share=0 dep_sdk_ready=1 team_target_devs=2 has_profile=1 has_cpu_accounting=1 "                 \
    "native_visible=1 startup_share=0.01 coverage_ratio=1 samples_eff=300 "

static double num_at(const struct json *doc, const char *path)
{
    return json_num(json_path(doc, path), NUM_UNKNOWN);
}

static bool fired(const struct json *doc, const char *id)
{
    const struct json *r = row_with(json_get(doc, "rules"), "id", id);
    return json_num(json_get(r, "value"), 0) == 1 && !json_bool(json_get(r, "exempted"), false);
}

static const struct json *distance_of(const struct json *doc, const char *part)
{
    for (const struct json *r = json_first(json_get(doc, "distance")); r; r = json_next(r)) {
        struct span text = json_str(json_get(r, "text"));
        if (span_find(text, 0, span_of(part)) < text.len)
            return r;
    }
    return NULL;
}

/* --- as documented, with a volume, with a measurement --- */

static void without_a_profile_nothing_is_decided(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = TOOL SAVES "}}" }, &d);
    assert_string_equal(text_at(d.doc, "verdict"), "insufficient_evidence");
    assert_string_equal(text_at(d.doc, "gate"), "insufficient");
    assert_false(json_bool(json_get(d.doc, "migration_allowed"), true));
    assert_true(fired(d.doc, "EV-00") && fired(d.doc, "P001-RULE") && fired(d.doc, "P000-R") &&
                fired(d.doc, "P000-SDK"));
    assert_string_equal(text_at(d.doc, "potential.verdict"), "insufficient_evidence");
    assert_string_equal(text_at(d.doc, "schema"), "stet/decision/1");
    decided_release(&d);
}

static void a_volume_settles_it_on_the_own_claim(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = TOOL SAVES ",\"ops_per_year\":1000000}}" }, &d);
    assert_string_equal(text_at(d.doc, "verdict"), "do_not_migrate");
    assert_string_equal(text_at(d.doc, "reason_rule"), "ROI-03");
    assert_string_equal(text_at(d.doc, "gate"), "fail");
    assert_true(json_bool(json_path(d.doc, "roi.own_claim"), false));
    assert_true(num_at(d.doc, "facts.p_roi_pos_ceiling") < 0.001);
    assert_true(fabs(num_at(d.doc, "roi.point.npv") + 473879) < 1);
    /* 53.0 million operations a year where cost and benefit are equal */
    const struct json *zero = distance_of(d.doc, "cost and benefit are equal");
    assert_non_null(zero);
    assert_true(fabs(json_num(json_get(zero, "factor"), 0) - 53) < 0.5);
    assert_true(has_text(d.doc, "summary", "Even if all its CPU became free"));
    decided_release(&d);
}

static void the_caller_states_the_volume_over_the_proposal(void **state)
{
    (void)state;
    struct decided d;
    decide_given(
        &(struct given){ .proposal = TOOL SAVES ",\"ops_per_year\":100000000}}", .declared = "ops_per_year=1000000" },
        &d);
    assert_true(num_at(d.doc, "facts.ops_per_year") == 1e6);
    assert_true(num_at(d.doc, "roi.ops_per_year") == 1e6);
    assert_string_equal(text_at(d.doc, "verdict"), "do_not_migrate");
    decided_release(&d);
}

static void accounting_says_what_comes_first(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = TOOL SAVES ",\"ops_per_year\":1000000}}",
                                  .facts = "has_cpu_accounting=1 cpu_share=0.0003..0.0033 wall_s=300 "
                                           "amdahl_ceiling=1.0003..1.0033" },
                 &d);
    assert_string_equal(text_at(d.doc, "verdict"), "fix_wait_first");
    assert_string_equal(text_at(d.doc, "gate"), "fail");
    assert_true(fired(d.doc, "CPU-03") && fired(d.doc, "ROI-03"));
    decided_release(&d);
}

static void a_failure_probability_alone_keeps_the_gate_shut(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = TOOL SAVES ",\"ops_per_year\":300000000}}" }, &d);
    assert_true(fabs(num_at(d.doc, "facts.p_roi_pos_full") - 0.645) < 0.02);
    assert_true(has_text(d.doc, "cannot_open", "35 %"));
    assert_true(has_text(d.doc, "cannot_open", "at most 65 %"));
    assert_true(num_at(d.doc, "roi.pf_that_opens") <= 0.2);
    assert_non_null(row_with(json_get(d.doc, "alternatives"), "kind", "prototype"));
    decided_release(&d);
}

static void an_unknown_share_prices_no_free_cpu(void **state)
{
    (void)state;
    struct decided d;
    decide_given(
        &(struct given){ .proposal = TOOL "\"benefit\":{\"ops_per_year\":1000000,\"op_s\":1,\"usd_per_hour\":50}}",
                         .facts = "has_cpu_accounting=1 concurrency=overlapping util=0.01..0.01" },
        &d);
    assert_true(json_is_null(json_path(d.doc, "facts.p_roi_pos_ceiling")));
    assert_true(fired(d.doc, "EV-16") && !fired(d.doc, "ROI-03"));
    assert_string_equal(text_at(d.doc, "verdict"), "insufficient_evidence");
    decided_release(&d);
}

/* --- whole and part --- */

static const char *const part_facts =
    KNOWN "goal_gain=0.50 cpu_share=0.9833/0.9833/0.9833 addr_share=0.9548/0.9735/0.9799 "
          "native_cpu_share=0.0034/0.01/0.0290 amdahl_ceiling=22/37.7358/50 gain_ext=0.7719/0.8650/0.9 "
          "gain_full=0.8593/0.9411/0.96 ";

static void closed_for_the_whole_open_for_the_part(void **state)
{
    (void)state;
    struct decided d;
    decide_given(
        &(struct given){ .proposal = HEAD
                         "\"kind\":\"full_rewrite\",\"from\":\"python\",\"to\":\"rust\",\"goal\":\"latency\"," CHEAP
                         "\"components\":[{\"name\":\"simulate\",\"match\":[\"simulate*\"]}],"
                         "\"alternatives\":[{\"title\":\"One function in C\",\"kind\":\"native_extension\","
                         "\"cost\":{\"devs\":1,\"months\":1,\"failure_probability\":0.05},"
                         "\"benefit\":{\"saved_s_per_op\":9}}]}",
                         .facts = part_facts },
        &d);
    assert_string_equal(text_at(d.doc, "verdict"), "native_extension");
    assert_string_equal(text_at(d.doc, "gate"), "fail");
    assert_false(json_bool(json_path(d.doc, "whole.open"), true));
    assert_true(json_bool(json_path(d.doc, "part.open"), false));
    assert_true(d.verdict.part_open);
    assert_true(has_text(d.doc, "summary", "Closed for the whole, open for the part"));
    assert_true(has_text(d.doc, "scope_sentence", "simulate"));
    assert_string_equal(text_at(d.doc, "p_roi_pos_ext_of"), "One function in C");
    assert_in_range(json_str(json_get(d.doc, "summary")).len, 20, 240);
    decided_release(&d);
}

static void what_is_missing_opens_a_part_at_most(void **state)
{
    (void)state;
    struct decided d;
    static const char stated[] = "load_representative=1 ";
    assert_memory_equal(part_facts, stated, sizeof stated - 1);
    const char *facts = part_facts + sizeof stated - 1;
    decide_given(
        &(struct given){ .proposal = HEAD
                         "\"kind\":\"full_rewrite\",\"from\":\"python\",\"to\":\"rust\",\"goal\":\"latency\"," CHEAP
                         "\"components\":[{\"name\":\"simulate\",\"match\":[\"simulate*\"]}],"
                         "\"alternatives\":[{\"title\":\"One function in C\",\"kind\":\"native_extension\","
                         "\"cost\":{\"devs\":1,\"months\":1,\"failure_probability\":0.05},"
                         "\"benefit\":{\"saved_s_per_op\":9}}]}",
                         .facts = facts },
        &d);
    assert_string_equal(text_at(d.doc, "verdict"), "optimise_in_place");
    assert_string_equal(text_at(d.doc, "gate"), "fail");
    assert_string_equal(text_at(d.doc, "potential.verdict"), "native_extension");
    assert_true(has_text(d.doc, "summary", "a whole rewrite stays closed"));
    assert_true(has_text(d.doc, "summary", "for one part, still to be given: that this load is the real one"));
    assert_true(has_text(d.doc, "whole.sentence", "Closed: "));
    assert_true(has_text(d.doc, "part.sentence", "Not decided yet: simulate"));
    assert_in_range(json_str(json_get(d.doc, "summary")).len, 20, 240);
    decided_release(&d);
}

static void a_part_that_reaches_the_goal_is_open(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal =
                                      HEAD "\"kind\":\"native_extension\",\"from\":\"python\",\"to\":\"rust\","
                                           "\"goal\":\"latency\"," CHEAP
                                           "\"components\":[{\"name\":\"simulate\",\"match\":[\"simulate*\"]}]}",
                                  .facts = part_facts },
                 &d);
    assert_string_equal(text_at(d.doc, "verdict"), "native_extension");
    assert_string_equal(text_at(d.doc, "reason_rule"), "AD-05");
    assert_string_equal(text_at(d.doc, "gate"), "pass");
    assert_true(json_bool(json_path(d.doc, "part.open"), false));
    assert_true(num_at(d.doc, "facts.p_roi_pos_ext") >= 0.8);
    decided_release(&d);
}

static void a_flat_profile_supports_the_whole(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = HEAD "\"kind\":\"full_rewrite\",\"from\":\"python\",\"to\":\"rust\","
                                                   "\"goal\":\"latency\"," CHEAP "\"risks\":[]}",
                                  .facts = KNOWN "goal_gain=0.50 cpu_share=0.9833/0.9833/0.9833 "
                                                 "addr_share=0.9548/0.9735/0.9799 native_cpu_share=0.0034/0.01/0.0290 "
                                                 "amdahl_ceiling=22/37.7358/50 gain_ext=0.15/0.2376/0.24 "
                                                 "gain_full=0.8593/0.9411/0.96 p_roi_pos_ext=0.6 " },
                 &d);
    assert_string_equal(text_at(d.doc, "verdict"), "full_migration");
    assert_string_equal(text_at(d.doc, "gate"), "pass");
    assert_true(json_bool(json_path(d.doc, "whole.open"), false));
    decided_release(&d);
}

static void a_default_failure_probability_never_decides(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = HEAD
                                  "\"kind\":\"native_extension\",\"from\":\"python\",\"to\":\"rust\","
                                  "\"goal\":\"latency\",\"cost\":{\"devs\":1,\"months\":2,\"rate_usd_year\":120000},"
                                  "\"benefit\":{\"ops_per_year\":1000000,\"op_s\":12,\"usd_per_hour\":60}}",
                                  .facts = part_facts },
                 &d);
    assert_true(json_bool(json_path(d.doc, "roi.pf_default"), false));
    assert_true(json_is_null(json_path(d.doc, "facts.p_roi_pos_ext")));
    assert_string_equal(text_at(d.doc, "verdict"), "optimise_in_place");
    assert_string_equal(text_at(d.doc, "gate"), "insufficient");
    assert_string_equal(text_at(d.doc, "potential.verdict"), "native_extension");
    decided_release(&d);
}

/* --- not a question for a profile --- */

static void a_goal_that_no_profile_speaks_of(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = HEAD "\"kind\":\"full_rewrite\",\"goal\":\"memory safety\"," COST SAVES
                                                   ",\"ops_per_year\":1000000}}" },
                 &d);
    assert_true(d.verdict.not_asked && json_bool(json_get(d.doc, "not_asked"), false));
    assert_string_equal(text_at(d.doc, "verdict"), "insufficient_evidence");
    assert_string_equal(text_at(d.doc, "gate"), "insufficient");
    assert_string_equal(text_at(d.doc, "headline"), "Not a question for a profile");
    assert_true(has_text(d.doc, "summary", "memory safety"));
    assert_true(json_count(json_get(d.doc, "next")) == 0);
    assert_true(json_is_null(json_get(d.doc, "part")));
    decided_release(&d);
}

/* --- finished ports --- */

static void a_finished_port_is_judged_by_its_comparison(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal =
                                      HEAD "\"kind\":\"full_rewrite\",\"goal\":\"cost\",\"from\":\"go\","
                                           "\"to\":\"rust\",\"operations\":[{\"name\":\"a request\",\"op_s\":0.02}],"
                                           "\"cost\":{\"devs\":2,\"months\":6,\"rate_usd_year\":150000,"
                                           "\"failure_probability\":0},\"benefit\":{\"cpu_hours_year\":20000000,"
                                           "\"usd_per_cpu_hour\":0.04}}",
                                  .facts = "ab_measured=1 ab_scope=goal ab_gain=0.62/0.7/0.775 load_representative=1 "
                                           "runs_n=3 evidence_age_days=1 code_changed=0 dep_sdk_ready=1 "
                                           "team_target_devs=2 sized_by=cpu" },
                 &d);
    assert_string_equal(text_at(d.doc, "comparison.stage"), "after_build");
    assert_string_equal(text_at(d.doc, "verdict"), "full_migration");
    assert_string_equal(text_at(d.doc, "gate"), "pass");
    assert_true(num_at(d.doc, "facts.p_roi_pos_full") > 0.9);
    for (const struct json *o = json_first(json_get(d.doc, "operations")); o; o = json_next(o))
        assert_true(json_is_null(json_get(o, "expected_x")));
    assert_true(has_text(d.doc, "summary", "both versions were measured"));
    decided_release(&d);
}

static void a_micro_benchmark_is_no_finished_port(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = HEAD "\"kind\":\"native_extension\"}",
                                  .facts = "ab_measured=1 ab_scope=micro ab_gain=0.8..0.9 load_representative=1" },
                 &d);
    assert_string_equal(text_at(d.doc, "comparison.stage"), "before_build");
    assert_string_equal(text_at(d.doc, "verdict"), "insufficient_evidence");
    assert_true(fired(d.doc, "EV-22"));
    decided_release(&d);
}

/* --- waivers and exemptions --- */

static const int64_t in_january = 1767225600000000, in_june = 1780272000000000;

static void a_waiver_opens_the_gate_and_not_the_verdict(void **state)
{
    (void)state;
    struct decided d;
    const struct decide_waiver w = { SPAN(""), SPAN("the platform lead"), SPAN("a trial on one machine"), in_june };
    struct given g = {
        .proposal = TOOL SAVES ",\"ops_per_year\":1000000}}", .waivers = &w, .waiver_count = 1, .as_of_us = in_january
    };
    decide_given(&g, &d);
    assert_string_equal(text_at(d.doc, "gate"), "waived");
    assert_string_equal(text_at(d.doc, "verdict"), "do_not_migrate");
    assert_true(has_text(d.doc, "summary", "Waived by the platform lead until 2026-06-01"));
    assert_true(has_text(d.doc, "summary", "the evidence says:"));
    assert_int_equal(d.verdict.waivers_held, 1);
    assert_string_equal(text_at(json_first(json_get(d.doc, "waivers")), "state"), "active");
    decided_release(&d);
    g.as_of_us = in_june + 1;
    decide_given(&g, &d);
    assert_string_equal(text_at(d.doc, "gate"), "fail");
    assert_string_equal(text_at(json_first(json_get(d.doc, "waivers")), "state"), "expired");
    decided_release(&d);
    g.as_of_us = 0; /* at no stated moment nothing is known to hold */
    decide_given(&g, &d);
    assert_string_equal(text_at(d.doc, "gate"), "fail");
    decided_release(&d);
}

static void a_waiver_of_one_rule_has_to_be_enough(void **state)
{
    (void)state;
    struct decided d;
    const char *proposal =
        HEAD "\"kind\":\"native_extension\",\"from\":\"python\",\"to\":\"rust\",\"goal\":\"latency\"," CHEAP
             "\"components\":[{\"name\":\"simulate\",\"match\":[\"simulate*\"]}]}";
    char facts[1200];
    (void)snprintf(facts, sizeof facts, "%s runs_n=3 load_representative=0", part_facts);
    struct decide_waiver w = { SPAN("EV-08"), SPAN("the team"), SPAN("no other load is to be had"), in_june };
    struct given g = { .proposal = proposal, .facts = facts, .waivers = &w, .waiver_count = 1, .as_of_us = in_january };
    decide_given(&g, &d); /* EV-11 holds it at level 3 all the same */
    assert_string_equal(text_at(d.doc, "gate"), "insufficient");
    decided_release(&d);
    const struct decide_waiver both[] = { w, { SPAN("EV-11"), SPAN("the team"), SPAN("the same"), in_june } };
    g.waivers = both;
    g.waiver_count = 2;
    decide_given(&g, &d);
    assert_string_equal(text_at(d.doc, "gate"), "waived");
    assert_string_equal(text_at(d.doc, "verdict"), "insufficient_evidence");
    decided_release(&d);
}

static void an_exemption_of_the_project_lifts_the_rule(void **state)
{
    (void)state;
    struct decided d;
    struct given g = { .proposal = TOOL SAVES ",\"ops_per_year\":1000000}}",
                       .project = "{\"schema\":\"stet/project/1\",\"thresholds\":{\"goal_gain\":0.2},"
                                  "\"exemptions\":[{\"rule\":\"ROI-03\",\"owner\":\"the lead\",\"reason\":\"a trial\","
                                  "\"until\":\"2026-03-31\"}],\"watch\":[{\"id\":\"review\",\"title\":\"Look again\","
                                  "\"date\":\"2026-06-01\"}]}",
                       .as_of_us = in_january };
    decide_given(&g, &d);
    assert_string_equal(text_at(d.doc, "verdict"), "insufficient_evidence");
    assert_true(num_at(d.doc, "facts.goal_gain") == 0.2);
    assert_string_equal(text_at(json_first(json_get(d.doc, "exemptions")), "state"), "holds");
    assert_string_equal(text_at(row_with(json_get(d.doc, "watch"), "id", "review"), "state"), "clear");
    decided_release(&d);
    g.as_of_us = in_june + 1;
    decide_given(&g, &d);
    assert_string_equal(text_at(d.doc, "verdict"), "do_not_migrate");
    assert_string_equal(text_at(row_with(json_get(d.doc, "watch"), "id", "review"), "state"), "fired");
    decided_release(&d);
}

/* --- watch list, gaps, claims --- */

static void conditions_have_a_state_and_their_numbers(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = TOOL SAVES
                                  "},\"watch\":["
                                  "{\"id\":\"rate\",\"title\":\"Ten thousand a second\",\"when\":"
                                  "\"msg_rate_sustained > 10000\"},"
                                  "{\"id\":\"later\",\"title\":\"Unknown yet\",\"when\":\"fsm_nodes > 3\"},"
                                  "{\"id\":\"day\",\"title\":\"Look again\",\"date\":\"2026-06-01\"},"
                                  "{\"id\":\"hand\",\"title\":\"Prototype proven\",\"manual\":true}]}",
                                  .facts = "msg_rate_sustained=12000 becomes_daemon=1",
                                  .as_of_us = in_january },
                 &d);
    const struct json *watch = json_get(d.doc, "watch"), *rate = row_with(watch, "id", "rate");
    assert_string_equal(text_at(rate, "state"), "fired");
    assert_string_equal(text_at(rate, "fact"), "msg_rate_sustained");
    assert_true(num_at(rate, "now") == 12000 && num_at(rate, "line") == 10000);
    assert_string_equal(text_at(row_with(watch, "id", "later"), "state"), "unknown");
    assert_string_equal(text_at(row_with(watch, "id", "day"), "state"), "clear");
    assert_string_equal(text_at(row_with(watch, "id", "hand"), "kind"), "manual");
    assert_string_equal(text_at(row_with(watch, "id", "P000-W1"), "state"), "fired");
    assert_non_null(row_with(json_get(d.doc, "reopen"), "rule", "P000-W1"));
    assert_string_equal(text_at(d.doc, "verdict"), "insufficient_evidence"); /* a trigger changes no verdict */
    decided_release(&d);
}

static void gaps_are_no_benefit_of_a_rewrite(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = TOOL SAVES
                                  "},\"gaps\":["
                                  "{\"id\":\"V1\",\"title\":\"Retry\",\"status\":\"done\"},"
                                  "{\"id\":\"V2\",\"title\":\"Transactions\",\"status\":\"open\",\"booked\":true},"
                                  "{\"id\":\"V5\",\"title\":\"Dead letters\",\"status\":\"partial\"}]}",
                                  .packs = "gc-and-triggers" },
                 &d);
    assert_true(num_at(d.doc, "v_open_count") == 2);
    assert_non_null(row_with(json_get(d.doc, "actions"), "action", "harden_first"));
    assert_non_null(row_with(json_get(d.doc, "refuted"), "rule", "P004-V"));
    decided_release(&d);
}

static void claims_are_held_against_the_ceiling(void **state)
{
    (void)state;
    struct decided d;
    decide_given(
        &(struct given){ .proposal =
                             HEAD "\"kind\":\"full_rewrite\",\"claims\":["
                                  "{\"text\":\"five times\",\"factor\":5,\"evidence\":\"borrowed\"},"
                                  "{\"text\":\"a little\",\"factor\":1.05,\"evidence\":\"none\"},"
                                  "{\"text\":\"the parser ten times\",\"factor\":10,\"component\":\"parser\"}]}",
                         .facts = "has_cpu_accounting=1 cpu_share=0.0740/0.0740/0.0741 amdahl_ceiling=1/1.05/1.08",
                         .packs = "module-claims" },
        &d);
    const struct json *claims = json_get(d.doc, "claims");
    assert_string_equal(text_at(row_with(claims, "text", "five times"), "verdict"), "above_ceiling");
    assert_string_equal(text_at(row_with(claims, "text", "a little"), "verdict"), "within_ceiling");
    assert_non_null(row_with(json_get(d.doc, "refuted"), "rule", "P003-AMD"));
    assert_true(fired(d.doc, "P003-BOR"));
    assert_string_equal(text_at(d.doc, "verdict"), "fix_wait_first");
    decided_release(&d);
}

/* Start-up was not measured where the whole job was: its claim is unproven, not refuted, and no rule reads it. */
static void a_claim_of_something_else_is_held_against_nothing(void **state)
{
    (void)state;
    struct decided d;
    decide_given(
        &(struct given){
            .proposal = "{\"kind\":\"full_rewrite\",\"operations\":[{\"name\":\"start\",\"op_s\":0.1},"
                        "{\"name\":\"job\",\"op_s\":300}],\"claims\":["
                        "{\"text\":\"of the start\",\"factor\":4,\"operation\":\"start\",\"evidence\":\"own\"},"
                        "{\"text\":\"of YAML\",\"factor\":10,\"component\":\"YAML\"},"
                        "{\"text\":\"of the job\",\"factor\":1.001,\"operation\":\"job\"}]}",
            .facts = "has_cpu_accounting=1 op_s=300 wall_s=300 concurrency=one_at_a_time cpu_share=0.001/0.002/0.003",
            .packs = "module-claims" },
        &d);
    const struct json *claims = json_get(d.doc, "claims");
    assert_string_equal(text_at(row_with(claims, "text", "of the start"), "verdict"), "unproven");
    assert_true(has_text(row_with(claims, "text", "of the start"), "outside", "another operation"));
    assert_string_equal(text_at(row_with(claims, "text", "of YAML"), "verdict"), "unproven");
    assert_string_equal(text_at(row_with(claims, "text", "of the job"), "verdict"), "within_ceiling");
    assert_true(json_num(json_path(d.doc, "facts.claimed_x"), 0) == 1.001);
    assert_null(strstr(fired_in(d.doc), "P003-AMD"));
    decided_release(&d);
}

/* What is not a rewrite of the whole is on the level of one component: its own return is what the rules read. */
static void a_swap_is_judged_by_its_own_return(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = "{\"kind\":\"component_swap\",\"cost\":{\"devs\":1,\"months\":1,"
                                              "\"rate_usd_year\":120000,\"failure_probability\":0.05},"
                                              "\"benefit\":{\"other_usd_year\":1000000}}" },
                 &d);
    assert_true(json_num(json_path(d.doc, "facts.p_roi_pos_ext"), 0) > 0.9);
    assert_true(json_is_null(json_path(d.doc, "facts.p_roi_pos_full")));
    assert_false(fired(d.doc, "ROI-05"));
    decided_release(&d);
}

/* For memory the rules open one part: a whole that is measured and priced is asked for that alternative, not again for
 * what was given. */
static void a_measured_whole_is_asked_for_its_part(void **state)
{
    (void)state;
    struct decided d;
    decide_given(
        &(struct given){ .proposal = "{\"kind\":\"full_rewrite\",\"goal\":\"memory\",\"cost\":{\"devs\":1,\"months\":3,"
                                     "\"rate_usd_year\":120000,\"failure_probability\":0.1,"
                                     "\"maintenance_usd_year\":5000},\"benefit\":{\"mem_saved_gb\":5000}}",
                         .declared = "mem_measured=1 has_cpu_accounting=1" },
        &d);
    bool asked = false;
    for (const struct json *n = json_first(json_get(d.doc, "next")); n; n = json_next(n)) {
        assert_false(has_text(n, "command", "mem_measured=1"));
        asked = asked || has_text(n, "text", "alternative of kind native_extension");
    }
    assert_true(asked);
    decided_release(&d);
}

static struct decide_pricing priced(const char *json, const struct fact_set *stated, const char *component)
{
    struct proposal *p = NULL;
    struct field_errors errors = { .items = NULL };
    struct err err = ERR_INIT;
    struct decide_pricing with;
    assert_true(proposal_parse(span_of(json), &p, &errors, &err));
    struct decide_input in = { .proposal = p, .packs_settled = true, .base.declared = stated };
    assert_true(decide_pricing(&in, span_of(component), &with, &err));
    proposal_free(p);
    return with;
}

/* Stated shares alone: what the change can touch is the CPU share times what is not native; without the composition
 * nothing says what that is, and the proposal's own saving stands, cut at what free CPU would give. */
static void stated_shares_price_the_whole(void **state)
{
    static const char whole[] = "{\"kind\":\"full_rewrite\",\"from\":\"python\",\"to\":\"rust\"}";
    struct fact_set *f = xcalloc(1, sizeof *f);
    (void)state;
    facts_set_num(f, FACT_op_s, 0.4, ORIGIN_DECLARED, "test");
    facts_set_num(f, FACT_has_cpu_accounting, 1, ORIGIN_DECLARED, "test");
    for (int i = 0; i < 3; i++)
        facts_set_num(f, (enum fact_id)(FACT_cpu_share_lo + i), 0.4 + 0.1 * i, ORIGIN_DECLARED, "test");
    struct roi_evidence r = priced(whole, f, "").evidence;
    assert_false(share_known(r.p) || share_known(r.q));
    assert_true(r.op_s == 0.4 && fabs(r.cpu_share_hi - 0.6) < 1e-12);
    for (int i = 0; i < 3; i++)
        facts_set_num(f, (enum fact_id)(FACT_native_cpu_share_lo + i), 0.2 + 0.1 * i, ORIGIN_DECLARED, "test");
    r = priced(whole, f, "").evidence;
    assert_true(fabs(r.p.lo - 0.4 * 0.6) < 1e-12 && fabs(r.p.hi - 0.6 * 0.8) < 1e-12);
    assert_true(fabs(r.q.lo - 0.6) < 1e-12 && fabs(r.q.hi - 0.8) < 1e-12);
    r = priced("{\"kind\":\"runtime_upgrade\",\"from\":\"python\"}", f, "").evidence;
    assert_false(share_known(r.p) || num_known(r.speed.lo));
    r = priced(whole, f, "parser").evidence; /* a part that nothing shows */
    assert_false(share_known(r.p));
    free(f);
}

static void the_score_sheet_counts_no_unknown(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal = HEAD "\"kind\":\"full_rewrite\",\"packs\":[\"score-sheet\"]}",
                                  .facts = "has_cpu_accounting=1 cpu_share=0.1/0.1/0.1 dep_sdk_ready=0 "
                                           "complex_state=1 team_target_devs=1" },
                 &d);
    assert_true(num_at(d.doc, "score.red_n") == 3 && num_at(d.doc, "score.green_n") == 1);
    assert_true(json_count(json_path(d.doc, "score.red")) == 5 && json_count(json_path(d.doc, "score.green")) == 5);
    const struct json *fast = row_with(json_path(d.doc, "score.red"), "name", "The product changes fast");
    assert_true(json_is_null(json_get(fast, "present")));
    assert_true(num_at(d.doc, "facts.red_n") == 3);
    decided_release(&d);
    decide_given(&(struct given){ .proposal = HEAD "\"kind\":\"full_rewrite\"}" }, &d);
    assert_true(json_is_null(json_get(d.doc, "score")));
    decided_release(&d);
}

static void a_proposal_grants_itself_nothing(void **state)
{
    (void)state;
    struct decided d;
    const char *proposal =
        HEAD COST SAVES ",\"ops_per_year\":1000000},\"kind\":\"full_rewrite\",\"facts\":{\"exempt_001\":1,"
                        "\"p_roi_pos_full\":1,\"p_roi_pos_ceiling\":1}}";
    decide_given(&(struct given){ .proposal = proposal }, &d);
    assert_true(fired(d.doc, "P001-RULE") && fired(d.doc, "ROI-03"));
    assert_string_equal(text_at(d.doc, "verdict"), "do_not_migrate");
    assert_true(json_count(json_get(d.doc, "ignored_facts")) == 3);
    decided_release(&d);
    decide_given(&(struct given){ .proposal = proposal, .declared = "p_roi_pos_ceiling=0.5 exempt_001=1" }, &d);
    assert_false(fired(d.doc, "ROI-03") || fired(d.doc, "P001-RULE"));
    decided_release(&d);
}

/* --- the same input, and hostile input --- */

static void the_same_input_gives_the_same_bytes(void **state)
{
    (void)state;
    struct decided a, b;
    const struct given g = { .proposal = TOOL SAVES ",\"ops_per_year\":{\"lo\":1e6,\"hi\":1e8}}}" };
    decide_given(&g, &a);
    decide_given(&g, &b);
    assert_true(span_eq(sb_span(&a.text), sb_span(&b.text)));
    assert_true(a.verdict.seed == b.verdict.seed && a.verdict.seed != 0);
    decided_release(&a);
    decided_release(&b);
}

static void words_of_a_proposal_are_inert(void **state)
{
    (void)state;
    struct decided d;
    decide_given(&(struct given){ .proposal =
                                      "{\"schema\":\"stet/proposal/1\",\"title\":\"<script>alert(1)</script>\","
                                      "\"scope\":\"'); DROP TABLE f; --\",\"kind\":\"full_rewrite\","
                                      "\"goal\":\"latency\",\"claims\":[{\"text\":\"\\u001b[31mred\"}],"
                                      "\"watch\":[{\"id\":\"a|b\",\"title\":\"x | 1 | settle:1 | evidence | y\","
                                      "\"when\":\"cpu_share_lo >= 0.5\"}]}" },
                 &d);
    assert_string_equal(text_at(d.doc, "verdict"), "insufficient_evidence");
    assert_string_equal(text_at(d.doc, "proposal.title"), "<script>alert(1)</script>");
    decided_release(&d);
}

static bool decides(const char *proposal, const char *packs, struct err *err)
{
    struct field_errors errors = { 0 };
    struct proposal *p = NULL;
    struct sb out = { 0 };
    struct decide_verdict v;
    struct policy_pack *pack = NULL;
    bool ok = proposal_parse(span_of(proposal), &p, &errors, err);
    if (ok && packs)
        ok = policy_pack_builtin(span_of(packs), &pack, err);
    const struct policy_pack *const list[] = { pack };
    struct decide_input in = { .proposal = p, .draws = 1000 };
    in.base.packs = list;
    in.base.pack_count = pack != NULL;
    ok = ok && decide_make(&in, &out, &v, err);
    field_errors_release(&errors);
    policy_pack_free(pack);
    proposal_free(p);
    sb_release(&out);
    return ok;
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_false(decides(HEAD "\"packs\":[\"no-such-pack\"]}", NULL, &err));
    assert_non_null(strstr(err.text, "no-such-pack"));
    err = ERR_INIT;
    assert_false(decides(HEAD "\"watch\":[{\"id\":\"w\",\"when\":\"1; DROP TABLE f\"}]}", NULL, &err));
    assert_non_null(strstr(err.text, "watch[0]"));
    err = ERR_INIT;
    assert_false(decides(HEAD "\"watch\":[{\"id\":\"w\",\"when\":\"cpu_shar_lo > 0.5\"}]}", NULL, &err));
    assert_non_null(strstr(err.text, "cpu_share_lo"));
    err = ERR_INIT;
    assert_false(decides(HEAD "\"facts\":{\"cpu_share_lo\":0.9,\"cpu_share_hi\":0.1}}", NULL, &err));
    assert_true(decides(HEAD "\"cost\":{\"devs\":0,\"months\":0.01}}", "standing", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_profile_nothing_is_decided),
        cmocka_unit_test(a_volume_settles_it_on_the_own_claim),
        cmocka_unit_test(the_caller_states_the_volume_over_the_proposal),
        cmocka_unit_test(accounting_says_what_comes_first),
        cmocka_unit_test(a_failure_probability_alone_keeps_the_gate_shut),
        cmocka_unit_test(an_unknown_share_prices_no_free_cpu),
        cmocka_unit_test(closed_for_the_whole_open_for_the_part),
        cmocka_unit_test(what_is_missing_opens_a_part_at_most),
        cmocka_unit_test(a_part_that_reaches_the_goal_is_open),
        cmocka_unit_test(a_flat_profile_supports_the_whole),
        cmocka_unit_test(a_default_failure_probability_never_decides),
        cmocka_unit_test(a_goal_that_no_profile_speaks_of),
        cmocka_unit_test(a_finished_port_is_judged_by_its_comparison),
        cmocka_unit_test(a_micro_benchmark_is_no_finished_port),
        cmocka_unit_test(a_waiver_opens_the_gate_and_not_the_verdict),
        cmocka_unit_test(a_waiver_of_one_rule_has_to_be_enough),
        cmocka_unit_test(an_exemption_of_the_project_lifts_the_rule),
        cmocka_unit_test(conditions_have_a_state_and_their_numbers),
        cmocka_unit_test(gaps_are_no_benefit_of_a_rewrite),
        cmocka_unit_test(claims_are_held_against_the_ceiling),
        cmocka_unit_test(a_claim_of_something_else_is_held_against_nothing),
        cmocka_unit_test(stated_shares_price_the_whole),
        cmocka_unit_test(a_swap_is_judged_by_its_own_return),
        cmocka_unit_test(a_measured_whole_is_asked_for_its_part),
        cmocka_unit_test(the_score_sheet_counts_no_unknown),
        cmocka_unit_test(a_proposal_grants_itself_nothing),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(words_of_a_proposal_are_inert),
        cmocka_unit_test(what_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
