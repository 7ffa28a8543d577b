#include "advise/ctx.h"

double ctx_num(const struct advise_ctx *c, enum fact_id id)
{
    return facts_num(c->facts, id);
}

bool ctx_known(const struct advise_ctx *c, enum fact_id id)
{
    return c->facts->v[id].known;
}

bool ctx_overlapping(const struct advise_ctx *c)
{
    return span_is(facts_text(c->facts, FACT_concurrency), "overlapping");
}

const struct artefact *ctx_main_artefact(const struct advise_ctx *c)
{
    const struct artefact *stacks = NULL;
    for (size_t i = 0; i < c->in->artefact_count; i++) {
        if (!c->in->artefacts[i]->profile)
            continue;
        if (c->ev->artefacts[i].gave_composition)
            return c->in->artefacts[i];
        if (!stacks)
            stacks = c->in->artefacts[i];
    }
    return stacks ? stacks : c->in->artefact_count > 0 ? c->in->artefacts[0] : NULL;
}

bool ctx_goal_is_time(const struct advise_ctx *c)
{
    return c->in->goal == GOAL_LATENCY || c->in->goal == GOAL_STARTUP || c->in->goal == GOAL_TAIL;
}

void ctx_json_share(struct jsonw *w, const char *key, struct share s)
{
    if (!share_known(s)) {
        jsonw_null(w, key);
        return;
    }
    jsonw_obj(w, key);
    jsonw_num(w, "lo", s.lo);
    jsonw_num(w, "est", s.est);
    jsonw_num(w, "hi", s.hi);
    jsonw_end_obj(w);
}
