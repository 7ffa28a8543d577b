/* stet retain: raw bytes of old uploads go; profiles, analyses and hashes stay, and what a decision rests on stays whole. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "store/decisions.h"

enum { DAYS_MAX = 36500 };

static bool retain(const char *path, uint64_t days, bool json, struct err *err)
{
    struct store *s = NULL;
    struct store_retained r = { 0 };
    int64_t now_us = clock_unix_us();
    if (access(path, R_OK | W_OK) != 0)
        return err_set(err, ERR_IO, "there is no database %s", path);
    if (!store_open(path, now_us, &s, err))
        return false;
    bool ok = store_retain(s, now_us - (int64_t)days * INT64_C(86400000000), &r, err);
    store_close(s);
    if (ok && json)
        (void)printf("{\"dropped\":%lld,\"bytes\":%lld,\"exempt\":%lld}\n", (long long)r.dropped, (long long)r.bytes,
                     (long long)r.exempt);
    else if (ok)
        (void)printf("raw bytes of %lld uploads dropped (%lld bytes); %lld kept for decisions that hold\n",
                     (long long)r.dropped, (long long)r.bytes, (long long)r.exempt);
    return ok;
}

int cmd_retain(int argc, char **argv)
{
    static const struct arg_option options[] = { { "--db", 1, true },
                                                 { "--older-than", 2, true },
                                                 { "--json", 3, false } };
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    const char *env = getenv("STET_DB");
    const char *path = env ? env : "stet.db";
    const char *value = NULL;
    const char *days_text = NULL;
    bool json = false;
    uint64_t days = 0;
    int id = 0;
    enum args_result got;
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, &err)) != ARGS_END) {
        if (got == ARGS_ERROR)
            return cli_usage_error("retain", "%s", err.text);
        if (got == ARGS_PLAIN)
            return cli_usage_error("retain", "unexpected '%s'", value);
        path = id == 1 ? value : path;
        days_text = id == 2 ? value : days_text;
        json = json || id == 3;
    }
    if (!days_text || !span_to_u64(span_of(days_text), &days) || days > DAYS_MAX)
        return cli_usage_error("retain", "want --older-than DAYS, a whole number from 0 to %d", DAYS_MAX);
    if (retain(path, days, json, &err))
        return CLI_EXIT_OK;
    (void)fprintf(stderr, "stet retain: %s\n", err.text);
    return CLI_EXIT_IO;
}
