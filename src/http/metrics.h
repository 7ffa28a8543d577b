/* metrics.h - counters of this process, for GET /metrics. */
#ifndef STET_HTTP_METRICS_H
#define STET_HTTP_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/sb.h"

enum { METRIC_BUCKETS = 12 };

struct histogram {
    atomic_ullong bucket[METRIC_BUCKETS + 1];
    atomic_ullong sum_us;
    atomic_ullong count;
};

struct metrics {
    atomic_ullong requests[6]; /* by first digit of the status */
    atomic_ullong uploads, duplicates, refused;
    atomic_ullong upload_bytes;
    atomic_ullong analyses;
    atomic_ullong cache_hits, cache_misses;
    atomic_int inflight;
    struct histogram request_s, analysis_s;
};

void histogram_add(struct histogram *h, int64_t ns);
void metrics_write(struct metrics *m, unsigned waiting, struct sb *out);
/* A label value, escaped for the text format. */
void metrics_label(struct sb *out, struct span value);

#endif
