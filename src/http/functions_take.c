#include "http/functions.h"

#include <stdlib.h>

#include "base/mask.h"

/* How py-spy draws a process that has children: the name is a command line. */
static struct span shown_name(struct arena *arena, struct span name)
{
    struct sb masked = { 0 };
    if (!span_starts(name, SPAN("process ")))
        return arena_span(arena, name);
    mask_command(name, &masked);
    name = arena_span(arena, sb_span(&masked));
    sb_release(&masked);
    return name;
}

void functions_take(void *user, const struct evidence *ev)
{
    struct functions_taken *t = user;
    functions_taken_release(t);
    t->items = xcalloc(ev->function_count + 1u, sizeof *t->items);
    size_t n = 0;
    for (uint32_t i = 0; i < ev->function_count; i++) {
        const struct evidence_function *f = &ev->functions[i];
        if (i >= FUNCTIONS_KEPT && f->self <= FUNCTIONS_OWN_MIN)
            continue;
        t->items[n++] = (struct store_function){ .name = shown_name(&t->arena, f->name),
                                                 .place = arena_span(&t->arena, f->place),
                                                 .file = arena_span(&t->arena, f->file),
                                                 .category = span_of(category_name(f->category)),
                                                 .own = f->self,
                                                 .total = f->total,
                                                 .n_eff = num_known(f->total_n_eff) ? f->total_n_eff : ev->n_eff };
    }
    t->artefact = ev->whole.artefact_index;
    t->set = (struct store_functions){ .items = t->items,
                                       .count = n,
                                       .off = ev->whole.clock == CLOCK_OFF,
                                       .profile_id = SPAN(""),
                                       .commit = SPAN("") };
}

void functions_taken_release(struct functions_taken *t)
{
    free(t->items);
    arena_release(&t->arena);
    *t = (struct functions_taken){ 0 };
}
