/* A case is a folder with case.json: "files": [{"path","format","run","clock"?}], "runs": {run: {"facts": {name: value}}},
 * "declare": {name: value} for all runs, "main_run". The main run is loaded last, so that it is the newest. */
#include "http/demo.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/embed.h"
#include "base/json.h"
#include "base/log.h"
#include "base/vec.h"
#include "http/upload.h"

EMBED_DECLARE(stet_demo_files);

enum { CASE_DEPTH_MAX = 16 };

struct demo_case {
    struct service *service;
    struct sql *db;
    struct span folder; /* "async-1" */
    struct json *doc;
};

static struct span file_text(const struct embed_file *f)
{
    return f ? span_make((const char *)f->begin, embed_size(f)) : (struct span){ 0 };
}

struct span demo_file(struct span folder, struct span path)
{
    struct sb name = { 0 };
    sb_printf(&name, "%.*s/%.*s", SPAN_FMT(folder), SPAN_FMT(path));
    struct span text = file_text(embed_find(stet_demo_files, stet_demo_files_count, sb_cstr(&name)));
    sb_release(&name);
    return text;
}

/* Facts as form fields, as a client would send them. */
static void facts_add(const struct json *facts, struct arena *arena, struct pairs *out)
{
    for (const struct json *f = json_first(facts); f; f = json_next(f)) {
        struct sb name = { 0 };
        struct sb value = { 0 };
        sb_printf(&name, "fact.%.*s", SPAN_FMT(json_key(f)));
        if (json_kind_of(f) == JSON_STR)
            sb_add(&value, json_str(f));
        else if (json_kind_of(f) == JSON_BOOL)
            sb_adds(&value, json_bool(f, false) ? "1" : "0");
        else if (json_kind_of(f) == JSON_NUM)
            sb_printf(&value, "%.15g", json_num(f, 0));
        if (value.len > 0)
            pairs_add(out, arena_span(arena, sb_span(&name)), arena_span(arena, sb_span(&value)));
        sb_release(&name);
        sb_release(&value);
    }
}

static bool run_files(const struct demo_case *c, struct span run, struct upload *u, struct err *err)
{
    for (const struct json *f = json_first(json_get(c->doc, "files")); f; f = json_next(f)) {
        struct span path = json_str(json_get(f, "path"));
        if (!span_eq(json_str(json_get(f, "run")), run))
            continue;
        /* As `--clock` does: for the files of the run to which a clock means something. */
        struct span clock = json_str(json_get(f, "clock"));
        if (clock.len > 0 && !pairs_get(&u->fields, "clock").ptr)
            pairs_add(&u->fields, SPAN("clock"), clock);
        struct span file = demo_file(c->folder, path);
        struct spool s;
        if (!file.ptr)
            return err_set(err, ERR_NOT_FOUND, "case %.*s names %.*s, which is not there", SPAN_FMT(c->folder),
                           SPAN_FMT(path));
        if (!spool_open(&s, c->service->spool, path, err))
            return false;
        VEC_PUSH(&u->files, s);
        struct spool *at = &u->files.items[u->files.count - 1];
        if (!spool_add(at, file, err) || !spool_finish(at, err))
            return false;
    }
    return true;
}

static bool run_load(const struct demo_case *c, struct span run, const struct json *facts, struct err *err)
{
    struct pairs none = { 0 };
    struct upload u = { .query = &none };
    struct arena arena = { 0 };
    struct store_run there;
    struct err absent = ERR_INIT;
    /* Loaded at an earlier start: what was declared or added since stays. */
    if (store_run_get(c->db, &arena, c->folder, run, &there, &absent)) {
        arena_release(&arena);
        return true;
    }
    u.profile.project = c->folder;
    u.profile.run = run;
    facts_add(json_get(c->doc, "declare"), &arena, &u.fields);
    facts_add(facts, &arena, &u.fields);
    bool ok = run_files(c, run, &u, err);
    if (ok && u.files.count > 0)
        ok = upload_accept(c->service, &u, &arena, clock_unix_us(), config_int(c->service->config, CONFIG_sync_s), err);
    upload_release(&u);
    arena_release(&arena);
    return ok;
}

static bool case_load(const struct demo_case *c, struct err *err)
{
    struct span main_run = json_str(json_get(c->doc, "main_run"));
    const struct json *runs = json_get(c->doc, "runs");
    for (const struct json *r = json_first(runs); r; r = json_next(r)) {
        if (!span_eq(json_key(r), main_run) && !run_load(c, json_key(r), json_get(r, "facts"), err))
            return false;
    }
    for (const struct json *r = json_first(runs); r; r = json_next(r)) {
        if (span_eq(json_key(r), main_run) && !run_load(c, main_run, json_get(r, "facts"), err))
            return false;
    }
    return true;
}

static bool listed_load(struct demo_case *c, bool decisions, struct err *err)
{
    return decisions ? demo_decisions(c->service, c->db, c->folder, c->doc, err) : case_load(c, err);
}

/* Files stand in the order of their names: a case's recordings (case.json) come before what was decided (decisions.json). */
static bool cases_load(struct service *s, struct sql *db, struct err *err)
{
    for (size_t i = 0; i < stet_demo_files_count; i++) {
        struct span name = span_of(stet_demo_files[i].name);
        struct demo_case c = { .service = s, .db = db };
        struct span file;
        struct err local = ERR_INIT;
        if (!span_rsplit(name, '/', &c.folder, &file) ||
            (!span_is(file, "case.json") && !span_is(file, "decisions.json")))
            continue;
        if (!json_parse(file_text(&stet_demo_files[i]), CASE_DEPTH_MAX, &c.doc, err))
            return err_wrap(err, "%.*s", SPAN_FMT(name));
        /* One broken sample must not keep the service from starting. */
        if (!listed_load(&c, span_is(file, "decisions.json"), &local))
            log_event(LOG_ERROR, "demo", "case=%.*s error=\"%s\"", SPAN_FMT(c.folder), local.text);
        json_free(c.doc);
    }
    return true;
}

bool demo_load(struct service *s, struct err *err)
{
    struct sql *db = NULL;
    if (!store_reader_open(s->store, &db, err))
        return false;
    bool ok = cases_load(s, db, err);
    store_reader_close(db);
    return ok;
}
