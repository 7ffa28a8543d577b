/* One text for each check that it finds, and near misses that it must leave alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "claims/claims.h"

struct row {
    const char *name, *text;
    const char *code; /* NULL: the text must give no finding at all */
    uint64_t line;
    const char *sentence; /* how the finding's sentence begins */
};

static const struct row rows[] = {
#include "claims_rows.h"
};

static struct claims *read_text(const char *text)
{
    struct err err = ERR_INIT;
    struct claims *c = NULL;
    if (!claims_read(span_of(text), NULL, &c, &err))
        fail_msg("%s", err.text);
    return c;
}

static void print_findings(const struct claims *c)
{
    for (size_t i = 0; i < claims_finding_count(c); i++) {
        const struct claims_finding *f = claims_finding_at(c, i);
        print_message("line %llu %s: %.*s\n", (unsigned long long)f->line, f->code, SPAN_FMT(f->text));
    }
}

static void check_row(void **state)
{
    const struct row *r = *state;
    struct claims *c = read_text(r->text);
    bool found = r->code == NULL && claims_finding_count(c) == 0;
    for (size_t i = 0; r->code && i < claims_finding_count(c); i++) {
        const struct claims_finding *f = claims_finding_at(c, i);
        found = found || (strcmp(f->code, r->code) == 0 && f->line == r->line &&
                          span_starts(f->text, span_of(r->sentence)) && f->excerpt.len > 0 && f->about.len > 0);
    }
    if (!found) {
        print_findings(c);
        fail_msg("%s: want %s in line %llu: %s", r->name, r->code ? r->code : "no finding", (unsigned long long)r->line,
                 r->sentence ? r->sentence : "");
    }
    claims_free(c);
}

/* Every check has a text that it finds, and a reason. */
static void every_check_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < claims_check_count; i++) {
        bool found = strncmp(claims_checks[i].code, "claim.", 6) == 0;
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
            found = found || (rows[k].code && strcmp(rows[k].code, claims_checks[i].code) == 0);
        if (!found)
            fail_msg("no row finds %s", claims_checks[i].code);
        assert_true(strlen(claims_checks[i].reason) > 20);
    }
}

static void claims_against_a_ceiling(void **state)
{
    (void)state;
    static const char text[] =
        "# Plan\n\nThe port makes the tool 5-10x faster.\n\nStart-up was measured to be 1.5x faster.\n";
    struct err err = ERR_INIT;
    struct json *doc = NULL;
    struct claims_evidence ev;
    struct claims *c = NULL;
    assert_true(json_parse(
        SPAN("{\"speedup\":{\"ceiling\":{\"lo\":1.1,\"est\":1.5,\"hi\":2.5}},\"facts\":{\"cpu_share_hi\":0.6},"
             "\"components\":[{\"name\":\"Start-up\",\"ceiling_hi\":1.2}]}"),
        10, &doc, &err));
    claims_evidence_read(doc, &ev);
    json_free(doc);
    assert_true(claims_read(SPAN(text), &ev, &c, &err));
    assert_int_equal(claims_claim_count(c), 2);
    assert_int_equal(claims_claim_at(c, 0)->verdict, CLAIM_ABOVE);
    assert_int_equal(claims_claim_at(c, 1)->verdict, CLAIM_ABOVE);
    assert_true(claims_claim_at(c, 1)->ceiling == 1.2);
    assert_int_equal(claims_finding_count(c), 2);
    assert_string_equal(claims_finding_at(c, 0)->code, "claim.above_ceiling");
    claims_free(c);
    c = read_text(text);
    assert_int_equal(claims_claim_at(c, 0)->verdict, CLAIM_UNPROVEN);
    assert_int_equal(claims_claim_at(c, 0)->source, CLAIM_NONE);
    assert_int_equal(claims_claim_at(c, 1)->verdict, CLAIM_MEASURED);
    assert_true(claims_claim_at(c, 0)->factor_lo == 5 && claims_claim_at(c, 0)->factor_hi == 10);
    claims_free(c);
}

/* Hostile bytes: bounded, inert in both outputs, and the same again. */
static void hostile(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n\n\n",
        "|",
        "||||\n|-|\n",
        "```",
        "# ",
        "1e308 x 1e308 = 1",
        "99999999999999999999999999999999999999999999%",
        "# <script>alert(1)</script>\n\nSaves 8M x 75 ms = 185 hours <img onerror=x>\x1b[31m\n",
        "\xff\xfe 5\xff ms \x80-> 3",
        "5-",
        "5 to",
        "$",
        "$-5",
        "~",
        "1/",
        "9/10",
        "1..",
        "1,000,",
        "| 5 | 6 |\n|---|---|\n| 1",
        "5 \xe2\x86",
        "-> 5 ms -> 6 ms",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct claims *c = read_text(texts[i]);
        struct sb json = { 0 };
        struct sb text = { 0 };
        struct err err = ERR_INIT;
        struct json *doc = NULL;
        claims_json(c, SPAN("<x>"), &json);
        claims_text(c, SPAN("x\x1b"), &text);
        assert_true(json_parse(span_trim(sb_span(&json)), 20, &doc, &err));
        assert_true(span_chr(sb_span(&text), 0, '\x1b') == text.len);
        json_free(doc);
        sb_release(&json);
        sb_release(&text);
        claims_free(c);
    }
}

/* Sentences do not overlap, however they are set apart. */
static void each_claim_once(void **state)
{
    (void)state;
    struct claims *c =
        read_text("Parsing is 3x faster.   Start-up is 2x faster.\n\nOne more:  it is 4x faster!  And so on.\n");
    assert_int_equal(claims_claim_count(c), 3);
    assert_int_equal(claims_claim_at(c, 2)->line, 3);
    claims_free(c);
}

int main(void)
{
    struct CMUnitTest tests[sizeof rows / sizeof rows[0] + 4];
    size_t n = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        tests[n++] = (struct CMUnitTest){ rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i] };
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(every_check_has_a_row);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(claims_against_a_ceiling);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(hostile);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(each_claim_once);
    return _cmocka_run_group_tests("claims", tests, n, NULL, NULL);
}
