#include "roi/fields.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/vec.h"

/* At most n bytes of s, whole characters, control bytes as '?': what an error message may repeat. */
static void clip(char *buf, size_t size, struct span s)
{
    size_t n = s.len < size - 1 ? s.len : size - 1;
    while (n < s.len && n > 0 && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        buf[i] = (unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f ? '?' : s.ptr[i];
    buf[n] = '\0';
}

void fields_fault(struct reader *r, const char *fmt, ...)
{
    struct field_errors *e = r->errors;
    if (e->count >= FIELD_ERRORS_MAX) {
        e->left_out++;
        return;
    }
    struct field_error one = { .field = "" };
    char text[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    clip(one.text, sizeof one.text, span_of(text));
    (void)snprintf(one.field, sizeof one.field, "%.*s", (int)r->path_len, r->path);
    VEC_PUSH(e, one);
}

size_t fields_enter(struct reader *r, const char *name, size_t index)
{
    size_t mark = r->path_len, room = sizeof r->path - r->path_len;
    int n = name ? snprintf(r->path + mark, room, "%s%s", mark > 0 ? "." : "", name)
                 : snprintf(r->path + mark, room, "[%zu]", index);
    r->path_len += (size_t)n < room ? (size_t)n : room - 1;
    return mark;
}

void fields_leave(struct reader *r, size_t mark)
{
    r->path_len = mark;
}

const char *fields_kind_word(const struct json *v)
{
    switch (json_kind_of(v)) {
    case JSON_NUM:
        return "a number";
    case JSON_STR:
        return "a text";
    case JSON_BOOL:
        return "true or false";
    case JSON_ARR:
        return "a list";
    case JSON_OBJ:
        return "an object";
    case JSON_ABSENT:
    case JSON_NULL:
        break;
    }
    return "nothing";
}

bool fields_text(struct reader *r, const struct json *v, size_t most, struct span *ret)
{
    if (json_kind_of(v) != JSON_STR) {
        fields_fault(r, "want a text, found %s", fields_kind_word(v));
        return false;
    }
    struct span text = json_str(v);
    if (text.len > most) {
        fields_fault(r, "the text is %zu bytes long, at most %zu are allowed", text.len, most);
        return false;
    }
    *ret = arena_span(r->arena, text);
    return true;
}

static void nearer(struct span typed, struct span known, size_t *best, struct span *found)
{
    size_t d = name_distance(typed, known), most = typed.len / 3 > 2 ? typed.len / 3 : 2;
    if (d < *best && d <= most && d < typed.len) {
        *best = d;
        *found = known;
    }
}

struct span fields_nearest_word(struct span typed, const char *words)
{
    struct span rest = span_of(words), word, found = SPAN("");
    size_t best = SIZE_MAX;
    while (span_word(&rest, &word))
        nearer(typed, word, &best, &found);
    return found;
}

bool fields_word(struct reader *r, struct span value, const char *words)
{
    struct span rest = span_of(words), word;
    while (span_word(&rest, &word)) {
        if (span_eq(word, value))
            return true;
    }
    char shown[48];
    clip(shown, sizeof shown, value);
    struct span near = fields_nearest_word(value, words);
    if (near.len > 0)
        fields_fault(r, "'%s' is none of: %s; did you mean '%.*s'?", shown, words, SPAN_FMT(near));
    else
        fields_fault(r, "'%s' is none of: %s", shown, words);
    return false;
}

static void read_quantity(struct reader *r, const struct field *f, const struct json *v, struct quantity *into)
{
    struct err err = ERR_INIT;
    if (!quantity_from_json(v, f->lo, f->hi, into, &err))
        fields_fault(r, "%s", err.text);
}

static void read_number(struct reader *r, const struct field *f, const struct json *v, double *into)
{
    double x = json_num(v, NUM_UNKNOWN);
    if (json_kind_of(v) != JSON_NUM)
        fields_fault(r, "want a number, found %s", fields_kind_word(v));
    else if (!isfinite(x))
        fields_fault(r, "is not a finite number");
    else if (x < f->lo || x > f->hi)
        fields_fault(r, "%.6g lies outside %.6g to %.6g", x, f->lo, f->hi);
    else
        *into = x;
}

static void read_texts(struct reader *r, const struct field *f, const struct json *v, struct span **into,
                       uint32_t *count)
{
    size_t n = json_kind_of(v) == JSON_ARR ? json_count(v) : 1, i = 0;
    if (json_kind_of(v) != JSON_ARR && json_kind_of(v) != JSON_STR) {
        fields_fault(r, "want a list of texts, found %s", fields_kind_word(v));
        return;
    }
    if ((double)n > f->lo) {
        fields_fault(r, "holds %zu texts, at most %g are allowed", n, f->lo);
        return;
    }
    *into = ARENA_ARRAY(r->arena, n + 1, struct span);
    *count = (uint32_t)n;
    if (json_kind_of(v) == JSON_STR) {
        (void)fields_text(r, v, (size_t)f->hi, *into);
        return;
    }
    for (const struct json *item = json_first(v); item; item = json_next(item), i++) {
        size_t mark = fields_enter(r, NULL, i);
        (void)fields_text(r, item, (size_t)f->hi, &(*into)[i]);
        fields_leave(r, mark);
    }
}

static void read_list(struct reader *r, const struct field *f, const struct json *v, void *into, uint32_t *count)
{
    size_t n = json_count(v), i = 0;
    if (json_kind_of(v) != JSON_ARR) {
        fields_fault(r, "want a list, found %s", fields_kind_word(v));
        return;
    }
    if ((double)n > f->hi) {
        fields_fault(r, "holds %zu members, at most %g are allowed", n, f->hi);
        return;
    }
    char *items = arena_alloc(r->arena, n + 1, f->table->size);
    for (const struct json *item = json_first(v); item; item = json_next(item), i++) {
        size_t mark = fields_enter(r, NULL, i);
        fields_read(r, f->table, item, items + i * f->table->size);
        fields_leave(r, mark);
    }
    memcpy(into, &items, sizeof items); /* a pointer to the table's struct */
    *count = (uint32_t)n;
}

static void read_member(struct reader *r, const struct field *f, const struct json *v, char *base)
{
    void *at = base + f->at;
    struct span *text = at;
    switch (f->type) {
    case FIELD_QUANTITY:
        read_quantity(r, f, v, at);
        break;
    case FIELD_NUMBER:
        read_number(r, f, v, at);
        break;
    case FIELD_TEXT:
        (void)fields_text(r, v, (size_t)f->hi, text);
        break;
    case FIELD_WORD:
        if (fields_text(r, v, 300, text) && !fields_word(r, *text, f->words))
            *text = SPAN("");
        break;
    case FIELD_BOOL:
        if (json_kind_of(v) == JSON_BOOL)
            *(bool *)at = json_bool(v, false);
        else
            fields_fault(r, "want true or false, found %s", fields_kind_word(v));
        break;
    case FIELD_TEXTS:
        read_texts(r, f, v, at, (void *)(base + f->count_at));
        break;
    case FIELD_OBJECT:
        fields_read(r, f->table, v, at);
        break;
    case FIELD_LIST:
        read_list(r, f, v, at, (void *)(base + f->count_at));
        break;
    case FIELD_OWN:
        f->own(r, v, base);
        break;
    }
}

static void unknown_member(struct reader *r, const struct field_table *t, struct span key)
{
    char shown[48];
    struct span near = SPAN("");
    size_t best = SIZE_MAX;
    clip(shown, sizeof shown, key);
    for (size_t i = 0; i < t->count; i++)
        nearer(key, span_of(t->rows[i].name), &best, &near);
    size_t mark = fields_enter(r, shown, 0);
    if (near.len > 0)
        fields_fault(r, "unknown member, did you mean '%.*s'?", SPAN_FMT(near));
    else if (!r->unread)
        fields_fault(r, "unknown member");
    else if (r->unread_count < r->unread_most)
        r->unread[r->unread_count++] = arena_span(r->arena, span_make(r->path, r->path_len));
    fields_leave(r, mark);
}

void fields_read(struct reader *r, const struct field_table *t, const struct json *obj, void *into)
{
    uint64_t seen = 0;
    assert(t->count <= 64);
    if (json_kind_of(obj) != JSON_OBJ) {
        fields_fault(r, "want an object, found %s", fields_kind_word(obj));
        return;
    }
    for (const struct json *m = json_first(obj); m; m = json_next(m)) {
        size_t i = 0;
        while (i < t->count && !span_is(json_key(m), t->rows[i].name))
            i++;
        if (i == t->count) {
            unknown_member(r, t, json_key(m));
            continue;
        }
        size_t mark = fields_enter(r, t->rows[i].name, 0);
        if (seen & (uint64_t)1 << i)
            fields_fault(r, "stands twice");
        else if (!json_is_null(m))
            read_member(r, &t->rows[i], m, into);
        seen |= (uint64_t)1 << i;
        fields_leave(r, mark);
    }
}
