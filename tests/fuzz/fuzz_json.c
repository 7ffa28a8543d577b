/* Request bodies: what json_parse takes, jsonw writes again and json_parse reads as the same values; what it refuses is
 * said with a place. */
#include "fuzz.h"

#include "base/json.h"
#include "base/jsonw.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 100 };

/* Recursion is bounded by DEPTH_MAX. */
static void value_write(struct jsonw *w, const char *key, const struct json *v)
{
    switch (json_kind_of(v)) {
    case JSON_ABSENT:
        abort();
    case JSON_NULL:
        jsonw_null(w, key);
        break;
    case JSON_BOOL:
        jsonw_bool(w, key, json_bool(v, false));
        break;
    case JSON_NUM:
        jsonw_num(w, key, json_num(v, 0));
        break;
    case JSON_STR:
        jsonw_str(w, key, json_str(v));
        break;
    case JSON_ARR:
        jsonw_arr(w, key);
        for (const struct json *c = json_first(v); c != NULL; c = json_next(c))
            value_write(w, NULL, c);
        jsonw_end_arr(w);
        break;
    case JSON_OBJ:
        jsonw_obj(w, key);
        for (const struct json *c = json_first(v); c != NULL; c = json_next(c)) {
            struct span name = json_key(c);
            char *copy = xstrndup(name.ptr, name.len);
            value_write(w, copy, c);
            free(copy);
        }
        jsonw_end_obj(w);
        break;
    }
}

static bool value_equal(const struct json *a, const struct json *b)
{
    if (json_kind_of(a) != json_kind_of(b) || json_count(a) != json_count(b))
        return false;
    if (json_kind_of(a) == JSON_NUM && json_num(a, 0) != json_num(b, 0))
        return false;
    if (json_kind_of(a) == JSON_BOOL && json_bool(a, false) != json_bool(b, false))
        return false;
    if (json_kind_of(a) == JSON_STR && !span_eq(json_str(a), json_str(b)))
        return false;
    const struct json *d = json_first(b);
    for (const struct json *c = json_first(a); c != NULL; c = json_next(c), d = json_next(d)) {
        if (!span_eq(json_key(c), json_key(d)) || !value_equal(c, d))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct json *doc = NULL;
    if (!json_parse(span_make((const char *)data, size), DEPTH_MAX, &doc, &err)) {
        assert(err.code != ERR_NONE && err.text[0] != '\0' && doc == NULL);
        return 0;
    }
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    value_write(&w, NULL, doc);
    struct json *again = NULL;
    bool parsed = json_parse(sb_span(&text), DEPTH_MAX, &again, &err);
    assert(parsed && value_equal(doc, again));
    json_free(again);
    json_free(doc);
    sb_release(&text);
    return 0;
}
