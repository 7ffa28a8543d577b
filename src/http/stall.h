/* stall.h - ends reads that wait for a client which sends next to nothing. A read of the web server returns only when
 * all that was asked for is there; each byte starts its timeout anew, so a trickle would hold a thread for hours. */
#ifndef STET_HTTP_STALL_H
#define STET_HTTP_STALL_H

#include <pthread.h>
#include <stdint.h>

#include "base/err.h"

/* One read under way: on the stack of the thread that reads. */
struct stall_watch {
    struct stall_watch *next, *prev;
    const char *peer; /* address as text; stays good between begin and end */
    unsigned peer_port;
    int64_t until_ns; /* monotonic */
    bool cut;         /* the read was ended */
};

struct stall {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    struct stall_watch *head;
    bool started, stop;
};

/* Errors: ERR_IO when no thread can be started. */
bool stall_start(struct stall *s, struct err *err) MUST_CHECK;
void stall_stop(struct stall *s); /* fine without a start */
void stall_begin(struct stall *s, struct stall_watch *w);
void stall_end(struct stall *s, struct stall_watch *w);
/* The socket of a client, -1 when there is none. Only the thread that serves the client may rely on it. */
int stall_socket(const char *peer, unsigned peer_port);

#endif
