/* stet token create|list|revoke: access tokens, straight in the database. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "http/access.h"
#include "http/pages.h"
#include "http/service.h"
#include "store/store.h"

struct token_args {
    const char *verb;
    const char *db, *scopes, *project, *name, *days;
    const char *id;
};

static bool args_read(int argc, char **argv, struct token_args *a, struct err *err)
{
    const char *env = getenv("STET_DB");
    *a = (struct token_args){
        .db = env ? env : "stet.db", .scopes = "upload,read", .project = "", .name = "", .days = ""
    };
    const struct {
        const char *flag;
        const char **to;
    } flags[] = { { "--db", &a->db },
                  { "--scopes", &a->scopes },
                  { "--project", &a->project },
                  { "--name", &a->name },
                  { "--days", &a->days } };
    for (int i = 1; i < argc; i++) {
        size_t f = 0;
        while (f < ARRAY_LEN(flags) && !span_is(span_of(argv[i]), flags[f].flag))
            f++;
        if (f < ARRAY_LEN(flags) && i + 1 < argc)
            *flags[f].to = argv[++i];
        else if (argv[i][0] == '-')
            return err_set(err, ERR_USAGE, "unexpected '%s'", argv[i]);
        else if (!a->verb)
            a->verb = argv[i];
        else if (!a->id)
            a->id = argv[i];
        else
            return err_set(err, ERR_USAGE, "unexpected '%s'", argv[i]);
    }
    return a->verb || err_set(err, ERR_USAGE, "want create, list or revoke");
}

static bool create(struct store *s, const struct token_args *a, int64_t now_us, struct err *err)
{
    char id[27];
    char secret[64];
    char hash[65];
    unsigned bits = 0;
    uint64_t days = 0;
    if (!access_scopes(span_of(a->scopes), &bits, err))
        return false;
    if (a->project[0] && !name_project(span_of(a->project), err))
        return false;
    if (a->days[0] && (!span_to_u64(span_of(a->days), &days) || days == 0 || days > 36500))
        return err_set(err, ERR_USAGE, "--days: want a whole number from 1 to 36500");
    if (!service_id(id, now_us, err) || !access_secret("stet_", secret, hash, err))
        return false;
    struct store_token t = { .id = span_of(id),
                             .hash = span_of(hash),
                             .name = span_of(a->name[0] ? a->name : "token"),
                             .scopes = span_of(a->scopes),
                             .project = span_of(a->project),
                             .created_us = now_us,
                             .expires_us = days ? now_us + (int64_t)days * INT64_C(86400000000) : 0 };
    if (!store_token_put(s, &t, err))
        return false;
    /* The secret alone on standard output, so that a script can take it; it is shown this once. */
    (void)fprintf(stderr, "token %s, scopes %s, %s\n", id, a->scopes, a->project[0] ? a->project : "all projects");
    (void)printf("%s\n", secret);
    return true;
}

static bool list(struct store *s, int64_t now_us, struct err *err)
{
    struct sql *db = NULL;
    struct arena arena = { 0 };
    struct store_tokens all = { 0 };
    if (!store_reader_open(s, &db, err))
        return false;
    bool ok = store_token_list(db, &arena, &all, err);
    for (size_t i = 0; ok && i < all.count; i++) {
        const struct store_token *t = &all.items[i];
        struct sb when = { 0 };
        clock_format(&when, t->created_us);
        const char *state = t->revoked_us ? "revoked" : t->expires_us && t->expires_us <= now_us ? "expired" : "valid";
        (void)printf("%.*s  %-7s  %-24.*s  %-20.*s  %-20.*s  %s\n", SPAN_FMT(t->id), state, SPAN_FMT(t->scopes),
                     SPAN_FMT(t->project.len ? t->project : SPAN("(all projects)")), SPAN_FMT(t->name), sb_cstr(&when));
        sb_release(&when);
    }
    freep(&all.items);
    arena_release(&arena);
    store_reader_close(db);
    return ok;
}

static bool token_run(const struct token_args *a, struct err *err)
{
    struct store *s = NULL;
    int64_t now_us = clock_unix_us();
    if (!store_open(a->db, now_us, &s, err))
        return false;
    bool ok = false;
    if (span_is(span_of(a->verb), "create"))
        ok = create(s, a, now_us, err);
    else if (span_is(span_of(a->verb), "list"))
        ok = list(s, now_us, err);
    else if (span_is(span_of(a->verb), "revoke") && a->id)
        ok = store_token_revoke(s, span_of(a->id), now_us, err);
    else
        ok = err_set(err, ERR_USAGE, "want create, list or revoke ID, got '%s'", a->verb);
    store_close(s);
    return ok;
}

int cmd_token(int argc, char **argv)
{
    struct token_args a;
    struct err err = ERR_INIT;
    if (args_read(argc, argv, &a, &err) && token_run(&a, &err))
        return CLI_EXIT_OK;
    if (err.code == ERR_USAGE || err.code == ERR_BAD_REQUEST)
        return cli_usage_error("token", "%s", err.text);
    (void)fprintf(stderr, "stet token: %s\n", err.text);
    return err_exit_status(err.code);
}
