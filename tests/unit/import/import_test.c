#include "import_test.h"

#include <math.h>

#include "base/sb.h"

struct artefact *test_import(const char *format, const char *text, const struct import_options *opt)
{
    struct err err = ERR_INIT;
    struct import_options own = opt ? *opt : IMPORT_OPTIONS_DEFAULT;
    const struct importer *importer =
        format ? importer_find(span_of(format)) : import_detect(span_of(text), SPAN(""), &err);
    if (!importer)
        fail_msg("no importer: %s", err.text);
    struct source *in = source_memory(span_of(text));
    struct artefact *a = artefact_new();
    a->format = importer->name;
    bool ok = importer->parse(in, &own, a, &err);
    source_free(in);
    if (!ok) {
        artefact_free(a);
        fail_msg("%s: %s", importer->name, err.text);
    }
    return a;
}

struct err test_import_fails(const char *format, const char *text)
{
    struct err err = ERR_INIT;
    struct import_options own = IMPORT_OPTIONS_DEFAULT;
    const struct importer *importer = importer_find(span_of(format));
    assert_non_null(importer);
    struct source *in = source_memory(span_of(text));
    struct artefact *a = artefact_new();
    bool ok = importer->parse(in, &own, a, &err);
    source_free(in);
    artefact_free(a);
    assert_false(ok);
    assert_int_not_equal(err.code, ERR_NONE);
    return err;
}

bool test_has_problem(const struct artefact *a, const char *code)
{
    for (uint32_t i = 0; i < a->problem_count; i++) {
        if (strcmp(a->problems[i].code, code) == 0)
            return true;
    }
    return false;
}

void test_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("got %.9g, want %.9g within %.3g", got, want, tolerance);
}

double test_stack_value(const struct artefact *a, uint32_t column, const char *path)
{
    const struct profile *p = a->profile;
    double sum = 0;
    for (uint32_t r = 0; r < p->row_count; r++) {
        struct sb text = { 0 };
        stack_id chain[256];
        size_t n = 0;
        for (stack_id s = p->row_stack[r]; s.ix != 0 && n < ARRAY_LEN(chain); s = p->stacks[s.ix].parent)
            chain[n++] = s;
        while (n > 0) {
            n--;
            sb_add(&text, profile_str(p, profile_frame_of(p, chain[n])->func));
            if (n > 0)
                sb_addc(&text, ';');
        }
        if (span_is(sb_span(&text), path))
            sum += p->row_value[column][r];
        sb_release(&text);
    }
    return sum;
}
