/* Asks a running service for /healthz over a plain socket: what a container's health check needs without curl. */
#include "base/span.h"
#include "cli/cli.h"
#include "cli/commands.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    TIMEOUT_SECONDS = 4, /* below the five seconds that a container runtime usually waits */
    HOST_BYTES_MAX = 256,
};

struct endpoint {
    char host[HOST_BYTES_MAX];
    char port[8];
};

static bool endpoint_parse(struct span text, struct endpoint *ret)
{
    struct span host;
    struct span port;
    if (!span_rsplit(text, ':', &host, &port) || host.len == 0 || host.len >= sizeof ret->host || port.len == 0 ||
        port.len >= sizeof ret->port)
        return false;
    (void)snprintf(ret->host, sizeof ret->host, "%.*s", SPAN_FMT(host));
    (void)snprintf(ret->port, sizeof ret->port, "%.*s", SPAN_FMT(port));
    return true;
}

/* Out: a connected socket with timeouts, or -1 with errno. */
static int endpoint_connect(const struct endpoint *at)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    if (getaddrinfo(at->host, at->port, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    const struct timeval timeout = { .tv_sec = TIMEOUT_SECONDS };
    int fd = -1;
    for (const struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd < 0)
            continue;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
            connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            int saved = errno;
            (void)close(fd);
            errno = saved;
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

/* Only the status line counts: "HTTP/1.1 200 OK". */
static bool status_read(int fd, char *line, size_t size)
{
    size_t len = 0;
    while (len + 1 < size && memchr(line, '\n', len) == NULL) {
        ssize_t got = recv(fd, line + len, size - 1 - len, 0);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    line[len] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    const char *space = strchr(line, ' ');
    return strncmp(line, "HTTP/", 5) == 0 && space != NULL && strncmp(space, " 200 ", 5) == 0;
}

static int healthcheck_fail(const char *address, const char *what)
{
    (void)fprintf(stderr, "stet healthcheck: %s: %s\n", address, what);
    return CLI_EXIT_IO;
}

int cmd_healthcheck(int argc, char **argv)
{
    if (argc > 2)
        return cli_usage_error("healthcheck", "takes one address, got %d arguments", argc - 1);
    const char *address = argc == 2 ? argv[1] : "127.0.0.1:8650";
    struct endpoint at;
    if (!endpoint_parse(span_of(address), &at))
        return cli_usage_error("healthcheck", "want ADDR:PORT, got '%s'", address);
    int fd = endpoint_connect(&at);
    if (fd < 0)
        return healthcheck_fail(address, strerror(errno));
    char text[HOST_BYTES_MAX + 128];
    int len = snprintf(text, sizeof text, "GET /healthz HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n", at.host,
                       at.port);
    bool healthy = send(fd, text, (size_t)len, MSG_NOSIGNAL) == len && status_read(fd, text, sizeof text);
    (void)close(fd);
    if (!healthy)
        return healthcheck_fail(address, text[0] == '\0' ? "no answer" : "not healthy");
    (void)puts("healthy");
    return CLI_EXIT_OK;
}
