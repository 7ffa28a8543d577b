/* The proposal document: every fault has its own entry with the path of its field, and what is right is kept. */
#include "roi/proposal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sb.h"

static const char whole[] =
    "{\"schema\":\"stet/proposal/1\",\"title\":\"Port the command line "
    "tool\",\"scope\":\"cli\",\"kind\":\"full_rewrite\","
    "\"from\":\"python\",\"to\":\"rust\",\"goal\":\"latency\",\"goal_gain\":0.3,"
    "\"components\":[{\"name\":\"parser\",\"match\":[\"parse_*\",\"*/"
    "parser.py\"],\"kind\":\"library\",\"workload_class\":"
    "\"numeric\"}],"
    "\"cost\":{\"loc\":63590,\"loc_factor\":{\"lo\":1.35,\"hi\":1.7},\"devs\":2,\"months\":{\"lo\":18,\"mode\":21,"
    "\"hi\":24},"
    "\"rate_usd_year\":150000,\"salary_load\":1.0,\"failure_probability\":{\"lo\":0.3,\"hi\":0.4},\"overrun\":"
    "\"reference_class\",\"overrun_cap\":3,\"ramp_usd\":1,\"dual_usd\":2,\"opportunity_usd\":3,\"maintenance_usd_"
    "year\":4},"
    "\"benefit\":{\"ops_per_year\":1e6,\"saved_s_per_op\":{\"p10\":0.05,\"p90\":0.09},\"usd_per_hour\":200,\"usable_"
    "share\":"
    "1.0,\"mem_saved_gb\":10,\"cpu_hours_year\":5000},\"horizon_years\":5,\"discount_rate\":0.10,"
    "\"claims\":[{\"text\":\"four times as "
    "fast\",\"factor\":4,\"evidence\":\"borrowed\"}],\"facts\":{\"load_representative\":"
    "true,\"sized_by\":\"cpu\",\"runs_n\":3},\"phases\":[{\"title\":\"prototype\",\"months\":1,\"stop_loss_usd\":25000}"
    "],"
    "\"risks\":[\"no one knows the target\",{\"text\":\"a missing library\"}],"
    "\"alternatives\":[{\"title\":\"Cache\",\"kind\":\"cache\",\"cost\":{\"devs\":1,\"months\":1},\"benefit\":{"
    "\"saved_s_per_op\":20},\"components\":[]}]}";

static struct proposal *parsed(const char *text)
{
    struct proposal *p = NULL;
    struct field_errors errors = { .items = NULL };
    struct err err = ERR_INIT;
    if (!proposal_parse(span_of(text), &p, &errors, &err))
        fail_msg("%s", err.text);
    assert_int_equal(errors.count, 0);
    field_errors_release(&errors);
    return p;
}

static void the_whole_document_is_read(void **state)
{
    (void)state;
    struct proposal *p = parsed(whole);
    assert_true(p->kind_given && p->kind == PROPOSAL_FULL_REWRITE);
    assert_true(span_is(p->goal, "latency") && !p->goal_foreign && p->goal_gain == 0.3);
    assert_int_equal(p->component_count, 1);
    assert_int_equal(p->components[0].match_count, 2);
    assert_true(span_is(p->components[0].match[1], "*/parser.py"));
    assert_int_equal(p->cost.months.kind, QUANTITY_PERT);
    assert_int_equal(p->cost.failure_probability.kind, QUANTITY_UNIFORM);
    assert_true(p->cost.overrun_given && !p->cost.overrun_none);
    assert_int_equal(p->benefit.saved_s_per_op.kind, QUANTITY_LOGNORMAL);
    assert_int_equal(p->claims[0].evidence, CLAIM_EVIDENCE_BORROWED);
    assert_true(facts_num(p->facts, FACT_load_representative) == 1 && facts_num(p->facts, FACT_runs_n) == 3);
    assert_true(span_is(p->risks[1], "a missing library"));
    assert_true(p->phases[0].stop_loss_usd.a == 25000);
    assert_true(span_is(p->alternatives[0].kind, "cache") && p->alternatives[0].cost.devs.a == 1);
    assert_false(quantity_known(&p->alternatives[0].cost.rate_usd_year));
    assert_false(quantity_known(&p->benefit.op_s));
    proposal_free(p);
}

static void further_members_are_read(void **state)
{
    (void)state;
    struct proposal *p = parsed(
        "{\"goal\":\"memory safety\",\"gaps\":[{\"id\":\"V1\",\"title\":\"t\",\"status\":\"partial\",\"booked\":true}],"
        "\"operations\":[{\"name\":\"list\",\"op_s\":0.3,\"claimed_s\":0.225,\"share\":0.8}],"
        "\"watch\":[{\"id\":\"W1\",\"title\":\"t\",\"when\":\"ops_per_year > 1e8\",\"component\":\"*json*\",\"date\":"
        "\"2027-03-31\",\"manual\":true}],\"packs\":[\"standing\",\"score-sheet\"],"
        "\"facts\":{\"ops_per_year\":1e6,\"horizon_years\":3,\"op_s\":null}}");
    assert_true(p->goal_foreign && span_is(p->goal, "memory safety"));
    assert_true(p->gaps[0].booked && span_is(p->gaps[0].status, "partial"));
    assert_true(p->operations[0].claimed_s.a == 0.225);
    assert_true(p->watch[0].date_us == 1806451200000000 && p->watch[0].manual);
    assert_int_equal(p->pack_count, 2);
    assert_true(p->benefit.ops_per_year.a == 1e6 && p->horizon_years.a == 3 && !quantity_known(&p->benefit.op_s));
    assert_false(p->kind_given);
    proposal_free(p);
}

/* A slip of the pen is a fault; a member that nobody knows is named, and the rest is read. */
static void what_nobody_knows_is_named_as_not_read(void **state)
{
    (void)state;
    struct proposal *p = parsed("{\"stakeholders\":[1],\"cost\":{\"devs\":2,\"weather_outlook\":3},"
                                "\"benefit\":{\"value_of_speed\":{\"deep\":[{}]}},"
                                "\"claims\":[{\"text\":\"t\",\"colour of it\":1}]}");
    static const char *const paths[] = { "stakeholders", "cost.weather_outlook", "benefit.value_of_speed",
                                         "claims[0].colour of it" };
    assert_int_equal(p->unread_count, ARRAY_LEN(paths));
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        assert_true(span_is(p->unread[i], paths[i]));
    assert_true(p->cost.devs.a == 2);
    proposal_free(p);
}

static void goals_in_other_words(void **state)
{
    static const struct {
        const char *written, *goal;
        bool foreign;
    } rows[] = { { "speed", "latency", false },   { "capacity", "throughput", false }, { "tail", "tail", false },
                 { "hiring", "hiring", true },    { "safety", "safety", true },        { "", "", false },
                 { "Latency!", "Latency!", true } };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[100];
        (void)snprintf(text, sizeof text, "{\"goal\":\"%s\"}", rows[i].written);
        struct proposal *p = parsed(text);
        assert_true(span_is(p->goal, rows[i].goal));
        assert_int_equal(p->goal_foreign, rows[i].foreign);
        proposal_free(p);
    }
}

static void the_hash_is_of_the_value(void **state)
{
    (void)state;
    struct proposal *a = parsed("{\"title\":\"x\",\"cost\":{\"devs\":2,\"months\":10}}");
    struct proposal *b = parsed(" { \"cost\" : {\"months\":1e1, \"devs\":2.0, \"loc\":null},\"title\":\"\\u0078\"}\n");
    struct proposal *c = parsed("{\"title\":\"x\",\"cost\":{\"devs\":2,\"months\":11}}");
    assert_int_equal(strlen(a->sha256), 64);
    assert_string_equal(a->sha256, b->sha256);
    assert_string_not_equal(a->sha256, c->sha256);
    proposal_free(a);
    proposal_free(b);
    proposal_free(c);
}

struct fault {
    const char *text, *field, *says;
};

static const struct fault faults[] = {
    { "{\"cost\":{\"months\":NaN}}", "cost.months", "not a finite number" },
    { "{\"cost\":{\"months\":-Infinity}}", "cost.months", "not a finite number" },
    { "{\"cost\":{\"months\":1e999}}", "cost.months", "not a finite number" },
    { "{\"cost\":{\"months\":{\"lo\":1,\"hi\":Infinity}}}", "cost.months", "hi is not a finite number" },
    { "{\"cost\":{\"months\":1e308}}", "cost.months", "1e+308 lies outside" },
    { "{\"cost\":{\"months\":-3}}", "cost.months", "-3 lies outside" },
    { "{\"cost\":{\"months\":0}}", "cost.months", "0 lies outside" },
    { "{\"cost\":{\"months\":1201}}", "cost.months", "1201 lies outside" },
    { "{\"cost\":{\"months\":{\"lo\":4,\"hi\":3}}}", "cost.months", "lo 4 is above hi 3" },
    { "{\"cost\":{\"months\":{\"lo\":4,\"mode\":9,\"hi\":8}}}", "cost.months", "mode 9 lies outside lo 4 to hi 8" },
    { "{\"cost\":{\"months\":{\"lo\":4}}}", "cost.months", "want a number, lo and hi" },
    { "{\"cost\":{\"months\":{}}}", "cost.months", "want a number, lo and hi" },
    { "{\"cost\":{\"months\":{\"lo\":4,\"hi\":5,\"p10\":4}}}", "cost.months", "want a number, lo and hi" },
    { "{\"cost\":{\"months\":{\"min\":4,\"hi\":5}}}", "cost.months", "member 'min'" },
    { "{\"cost\":{\"months\":{\"lo\":4,\"lo\":5,\"hi\":6}}}", "cost.months", "'lo' twice" },
    { "{\"cost\":{\"months\":{\"lo\":\"4\",\"hi\":5}}}", "cost.months", "lo is not a number" },
    { "{\"cost\":{\"loc\":{\"p10\":0,\"p90\":5}}}", "cost.loc", "p10 0 is not above 0" },
    { "{\"cost\":{\"loc\":{\"p10\":-1,\"p90\":5}}}", "cost.loc", "p10 -1 is not above 0" },
    { "{\"cost\":{\"loc\":{\"p10\":9,\"p90\":5}}}", "cost.loc", "p10 9 is above p90 5" },
    { "{\"benefit\":{\"ops_per_year\":{\"p10\":1e-3,\"p90\":1e9}}}", "benefit.ops_per_year", "times p10" },
    { "{\"cost\":{\"devs\":\"two\"}}", "cost.devs", "neither a number nor an object" },
    { "{\"cost\":{\"devs\":true}}", "cost.devs", "neither a number nor an object" },
    { "{\"cost\":{\"devs\":[2]}}", "cost.devs", "neither a number nor an object" },
    { "{\"cost\":{\"failure_probability\":1.2}}", "cost.failure_probability", "1.2 lies outside 0 to 1" },
    { "{\"cost\":{\"failure_probability\":{\"lo\":0.1,\"hi\":30}}}", "cost.failure_probability", "hi 30 lies outside" },
    { "{\"cost\":{\"ramp_usd\":-5}}", "cost.ramp_usd", "-5 lies outside" },
    { "{\"cost\":{\"overrun\":\"nome\"}}", "cost.overrun", "did you mean 'none'?" },
    { "{\"cost\":{\"overrun\":1.3}}", "cost.overrun", "want a text, found a number" },
    { "{\"cost\":{\"monts\":3}}", "cost.monts", "unknown member, did you mean 'months'?" },
    { "{\"cost\":{\"months\":3,\"months\":4}}", "cost.months", "stands twice" },
    { "{\"cost\":[]}", "cost", "want an object, found a list" },
    { "{\"benefit\":{\"ops_per_year\":-1}}", "benefit.ops_per_year", "-1 lies outside" },
    { "{\"benefit\":{\"ops_per_year\":1e16}}", "benefit.ops_per_year", "1e+16 lies outside" },
    { "{\"benefit\":{\"usable_share\":2}}", "benefit.usable_share", "2 lies outside 0 to 1" },
    { "{\"horizon_years\":0}", "horizon_years", "0 lies outside" },
    { "{\"discount_rate\":10}", "discount_rate", "10 lies outside 0 to 1" },
    { "{\"goal_gain\":\"30 %\"}", "goal_gain", "want a number, found a text" },
    { "{\"goal_gain\":NaN}", "goal_gain", "not a finite number" },
    { "{\"goal\":7}", "goal", "want a text, found a number" },
    { "{\"kind\":\"full_rewite\"}", "kind", "did you mean 'full_rewrite'?" },
    { "{\"schema\":\"stet/proposal/2\"}", "schema", "did you mean 'stet/proposal/1'?" },
    { "{\"tilte\":\"x\"}", "tilte", "did you mean 'title'?" },
    { "{\"claims\":[{\"text\":\"t\",\"operation\":\"lst\"}],\"operations\":[{\"name\":\"list\"}]}", "claims[0].operation",
      "'lst' is no name of operations" },
    { "{\"title\":{}}", "title", "want a text, found an object" },
    { "{\"components\":{}}", "components", "want a list, found an object" },
    { "{\"components\":[{\"name\":\"a\",\"match\":[7]}]}", "components[0].match[0]", "want a text, found a number" },
    { "{\"components\":[{\"match\":[\"x\"]}]}", "components[0].name", "a component needs a name" },
    { "{\"components\":[{\"name\":\"a\",\"workload_class\":\"numbers\"}]}", "components[0].workload_class", "none of" },
    { "{\"components\":[{\"name\":\"a\"},3]}", "components[1]", "want an object, found a number" },
    { "{\"claims\":[{\"text\":\"t\",\"evidence\":\"owm\"}]}", "claims[0].evidence", "did you mean 'own'?" },
    { "{\"claims\":[{\"factor\":-4}]}", "claims[0].factor", "-4 lies outside" },
    { "{\"phases\":[{\"months\":-1}]}", "phases[0].months", "-1 lies outside" },
    { "{\"risks\":[1]}", "risks[0]", "want a text, found a number" },
    { "{\"risks\":\"many\"}", "risks", "want a list" },
    { "{\"alternatives\":[{\"kind\":\"cash\"}]}", "alternatives[0].kind", "did you mean 'cache'?" },
    { "{\"alternatives\":[{\"cost\":{\"months\":-1}}]}", "alternatives[0].cost.months", "-1 lies outside" },
    { "{\"gaps\":[{\"status\":\"closed\"}]}", "gaps[0].status", "none of: open partial done" },
    { "{\"gaps\":[{\"booked\":1}]}", "gaps[0].booked", "want true or false, found a number" },
    { "{\"watch\":[{\"date\":\"next year\"}]}", "watch[0].date", "want a date" },
    { "{\"operations\":[{\"share\":3}]}", "operations[0].share", "3 lies outside" },
    { "{\"facts\":{\"cpu_shar_lo\":0.3}}", "facts.cpu_shar_lo", "did you mean 'cpu_share_lo'?" },
    { "{\"facts\":{\"cpu_share_lo\":1.3}}", "facts.cpu_share_lo", "outside" },
    { "{\"facts\":{\"runs_n\":NaN}}", "facts.runs_n", "not a finite number" },
    { "{\"facts\":{\"runs_n\":{}}}", "facts.runs_n", "found an object" },
    { "{\"facts\":{\"cpu_share_lo\":0.6,\"cpu_share_hi\":0.3}}", "facts", "cpu_share" },
    { "{\"facts\":[]}", "facts", "want an object of facts" },
    { "{\"goal\":\"cost\",\"facts\":{\"goal\":\"latency\"}}", "facts.goal", "contradicts" },
};

static void each_fault_names_its_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        struct proposal *p = NULL;
        struct field_errors errors = { .items = NULL };
        struct err err = ERR_INIT;
        assert_false(proposal_parse(span_of(faults[i].text), &p, &errors, &err));
        assert_int_equal(err.code, ERR_VALUE);
        if (errors.count != 1 || strcmp(errors.items[0].field, faults[i].field) != 0 ||
            !strstr(errors.items[0].text, faults[i].says))
            fail_msg("%s: %zu faults, %s: %s", faults[i].text, errors.count, errors.count ? errors.items[0].field : "",
                     errors.count ? errors.items[0].text : err.text);
        assert_null(p);
        field_errors_release(&errors);
    }
}

static void all_faults_are_told_at_once(void **state)
{
    static const char *const fields[] = { "title", "cost.months", "cost.devs", "benefit.usd_per_hour", "goal_gain" };
    (void)state;
    struct proposal *p = NULL;
    struct field_errors errors = { .items = NULL };
    struct err err = ERR_INIT;
    assert_false(proposal_parse(SPAN("{\"title\":1,\"cost\":{\"months\":-1,\"devs\":NaN},\"benefit\":{\"usd_per_hour\":"
                                     "{\"lo\":2,\"hi\":1}},\"goal_gain\":9}"),
                                &p, &errors, &err));
    assert_int_equal(errors.count, ARRAY_LEN(fields));
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        assert_string_equal(errors.items[i].field, fields[i]);
    assert_non_null(strstr(err.text, "title: want a text"));
    assert_non_null(strstr(err.text, "and 4 more"));
    field_errors_release(&errors);
}

static void refuse(struct span text, enum err_code code, const char *field)
{
    struct proposal *p = NULL;
    struct field_errors errors = { .items = NULL };
    struct err err = ERR_INIT;
    assert_false(proposal_parse(text, &p, &errors, &err));
    assert_int_equal(err.code, code);
    if (field)
        assert_string_equal(errors.items[0].field, field);
    field_errors_release(&errors);
}

static void repeated(struct sb *s, const char *head, const char *part, size_t n, const char *tail)
{
    sb_reset(s);
    sb_adds(s, head);
    for (size_t i = 0; i < n; i++)
        sb_printf(s, "%s%s", i > 0 ? "," : "", part);
    sb_adds(s, tail);
}

static void size_and_shape_are_bounded(void **state)
{
    struct sb s = { 0 };
    (void)state;
    refuse(SPAN(""), ERR_MALFORMED, NULL);
    refuse(SPAN("{\"title\":"), ERR_MALFORMED, NULL);
    refuse(SPAN("{\"title\":\"a\\u0000b\"}"), ERR_MALFORMED, NULL);
    refuse(SPAN("[]"), ERR_VALUE, NULL);
    refuse(SPAN("7"), ERR_VALUE, NULL);
    sb_adds(&s, "{\"title\":\"");
    sb_fill(&s, 'x', 301);
    sb_adds(&s, "\"}");
    refuse(sb_span(&s), ERR_VALUE, "title");
    sb_fill(&s, ' ', 1 << 20);
    refuse(sb_span(&s), ERR_LIMIT, NULL);
    sb_reset(&s);
    sb_fill(&s, '[', 1000);
    refuse(sb_span(&s), ERR_LIMIT, NULL);
    repeated(&s, "{\"components\":[", "{\"name\":\"a\"}", 65, "]}");
    refuse(sb_span(&s), ERR_VALUE, "components");
    repeated(&s, "{\"claims\":[", "{}", 201, "]}");
    refuse(sb_span(&s), ERR_VALUE, "claims");
    repeated(&s, "{\"alternatives\":[", "{}", 33, "]}");
    refuse(sb_span(&s), ERR_VALUE, "alternatives");
    repeated(&s, "{\"risks\":[", "\"x\"", 201, "]}");
    refuse(sb_span(&s), ERR_VALUE, "risks");
    repeated(&s, "{\"risks\":[", "1", 200, "]}");
    struct proposal *p = NULL;
    struct field_errors errors = { .items = NULL };
    struct err err = ERR_INIT;
    assert_false(proposal_parse(sb_span(&s), &p, &errors, &err));
    assert_int_equal(errors.count, FIELD_ERRORS_MAX);
    assert_int_equal(errors.left_out, 100);
    field_errors_release(&errors);
    sb_release(&s);
}

static void texts_hold_anything(void **state)
{
    (void)state;
    struct proposal *p =
        parsed("{\"title\":\"<script>alert(1)</script> '; DROP TABLE f; -- NaN \\\" NaN\",\"scope\":\"\\u001b[31m\"}");
    assert_true(span_is(p->title, "<script>alert(1)</script> '; DROP TABLE f; -- NaN \" NaN"));
    proposal_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_document_is_read), cmocka_unit_test(further_members_are_read),
        cmocka_unit_test(goals_in_other_words),
        cmocka_unit_test(what_nobody_knows_is_named_as_not_read),       cmocka_unit_test(the_hash_is_of_the_value),
        cmocka_unit_test(each_fault_names_its_field), cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(size_and_shape_are_bounded), cmocka_unit_test(texts_hold_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
