/* fmt_pprof.h - the parts of the pprof reader: the tables of a profile, read before its samples. Fields may stand in any
 * order, the strings last, so the message is held and walked twice. Spans borrow from it. */
#ifndef STET_IMPORT_FMT_PPROF_H
#define STET_IMPORT_FMT_PPROF_H

#include "base/pb.h"
#include "base/sb.h"
#include "import/importer.h"
#include "profile/builder.h"

enum { PPROF_TYPES_MAX = 64, PPROF_LABELS_MAX = 32 };

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
    PPROF_DEFAULT_TYPE = 14
};

struct pprof_type {
    uint64_t type, unit; /* strings */
};

/* Entries by id: ids are arbitrary, usually 1, 2, 3. */
struct pprof_ids {
    uint64_t *ids;
    uint32_t count, cap;
    uint32_t *slot;
    uint32_t slots;
    bool scattered;
};

struct pprof_function {
    uint64_t name, system_name, file;
};

struct pprof_location {
    uint64_t mapping;
    struct span message;   /* its lines are read when it is first used */
    uint32_t first, count; /* of `frames`, outermost first; count 0: not yet */
};

struct pprof {
    const struct import_options *opt;
    struct err *err;
    struct builder *b;
    struct pb all;
    struct {
        struct span *items;
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
        struct pprof_function *items;
        uint32_t count, cap;
    } functions;
    struct {
        frame_id *items;
        uint32_t count, cap;
    } frames;
    struct pprof_type period_type;
    double period, duration_ns;
    uint64_t default_type;
    uint64_t samples; /* messages */
    enum runtime_kind runtime;
};

/* The first walk. */
bool pprof_tables(struct pprof *p);
void pprof_release(struct pprof *p);
/* String ix; ERR_MALFORMED when there is none. */
bool pprof_string(struct pprof *p, uint64_t ix, struct span *ret);
/* A string that may be missing: "". */
struct span pprof_text(const struct pprof *p, uint64_t ix);
/* Appends the frames of a location to the stack. */
bool pprof_stack(struct pprof *p, uint64_t location_id, stack_id *stack);
/* Runtime by what the functions and files are called. */
enum runtime_kind pprof_runtime(const struct pprof *p);

#endif
