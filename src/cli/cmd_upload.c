/* stet upload: the files of one run to a service, which analyses them; prints its report's address and what it says. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advise/advise.h"
#include "base/httpc.h"
#include "base/json.h"
#include "base/vec.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/upload_body.h"
#include "http/request.h"
#include "symbol/symbols.h"

enum { ANSWER_MAX = 64 << 20, DOC_DEPTH_MAX = 64, ATTEMPTS = 4, WAIT_DEFAULT_S = 600 };

struct upload {
    const char *server, *project, *name;
    const char *config; /* the project's own document; NULL: .stet.json where there is one; "" none */
    char *token;
    struct sb query;
    struct {
        char **items;
        size_t count, cap;
    } files;
    bool gate, enforce, json, raw;
    uint64_t wait_s;
};

/* --- asking --- */

/* The server's time: nothing on this machine tells when it has passed. */
static void pause_s(uint32_t seconds)
{
    (void)poll(NULL, 0, (int)seconds * 1000);
}

/* Answers that say "later", and connections that broke: an upload is known by its bytes, so that sending it twice is one. */
static bool worth_another(bool ok, const struct httpc_answer *a)
{
    return !ok || a->status == 429 || a->status == 502 || a->status == 503 || a->status == 504;
}

static bool ask(const struct httpc_request *rq, struct httpc_answer *ret, struct err *err)
{
    for (uint32_t turn = 1;; turn++) {
        bool ok = httpc_do(rq, ret, err);
        /* Nobody at the address: waiting does not help. */
        if (!worth_another(ok, ret) || turn == ATTEMPTS || (!ok && (ret->nobody || err->code != ERR_IO)))
            return ok;
        uint32_t wait = ret->retry_after_s >= 0 ? (uint32_t)ret->retry_after_s : turn;
        (void)fprintf(stderr, "stet upload: %s; trying again in %u s\n", ok ? "the server is busy" : err->text,
                      (unsigned)wait);
        httpc_answer_release(ret);
        *err = ERR_INIT;
        pause_s(wait);
    }
}

static enum err_code code_of(int status, struct span slug)
{
    for (int c = 1; c < ERR_COUNT; c++) {
        if (slug.len > 0 && span_is(slug, err_slug((enum err_code)c)))
            return (enum err_code)c;
    }
    for (int c = 1; c < ERR_COUNT; c++) {
        if (err_http_status((enum err_code)c) == status && c != ERR_USAGE)
            return (enum err_code)c;
    }
    return ERR_IO;
}

/* What the server objects to, in its own words. */
static bool refused(const struct upload *u, const struct httpc_answer *a, const struct json *doc, struct err *err)
{
    struct span detail = json_str(json_get(doc, "detail"));
    const char *hint = a->status == 401   ? "; give a token with --token or STET_TOKEN"
                       : a->status == 403 ? "; the token may not do this"
                       : a->status == 404 ? "; is this the address of a stet service?"
                                          : "";
    if (a->status >= 300 && a->status < 400)
        return err_set(err, ERR_IO, "%s answers %d: give --server the address that it redirects to", u->server,
                       a->status);
    if (a->status >= 200 && a->status < 300)
        return err_set(err, ERR_IO, "%s answers %d, but not as a stet service does", u->server, a->status);
    return err_set(err, code_of(a->status, json_str(json_get(doc, "code"))), "%s answers %d%s%.*s%s", u->server,
                   a->status, detail.len ? ": " : "", SPAN_FMT(span_sub(detail, 0, 300)), hint);
}

/* A JSON document by GET. */
static bool fetch(const struct upload *u, const char *path, struct json **ret, struct err *err)
{
    struct sb url = { 0 };
    struct httpc_answer a = { 0 };
    struct err broken = ERR_INIT;
    sb_printf(&url, "%s%s", u->server, path);
    const struct httpc_request rq = { .url = sb_cstr(&url), .token = u->token, .body = -1, .answer_max = ANSWER_MAX };
    bool ok = ask(&rq, &a, err);
    *ret = NULL;
    if (ok && !(a.is_json && json_parse(sb_span(&a.body), DOC_DEPTH_MAX, ret, &broken)))
        *ret = NULL;
    if (ok && (a.status != 200 || !*ret))
        ok = refused(u, &a, *ret, err);
    if (!ok) {
        json_free(*ret);
        *ret = NULL;
    }
    httpc_answer_release(&a);
    sb_release(&url);
    return ok;
}

/* A long analysis goes on without us: asks every second whether it is done. */
static bool wait_done(const struct upload *u, struct span id, struct err *err)
{
    struct sb path = { 0 };
    sb_adds(&path, "/api/v1/profiles/");
    url_encode(&path, id);
    bool ok = true, done = false;
    for (uint64_t s = 0; ok && !done; s++) {
        struct json *doc = NULL;
        if (s >= u->wait_s) {
            ok =
                err_set(err, ERR_BUSY, "the analysis is not done after %llu s (--wait)", (unsigned long long)u->wait_s);
            break;
        }
        pause_s(1);
        ok = fetch(u, sb_cstr(&path), &doc, err);
        struct span status = json_str(json_get(doc, "status"));
        done = span_is(status, "done");
        if (ok && span_is(status, "failed")) {
            struct span why = json_str(json_get(doc, "error"));
            ok = err_set(err, ERR_VALUE, "the analysis failed%s%.*s", why.len ? ": " : "",
                         SPAN_FMT(span_sub(why, 0, 300)));
        }
        json_free(doc);
    }
    sb_release(&path);
    return ok;
}

/* --- telling --- */

static enum policy_gate gate_of(const struct json *analysis)
{
    struct span gate = json_str(json_get(analysis, "gate"));
    return span_is(gate, "pass")     ? GATE_PASS
           : span_is(gate, "waived") ? GATE_WAIVED
           : span_is(gate, "fail")   ? GATE_FAIL
                                     : GATE_INSUFFICIENT;
}

static void print_plain(const char *before, struct span text)
{
    struct sb line = { 0 };
    sb_adds(&line, before);
    sb_add_plain(&line, text);
    (void)puts(sb_cstr(&line));
    sb_release(&line);
}

static void tell(const struct upload *u, const struct json *doc, const struct json *analysis)
{
    struct sb url = { 0 };
    struct span path = json_str(json_get(doc, "url"));
    sb_adds(&url, u->server);
    sb_add(&url, path);
    print_plain("", sb_span(&url));
    sb_reset(&url);
    sb_printf(&url, "run %.*s%s", SPAN_FMT(json_str(json_get(doc, "run"))),
              json_bool(json_get(doc, "duplicate"), false) ? ", the same as an earlier upload" : "");
    if (analysis)
        sb_printf(&url, ", verdict %.*s, gate %.*s", SPAN_FMT(json_str(json_get(analysis, "verdict"))),
                  SPAN_FMT(json_str(json_get(analysis, "gate"))));
    print_plain("", sb_span(&url));
    if (analysis)
        print_plain("", json_str(json_get(analysis, "summary")));
    const struct json *config = json_get(doc, "config");
    struct span left = json_str(json_get(config, "reason"));
    sb_reset(&url);
    sb_add_plain(&url, left);
    if (left.len > 0)
        (void)fprintf(stderr, "stet upload: the project's policies were not stored: %s\n", sb_cstr(&url));
    else if (json_bool(json_get(config, "stored"), false))
        (void)fprintf(stderr, "stet upload: the project's policies are version %.0f now\n",
                      json_num(json_get(config, "version"), 0));
    sb_release(&url);
}

/* What the answer to the upload says; *ret_status is the command's exit status. */
static bool report(const struct upload *u, const struct httpc_answer *a, int *ret_status, struct err *err)
{
    struct json *doc = NULL, *late = NULL;
    struct err broken = ERR_INIT;
    if (!a->is_json || !json_parse(sb_span(&a->body), DOC_DEPTH_MAX, &doc, &broken))
        doc = NULL;
    const struct json *analysis = json_get(doc, "analysis");
    struct span id = json_str(json_get(doc, "id"));
    bool taken = a->status == 200 || a->status == 201 || a->status == 202 || (a->status == 409 && analysis);
    if (!taken || id.len == 0) {
        bool ok = refused(u, a, doc, err);
        json_free(doc);
        return ok;
    }
    bool ok = true;
    if (!analysis && (u->gate || u->enforce || u->wait_s > 0)) {
        struct sb path = { 0 };
        sb_adds(&path, "/api/v1/profiles/");
        url_encode(&path, id);
        sb_adds(&path, "/analysis");
        ok = wait_done(u, id, err) && fetch(u, sb_cstr(&path), &late, err);
        analysis = late;
        sb_release(&path);
    }
    if (u->json && !late)
        (void)printf("%.*s\n", SPAN_FMT(sb_span(&a->body)));
    else
        tell(u, doc, analysis);
    if (ok && (u->gate || u->enforce))
        *ret_status = advise_gate_exit(gate_of(analysis));
    json_free(doc);
    json_free(late);
    return ok;
}

/* A document that nobody named is said to go along. */
static const char *config_choose(const struct upload *u)
{
    static const char usual[] = ".stet.json";
    if (u->config)
        return u->config[0] ? u->config : NULL;
    if (access(usual, F_OK) != 0)
        return NULL;
    (void)fprintf(stderr, "stet upload: with the project's policies of ./%s (--no-config: without)\n", usual);
    return usual;
}

static bool run(struct upload *u, int *ret_status, struct err *err)
{
    struct upload_body body = { .fd = -1 };
    struct httpc_answer a = { 0 };
    struct sb url = { 0 };
    sb_printf(&url, "%s/api/v1/projects/", u->server);
    url_encode(&url, span_of(u->project));
    sb_adds(&url, "/profiles");
    sb_add(&url, sb_span(&u->query));
    struct symbols *symbols = u->raw ? NULL : cli_symbols_new(&LIMITS_DEFAULT);
    const struct upload_files files = { u->files.items, u->files.count, u->name, config_choose(u), symbols };
    bool ok = upload_body_make(&files, &body, err);
    symbols_free(symbols);
    if (ok) {
        const struct httpc_request rq = { .url = sb_cstr(&url),
                                          .token = u->token,
                                          .content_type = body.content_type,
                                          .content_encoding = body.packed ? "zstd" : NULL,
                                          .body = body.fd,
                                          .body_bytes = body.bytes,
                                          .answer_max = ANSWER_MAX };
        ok = ask(&rq, &a, err) && report(u, &a, ret_status, err);
    }
    httpc_answer_release(&a);
    upload_body_release(&body);
    sb_release(&url);
    return ok;
}

/* --- options --- */

enum option {
    OPT_SERVER = 1,
    OPT_PROJECT,
    OPT_TOKEN,
    OPT_NAME,
    OPT_QUERY,
    OPT_LABEL,
    OPT_FACT,
    OPT_GATE,
    OPT_ENFORCE,
    OPT_JSON,
    OPT_RAW,
    OPT_CONFIG,
    OPT_NO_CONFIG,
    OPT_WAIT,
    OPT_RUN,
    OPT_COMMIT,
    OPT_BRANCH,
    OPT_SCENARIO,
    OPT_FORMAT,
    OPT_CLOCK,
    OPT_RATE,
    OPT_DURATION,
    OPT_PROCESS,
    OPT_RUNTIME,
};

static void query_add(struct upload *u, const char *prefix, struct span key, struct span value)
{
    sb_addc(&u->query, u->query.len ? '&' : '?');
    sb_adds(&u->query, prefix);
    url_encode(&u->query, key);
    sb_addc(&u->query, '=');
    url_encode(&u->query, value);
}

static bool pair_add(struct upload *u, const char *option, const char *prefix, const char *text, struct err *err)
{
    struct span key, value;
    if (!span_split(span_of(text), '=', &key, &value) || key.len == 0)
        return err_set(err, ERR_USAGE, "%s wants NAME=VALUE, got '%s'", option, text);
    query_add(u, prefix, key, value);
    return true;
}

/* Ends up in a header: only what tokens are made of. The words of a command line are seen by every user of a machine, so what
 * stood there is overwritten. */
static bool token_take(struct upload *u, char *text, bool from_arguments, struct err *err)
{
    free(u->token);
    u->token = xstrndup(text, strlen(text));
    if (from_arguments)
        memset(text, 'x', strlen(text));
    if (u->token[0] == '\0' ||
        strspn(u->token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") != strlen(u->token))
        return err_set(err, ERR_USAGE, "the token holds characters that no token has");
    return true;
}

static bool set_option(struct upload *u, int id, const char *name, const char *value, char *raw, struct err *err)
{
    switch ((enum option)id) {
    case OPT_SERVER:
        u->server = value;
        return true;
    case OPT_PROJECT:
        u->project = value;
        return true;
    case OPT_TOKEN:
        return token_take(u, raw, true, err);
    case OPT_NAME:
        u->name = value;
        return true;
    case OPT_LABEL:
        return pair_add(u, name, "label.", value, err);
    case OPT_FACT:
        return pair_add(u, name, "fact.", value, err);
    case OPT_GATE:
        u->gate = true;
        return true;
    case OPT_ENFORCE:
        u->enforce = true;
        query_add(u, "", SPAN("enforce"), SPAN("1"));
        return true;
    case OPT_JSON:
        u->json = true;
        return true;
    case OPT_CONFIG:
        u->config = value;
        return value[0] || err_set(err, ERR_USAGE, "--config wants a file");
    case OPT_NO_CONFIG:
        u->config = "";
        return true;
    case OPT_RAW:
        u->raw = true;
        return true;
    case OPT_WAIT:
        return span_to_u64(span_of(value), &u->wait_s) ||
               err_set(err, ERR_USAGE, "--wait wants seconds, got '%s'", value);
    case OPT_DURATION:
        query_add(u, "", SPAN("duration_s"), span_of(value));
        return true;
    case OPT_QUERY:
    case OPT_RUN:
    case OPT_COMMIT:
    case OPT_BRANCH:
    case OPT_SCENARIO:
    case OPT_CLOCK:
    case OPT_RATE:
    case OPT_PROCESS:
    case OPT_RUNTIME:
        break;
    case OPT_FORMAT: /* is that of the bytes as they are */
        u->raw = true;
        break;
    }
    query_add(u, "", span_of(name + 2), span_of(value));
    return true;
}

static const struct arg_option options[] = {
    { "--server", OPT_SERVER, true },
    { "--project", OPT_PROJECT, true },
    { "--token", OPT_TOKEN, true },
    { "--name", OPT_NAME, true },
    { "--label", OPT_LABEL, true },
    { "--fact", OPT_FACT, true },
    { "--gate", OPT_GATE, false },
    { "--enforce", OPT_ENFORCE, false },
    { "--json", OPT_JSON, false },
    { "--raw", OPT_RAW, false },
    { "--wait", OPT_WAIT, true },
    { "--run", OPT_RUN, true },
    { "--commit", OPT_COMMIT, true },
    { "--branch", OPT_BRANCH, true },
    { "--scenario", OPT_SCENARIO, true },
    { "--format", OPT_FORMAT, true },
    { "--clock", OPT_CLOCK, true },
    { "--rate", OPT_RATE, true },
    { "--duration-s", OPT_DURATION, true },
    { "--process", OPT_PROCESS, true },
    { "--runtime", OPT_RUNTIME, true },
    { "--config", OPT_CONFIG, true },
    { "--no-config", OPT_NO_CONFIG, false },
};

static const char *option_name(int id)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (options[i].id == id)
            return options[i].name;
    }
    return "";
}

/* The value's own place among the arguments: behind "=" or the next word. */
static char *raw_value(const struct args *args, const char *value)
{
    char *word = args->argv[args->at - 1];
    return word + (strlen(word) - strlen(value));
}

static bool options_read(struct upload *u, struct args *args, struct err *err)
{
    int id = 0;
    const char *value = NULL;
    enum args_result got;
    while ((got = args_next(args, options, ARRAY_LEN(options), &id, &value, err)) != ARGS_END) {
        if (got == ARGS_ERROR)
            return false;
        if (got == ARGS_OPTION) {
            char *raw = value ? raw_value(args, value) : NULL;
            if (!set_option(u, id, option_name(id), value, raw, err))
                return false;
        } else {
            VEC_PUSH(&u->files, args->argv[args->at - 1]);
        }
    }
    char *token = getenv("STET_TOKEN");
    if (!u->token && token && token[0] && !token_take(u, token, false, err))
        return false;
    if (!u->server)
        u->server = getenv("STET_SERVER");
    if (!u->server || !u->server[0])
        return err_set(err, ERR_USAGE, "want --server URL (or STET_SERVER)");
    if (!span_starts(span_of(u->server), SPAN("http://")) && !span_starts(span_of(u->server), SPAN("https://")))
        return err_set(err, ERR_USAGE, "--server wants http://HOST:PORT or https://HOST, got '%s'", u->server);
    if (!u->project)
        return err_set(err, ERR_USAGE, "want --project NAME");
    return u->files.count > 0 || err_set(err, ERR_USAGE, "want a FILE, or - for standard input");
}

int cmd_upload(int argc, char **argv)
{
    struct upload u = { .wait_s = WAIT_DEFAULT_S };
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    int status = CLI_EXIT_OK;
    char *server = NULL;
    if (!options_read(&u, &args, &err)) {
        status = cli_usage_error("upload", "%s", err.text);
    } else {
        size_t n = strlen(u.server);
        while (n > 0 && u.server[n - 1] == '/')
            n--;
        u.server = server = xstrndup(u.server, n);
        if (!run(&u, &status, &err))
            status = cli_error("upload", &err);
    }
    free(server);
    free(u.token);
    free(u.files.items);
    sb_release(&u.query);
    return status;
}
