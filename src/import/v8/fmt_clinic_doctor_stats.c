/* clinic doctor, process statistics. Each reading holds CPU time over elapsed time since the one before, so it is weighed
 * by the difference of their timestamps: the interval of 10 ms stretches whenever the loop is busy.
 * The first reading comes some 20 to 40 ms after start and start-up itself is missing, so with m the mean and T the time
 * covered the share lies in [m, (m*T + 0.3)/(T + 0.3)] (method 1.4 (d)).
 * Worked example: m = 0.102 over 5 s gives 0.102 .. 0.153; the kernel counted 0.148. */
#include "import/v8/fmt_clinic_doctor.h"

#include <math.h>

enum { CPUS_MAX = 4096 };
static const double startup_s = 0.3;

void doctor_stats_init(struct doctor_stats *s)
{
    *s = (struct doctor_stats){ .first_ms = NUM_UNKNOWN,
                                .last_ms = NUM_UNKNOWN,
                                .rss_max_bytes = NUM_UNKNOWN,
                                .handles_max = NUM_UNKNOWN,
                                .loop_percent = NUM_UNKNOWN };
}

static double larger(double known, double x)
{
    return !num_known(known) || x > known ? x : known;
}

bool doctor_stats_add(struct doctor_stats *s, const struct doctor_stat *stat, struct err *err)
{
    if (!isfinite(stat->at_ms) || stat->at_ms < 0)
        return err_set(err, ERR_VALUE, "reading %llu has no time", (unsigned long long)s->readings);
    if (!isfinite(stat->cpu) || stat->cpu < 0 || stat->cpu > CPUS_MAX)
        return err_set(err, ERR_VALUE, "reading %llu: CPU over elapsed time is %g", (unsigned long long)s->readings,
                       stat->cpu);
    if (s->readings++ == 0) {
        s->first_ms = stat->at_ms;
    } else {
        double elapsed = stat->at_ms - s->last_ms;
        s->backwards += elapsed < 0;
        if (elapsed > 0) {
            s->cpu_ms += stat->cpu * elapsed;
            s->covered_ms += elapsed;
        }
    }
    s->last_ms = stat->at_ms;
    if (isfinite(stat->delay_ms) && stat->delay_ms >= 0) {
        s->delay_sum_ms += stat->delay_ms;
        s->delay_max_ms = larger(s->delay_max_ms, stat->delay_ms);
    }
    if (isfinite(stat->rss_bytes) && stat->rss_bytes >= 0)
        s->rss_max_bytes = larger(s->rss_max_bytes, stat->rss_bytes);
    if (isfinite(stat->handles))
        s->handles_max = larger(s->handles_max, stat->handles);
    if (isfinite(stat->loop_percent))
        s->loop_percent = stat->loop_percent; /* cumulative: the last one stands */
    return true;
}

bool doctor_stats_finish(const struct doctor_stats *s, struct artefact *a, struct err *err)
{
    if (!(s->covered_ms > 0))
        return err_set(err, ERR_EMPTY, "%llu readings bound no time", (unsigned long long)s->readings);
    double span_s = s->covered_ms * 1e-3;
    double cpu_s = s->cpu_ms * 1e-3;
    double mean = cpu_s / span_s;
    double with_startup = (cpu_s + startup_s) / (span_s + startup_s);
    struct accounting *c = artefact_acct(a);
    c->scope = ACCT_PROCESS;
    c->cpu_s = c->cpu_lo_s = cpu_s;
    c->cpu_hi_s = cpu_s + startup_s;
    c->wall_s = c->wall_lo_s = span_s;
    c->wall_hi_s = span_s + startup_s;
    c->share_lo = mean;
    c->share_hi = with_startup > mean ? with_startup : mean;
    c->rss_max_bytes = s->rss_max_bytes;
    c->processes = 1;
    c->pid = a->pid;
    c->source = artefact_text(a, SPAN("clinic doctor, process statistics"));
    a->clock = CLOCK_ACCT;
    a->duration_s = NUM_UNKNOWN;
    a->span_s = span_s;
    artefact_fact_num(a, "x_loop_delay_mean_s", s->delay_sum_ms * 1e-3 / (double)s->readings,
                      "doctor-processstat delay");
    artefact_fact_num(a, "x_loop_delay_max_s", s->delay_max_ms * 1e-3, "doctor-processstat delay");
    artefact_fact_num(a, "x_readings", (double)s->readings, "doctor-processstat");
    if (num_known(s->handles_max))
        artefact_fact_num(a, "x_handles_max", s->handles_max, "doctor-processstat handles");
    if (num_known(s->loop_percent))
        artefact_fact_num(a, "x_loop_utilisation", s->loop_percent / 100, "doctor-processstat loopUtilization");
    if (s->backwards > 0)
        artefact_problem(a, "clock_went_back", NULL, "the system's clock went back %llu times during the recording",
                         (unsigned long long)s->backwards);
    return true;
}

bool doctor_stat_json(struct jscan *js, struct doctor_stat *ret)
{
    *ret = (struct doctor_stat){ NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    struct span key;
    jscan_obj(js);
    while (jscan_member(js, &key)) {
        if (span_is(key, "timestamp"))
            ret->at_ms = jscan_double(js);
        else if (span_is(key, "delay"))
            ret->delay_ms = jscan_double(js);
        else if (span_is(key, "cpu"))
            ret->cpu = jscan_double(js);
        else if (span_is(key, "handles"))
            ret->handles = jscan_double(js);
        else if (span_is(key, "loopUtilization"))
            ret->loop_percent = jscan_double(js);
        else if (span_is(key, "memory") && jscan_peek(js) == JSCAN_OBJ) {
            jscan_obj(js);
            while (jscan_member(js, &key)) {
                if (span_is(key, "rss"))
                    ret->rss_bytes = jscan_double(js);
                else
                    jscan_skip(js);
            }
        } else
            jscan_skip(js);
    }
    return jscan_ok(js);
}
