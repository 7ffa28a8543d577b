#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct json *fixture(const char *name)
{
    struct sb path = { 0 };
    sb_printf(&path, "tests/unit/report/fixtures/%s.json", name);
    FILE *in = fopen(sb_cstr(&path), "rb");
    assert_non_null(in);
    sb_release(&path);
    struct sb text = { 0 };
    char block[8192];
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        sb_add(&text, span_make(block, n));
    (void)fclose(in);
    struct json *doc = NULL;
    struct err err = ERR_INIT;
    assert_true(json_parse(sb_span(&text), 100, &doc, &err));
    sb_release(&text);
    return doc;
}

bool holds(const struct sb *text, const char *part)
{
    return span_find(sb_span(text), 0, span_of(part)) < text->len;
}

size_t count_of(const struct sb *text, const char *part)
{
    size_t n = 0;
    for (size_t at = 0; (at = span_find(sb_span(text), at, span_of(part))) < text->len; at++)
        n++;
    return n;
}
