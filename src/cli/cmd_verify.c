/* stet verify: all decisions of a database, or one, made anew from what was frozen. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "http/shelf.h"
#include "http/verify.h"

struct verify {
    const char *db_path, *id;
    bool json;
    struct limits limits;
    struct decider decider;
    struct sql *db;
    struct sb out;
    struct jsonw w;
    int64_t decisions, changed, chains, broken;
};

static void chain_print(struct verify *y, struct span project, const struct verify_report *report, int64_t entries)
{
    y->chains++;
    y->broken += report->count > 0;
    if (y->json) {
        jsonw_obj(&y->w, NULL);
        jsonw_str(&y->w, "project", project);
        jsonw_bool(&y->w, "ok", report->count == 0);
        jsonw_int(&y->w, "entries", entries);
        jsonw_arr(&y->w, "findings");
        for (size_t i = 0; i < report->count && i < FINDINGS_MAX; i++) {
            jsonw_obj(&y->w, NULL);
            jsonw_strz(&y->w, "what", report->items[i].what);
            jsonw_strz(&y->w, "where", report->items[i].where);
            jsonw_strz(&y->w, "text", report->items[i].text);
            jsonw_end_obj(&y->w);
        }
        jsonw_end_arr(&y->w);
        jsonw_end_obj(&y->w);
        return;
    }
    for (size_t i = 0; i < report->count && i < FINDINGS_MAX; i++)
        (void)printf("chain of %.*s: %s (%s)\n", SPAN_FMT(project), report->items[i].text, report->items[i].where);
}

static void decision_print(struct verify *y, const struct verified *v)
{
    struct sb words = { 0 };
    y->decisions++;
    y->changed += !v->ok;
    if (y->json) {
        verified_write(v, &y->w);
        return;
    }
    verified_words(v, &words);
    (void)printf("decision %.*s of %.*s: %s%s\n", SPAN_FMT(v->decision.id), SPAN_FMT(v->decision.project),
                 v->ok ? "" : "CHANGED: ", sb_cstr(&words));
    sb_release(&words);
}

static bool decision_one(struct verify *y, struct span id, bool chain_known, struct err *err)
{
    struct verified *v = xcalloc(1, sizeof *v);
    bool ok = verify_decision(&y->decider, y->db, id, chain_known, v, err);
    if (ok)
        decision_print(y, v);
    verified_release(v);
    freep(&v);
    return ok;
}

static bool chains_check(struct verify *y, struct err *err)
{
    struct arena arena = { 0 };
    struct store_projects projects = { 0 };
    bool ok = store_ledger_projects(y->db, &arena, &projects, err);
    for (size_t i = 0; ok && i < projects.count; i++) {
        struct verify_report *report = xcalloc(1, sizeof *report);
        int64_t entries = 0;
        ok = verify_chain(y->db, projects.items[i].name, report, &entries, err);
        if (ok)
            chain_print(y, projects.items[i].name, report, entries);
        freep(&report);
    }
    freep(&projects.items);
    arena_release(&arena);
    return ok;
}

static bool decisions_check(struct verify *y, struct err *err)
{
    struct arena arena = { 0 };
    struct store_pairs ids = { 0 };
    bool ok = store_decision_ids(y->db, &arena, SPAN(""), &ids, err);
    for (size_t i = 0; ok && i < ids.count; i++)
        ok = decision_one(y, ids.items[i].value, true, err);
    freep(&ids.items);
    arena_release(&arena);
    return ok;
}

static bool all_check(struct verify *y, struct err *err)
{
    y->w = (struct jsonw){ .out = &y->out };
    if (y->json)
        jsonw_obj(&y->w, NULL);
    if (y->json)
        jsonw_arr(&y->w, "chains");
    if (!y->id && !chains_check(y, err))
        return false;
    if (y->json) {
        jsonw_end_arr(&y->w);
        jsonw_arr(&y->w, "decisions");
    }
    if (y->id ? !decision_one(y, span_of(y->id), false, err) : !decisions_check(y, err))
        return false;
    if (y->json) {
        jsonw_end_arr(&y->w);
        jsonw_bool(&y->w, "ok", y->changed == 0 && y->broken == 0);
        jsonw_end_obj(&y->w);
        (void)printf("%s\n", sb_cstr(&y->out));
    } else if (!y->id) {
        (void)printf("%lld decisions, %lld changed; %lld chains, %lld broken\n", (long long)y->decisions,
                     (long long)y->changed, (long long)y->chains, (long long)y->broken);
    }
    return true;
}

static bool database_check(struct verify *y, struct err *err)
{
    struct store *s = NULL;
    if (access(y->db_path, R_OK) != 0)
        return err_set(err, ERR_IO, "there is no database %s", y->db_path);
    if (!store_open(y->db_path, clock_unix_us(), &s, err))
        return false;
    y->limits = LIMITS_DEFAULT;
    y->decider = (struct decider){ .limits = &y->limits, .shelf = shelf_new(), .decide = decide_make };
    bool ok = store_reader_open(s, &y->db, err) && all_check(y, err);
    store_reader_close(y->db);
    shelf_free(y->decider.shelf);
    store_close(s);
    sb_release(&y->out);
    return ok;
}

int cmd_verify(int argc, char **argv)
{
    static const struct arg_option options[] = { { "--db", 1, true }, { "--json", 2, false } };
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    const char *env = getenv("STET_DB");
    const char *value = NULL;
    struct verify y = { .db_path = env ? env : "stet.db" };
    int id = 0;
    enum args_result got;
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, &err)) != ARGS_END) {
        if (got == ARGS_ERROR)
            return cli_usage_error("verify", "%s", err.text);
        if (got == ARGS_PLAIN && y.id)
            return cli_usage_error("verify", "one decision at most, or none for all");
        if (got == ARGS_PLAIN)
            y.id = value;
        else if (id == 1)
            y.db_path = value;
        else
            y.json = true;
    }
    if (!database_check(&y, &err)) {
        (void)fprintf(stderr, "stet verify: %s\n", err.text);
        return CLI_EXIT_IO;
    }
    return y.changed > 0 || y.broken > 0 ? 1 : CLI_EXIT_OK;
}
