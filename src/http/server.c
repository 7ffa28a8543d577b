/* The only file that sees civetweb.h.
 *
 * 1. CivetWeb is given no folder, no CGI, no form parser and does not decode addresses.
 * 2. Its threads have 100 KB of stack: handlers read bodies and rows there, all else runs on job threads.
 * 3. An answer is one write, but for downloads and streams. mg_stop would lose answers under way, so the stop drains
 *    first; streams end at once.
 * https://github.com/civetweb/civetweb/tree/v1.15/docs */
#include "http/server.h"

#include <civetweb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sha256.h"
#include "http/encode.h"
#include "http/events.h"
#include "http/reply.h"
#include "http/router.h"
#include "http/routes.h"
#include "http/stall.h"
#include "report/pages.h"

enum { RATE_GRACE_S = 5, DISCARD_BYTES = 64 << 20, WRITE_BYTES = 1 << 20, FIRST_READ = 1024, READ_MAX = 1 << 20 };

struct server {
    struct service *service;
    struct mg_context *ctx;
    unsigned port;
    atomic_bool draining;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    int inflight;
    struct stall stall;
};

/* A request's connection. */
struct conn {
    struct mg_connection *mg;
    struct server *server;
    bool expects; /* 100-continue not answered yet */
    bool broken;  /* the body broke off */
    bool ended;
    bool cut; /* the body was given up as too slow */
    uint64_t got;
    size_t step; /* of the next read */
    int64_t since_ns;
};

static struct span conn_header(const struct request *rq, const char *name)
{
    const struct conn *c = rq->conn;
    const char *v = mg_get_header(c->mg, name);
    return v ? span_of(v) : (struct span){ 0 };
}

static bool too_slow(const struct conn *c)
{
    int64_t rate = config_int(c->server->service->config, CONFIG_body_rate);
    int64_t ns = clock_monotonic_ns() - c->since_ns;
    return ns > RATE_GRACE_S * INT64_C(1000000000) && (double)c->got < (double)rate * ((double)ns / 1e9);
}

/* mg_read that a trickling client cannot hold: small at first, so that a slow one is seen soon. */
static int read_some(struct conn *c, char *buf, size_t n)
{
    struct server *srv = c->server;
    const struct mg_request_info *info = mg_get_request_info(c->mg);
    int64_t rate = config_int(srv->service->config, CONFIG_body_rate);
    c->step = c->step == 0 ? FIRST_READ : c->step < READ_MAX ? c->step * 4 : c->step;
    n = n < c->step ? n : c->step;
    if (rate <= 0)
        return mg_read(c->mg, buf, n);
    int64_t allowed_ns = (RATE_GRACE_S + (int64_t)n / rate) * INT64_C(1000000000);
    struct stall_watch w = { .peer = info->remote_addr,
                             .peer_port = (unsigned)info->remote_port,
                             .until_ns = clock_monotonic_ns() + allowed_ns };
    stall_begin(&srv->stall, &w);
    int got = mg_read(c->mg, buf, n);
    stall_end(&srv->stall, &w);
    c->cut = c->cut || w.cut;
    return got;
}

static bool conn_body(struct request *rq, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    struct conn *c = rq->conn;
    *ret_n = 0;
    if (c->ended || !rq->has_body)
        return true;
    if (c->expects) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        c->expects = false;
        if (mg_write(c->mg, go_on, sizeof go_on - 1) <= 0)
            return err_set(err, ERR_BAD_REQUEST, "the connection was closed");
    }
    int got = read_some(c, buf, n);
    c->got += got > 0 ? (uint64_t)got : 0;
    if (c->cut || (got > 0 && too_slow(c))) {
        c->broken = true;
        return err_set(err, ERR_TIMEOUT, "the body arrives too slowly");
    }
    if (got > 0) {
        *ret_n = (size_t)got;
        return true;
    }
    c->ended = true;
    if (got == 0 && (rq->content_length < 0 || c->got == (uint64_t)rq->content_length))
        return true;
    c->broken = true;
    return err_set(err, ERR_BAD_REQUEST, "the body broke off after %llu bytes", (unsigned long long)c->got);
}

/* --- answering --- */

static void head_write(const struct reply *rp, const struct request *rq, uint64_t length, bool close, struct sb *out)
{
    char date[40];
    time_t now = (time_t)(rq->now_us / 1000000);
    struct tm tm;
    (void)gmtime_r(&now, &tm);
    (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    sb_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nX-Request-Id: %s\r\n", rp->status, status_words(rp->status), date,
              rq->id);
    if (rp->type)
        sb_printf(out, "Content-Type: %s\r\n", rp->type);
    if (rp->status != 204 && rp->status != 304 && !rp->stream)
        sb_printf(out, "Content-Length: %llu\r\n", (unsigned long long)length);
    sb_printf(out, "Content-Security-Policy: %s\r\n",
              rp->sandbox  ? "sandbox; default-src 'none'"
              : rp->policy ? rp->policy
                           : REPORT_PAGE_CSP);
    sb_adds(out, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\nX-Frame-Options: DENY\r\n"
                 "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n");
    sb_add(out, sb_span(&rp->headers));
    if (span_find(sb_span(&rp->headers), 0, SPAN("Cache-Control:")) >= rp->headers.len)
        sb_adds(out, "Cache-Control: no-store\r\n");
    sb_adds(out, close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
}

static bool write_all(struct conn *c, struct span bytes)
{
    while (bytes.len > 0) {
        size_t n = bytes.len > WRITE_BYTES ? WRITE_BYTES : bytes.len;
        int put = mg_write(c->mg, bytes.ptr, n);
        if (put <= 0)
            return false;
        bytes = span_from(bytes, (size_t)put);
    }
    return true;
}

static bool parts_write(struct conn *c, struct request *rq, const struct reply *rp)
{
    uint64_t sent = 0;
    for (int64_t k = 0; sent < rp->part_bytes; k++) {
        struct span part;
        struct err err = ERR_INIT;
        if (!rp->part(rq, rp->part_key, k, &part, &err) || part.len == 0 || !write_all(c, part))
            return false;
        sent += part.len;
    }
    return true;
}

static bool stream_write(const struct stream *to, struct span bytes)
{
    return write_all(to->conn, bytes);
}

static void stream_answer(struct conn *c, struct request *rq, const struct reply *rp)
{
    const struct mg_request_info *info = mg_get_request_info(c->mg);
    const struct stream to = { .conn = c,
                               .socket = stall_socket(info->remote_addr, (unsigned)info->remote_port),
                               .write = stream_write,
                               .now_ns = clock_monotonic_ns };
    rp->stream(rq, &to, rp->stream_user);
}

/* A client that still sends would not read an answer on a closed connection: what is left is read for a while. */
static void body_discard(struct conn *c, const struct request *rq)
{
    char buf[4096];
    uint64_t n = 0;
    if (!rq->has_body || c->ended || c->broken || c->expects)
        return;
    int64_t until = clock_monotonic_ns() + RATE_GRACE_S * INT64_C(1000000000);
    while (n < DISCARD_BYTES && clock_monotonic_ns() < until) {
        int got = read_some(c, buf, sizeof buf);
        if (got <= 0 || c->cut)
            break;
        n += (uint64_t)got;
    }
}

static void answer(struct conn *c, struct request *rq, struct reply *rp)
{
    struct span body = rp->part        ? SPAN("")
                       : rp->shared    ? cached_bytes(rp->shared)
                       : rp->fixed.ptr ? rp->fixed
                                       : sb_span(&rp->body);
    uint64_t length = rp->part ? rp->part_bytes : body.len;
    bool unread = rq->has_body && !c->ended && (rq->content_length < 0 || c->got < (uint64_t)rq->content_length);
    bool close = rp->close || c->broken || unread || atomic_load(&c->server->draining);
    bool bare = rq->method == METHOD_HEAD || rp->status == 204 || rp->status == 304;
    struct sb out = { 0 };
    struct sb coded = { 0 };
    if (!rp->part && !rp->coded && coding_fits(rp->type, body.len)) {
        enum coding coding = coding_choose(rq->header(rq, "Accept-Encoding"));
        reply_header(rp, "Vary", SPAN("Accept-Encoding"));
        if (coding_encode(coding, body, false, &coded)) {
            reply_header(rp, "Content-Encoding", span_of(coding_name(coding)));
            body = sb_span(&coded);
            length = body.len;
        }
    }
    head_write(rp, rq, length, close, &out);
    if (!bare)
        sb_add(&out, body);
    bool ok = write_all(c, sb_span(&out));
    if (ok && rp->part && !bare)
        ok = parts_write(c, rq, rp);
    if (rp->stream)
        stream_answer(c, rq, rp); /* also to a client that is gone: it gives back what it holds */
    sb_release(&out);
    sb_release(&coded);
    if (unread && ok)
        body_discard(c, rq);
    if (close || !ok)
        mg_disable_connection_keep_alive(c->mg);
}

/* --- one request --- */

static bool enter(struct server *srv)
{
    (void)pthread_mutex_lock(&srv->lock);
    bool open = !atomic_load(&srv->draining);
    srv->inflight++;
    (void)pthread_mutex_unlock(&srv->lock);
    (void)atomic_fetch_add(&srv->service->metrics.inflight, 1);
    return open;
}

static void leave(struct server *srv)
{
    (void)atomic_fetch_sub(&srv->service->metrics.inflight, 1);
    (void)pthread_mutex_lock(&srv->lock);
    if (--srv->inflight == 0)
        (void)pthread_cond_signal(&srv->idle);
    (void)pthread_mutex_unlock(&srv->lock);
}

static void request_id(char out[33])
{
    static const char digit[] = "0123456789abcdef";
    unsigned char b[16] = { 0 };
    if (!random_bytes(b, sizeof b))
        (void)snprintf(out, 33, "%032llx", (unsigned long long)clock_monotonic_ns());
    for (int i = 0; i < 16; i++) {
        out[2 * i] = digit[b[i] >> 4];
        out[2 * i + 1] = digit[b[i] & 15];
    }
    out[32] = '\0';
}

static bool is_chunked(struct span te)
{
    return te.ptr && (span_is(te, "chunked") || span_is(te, "Chunked"));
}

/* Two lengths are how requests are smuggled past a proxy. */
static bool framing_sound(const struct mg_request_info *info, bool chunked, struct err *err)
{
    int lengths = 0;
    int hosts = 0;
    for (int i = 0; i < info->num_headers; i++) {
        lengths += mg_strcasecmp(info->http_headers[i].name, "Content-Length") == 0;
        hosts += mg_strcasecmp(info->http_headers[i].name, "Host") == 0;
    }
    if (hosts > 1)
        return err_set(err, ERR_BAD_REQUEST, "the request names its host twice");
    if (lengths > 1 || (lengths == 1 && chunked))
        return err_set(err, ERR_BAD_REQUEST, "the request states its length twice");
    return info->num_headers < MG_MAX_HEADERS || err_set(err, ERR_BAD_REQUEST, "too many header fields");
}

static void log_request(const struct request *rq, const struct mg_request_info *info, const struct reply *rp,
                        int64_t ns)
{
    struct sb path = { .cap = 400 };
    /* A report link is a secret: it must not stand in a log. */
    bool secret = rq->route && span_find(span_of(rq->route->pattern), 0, SPAN("{link}")) < strlen(rq->route->pattern);
    log_quote(&path, secret ? span_of(rq->route->pattern) : span_sub(span_of(info->local_uri_raw), 0, 300));
    log_event(rp->status >= 500 ? LOG_ERROR : LOG_INFO, "request", "id=%s method=%s path=%s status=%d us=%lld", rq->id,
              method_name(rq->method), sb_cstr(&path), rp->status, (long long)(ns / 1000));
    sb_release(&path);
}

static void request_serve(struct conn *c, const struct mg_request_info *info, struct sql *db, bool open)
{
    struct server *srv = c->server;
    struct span te = span_of(mg_get_header(c->mg, "Transfer-Encoding"));
    struct span expect = span_of(mg_get_header(c->mg, "Expect"));
    struct request rq = { .method = method_from_name(span_of(info->request_method)),
                          .service = srv->service,
                          .db = db,
                          .now_us = clock_unix_us(),
                          .conn = c,
                          .header = conn_header,
                          .body = conn_body,
                          .content_length = info->content_length };
    struct reply rp;
    struct err err = ERR_INIT;
    c->since_ns = clock_monotonic_ns();
    c->expects = expect.ptr && mg_strcasecmp(expect.ptr, "100-continue") == 0;
    rq.has_body = is_chunked(te) || info->content_length > 0;
    if (is_chunked(te))
        rq.content_length = -1;
    request_id(rq.id);
    reply_init(&rp);
    if (!open) {
        rp.close = true;
        reply_problem(&rp, 503, "stopping", "the service is stopping");
        reply_header(&rp, "Retry-After", SPAN("5"));
    } else if (!db) {
        reply_problem(&rp, 503, "store", "the store cannot be opened");
    } else if (!framing_sound(info, is_chunked(te), &err) || (te.ptr && !is_chunked(te))) {
        rp.close = true;
        reply_problem(&rp, 400, "bad_request", err.code ? err.text : "only chunked is understood as Transfer-Encoding");
    } else {
        router_handle(&rq, span_of(info->local_uri_raw), info->query_string ? span_of(info->query_string) : SPAN(""),
                      &rp);
    }
    answer(c, &rq, &rp);
    int64_t ns = clock_monotonic_ns() - c->since_ns;
    (void)atomic_fetch_add(&srv->service->metrics.requests[rp.status / 100 % 6], 1);
    if (!rp.stream)
        histogram_add(&srv->service->metrics.request_s, ns);
    log_request(&rq, info, &rp, ns);
    pairs_release(&rq.query);
    arena_release(&rq.arena);
    reply_release(&rp);
}

static int on_request(struct mg_connection *mg)
{
    const struct mg_request_info *info = mg_get_request_info(mg);
    struct server *srv = info->user_data;
    struct sql **db = mg_get_thread_pointer(mg);
    struct conn c = { .mg = mg, .server = srv };
    struct err err = ERR_INIT;
    bool open = enter(srv);
    /* Opened when first needed: most of the threads only wait. */
    if (db && !*db && !store_reader_open(srv->service->store, db, &err))
        log_event(LOG_ERROR, "store_open", "error=\"%s\"", err.text);
    request_serve(&c, info, db ? *db : NULL, open);
    leave(srv);
    return 200;
}

static void *on_thread(const struct mg_context *ctx, int kind)
{
    (void)ctx;
    return kind == 1 ? xcalloc(1, sizeof(struct sql *)) : NULL;
}

static void on_thread_end(const struct mg_context *ctx, int kind, void *pointer)
{
    struct sql **db = pointer;
    (void)ctx;
    if (kind != 1 || !db)
        return;
    store_reader_close(*db);
    free(db);
}

static int on_log(const struct mg_connection *mg, const char *message)
{
    struct sb text = { .cap = 1000 };
    (void)mg;
    log_quote(&text, span_sub(span_of(message), 0, 400));
    log_event(LOG_DEBUG, "web_server", "text=%s", sb_cstr(&text));
    sb_release(&text);
    return 1;
}

/* What the web server refuses by itself (a malformed request line) in the shape of all other errors. */
static int on_error(struct mg_connection *mg, int status, const char *message)
{
    struct request rq = { .now_us = clock_unix_us() };
    struct reply rp;
    struct sb out = { 0 };
    request_id(rq.id);
    reply_init(&rp);
    reply_problem(&rp, status, status == 400 ? "bad_request" : "error",
                  message && message[0] ? message : status_words(status));
    head_write(&rp, &rq, rp.body.len, true, &out);
    sb_add(&out, sb_span(&rp.body));
    (void)mg_write(mg, out.ptr, out.len);
    mg_disable_connection_keep_alive(mg);
    sb_release(&out);
    reply_release(&rp);
    return 0;
}

bool server_start(struct service *s, struct server **ret, struct err *err)
{
    struct server *srv = xcalloc(1, sizeof *srv);
    char listen[300];
    char threads[16];
    char timeout_ms[32];
    char idle_ms[32];
    (void)snprintf(listen, sizeof listen, "%s:%u", s->access.host, s->access.port);
    (void)snprintf(threads, sizeof threads, "%lld", (long long)config_int(s->config, CONFIG_threads));
    (void)snprintf(timeout_ms, sizeof timeout_ms, "%lld",
                   (long long)config_int(s->config, CONFIG_request_timeout_s) * 1000);
    (void)snprintf(idle_ms, sizeof idle_ms, "%lld", (long long)config_int(s->config, CONFIG_keep_alive_s) * 1000);
    const char *options[] = { "listening_ports",
                              listen,
                              "num_threads",
                              threads,
                              "request_timeout_ms",
                              timeout_ms,
                              "keep_alive_timeout_ms",
                              idle_ms,
                              "enable_keep_alive",
                              "yes",
                              "tcp_nodelay",
                              "1",
                              "decode_url",
                              "no",
                              "enable_directory_listing",
                              "no",
                              "cgi_pattern",
                              "",
                              "connection_queue",
                              "256",
                              "listen_backlog",
                              "1024",
                              "access_control_allow_origin",
                              "",
                              "access_control_allow_methods",
                              "",
                              "access_control_allow_headers",
                              "",
                              NULL };
    const struct mg_callbacks callbacks = { .begin_request = on_request,
                                            .log_message = on_log,
                                            .init_thread = on_thread,
                                            .exit_thread = on_thread_end,
                                            .http_error = on_error };
    srv->service = s;
    (void)pthread_mutex_init(&srv->lock, NULL);
    (void)pthread_cond_init(&srv->idle, NULL);
    (void)mg_init_library(0);
    if (!stall_start(&srv->stall, err)) {
        server_stop(srv);
        return false;
    }
    srv->ctx = mg_start(&callbacks, srv, options);
    struct mg_server_port port = { 0 };
    if (!srv->ctx || mg_get_server_ports(srv->ctx, 1, &port) < 1) {
        server_stop(srv);
        return err_set(err, ERR_IO, "cannot listen on %s: the address is in use or not ours", listen);
    }
    srv->port = (unsigned)port.port;
    atomic_store(&s->access.port, srv->port);
    *ret = srv;
    return true;
}

unsigned server_port(const struct server *srv)
{
    return srv->port;
}

void server_stop(struct server *srv)
{
    if (!srv)
        return;
    struct timespec until = clock_deadline(config_int(srv->service->config, CONFIG_drain_s));
    events_stop(srv->service->events);
    (void)pthread_mutex_lock(&srv->lock);
    atomic_store(&srv->draining, true);
    bool late = false;
    while (srv->inflight > 0 && !late)
        late = pthread_cond_timedwait(&srv->idle, &srv->lock, &until) != 0;
    (void)pthread_mutex_unlock(&srv->lock);
    if (srv->ctx)
        mg_stop(srv->ctx);
    stall_stop(&srv->stall);
    (void)mg_exit_library();
    (void)pthread_cond_destroy(&srv->idle);
    (void)pthread_mutex_destroy(&srv->lock);
    free(srv);
}
