/* http_load PORT RATE SECONDS CONNECTIONS PATH... - open-loop GET requests to 127.0.0.1, PATHs in turn, and one JSON line:
 * {"requests","errors","p50_ms","p99_ms","max_ms"}
 *
 * 1. Request i is due at i / RATE, whatever the answers before it do; its time runs from there to its answer's last
 *    byte, so that a slow server cannot slow the client down and look fast.
 * 2. RATE * SECONDS requests are sent at most, and GRACE_S after the last one was due everything ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"

enum { CONNECTIONS_MAX = 64, REQUESTS_MAX = 1000000, HEAD_MAX = 8192, GRACE_S = 5, READ_BYTES = 65536 };

struct conn {
    int fd; /* -1 = none yet */
    bool busy, has_head, close;
    size_t request, head_bytes;
    uint64_t body_left;
    char head[HEAD_MAX];
};

struct load {
    uint16_t port;
    uint64_t rate;
    size_t total, next, done, errors, path_count, conn_count;
    char **paths;
    int64_t begin_ns;
    double *took_ms;
    struct conn conns[CONNECTIONS_MAX];
};

static int64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static int64_t due_ns(const struct load *l, size_t request)
{
    return l->begin_ns + (int64_t)(request * UINT64_C(1000000000) / l->rate);
}

static void conn_drop(struct conn *c)
{
    if (c->fd >= 0)
        (void)close(c->fd);
    c->fd = -1;
    c->busy = false;
}

static bool conn_open(struct load *l, struct conn *c)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(l->port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    /* A handshake on loopback ends at once: the socket blocks until then and never after. */
    if (c->fd < 0 || c->fd >= FD_SETSIZE || connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0 ||
        fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0) {
        conn_drop(c);
        return false;
    }
    int on = 1;
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return true;
}

static void request_end(struct load *l, struct conn *c, bool ok)
{
    l->took_ms[c->request] = (double)(now_ns() - due_ns(l, c->request)) / 1e6;
    l->errors += !ok;
    l->done++;
    c->busy = false;
    if (!ok || c->close)
        conn_drop(c);
}

static void request_begin(struct load *l, struct conn *c)
{
    char text[2048];
    const char *path = l->paths[l->next % l->path_count];
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: */*\r\n\r\n", path,
                     (unsigned)l->port);
    c->request = l->next++;
    c->busy = true;
    c->has_head = c->close = false;
    c->head_bytes = 0;
    if (n < 0 || (size_t)n >= sizeof text || (c->fd < 0 && !conn_open(l, c)) ||
        send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != (ssize_t)n)
        request_end(l, c, false);
}

/* Takes what belongs to the head; false = not an answer that this client understands. */
static bool head_take(struct conn *c, const char *bytes, size_t n, size_t *ret_used)
{
    size_t had = c->head_bytes;
    size_t room = sizeof c->head - 1 - had;
    size_t take = n < room ? n : room;
    memcpy(c->head + had, bytes, take);
    c->head[had + take] = '\0';
    char *end = strstr(c->head, "\r\n\r\n");
    *ret_used = take;
    c->head_bytes = had + take;
    if (!end)
        return n <= room;
    *ret_used = (size_t)(end + 4 - c->head) - had;
    end[2] = '\0';
    const char *length = strstr(c->head, "\r\nContent-Length: ");
    c->close = strstr(c->head, "\r\nConnection: close\r\n") != NULL;
    c->has_head = true;
    if (!length || strncmp(c->head, "HTTP/1.1 200 ", 13) != 0)
        return false;
    length += sizeof "\r\nContent-Length: " - 1;
    return span_to_u64((struct span){ length, strcspn(length, "\r") }, &c->body_left);
}

static void conn_read(struct load *l, struct conn *c)
{
    char buf[READ_BYTES];
    ssize_t got = recv(c->fd, buf, sizeof buf, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 && !c->busy) {
        conn_drop(c); /* the server closed an idle connection */
        return;
    }
    size_t used = 0;
    if (got <= 0 || !c->busy || (!c->has_head && !head_take(c, buf, (size_t)got, &used))) {
        request_end(l, c, false);
        return;
    }
    size_t body = (size_t)got - used;
    if (!c->has_head)
        return;
    if (body > c->body_left) {
        request_end(l, c, false);
        return;
    }
    c->body_left -= body;
    if (c->body_left == 0)
        request_end(l, c, true);
}

static void wait_and_read(struct load *l)
{
    fd_set set;
    FD_ZERO(&set);
    int top = -1;
    bool idle = false;
    for (size_t i = 0; i < l->conn_count; i++) {
        idle = idle || !l->conns[i].busy;
        if (l->conns[i].fd < 0)
            continue;
        FD_SET(l->conns[i].fd, &set);
        top = l->conns[i].fd > top ? l->conns[i].fd : top;
    }
    int64_t wait = idle && l->next < l->total ? due_ns(l, l->next) - now_ns() : INT64_C(100000000);
    wait = wait < 0 ? 0 : wait;
    struct timespec ts = { .tv_sec = (time_t)(wait / 1000000000), .tv_nsec = (long)(wait % 1000000000) };
    if (pselect(top + 1, &set, NULL, NULL, &ts, NULL) <= 0)
        return;
    for (size_t i = 0; i < l->conn_count; i++)
        if (l->conns[i].fd >= 0 && FD_ISSET(l->conns[i].fd, &set))
            conn_read(l, &l->conns[i]);
}

static void load_run(struct load *l)
{
    l->begin_ns = now_ns();
    int64_t last_ns = due_ns(l, l->total) + INT64_C(1000000000) * GRACE_S;
    while (l->done < l->total && now_ns() < last_ns) {
        for (size_t i = 0; i < l->conn_count && l->next < l->total && due_ns(l, l->next) <= now_ns(); i++)
            if (!l->conns[i].busy)
                request_begin(l, &l->conns[i]);
        wait_and_read(l);
    }
    for (size_t i = 0; i < l->conn_count; i++)
        if (l->conns[i].busy)
            request_end(l, &l->conns[i], false);
    /* What was never sent has waited until now. */
    for (; l->next < l->total; l->next++, l->done++, l->errors++)
        l->took_ms[l->next] = (double)(now_ns() - due_ns(l, l->next)) / 1e6;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool arguments(struct load *l, int argc, char **argv)
{
    uint64_t port = 0;
    uint64_t seconds = 0;
    uint64_t conns = 0;
    if (argc < 6 || !span_to_u64(span_of(argv[1]), &port) || !span_to_u64(span_of(argv[2]), &l->rate) ||
        !span_to_u64(span_of(argv[3]), &seconds) || !span_to_u64(span_of(argv[4]), &conns))
        return false;
    if (port == 0 || port > UINT16_MAX || l->rate == 0 || seconds == 0 || l->rate > REQUESTS_MAX / seconds ||
        conns == 0 || conns > CONNECTIONS_MAX)
        return false;
    l->port = (uint16_t)port;
    l->total = (size_t)(l->rate * seconds);
    l->conn_count = (size_t)conns;
    l->paths = argv + 5;
    l->path_count = (size_t)(argc - 5);
    return true;
}

int main(int argc, char **argv)
{
    struct load *l = xcalloc(1, sizeof *l);
    if (!arguments(l, argc, argv)) {
        (void)fputs("usage: http_load PORT RATE SECONDS CONNECTIONS PATH...\n", stderr);
        return EXIT_FAILURE;
    }
    l->took_ms = xcalloc(l->total, sizeof *l->took_ms);
    for (size_t i = 0; i < l->conn_count; i++)
        l->conns[i].fd = -1;
    load_run(l);
    qsort(l->took_ms, l->total, sizeof *l->took_ms, by_time);
    (void)printf("{\"requests\": %zu, \"errors\": %zu, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
                 l->total, l->errors, l->took_ms[l->total / 2], l->took_ms[l->total * 99 / 100],
                 l->took_ms[l->total - 1]);
    for (size_t i = 0; i < l->conn_count; i++)
        conn_drop(&l->conns[i]);
    free(l->took_ms);
    free(l);
    return EXIT_SUCCESS;
}
