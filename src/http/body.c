#include "http/body.h"

#include "http/service.h"
#include "http/spool.h"

enum { NAME_MAX_BYTES = 120 };

bool body_text(struct request *rq, struct span *ret, struct err *err)
{
    *ret = SPAN("");
    return !rq->has_body || body_small(rq, rq->service->limits.json_body_bytes, ret, err);
}

static bool is_known(struct span key, const char *known)
{
    struct span word;
    for (struct span rest = span_of(known); span_word(&rest, &word);) {
        if (span_eq(word, key))
            return true;
    }
    return false;
}

bool body_object(struct request *rq, bool may_be_empty, const char *known, struct json **ret, struct err *err)
{
    struct span text;
    *ret = NULL;
    if (!body_text(rq, &text, err))
        return false;
    if (span_trim(text).len == 0)
        text = may_be_empty ? SPAN("{}") : text;
    if (text.len == 0)
        return err_set(err, ERR_EMPTY, "the body is empty; want a JSON object");
    if (!json_parse(text, rq->service->limits.json_depth, ret, err)) {
        if (err->code == ERR_MALFORMED)
            err->code = ERR_BAD_REQUEST;
        return false;
    }
    bool ok = json_kind_of(*ret) == JSON_OBJ || err_set(err, ERR_BAD_REQUEST, "the body is not a JSON object");
    for (const struct json *m = json_first(*ret); ok && m; m = json_next(m)) {
        if (!is_known(json_key(m), known))
            ok = err_set(err, ERR_VALUE, "unknown member '%.*s'; known are %s", SPAN_FMT(span_sub(json_key(m), 0, 60)),
                         known);
    }
    return ok;
}

static bool text_take(struct request *rq, const char *name, struct span given, size_t max, bool required,
                      struct span *ret, struct err *err)
{
    struct span text = span_trim(given);
    if (required && text.len == 0)
        return err_set(err, ERR_VALUE, "%s: is empty", name);
    if (text.len > max)
        return err_set(err, ERR_VALUE, "%s: has %zu bytes, at most %zu are taken", name, text.len, max);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
            return err_set(err, ERR_VALUE, "%s: holds a control character", name);
    }
    *ret = arena_span(&rq->arena, text);
    return true;
}

bool body_member(struct request *rq, const struct json *body, const char *name, size_t max, bool required,
                 struct span *ret, struct err *err)
{
    const struct json *m = json_get(body, name);
    *ret = SPAN("");
    if (json_is_null(m))
        return !required || err_set(err, ERR_VALUE, "%s: is missing; want a text", name);
    if (json_kind_of(m) != JSON_STR)
        return err_set(err, ERR_VALUE, "%s: want a text", name);
    return text_take(rq, name, json_str(m), max, required, ret, err);
}

bool form_member(struct request *rq, const struct pairs *form, const char *name, size_t max, bool required,
                 struct span *ret, struct err *err)
{
    *ret = SPAN("");
    return text_take(rq, name, pairs_get(form, name), max, required, ret, err);
}

bool form_by(struct request *rq, const struct pairs *form, struct span *ret, struct err *err)
{
    if (rq->who.name.len == 0)
        return form_member(rq, form, "by", NAME_MAX_BYTES, false, ret, err);
    *ret = rq->who.name;
    return true;
}

bool body_by(struct request *rq, const struct json *body, struct span *ret, struct err *err)
{
    if (!body_member(rq, body, "by", NAME_MAX_BYTES, false, ret, err))
        return false;
    if (ret->len == 0 && rq->who.name.len > 0)
        *ret = rq->who.name;
    return true;
}
