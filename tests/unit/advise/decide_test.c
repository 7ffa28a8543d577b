#include "decide_test.h"

static void put(struct fact_set *f, struct span name, const char *suffix, struct span value, enum fact_origin origin)
{
    char full[80];
    enum fact_id id;
    double num;
    (void)snprintf(full, sizeof full, "%.*s%s", SPAN_FMT(name), suffix);
    if (!fact_find(span_of(full), &id))
        fail_msg("no fact %s", full);
    if (fact_infos[id].kind == FACT_TEXT) {
        facts_set_text(f, id, value, origin, "the test");
        return;
    }
    if (!span_to_double(value, &num))
        fail_msg("%s: no number '%.*s'", full, SPAN_FMT(value));
    facts_set_num(f, id, num, origin, "the test");
}

static void facts_type(struct fact_set *f, const char *text, enum fact_origin origin)
{
    struct span rest = span_of(text), word;
    while (span_word(&rest, &word)) {
        struct span name, value, lo, est, hi;
        if (!span_split(word, '=', &name, &value))
            fail_msg("no fact '%.*s'", SPAN_FMT(word));
        size_t dots = span_find(value, 0, SPAN(".."));
        if (span_split(value, '/', &lo, &est) && span_split(est, '/', &est, &hi)) {
            put(f, name, "_lo", lo, origin);
            put(f, name, "_est", est, origin);
            put(f, name, "_hi", hi, origin);
        } else if (dots < value.len) {
            put(f, name, "_lo", span_sub(value, 0, dots), origin);
            put(f, name, "_hi", span_from(value, dots + 2), origin);
        } else {
            put(f, name, "", value, origin);
        }
    }
}

static struct proposal *proposal_of(const char *json)
{
    struct err err = ERR_INIT;
    struct field_errors errors = { 0 };
    struct proposal *p = NULL;
    if (!proposal_parse(span_of(json), &p, &errors, &err))
        fail_msg("%s", err.text);
    field_errors_release(&errors);
    return p;
}

static void packs_of(const char *names, struct advise_input *base, struct policy_pack **out)
{
    struct err err = ERR_INIT;
    struct span rest = span_of(names), word;
    while (span_word(&rest, &word)) {
        if (!policy_pack_builtin(word, &out[base->pack_count++], &err))
            fail_msg("%s", err.text);
    }
    base->packs = (const struct policy_pack *const *)out;
}

static struct policy_project *project_of(const char *json)
{
    struct err err = ERR_INIT;
    struct field_errors errors = { 0 };
    struct policy_project *p = NULL;
    if (json && !policy_project_parse(span_of(json), &p, &errors, &err))
        fail_msg("%s", err.text);
    field_errors_release(&errors);
    return p;
}

void decide_given(const struct given *g, struct decided *ret)
{
    struct err err = ERR_INIT;
    struct fact_set *facts = xcalloc(1, sizeof *facts);
    struct policy_pack *packs[16] = { NULL };
    struct proposal *p = proposal_of(g->proposal);
    struct policy_project *project = project_of(g->project);
    struct decide_input in = { .proposal = p, .draws = g->draws ? g->draws : 20000 };
    facts_type(facts, g->facts ? g->facts : "", ORIGIN_FILE);
    facts_type(facts, g->declared ? g->declared : "", ORIGIN_DECLARED);
    packs_of(g->packs ? g->packs : "", &in.base, packs);
    in.base.declared = facts;
    in.base.project_policy = project;
    in.base.as_of_us = g->as_of_us;
    in.base.artefacts = g->artefacts;
    in.base.artefact_count = g->artefact_count;
    in.waivers = g->waivers;
    in.waiver_count = g->waiver_count;
    *ret = (struct decided){ .doc = NULL };
    if (!decide_make(&in, &ret->text, &ret->verdict, &err))
        fail_msg("%s", err.text);
    if (!json_parse(sb_span(&ret->text), 64, &ret->doc, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < in.base.pack_count; i++)
        policy_pack_free(packs[i]);
    policy_project_free(project);
    proposal_free(p);
    free(facts);
}

void decided_release(struct decided *d)
{
    json_free(d->doc);
    sb_release(&d->text);
}

const char *fired_in(const struct json *doc)
{
    static char list[2000];
    size_t n = 0;
    list[0] = '\0';
    for (const struct json *r = json_first(json_get(doc, "rules")); r; r = json_next(r)) {
        if (json_num(json_get(r, "value"), 0) == 1 && !json_bool(json_get(r, "exempted"), false))
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%.*s", n ? ", " : "",
                                  SPAN_FMT(json_str(json_get(r, "id"))));
    }
    return list;
}

const char *text_at(const struct json *doc, const char *path)
{
    static char text[4][600];
    static unsigned turn;
    char *out = text[turn++ % ARRAY_LEN(text)];
    (void)snprintf(out, sizeof text[0], "%.*s", SPAN_FMT(json_str(json_path(doc, path))));
    return out;
}

bool has_text(const struct json *doc, const char *path, const char *part)
{
    struct span s = json_str(json_path(doc, path));
    return span_find(s, 0, span_of(part)) < s.len;
}

const struct json *row_with(const struct json *array, const char *member, const char *text)
{
    for (const struct json *r = json_first(array); r; r = json_next(r)) {
        if (span_is(json_str(json_get(r, member)), text))
            return r;
    }
    return NULL;
}
