/* addr_map.h - where libraries stood in the memory of a recorded process, as the text that legacy profiles end with says
 * it (/proc/PID/maps, or "start-end: file"), and names for addresses from it. The text holds no build-ids: a file gives
 * names where path and inode are those of the text and the symbols may look at this machine's files. */
#ifndef STET_IMPORT_ADDR_MAP_H
#define STET_IMPORT_ADDR_MAP_H

#include "base/limits.h"
#include "base/sb.h"
#include "import/frametext.h"
#include "profile/artefact.h"
#include "symbol/symbols.h"

struct addr_range {
    uint64_t start, end, offset;
    uint64_t inode;         /* 0: the text does not say */
    size_t file, file_len;  /* of `names` */
    struct symbol_dso *dso; /* once it was asked for a name; borrowed from the symbols */
};

struct addr_map {
    struct addr_range *items; /* as they stand until addr_map_sort */
    uint32_t count, cap;
    struct sb names, build;  /* build: what "$build" stands for */
    struct symbols *symbols; /* the caller's; NULL: no names */
    bool named;              /* some name came from there */
};

/* One line; what is no mapping is passed over. Errors: ERR_LIMIT */
bool addr_map_line(struct addr_map *m, struct span line, const struct limits *lim, struct err *err) MUST_CHECK;
void addr_map_sort(struct addr_map *m);
void addr_map_release(struct addr_map *m);
/* File name of the first executable mapping, "" without one: the program. */
struct span addr_map_program(const struct addr_map *m);
/* A frame for an address of which only this is known: the function, or "[libc.so.6+0x2d1a]". After addr_map_sort.
 * Owns: texts borrow from the map, its symbols, `ret` itself and `buf`. */
void addr_map_frame(struct addr_map *m, uint64_t address, struct frametext *ret, struct sb *buf);
/* Says where names came from. */
void addr_map_note(const struct addr_map *m, struct artefact *a);

#endif
