/* overrides.c - the categories that a project corrected, in the document. */
#include "advise/ctx.h"

/* What the project says of its code against the table: a reader can tell which shares are somebody's word. */
void overrides_write(const struct advise_ctx *c, struct jsonw *w)
{
    const struct classify_overrides *o = c->in->overrides;
    if (!o)
        return;
    jsonw_arr(w, "overrides");
    for (uint32_t i = 0; i < o->count; i++) {
        const struct classify_override *x = &o->items[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "pattern", x->pattern);
        jsonw_strz(w, "kind", override_kind_name(x->kind));
        jsonw_strz(w, "category", category_name(x->category));
        jsonw_strz(w, "words", category_words(x->category));
        jsonw_text(w, "reason", span_of(x->reason ? x->reason : ""));
        jsonw_text(w, "by", span_of(x->by ? x->by : ""));
        jsonw_time(w, "at", x->at_us);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}
