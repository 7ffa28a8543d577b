/* parts.c - bus, starting against keeping, tokens, messages.
 * Guarantees: a number that the file does not hold is not made up; memory is resident memory or nothing; times of 0 are
 * below the clock, not free. */
#include "import/suite/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "import/suite/members.h"

/* --- message bus --- */

#define THROUGHPUT                                                                                                     \
    "throughputmsgpersec throughputmsgspersec throughputmessagespersecond messagespersecond msgpersec "                \
    "msgspersec messagespersec throughput"
#define P95 "latencyp95 p95latency routinglatencyp95 p95"
#define ROUTED "messagesrouted totalmessages messagesdelivered messagessent messages"
#define AGENTS                                                                                                         \
    "agentstested agentsconcurrent concurrentagents numagents agents peakconnections maxconnections "                  \
    "connectedagents registeredagents"

enum suite_role suite_role_of(struct span name)
{
    if (member_says(name, "rust alternative candidate golang native"))
        return ROLE_ALTERNATIVE;
    if (member_says(name, "node python ruby java baseline present incumbent"))
        return ROLE_PRESENT;
    struct member_name plain = member_plain(name);
    static const char *const compiled[] = { "c", "go", "cpp", "zig", "new" };
    for (size_t i = 0; i < ARRAY_LEN(compiled); i++) {
        if (strcmp(plain.text, compiled[i]) == 0)
            return ROLE_ALTERNATIVE;
    }
    return strcmp(plain.text, "current") == 0 ? ROLE_PRESENT : ROLE_UNKNOWN;
}

bool suite_is_bus(const struct json *obj)
{
    bool memory = member_any(obj, "memorymb memory memoryusage memoryrssmb rss rssmb") != NULL;
    bool latency = num_known(member_num(obj, P95, MEMBER_MS, NULL));
    bool messages = num_known(member_num(obj, "messagesrouted", MEMBER_PLAIN, NULL));
    return member_has(obj, THROUGHPUT, MEMBER_PLAIN) && (memory || messages) && (memory || latency) &&
           member_any(obj, "concurrentstreams totaltokens") == NULL;
}

static enum suite_role said_role(const struct json *obj)
{
    return suite_role_of(json_str(member_any(obj, "implementation runtime language server variant name")));
}

static void plain_fact(struct artefact *a, const char *fact, double x, struct span source)
{
    char name[80];
    (void)snprintf(name, sizeof name, "%.*s", SPAN_FMT(source));
    if (num_known(x))
        artefact_fact_num(a, fact, x, name);
}

static void number(struct artefact *a, const struct json *obj, const char *fact, const char *names,
                   enum member_unit unit)
{
    struct span source = SPAN("");
    double x = member_num(obj, names, unit, &source);
    plain_fact(a, fact, x, source);
}

/* The counter says 0 where everybody has left again: then all that ever came. */
static void agents(struct artefact *a, const struct json *obj)
{
    struct span source = SPAN("");
    double n = member_num(obj, AGENTS, MEMBER_PLAIN, &source);
    double now = member_num(obj, "activeconnections connections", MEMBER_PLAIN, NULL);
    double ever = member_num(obj, "totalconnections", MEMBER_PLAIN, NULL);
    if (!(n > 0) && now > 0) {
        n = now;
        source = SPAN("active_connections");
    } else if (!(n > 0)) {
        n = ever;
        source = SPAN("total_connections");
    }
    if (n > 0)
        plain_fact(a, "x_bus_agents", n, source);
}

void suite_bus(struct artefact *a, const struct json *obj, enum suite_role role)
{
    static const char *const roles[] = { "unknown", "present", "alternative" };
    enum suite_role said = said_role(obj);
    double heap = member_num(obj, "memoryheapused heapused", MEMBER_MB, NULL);
    double rss = member_num(obj, "memoryrss rss residentmemory memoryresident", MEMBER_MB, NULL);
    role = said != ROLE_UNKNOWN ? said : role;
    if (role == ROLE_UNKNOWN && num_known(heap))
        role = ROLE_PRESENT; /* only managed runtimes count a heap apart */
    artefact_fact_text(a, "x_bus", span_of(roles[role]), "a message bus under load");
    number(a, obj, "x_bus_throughput", THROUGHPUT, MEMBER_PLAIN);
    number(a, obj, "x_bus_p95_ms", P95, MEMBER_MS);
    number(a, obj, "x_bus_routed", ROUTED, MEMBER_PLAIN);
    number(a, obj, "x_bus_failed", "messagesfailed failedmessages", MEMBER_PLAIN);
    agents(a, obj);
    if (rss > 0) /* 0 is what programs write that cannot read it */
        number(a, obj, "x_bus_rss_mb", "memoryrss rss residentmemory memoryresident", MEMBER_MB);
    if (heap > 0)
        number(a, obj, "x_bus_heap_mb", "memoryheapused heapused", MEMBER_MB);
    number(a, obj, "agents_concurrent", "agentsinuse agentsinproduction", MEMBER_PLAIN);
    if (role == ROLE_UNKNOWN)
        artefact_problem(a, "bus_of_unknown_role", "name the file as the suite does, or add \"implementation\"",
                         "the file does not say whether it is the present bus or the alternative");
    double failed = member_num(obj, "messagesfailed failedmessages", MEMBER_PLAIN, NULL);
    if (failed > 0)
        artefact_problem(a, "messages_failed", NULL, "%.0f messages were not routed", failed);
}

/* --- starting against keeping --- */

struct pattern {
    const struct json *obj;
    bool kept;
    bool container;
};

static bool pattern_of(const struct json *m, struct pattern *ret)
{
    if (json_kind_of(m) != JSON_OBJ)
        return false;
    struct span key = json_key(m), own = json_str(member_any(m, "pattern"));
    ret->obj = m;
    ret->kept = member_says(key, "persistent longrunning kept") || member_says(own, "persistent");
    bool started = !ret->kept && (member_says(key, "spawn kill") || member_says(own, "spawn"));
    ret->container = member_says(key, "docker container") || member_says(own, "docker container");
    return ret->kept || started;
}

static const struct json *patterns_in(const struct json *obj)
{
    const struct json *inner = member_any(obj, "results patterns");
    for (int pass = 0; pass < 2; pass++) {
        const struct json *from = pass == 0 ? inner : obj;
        bool kept = false, started = false;
        for (const struct json *m = json_kind_of(from) == JSON_OBJ ? json_first(from) : NULL; m; m = json_next(m)) {
            struct pattern p;
            if (pattern_of(m, &p)) {
                kept = kept || p.kept;
                started = started || !p.kept;
            }
        }
        if (kept && started)
            return from;
    }
    return NULL;
}

bool suite_is_spawn(const struct json *obj)
{
    return patterns_in(obj) != NULL;
}

/* The mean that the file prints may be cut to whole milliseconds; time over count is not. */
static double per_operation_ms(const struct json *obj)
{
    double total = member_num(obj, "duration totalduration totaltime", MEMBER_MS, NULL);
    double n = member_num(obj, "iterations operations count runs", MEMBER_PLAIN, NULL);
    double mean = member_num(obj, "avgperoperation avgperspawn avgpermessage avgtime mean avg", MEMBER_MS, NULL);
    return total > 0 && n > 0 ? total / n : mean;
}

/* Growth of memory in samples over half an hour or more: least squares, 1.96 standard errors. */
static bool slope(const struct json *samples, double *ret_slope, double *ret_error, double *ret_span_s)
{
    double n = 0, st = 0, sm = 0, stt = 0, stm = 0, smm = 0, first = NUM_UNKNOWN, last = NUM_UNKNOWN;
    for (const struct json *s = json_first(samples); s; s = json_next(s)) {
        double t = member_num(s, "elapsed t time timestamp at", MEMBER_MS, NULL) * 1e-3;
        double m = member_num(s, "rss memory memoryrss", MEMBER_MB, NULL);
        if (!num_known(t) || !num_known(m))
            continue;
        first = num_known(first) ? first : t;
        last = t;
        t -= first;
        n += 1;
        st += t;
        sm += m;
        stt += t * t;
        stm += t * m;
        smm += m * m;
    }
    double spread = stt - st * st / n;
    if (n < 10 || !(spread > 0))
        return false;
    *ret_slope = (stm - st * sm / n) / spread;
    double rest = fmax(0, smm - sm * sm / n - *ret_slope * *ret_slope * spread);
    *ret_error = sqrt(rest / (n - 2) / spread);
    *ret_span_s = last - first;
    return true;
}

static void memory_of_kept(struct artefact *a, const struct json *obj, const struct json *whole)
{
    static const char names[] = "memorysamples rsssamples memoryseries memory samples";
    const struct json *samples = member_any(obj, names);
    if (json_kind_of(samples) != JSON_ARR)
        samples = member_any(whole, names);
    double grows, error, span_s;
    if (json_kind_of(samples) == JSON_ARR && slope(samples, &grows, &error, &span_s) && span_s >= 1800) {
        artefact_fact_num(a, "persist_mem_stable", grows - 1.959964 * error <= 0, "slope of resident memory");
        return;
    }
    artefact_problem(
        a, "memory_not_watched",
        "write resident memory of the kept agents every minute for half an hour (memory_samples)",
        "memory before and after does not show whether kept agents grow: that takes half an hour of samples");
}

struct saving {
    double lo, est, hi;
};

static void saving_add(struct artefact *a, struct saving *s, const struct pattern *started, const struct pattern *kept)
{
    double from = per_operation_ms(started->obj), to = per_operation_ms(kept->obj);
    if (!(from > 0) || !num_known(to))
        return;
    if (to <= 0) {
        artefact_problem(a, "kept_agents_took_no_time", "repeat with more operations",
                         "an operation of a kept agent took 0 ms: below the clock, or no message was sent");
        return;
    }
    double x = fmax(0, 1 - to / from);
    s->lo = num_known(s->lo) ? fmin(s->lo, x) : x;
    s->hi = num_known(s->hi) ? fmax(s->hi, x) : x;
    s->est = num_known(s->est) ? s->est : x;
}

void suite_spawn(struct artefact *a, const struct json *obj)
{
    static const char source[] = "time per operation, kept against started";
    const struct json *list = patterns_in(obj);
    struct saving s = { NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    struct pattern started, kept;
    for (const struct json *m = json_first(list); m; m = json_next(m)) {
        for (const struct json *k = json_first(list); k; k = json_next(k)) {
            if (pattern_of(m, &started) && !started.kept && pattern_of(k, &kept) && kept.kept &&
                started.container == kept.container)
                saving_add(a, &s, &started, &kept);
        }
        if (pattern_of(m, &kept) && kept.kept)
            memory_of_kept(a, m, obj);
    }
    if (!num_known(s.est)) {
        artefact_problem(a, "no_pair_of_patterns", NULL,
                         "no pattern was measured both ways, so starting and keeping cannot be compared");
        return;
    }
    artefact_fact_num(a, "persist_saving_lo", s.lo, source);
    artefact_fact_num(a, "persist_saving_est", s.est, source);
    artefact_fact_num(a, "persist_saving_hi", s.hi, source);
    if (s.hi <= 0.5 || s.lo > 0.5)
        artefact_fact_num(a, "spawn_kill_ok", s.hi <= 0.5, "saving against the suite's line of one half");
}

/* --- tokens --- */

#define TOKEN "avgtokenprocessing tokenprocessing avgtokenprocessingtime tokenprocessingtime avgpertoken pertoken"

bool suite_is_tokens(const struct json *obj)
{
    return member_has(obj, TOKEN, MEMBER_MS) &&
           (num_known(member_num(obj, "totaltokens tokens", MEMBER_PLAIN, NULL)) ||
            num_known(member_num(obj, "overallthroughputtps tokenspersecond throughputtps", MEMBER_PLAIN, NULL)));
}

/* A clock of 1 ms read twice a token: n tokens of mean m ms leave about n*m ticks, a count with its own error; without a
 * single tick in n tokens the mean is below 3/n ms (95 %). Streams apart from each other widen it. */
static struct saving token_ms(const struct json *obj, double mean)
{
    double n = member_num(obj, "totaltokens tokens", MEMBER_PLAIN, NULL);
    double of_clock = n > 0 ? 1.959964 * sqrt(mean / n) : NUM_UNKNOWN;
    double k = 0, sum = 0, squares = 0;
    for (const struct json *s = json_first(member_any(obj, "individualresults streams results")); s; s = json_next(s)) {
        double x = member_num(s, TOKEN, MEMBER_MS, NULL);
        if (num_known(x)) {
            k += 1;
            sum += x;
            squares += x * x;
        }
    }
    double of_streams = k >= 3 ? 1.959964 * sqrt(fmax(0, squares / k - sum / k * sum / k) / (k - 1)) : 0;
    if (!num_known(of_clock))
        return (struct saving){ k >= 3 ? fmax(0, mean - of_streams) : NUM_UNKNOWN, mean,
                                k >= 3 ? mean + of_streams : NUM_UNKNOWN };
    double half = fmax(of_clock, of_streams);
    return (struct saving){ fmax(0, mean - half), mean, mean > 0 ? mean + half : 3 / n };
}

/* The suite divides tokens by the sum of all streams' times, which is the rate of one stream. */
static double tokens_per_second(const struct json *obj, double streams)
{
    double rate =
        member_num(obj, "overallthroughputtps tokenspersecond throughputtps tokenspersec", MEMBER_PLAIN, NULL);
    double tokens = member_num(obj, "totaltokens tokens", MEMBER_PLAIN, NULL);
    double whole_s = member_num(obj, "totalduration totaltestduration duration", MEMBER_MS, NULL) * 1e-3;
    double all = tokens / whole_s;
    if (!num_known(rate))
        return whole_s > 0 ? all : NUM_UNKNOWN;
    if (streams > 1 && whole_s > 0 && fabs(rate / all - 1) < 0.05)
        return rate; /* that of all streams together */
    return rate * streams;
}

static void network_bound(struct artefact *a, const struct json *obj, struct saving ms, double rate)
{
    struct span mode = json_str(member_any(member_any(obj, "config") ? member_any(obj, "config") : obj, "mode"));
    bool mock = member_says(mode, "mock simulated fake") || json_bool(member_any(obj, "mock usemock"), false);
    if (mock || !member_says(mode, "live real api")) {
        artefact_problem(
            a, mock ? "mock_answers" : "answers_of_unknown_origin",
            "run the streaming test against the service that is used",
            mock ? "the answers were simulated: how long the network takes is an invention, so that it limits "
                   "the stream is not shown"
                 : "the file does not say whether answers came from the service: that the network limits the "
                   "stream is not shown");
        return;
    }
    double cores_lo = ms.lo * 1e-3 * rate, cores_hi = ms.hi * 1e-3 * rate;
    if (ms.hi < 1 && cores_hi < 0.5)
        artefact_fact_num(a, "tok_network_bound", 1, "handling below 1 ms a token and half a core");
    else if (cores_lo >= 0.85)
        artefact_fact_num(a, "tok_network_bound", 0, "handling takes a core");
}

void suite_tokens(struct artefact *a, const struct json *obj)
{
    static const char *const ends[] = { "lo", "est", "hi" };
    struct span source = SPAN("");
    double mean = member_num(obj, TOKEN, MEMBER_MS, &source);
    double streams = member_num(obj, "concurrentstreams streams concurrent concurrency", MEMBER_PLAIN, NULL);
    double rate = tokens_per_second(obj, streams > 0 ? streams : NUM_UNKNOWN);
    struct saving ms = token_ms(obj, mean);
    const double x[] = { ms.lo, ms.est, ms.hi };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "tok_ms_%s", ends[i]);
        plain_fact(a, name, x[i], source);
        (void)snprintf(name, sizeof name, "tok_cpu_cores_%s", ends[i]);
        plain_fact(a, name, x[i] * 1e-3 * rate, SPAN("time per token, tokens per second, streams"));
    }
    if (!num_known(rate))
        artefact_problem(a, "token_rate_unknown", NULL,
                         "rate or number of streams is missing, so the cores that tokens take are not known");
    double errors = member_num(obj, "totalerrors errors", MEMBER_PLAIN, NULL);
    if (errors > 0)
        artefact_problem(a, "streams_failed", "repeat until streams succeed", "%.0f streams failed", errors);
    network_bound(a, obj, ms, rate);
}

/* --- messages --- */

bool suite_is_messages(const struct json *obj)
{
    return member_has(obj, "successrate messagesuccessrate successfulmessages", MEMBER_PLAIN) &&
           num_known(member_num(obj, "totalmessages totalconversationturns latencyp95 p95latency", MEMBER_MS, NULL));
}

void suite_messages(struct artefact *a, const struct json *obj)
{
    double total = member_num(obj, "totalmessages", MEMBER_PLAIN, NULL);
    double fine = member_num(obj, "successfulmessages", MEMBER_PLAIN, NULL);
    double failed = member_num(obj, "failedmessages", MEMBER_PLAIN, NULL);
    double rate = member_num(obj, "successrate messagesuccessrate", MEMBER_PLAIN, NULL);
    rate = rate > 1 ? rate / 100 : rate; /* in percent; 1 is all of them either way */
    if (!num_known(fine) && num_known(failed))
        fine = total - failed;
    if (!num_known(fine))
        fine = round(rate * total);
    if (num_known(total) && (fine > total || fine < 0)) {
        artefact_problem(a, "counts_contradict", NULL, "%.0f of %.0f messages arrived", fine, total);
    } else if (total > 0) {
        artefact_fact_num(a, "x_msg_total", total, "total_messages");
        artefact_fact_num(a, "x_msg_fine", fine, "successful_messages");
    } else if (rate <= 1) {
        artefact_fact_num(a, "msg_success_est", rate, "success_rate");
        artefact_problem(a, "messages_not_counted", NULL, "a rate without the number of messages has no interval");
    }
    number(a, obj, "msg_p95_ms", "latencyp95 p95latency messagelatencyp95 p95", MEMBER_MS);
    double errors = member_num(obj, "totalerrors errorcount errors", MEMBER_PLAIN, NULL);
    const struct json *list = member_any(obj, "errors");
    if (!num_known(errors) && json_kind_of(list) == JSON_ARR)
        errors = (double)json_count(list);
    if (failed > 0 && !(errors >= failed))
        errors = failed;
    plain_fact(a, "msg_errors", errors, SPAN("total_errors"));
}
