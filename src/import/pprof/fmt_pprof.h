/* fmt_pprof.h - the parts of the pprof reader. Fields may stand in any order, the strings last: the file is walked once,
 * field by field; tables are kept as they come, samples are summed in numbers (pprof_stage.h) and named at the end. */
#ifndef STET_IMPORT_FMT_PPROF_H
#define STET_IMPORT_FMT_PPROF_H

#include "base/pb.h"
#include "base/sb.h"
#include "import/importer.h"
#include "import/pprof/pprof_stage.h"
#include "profile/builder.h"

enum { PPROF_TYPES_MAX = 64, PPROF_LABELS_MAX = 32, PPROF_COMMENTS_MAX = 256 };

/* Numbers of the fields (perftools.profiles.Profile). */
enum {
    PPROF_SAMPLE_TYPE = 1,
    PPROF_SAMPLE = 2,
    PPROF_MAPPING = 3,
    PPROF_LOCATION = 4,
    PPROF_FUNCTION = 5,
    PPROF_STRING = 6,
    PPROF_TIME = 9,
    PPROF_DURATION = 10,
    PPROF_PERIOD_TYPE = 11,
    PPROF_PERIOD = 12,
    PPROF_COMMENT = 13,
    PPROF_DEFAULT_TYPE = 14
};

struct pprof_type {
    uint64_t type, unit; /* strings */
};

struct pprof_function {
    uint64_t name, system_name, file;
};

struct pprof_location {
    uint64_t mapping;
    uint32_t line_first, line_count; /* of `lines`, innermost first */
    uint32_t first, count;           /* of `frames`, outermost first; count 0: not yet */
};

struct pprof_line {
    uint64_t function;
    uint32_t line;
};

/* A label as the stage keeps it. */
struct pprof_label {
    uint64_t key, text, unit; /* strings */
    int64_t number;
    uint64_t is_number;
};

/* What a sample type means. */
struct pprof_column {
    struct span type;
    enum unit_kind unit;
    double scale; /* to seconds, bytes */
    enum clock_kind clock;
    bool is_time;
    bool is_samples; /* counts of samples: says n */
    bool said;       /* a comment of our own told the clock */
    bool said_wall;  /* and that it is wall time */
    uint32_t column; /* of the profile */
};

struct pprof {
    const struct import_options *opt;
    struct err *err;
    struct builder *b;
    struct pprof_stage stage;
    struct pb here; /* the field at hand, for offsets */
    struct {
        struct sb bytes;
        uint64_t *items; /* where each begins; one more for the end */
        uint32_t count, cap;
    } strings;
    struct {
        struct pprof_type *items;
        uint32_t count, cap;
    } types;
    struct pprof_ids mapping_ids, location_ids, function_ids;
    struct {
        uint64_t *items;
        uint32_t count, cap;
    } mappings; /* file name */
    struct {
        struct pprof_location *items;
        uint32_t count, cap;
    } locations;
    struct {
        struct pprof_line *items;
        uint32_t count, cap;
    } lines;
    struct {
        struct pprof_function *items;
        uint32_t count, cap;
    } functions;
    struct {
        frame_id *items;
        uint32_t count, cap;
    } frames;
    struct sb places; /* of the sample at hand, where they do not stand in one piece */
    struct pprof_type period_type;
    double period, duration_ns;
    uint64_t default_type;
    uint64_t comments[PPROF_COMMENTS_MAX]; /* strings */
    uint32_t comment_count;
    uint64_t samples;     /* messages */
    uint32_t value_count; /* of each sample */
    uint64_t values_at;   /* byte of the first sample */
    struct pprof_column columns[PPROF_TYPES_MAX];
    enum runtime_kind runtime;
};

/* The walk over the file. */
bool pprof_read(struct pprof *p, struct source *in);
/* One sample, into the stage. */
bool pprof_sample(struct pprof *p, struct span message);
void pprof_release(struct pprof *p);
/* String ix; ERR_MALFORMED when there is none. */
bool pprof_string(struct pprof *p, uint64_t ix, struct span *ret);
/* A string that may be missing: "". */
struct span pprof_text(const struct pprof *p, uint64_t ix);
/* Meaning of every sample type. False with ERR_UNSUPPORTED when none is about time. */
bool pprof_columns_plan(struct pprof *p);
/* Makes them columns of p->b, the one to look at first. */
void pprof_columns_make(struct pprof *p);
/* What a type of samples in units of time sampled. */
enum clock_kind pprof_clock_of(struct span type);
/* Appends the frames of a location. */
bool pprof_place(struct pprof *p, uint64_t location_id, stack_id *stack);
/* Runtime by what the functions and files are called. */
enum runtime_kind pprof_runtime(const struct pprof *p);

/* Rows of the stage as rows of the builder; labels_dropped counts those without their labels. */
bool pprof_rows(struct pprof *p, process_id process, uint64_t *ret_labels_dropped);

/* Legacy text of contention profiles (fmt_pprof_text.c). */
bool pprof_text_is(struct span head);
bool pprof_text_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err);
/* What a profile of waiting for locks does not say; shared by both encodings. */
void pprof_lock_notes(struct artefact *a);

#endif
