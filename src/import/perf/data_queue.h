/* data_queue.h - records in the order of time. perf writes one batch a CPU and round; everything up to the latest time
 * of the round before is complete when a round ends. */
#ifndef STET_IMPORT_PERF_DATA_QUEUE_H
#define STET_IMPORT_PERF_DATA_QUEUE_H

#include "import/perf/data_file.h"

struct pdata_queued {
    uint64_t time;
    uint64_t offset;
    uint32_t at, len; /* its bytes in the pool */
};

struct pdata_queue {
    struct pdata_queued *items; /* [0, ready) sorted, to be handed out from `next` on; behind them as they came */
    struct pdata_queued *other; /* room for merging */
    size_t count, cap, other_cap;
    size_t next, ready;
    char *pool;
    size_t pool_len, pool_size;
    uint64_t latest, round_latest; /* time seen; time at the end of the round before */
    uint64_t handed;               /* time of the last record that was handed out */
    uint64_t late;                 /* records that came after later ones had been handed out */
};

void pdata_queue_release(struct pdata_queue *q);
void pdata_queue_add(struct pdata_queue *q, uint64_t time, const struct pdata_record *r);
/* Next record that is known to be the earliest; false when more has to be added first. */
bool pdata_queue_pop(struct pdata_queue *q, const struct pdata_file *f, struct pdata_record *ret);
/* A round ended; or so much is held that the earlier half has to go; or the file ended. Nothing may be left to pop. */
void pdata_queue_round(struct pdata_queue *q);
bool pdata_queue_full(const struct pdata_queue *q);
void pdata_queue_half(struct pdata_queue *q);
void pdata_queue_end(struct pdata_queue *q);

#endif
