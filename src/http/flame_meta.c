#include "http/flame_meta.h"

#include "http/pages.h"
#include "http/request.h"

/* --- artefacts of uploads --- */

static bool has_stacks(const struct json *entry)
{
    return json_count(json_get(entry, "events")) > 0;
}

static bool sha_of_any(const struct store_profiles *files, struct span sha256)
{
    for (size_t i = 0; i < files->count; i++) {
        if (span_eq(files->items[i].sha256, sha256))
            return true;
    }
    return false;
}

static const char *clock_of(const struct json *entry)
{
    for (const struct json *p = json_first(json_get(entry, "problems")); p; p = json_next(p)) {
        if (span_is(json_str(json_get(p, "code")), "clock_inferred"))
            return "wall";
    }
    struct span clock = json_str(json_get(entry, "clock"));
    return span_is(clock, "cpu") ? "cpu" : span_is(clock, "wall") ? "wall" : span_is(clock, "off") ? "off" : "unknown";
}

static int rank(const struct json *entry)
{
    struct span clock = json_str(json_get(entry, "clock"));
    return span_is(clock, "cpu") ? 3 : span_is(clock, "wall") ? 2 : 1;
}

static bool better(const struct json *a, const struct json *than)
{
    if (rank(a) != rank(than))
        return rank(a) > rank(than);
    return json_num(json_get(a, "samples"), 0) > json_num(json_get(than, "samples"), 0);
}

bool flame_source_find(const struct json *doc, const struct store_profiles *files, const struct store_profile *p,
                       struct flame_source *ret)
{
    const struct json *found = NULL;
    bool own = false; /* the upload is an artefact itself, not an archive of some */
    for (const struct json *e = json_first(json_get(doc, "artefacts")); e; e = json_next(e))
        own = own || span_eq(json_str(json_get(e, "sha256")), p->sha256);
    for (const struct json *e = json_first(json_get(doc, "artefacts")); e; e = json_next(e)) {
        struct span sha256 = json_str(json_get(e, "sha256"));
        /* What no upload is stands in an archive. */
        bool mine = own ? span_eq(sha256, p->sha256) : !sha_of_any(files, sha256);
        if (mine && has_stacks(e) && (!found || better(e, found)))
            found = e;
    }
    if (!found)
        return false;
    *ret = (struct flame_source){ found, clock_of(found) };
    return true;
}

/* As profile_column_default: a time of CPU or wall, else the first time, else the first. */
const struct json *flame_source_column(const struct flame_source *s, uint32_t *ret_index)
{
    const struct json *best = NULL;
    int best_rank = -1;
    uint32_t i = 0;
    for (const struct json *e = json_first(json_get(s->entry, "events")); e; e = json_next(e), i++) {
        struct span clock = json_str(json_get(e, "clock"));
        struct span unit = json_str(json_get(e, "unit"));
        bool time = span_is(unit, "seconds") || span_is(unit, "samples") || span_is(unit, "cycles");
        int r = !time ? 0 : span_is(clock, "cpu") || span_is(clock, "wall") ? 2 : 1;
        if (r <= best_rank)
            continue;
        best_rank = r;
        best = e;
        *ret_index = i;
    }
    return best;
}

/* --- addresses --- */

static void text_url(struct jsonw *w, const char *key, const char *prefix, struct span id, const char *suffix,
                     const char *query)
{
    struct sb url = { 0 };
    sb_adds(&url, prefix);
    url_encode(&url, id);
    sb_adds(&url, suffix);
    sb_adds(&url, query);
    jsonw_str(w, key, sb_span(&url));
    sb_release(&url);
}

static void query_add(struct sb *query, const char *name, int64_t value)
{
    sb_printf(query, "%c%s=%lld", query->len ? '&' : '?', name, (long long)value);
}

static void graph_write(struct jsonw *w, const struct flame_meta *in, const struct store_profile *p, const char *clock,
                        bool first)
{
    struct sb query = { 0 };
    struct sb picture = { 0 };
    jsonw_obj(w, NULL);
    jsonw_str(w, "id", p->id);
    jsonw_str(w, "name", p->name);
    jsonw_strz(w, "clock", clock);
    if (first && in->column != UINT32_MAX)
        query_add(&query, "column", in->column);
    if (first && in->artefact != UINT32_MAX)
        query_add(&query, "artefact", in->artefact);
    sb_add(&picture, sb_span(&query));
    if (in->revision > 0)
        query_add(&query, "rev", in->revision);
    text_url(w, "url", "/api/v1/profiles/", p->id, "/flame", sb_cstr(&query));
    text_url(w, "picture_url", "/api/v1/profiles/", p->id, "/flamegraph.svg", sb_cstr(&picture));
    sb_reset(&query);
    if (in->revision > 0)
        query_add(&query, "rev", in->revision);
    text_url(w, "page_url", "/profiles/", p->id, "/flame", sb_cstr(&query));
    jsonw_end_obj(w);
    sb_release(&query);
    sb_release(&picture);
}

/* --- the member --- */

/* The upload that the analysis counted CPU from, else the one that shows most. */
static const struct store_profile *best_of(const struct flame_meta *in)
{
    struct span composition = json_str(json_path(in->doc, "sources.composition"));
    const struct store_profile *best = NULL;
    struct flame_source best_source = { 0 };
    for (size_t i = 0; i < in->files->count; i++) {
        const struct store_profile *p = &in->files->items[i];
        struct flame_source s;
        if (!flame_source_find(in->doc, in->files, p, &s))
            continue;
        if (composition.len > 0 && span_eq(json_str(json_get(s.entry, "name")), composition))
            return p;
        if (!best || better(s.entry, best_source.entry)) {
            best = p;
            best_source = s;
        }
    }
    return best;
}

static const struct store_profile *by_id(const struct store_profiles *files, struct span id)
{
    for (size_t i = 0; i < files->count; i++) {
        if (id.len > 0 && span_eq(files->items[i].id, id))
            return &files->items[i];
    }
    return NULL;
}

void flame_meta_write(struct jsonw *w, const struct flame_meta *in)
{
    struct flame_source s;
    const struct store_profile *shown[2] = { by_id(in->files, in->shown[0]), by_id(in->files, in->shown[1]) };
    /* A page of an upload without stacks shows those of its run. */
    if (!shown[0] || (in->doc && !flame_source_find(in->doc, in->files, shown[0], &s)))
        shown[0] = best_of(in);
    if (!shown[0])
        return;
    jsonw_obj(w, "flame");
    jsonw_str(w, "project", in->project);
    jsonw_str(w, "run", in->run);
    jsonw_bool(w, "may_write", in->may_write);
    jsonw_arr(w, "graphs");
    for (size_t i = 0; i < 2 && shown[i]; i++) {
        bool known = flame_source_find(in->doc, in->files, shown[i], &s);
        graph_write(w, in, shown[i], known ? s.clock : "unknown", i == 0);
    }
    jsonw_end_arr(w);
    jsonw_arr(w, "profiles");
    for (size_t i = 0; i < in->files->count; i++) {
        if (flame_source_find(in->doc, in->files, &in->files->items[i], &s))
            graph_write(w, in, &in->files->items[i], s.clock, false);
    }
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}
