#include "advise/words.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

/* Decimals that leave two significant digits of x. */
static int decimals(double x, int digits)
{
    if (x == 0 || !isfinite(x))
        return 0;
    int magnitude = (int)floor(log10(fabs(x)));
    int d = digits - 1 - magnitude;
    return d < 0 ? 0 : d > 6 ? 6 : d;
}

static void percent_number(struct sb *out, double share)
{
    double percent = share * 100;
    if (percent <= 0) {
        sb_addc(out, '0');
        return;
    }
    if (percent < 0.01) {
        sb_adds(out, "under 0.01");
        return;
    }
    /* 99.6 would read 100, and 100 must mean all of it. */
    if (percent > 99 && percent < 100)
        sb_printf(out, "%.1f", floor(percent * 10) / 10);
    else if (percent < 1)
        sb_printf(out, "%.*f", percent < 0.1 ? 2 : decimals(percent, 2), percent);
    else
        sb_printf(out, "%.*f", decimals(percent, 2), percent);
}

void words_share(struct sb *out, double share)
{
    if (!num_known(share)) {
        sb_adds(out, "an unknown share");
        return;
    }
    percent_number(out, share);
    sb_adds(out, " %");
}

void words_range(struct sb *out, double lo, double hi)
{
    if (!num_known(lo) || !num_known(hi)) {
        words_share(out, num_known(lo) ? lo : hi);
        return;
    }
    struct sb a = { 0 };
    struct sb b = { 0 };
    percent_number(&a, lo);
    percent_number(&b, hi);
    if (span_eq(sb_span(&a), sb_span(&b)))
        sb_printf(out, "%s %%", sb_cstr(&b));
    else
        sb_printf(out, "%s to %s %%", sb_cstr(&a), sb_cstr(&b));
    sb_release(&a);
    sb_release(&b);
}

void words_seconds(struct sb *out, double s)
{
    if (s >= 7200)
        sb_printf(out, "%.*f h", decimals(s / 3600, 2), s / 3600);
    else if (s >= 600)
        sb_printf(out, "%.0f min", s / 60);
    else if (s >= 100)
        sb_printf(out, "%.0f s", s);
    else if (s >= 1)
        sb_printf(out, "%.*f s", decimals(s, s >= 10 ? 3 : 2), s);
    else if (s >= 0.001)
        sb_printf(out, "%.*f ms", decimals(s * 1000, 2), s * 1000);
    else if (s > 0)
        sb_printf(out, "%.*f us", decimals(s * 1e6, 2), s * 1e6);
    else
        sb_adds(out, "0 s");
}

void words_factor(struct sb *out, double factor)
{
    if (factor < 2)
        sb_printf(out, "%.2f", factor);
    else
        sb_printf(out, "%.*f", decimals(factor, 2), factor);
}

void words_count(struct sb *out, double count)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%.0f", fabs(count) < 1e15 ? count : 1e15);
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0 && text[i - 1] != '-')
            sb_addc(out, ',');
        sb_addc(out, text[i]);
    }
}
