#include "classify/rules.h"

#include <stdlib.h>

#include "base/jsonw.h"

struct hits {
    struct jsonw *w;
};

static void on_hit(void *user, uint16_t rule)
{
    static const char *const positions[] = { "leaf", "self-or-callee", "any" };
    struct jsonw *w = ((struct hits *)user)->w;
    struct sb id = { 0 };
    classify_rule_id(rule, &id);
    jsonw_obj(w, NULL);
    jsonw_str(w, "id", sb_span(&id));
    jsonw_strz(w, "category", category_name((enum category)rules[rule].category));
    jsonw_strz(w, "position", positions[rules[rule].position]);
    jsonw_end_obj(w);
    sb_release(&id);
}

static bool frame_contains(const struct profile *p, const struct profile_frame *f, struct span pattern)
{
    struct span parts[] = { profile_str(p, f->func), profile_str(p, f->file), profile_str(p, f->module) };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (pattern.len == 0 || span_find(parts[i], 0, pattern) < parts[i].len)
            return true;
    }
    return false;
}

/* Rows of the profile whose leaf is the frame, by the row of the table that decided them. */
static void explain_leaves(struct jsonw *w, const struct profile *p, const struct classification *c, uint32_t frame)
{
    enum { SHOWN_MAX = 8 };
    uint32_t seen[SHOWN_MAX];
    size_t n = 0;
    jsonw_arr(w, "decided_as_leaf");
    for (uint32_t r = 0; r < p->row_count && n < SHOWN_MAX; r++) {
        bool known = p->row_stack[r].ix == 0 || p->stacks[p->row_stack[r].ix].frame.ix != frame;
        for (size_t i = 0; i < n && !known; i++)
            known = seen[i] == c->rule[r];
        if (known)
            continue;
        seen[n++] = c->rule[r];
        struct sb id = { 0 };
        classification_rule_id(c, c->rule[r], &id);
        jsonw_obj(w, NULL);
        jsonw_strz(w, "category", category_name((enum category)c->category[r]));
        jsonw_str(w, "rule", sb_span(&id));
        jsonw_end_obj(w);
        sb_release(&id);
    }
    jsonw_end_arr(w);
}

void classify_explain(const struct profile *p, const struct classify_options *opt, const struct classification *c,
                      struct span pattern, struct sb *ret_json)
{
    enum { FRAMES_MAX = 100 };
    struct jsonw w = { .out = ret_json };
    struct hits hits = { &w };
    enum runtime_kind runtime = opt->runtime != RUNTIME_UNKNOWN ? opt->runtime : frame_guess_runtime(p);
    unsigned shown = 0;
    jsonw_arr(&w, NULL);
    for (uint32_t i = 0; i < p->frame_count && shown < FRAMES_MAX; i++) {
        const struct profile_frame *f = &p->frames[i];
        if (!frame_contains(p, f, pattern))
            continue;
        shown++;
        struct frame_view v;
        frame_view_of(p, f, runtime, &v);
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "frame", profile_str(p, f->func));
        jsonw_str(&w, "file", profile_str(p, f->file));
        jsonw_str(&w, "dso", profile_str(p, f->module));
        jsonw_strz(&w, "kind", frame_kind_name((enum frame_kind)f->kind));
        jsonw_strz(&w, "runtime", runtime_name(v.runtime));
        jsonw_arr(&w, "rules");
        rules_match_frame(&v, on_hit, &hits);
        jsonw_end_arr(&w);
        explain_leaves(&w, p, c, i);
        jsonw_end_obj(&w);
    }
    jsonw_end_arr(&w);
}
