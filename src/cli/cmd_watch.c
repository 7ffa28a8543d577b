/* stet watch: what re-opens decisions, with state, number and line; from a service or straight from its database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/httpc.h"
#include "base/json.h"
#include "base/vec.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "http/pages.h"
#include "http/request.h"
#include "http/watch.h"

enum { ANSWER_MAX = 64 << 20, DOC_DEPTH_MAX = 64, PROJECTS_MAX = 100000 };

struct watch_args {
    const char *server, *db, *project, *token, *state;
    bool json;
};

enum option { OPT_SERVER = 1, OPT_DB, OPT_PROJECT, OPT_TOKEN, OPT_STATE, OPT_JSON };

static const struct arg_option options[] = {
    { "--server", OPT_SERVER, true }, { "--db", OPT_DB, true },       { "--project", OPT_PROJECT, true },
    { "--token", OPT_TOKEN, true },   { "--state", OPT_STATE, true }, { "--json", OPT_JSON, false },
};

/* --- from a service --- */

static struct span copied(struct arena *arena, const struct json *obj, const char *name)
{
    return arena_span(arena, json_str(json_get(obj, name)));
}

static int64_t moment(const struct json *obj, const char *name)
{
    int64_t us = 0;
    return clock_parse(json_str(json_get(obj, name)), &us) ? us : 0;
}

static void row_read(struct arena *arena, const struct json *x, struct store_watches *ret)
{
    struct store_watch row = { .id = copied(arena, x, "id"),
                               .project = copied(arena, x, "project"),
                               .decision = copied(arena, x, "decision"),
                               .origin = copied(arena, x, "origin"),
                               .title = copied(arena, x, "title"),
                               .kind = copied(arena, x, "kind"),
                               .condition = copied(arena, x, "condition"),
                               .component = SPAN(""),
                               .date_us = moment(x, "date"),
                               .state = copied(arena, x, "state"),
                               .since_us = moment(x, "since"),
                               .fact = copied(arena, x, "fact"),
                               .now = json_num(json_get(x, "now"), NUM_UNKNOWN),
                               .line = json_num(json_get(x, "line"), NUM_UNKNOWN),
                               .note = copied(arena, x, "note"),
                               .by = copied(arena, x, "by"),
                               .created_us = moment(x, "created") };
    struct sb globs = { 0 };
    struct jsonw w = { .out = &globs };
    jsonw_arr(&w, NULL);
    for (const struct json *g = json_first(json_get(x, "component")); g; g = json_next(g))
        jsonw_str(&w, NULL, json_str(g));
    jsonw_end_arr(&w);
    if (json_count(json_get(x, "component")) > 0)
        row.component = arena_span(arena, sb_span(&globs));
    sb_release(&globs);
    VEC_PUSH(ret, row);
}

static bool page_fetch(const struct watch_args *a, struct span cursor, struct arena *arena, struct store_watches *ret,
                       struct span *ret_next, struct err *err)
{
    struct sb url = { 0 };
    struct httpc_answer answer = { 0 };
    struct json *doc = NULL;
    struct err broken = ERR_INIT;
    size_t n = strlen(a->server);
    while (n > 0 && a->server[n - 1] == '/')
        n--;
    sb_printf(&url, "%.*s/api/v1/watch?limit=1000&project=", (int)n, a->server);
    url_encode(&url, span_of(a->project));
    sb_adds(&url, "&state=");
    url_encode(&url, span_of(a->state));
    sb_adds(&url, "&cursor=");
    url_encode(&url, cursor);
    const struct httpc_request rq = { .url = sb_cstr(&url), .token = a->token, .body = -1, .answer_max = ANSWER_MAX };
    bool ok = httpc_do(&rq, &answer, err);
    if (ok && !(answer.is_json && json_parse(sb_span(&answer.body), DOC_DEPTH_MAX, &doc, &broken)))
        ok = err_set(err, ERR_IO, "%s answers %d, but not as a stet service does", a->server, answer.status);
    if (ok && answer.status != 200)
        ok = err_set(err,
                     answer.status == 404   ? ERR_NOT_FOUND
                     : answer.status == 400 ? ERR_BAD_REQUEST
                                            : ERR_FORBIDDEN,
                     "%s answers %d: %.*s", a->server, answer.status,
                     SPAN_FMT(span_sub(json_str(json_get(doc, "detail")), 0, 300)));
    for (const struct json *x = ok ? json_first(json_get(doc, "watch")) : NULL; x; x = json_next(x))
        row_read(arena, x, ret);
    if (ok)
        *ret_next = copied(arena, doc, "next");
    json_free(doc);
    httpc_answer_release(&answer);
    sb_release(&url);
    return ok;
}

static bool from_server(const struct watch_args *a, struct arena *arena, struct store_watches *ret, struct err *err)
{
    struct span next = SPAN("");
    do {
        if (!page_fetch(a, next, arena, ret, &next, err))
            return false;
    } while (next.len > 0);
    return true;
}

/* --- from the database --- */

/* The same as the service does before it shows the list: dates pass without an upload. */
static bool look(struct store *s, struct sql *db, const struct watch_args *a, struct arena *arena, struct err *err)
{
    struct store_projects all = { 0 };
    bool ok = store_projects(db, arena, span_of(a->project), -1, SPAN(""), PROJECTS_MAX, &all, err);
    if (ok && a->project[0] && all.count == 0)
        ok = err_set(err, ERR_NOT_FOUND, "there is no project '%s'", a->project);
    for (size_t i = 0; ok && i < all.count; i++) {
        struct watch_result result;
        ok = watch_project(s, db, all.items[i].name, NULL, clock_unix_us(), &result, err);
    }
    free(all.items);
    return ok;
}

static bool from_database(const struct watch_args *a, struct arena *arena, struct store_watches *ret, struct err *err)
{
    struct store *s = NULL;
    struct sql *db = NULL;
    struct store_watch_query q = { .project = span_of(a->project),
                                   .decision = SPAN(""),
                                   .state = span_of(a->state),
                                   .after_decision = SPAN(""),
                                   .after_id = SPAN(""),
                                   .limit = INT32_MAX };
    bool ok = store_open(a->db, clock_unix_us(), &s, err) && store_reader_open(s, &db, err) &&
              look(s, db, a, arena, err) && store_watch_list(db, arena, &q, ret, err);
    if (db)
        store_reader_close(db);
    store_close(s);
    return ok;
}

/* --- showing --- */

static void print_plain(struct sb *line)
{
    struct sb plain = { 0 };
    sb_add_plain(&plain, sb_span(line));
    (void)puts(sb_cstr(&plain));
    sb_release(&plain);
    sb_reset(line);
}

static void print_row(const struct store_watch *row)
{
    struct sb line = { 0 };
    struct sb since = { 0 };
    clock_format(&since, row->since_us);
    sb_printf(&line, "%-7.*s  %.*s", SPAN_FMT(row->state), SPAN_FMT(row->title));
    print_plain(&line);
    sb_printf(&line, "         %.*s: ", SPAN_FMT(row->kind));
    if (span_is(row->kind, "manual"))
        sb_adds(&line, "somebody says so");
    else if (row->date_us > 0 && !span_is(row->state, "fired")) {
        struct sb date = { 0 };
        clock_format(&date, row->date_us);
        sb_printf(&line, "on %.10s", sb_cstr(&date));
        sb_release(&date);
    } else
        watch_words(&line, row, row->fact, row->now, row->line);
    sb_printf(&line, "; since %.10s", sb_cstr(&since));
    print_plain(&line);
    if (row->condition.len > 0) {
        sb_printf(&line, "         when %.*s%s%.*s", SPAN_FMT(row->condition), row->component.len > 0 ? " of " : "",
                  SPAN_FMT(row->component));
        print_plain(&line);
    }
    sb_printf(&line, "         project %.*s, %s%.*s, id %.*s", SPAN_FMT(row->project),
              row->decision.len > 0 ? "decision " : "all decisions", SPAN_FMT(row->decision), SPAN_FMT(row->id));
    print_plain(&line);
    sb_release(&line);
    sb_release(&since);
}

static void show(const struct watch_args *a, const struct store_watches *rows)
{
    struct sb out = { 0 };
    struct jsonw w = { .out = &out };
    for (size_t i = 0; !a->json && i < rows->count; i++)
        print_row(&rows->items[i]);
    if (!a->json) {
        if (rows->count == 0)
            (void)puts("nothing is watched");
        return;
    }
    jsonw_obj(&w, NULL);
    jsonw_arr(&w, "watch");
    for (size_t i = 0; i < rows->count; i++)
        watch_write(&w, &rows->items[i]);
    jsonw_end_arr(&w);
    jsonw_end_obj(&w);
    (void)puts(sb_cstr(&out));
    sb_release(&out);
}

/* --- options --- */

static void option_set(struct watch_args *a, int id, const char *value)
{
    switch ((enum option)id) {
    case OPT_SERVER:
        a->server = value;
        break;
    case OPT_DB:
        a->db = value;
        break;
    case OPT_PROJECT:
        a->project = value;
        break;
    case OPT_TOKEN:
        a->token = value;
        break;
    case OPT_STATE:
        a->state = value;
        break;
    case OPT_JSON:
        a->json = true;
        break;
    }
}

static bool args_read(int argc, char **argv, struct watch_args *a, struct err *err)
{
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    enum args_result got;
    int id = 0;
    const char *value = NULL;
    *a = (struct watch_args){ .project = "", .state = "", .token = getenv("STET_TOKEN") };
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, err)) != ARGS_END) {
        if (got == ARGS_ERROR)
            return false;
        if (got == ARGS_PLAIN)
            return err_set(err, ERR_USAGE, "unexpected '%s'", value);
        option_set(a, id, value);
    }
    if (a->token && !a->token[0])
        a->token = NULL;
    if (a->server && a->db)
        return err_set(err, ERR_USAGE, "want --server URL or --db PATH, not both");
    if (!a->server && !a->db && getenv("STET_SERVER") && getenv("STET_SERVER")[0])
        a->server = getenv("STET_SERVER");
    if (!a->server && !a->db)
        a->db = getenv("STET_DB") ? getenv("STET_DB") : "stet.db";
    if (a->project[0] && !name_project(span_of(a->project), err)) {
        err->code = ERR_USAGE;
        return false;
    }
    return !a->state[0] || span_is(span_of(a->state), "clear") || span_is(span_of(a->state), "fired") ||
           span_is(span_of(a->state), "unknown") ||
           err_set(err, ERR_USAGE, "--state wants clear, fired or unknown, got '%s'", a->state);
}

int cmd_watch(int argc, char **argv)
{
    struct watch_args a;
    struct err err = ERR_INIT;
    struct arena arena = { 0 };
    struct store_watches rows = { 0 };
    int status = CLI_EXIT_OK;
    if (!args_read(argc, argv, &a, &err))
        status = cli_usage_error("watch", "%s", err.text);
    else if (!(a.server ? from_server(&a, &arena, &rows, &err) : from_database(&a, &arena, &rows, &err)))
        status = cli_error("watch", &err);
    else
        show(&a, &rows);
    free(rows.items);
    arena_release(&arena);
    return status;
}
