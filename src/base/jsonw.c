#include "base/jsonw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

static size_t sequence(struct span s, size_t i)
{
    size_t left = s.len - i;
    for (size_t n = 2; n <= 4 && n <= left; n++) {
        if (span_is_utf8(span_sub(s, i, n)))
            return n;
    }
    return 0;
}

static size_t quote_one(struct sb *out, struct span s, size_t i)
{
    unsigned char c = (unsigned char)s.ptr[i];
    if (c == '"' || c == '\\') {
        sb_addc(out, '\\');
        sb_addc(out, (char)c);
    } else if (c == '\n') {
        sb_adds(out, "\\n");
    } else if (c == '\t') {
        sb_adds(out, "\\t");
    } else if (c == 0) {
        sb_adds(out, "\xef\xbf\xbd"); /* readers of C strings would cut the text here, so base/json.h refuses it */
    } else if (c < 0x20 || c == 0x7f) {
        sb_printf(out, "\\u%04x", c);
    } else if (c < 0x80) {
        sb_addc(out, (char)c);
    } else {
        size_t n = sequence(s, i);
        if (n == 0)
            sb_adds(out, "\xef\xbf\xbd");
        else
            sb_add(out, span_sub(s, i, n));
        return n ? n : 1;
    }
    return 1;
}

void json_quote(struct sb *out, struct span value)
{
    sb_addc(out, '"');
    for (size_t i = 0; i < value.len;)
        i += quote_one(out, value, i);
    sb_addc(out, '"');
}

static void lead(struct jsonw *w, const char *key)
{
    if (w->comma)
        sb_addc(w->out, ',');
    w->comma = true;
    if (key) {
        json_quote(w->out, span_of(key));
        sb_addc(w->out, ':');
    }
}

void jsonw_obj(struct jsonw *w, const char *key)
{
    lead(w, key);
    sb_addc(w->out, '{');
    w->comma = false;
}

void jsonw_arr(struct jsonw *w, const char *key)
{
    lead(w, key);
    sb_addc(w->out, '[');
    w->comma = false;
}

void jsonw_end_obj(struct jsonw *w)
{
    sb_addc(w->out, '}');
    w->comma = true;
}

void jsonw_end_arr(struct jsonw *w)
{
    sb_addc(w->out, ']');
    w->comma = true;
}

void jsonw_str(struct jsonw *w, const char *key, struct span value)
{
    lead(w, key);
    json_quote(w->out, value);
}

void jsonw_strz(struct jsonw *w, const char *key, const char *value)
{
    if (value)
        jsonw_str(w, key, span_of(value));
    else
        jsonw_null(w, key);
}

void jsonw_num(struct jsonw *w, const char *key, double value)
{
    lead(w, key);
    if (!isfinite(value)) {
        sb_adds(w->out, "null");
        return;
    }
    if (value == 0.0)
        value = fabs(value); /* no "-0" */
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    sb_adds(w->out, text);
}

void jsonw_int(struct jsonw *w, const char *key, int64_t value)
{
    lead(w, key);
    sb_printf(w->out, "%lld", (long long)value);
}

void jsonw_bool(struct jsonw *w, const char *key, bool value)
{
    lead(w, key);
    sb_adds(w->out, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
    lead(w, key);
    sb_adds(w->out, "null");
}

void jsonw_text(struct jsonw *w, const char *key, struct span value)
{
    if (value.len > 0)
        jsonw_str(w, key, value);
    else
        jsonw_null(w, key);
}

void jsonw_time(struct jsonw *w, const char *key, int64_t unix_us)
{
    struct sb text = { 0 };
    if (unix_us != 0)
        clock_format(&text, unix_us);
    jsonw_text(w, key, sb_span(&text));
    sb_release(&text);
}

void jsonw_raw(struct jsonw *w, const char *key, struct span json)
{
    lead(w, key);
    sb_add(w->out, json);
}
