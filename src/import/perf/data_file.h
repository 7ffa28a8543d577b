/* data_file.h - perf.data as a sequence of records: header, attributes and ids of the events, byte order, pipe mode,
 * compressed records. Reads through random access of the source, a window at a time. The parts of the perf.data
 * importer share the prefix pdata_. */
#ifndef STET_IMPORT_PERF_DATA_FILE_H
#define STET_IMPORT_PERF_DATA_FILE_H

#include "base/arena.h"
#include "base/limits.h"
#include "import/source.h"

/* Record types of the kernel, and from 64 on those that perf writes itself. */
enum pdata_type {
    PDATA_MMAP = 1,
    PDATA_LOST = 2,
    PDATA_COMM = 3,
    PDATA_EXIT = 4,
    PDATA_FORK = 7,
    PDATA_SAMPLE = 9,
    PDATA_MMAP2 = 10,
    PDATA_LOST_SAMPLES = 13,
    PDATA_SWITCH = 14,
    PDATA_SWITCH_CPU_WIDE = 15,
    PDATA_KSYMBOL = 17,
    PDATA_USER_FIRST = 64,
    PDATA_ATTR = 64,
    PDATA_EVENT_TYPE = 65,
    PDATA_TRACING_DATA = 66,
    PDATA_BUILD_ID = 67,
    PDATA_FINISHED_ROUND = 68,
    PDATA_AUXTRACE = 71,
    PDATA_EVENT_UPDATE = 78,
    PDATA_FEATURE = 80,
    PDATA_COMPRESSED = 81,
    PDATA_COMPRESSED2 = 83,
};

/* Bits of the misc field. */
enum {
    PDATA_MISC_CPUMODE = 7,
    PDATA_MISC_13 = 1 << 13, /* COMM: exec; SWITCH: out; FORK: written by perf, not by the kernel; MMAP: data */
    PDATA_MISC_14 = 1 << 14, /* SWITCH: preempted; MMAP2: build id */
};
enum { PDATA_MODE_KERNEL = 1, PDATA_MODE_USER, PDATA_MODE_HYPERVISOR, PDATA_MODE_GUEST_KERNEL, PDATA_MODE_GUEST_USER };

/* Bits of sample_type. */
enum {
    PDATA_IP = 1 << 0,
    PDATA_TID = 1 << 1,
    PDATA_TIME = 1 << 2,
    PDATA_ADDR = 1 << 3,
    PDATA_READ = 1 << 4,
    PDATA_CALLCHAIN = 1 << 5,
    PDATA_ID = 1 << 6,
    PDATA_CPU = 1 << 7,
    PDATA_PERIOD = 1 << 8,
    PDATA_STREAM_ID = 1 << 9,
    PDATA_RAW = 1 << 10,
    PDATA_BRANCH_STACK = 1 << 11,
    PDATA_REGS_USER = 1 << 12,
    PDATA_STACK_USER = 1 << 13,
    PDATA_IDENTIFIER = 1 << 16,
};

/* Bits of attr flags that are looked at. */
enum {
    PDATA_FLAG_EXCLUDE_USER = 1 << 4,
    PDATA_FLAG_EXCLUDE_KERNEL = 1 << 5,
    PDATA_FLAG_EXCLUDE_HV = 1 << 6,
    PDATA_FLAG_FREQ = 1 << 10,
    PDATA_FLAG_SAMPLE_ID_ALL = 1 << 18,
};

struct pdata_event {
    uint32_t type;
    uint64_t config;
    uint64_t period; /* or Hz, with PDATA_FLAG_FREQ */
    uint64_t sample_type, read_format, flags;
    uint64_t branch_type, regs_user, regs_intr;
    uint32_t stack_user;
    struct span name; /* "" until a description names it; in the arena */
    bool described;   /* the name was written by the recorder */
};

struct pdata_record {
    uint32_t type;
    uint16_t misc;
    struct span bytes; /* with its header of 8 bytes; valid until the next record is read */
    uint64_t offset;   /* in the file, of the record or of the compressed record around it */
};

struct pdata_section {
    uint64_t offset, size;
};

enum { PDATA_FEATURES = 64 };

struct pdata_inflate;

struct pdata_file {
    struct source *in;
    const struct limits *limits;
    struct arena arena;
    bool swap; /* written in the other byte order */
    bool pipe, version1;
    bool killed;    /* the recorder never wrote the length and the features */
    bool truncated; /* the last record is cut off */
    bool broken;    /* a record's length lies; nothing behind it is read */
    uint64_t broken_at;
    struct pdata_event *events;
    uint32_t count, cap;
    struct pdata_section feature[PDATA_FEATURES]; /* size 0: absent */

    uint64_t *id_key; /* open addressing by sample id; value + 1 in id_event, 0 = free */
    uint32_t *id_event;
    uint32_t id_mask, id_used;
    uint64_t id_total; /* with the doubles */

    uint64_t at, end; /* of the records */
    char *window;
    size_t window_len, window_size;
    bool window_last; /* the file ends in it */
    uint64_t window_at;
    struct pdata_inflate *inflate; /* NULL until a compressed record comes */
};

static inline uint16_t pdata_u16(const struct pdata_file *f, const char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return f->swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t pdata_u32(const struct pdata_file *f, const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return f->swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t pdata_u64(const struct pdata_file *f, const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return f->swap ? __builtin_bswap64(v) : v;
}

static inline int64_t pdata_s32(const struct pdata_file *f, const char *p)
{
    return (int32_t)pdata_u32(f, p);
}

/* Header, attributes and table of features. The source must be at its start.
 * Errors: ERR_UNRECOGNISED (no magic), ERR_MALFORMED with the byte, ERR_LIMIT, ERR_IO. pdata_close also after a failure. */
bool pdata_open(struct pdata_file *f, struct source *in, const struct limits *limits, struct err *err) MUST_CHECK;
void pdata_close(struct pdata_file *f);
/* Next record in file order; *ret_end at the end. Compressed records are opened, HEADER_ATTR adds to the events, blobs
 * behind a record are skipped except that of TRACING_DATA (pdata_blob). Errors: ERR_LIMIT, ERR_IO, ERR_MALFORMED (zstd). */
bool pdata_next(struct pdata_file *f, struct pdata_record *ret, bool *ret_end, struct err *err) MUST_CHECK;
/* Up to max bytes at an offset, copied into the arena; fewer at the end of the file. */
bool pdata_blob(struct pdata_file *f, uint64_t offset, uint64_t size, size_t max, struct span *ret,
                struct err *err) MUST_CHECK;
/* Adds the event that attr (its bytes) describes, ids behind it. */
bool pdata_event_add(struct pdata_file *f, struct span attr, struct span ids, struct err *err) MUST_CHECK;
/* Event of a sample id; UINT32_MAX when there is none. */
uint32_t pdata_event_of_id(const struct pdata_file *f, uint64_t id);

/* data_inflate.c: one zstd stream over all compressed records. */
struct pdata_inflate *pdata_inflate_new(uint64_t plain_max);
void pdata_inflate_free(struct pdata_inflate *z);
/* Takes the payload of the next compressed record; only when pdata_inflate_record said that nothing is left. */
void pdata_inflate_feed(struct pdata_inflate *z, struct span payload);
/* Next plain record, n bytes long as its header says (read by f); len 0 when more has to be fed. */
bool pdata_inflate_record(struct pdata_inflate *z, const struct pdata_file *f, struct span *ret,
                          struct err *err) MUST_CHECK;
/* Bytes of a record whose rest never came. */
bool pdata_inflate_partial(const struct pdata_inflate *z);

#endif
