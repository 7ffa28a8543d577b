/* corrected.c - what corrections of a project could not change, because a sample's clock or state says otherwise. */
#include "evidence/internal.h"

enum { SAID_MAX = 5 };

static void refused_say(struct work *w, const struct view *v, const struct classify_override *o,
                        const struct override_use *use)
{
    enum category stays = (enum category)v->c->category[use->refusing];
    enum category_class k = category_class_of(o->category);
    bool waiting = k == CLASS_WAIT || k == CLASS_INTERNAL_WAIT || k == CLASS_IDLE;
    work_problem(w, "override_refused", v->a->name,
                 waiting ? "revoke the correction, or record wall time, where waiting shows"
                         : "revoke the correction, or give one that names the frames that compute",
                 "the project calls %s %.80s %s (%s); %lu of its stacks in %.*s stay %s: "
                 "what a sample was taken of is measured",
                 override_kind_name(o->kind), o->pattern, category_name(o->category), category_words(o->category),
                 (unsigned long)use->refused, SPAN_FMT(span_sub(v->a->name, 0, 80)), category_words(stays));
}

void corrections_refused(struct work *w)
{
    unsigned said = 0;
    for (uint32_t i = 0; i < w->view_count; i++) {
        const struct view *v = &w->views[i];
        for (uint32_t k = 0; k < v->c->override_count && said < SAID_MAX; k++) {
            if (v->c->overrides[k].refused == 0)
                continue;
            refused_say(w, v, &w->in->overrides->items[k], &v->c->overrides[k]);
            said++;
        }
    }
}
