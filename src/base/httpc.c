#include "base/httpc.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"

enum { CONNECT_S = 10, STALL_S = 300, RETRY_AFTER_MAX_S = 60 };

struct transfer {
    const struct httpc_request *rq;
    struct httpc_answer *answer;
    struct err *err;
};

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    if (t->answer->body.len + size * n > t->rq->answer_max) {
        (void)err_set(t->err, ERR_LIMIT, "%s: an answer of more than %zu bytes", t->rq->url, t->rq->answer_max);
        return 0;
    }
    sb_add(&t->answer->body, span_make(data, size * n));
    return size * n;
}

static size_t on_send(char *to, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    ssize_t got;
    do {
        got = read(t->rq->body, to, size * n);
    } while (got < 0 && errno == EINTR);
    if (got >= 0)
        return (size_t)got;
    (void)err_set(t->err, ERR_IO, "cannot read what is to be sent: %s", strerror(errno));
    return CURL_READFUNC_ABORT;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
    const struct transfer *t = user;
    return lseek(t->rq->body, (off_t)offset, origin) >= 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    struct span name, value;
    uint64_t seconds;
    if (!span_split(span_make(data, size * n), ':', &name, &value))
        return size * n;
    value = span_trim(value);
    if (name.len == 11 && curl_strnequal(name.ptr, "Retry-After", 11) && span_to_u64(value, &seconds))
        t->answer->retry_after_s = (int)(seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S);
    if (name.len == 12 && curl_strnequal(name.ptr, "Content-Type", 12))
        t->answer->is_json = span_find(value, 0, SPAN("json")) < value.len;
    return size * n;
}

static bool header_add(struct curl_slist **list, const char *name, const char *value)
{
    struct sb line = { 0 };
    sb_printf(&line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(*list, sb_cstr(&line));
    sb_release(&line);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static bool headers_make(const struct httpc_request *rq, struct curl_slist **list)
{
    bool ok = header_add(list, "Accept", "application/json");
    if (ok && rq->content_type)
        ok = header_add(list, "Content-Type", rq->content_type);
    if (ok && rq->content_encoding)
        ok = header_add(list, "Content-Encoding", rq->content_encoding);
    if (ok && rq->token) {
        struct sb bearer = { 0 };
        sb_printf(&bearer, "Bearer %s", rq->token);
        ok = header_add(list, "Authorization", sb_cstr(&bearer));
        sb_release(&bearer);
    }
    return ok;
}

static bool options_set(CURL *c, struct transfer *t, struct curl_slist *headers, char *message)
{
    const struct httpc_request *rq = t->rq;
    CURLcode bad = CURLE_OK;
#define SET(option, value) bad = bad == CURLE_OK ? curl_easy_setopt(c, option, value) : bad
    SET(CURLOPT_URL, rq->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
    SET(CURLOPT_ERRORBUFFER, message);
    SET(CURLOPT_USERAGENT, "stet");
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    if (rq->content_type) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body_bytes);
        SET(CURLOPT_READFUNCTION, on_send);
        SET(CURLOPT_READDATA, t);
        SET(CURLOPT_SEEKFUNCTION, on_seek);
        SET(CURLOPT_SEEKDATA, t);
    }
#undef SET
    return bad == CURLE_OK;
}

static bool perform(CURL *c, struct transfer *t)
{
    char message[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    CURLcode got = CURLE_OUT_OF_MEMORY;
    if (headers_make(t->rq, &headers) && options_set(c, t, headers, message))
        got = curl_easy_perform(c);
    long status = 0;
    (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    t->answer->status = (int)status;
    curl_slist_free_all(headers);
    if (t->err->code != ERR_NONE)
        return false;
    /* A server that refuses a body may answer and hang up before it has read all of it. */
    if (got == CURLE_OK || (status >= 400 && t->answer->body.len > 0))
        return true;
    t->answer->nobody = got == CURLE_COULDNT_CONNECT || got == CURLE_COULDNT_RESOLVE_HOST;
    bool address = got == CURLE_URL_MALFORMAT || got == CURLE_UNSUPPORTED_PROTOCOL;
    return err_set(t->err, address ? ERR_USAGE : ERR_IO, "%s: %s", t->rq->url,
                   message[0] ? message : curl_easy_strerror(got));
}

bool httpc_do(const struct httpc_request *rq, struct httpc_answer *ret, struct err *err)
{
    *ret = (struct httpc_answer){ .retry_after_s = -1 };
    if (rq->body >= 0 && lseek(rq->body, 0, SEEK_SET) != 0)
        return err_set(err, ERR_IO, "cannot rewind: %s", strerror(errno));
    CURL *c = curl_easy_init();
    if (!c)
        fatal_oom();
    struct transfer t = { .rq = rq, .answer = ret, .err = err };
    bool ok = perform(c, &t);
    curl_easy_cleanup(c);
    return ok;
}

void httpc_answer_release(struct httpc_answer *a)
{
    sb_release(&a->body);
}
