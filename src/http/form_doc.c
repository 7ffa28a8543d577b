#include "http/form_doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jcanon.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "base/vec.h"
#include "report/editor.h"

enum { STEPS_MAX = 8, PATH_BYTES = 160, ROWS_MAX = 60, DOC_DEPTH_MAX = 100 };

/* --- a document with some members set --- */

struct merge {
    const struct form_edits *edits;
    struct sb path; /* of the value at hand; "" = the whole */
};

static struct span beneath(const struct merge *m, const struct form_edit *e)
{
    if (m->path.len == 0)
        return e->path;
    bool under =
        e->path.len > m->path.len && span_starts(e->path, sb_span(&m->path)) && e->path.ptr[m->path.len] == '.';
    return under ? span_from(e->path, m->path.len + 1) : SPAN("");
}

static struct span first_step(struct span path)
{
    return span_sub(path, 0, span_chr(path, 0, '.'));
}

static size_t path_enter(struct merge *m, struct span step)
{
    size_t mark = m->path.len;
    if (mark > 0)
        sb_addc(&m->path, '.');
    sb_add(&m->path, step);
    return mark;
}

static void path_leave(struct merge *m, size_t mark)
{
    m->path.len = mark;
    if (m->path.ptr)
        m->path.ptr[mark] = '\0';
}

static bool value_merge(struct merge *m, struct span value, unsigned steps, struct sb *out);

/* Steps below the path that only edits name, each once, in their order. */
static bool is_first_of(const struct merge *m, size_t i, struct span step)
{
    for (size_t k = 0; k < i; k++) {
        if (span_eq(first_step(beneath(m, &m->edits->items[k])), step))
            return false;
    }
    return true;
}

static void member_put(struct sb *out, struct span quoted, struct span value)
{
    sb_adds(out, out->len > 1 ? "," : "");
    if (quoted.len > 0) {
        sb_addc(out, '"');
        sb_add(out, quoted);
        sb_adds(out, "\":");
    }
    sb_add(out, value);
}

static void child_merge(struct merge *m, struct span step, struct span key, struct span value, unsigned steps,
                        struct sb *out)
{
    struct sb child = { 0 };
    size_t mark = path_enter(m, step);
    if (value_merge(m, value, steps + 1, &child))
        member_put(out, key, sb_span(&child));
    path_leave(m, mark);
    sb_release(&child);
}

static bool has_member(struct span object, struct span key)
{
    struct jcanon_member member;
    while (jcanon_member_next(&object, &member)) {
        if (span_eq(member.key, key))
            return true;
    }
    return false;
}

static void object_merge(struct merge *m, struct span value, unsigned steps, struct sb *out)
{
    struct span rest = span_from(value, 1);
    struct jcanon_member member;
    sb_addc(out, '{');
    while (value.len > 0 && jcanon_member_next(&rest, &member)) {
        /* A name with a point is none of the form's. */
        if (span_chr(member.key, 0, '.') < member.key.len)
            member_put(out, member.key, member.value);
        else
            child_merge(m, member.key, member.key, member.value, steps, out);
    }
    for (size_t i = 0; i < m->edits->count; i++) {
        struct span step = first_step(beneath(m, &m->edits->items[i]));
        if (step.len > 0 && is_first_of(m, i, step) && !has_member(span_from(value, 1), step))
            child_merge(m, step, step, SPAN(""), steps, out);
    }
    sb_addc(out, '}');
}

static void list_merge(struct merge *m, struct span value, unsigned steps, struct sb *out)
{
    struct span rest = span_from(value, 1), item;
    char index[24];
    size_t n = 0;
    sb_addc(out, '[');
    for (; value.len > 0 && jcanon_item_next(&rest, &item); n++) {
        (void)snprintf(index, sizeof index, "%zu", n);
        child_merge(m, span_of(index), SPAN(""), item, steps, out);
    }
    for (; n < ROWS_MAX; n++) {
        (void)snprintf(index, sizeof index, "%zu", n);
        child_merge(m, span_of(index), SPAN(""), SPAN(""), steps, out);
    }
    sb_addc(out, ']');
}

/* False: the value is gone. Goes as deep as the paths of the edits, whatever the document. */
static bool value_merge(struct merge *m, struct span value, unsigned steps, struct sb *out)
{
    struct span below = SPAN("");
    for (size_t i = 0; i < m->edits->count; i++) {
        const struct form_edit *e = &m->edits->items[i];
        if (m->path.len > 0 && span_eq(e->path, sb_span(&m->path))) {
            sb_add(out, e->json);
            return e->json.len > 0;
        }
        if (below.len == 0)
            below = beneath(m, e);
    }
    if (below.len == 0 || steps >= STEPS_MAX) {
        sb_add(out, value);
        return value.len > 0;
    }
    uint64_t index;
    bool list = span_to_u64(first_step(below), &index);
    char opens = list ? '[' : '{';
    /* What stands there in another shape gives way to what the form says. */
    if (value.len > 0 && value.ptr[0] != opens)
        value = SPAN("");
    if (list)
        list_merge(m, value, steps, out);
    else
        object_merge(m, value, steps, out);
    return out->len > 2;
}

void form_doc_merge(struct span text, const struct form_edits *edits, struct sb *out)
{
    struct merge m = { .edits = edits };
    struct sb merged = { 0 };
    if (value_merge(&m, span_trim(text), 0, &merged))
        sb_add(out, sb_span(&merged));
    else
        sb_adds(out, "{}");
    sb_release(&merged);
    sb_release(&m.path);
}

/* --- the form --- */

struct reading {
    struct arena *arena;
    const struct pairs *form;
    const struct json *doc;
    struct form_edits edits;
    struct field_errors *errors;
};

static void fault(struct reading *r, const char *path, const char *text)
{
    struct field_error one = { .field = "" };
    if (r->errors->count >= FIELD_ERRORS_MAX) {
        r->errors->left_out++;
        return;
    }
    (void)snprintf(one.field, sizeof one.field, "%s", path);
    (void)snprintf(one.text, sizeof one.text, "%s", text);
    VEC_PUSH(r->errors, one);
}

static void edit_add(struct reading *r, const char *path, struct span json)
{
    struct form_edit e = { arena_span(r->arena, span_of(path)), arena_span(r->arena, json) };
    VEC_PUSH(&r->edits, e);
}

/* Browsers send the ends of lines as CR LF. */
static struct span plain_lines(struct arena *arena, struct span s)
{
    struct sb sb = { 0 };
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\r')
            sb_addc(&sb, s.ptr[i]);
    }
    struct span kept = arena_span(arena, sb_span(&sb));
    sb_release(&sb);
    return kept;
}

/* A field as the form shows it for that member. */
static bool is_shown(const struct editor_field *field, const struct json *value, struct span text)
{
    struct sb shown = { 0 };
    editor_text(field->type, value, &shown);
    bool same = span_eq(span_trim(sb_span(&shown)), span_trim(text));
    sb_release(&shown);
    return same;
}

static void field_take(struct reading *r, const struct editor_field *field, const char *path, const struct json *value)
{
    struct span given = pairs_get(r->form, path);
    struct sb json = { 0 };
    struct err err = ERR_INIT;
    if (!given.ptr)
        return;
    struct span text = plain_lines(r->arena, given);
    if (is_shown(field, value, text))
        return;
    if (editor_json(field->type, text, &json, &err))
        edit_add(r, path, sb_span(&json));
    else
        fault(r, path, err.text);
    sb_release(&json);
}

static const struct json *item_of(const struct json *list, size_t index)
{
    const struct json *v = json_kind_of(list) == JSON_ARR ? json_first(list) : NULL;
    while (v && index-- > 0)
        v = json_next(v);
    return v;
}

static const struct json *member_of(const struct json *item, const char *path)
{
    return json_kind_of(item) == JSON_OBJ ? json_path(item, path) : NULL;
}

static void list_take(struct reading *r, const struct editor_group *g)
{
    const struct json *list = json_get(r->doc, g->id);
    for (size_t i = 0; i < ROWS_MAX; i++) {
        const struct json *item = item_of(list, i);
        for (size_t k = 0; k < editor_field_count; k++) {
            const struct editor_field *field = &editor_fields[k];
            char path[PATH_BYTES];
            if (strcmp(field->group, g->id) != 0)
                continue;
            (void)snprintf(path, sizeof path, "%s.%zu.%s", g->id, i, field->path);
            field_take(r, field, path, member_of(item, field->path));
        }
    }
}

/* Risks are texts; one that is an object keeps its other members. */
static void texts_take(struct reading *r, const struct editor_group *g)
{
    static const struct editor_field text = { .type = EDITOR_TEXT };
    const struct json *list = json_get(r->doc, g->id);
    for (size_t i = 0; i < ROWS_MAX; i++) {
        const struct json *item = item_of(list, i);
        char from[PATH_BYTES], to[PATH_BYTES];
        bool object = json_kind_of(item) == JSON_OBJ;
        struct sb json = { 0 };
        struct err none = ERR_INIT;
        (void)snprintf(from, sizeof from, "%s.%zu.text", g->id, i);
        (void)snprintf(to, sizeof to, object ? "%s.%zu.text" : "%s.%zu", g->id, i);
        struct span given = pairs_get(r->form, from);
        if (given.ptr && !is_shown(&text, object ? json_get(item, "text") : item, given) &&
            editor_json(EDITOR_TEXT, given, &json, &none))
            edit_add(r, to, sb_span(&json));
        sb_release(&json);
    }
}

static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return s.len > 0 && s.len <= 60;
}

static void fact_json(struct span text, struct sb *out)
{
    struct err none = ERR_INIT;
    struct span s = span_trim(text);
    struct sb number = { 0 };
    if (span_is(s, "yes") || span_is(s, "true"))
        sb_adds(out, "true");
    else if (span_is(s, "no") || span_is(s, "false"))
        sb_adds(out, "false");
    else if (editor_json(EDITOR_NUMBER, s, &number, &none) && number.len > 0)
        sb_add(out, sb_span(&number));
    else if (s.len > 0)
        json_quote(out, s);
    sb_release(&number);
}

/* Facts are an object: what the rows no longer name is gone. */
static void facts_take(struct reading *r, const struct editor_group *g)
{
    static const struct editor_field shown = { .type = EDITOR_TEXT };
    const struct json *facts = json_get(r->doc, g->id);
    struct form_edits rows = { 0 };
    bool any = false;
    for (size_t i = 0; i < ROWS_MAX; i++) {
        char at[PATH_BYTES], path[PATH_BYTES], key[64];
        (void)snprintf(at, sizeof at, "%s.%zu.name", g->id, i);
        struct span given = pairs_get(r->form, at), name = span_trim(given);
        any = any || given.ptr;
        (void)snprintf(path, sizeof path, "%s.%zu.value", g->id, i);
        struct span value = span_trim(pairs_get(r->form, path));
        if (name.len == 0 && value.len > 0)
            fault(r, at, "which fact is it?");
        if (name.len == 0)
            continue;
        if (!is_name(name)) {
            fault(r, at, "want a name as ops_per_year: letters, digits and _");
            continue;
        }
        (void)snprintf(path, sizeof path, "%s.%.*s", g->id, SPAN_FMT(name));
        (void)snprintf(key, sizeof key, "%.*s", SPAN_FMT(name));
        struct form_edit row = { arena_span(r->arena, name), SPAN("") };
        VEC_PUSH(&rows, row);
        struct sb json = { 0 };
        if (!is_shown(&shown, json_get(facts, key), value)) {
            fact_json(value, &json);
            edit_add(r, path, json.len > 0 ? sb_span(&json) : SPAN("null"));
        }
        sb_release(&json);
    }
    for (const struct json *f = any && json_kind_of(facts) == JSON_OBJ ? json_first(facts) : NULL; f;
         f = json_next(f)) {
        bool kept = !is_name(json_key(f));
        for (size_t i = 0; i < rows.count; i++)
            kept = kept || span_eq(rows.items[i].path, json_key(f));
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof path, "%s.%.*s", g->id, SPAN_FMT(span_sub(json_key(f), 0, 60)));
        if (!kept)
            edit_add(r, path, SPAN(""));
    }
    free(rows.items);
}

static void fields_take(struct reading *r)
{
    for (size_t g = 0; g < editor_group_count; g++) {
        const struct editor_group *group = &editor_groups[g];
        switch (group->kind) {
        case EDITOR_OPEN:
        case EDITOR_FOLDED:
            for (size_t i = 0; i < editor_field_count; i++) {
                const struct editor_field *field = &editor_fields[i];
                if (strcmp(field->group, group->id) == 0)
                    field_take(r, field, field->path, json_path(r->doc, field->path));
            }
            break;
        case EDITOR_LIST:
            list_take(r, group);
            break;
        case EDITOR_FACTS:
            facts_take(r, group);
            break;
        case EDITOR_TEXTS:
            texts_take(r, group);
            break;
        }
    }
}

bool form_doc_read(struct arena *arena, const struct pairs *form, struct sb *out, struct field_errors *errors,
                   struct err *err)
{
    CLEANUP(json_freep) struct json *doc = NULL;
    struct span text = span_trim(pairs_get(form, "document"));
    struct reading r = { .arena = arena, .form = form, .errors = errors };
    if (text.len == 0)
        text = SPAN("{\"schema\":\"stet/proposal/1\"}");
    if (span_is(pairs_get(form, "source"), "document")) {
        sb_add(out, text);
        return true;
    }
    if (!json_parse_wide(text, DOC_DEPTH_MAX, &doc, err)) {
        fault(&r, "document", err->text);
        return false;
    }
    if (json_kind_of(doc) != JSON_OBJ) {
        fault(&r, "document", "want one JSON object");
        return err_set(err, ERR_VALUE, "document: want one JSON object");
    }
    r.doc = doc;
    fields_take(&r);
    bool ok = errors->count == 0 || err_set(err, ERR_VALUE, "%s: %s", errors->items[0].field, errors->items[0].text);
    if (ok)
        form_doc_merge(text, &r.edits, out);
    free(r.edits.items);
    return ok;
}
