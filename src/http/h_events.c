/* What changed, as a stream (text/event-stream) and for asking again and again. A stream holds a thread of the web server
 * for as long as the page is open, so their number is bounded; a page that gets none asks every few seconds. */
#include <poll.h>
#include <sys/socket.h>

#include "base/jsonw.h"
#include "base/num.h"
#include "http/events.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"

enum {
    BEAT_MS = 15000,        /* a comment after that much silence: proxies end what is silent */
    LIFE_NS_S = 600,        /* then the client comes again, and its token is looked at again */
    ASK_AGAIN_S = 5,        /* what the answer to a question proposes */
    EVENTS_MAX = 200,       /* in one answer to a question */
    WRITE_BYTES_MAX = 60000 /* in one write to a stream */
};

static bool visible(const struct request *rq, struct span only, const struct event *ev)
{
    struct span project = span_of(ev->project);
    /* Without a project the number alone is told. */
    return (project.len == 0 || access_sees(rq, project)) &&
           (only.len == 0 || project.len == 0 || span_eq(project, only));
}

static void event_members(struct jsonw *w, const struct event *ev)
{
    jsonw_int(w, "generation", (int64_t)ev->generation);
    jsonw_strz(w, "kind", ev->kind);
    jsonw_text(w, "project", span_of(ev->project));
    jsonw_text(w, "ref", span_of(ev->ref));
    if (!ev->status)
        return;
    jsonw_strz(w, "status", ev->status);
    if (ev->parts > 0) {
        jsonw_int(w, "part", ev->part);
        jsonw_int(w, "parts", ev->parts);
    }
}

/* ?project= and where to begin: the header of a client that comes again, ?since=, or now. */
struct asked {
    struct span project;
    uint64_t since;
};

static bool asked_read(struct request *rq, struct asked *ret, struct err *err)
{
    struct span project = pairs_get(&rq->query, "project");
    struct span since = rq->header(rq, "Last-Event-ID");
    *ret =
        (struct asked){ .project = project.ptr ? project : SPAN(""), .since = atomic_load(&rq->service->generation) };
    if (ret->project.len > 0 && !name_project(ret->project, err))
        return false;
    if (ret->project.len > 0 && !access_sees(rq, ret->project))
        return err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(ret->project));
    if (!since.ptr || since.len == 0)
        since = pairs_get(&rq->query, "since");
    if (since.ptr && since.len > 0 && !span_to_u64(since, &ret->since))
        return err_set(err, ERR_BAD_REQUEST, "since: want the `generation` of an earlier answer");
    return true;
}

/* --- the stream --- */

static void generation_add(struct sb *out, uint64_t n, bool lost)
{
    sb_printf(out, "event: %s\nid: %llu\ndata: {\"generation\":%llu}\n\n", lost ? "lost" : "generation",
              (unsigned long long)n, (unsigned long long)n);
}

static void change_add(struct sb *out, const struct event *ev)
{
    sb_printf(out, "event: change\nid: %llu\ndata: ", (unsigned long long)ev->generation);
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    event_members(&w, ev);
    jsonw_end_obj(&w);
    sb_adds(out, "\n\n");
}

/* All that happened since, as far as this client may see it; *since is counted on. */
static void pending_add(const struct request *rq, const struct asked *asked, uint64_t *since, struct sb *out)
{
    struct event ev;
    bool lost = false;
    bool gap = false;
    bool hidden = false;
    while (out->len < WRITE_BYTES_MAX && events_after(rq->service->events, *since, &ev, &lost)) {
        gap = gap || lost;
        *since = ev.generation;
        hidden = !visible(rq, asked->project, &ev);
        if (!hidden)
            change_add(out, &ev);
    }
    /* A client behind what is kept, or of an earlier life of the service, cannot know what it missed. */
    if (gap || *since > atomic_load(&rq->service->generation)) {
        *since = atomic_load(&rq->service->generation);
        generation_add(out, *since, true);
    } else if (hidden) {
        generation_add(out, *since, false);
    }
}

/* False when the client is gone. */
static bool client_there(int socket)
{
    char byte;
    return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

static void stream_run(struct request *rq, const struct stream *to, void *user)
{
    struct listener *l = user;
    struct events *events = rq->service->events;
    struct asked asked = { 0 };
    struct err ignored = ERR_INIT;
    struct sb out = { 0 };
    int64_t until_ns = to->now_ns() + LIFE_NS_S * INT64_C(1000000000);
    bool ok = asked_read(rq, &asked, &ignored);
    sb_adds(&out, "retry: 3000\n\n");
    generation_add(&out, asked.since, false);
    struct pollfd fds[2] = { { .fd = events_fd(l), .events = POLLIN }, { .fd = to->socket, .events = POLLIN } };
    while (ok && !events_stopped(events) && to->now_ns() < until_ns) {
        events_seen(l);
        pending_add(rq, &asked, &asked.since, &out);
        ok = out.len == 0 || to->write(to, sb_span(&out));
        sb_reset(&out);
        int ready = ok ? poll(fds, 2, BEAT_MS) : -1;
        if (ready == 0)
            sb_adds(&out, ": still here\n\n");
        if (ready > 0 && fds[1].revents != 0) {
            ok = client_there(to->socket) && !(fds[1].revents & (POLLHUP | POLLERR | POLLNVAL));
            fds[1].fd = -1; /* it sends, which nobody reads here: from now on its end shows when writing */
        }
    }
    sb_release(&out);
    events_leave(events, l);
}

bool h_events(struct request *rq, struct reply *rp, struct err *err)
{
    struct asked asked;
    if (!asked_read(rq, &asked, err))
        return false;
    rp->type = "text/event-stream; charset=utf-8";
    rp->close = true;
    reply_header(rp, "X-Accel-Buffering", SPAN("no"));
    if (rq->method == METHOD_HEAD)
        return true;
    struct listener *l = events_join(rq->service->events);
    if (!l)
        return err_set(err, ERR_BUSY, "too many pages follow the changes; ask /api/v1/changes instead");
    rp->stream = stream_run;
    rp->stream_user = l;
    return true;
}

/* --- the question --- */

static void changes_write(struct request *rq, const struct asked *asked, uint64_t now, struct sb *out)
{
    struct event ev;
    bool lost = false;
    bool complete = asked->since <= now;
    uint64_t since = asked->since;
    int n = 0;
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_arr(&w, "events");
    while (complete && since < now && n < EVENTS_MAX && events_after(rq->service->events, since, &ev, &lost)) {
        complete = !lost;
        since = ev.generation;
        if (!complete || !visible(rq, asked->project, &ev))
            continue;
        jsonw_obj(&w, NULL);
        event_members(&w, &ev);
        jsonw_end_obj(&w);
        n++;
    }
    jsonw_end_arr(&w);
    /* What did not fit is asked for next time. */
    jsonw_int(&w, "generation", (int64_t)(complete ? since : now));
    jsonw_bool(&w, "complete", complete);
    jsonw_int(&w, "ask_again_s", ASK_AGAIN_S);
    jsonw_end_obj(&w);
}

bool h_changes(struct request *rq, struct reply *rp, struct err *err)
{
    struct asked asked;
    uint64_t now = atomic_load(&rq->service->generation);
    if (!asked_read(rq, &asked, err))
        return false;
    struct sb etag = { 0 };
    sb_printf(&etag, "\"%llu-%llu\"", (unsigned long long)asked.since, (unsigned long long)now);
    reply_header(rp, "ETag", sb_span(&etag));
    struct span match = rq->header(rq, "If-None-Match");
    if (match.ptr && span_find(match, 0, sb_span(&etag)) < match.len)
        reply_type(rp, 304, NULL);
    else
        changes_write(rq, &asked, now, &rp->body);
    sb_release(&etag);
    return true;
}
