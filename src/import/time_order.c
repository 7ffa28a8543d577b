#include "import/time_order.h"

#include <stdlib.h>

#include "base/vec.h"

void time_order_add(struct time_order *o, double at, uint32_t row, double weight)
{
    if (o->in_order && o->most > 0) {
        builder_order(o->b, row, weight);
        return;
    }
    if (o->moments.count >= o->most)
        return;
    if (o->moments.count == 0 || at < o->moments.items[o->moments.count - 1].at)
        VEC_PUSH(&o->runs, o->moments.count);
    VEC_PUSH(&o->moments, ((struct time_moment){ at, row, (float)weight }));
}

/* A run at the moment it stands at. */
struct head {
    size_t at, end;
};

static bool before(const struct time_order *o, const struct head *a, const struct head *b)
{
    double x = o->moments.items[a->at].at;
    double y = o->moments.items[b->at].at;
    return x < y || (!(y < x) && a->at < b->at);
}

static void sink(const struct time_order *o, struct head *heap, size_t n, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++) {
            if (before(o, &heap[child], &heap[least]))
                least = child;
        }
        if (least == i)
            return;
        struct head held = heap[i];
        heap[i] = heap[least];
        heap[least] = held;
        i = least;
    }
}

void time_order_write(struct time_order *o)
{
    size_t n = o->runs.count;
    struct head *heap = xcalloc(n + 1, sizeof *heap);
    for (size_t i = 0; i < n; i++) {
        size_t end = i + 1 < n ? o->runs.items[i + 1] : o->moments.count;
        heap[i] = (struct head){ o->runs.items[i], end };
    }
    for (size_t i = n / 2; i-- > 0;)
        sink(o, heap, n, i);
    while (n > 0) {
        const struct time_moment *m = &o->moments.items[heap[0].at];
        builder_order(o->b, m->row, (double)m->weight);
        if (++heap[0].at == heap[0].end)
            heap[0] = heap[--n];
        sink(o, heap, n, 0);
    }
    free(heap);
}

void time_order_release(struct time_order *o)
{
    free(o->moments.items);
    free(o->runs.items);
    *o = (struct time_order){ .b = o->b };
}
