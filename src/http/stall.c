#include "http/stall.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"

enum { LOOK_EVERY_S = 1, FD_MAX = 65536 };

/* This process has no other connections than those of its clients. */
static bool is_connection(int fd, const char *peer_text, unsigned peer_port)
{
    struct sockaddr_in peer = { 0 };
    socklen_t size = sizeof peer;
    char text[INET_ADDRSTRLEN];
    return getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET &&
           ntohs(peer.sin_port) == peer_port && inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text) &&
           strcmp(text, peer_text) == 0;
}

/* The web server does not hand out its sockets. */
int stall_socket(const char *peer, unsigned peer_port)
{
    struct rlimit files;
    int max = getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FD_MAX ? (int)files.rlim_cur : FD_MAX;
    for (int fd = 3; fd < max; fd++) {
        if (is_connection(fd, peer, peer_port))
            return fd;
    }
    return -1;
}

/* The lock keeps the thread inside its read, so the socket is open. */
static void cut(struct stall_watch *w)
{
    int fd = stall_socket(w->peer, w->peer_port);
    w->cut = true;
    if (fd >= 0)
        (void)shutdown(fd, SHUT_RD);
}

static void *stall_main(void *user)
{
    struct stall *s = user;
    (void)pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        struct timespec until = { .tv_sec = (time_t)(clock_monotonic_ns() / 1000000000) + LOOK_EVERY_S };
        if (!s->head)
            (void)pthread_cond_wait(&s->wake, &s->lock);
        else
            (void)pthread_cond_timedwait(&s->wake, &s->lock, &until);
        int64_t now = clock_monotonic_ns();
        for (struct stall_watch *w = s->head; w; w = w->next) {
            if (!w->cut && w->until_ns < now)
                cut(w);
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

bool stall_start(struct stall *s, struct err *err)
{
    pthread_condattr_t attr;
    *s = (struct stall){ 0 };
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    s->started = pthread_create(&s->thread, NULL, stall_main, s) == 0;
    return s->started || err_set(err, ERR_IO, "cannot start a thread");
}

void stall_stop(struct stall *s)
{
    if (!s->started)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->stop = true;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->thread, NULL);
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_mutex_destroy(&s->lock);
    s->started = false;
}

void stall_begin(struct stall *s, struct stall_watch *w)
{
    (void)pthread_mutex_lock(&s->lock);
    w->cut = false;
    w->prev = NULL;
    w->next = s->head;
    if (s->head)
        s->head->prev = w;
    else
        (void)pthread_cond_signal(&s->wake);
    s->head = w;
    (void)pthread_mutex_unlock(&s->lock);
}

void stall_end(struct stall *s, struct stall_watch *w)
{
    (void)pthread_mutex_lock(&s->lock);
    if (w->prev)
        w->prev->next = w->next;
    else
        s->head = w->next;
    if (w->next)
        w->next->prev = w->prev;
    (void)pthread_mutex_unlock(&s->lock);
}
