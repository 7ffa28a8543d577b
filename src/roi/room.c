#include "roi/room.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "roi/roi.h"

enum { COLUMNS_MAX = 16, TABLES_MAX = 48 };

struct roi_room {
    double *column[COLUMNS_MAX];
    size_t held[COLUMNS_MAX];
    struct room_table tables[TABLES_MAX];
    uint32_t table_count;
};

struct roi_room *roi_room_new(void)
{
    return xcalloc(1, sizeof(struct roi_room));
}

void roi_room_free(struct roi_room *room)
{
    if (!room)
        return;
    for (uint32_t i = 0; i < COLUMNS_MAX; i++)
        free(room->column[i]);
    for (uint32_t i = 0; i < room->table_count; i++)
        free(room->tables[i].knot);
    free(room);
}

void roi_room_freep(struct roi_room **room)
{
    roi_room_free(*room);
    *room = NULL;
}

const double *room_table_get(const struct roi_room *room, const struct room_table *key)
{
    for (uint32_t i = 0; room && i < room->table_count; i++) {
        const struct room_table *t = &room->tables[i];
        if (t->a == key->a && t->mode == key->mode && t->b == key->b)
            return t->knot;
    }
    return NULL;
}

bool room_table_keep(struct roi_room *room, const struct room_table *t)
{
    if (!room || room->table_count == TABLES_MAX)
        return false;
    room->tables[room->table_count++] = *t;
    return true;
}

double *room_column(struct roi_room *room, uint32_t i, size_t n)
{
    assert(i < COLUMNS_MAX);
    if (room->held[i] < n) {
        /* what stands there is not wanted: no need to copy it */
        free(room->column[i]);
        room->column[i] = xrealloc(NULL, n, sizeof(double));
        room->held[i] = n;
    }
    return room->column[i];
}
