#include "http/metrics.h"

#include "base/cleanup.h"
#include "version.h"

static const double bounds_s[METRIC_BUCKETS] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30 };

void histogram_add(struct histogram *h, int64_t ns)
{
    double s = (double)ns / 1e9;
    size_t b = 0;
    while (b < METRIC_BUCKETS && s > bounds_s[b])
        b++;
    (void)atomic_fetch_add(&h->bucket[b], 1);
    (void)atomic_fetch_add(&h->sum_us, ns > 0 ? (unsigned long long)ns / 1000 : 0);
    (void)atomic_fetch_add(&h->count, 1);
}

static void histogram_write(struct histogram *h, const char *name, const char *help, struct sb *out)
{
    sb_printf(out, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name);
    unsigned long long sum = 0;
    for (size_t b = 0; b < METRIC_BUCKETS; b++) {
        sum += atomic_load(&h->bucket[b]);
        sb_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name, bounds_s[b], sum);
    }
    sum += atomic_load(&h->bucket[METRIC_BUCKETS]);
    sb_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n", name, sum);
    sb_printf(out, "%s_sum %.6f\n%s_count %llu\n", name, (double)atomic_load(&h->sum_us) / 1e6, name, sum);
}

void metrics_label(struct sb *out, struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"' || value.ptr[i] == '\\')
            sb_addc(out, '\\');
        if (value.ptr[i] == '\n')
            sb_adds(out, "\\n");
        else
            sb_addc(out, value.ptr[i]);
    }
}

void metrics_write(struct metrics *m, unsigned waiting, struct sb *out)
{
    const struct {
        const char *name, *help;
        unsigned long long value;
    } counters[] = {
        { "stet_uploads_total", "Profiles taken in", atomic_load(&m->uploads) },
        { "stet_uploads_duplicate_total", "Uploads that were there already", atomic_load(&m->duplicates) },
        { "stet_uploads_refused_total", "Uploads that could not be read", atomic_load(&m->refused) },
        { "stet_upload_bytes_total", "Bytes taken in, Content-Encoding undone", atomic_load(&m->upload_bytes) },
        { "stet_analyses_total", "Analyses made", atomic_load(&m->analyses) },
        { "stet_page_cache_hits_total", "Answers served from memory", atomic_load(&m->cache_hits) },
        { "stet_page_cache_misses_total", "Answers rendered", atomic_load(&m->cache_misses) },
    };
    sb_printf(out,
              "# HELP stet_build_info Version of the program\n# TYPE stet_build_info gauge\n"
              "stet_build_info{version=\"%s\"} 1\n",
              STET_VERSION);
    sb_adds(out, "# HELP stet_requests_total Requests by class of status\n# TYPE stet_requests_total counter\n");
    for (int c = 1; c <= 5; c++)
        sb_printf(out, "stet_requests_total{status=\"%dxx\"} %llu\n", c, atomic_load(&m->requests[c]));
    for (size_t i = 0; i < ARRAY_LEN(counters); i++)
        sb_printf(out, "# HELP %s %s\n# TYPE %s counter\n%s %llu\n", counters[i].name, counters[i].help,
                  counters[i].name, counters[i].name, counters[i].value);
    sb_printf(
        out,
        "# HELP stet_requests_in_flight Requests under way\n# TYPE stet_requests_in_flight gauge\n"
        "stet_requests_in_flight %d\n# HELP stet_jobs_waiting Analyses that wait\n# TYPE stet_jobs_waiting gauge\n"
        "stet_jobs_waiting %u\n",
        atomic_load(&m->inflight), waiting);
    histogram_write(&m->request_s, "stet_request_seconds", "Time of a request", out);
    histogram_write(&m->analysis_s, "stet_analysis_seconds", "Time of an analysis", out);
}
