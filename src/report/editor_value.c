/* editor_value.c - fields of the form as text and as JSON. */
#include "report/editor.h"

#include <stdio.h>

#include "base/jsonw.h"
#include "base/num.h"

#define EDIT_GROUP(id, kind, title, hint) { id, EDITOR_##kind, title, hint },
#define EDIT_FIELD(group, path, type, label, unit, hint, empty, lo, hi, scale, words)
const struct editor_group editor_groups[] = {
#include "report/editor_fields.def"
};
#undef EDIT_GROUP
#undef EDIT_FIELD
#define EDIT_GROUP(id, kind, title, hint)
#define EDIT_FIELD(group, path, type, label, unit, hint, empty, lo, hi, scale, words)                                  \
    { group, path, EDITOR_##type, label, unit, hint, empty, lo, hi, EDITOR_##scale, words },
const struct editor_field editor_fields[] = {
#include "report/editor_fields.def"
};
#undef EDIT_GROUP
#undef EDIT_FIELD
const size_t editor_group_count = ARRAY_LEN(editor_groups);
const size_t editor_field_count = ARRAY_LEN(editor_fields);

/* --- to text --- */

static void number_text(struct sb *out, double x)
{
    struct jsonw w = { .out = out };
    jsonw_num(&w, NULL, x);
}

static bool is_num(const struct json *v)
{
    return json_kind_of(v) == JSON_NUM;
}

static void quantity_text(const struct json *v, struct sb *out)
{
    const struct json *lo = json_get(v, "lo"), *mode = json_get(v, "mode"), *hi = json_get(v, "hi");
    const struct json *p10 = json_get(v, "p10"), *p90 = json_get(v, "p90");
    if (is_num(v)) {
        number_text(out, json_num(v, 0));
    } else if (json_kind_of(v) == JSON_OBJ && is_num(lo) && is_num(hi)) {
        number_text(out, json_num(lo, 0));
        sb_adds(out, "..");
        if (is_num(mode)) {
            number_text(out, json_num(mode, 0));
            sb_adds(out, "..");
        }
        number_text(out, json_num(hi, 0));
    } else if (json_kind_of(v) == JSON_OBJ && is_num(p10) && is_num(p90)) {
        sb_adds(out, "p10 ");
        number_text(out, json_num(p10, 0));
        sb_adds(out, " p90 ");
        number_text(out, json_num(p90, 0));
    }
}

void editor_text(enum editor_type type, const struct json *value, struct sb *out)
{
    switch (type) {
    case EDITOR_TEXT:
    case EDITOR_WORD:
    case EDITOR_FACT:
        if (json_kind_of(value) == JSON_STR)
            sb_add(out, json_str(value));
        else if (is_num(value))
            number_text(out, json_num(value, 0));
        else if (json_kind_of(value) == JSON_BOOL)
            sb_adds(out, json_bool(value, false) ? "yes" : "no");
        return;
    case EDITOR_QUANTITY:
    case EDITOR_NUMBER:
        quantity_text(value, out);
        return;
    case EDITOR_GLOBS:
        if (json_kind_of(value) == JSON_STR)
            sb_add(out, json_str(value));
        for (const struct json *v = json_kind_of(value) == JSON_ARR ? json_first(value) : NULL; v; v = json_next(v)) {
            sb_adds(out, out->len > 0 ? "\n" : "");
            sb_add(out, json_str(v));
        }
        return;
    }
}

/* --- from text --- */

/* 30 % is 0.3 and 1.1k is 1100 to the last bit: the exponent is written behind the digits, never multiplied. */
static bool number_read(struct span text, double *ret, struct err *err)
{
    struct span s = span_trim(text), digits = s;
    const char *exponent = span_ends(s, SPAN("%"))   ? "e-2"
                           : span_ends(s, SPAN("k")) ? "e3"
                           : span_ends(s, SPAN("M")) ? "e6"
                                                     : "";
    char buf[80];
    if (exponent[0])
        digits = span_trim(span_sub(s, 0, s.len - 1));
    if (s.len == 0)
        return err_set(err, ERR_VALUE, "a number is missing");
    if (span_chr(digits, 0, ',') < digits.len)
        return err_set(err, ERR_VALUE, "'%.*s': write 1500 or 1.5, without a comma", SPAN_FMT(span_sub(s, 0, 40)));
    int n = snprintf(buf, sizeof buf, "%.*s%s", SPAN_FMT(span_sub(digits, 0, 60)), exponent);
    if (digits.len > 60 || !span_to_double(span_make(buf, (size_t)n), ret))
        return err_set(err, ERR_VALUE, "'%.*s' is no number; want 2, a range 18..24, or 18..21..24",
                       SPAN_FMT(span_sub(s, 0, 40)));
    return true;
}

static bool p10_read(struct span text, double *ret, struct err *err)
{
    size_t at = span_find(text, 0, SPAN("p90"));
    struct span low = span_sub(text, 3, at < 3 ? 0 : at - 3);
    if (at >= text.len)
        return err_set(err, ERR_VALUE, "want p10 and p90, as p10 18 p90 24");
    while (low.len > 0 && (low.ptr[low.len - 1] == ' ' || low.ptr[low.len - 1] == ','))
        low.len--;
    return number_read(low, &ret[0], err) && number_read(span_from(text, at + 3), &ret[1], err);
}

static bool quantity_json(struct span text, struct sb *out, struct err *err)
{
    static const char *const names[][3] = { { "p10", "p90", NULL }, { "lo", "hi", NULL }, { "lo", "mode", "hi" } };
    double x[3] = { 0 };
    size_t n = 0, form = 0;
    if (span_starts(text, SPAN("p10"))) {
        if (!p10_read(text, x, err))
            return false;
        n = 2;
    } else {
        for (struct span rest = text;; n++) {
            size_t at = span_find(rest, 0, SPAN(".."));
            if (n == 3)
                return err_set(err, ERR_VALUE, "too many numbers; want at most lowest..likely..highest");
            if (!number_read(span_sub(rest, 0, at), &x[n], err))
                return false;
            if (at >= rest.len)
                break;
            rest = span_from(rest, at + 2);
        }
        form = ++n == 3 ? 2 : 1;
    }
    struct jsonw w = { .out = out };
    if (n == 1) {
        jsonw_num(&w, NULL, x[0]);
        return true;
    }
    jsonw_obj(&w, NULL);
    for (size_t i = 0; i < n; i++)
        jsonw_num(&w, names[form][i], x[i]);
    jsonw_end_obj(&w);
    return true;
}

bool editor_json(enum editor_type type, struct span text, struct sb *out, struct err *err)
{
    struct jsonw w = { .out = out };
    struct span s = span_trim(text), line;
    double x = 0;
    if (s.len == 0)
        return true;
    switch (type) {
    case EDITOR_TEXT:
    case EDITOR_WORD:
    case EDITOR_FACT:
        jsonw_str(&w, NULL, s);
        return true;
    case EDITOR_QUANTITY:
        return quantity_json(s, out, err);
    case EDITOR_NUMBER:
        if (!number_read(s, &x, err))
            return false;
        jsonw_num(&w, NULL, x);
        return true;
    case EDITOR_GLOBS:
        jsonw_arr(&w, NULL);
        while (span_line(&s, &line)) {
            if (span_trim(line).len > 0)
                jsonw_str(&w, NULL, span_trim(line));
        }
        jsonw_end_arr(&w);
        return true;
    }
    return true;
}

void editor_path(struct span field, struct sb *out)
{
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '[')
            sb_addc(out, '.');
        else if (field.ptr[i] != ']')
            sb_addc(out, field.ptr[i]);
    }
}
