/* members.c - members by plain name, numbers with their units. */
#include "import/suite/members.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

struct member_name member_plain(struct span key)
{
    struct member_name out = { "" };
    size_t n = 0;
    for (size_t i = 0; i < key.len && n < sizeof out.text - 1; i++) {
        char c = key.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out.text[n++] = c;
    }
    out.text[n] = '\0';
    return out;
}

static const struct {
    const char *tail;
    enum member_unit unit;
    double factor; /* to milliseconds or MiB */
} units[] = {
    { "milliseconds", MEMBER_MS, 1 },
    { "millis", MEMBER_MS, 1 },
    { "ms", MEMBER_MS, 1 },
    { "microseconds", MEMBER_MS, 1e-3 },
    { "micros", MEMBER_MS, 1e-3 },
    { "us", MEMBER_MS, 1e-3 },
    { "nanoseconds", MEMBER_MS, 1e-6 },
    { "ns", MEMBER_MS, 1e-6 },
    { "seconds", MEMBER_MS, 1e3 },
    { "secs", MEMBER_MS, 1e3 },
    { "sec", MEMBER_MS, 1e3 },
    { "s", MEMBER_MS, 1e3 },
    { "bytes", MEMBER_MB, 1.0 / (1 << 20) },
    { "kib", MEMBER_MB, 1.0 / 1024 },
    { "kb", MEMBER_MB, 1.0 / 1024 },
    { "mib", MEMBER_MB, 1 },
    { "mb", MEMBER_MB, 1 },
    { "gib", MEMBER_MB, 1024 },
    { "gb", MEMBER_MB, 1024 },
    { "b", MEMBER_MB, 1.0 / (1 << 20) },
};

/* Whether name is `want`, or `want` and a unit of that kind; the factor of the unit, NaN without one. */
static bool named(const struct member_name *name, struct span want, enum member_unit unit, double *ret_factor)
{
    size_t n = strlen(name->text);
    *ret_factor = NUM_UNKNOWN;
    if (n < want.len || memcmp(name->text, want.ptr, want.len) != 0)
        return false;
    if (n == want.len)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (units[i].unit == unit && strcmp(name->text + want.len, units[i].tail) == 0) {
            *ret_factor = units[i].factor;
            return true;
        }
    }
    return false;
}

static double tail_factor(struct span key, enum member_unit unit)
{
    struct member_name name = member_plain(key);
    size_t n = strlen(name.text);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t t = strlen(units[i].tail);
        if (units[i].unit == unit && t > 1 && n > t && strcmp(name.text + n - t, units[i].tail) == 0)
            return units[i].factor;
    }
    return NUM_UNKNOWN;
}

static double scaled(double x, double own, double around, enum member_unit unit)
{
    if (!isfinite(x) || x < 0)
        return NUM_UNKNOWN;
    if (unit == MEMBER_PLAIN)
        return x;
    if (num_known(own))
        return x * own;
    if (num_known(around))
        return x * around;
    return unit == MEMBER_MB && x >= 1e5 ? x / (1 << 20) : x;
}

static double number_of(const struct json *v)
{
    double x = NUM_UNKNOWN;
    if (json_kind_of(v) == JSON_NUM)
        return json_num(v, NUM_UNKNOWN);
    /* jq -r and shells write numbers as texts */
    return json_kind_of(v) == JSON_STR && span_to_double(span_trim(json_str(v)), &x) ? x : NUM_UNKNOWN;
}

static double look_here(const struct json *obj, struct span want, enum member_unit unit, struct span *ret_name)
{
    for (const struct json *m = json_first(obj); m; m = json_next(m)) {
        double own, x = number_of(m);
        struct member_name name = member_plain(json_key(m));
        if (num_known(x) && named(&name, want, unit, &own)) {
            if (ret_name)
                *ret_name = json_key(m);
            return scaled(x, own, NUM_UNKNOWN, unit);
        }
    }
    return NUM_UNKNOWN;
}

/* As rest of an object's name: latency {p95} is latencyp95. */
static double look_inside(const struct json *obj, struct span want, enum member_unit unit, struct span *ret_name)
{
    for (const struct json *m = json_first(obj); m; m = json_next(m)) {
        if (json_kind_of(m) != JSON_OBJ)
            continue;
        double around = tail_factor(json_key(m), unit);
        struct member_name outer = member_plain(json_key(m));
        for (const struct json *k = json_first(m); k; k = json_next(k)) {
            double own, x = number_of(k);
            struct member_name name = member_plain(json_key(k));
            size_t have = 0;
            while (have < want.len && outer.text[have] == want.ptr[have])
                have++;
            if (!num_known(x) ||
                !(named(&name, want, unit, &own) || (have > 2 && named(&name, span_from(want, have), unit, &own))))
                continue;
            if (ret_name)
                *ret_name = json_key(k);
            return scaled(x, own, around, unit);
        }
    }
    return NUM_UNKNOWN;
}

double member_num(const struct json *obj, const char *names, enum member_unit unit, struct span *ret_name)
{
    struct span rest = span_of(names), want;
    double x = NUM_UNKNOWN;
    while (json_kind_of(obj) == JSON_OBJ && !num_known(x) && span_word(&rest, &want)) {
        x = look_here(obj, want, unit, ret_name);
        if (!num_known(x))
            x = look_inside(obj, want, unit, ret_name);
    }
    return x;
}

bool member_has(const struct json *obj, const char *names, enum member_unit unit)
{
    const struct json *places[] = { obj, member_any(obj, "summary metrics stats totals performance") };
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct span rest = span_of(names), want;
        while (json_kind_of(places[i]) == JSON_OBJ && span_word(&rest, &want)) {
            if (num_known(look_here(places[i], want, unit, NULL)))
                return true;
        }
    }
    return false;
}

const struct json *member_any(const struct json *obj, const char *names)
{
    struct span rest = span_of(names), want;
    while (json_kind_of(obj) == JSON_OBJ && span_word(&rest, &want)) {
        for (const struct json *m = json_first(obj); m; m = json_next(m)) {
            struct member_name name = member_plain(json_key(m));
            if (span_is(want, name.text))
                return m;
        }
    }
    return NULL;
}

bool member_says(struct span key, const char *words)
{
    struct member_name name = member_plain(key);
    struct span rest = span_of(words), word;
    while (span_word(&rest, &word)) {
        if (span_find(span_of(name.text), 0, word) < strlen(name.text))
            return true;
    }
    return false;
}
