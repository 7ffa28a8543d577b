/* room.h - what simulations one after another may use again: memory for draws, and tables of distributions. It holds no
 * result: the same call gives the same numbers in a used room as in a new one. Private to roi/ but for new and free. */
#ifndef STET_ROI_ROOM_H
#define STET_ROI_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct roi_room;

struct room_table { /* of PERT(a, mode, b), with these very numbers */
    double a, mode, b;
    double *knot; /* freed by whoever keeps it */
};

/* NULL when there is none. room may be NULL. */
const double *room_table_get(const struct roi_room *room, const struct room_table *key);
/* Takes t->knot over; false when there is no place (or no room): it stays the caller's. */
bool room_table_keep(struct roi_room *room, const struct room_table *t);
/* Column i of at least n numbers, whatever stands in them; lasts until one with more numbers is asked for. */
double *room_column(struct roi_room *room, uint32_t i, size_t n);

#endif
