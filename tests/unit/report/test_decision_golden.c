/* Whole outputs of decisions, byte for byte: a change of words shows in review. STET_GOLDEN_WRITE=1 writes them anew. */
#include "report/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"

static void held_against(const char *name, const char *ending, const struct sb *out)
{
    struct sb path = { 0 };
    struct sb want = { 0 };
    sb_printf(&path, "tests/unit/report/golden/%s.%s", name, ending);
    bool writing = getenv("STET_GOLDEN_WRITE") != NULL;
    FILE *file = fopen(sb_cstr(&path), writing ? "wb" : "rb");
    assert_non_null(file);
    if (writing) {
        assert_int_equal(fwrite(sb_cstr(out), 1, out->len, file), out->len);
        sb_add(&want, sb_span(out));
    } else {
        char block[8192];
        for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
            sb_add(&want, span_make(block, n));
    }
    assert_int_equal(fclose(file), 0);
    assert_string_equal(sb_cstr(out), sb_cstr(&want));
    sb_release(&want);
    sb_release(&path);
}

static const char *const names[] = { "decision_closed", "decision_open",  "decision_part",
                                     "decision_bare",   "decision_after", "decision_foreign" };

static void texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct json *doc = fixture(names[i]);
        struct err err = ERR_INIT;
        struct sb out = { 0 };
        assert_true(report_decision_text(doc, &(struct report_text_options){ .ascii = true }, &out, &err));
        held_against(names[i], "txt", &out);
        sb_release(&out);
        json_free(doc);
    }
}

static void records(void **state)
{
    (void)state;
    struct json *meta = fixture("decision_meta");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct json *doc = fixture(names[i]);
        struct err err = ERR_INIT;
        struct sb out = { 0 };
        assert_true(report_decision_markdown(doc, i == 0 ? meta : NULL, &out, &err));
        held_against(names[i], "md", &out);
        sb_release(&out);
        json_free(doc);
    }
    json_free(meta);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(texts), cmocka_unit_test(records) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
