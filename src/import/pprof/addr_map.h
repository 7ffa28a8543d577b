/* addr_map.h - where libraries stood in the memory of a recorded process, as the text that legacy profiles end with says
 * it (/proc/PID/maps, or "start-end: file"), and names for addresses from it. */
#ifndef STET_IMPORT_ADDR_MAP_H
#define STET_IMPORT_ADDR_MAP_H

#include "base/limits.h"
#include "base/sb.h"
#include "profile/builder.h"

struct addr_range {
    uint64_t start, end, offset;
    size_t file, file_len; /* of `names` */
};

struct addr_map {
    struct addr_range *items; /* as they stand until addr_map_sort */
    uint32_t count, cap;
    struct sb names, build; /* build: what "$build" stands for */
};

/* One line; what is no mapping is passed over. Errors: ERR_LIMIT */
bool addr_map_line(struct addr_map *m, struct span line, const struct limits *lim, struct err *err) MUST_CHECK;
void addr_map_sort(struct addr_map *m);
void addr_map_release(struct addr_map *m);
/* File name of the first executable mapping, "" without one: the program. */
struct span addr_map_program(const struct addr_map *m);
/* A frame for an address of which only this is known: "[libc.so.6+0x2d1a]". Owns: text in `buf`. */
struct frame_desc addr_map_frame(const struct addr_map *m, uint64_t address, struct sb *buf);

#endif
