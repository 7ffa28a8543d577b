/* data_feed.h - perf.data replayed: records in the order of time, each sample with its chain as functions and files,
 * handed to a perf_scan as if its text were read. So the importer, `stet collapse` and the writer of perf script text
 * see the same from a recording as from its text. */
#ifndef STET_IMPORT_PERF_DATA_FEED_H
#define STET_IMPORT_PERF_DATA_FEED_H

#include "import/perf/data_feature.h"
#include "import/perf/data_known.h"
#include "import/perf/data_queue.h"
#include "import/perf/data_sample.h"
#include "import/perf/data_space.h"
#include "import/perf/data_unwind.h"
#include "import/perf/perf_scan.h"
#include "symbol/symbols.h"

/* Ids of one address in one file, kept in the scan. */
struct pdata_frame {
    uint64_t address; /* as shown */
    uint64_t first;   /* of its ids */
    uint32_t count;
    uint32_t dso;
    uint32_t context; /* scan.context */
};

/* Ids of an address in one state of a process's maps: what repeats needs no look at the maps. */
struct pdata_near {
    uint64_t generation, ip;
    uint64_t first;
    uint32_t count, context;
};

struct pdata_options {
    const struct limits *limits;
    struct symbols *symbols; /* names of functions; NULL: addresses stay without */
    bool offsets;            /* functions without a name are [file+0xoffset], else [unknown] */
};

struct pdata_feed {
    struct pdata_file file;
    struct pdata_queue queue;
    struct pdata_spaces spaces;
    struct pdata_meta meta;
    struct pdata_options options;
    uint32_t *event_names; /* [event] index in scan.names */
    uint32_t event_name_count;
    struct pdata_frame *frames;
    uint32_t frame_count, frame_cap, frame_mask;
    uint32_t *frame_slot;
    struct pdata_near *near;
    struct pdata_known *known;
    struct {
        uint64_t *items;
        size_t count, cap;
    } words;                /* of the chain in hand */
    struct sb text, symbol; /* of the record in hand */
    uint64_t samples, lost;
    uint64_t unknown;            /* samples of no event */
    uint64_t bad;                /* samples whose fields do not fit their length */
    uint64_t broken;             /* chains with a marker that nobody knows */
    struct pdata_unwind *unwind; /* NULL until a sample holds a stack */
    uint64_t unnamed;            /* samples whose leaf has no name */
    uint64_t offset;             /* of the record in hand */
    struct pdata_maps nowhere;   /* nothing is mapped in it */
    bool started, ended;
};

/* Errors: those of pdata_open. pdata_feed_close also after a failure. */
bool pdata_feed_open(struct pdata_feed *d, struct source *in, const struct pdata_options *options,
                     struct err *err) MUST_CHECK;
/* scan reads from d from now on; d outlives it. */
void pdata_feed_attach(struct pdata_feed *d, struct perf_scan *scan);
void pdata_feed_close(struct pdata_feed *d);

/* data_chain.c: stack and frames of the sample, into ret. */
bool pdata_chain(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_record *r,
                 const struct pdata_sample *s, struct perf_record *ret, struct err *err) MUST_CHECK;
/* Where the code of a dso is looked up; NULL when nothing may be or it is no file. */
struct symbol_dso *pdata_dso_code(struct pdata_feed *d, struct pdata_dso *dso);
void pdata_chain_release(struct pdata_feed *d);

/* data_side.c: replays a record that is no sample, and fills ret where perf script would print it (*ret_shown). */
bool pdata_side(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_record *r, struct perf_record *ret,
                bool *ret_shown, struct err *err) MUST_CHECK;
/* What all records have in common: who, when, where. */
void pdata_who(struct pdata_feed *d, const struct pdata_sample *s, struct perf_record *ret);

/* True for the first bytes of a perf.data file. */
bool pdata_magic(struct span head);

#endif
