/* Proposals: whatever the bytes, the answer is JSON that reads back, the text holds no control bytes, every line named is
 * one of the input, and a second reading gives the same bytes. */
#include "fuzz.h"

#include "base/json.h"
#include "claims/claims.h"

#include <assert.h>

static void lines_check(const struct json *doc, const char *list)
{
    double lines = json_num(json_get(doc, "lines"), -1);
    for (const struct json *x = json_first(json_get(doc, list)); x != NULL; x = json_next(x)) {
        double line = json_num(json_get(x, "line"), -1);
        assert(line >= 1 && line <= lines);
    }
}

static void answer(struct span text, const struct claims_evidence *ev, struct sb *json, struct sb *plain)
{
    struct err err = ERR_INIT;
    struct claims *c = NULL;
    bool read = claims_read(text, ev, &c, &err);
    assert(read);
    claims_json(c, SPAN("p.md"), json);
    claims_text(c, SPAN("p.md"), plain);
    for (size_t i = 0; i < claims_finding_count(c); i++)
        assert(claims_finding_at(c, i)->text.len > 10 && claims_finding_at(c, i)->excerpt.len < 300);
    claims_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct json *doc = NULL;
    struct sb json = { 0 };
    struct sb again = { 0 };
    struct sb plain = { 0 };
    struct claims_evidence ev = { .given = true, .ceiling_hi = 1.5, .cpu_share_hi = 0.5 };
    const struct claims_evidence *held = size % 2 ? &ev : NULL;
    struct span text = span_make((const char *)data, size);
    answer(text, held, &json, &plain);
    for (size_t i = 0; i < plain.len; i++)
        assert((unsigned char)plain.ptr[i] >= 0x20 || plain.ptr[i] == '\n');
    sb_reset(&plain);
    answer(text, held, &again, &plain);
    assert(span_eq(sb_span(&json), sb_span(&again)));
    bool parsed = json_parse(span_trim(sb_span(&json)), 20, &doc, &err);
    assert(parsed);
    lines_check(doc, "quantities");
    lines_check(doc, "findings");
    lines_check(doc, "claims");
    json_free(doc);
    sb_release(&json);
    sb_release(&again);
    sb_release(&plain);
    return 0;
}
