/* decide_many N DRAWS FOLDER - N proposals in one project, each decided, verified, and evaluated again after a fact of the
 * project changed: a service without its web server, its jobs on as many threads as the machine has CPUs (at most 8).
 * One JSON line: {"decisions","threads","propose_s","decide_s","verify_s","again_s","changed"}; changed: decisions whose
 * verification found anything (0). DRAWS of the simulation; 0: proposals that state no money, so that none is made. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "http/decide.h"
#include "http/service.h"
#include "http/upload.h"
#include "http/verify.h"
#include "http/watch.h"

enum { THREADS_MAX = 8, PROPOSALS_MAX = 100000 };

static const char stat_text[] = " Performance counter stats for 'python3 app.py':\n\n"
                                "          1,800.00 msec task-clock                #    0.030 CPUs utilized\n\n"
                                "      60.000000000 seconds time elapsed\n\n"
                                "       1.500000000 seconds user\n       0.300000000 seconds sys\n\n";
static const char folded_text[] = "main;work;compute 90\nmain;work;json.dumps 10\n";
static const char head_text[] =
    "{\"schema\":\"stet/proposal/1\",\"title\":\"Change %d\",\"kind\":\"native_extension\",\"from\":\"python\","
    "\"to\":\"rust\",\"goal\":\"latency\",\"components\":[{\"name\":\"parser\",\"match\":[\"*json*\"]}],"
    "%s"
    "\"watch\":[{\"id\":\"volume\",\"title\":\"Five million operations a year\",\"when\":\"ops_per_year > 5000000\"}]}";
static const char money_text[] =
    "\"cost\":{\"devs\":2,\"months\":{\"lo\":2,\"mode\":3,\"hi\":6},\"rate_usd_year\":150000,"
    "\"failure_probability\":0.2},\"benefit\":{\"ops_per_year\":1e6,\"saved_s_per_op\":0.05,\"usd_per_hour\":200},";

struct bench {
    struct service s;
    struct config config;
    int n, threads;
    uint32_t draws;
    char (*proposals)[27];
    char (*decisions)[27];
    atomic_int next, changed;
    bool (*step)(struct bench *b, struct sql *db, int i, struct err *err);
    atomic_bool failed;
};

static bool propose(struct bench *b, struct sql *db, int i, struct err *err)
{
    char text[sizeof head_text + sizeof money_text + 16];
    int64_t version = 0;
    (void)db;
    (void)snprintf(text, sizeof text, head_text, i, b->draws > 0 ? money_text : "");
    struct store_proposal p = { .project = SPAN("bench"),
                                .title = SPAN("Change"),
                                .kind = SPAN("native_extension"),
                                .goal = SPAN("latency"),
                                .by = SPAN(""),
                                .doc = span_of(text),
                                .changed_us = clock_unix_us() };
    if (!service_id(b->proposals[i], p.changed_us, err))
        return false;
    p.id = span_of(b->proposals[i]);
    return store_proposal_put(b->s.store, &p, true, &version, err);
}

static bool decide(struct bench *b, struct sql *db, int i, struct err *err)
{
    struct arena arena = { 0 };
    struct store_decision d;
    struct decide_order order = { .proposal = span_of(b->proposals[i]), .by = SPAN(""), .wish = { .draws = b->draws } };
    bool duplicate = false;
    bool ok = service_decide(&b->s, db, &arena, &order, clock_unix_us(), &d, &duplicate, err);
    if (ok)
        (void)snprintf(b->decisions[i], sizeof b->decisions[i], "%.*s", SPAN_FMT(d.id));
    arena_release(&arena);
    return ok;
}

/* As `stet verify` does over a database: the chain once, then each decision. */
static bool verify(struct bench *b, struct sql *db, int i, struct err *err)
{
    struct verified *v = xcalloc(1, sizeof *v);
    bool ok = verify_decision(&b->s.decider, db, span_of(b->decisions[i]), i > 0, v, err);
    if (ok && (!v->ok || v->identical != 1))
        (void)atomic_fetch_add(&b->changed, 1);
    verified_release(v);
    free(v);
    return ok;
}

static void *work(void *user)
{
    struct bench *b = user;
    struct sql *db = NULL;
    struct err err = ERR_INIT;
    bool ok = store_reader_open(b->s.store, &db, &err);
    for (int i = 0; ok && (i = atomic_fetch_add(&b->next, 1)) < b->n;)
        ok = b->step(b, db, i, &err);
    store_reader_close(db);
    if (!ok) {
        (void)fprintf(stderr, "decide_many: %s\n", err.text);
        atomic_store(&b->failed, true);
    }
    return NULL;
}

static double all(struct bench *b, bool (*step)(struct bench *b, struct sql *db, int i, struct err *err))
{
    pthread_t threads[THREADS_MAX];
    pthread_attr_t attr;
    int64_t from = clock_monotonic_ns();
    atomic_store(&b->next, 0);
    b->step = step;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, 8 << 20);
    for (int i = 0; i < b->threads; i++) {
        if (pthread_create(&threads[i], &attr, work, b) != 0)
            exit(4);
    }
    for (int i = 0; i < b->threads; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_attr_destroy(&attr);
    return (double)(clock_monotonic_ns() - from) / 1e9;
}

static bool file_add(struct bench *b, struct upload *u, const char *name, const char *text, struct err *err)
{
    struct spool s;
    if (!spool_open(&s, b->s.spool, span_of(name), err))
        return false;
    u->files.items = xrealloc(u->files.items, u->files.count + 1, sizeof *u->files.items);
    u->files.items[u->files.count++] = s;
    struct spool *at = &u->files.items[u->files.count - 1];
    return spool_add(at, span_of(text), err) && spool_finish(at, err);
}

static bool evidence(struct bench *b, struct err *err)
{
    struct pairs none = { 0 };
    struct arena arena = { 0 };
    struct upload u = { .query = &none };
    u.profile.project = SPAN("bench");
    u.profile.run = SPAN("r1");
    pairs_add(&u.fields, SPAN("clock"), SPAN("cpu"));
    pairs_add(&u.fields, SPAN("fact.concurrency"), SPAN("one_at_a_time"));
    bool ok = file_add(b, &u, "stat.txt", stat_text, err) && file_add(b, &u, "a.folded", folded_text, err) &&
              upload_accept(&b->s, &u, &arena, clock_unix_us(), 60, err);
    upload_release(&u);
    arena_release(&arena);
    return ok;
}

static bool fact_change(struct bench *b, double *ret_s, struct err *err)
{
    struct sql *db = NULL;
    int64_t now = clock_unix_us();
    struct watch_result result = { 0 };
    struct store_given g = { .scope = SPAN("project"),
                             .name = SPAN("ops_per_year"),
                             .value = SPAN("9000000"),
                             .unit = SPAN(""),
                             .source = SPAN(""),
                             .by = SPAN(""),
                             .lo = NUM_UNKNOWN,
                             .hi = NUM_UNKNOWN,
                             .time_us = now,
                             .given_us = now };
    int64_t from = clock_monotonic_ns();
    bool ok = store_reader_open(b->s.store, &db, err) && store_given_put(b->s.store, SPAN("bench"), &g, 1, err) &&
              watch_project(b->s.store, db, SPAN("bench"), NULL, now, &result, err);
    *ret_s = (double)(clock_monotonic_ns() - from) / 1e9;
    if (ok && result.done.fired != b->n)
        ok = err_set(err, ERR_STORE, "%d conditions fired, want %d", (int)result.done.fired, b->n);
    store_reader_close(db);
    return ok;
}

static bool run(struct bench *b, struct err *err)
{
    double again = 0;
    if (!evidence(b, err))
        return false;
    double proposed = all(b, propose);
    double decided = all(b, decide);
    double verified = all(b, verify);
    if (atomic_load(&b->failed))
        return err_set(err, ERR_STORE, "a step failed");
    if (!fact_change(b, &again, err))
        return false;
    (void)printf("{\"decisions\":%d,\"draws\":%u,\"threads\":%d,\"propose_s\":%.3f,\"decide_s\":%.3f,\"verify_s\":%.3f,"
                 "\"again_s\":%.3f,"
                 "\"changed\":%d}\n",
                 b->n, b->draws, b->threads, proposed, decided, verified, again, atomic_load(&b->changed));
    return true;
}

int main(int argc, char **argv)
{
    struct bench *b = xcalloc(1, sizeof *b);
    struct err err = ERR_INIT;
    uint64_t n = 0;
    uint64_t draws = 0;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (argc != 4 || !span_to_u64(span_of(argv[1]), &n) || n == 0 || n > PROPOSALS_MAX ||
        !span_to_u64(span_of(argv[2]), &draws) || draws > 1000000) {
        (void)fprintf(stderr, "usage: decide_many N DRAWS FOLDER\n");
        return 3;
    }
    char path[4096];
    char flag[] = "--db";
    char name[] = "serve";
    (void)snprintf(path, sizeof path, "%s/bench.db", argv[3]);
    char *arguments[] = { name, flag, path, NULL };
    b->n = (int)n;
    b->draws = (uint32_t)draws;
    b->threads = cpus < 1 ? 1 : cpus > THREADS_MAX ? THREADS_MAX : (int)cpus;
    b->proposals = xcalloc((size_t)n, sizeof *b->proposals);
    b->decisions = xcalloc((size_t)n, sizeof *b->decisions);
    bool ok = config_load(&b->config, 3, arguments, &err) && service_start(&b->s, &b->config, &err);
    if (ok) {
        ok = run(b, &err);
        service_stop(&b->s);
    }
    config_release(&b->config);
    if (!ok)
        (void)fprintf(stderr, "decide_many: %s\n", err.text);
    free(b->proposals);
    free(b->decisions);
    free(b);
    return ok ? 0 : 4;
}
