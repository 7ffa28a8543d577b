/* time_order.h - samples that a file holds thread by thread or buffer by buffer, handed to the builder in the order of
 * time: a merge of the runs that are in order already, without a second copy. */
#ifndef STET_IMPORT_TIME_ORDER_H
#define STET_IMPORT_TIME_ORDER_H

#include "profile/builder.h"

struct time_moment {
    double at; /* in any unit, on one axis */
    uint32_t row;
    float weight;
};

struct time_order {
    struct builder *b; /* borrowed */
    uint64_t most;     /* later moments are not kept; 0 = none is */
    bool in_order;     /* the caller knows that they come in order: each is handed on at once */
    struct {
        struct time_moment *items;
        size_t count, cap;
    } moments;
    struct {
        size_t *items; /* where each run begins */
        size_t count, cap;
    } runs;
};

/* Notes that a sample of the row was taken then. */
void time_order_add(struct time_order *o, double at, uint32_t row, double weight);
/* Hands on what was noted, the earliest first; of equal times what was noted first. */
void time_order_write(struct time_order *o);
void time_order_release(struct time_order *o);

#endif
