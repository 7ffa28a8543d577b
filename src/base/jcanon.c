/* Objects are walked with a stack of sorted members instead of recursion: what is open is what the depth allows. */
#include "base/jcanon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/sha256.h"

enum { DEPTH = 128, SHOWN_MAX = 200 };

/* The children of one array or object; those of an object sorted by name. */
struct level {
    const struct json **items; /* malloc'ed */
    size_t count, at;
    bool object;
};

struct keyed {
    const struct json *v;
    size_t order;
};

static int span_order(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int d = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return d != 0 ? d : a.len < b.len ? -1 : a.len > b.len;
}

static int keyed_order(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    int d = span_order(json_key(x->v), json_key(y->v));
    return d != 0 ? d : x->order < y->order ? -1 : 1;
}

static struct level level_open(const struct json *v)
{
    struct level l = { .count = json_count(v), .object = json_kind_of(v) == JSON_OBJ };
    struct keyed *sorted = xcalloc(l.count + 1, sizeof *sorted);
    size_t n = 0;
    for (const struct json *c = json_first(v); c; c = json_next(c), n++)
        sorted[n] = (struct keyed){ c, n };
    if (l.object && l.count > 1)
        qsort(sorted, l.count, sizeof *sorted, keyed_order);
    l.items = xcalloc(l.count + 1, sizeof *l.items);
    for (size_t i = 0; i < l.count; i++)
        l.items[i] = sorted[i].v;
    free(sorted);
    return l;
}

static void level_close(struct level *l)
{
    freep(&l->items);
}

static void number_write(double x, struct sb *out)
{
    char text[40];
    /* 0 has two signs, and one value. */
    (void)snprintf(text, sizeof text, "%.9g", x == 0 ? 0.0 : x);
    sb_adds(out, isfinite(x) ? text : "null");
}

/* Everything but arrays and objects. */
static void scalar_write(const struct json *v, struct sb *out)
{
    switch (json_kind_of(v)) {
    case JSON_BOOL:
        sb_adds(out, json_bool(v, false) ? "true" : "false");
        break;
    case JSON_NUM:
        number_write(json_num(v, 0), out);
        break;
    case JSON_STR:
        json_quote(out, json_str(v));
        break;
    case JSON_ABSENT:
    case JSON_NULL:
    case JSON_ARR:
    case JSON_OBJ:
        sb_adds(out, "null");
        break;
    }
}

static bool is_level(const struct json *v)
{
    enum json_kind k = json_kind_of(v);
    return k == JSON_ARR || k == JSON_OBJ;
}

void jcanon_write(const struct json *doc, struct sb *out)
{
    struct level stack[DEPTH];
    size_t depth = 0;
    const struct json *v = doc;
    for (;;) {
        if (is_level(v) && depth < DEPTH) {
            stack[depth++] = level_open(v);
            sb_addc(out, stack[depth - 1].object ? '{' : '[');
        } else {
            scalar_write(v, out);
        }
        while (depth > 0 && stack[depth - 1].at == stack[depth - 1].count) {
            sb_addc(out, stack[depth - 1].object ? '}' : ']');
            level_close(&stack[--depth]);
        }
        if (depth == 0)
            return;
        struct level *l = &stack[depth - 1];
        if (l->at > 0)
            sb_addc(out, ',');
        v = l->items[l->at++];
        if (l->object) {
            json_quote(out, json_key(v));
            sb_addc(out, ':');
        }
    }
}

bool jcanon_text(struct span json, struct sb *out, struct err *err)
{
    struct json *doc = NULL;
    if (!json_parse(json, DEPTH, &doc, err))
        return false;
    jcanon_write(doc, out);
    json_free(doc);
    return true;
}

bool jcanon_sha256(struct span json, char ret_hex[65], struct err *err)
{
    struct sb text = { 0 };
    bool ok = jcanon_text(json, &text, err);
    if (ok)
        sha256_hex(sb_span(&text), ret_hex);
    sb_release(&text);
    return ok;
}

/* --- the first difference --- */

struct pair_level {
    struct level left, right;
    size_t path_len; /* of the path up to here */
};

static void shown(const struct json *v, struct sb *out)
{
    struct sb text = { 0 };
    if (json_kind_of(v) == JSON_ABSENT)
        sb_adds(&text, "absent");
    else
        jcanon_write(v, &text);
    /* Never in the middle of a character. */
    size_t n = text.len < SHOWN_MAX ? text.len : SHOWN_MAX;
    while (n > 0 && n < text.len && ((unsigned char)text.ptr[n] & 0xc0) == 0x80)
        n--;
    sb_add(out, span_sub(sb_span(&text), 0, n));
    sb_release(&text);
}

static bool scalars_equal(const struct json *a, const struct json *b)
{
    struct sb x = { 0 };
    struct sb y = { 0 };
    bool same = json_kind_of(a) == json_kind_of(b);
    if (same) {
        scalar_write(a, &x);
        scalar_write(b, &y);
        same = span_eq(sb_span(&x), sb_span(&y));
    }
    sb_release(&x);
    sb_release(&y);
    return same;
}

/* The next two children that belong together; NULL for one that the other side does not have. */
static void pair_next(struct pair_level *p, const struct json **a, const struct json **b)
{
    struct level *l = &p->left;
    struct level *r = &p->right;
    *a = l->at < l->count ? l->items[l->at] : NULL;
    *b = r->at < r->count ? r->items[r->at] : NULL;
    if (l->object && *a && *b) {
        int d = span_order(json_key(*a), json_key(*b));
        if (d < 0)
            *b = NULL;
        if (d > 0)
            *a = NULL;
    }
    l->at += *a != NULL;
    r->at += *b != NULL;
}

static void path_step(struct pair_level *p, const struct json *a, const struct json *b, struct sb *path)
{
    /* Cut back to the parent. */
    path->len = p->path_len;
    path->ptr[path->len] = '\0';
    if (p->left.object)
        sb_printf(path, ".%.*s", SPAN_FMT(json_key(a ? a : b)));
    else
        sb_printf(path, "[%zu]", (a ? p->left.at : p->right.at) - 1);
}

bool jcanon_differs(const struct json *left, const struct json *right, struct jcanon_difference *ret)
{
    struct pair_level stack[DEPTH];
    size_t depth = 0;
    const struct json *a = left;
    const struct json *b = right;
    bool differs = false;
    *ret = (struct jcanon_difference){ 0 };
    sb_adds(&ret->path, "$");
    for (;;) {
        bool level = is_level(a) && json_kind_of(a) == json_kind_of(b) && depth < DEPTH;
        if (level) {
            stack[depth] = (struct pair_level){ level_open(a), level_open(b), ret->path.len };
            depth++;
        }
        differs = !level && !scalars_equal(a, b);
        while (depth > 0 && stack[depth - 1].left.at == stack[depth - 1].left.count &&
               stack[depth - 1].right.at == stack[depth - 1].right.count && !differs) {
            depth--;
            level_close(&stack[depth].left);
            level_close(&stack[depth].right);
        }
        if (differs || depth == 0)
            break;
        pair_next(&stack[depth - 1], &a, &b);
        path_step(&stack[depth - 1], a, b, &ret->path);
    }
    if (differs) {
        shown(a, &ret->left);
        shown(b, &ret->right);
    }
    for (; depth > 0; depth--) {
        level_close(&stack[depth - 1].left);
        level_close(&stack[depth - 1].right);
    }
    return differs;
}

void jcanon_difference_release(struct jcanon_difference *d)
{
    sb_release(&d->path);
    sb_release(&d->left);
    sb_release(&d->right);
}

/* --- members as written --- */

/* Length of the value at the beginning of s: up to the comma or bracket that ends it. */
static size_t value_len(struct span s)
{
    size_t depth = 0;
    bool string = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (string) {
            i += c == '\\';
            string = c != '"';
        } else if (c == '"') {
            string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth-- == 0)
                return i;
        } else if (c == ',' && depth == 0) {
            return i;
        }
    }
    return s.len;
}

bool jcanon_member_next(struct span *rest, struct jcanon_member *ret)
{
    size_t from = span_chr(*rest, 0, '"');
    if (from >= rest->len)
        return false;
    struct span s = span_from(*rest, from + 1);
    size_t end = 0;
    while (end < s.len && s.ptr[end] != '"')
        end += s.ptr[end] == '\\' ? 2 : 1;
    ret->key = span_sub(s, 0, end);
    s = span_from(s, span_chr(s, end, ':') + 1);
    size_t n = value_len(s);
    ret->value = span_trim(span_sub(s, 0, n));
    *rest = span_from(s, n + 1);
    return true;
}

bool jcanon_item_next(struct span *rest, struct span *ret)
{
    struct span s = span_trim(*rest);
    size_t n;
    if (s.len == 0 || s.ptr[0] == ']')
        return false;
    n = value_len(s);
    *ret = span_trim(span_sub(s, 0, n));
    *rest = span_from(s, n < s.len && s.ptr[n] == ',' ? n + 1 : n);
    return true;
}
