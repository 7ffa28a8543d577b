/* Asynchronous resources of node (category node.async_hooks): b and e of a type are its making and its end, b and e of
 * type_CALLBACK the calls into the program. A resource waits from when it is made, or from its last call, until it is called.
 * Such waits lie beside each other, so their sum says what was waited for and is no share of the time. */
#include "import/v8/fmt_chrome_trace.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

enum { RESOURCES_MAX = 1 << 20, TYPES_MAX = 256, SHOWN = 4 };

static uint32_t slot_of(const struct trace_async *s, uint64_t id)
{
    uint32_t at = (uint32_t)(id * 0x9e3779b97f4a7c15u >> 32) & (s->slots - 1);
    while (s->slot[at] != 0 && s->items[s->slot[at] - 1].id != id)
        at = (at + 1) & (s->slots - 1);
    return at;
}

static struct trace_resource *resource_of(struct trace_async *s, uint64_t id)
{
    if ((s->count + 1) * 2 > s->slots) {
        s->slots = s->slots ? s->slots * 2 : 1024;
        free(s->slot);
        s->slot = xcalloc(s->slots, sizeof *s->slot);
        for (uint32_t i = 0; i < s->count; i++)
            s->slot[slot_of(s, s->items[i].id)] = i + 1;
    }
    uint32_t at = slot_of(s, id);
    if (s->slot[at] != 0)
        return &s->items[s->slot[at] - 1];
    if (s->count >= RESOURCES_MAX)
        return NULL;
    struct trace_resource fresh = { id, NUM_UNKNOWN };
    VEC_PUSH(s, fresh);
    s->slot[at] = s->count;
    return &s->items[s->count - 1];
}

struct trace_wait *trace_wait_of(struct trace_async *s, struct intern *texts, struct span type)
{
    uint32_t name = intern_add(texts, type);
    for (uint32_t i = 0; i < s->type_count; i++) {
        if (s->types[i].name == name)
            return &s->types[i];
    }
    if (s->type_count >= TYPES_MAX)
        return NULL;
    if (!s->types)
        s->types = xcalloc(TYPES_MAX, sizeof *s->types);
    s->types[s->type_count] = (struct trace_wait){ .name = name };
    return &s->types[s->type_count++];
}

void trace_async_event(struct trace *t)
{
    const struct trace_event *e = &t->e;
    struct span type = sb_span(&e->name);
    uint64_t id;
    if (span_find(sb_span(&e->category), 0, SPAN("async_hooks")) == e->category.len || !isfinite(e->ts_us) ||
        !span_hex_to_u64(sb_span(&e->id), &id))
        return;
    bool call = span_ends(type, SPAN("_CALLBACK"));
    if (call)
        type.len -= sizeof "_CALLBACK" - 1;
    struct trace_resource *r = resource_of(&t->resources, id);
    struct trace_wait *w = trace_wait_of(&t->resources, &t->texts, type);
    if (!r || !w)
        return;
    if (call && e->phase == 'b' && e->ts_us >= r->since_us) {
        w->waited_us += e->ts_us - r->since_us;
        w->waits++;
    }
    if (call == (e->phase == 'e'))
        r->since_us = e->ts_us;
}

static int by_wait(const void *a, const void *b)
{
    const struct trace_wait *x = a, *y = b;
    if (x->waited_us != y->waited_us)
        return x->waited_us > y->waited_us ? -1 : 1;
    return x->name < y->name ? -1 : x->name > y->name;
}

void trace_async_report(struct trace_async *s, const struct intern *texts, struct artefact *a, const char *source)
{
    struct sb text = { 0 };
    double sum = 0;
    uint64_t waits = 0;
    if (s->type_count > 0)
        qsort(s->types, s->type_count, sizeof *s->types, by_wait);
    for (uint32_t i = 0; i < s->type_count && s->types[i].waits > 0; i++) {
        const struct trace_wait *w = &s->types[i];
        sum += w->waited_us;
        waits += w->waits;
        if (i < SHOWN)
            sb_printf(&text, "%s%.*s %.3g s in %llu", i ? ", " : "", SPAN_FMT(intern_get(texts, w->name)),
                      w->waited_us * 1e-6, (unsigned long long)w->waits);
    }
    if (waits > 0) {
        artefact_fact_num(a, "x_async_wait_s", sum * 1e-6, source);
        artefact_fact_num(a, "x_async_waits", (double)waits, source);
        artefact_problem(
            a, "async_waits", NULL,
            "waits of asynchronous resources, which lie beside each other and are no share of the time: %s",
            sb_cstr(&text));
    }
    sb_release(&text);
}

void trace_async_release(struct trace_async *s)
{
    free(s->items);
    free(s->slot);
    free(s->types);
}
