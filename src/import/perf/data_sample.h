/* data_sample.h - the body of a sample and the trailer of every other record, field by field. */
#ifndef STET_IMPORT_PERF_DATA_SAMPLE_H
#define STET_IMPORT_PERF_DATA_SAMPLE_H

#include "import/perf/data_file.h"

/* Spans point into the record, in the file's byte order and without alignment. */
struct pdata_sample {
    uint32_t event; /* index in pdata_file.events */
    bool has_ip, has_tid, has_time, has_cpu, has_period, has_chain;
    uint64_t ip, time, id, period;
    int64_t pid, tid; /* -1 unknown */
    uint32_t cpu;
    struct span chain;     /* u64 each, leaf first, context markers between */
    struct span raw;       /* of a tracepoint */
    struct span branches;  /* 24 bytes each: from, to, flags */
    uint64_t regs_abi;     /* 0 none, 1 32-bit, 2 64-bit */
    struct span regs_user; /* u64 each, ascending bit of regs_user of the event */
    struct span stack;     /* from the stack pointer up, as much as was in use */
};

/* pdata_sample_read - the sample in r. False when its id is of no event (ret->event UINT32_MAX) or its fields do not
 * fit its length. */
bool pdata_sample_read(const struct pdata_file *f, const struct pdata_record *r, struct pdata_sample *ret);
/* pdata_trailer_read - who, when and where of a record that is no sample: all unknown without sample_id_all. */
void pdata_trailer_read(const struct pdata_file *f, const struct pdata_record *r, struct pdata_sample *ret);
/* Time of a kernel's record without reading the rest; 0 when it has none. */
uint64_t pdata_time(const struct pdata_file *f, const struct pdata_record *r);

#endif
