#include "base/clock.h"

#include <time.h>

#include "base/num.h"

int64_t clock_unix_us(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_monotonic_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static struct timespec deadline(clockid_t clock, int64_t wait_s)
{
    struct timespec ts;
    (void)clock_gettime(clock, &ts);
    ts.tv_sec += (time_t)wait_s;
    return ts;
}

struct timespec clock_deadline(int64_t wait_s)
{
    return deadline(CLOCK_REALTIME, wait_s);
}

struct timespec clock_deadline_monotonic(int64_t wait_s)
{
    return deadline(CLOCK_MONOTONIC, wait_s);
}

/* Days since 1970-01-01 of a proleptic Gregorian date, and back: the usual era arithmetic on years
 * that begin in March, so that the leap day is the last of its year. */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, int64_t *y, int64_t *m, int64_t *d)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = yoe + era * 400 + (*m <= 2);
}

void clock_format(struct sb *out, int64_t unix_us)
{
    int64_t s = unix_us / 1000000;
    int64_t us = unix_us % 1000000;
    if (us < 0) {
        us += 1000000;
        s--;
    }
    int64_t days = s / 86400;
    int64_t rest = s % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t y;
    int64_t m;
    int64_t d;
    civil_from_days(days, &y, &m, &d);
    sb_printf(out, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld.%06lldZ", (long long)y, (long long)m, (long long)d,
              (long long)(rest / 3600), (long long)(rest / 60 % 60), (long long)(rest % 60), (long long)us);
}

static bool field(struct span s, size_t at, size_t n, uint64_t lo, uint64_t hi, int64_t *ret)
{
    uint64_t v;
    if (!span_to_u64(span_sub(s, at, n), &v) || v < lo || v > hi)
        return false;
    *ret = (int64_t)v;
    return true;
}

bool clock_parse(struct span s, int64_t *ret_unix_us)
{
    int64_t y;
    int64_t mo;
    int64_t d;
    int64_t h;
    int64_t mi;
    int64_t sec;
    if (s.len < 20 || s.ptr[4] != '-' || s.ptr[7] != '-' || (s.ptr[10] != 'T' && s.ptr[10] != ' ') ||
        s.ptr[13] != ':' || s.ptr[16] != ':' || s.ptr[s.len - 1] != 'Z')
        return false;
    if (!field(s, 0, 4, 0, 9999, &y) || !field(s, 5, 2, 1, 12, &mo) || !field(s, 8, 2, 1, 31, &d) ||
        !field(s, 11, 2, 0, 23, &h) || !field(s, 14, 2, 0, 59, &mi) || !field(s, 17, 2, 0, 60, &sec))
        return false;
    int64_t day[3];
    civil_from_days(days_from_civil(y, mo, d), &day[0], &day[1], &day[2]);
    if (day[2] != d)
        return false; /* the 30th of February */
    int64_t us = 0;
    if (s.len > 20) {
        struct span fraction = span_sub(s, 20, s.len - 21);
        if (s.ptr[19] != '.' || fraction.len == 0 || fraction.len > 9)
            return false;
        uint64_t v;
        if (!span_to_u64(fraction, &v))
            return false;
        for (size_t i = fraction.len; i < 6; i++)
            v *= 10;
        for (size_t i = fraction.len; i > 6; i--)
            v /= 10;
        us = (int64_t)v;
    }
    *ret_unix_us = ((days_from_civil(y, mo, d) * 24 + h) * 60 + mi) * 60000000 + sec * 1000000 + us;
    return true;
}
