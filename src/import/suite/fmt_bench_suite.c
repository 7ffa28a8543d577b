/* Result files of a benchmark suite that weighs a message bus and long-lived agents: what a bus carries in the present and
 * in another implementation, what starting an agent for each task costs, how long a token takes, whether messages arrive.
 *   final report        all of them under results.NAME
 *   bus metrics         throughput, latency percentiles, memory, connections
 *   spawn comparison    results.PATTERN {iterations, duration_ms ...}
 *   token streaming     config {concurrent_streams, mode}, summary {avg_token_processing_ms ...}
 *   agent messaging     summary {total_messages, successful_messages, latency_p95_ms ...}
 * A part is known by what it holds; the file's name only says which of two buses it is where the content does not. */
#include "import/importer.h"

#include <stdlib.h>

#include "base/vec.h"
#include "import/json_in.h"
#include "import/suite/members.h"
#include "import/suite/parts.h"

enum { DOCUMENT_MAX = 16 << 20, DEPTH_MAX = 100, LEVELS_MAX = 6, OBJECTS_MAX = 2000 };

static bool any_key(struct span head, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (json_in_has_key(head, keys[i]))
            return true;
    }
    return false;
}

static bool is_suite_file(struct span name)
{
    return member_says(name, "wsmetrics spawncomparison aistreaming agentmessaging finalreport");
}

static enum sniff bench_suite_sniff(struct span head, struct span file_name)
{
    static const char *const rate[] = { "throughput_msg_per_sec", "throughputMsgPerSec", "messages_per_second",
                                        "messagesPerSecond" };
    static const char *const bus[] = { "messages_routed", "messagesRouted", "memory_mb", "memoryMb" };
    static const char *const spawn[] = { "spawn_kill_cli", "spawnKillCli", "spawn_kill_docker", "spawn_kill" };
    static const char *const kept[] = { "persistent_nodejs", "persistentNodejs", "persistent_docker", "persistent" };
    static const char *const token[] = { "avg_token_processing_ms", "avgTokenProcessingMs", "avgTokenProcessingTime" };
    static const char *const messages[] = { "total_conversation_turns", "totalConversationTurns", "num_conversations",
                                            "numConversations" };
    static const char *const arrived[] = { "successful_messages", "successfulMessages", "success_rate", "successRate" };
    static const char *const report[] = { "tests_run", "testsRun" };
    static const char *const parts[] = { "node_ws", "rust_ws", "spawn_comparison", "ai_streaming", "agent_messaging" };
    if (json_in_first(head) != '{')
        return SNIFF_NO;
    if ((any_key(head, rate, ARRAY_LEN(rate)) && any_key(head, bus, ARRAY_LEN(bus))) ||
        (any_key(head, spawn, ARRAY_LEN(spawn)) && any_key(head, kept, ARRAY_LEN(kept))) ||
        any_key(head, token, ARRAY_LEN(token)) ||
        (any_key(head, messages, ARRAY_LEN(messages)) && any_key(head, arrived, ARRAY_LEN(arrived))) ||
        (any_key(head, report, ARRAY_LEN(report)) && any_key(head, parts, ARRAY_LEN(parts))))
        return SNIFF_YES;
    bool weak = any_key(head, rate, ARRAY_LEN(rate)) || any_key(head, kept, ARRAY_LEN(kept)) ||
                any_key(head, arrived, ARRAY_LEN(arrived)) || any_key(head, parts, ARRAY_LEN(parts));
    if (is_suite_file(file_name))
        return weak ? SNIFF_YES : SNIFF_MAYBE;
    return weak ? SNIFF_MAYBE : SNIFF_NO;
}

struct place {
    const struct json *obj;
    enum suite_role role;
    unsigned level;
};

struct walk {
    struct artefact *a;
    struct {
        struct place *items;
        size_t count, cap;
    } places; /* objects in the order in which they are looked at: outer ones first */
    unsigned buses, parts;
};

/* True when the object was one of the parts, so that nothing in it is looked at again. */
static bool part_read(struct walk *w, const struct place *p)
{
    if (suite_is_bus(p->obj)) {
        suite_bus(w->a, p->obj, p->role);
        w->buses++;
    } else if (suite_is_spawn(p->obj)) {
        suite_spawn(w->a, p->obj);
    } else if (suite_is_tokens(p->obj)) {
        suite_tokens(w->a, p->obj);
    } else if (suite_is_messages(p->obj)) {
        suite_messages(w->a, p->obj);
    } else {
        return false;
    }
    w->parts++;
    return true;
}

static void walk_all(struct walk *w, const struct json *root, enum suite_role role)
{
    VEC_PUSH(&w->places, ((struct place){ .obj = root, .role = role }));
    for (size_t i = 0; i < w->places.count; i++) {
        struct place p = w->places.items[i];
        if (part_read(w, &p))
            continue;
        for (const struct json *m = json_first(p.obj); m && p.level < LEVELS_MAX; m = json_next(m)) {
            enum suite_role own = suite_role_of(json_key(m));
            if (json_kind_of(m) == JSON_OBJ && w->places.count < OBJECTS_MAX)
                VEC_PUSH(&w->places, ((struct place){ m, own != ROLE_UNKNOWN ? own : p.role, p.level + 1 }));
        }
    }
}

static void of_the_report(struct walk *w, const struct json *doc)
{
    if (member_says(json_str(member_any(doc, "mode")), "quick"))
        artefact_problem(w->a, "quick_mode", "repeat without the quick mode",
                         "the suite ran in its quick mode: few operations, wide intervals");
    if (w->buses > 1)
        artefact_fact_num(w->a, "x_bus_together", 1, "one report");
}

static bool bench_suite_parse(struct source *in, const struct import_options *opt, struct artefact *out,
                              struct err *err)
{
    (void)opt;
    struct span text;
    CLEANUP(json_freep) struct json *doc = NULL;
    if (!source_all(in, DOCUMENT_MAX, &text, err) || !json_parse(text, DEPTH_MAX, &doc, err))
        return false;
    if (json_kind_of(doc) != JSON_OBJ)
        return err_set(err, ERR_UNRECOGNISED, "no object: not a result of the benchmark suite");
    struct walk w = { .a = out };
    walk_all(&w, doc, suite_role_of(out->name));
    free(w.places.items);
    if (w.parts == 0)
        return err_set(err, ERR_EMPTY,
                       "no figures of a benchmark suite: want throughput_msg_per_sec with memory or latency of a bus, "
                       "spawn and persistent patterns, avg_token_processing_ms, or total_messages with success_rate");
    of_the_report(&w, doc);
    out->tool = SPAN("benchmark suite");
    out->clock = CLOCK_ACCT;
    artefact_fact_num(out, "suite_measured", 1, "a result of the benchmark suite");
    return true;
}

const struct importer import_bench_suite = {
    .name = "bench-suite",
    .title = "results of a message-bus and agent benchmark suite (final-report, ws-metrics, spawn-comparison, ...)",
    .proves = "throughput, P95 and memory of a bus, cost of starting agents, time per token, messages that arrive",
    .cannot = "where CPU time goes: add a profile and accounting of the process under the same load",
    .spec_url = NULL,
    .extensions = "final-report.json *-ws-metrics.json spawn-comparison.json ai-streaming.json agent-messaging.json",
    .sniff = bench_suite_sniff,
    .parse = bench_suite_parse,
};
