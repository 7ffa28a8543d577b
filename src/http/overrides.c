#include "http/overrides.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/sha256.h"

static bool row_read(struct arena *arena, const struct store_override *o, struct classify_override *ret)
{
    *ret = (struct classify_override){ .pattern = arena_dup(arena, o->pattern),
                                       .reason = arena_dup(arena, o->reason),
                                       .by = arena_dup(arena, o->by),
                                       .at_us = o->created_us };
    return override_kind_from_name(o->kind, &ret->kind) && category_from_name(o->category, &ret->category);
}

void overrides_join(struct arena *arena, const struct policy_project *doc, const struct store_overrides *rows,
                    struct classify_overrides *ret)
{
    uint32_t n = doc ? doc->overrides.count : 0;
    struct classify_override *items = xcalloc(n + rows->count + 1, sizeof *items);
    for (uint32_t i = 0; i < n; i++)
        items[i] = doc->overrides.items[i];
    for (size_t i = 0; i < rows->count && n < OVERRIDES_MAX; i++)
        n += row_read(arena, &rows->items[i], &items[n]);
    *ret = (struct classify_overrides){ items, n };
}

bool project_overrides_load(struct sql *db, struct arena *arena, struct span project, const struct policy_project *doc,
                            struct project_overrides *ret, struct err *err)
{
    *ret = (struct project_overrides){ 0 };
    if (!store_override_active(db, arena, project, &ret->rows, err) ||
        !store_override_changed(db, project, &ret->changed_us, err)) {
        project_overrides_release(ret);
        return false;
    }
    overrides_join(arena, doc, &ret->rows, &ret->list);
    return true;
}

void project_overrides_of(const struct json *doc, struct arena *arena, struct project_overrides *ret)
{
    const struct json *list = json_get(doc, "overrides");
    size_t max = json_count(list) < OVERRIDES_MAX ? json_count(list) : OVERRIDES_MAX;
    struct classify_override *items = xcalloc(max + 1, sizeof *items);
    uint32_t n = 0;
    *ret = (struct project_overrides){ 0 };
    for (const struct json *j = json_first(list); j && n < max; j = json_next(j)) {
        struct store_override row = { .pattern = json_str(json_get(j, "pattern")),
                                      .kind = json_str(json_get(j, "kind")),
                                      .category = json_str(json_get(j, "category")),
                                      .reason = json_str(json_get(j, "reason")),
                                      .by = json_str(json_get(j, "by")) };
        if (!clock_parse(json_str(json_get(j, "at")), &row.created_us))
            row.created_us = 0;
        n += row.pattern.len > 0 && row_read(arena, &row, &items[n]);
    }
    ret->list = (struct classify_overrides){ items, n };
}

void project_overrides_release(struct project_overrides *o)
{
    free(o->rows.items);
    freep(&o->list.items);
    *o = (struct project_overrides){ 0 };
}

void override_row_hash(const struct store_override *o, char ret_hex[65])
{
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    const struct span texts[] = { o->project, o->id, o->kind, o->pattern, o->category, o->reason, o->by };
    jsonw_arr(&w, NULL);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        jsonw_str(&w, NULL, texts[i]);
    jsonw_int(&w, NULL, o->seq);
    jsonw_int(&w, NULL, o->created_us);
    jsonw_end_arr(&w);
    sha256_hex(sb_span(&text), ret_hex);
    sb_release(&text);
}
