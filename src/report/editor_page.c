/* editor_page.c - the page on which a proposal is written. */
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/num.h"
#include "report/editor.h"
#include "report/html.h"
#include "report/page_make.h"
#include "report/report.h"

enum { ROWS_MAX = 60, RUNS_MAX = 200, PATH_BYTES = 160 };

struct form {
    struct making *m;
    const struct json *in, *doc, *values, *errors;
};

static struct span own_text(const struct json *in, const char *key)
{
    return json_str(json_get(in, key));
}

/* Follows "components.2.match" through objects and lists; a name holds no point. */
static const struct json *member(const struct json *v, const char *path)
{
    struct span rest = span_of(path), head;
    while (v && rest.len > 0) {
        char key[PATH_BYTES];
        uint64_t index = 0;
        if (!span_split(rest, '.', &head, &rest)) {
            head = rest;
            rest = SPAN("");
        }
        (void)snprintf(key, sizeof key, "%.*s", SPAN_FMT(head));
        if (json_kind_of(v) == JSON_ARR && span_to_u64(head, &index)) {
            v = json_first(v);
            while (v && index-- > 0)
                v = json_next(v);
        } else {
            v = json_kind_of(v) == JSON_OBJ ? json_get(v, key) : NULL;
        }
    }
    return v;
}

/* The first fault of a field or of what lies below it. */
static struct span fault_of(const struct form *f, const char *path)
{
    size_t n = strlen(path);
    for (const struct json *e = json_first(f->errors); e; e = json_next(e)) {
        struct sb at = { 0 };
        editor_path(json_str(json_get(e, "field")), &at);
        bool here = at.len >= n && memcmp(sb_cstr(&at), path, n) == 0 && (at.len == n || at.ptr[n] == '.');
        sb_release(&at);
        if (here)
            return own_text(e, "text");
    }
    return SPAN("");
}

static void options_fill(struct form *f, struct tmpl *t, const struct editor_field *field, struct span value)
{
    struct tmpl *s = tmpl_add(t, "SELECT");
    struct span rest = span_of(field->words);
    bool found = value.len == 0;
    html_setz(s, "NONE", field->empty[0] ? field->empty : "not stated");
    while (rest.len > 0) {
        struct span one, word, words;
        if (!span_split(rest, '|', &one, &rest)) {
            one = rest;
            rest = SPAN("");
        }
        if (!span_split(one, '=', &word, &words))
            continue;
        struct tmpl *o = tmpl_add(s, "OPTION");
        tmpl_set(o, "WORD", word);
        tmpl_set(o, "WORDS", words);
        if (span_eq(word, value)) {
            tmpl_show(o, "CHOSEN");
            found = true;
        }
    }
    /* A word that the form does not know stays what it is. */
    if (!found) {
        struct tmpl *o = tmpl_add(s, "OPTION");
        tmpl_set(o, "WORD", value);
        tmpl_set(o, "WORDS", value);
        tmpl_show(o, "CHOSEN");
    }
    (void)f;
}

static void control_fill(struct form *f, struct tmpl *t, const struct editor_field *field, struct span value)
{
    static const char *const types[] = { "text", "word", "quantity", "number", "globs", "fact" };
    html_setz(t, "TYPE", types[field->type]);
    if (field->type == EDITOR_WORD) {
        options_fill(f, t, field, value);
    } else if (field->type == EDITOR_GLOBS) {
        struct tmpl *a = tmpl_add(t, "AREA");
        size_t lines = 2;
        for (size_t i = 0; i < value.len && lines < 8; i++)
            lines += value.ptr[i] == '\n';
        tmpl_set(a, "ROWS", view_printf(&f->m->arena, "%zu", lines));
        tmpl_set(a, "VALUE", value);
    } else {
        bool slides = field->hi > field->lo;
        struct tmpl *i = tmpl_add(t, "INPUT");
        tmpl_set(i, "VALUE", value);
        tmpl_set(i, "LO", slides ? view_printf(&f->m->arena, "%.17g", field->lo) : SPAN(""));
        tmpl_set(i, "HI", slides ? view_printf(&f->m->arena, "%.17g", field->hi) : SPAN(""));
        html_setz(i, "SCALE", field->scale == EDITOR_LOG ? "log" : "lin");
        tmpl_set(i, "PLACEHOLDER", span_sub(span_of(field->empty), 0, span_chr(span_of(field->empty), 0, ':')));
        if (field->type == EDITOR_FACT)
            tmpl_set(tmpl_add(i, "LISTED"), "LIST_ID", SPAN("fact-names"));
    }
}

/* In: path whole, with the item's index; value of the document */
static bool field_fill(struct form *f, struct tmpl *parent, const struct editor_field *field, const char *path,
                       const struct json *value)
{
    struct tmpl *t = tmpl_include(parent, "FIELD", "editor_field.tpl");
    struct sb text = { 0 };
    char id[PATH_BYTES];
    (void)snprintf(id, sizeof id, "f-%s", path);
    for (char *c = id; *c; c++)
        *c = *c == '.' ? '-' : *c;
    const struct json *given = json_get(f->values, path);
    if (json_kind_of(given) == JSON_STR)
        sb_add(&text, json_str(given));
    else
        editor_text(field->type, value, &text);
    bool filled = text.len > 0;
    struct span fault = fault_of(f, path);
    html_setz(t, "ID", id);
    html_setz(t, "PATH", path);
    html_setz(t, "LABEL", field->label);
    html_text(t, "UNIT", span_of(field->unit));
    html_setz(t, "HINT", field->hint);
    /* What an empty field means: its first words stand in the field itself. */
    struct span empty = span_of(field->empty);
    size_t colon = span_chr(empty, 0, ':');
    if (colon < empty.len && field->type != EDITOR_WORD)
        html_text(t, "EMPTY",
                  view_printf(&f->m->arena, "%s%.*s.", field->hint[0] ? "If empty:" : "If empty,",
                              SPAN_FMT(span_from(empty, colon + 1))));
    html_setz(t, "CLASS", field->type == EDITOR_GLOBS || strcmp(field->path, "title") == 0 ? "wide" : "");
    tmpl_set(t, "ERROR", fault);
    control_fill(f, t, field, sb_span(&text));
    if (fault.len > 0) {
        tmpl_show(t, "WRONG");
    }
    sb_release(&text);
    return filled || fault.len > 0;
}

static void plain_group(struct form *f, const struct editor_group *g)
{
    bool folded = g->kind == EDITOR_FOLDED, wide = false;
    struct tmpl *t = tmpl_add(tmpl_add(f->m->page, "GROUP"), folded ? "FOLDED" : "OPEN");
    html_setz(t, "ID", g->id);
    html_setz(t, "TITLE", g->title);
    html_text(t, "HINT", span_of(g->hint));
    for (size_t i = 0; i < editor_field_count; i++) {
        const struct editor_field *field = &editor_fields[i];
        if (strcmp(field->group, g->id) == 0)
            wide = field_fill(f, t, field, field->path, member(f->doc, field->path)) || wide;
    }
    if (folded && wide)
        tmpl_show(t, "WIDE");
}

/* How many rows a form that came back holds. */
static size_t rows_given(const struct form *f, const char *list)
{
    size_t rows = 0, n = strlen(list);
    for (const struct json *v = json_first(f->values); v; v = json_next(v)) {
        struct span key = json_key(v), head, tail;
        uint64_t index = 0;
        if (key.len > n + 1 && memcmp(key.ptr, list, n) == 0 && key.ptr[n] == '.' &&
            span_split(span_from(key, n + 1), '.', &head, &tail) && span_to_u64(head, &index) && index < ROWS_MAX &&
            index + 1 > rows)
            rows = (size_t)index + 1;
    }
    return rows;
}

/* Facts are an object and risks are texts; the form shows both as rows. */
static const struct json *item_member(const struct editor_group *g, const struct json *item,
                                      const struct editor_field *field)
{
    if (g->kind == EDITOR_TEXTS && json_kind_of(item) == JSON_STR)
        return item;
    if (g->kind == EDITOR_FACTS)
        return strcmp(field->path, "value") == 0 ? item : NULL;
    return member(item, field->path);
}

static void row_fill(struct form *f, struct tmpl *list, const struct editor_group *g, const struct json *item,
                     size_t index)
{
    struct tmpl *row = tmpl_add(list, "ROW");
    tmpl_set(row, "INDEX", view_printf(&f->m->arena, "%zu", index));
    tmpl_set(row, "LEGEND", view_printf(&f->m->arena, "%zu", index + 1));
    for (size_t i = 0; i < editor_field_count; i++) {
        const struct editor_field *field = &editor_fields[i];
        char path[PATH_BYTES];
        if (strcmp(field->group, g->id) != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s.%zu.%s", g->id, index, field->path);
        struct sb name = { 0 };
        struct json *key = NULL;
        struct err none = ERR_INIT;
        const struct json *value = item_member(g, item, field);
        if (g->kind == EDITOR_FACTS && !value && item) {
            json_quote(&name, json_key(item));
            value = json_parse(sb_span(&name), 2, &key, &none) ? key : NULL;
        }
        (void)field_fill(f, row, field, path, value);
        json_free(key);
        sb_release(&name);
    }
}

static void list_group(struct form *f, const struct editor_group *g)
{
    static const char *const kinds[] = { "", "", "list", "facts", "texts" };
    const struct json *items = json_get(f->doc, g->id);
    enum json_kind kind = g->kind == EDITOR_FACTS ? JSON_OBJ : JSON_ARR;
    struct tmpl *t = tmpl_add(tmpl_add(f->m->page, "GROUP"), "LIST");
    html_setz(t, "ID", g->id);
    html_setz(t, "KIND", kinds[g->kind]);
    html_setz(t, "TITLE", g->title);
    html_text(t, "HINT", span_of(g->hint));
    size_t rows = f->values ? rows_given(f, g->id) : json_kind_of(items) == kind ? json_count(items) : 0;
    const struct json *item = json_kind_of(items) == kind ? json_first(items) : NULL;
    /* One more than there are, to be filled in. */
    for (size_t i = 0; i <= rows && i < ROWS_MAX; i++) {
        row_fill(f, t, g, item, i);
        item = item ? json_next(item) : NULL;
    }
}

static void runs_fill(struct form *f)
{
    const struct json *runs = json_get(f->in, "runs");
    struct span chosen = own_text(f->in, "run");
    size_t shown = 0;
    if (json_count(runs) == 0) {
        tmpl_set(tmpl_add(f->m->page, "NO_RUNS"), "UPLOAD_URL", page_path(f->m, f->in, "upload_url"));
        return;
    }
    struct tmpl *t = tmpl_add(f->m->page, "RUNS");
    for (const struct json *r = json_first(runs); r && shown++ < RUNS_MAX; r = json_next(r)) {
        struct tmpl *o = tmpl_add(t, "RUN");
        struct span words = json_is_null(json_get(r, "verdict")) ? SPAN("") : report_headline(r);
        tmpl_set(o, "VALUE", own_text(r, "run"));
        tmpl_set(o, "LABEL",
                 view_printf(&f->m->arena, "%.*s%s%.*s", SPAN_FMT(page_text(f->m, r, "run", 60)), words.len ? ": " : "",
                             SPAN_FMT(words)));
        if (span_eq(own_text(r, "run"), chosen))
            tmpl_show(o, "CHOSEN");
    }
}

static const struct editor_field *field_find(struct span path)
{
    for (size_t i = 0; i < editor_field_count; i++) {
        if (span_is(path, editor_fields[i].path))
            return &editor_fields[i];
    }
    return NULL;
}

static void trouble_fill(struct form *f)
{
    size_t n = json_count(f->errors);
    if (n == 0)
        return;
    struct tmpl *t = tmpl_add(f->m->page, "TROUBLE");
    tmpl_set(t, "COUNT",
             view_printf(&f->m->arena, n == 1 ? "one field cannot be used" : "%zu fields cannot be used", n));
    for (const struct json *e = json_first(f->errors); e; e = json_next(e)) {
        struct tmpl *row = tmpl_add(t, "ROW");
        struct sb at = { 0 };
        editor_path(own_text(e, "field"), &at);
        const struct editor_field *field = field_find(sb_span(&at));
        struct tmpl *link = at.len > 0 ? tmpl_add(row, "AT") : NULL;
        if (link) {
            tmpl_set(link, "NAME", field ? span_of(field->label) : page_text(f->m, e, "field", 100));
            for (size_t i = 0; i < at.len; i++)
                at.ptr[i] = at.ptr[i] == '.' ? '-' : at.ptr[i];
            tmpl_set(link, "TARGET", view_printf(&f->m->arena, "f-%.*s", (int)at.len, sb_cstr(&at)));
        }
        tmpl_set(row, "TEXT", page_text(f->m, e, "text", 300));
        sb_release(&at);
    }
}

static void head_fill(struct form *f, bool fresh)
{
    static const char *const urls[][2] = { { "ACTION", "action" },
                                           { "SAVE_URL", "save_url" },
                                           { "PREVIEW_URL", "preview_url" },
                                           { "CLAIMS_URL", "claims_url" },
                                           { "FACTS_URL", "facts_url" } };
    struct making *m = f->m;
    bool may_write = json_bool(json_get(f->in, "may_write"), false);
    for (size_t i = 0; i < ARRAY_LEN(urls); i++)
        tmpl_set(m->page, urls[i][0], page_path(m, f->in, urls[i][1]));
    tmpl_set(m->page, "PROJECT", own_text(f->in, "project"));
    tmpl_set(m->page, "ID", own_text(f->in, "id"));
    html_setz(m->page, "MAY_WRITE", may_write ? "1" : "");
    tmpl_set(m->page, "TITLE", fresh ? SPAN("A new proposal") : page_text(m, f->in, "title", 160));
    html_setz(
        m->page, "INTRO",
        "Nothing here has to be filled in: what is not known stays not known, and the answer names what is missing.");
    if (!fresh) {
        struct tmpl *back = tmpl_add(m->page, "BACK");
        tmpl_set(back, "URL", page_path(m, f->in, "url"));
        tmpl_set(back, "TEXT",
                 view_printf(&m->arena, "version %.0f, as it is stored", json_num(json_get(f->in, "version_no"), 0)));
    }
    if (may_write) {
        tmpl_show(m->page, "PLAIN");
        html_text(m->page, "WRITE", fresh ? SPAN("Save the proposal") : SPAN("Save as a new version"));
    } else {
        html_text(m->page, "READER",
                  SPAN("You may try out numbers here; saving needs a token with the scope write. Whoever runs this "
                       "service makes "
                       "one: stet token create --scopes read,upload,write"));
    }
    tmpl_set(m->page, "DOCUMENT", own_text(f->in, "document_text"));
}

bool report_page_proposal_edit(const struct json *in, struct sb *out, struct err *err)
{
    bool fresh = own_text(in, "id").len == 0;
    struct making m = page_begin(in, fresh ? SPAN("New proposal") : SPAN("Edit a proposal"));
    struct form f = { .m = &m, .in = in, .doc = json_get(in, "document") };
    f.values = json_kind_of(json_get(in, "values")) == JSON_OBJ ? json_get(in, "values") : NULL;
    f.errors = json_get(in, "errors");
    page_script(&m, "pages/proposal.js");
    page_style(&m, "editor.css");
    page_crumb(&m, page_text(&m, in, "project", 63), page_path(&m, in, "project_url"));
    page_crumb(&m, SPAN("proposals"), page_path(&m, in, "proposals_url"));
    page_crumb(&m, fresh ? SPAN("new") : SPAN("edit"), SPAN(""));
    head_fill(&f, fresh);
    trouble_fill(&f);
    runs_fill(&f);
    for (size_t i = 0; i < editor_group_count; i++) {
        if (editor_groups[i].kind == EDITOR_OPEN || editor_groups[i].kind == EDITOR_FOLDED)
            plain_group(&f, &editor_groups[i]);
        else
            list_group(&f, &editor_groups[i]);
    }
    return page_finish(&m, "proposal_edit.tpl", SPAN(""), out, err);
}
