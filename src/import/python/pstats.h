/* pstats.h - what a cProfile recording holds, however it was written: functions with their own seconds, and who called
 * whom. Filled by pstats_marshal.c (the file of `-o`) or pstats_text.c (the printed report). Private to the importer. */
#ifndef STET_IMPORT_PYTHON_PSTATS_H
#define STET_IMPORT_PYTHON_PSTATS_H

#include "import/importer.h"
#include "profile/builder.h"

struct pstats_function {
    str_id file, name;
    uint32_t line;
    double calls, self_s;
    double edges_calls, edges_self_s; /* what its callers account for */
    uint32_t callers;
    uint32_t caller; /* index + 1 of the last one */
};

/* Own seconds of `callee` while `caller` had called it. */
struct pstats_edge {
    uint32_t caller, callee;
    double calls, self_s;
};

struct pstats {
    const struct import_options *opt;
    struct source *in;
    struct builder *b;
    struct err *err;
    struct intern keys; /* file NUL line NUL name -> index + 1 into functions */
    struct {
        struct pstats_function *items;
        uint32_t count, cap;
    } functions;
    struct {
        struct pstats_edge *items;
        uint32_t count, cap;
    } edges;
    double total_s; /* the report's own total; NaN: the sum of all */
    enum clock_kind
        clock;         /* UNKNOWN: the report calls its seconds CPU seconds, as old versions did whatever they timed */
    bool more_reports; /* another one follows */
};

/* Index of the function of that file, line and name, made when new. False with err set beyond limits.frames. */
bool pstats_function(struct pstats *p, struct span file, uint32_t line, struct span name, uint32_t *ret);
bool pstats_edge(struct pstats *p, uint32_t caller, uint32_t callee, double calls, double self_s);

bool pstats_read_marshal(struct pstats *p);
bool pstats_read_text(struct pstats *p);

#endif
