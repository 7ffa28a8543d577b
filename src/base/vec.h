/* vec.h - growth of plain arrays kept as (pointer, count, capacity). */
#ifndef STET_BASE_VEC_H
#define STET_BASE_VEC_H

#include <stddef.h>

#include "base/err.h"

/* Makes room for one more element; v->items, v->count, v->cap are the members. Doubles: amortised O(1). */
#define VEC_GROW(v)                                                                                                    \
    do {                                                                                                               \
        if ((v)->count == (v)->cap) {                                                                                  \
            (v)->cap = (v)->cap ? (v)->cap * 2 : 16;                                                                   \
            (v)->items = xrealloc((v)->items, (v)->cap, sizeof *(v)->items);                                           \
        }                                                                                                              \
    } while (0)

#define VEC_PUSH(v, x)                                                                                                 \
    do {                                                                                                               \
        VEC_GROW(v);                                                                                                   \
        (v)->items[(v)->count++] = (x);                                                                                \
    } while (0)

#endif
