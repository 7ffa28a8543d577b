#include "report/fmt.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "facts/facts.h"

static bool unknown(struct sb *out, double x)
{
    if (num_known(x))
        return false;
    sb_adds(out, "not known");
    return true;
}

static void grouped(struct sb *out, double x)
{
    char digits[40];
    int n = snprintf(digits, sizeof digits, "%.0f", fabs(x));
    if (x < 0 && n > 0)
        sb_addc(out, '-');
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            sb_addc(out, ',');
        sb_addc(out, digits[i]);
    }
}

/* Digits behind the point for two significant ones, looked up after rounding: 9.96 is 10, not 10.0. */
static int places(double x)
{
    double magnitude = fabs(x);
    if (magnitude == 0)
        return 0;
    if (magnitude >= 9.95)
        return 0;
    int n = 1;
    while (n < 12 && magnitude < 0.995 * pow(10, 1 - n))
        n++;
    return n;
}

void fmt_number(struct sb *out, double x)
{
    if (unknown(out, x))
        return;
    /* What is left of a sum that should be nothing. */
    if (fabs(x) < 1e-9)
        x = 0;
    if (fabs(x) >= 1e15)
        sb_printf(out, "%.2g", x);
    else if (fabs(x) >= 99.5 || x == floor(x))
        grouped(out, x);
    else
        sb_printf(out, "%.*f", places(x), x);
}

static void percent_digits(struct sb *out, double percent)
{
    if (percent > 0 && percent < 0.01)
        sb_adds(out, "under 0.01");
    else if (percent >= 99.9 && percent < 100)
        sb_adds(out, "over 99.9");
    else if (percent >= 99.5 && percent < 100)
        sb_printf(out, "%.1f", floor(percent * 10) / 10);
    else
        sb_printf(out, "%.*f", places(percent), percent);
}

void fmt_percent(struct sb *out, double share)
{
    if (unknown(out, share))
        return;
    percent_digits(out, share * 100);
    sb_adds(out, " %");
}

void fmt_percent_range(struct sb *out, double lo, double hi)
{
    if (!num_known(lo) || !num_known(hi))
        return;
    double a = lo * 100;
    double b = hi * 100;
    int digits = b < 1 ? 2 : b - a < 2 ? 1 : 0;
    /* Both ends with the same digits, rounded outwards so that the interval stays what it claims. */
    double step = pow(10, digits);
    double low = floor(a * step + 1e-9) / step;
    double high = ceil(b * step - 1e-9) / step;
    if (digits > 0 && low == floor(low) && high == floor(high))
        digits = 0;
    sb_printf(out, "%.*f..%.*f", digits, low, digits, high);
}

void fmt_seconds(struct sb *out, double seconds)
{
    if (unknown(out, seconds))
        return;
    double s = fabs(seconds);
    if (s >= 7200) {
        fmt_number(out, seconds / 3600);
        sb_adds(out, " h");
    } else if (s >= 99.95) {
        grouped(out, seconds);
        sb_adds(out, " s");
    } else if (s >= 9.995) {
        sb_printf(out, "%.1f s", seconds);
    } else if (s >= 0.995 || s == 0) {
        sb_printf(out, s == 0 ? "%.0f s" : "%.1f s", seconds);
    } else if (s >= 0.000995) {
        sb_printf(out, "%.*f ms", places(seconds * 1e3), seconds * 1e3);
    } else {
        sb_printf(out, "%.*f us", places(seconds * 1e6), seconds * 1e6);
    }
}

void fmt_factor(struct sb *out, double x)
{
    if (unknown(out, x))
        return;
    if (x < 2)
        sb_printf(out, "%.2fx", x);
    else if (x < 9.95)
        sb_printf(out, "%.1fx", x);
    else {
        grouped(out, x);
        sb_addc(out, 'x');
    }
}

void fmt_ceiling(struct sb *out, double x)
{
    if (num_known(x) && x >= 100.5)
        sb_adds(out, "over 100x");
    else
        fmt_factor(out, x);
}

void fmt_bytes(struct sb *out, double bytes)
{
    static const char *const units[] = { "bytes", "KB", "MB", "GB", "TB" };
    if (unknown(out, bytes))
        return;
    size_t i = 0;
    while (bytes >= 999.5 && i + 1 < sizeof units / sizeof units[0]) {
        bytes /= 1000;
        i++;
    }
    fmt_number(out, bytes);
    sb_printf(out, " %s", units[i]);
}

void fmt_fact(struct sb *out, struct span name, double value)
{
    enum fact_id id;
    if (!fact_find(name, &id)) {
        fmt_number(out, value);
        return;
    }
    const struct fact_info *info = &fact_infos[id];
    if (info->kind == FACT_BOOL && num_known(value))
        sb_adds(out, value != 0 ? "yes" : "no");
    else if (span_starts(name, SPAN("amdahl_ceiling")))
        fmt_ceiling(out, value);
    else
        fmt_unit(out, span_of(info->unit), value);
}

/* 1 core, 2 cores: the dictionary names its units in the plural. */
static struct span one_of(struct span unit)
{
    static const char *const counted[] = { "cores", "runs", "days", "years", "months", "samples", "people" };
    static const char *const single[] = { "core", "run", "day", "year", "month", "sample", "person" };
    for (size_t i = 0; i < ARRAY_LEN(counted); i++) {
        if (span_is(unit, counted[i]))
            return span_of(single[i]);
    }
    return unit;
}

void fmt_unit(struct sb *out, struct span unit, double value)
{
    if (span_is(unit, "share")) {
        fmt_percent(out, value);
    } else if (span_is(unit, "s")) {
        fmt_seconds(out, value);
    } else if (span_is(unit, "x")) {
        fmt_factor(out, value);
    } else if (span_is(unit, "bytes")) {
        fmt_bytes(out, value);
    } else if (span_is(unit, "1/s")) {
        fmt_number(out, value);
        sb_adds(out, num_known(value) ? " a second" : "");
    } else {
        fmt_number(out, value);
        if (unit.len > 0 && unit.len < 20 && !span_is(unit, "1") && !span_is(unit, "text") && num_known(value))
            sb_printf(out, " %.*s", SPAN_FMT(value == 1 ? one_of(unit) : unit));
    }
}
