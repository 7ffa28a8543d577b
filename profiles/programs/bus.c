/* A message bus over loopback: each line "TO text" goes to the connection that said "hello TO". bus PORT */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AGENTS_MAX = 512, LINE_MAX_BYTES = 4096 };

struct client {
    char text[LINE_MAX_BYTES];
    size_t used;
};

static struct pollfd polled[AGENTS_MAX + 1];
static struct client clients[AGENTS_MAX + 1];
static nfds_t count = 1;
static int socket_of[AGENTS_MAX];

static void send_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        n -= (size_t)sent;
    }
}

static void route(int fd, const char *line, size_t n)
{
    char *rest;
    long to;
    if (strncmp(line, "hello ", 6) == 0) {
        to = strtol(line + 6, NULL, 10);
        if (to >= 0 && to < AGENTS_MAX)
            socket_of[to] = fd;
        return;
    }
    to = strtol(line, &rest, 10);
    if (rest != line && to >= 0 && to < AGENTS_MAX && socket_of[to] > 0)
        send_all(socket_of[to], line, n);
}

static int read_client(nfds_t i)
{
    struct client *c = &clients[i];
    ssize_t got = recv(polled[i].fd, c->text + c->used, sizeof c->text - c->used, 0);
    if (got <= 0)
        return 0;
    c->used += (size_t)got;
    char *end;
    size_t from = 0;
    while ((end = memchr(c->text + from, '\n', c->used - from)) != NULL) {
        size_t n = (size_t)(end - c->text) + 1 - from;
        route(polled[i].fd, c->text + from, n);
        from += n;
    }
    memmove(c->text, c->text + from, c->used - from);
    c->used -= from;
    return c->used < sizeof c->text;
}

static void drop(nfds_t i)
{
    close(polled[i].fd);
    count--;
    polled[i] = polled[count];
    clients[i] = clients[count];
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_port = htons((unsigned short)strtol(argc > 1 ? argv[1] : "0", NULL, 10));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 128) != 0) {
        perror("bus");
        return 1;
    }
    polled[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
    while (poll(polled, count, -1) > 0) {
        for (nfds_t i = count; i > 1; i--) {
            if (polled[i - 1].revents != 0 && !read_client(i - 1))
                drop(i - 1);
        }
        if ((polled[0].revents & POLLIN) != 0 && count <= AGENTS_MAX) {
            polled[count] = (struct pollfd){ .fd = accept(fd, NULL, NULL), .events = POLLIN };
            clients[count].used = 0;
            count++;
        }
    }
    return 0;
}
