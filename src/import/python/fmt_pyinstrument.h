/* fmt_pyinstrument.h - shared by the two halves of the importer: the document, and the trees in it. Private. */
#ifndef STET_IMPORT_PYTHON_FMT_PYINSTRUMENT_H
#define STET_IMPORT_PYTHON_FMT_PYINSTRUMENT_H

#include "base/sb.h"
#include "import/json_in.h"

/* One call of the tree as it is read; a parent stands before its children. */
struct pyi_node {
    double time_s, children_s;
    uint32_t parent; /* index + 1, 0 = root */
    str_id func, file;
    uint32_t line;
    bool in_children; /* reading: the array of its children is open */
};

struct pyi {
    const struct import_options *opt;
    struct jscan *js;
    struct builder *b;
    struct artefact *a;
    struct err *err;
    struct {
        struct pyi_node *items;
        uint32_t count, cap;
    } nodes;
    struct sb text;
    double duration_s, cpu_s, samples;
    struct span target;
    uint32_t column;
    process_id process;
    thread_id thread;  /* of the tree */
    double recorded_s; /* sum of all rows */
    uint64_t records;
    bool awaits, has_tree, has_records, empty_tree;
};

/* Reads the object of root_frame or frame_tree, which is next. False when it failed. */
bool pyi_read_tree(struct pyi *p);
/* Makes rows of the tree that was read. */
bool pyi_make_tree(struct pyi *p);
/* Reads frame_records: [[[frame, ...], seconds], ...] straight into rows, in time order. */
bool pyi_read_records(struct pyi *p);

#endif
