#include "http/access.h"

#include <stdio.h>
#include <strings.h>

#include "base/num.h"
#include "base/sha256.h"
#include "config/config.h"
#include "store/store.h"

static const struct {
    const char *word;
    unsigned bits;
} scopes[] = { { "read", SCOPE_READ },
               { "upload", SCOPE_UPLOAD },
               { "write", SCOPE_READ | SCOPE_UPLOAD | SCOPE_WRITE },
               { "admin", SCOPE_READ | SCOPE_UPLOAD | SCOPE_WRITE | SCOPE_ADMIN } };

bool access_scopes(struct span words, unsigned *ret, struct err *err)
{
    unsigned bits = 0;
    while (words.len > 0) {
        size_t end = span_chr(words, 0, ',');
        struct span word = span_trim(span_sub(words, 0, end));
        words = span_from(words, end + 1);
        unsigned hit = 0;
        for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
            if (span_is(word, scopes[i].word))
                hit = scopes[i].bits;
        }
        if (hit == 0)
            return err_set(err, ERR_USAGE, "'%.*s' is not one of upload, read, write, admin", SPAN_FMT(word));
        bits |= hit;
    }
    if (bits == 0)
        return err_set(err, ERR_USAGE, "want one or more of upload, read, write, admin");
    *ret = bits;
    return true;
}

static bool is_loopback(struct span host)
{
    return span_starts(host, SPAN("127.")) || span_is(host, "localhost");
}

bool access_init(struct access *a, const struct config *config, struct err *err)
{
    *a = (struct access){ .open = config_int(config, CONFIG_open) != 0,
                          .hosts = span_of(config_text(config, CONFIG_hosts)) };
    struct span listen = span_of(config_text(config, CONFIG_listen));
    struct span host;
    struct span port;
    uint64_t number = 0;
    if (!span_rsplit(listen, ':', &host, &port) || !span_to_u64(port, &number) || number > 65535 ||
        host.len >= sizeof a->host)
        return err_set(err, ERR_USAGE, "listen: want ADDR:PORT, got '%.*s'", SPAN_FMT(listen));
    if (host.len == 0)
        host = SPAN("0.0.0.0");
    /* The web server takes IPv4 addresses, no names. */
    if (span_is(host, "localhost"))
        host = SPAN("127.0.0.1");
    (void)snprintf(a->host, sizeof a->host, "%.*s", SPAN_FMT(host));
    a->port = (unsigned)number;
    a->loopback = is_loopback(host);
    return true;
}

static bool same_nocase(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

static bool is_address(struct span host)
{
    for (size_t i = 0; i < host.len; i++) {
        if ((host.ptr[i] < '0' || host.ptr[i] > '9') && host.ptr[i] != '.')
            return false;
    }
    return host.len > 0;
}

static bool host_known(const struct access *a, struct span given)
{
    struct span host = given;
    struct span port = SPAN("80");
    size_t colon = span_rchr(given, ':');
    if (colon < given.len) {
        host = span_sub(given, 0, colon);
        port = span_from(given, colon + 1);
    }
    for (struct span rest = a->hosts; rest.len > 0;) {
        size_t end = span_chr(rest, 0, ',');
        struct span one = span_trim(span_sub(rest, 0, end));
        rest = span_from(rest, end + 1);
        /* A name without a port holds for any: the proxy in front has its own. */
        bool with_port = span_chr(one, 0, ':') < one.len;
        if (one.len > 0 && same_nocase(one, with_port ? given : host))
            return true;
    }
    /* Listening everywhere: a name could be bent to us by anybody's DNS, an address cannot. */
    if (span_is(span_of(a->host), "0.0.0.0"))
        return is_address(host) || same_nocase(host, SPAN("localhost"));
    uint64_t number = 0;
    if (!span_to_u64(port, &number) || number != atomic_load(&a->port))
        return false;
    return same_nocase(host, span_of(a->host)) || (a->loopback && same_nocase(host, SPAN("localhost")));
}

bool access_origin(const struct access *a, const struct request *rq, struct err *err)
{
    struct span host = rq->header(rq, "Host");
    if (!host.ptr || host.len == 0)
        return err_set(err, ERR_BAD_REQUEST, "the request has no Host header");
    if (!host_known(a, host))
        return err_set(err, ERR_FORBIDDEN, "this service is not known as '%.*s'; see the option hosts",
                       SPAN_FMT(span_sub(host, 0, 100)));
    if (rq->method == METHOD_GET || rq->method == METHOD_HEAD)
        return true;
    struct span site = rq->header(rq, "Sec-Fetch-Site");
    if (site.ptr && !span_is(site, "same-origin") && !span_is(site, "none"))
        return err_set(err, ERR_FORBIDDEN, "the request comes from another site");
    struct span origin = rq->header(rq, "Origin");
    if (!origin.ptr)
        return true;
    size_t at = span_find(origin, 0, SPAN("://"));
    if (at >= origin.len || !same_nocase(span_from(origin, at + 3), host))
        return err_set(err, ERR_FORBIDDEN, "the request comes from another origin");
    return true;
}

/* Authorization: Bearer, or the cookie that /login sets for browsers. */
static struct span token_of(const struct request *rq)
{
    struct span auth = rq->header(rq, "Authorization");
    if (auth.len > 7 && strncasecmp(auth.ptr, "Bearer ", 7) == 0)
        return span_trim(span_from(auth, 7));
    if (auth.ptr)
        return SPAN("");
    struct span cookies = rq->header(rq, "Cookie");
    while (cookies.len > 0) {
        size_t end = span_chr(cookies, 0, ';');
        struct span one = span_trim(span_sub(cookies, 0, end));
        cookies = span_from(cookies, end + 1);
        if (span_starts(one, SPAN("stet_token=")))
            return span_from(one, 11);
    }
    return (struct span){ 0 };
}

bool access_identify(const struct access *a, struct request *rq, struct err *err)
{
    struct span token = token_of(rq);
    rq->who = (struct principal){ .name = SPAN("") };
    if (!token.ptr) {
        bool any = false;
        if (!a->open && !store_token_any(rq->db, &any, err))
            return false;
        if (a->open || (a->loopback && !any))
            rq->who.scopes = SCOPE_READ | SCOPE_UPLOAD | SCOPE_WRITE | SCOPE_ADMIN;
        return true;
    }
    return access_token_valid(rq, token, err);
}

bool access_token_valid(struct request *rq, struct span token, struct err *err)
{
    char hash[65];
    sha256_hex(token, hash);
    struct store_token found;
    if (!store_token_find(rq->db, &rq->arena, span_of(hash), rq->now_us, &found, err))
        return false;
    rq->who.project = found.project;
    rq->who.name = found.name;
    return access_scopes(found.scopes, &rq->who.scopes, err);
}

bool access_allowed(const struct request *rq, unsigned scope, struct span project, struct err *err)
{
    if (scope == SCOPE_NONE)
        return true;
    if (rq->who.scopes == 0)
        return err_set(err, ERR_UNAUTHORISED, "this needs a token: send Authorization: Bearer TOKEN");
    if ((rq->who.scopes & scope) != scope)
        return err_set(err, ERR_FORBIDDEN, "the token does not have the right to do this");
    if (rq->who.project.len > 0 && !span_eq(rq->who.project, project))
        return err_set(err, ERR_FORBIDDEN, "the token is for project %.*s alone", SPAN_FMT(rq->who.project));
    return true;
}

bool access_sees(const struct request *rq, struct span project)
{
    return rq->who.project.len == 0 || span_eq(rq->who.project, project);
}

bool access_secret(const char *prefix, char secret[64], char hash[65], struct err *err)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[43]; /* 43 characters of 6 bits: 258 bits */
    if (!random_bytes(bytes, sizeof bytes))
        return err_set(err, ERR_IO, "the system gives no random bytes");
    size_t n = 0;
    for (; *prefix && n < 8; prefix++)
        secret[n++] = *prefix;
    for (size_t i = 0; i < sizeof bytes; i++)
        secret[n++] = alphabet[bytes[i] & 63];
    secret[n] = '\0';
    sha256_hex(span_make(secret, n), hash);
    return true;
}
