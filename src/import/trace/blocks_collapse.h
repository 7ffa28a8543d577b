/* blocks_collapse.h - folded lines of stack blocks, as stackcollapse.pl (DTrace) and stackcollapse-bpftrace.pl write them. */
#ifndef STET_IMPORT_TRACE_BLOCKS_COLLAPSE_H
#define STET_IMPORT_TRACE_BLOCKS_COLLAPSE_H

#include "base/limits.h"
#include "import/source.h"

typedef bool (*collapse_write_fn)(void *user, struct span text, struct err *err);

/* One line an entry, in the order of the file: comm, then the frames root first, with offsets; ", " between two stacks. */
bool blocks_collapse_bpftrace(struct source *in, const struct limits *lim, collapse_write_fn write, void *user,
                              struct err *err) MUST_CHECK;
/* Equal stacks summed, sorted by bytes; offsets and arguments of C++ names cut unless `offsets`; inlined frames end in _[i]. */
bool blocks_collapse_dtrace(struct source *in, const struct limits *lim, bool offsets, collapse_write_fn write,
                            void *user, struct err *err) MUST_CHECK;

#endif
