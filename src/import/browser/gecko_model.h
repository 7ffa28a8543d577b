/* gecko_model.h - a Firefox profile as its tables stand in the file, raw (rows with a schema) or processed (columns), until
 * all of them are known: samples may stand before the stacks they name, and stacks before the strings. */
#ifndef STET_IMPORT_BROWSER_GECKO_MODEL_H
#define STET_IMPORT_BROWSER_GECKO_MODEL_H

#include "base/sb.h"
#include "import/json_in.h"

enum { GECKO_NULL = INT32_MIN };

/* Columns of indexes, GECKO_NULL where the file has null, and of numbers, NaN. */
struct gecko_ints {
    int32_t *items;
    uint32_t count, cap;
};
struct gecko_nums {
    double *items;
    uint32_t count, cap;
};
struct gecko_texts {
    struct span *items; /* in the model's arena */
    uint32_t count, cap;
};

/* The tables that threads of old files have each, and newer files share. */
struct gecko_tables {
    struct gecko_texts strings;
    struct gecko_ints frame_location, frame_func, frame_line; /* raw files have the first, processed ones the second */
    struct gecko_ints func_name, func_file, func_source, func_line, func_resource, func_js;
    struct gecko_ints resource_name, resource_lib;
    struct gecko_ints stack_frame, stack_prefix, stack_offset; /* offset: own index less the parent's, 0 = root */
    struct gecko_ints source_file;
    struct gecko_texts libs;
};

enum gecko_weight { GECKO_WEIGHT_SAMPLES, GECKO_WEIGHT_MS, GECKO_WEIGHT_BYTES };

struct gecko_lib {
    uint64_t start, end;
    struct span path;
    uint32_t process; /* as gecko_thread.process: each process has its own map */
};

struct gecko_thread {
    struct gecko_tables own;
    uint32_t process; /* the how-manieth process of the file */
    struct span name, process_name;
    int64_t pid, tid;
    struct gecko_ints stack;
    struct gecko_nums time, delta_time, cpu, weight;
    enum gecko_weight weight_type;
};

struct gecko_pause {
    double from, to; /* ms on the samples' axis */
};

struct gecko_model {
    struct arena arena;
    struct gecko_tables shared;
    struct {
        struct gecko_thread **items;
        uint32_t count, cap;
    } threads;
    struct {
        struct gecko_pause *items;
        uint32_t count, cap;
    } pauses;
    struct {
        struct gecko_lib *items;
        uint32_t count, cap;
    } libs; /* sorted by process and start once all is read */
    uint32_t processes;
    bool of_gecko; /* meta has settings that only Gecko has */
    struct span product, version, oscpu, imported_from, cpu_unit;
    double interval_ms;
    bool processed; /* meta.preprocessedProfileVersion, or tables of columns */
    bool has_meta;

    const struct limits *lim;
    struct jscan *js;
    struct err *err;
    uint32_t depth; /* of processes inside each other */
};

/* gecko_read - the whole document into the model. Errors: ERR_MALFORMED, ERR_LIMIT, ERR_UNRECOGNISED (no thread). */
bool gecko_read(struct gecko_model *m) MUST_CHECK;
/* gecko_make - the artefact of a model that was read. Errors: ERR_VALUE (index out of range), ERR_EMPTY, ERR_LIMIT. */
bool gecko_make(struct gecko_model *m, const struct import_options *opt, struct artefact *out) MUST_CHECK;
/* Both, for the two formats. */
bool gecko_import(struct source *in, const struct import_options *opt, struct artefact *out,
                  struct err *err) MUST_CHECK;
/* True for a document whose head reads like a profile of Firefox; *ret_processed which kind. */
bool gecko_looks_like(struct span head, bool *ret_processed);

#endif
