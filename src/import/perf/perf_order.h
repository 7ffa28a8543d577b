/* perf_order.h - rows of folded text in the order of their lines, byte by byte, without writing them first. */
#ifndef STET_IMPORT_PERF_ORDER_H
#define STET_IMPORT_PERF_ORDER_H

#include "import/perf/perf_scan.h"

/* One line: the root and the frames are indexes of names. */
struct perf_row {
    uint32_t root, stack;
    uint64_t weight;
};

/* perf_order_rows - indexes of the rows in the order of their lines; names hold no ';', no two rows are equal.
 * Owns: the caller frees. Cost: O(frames * log rows) */
uint32_t *perf_order_rows(const struct intern *names, const struct perf_scan *scan, const struct perf_row *rows,
                          uint32_t count);

#endif
