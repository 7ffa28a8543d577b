#include "roi/canon.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/jsonw.h"

struct level {
    const struct json **child;
    size_t count, at;
    bool object;
};

static int by_key(const void *a, const void *b)
{
    struct span x = json_key(*(const struct json *const *)a), y = json_key(*(const struct json *const *)b);
    size_t n = x.len < y.len ? x.len : y.len;
    int order = n > 0 ? memcmp(x.ptr, y.ptr, n) : 0;
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

static void level_open(struct level *l, const struct json *v, struct jsonw *w, const char *key)
{
    *l = (struct level){ .object = json_kind_of(v) == JSON_OBJ };
    l->child = xcalloc(json_count(v) + 1, sizeof *l->child);
    for (const struct json *c = json_first(v); c; c = json_next(c)) {
        if (!l->object || !json_is_null(c))
            l->child[l->count++] = c;
    }
    if (l->object) {
        qsort(l->child, l->count, sizeof *l->child, by_key);
        jsonw_obj(w, key);
    } else {
        jsonw_arr(w, key);
    }
}

static void level_close(struct level *l, struct jsonw *w)
{
    free(l->child);
    if (l->object)
        jsonw_end_obj(w);
    else
        jsonw_end_arr(w);
}

static void write_plain(struct jsonw *w, const char *key, const struct json *v)
{
    if (json_kind_of(v) == JSON_NUM)
        jsonw_num(w, key, json_num(v, 0));
    else if (json_kind_of(v) == JSON_BOOL)
        jsonw_bool(w, key, json_bool(v, false));
    else if (json_kind_of(v) == JSON_STR)
        jsonw_str(w, key, json_str(v));
    else
        jsonw_null(w, key);
}

static bool is_plain(const struct json *v)
{
    return json_kind_of(v) != JSON_OBJ && json_kind_of(v) != JSON_ARR;
}

void canon_write(const struct json *doc, struct sb *out)
{
    struct level stack[CANON_DEPTH_MAX + 1];
    struct jsonw w = { .out = out };
    size_t depth = 0;
    if (is_plain(doc)) {
        write_plain(&w, NULL, doc);
        return;
    }
    level_open(&stack[depth++], doc, &w, NULL);
    while (depth > 0) {
        struct level *top = &stack[depth - 1];
        if (top->at == top->count) {
            level_close(top, &w);
            depth--;
            continue;
        }
        const struct json *v = top->child[top->at++];
        const char *key = top->object ? json_key(v).ptr : NULL;
        if (is_plain(v)) {
            write_plain(&w, key, v);
            continue;
        }
        assert(depth < ARRAY_LEN(stack));
        level_open(&stack[depth++], v, &w, key);
    }
}
