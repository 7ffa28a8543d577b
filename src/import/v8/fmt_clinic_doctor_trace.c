/* clinic doctor, trace events: pauses of V8's collector on the main thread (nested spans counted once), and for each
 * thread the CPU clock that every event carries: the last minus the first is a lower bound of what the thread used. */
#include "import/v8/fmt_clinic_doctor.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

enum { PAUSES_MAX = 1 << 20 };

struct event {
    double ts_us, dur_us, cpu_us;
    int64_t pid, tid;
    char phase;
    bool gc;
};

/* "V8.GCScavenger" and its like stop the thread; "V8.GC_MC_MARK" and its like are parts of them. */
static bool is_pause(struct span name)
{
    return span_starts(name, SPAN("V8.GC")) && !span_starts(name, SPAN("V8.GC_"));
}

static void read_event(struct jscan *js, struct event *e)
{
    *e = (struct event){ NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, -1, -1, '\0', false };
    struct span key;
    jscan_obj(js);
    while (jscan_member(js, &key)) {
        if (span_is(key, "ts"))
            e->ts_us = jscan_double(js);
        else if (span_is(key, "dur"))
            e->dur_us = jscan_double(js);
        else if (span_is(key, "tts"))
            e->cpu_us = jscan_double(js);
        else if (span_is(key, "pid") && jscan_peek(js) == JSCAN_NUM)
            e->pid = jscan_num(js).i;
        else if (span_is(key, "tid") && jscan_peek(js) == JSCAN_NUM)
            e->tid = jscan_num(js).i;
        else if (span_is(key, "ph") && jscan_peek(js) == JSCAN_STR) {
            struct span ph = jscan_str(js);
            e->phase = ph.len == 1 ? ph.ptr[0] : '\0';
        } else if (span_is(key, "name") && jscan_peek(js) == JSCAN_STR)
            e->gc = is_pause(jscan_str(js));
        else
            jscan_skip(js);
    }
}

static struct doctor_thread *thread_of(struct doctor_trace *t, const struct event *e)
{
    for (uint32_t i = t->threads.count; i-- > 0;) {
        if (t->threads.items[i].pid == e->pid && t->threads.items[i].tid == e->tid)
            return &t->threads.items[i];
    }
    enum { THREADS_MAX = 1024 }; /* looked through one by one */
    if (t->threads.count >= THREADS_MAX) {
        t->threads_dropped++;
        return NULL;
    }
    struct doctor_thread fresh = { e->pid, e->tid, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    VEC_PUSH(&t->threads, fresh);
    return &t->threads.items[t->threads.count - 1];
}

void doctor_trace_pause(struct doctor_trace *t, double from_us, double to_us)
{
    if (t->pauses.count >= PAUSES_MAX) {
        t->pauses_dropped++;
        return;
    }
    struct doctor_pause p = { from_us, to_us };
    VEC_PUSH(&t->pauses, p);
}

static void take_event(struct doctor_trace *t, const struct event *e)
{
    t->events++;
    if (e->phase == 'M' || !isfinite(e->ts_us))
        return;
    if (!(t->first_us <= e->ts_us))
        t->first_us = e->ts_us;
    if (!(t->last_us >= e->ts_us))
        t->last_us = e->ts_us;
    if (e->cpu_us > 0) {
        struct doctor_thread *th = thread_of(t, e);
        if (th && !(th->first_us <= e->ts_us)) {
            th->first_us = e->ts_us;
            th->first_cpu_us = e->cpu_us;
        }
        if (th && !(th->last_us >= e->ts_us)) {
            th->last_us = e->ts_us;
            th->last_cpu_us = e->cpu_us;
        }
    }
    if (!e->gc || e->phase != 'X' || !(e->dur_us >= 0) || (e->pid >= 0 && e->tid >= 0 && e->pid != e->tid))
        return;
    doctor_trace_pause(t, e->ts_us, e->ts_us + e->dur_us);
}

bool doctor_trace_read(struct jscan *js, struct doctor_trace *t, const struct limits *lim)
{
    (void)lim;
    t->first_us = t->last_us = NUM_UNKNOWN;
    struct event e;
    jscan_arr(js);
    while (jscan_item(js)) {
        if (jscan_peek(js) != JSCAN_OBJ) {
            jscan_skip(js);
            continue;
        }
        read_event(js, &e);
        if (jscan_ok(js) && !jscan_truncated(js))
            take_event(t, &e);
    }
    return jscan_ok(js);
}

void doctor_trace_release(struct doctor_trace *t)
{
    free(t->pauses.items);
    free(t->threads.items);
}

static int by_start(const void *a, const void *b)
{
    const struct doctor_pause *x = a, *y = b;
    return x->from_us < y->from_us ? -1 : x->from_us > y->from_us;
}

static int by_length(const void *a, const void *b)
{
    const struct doctor_pause *x = a, *y = b;
    double dx = x->to_us - x->from_us, dy = y->to_us - y->from_us;
    return dx < dy ? -1 : dx > dy;
}

/* Spans inside each other become one. */
static void pauses_merge(struct doctor_trace *t)
{
    if (t->pauses.count == 0)
        return;
    qsort(t->pauses.items, t->pauses.count, sizeof *t->pauses.items, by_start);
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->pauses.count; i++) {
        struct doctor_pause p = t->pauses.items[i];
        struct doctor_pause *last = n > 0 ? &t->pauses.items[n - 1] : NULL;
        if (last && p.from_us < last->to_us)
            last->to_us = p.to_us > last->to_us ? p.to_us : last->to_us;
        else
            t->pauses.items[n++] = p;
    }
    t->pauses.count = n;
}

void doctor_trace_pause_facts(struct doctor_trace *t, struct artefact *a, const char *source)
{
    pauses_merge(t);
    double sum = 0;
    for (uint32_t i = 0; i < t->pauses.count; i++)
        sum += t->pauses.items[i].to_us - t->pauses.items[i].from_us;
    artefact_fact_num(a, "x_gc_pauses", t->pauses.count, source);
    if (t->pauses.count == 0)
        return;
    qsort(t->pauses.items, t->pauses.count, sizeof *t->pauses.items, by_length);
    struct doctor_pause max = t->pauses.items[t->pauses.count - 1];
    /* Nearest rank: the smallest that 99 % of the pauses do not exceed. */
    uint32_t rank = (uint32_t)ceil(0.99 * t->pauses.count);
    struct doctor_pause p99 = t->pauses.items[rank - 1];
    artefact_fact_num(a, "gc_pause_max_s", (max.to_us - max.from_us) * 1e-6, source);
    artefact_fact_num(a, "gc_pause_p99_s", (p99.to_us - p99.from_us) * 1e-6, source);
    double window = t->last_us - t->first_us;
    if (window > 0)
        artefact_fact_num(a, "gc_pause_share", sum >= window ? 1 : sum / window, source);
    if (t->pauses_dropped > 0)
        artefact_problem(a, "pauses_dropped", NULL, "the trace holds %llu pauses more than were looked at",
                         (unsigned long long)t->pauses_dropped);
}

/* The thread with the most CPU is the loop's; what happens before its first and after its last event is missing. */
static void thread_accounting(const struct doctor_trace *t, struct artefact *a)
{
    const struct doctor_thread *main = NULL;
    double most = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->threads.count; i++) {
        const struct doctor_thread *th = &t->threads.items[i];
        double cpu = th->last_cpu_us - th->first_cpu_us;
        if (!(cpu > 0) || !(th->last_us > th->first_us))
            continue;
        n++;
        if (cpu > most) {
            most = cpu;
            main = th;
        }
    }
    if (!main)
        return;
    struct accounting *c = artefact_acct(a);
    c->scope = ACCT_THREAD;
    c->cpu_s = c->cpu_lo_s = most * 1e-6;
    c->wall_s = (main->last_us - main->first_us) * 1e-6;
    c->share_lo = c->cpu_s / c->wall_s < 1 ? c->cpu_s / c->wall_s : 1;
    c->max_thread_cpu_s = c->cpu_s;
    c->pid = main->pid;
    c->source = artefact_text(a, SPAN("clinic doctor, trace events: CPU clock of the thread, a lower bound"));
    c->threads = ARENA_ARRAY(&a->arena, n, struct acct_thread);
    for (uint32_t i = 0; i < t->threads.count; i++) {
        const struct doctor_thread *th = &t->threads.items[i];
        double cpu = th->last_cpu_us - th->first_cpu_us;
        if (cpu > 0 && th->last_us > th->first_us)
            c->threads[c->thread_count++] =
                (struct acct_thread){ th->pid,    th->tid, SPAN(""), cpu * 1e-6, (th->last_us - th->first_us) * 1e-6,
                                      NUM_UNKNOWN };
    }
}

void doctor_trace_finish(struct doctor_trace *t, struct artefact *a)
{
    a->clock = CLOCK_ACCT;
    if (t->last_us > t->first_us)
        a->span_s = (t->last_us - t->first_us) * 1e-6;
    doctor_trace_pause_facts(t, a, "doctor-traceevent V8.GC*");
    thread_accounting(t, a);
}
