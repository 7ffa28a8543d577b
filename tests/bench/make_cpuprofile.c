/* make_cpuprofile MEGABYTES - writes a V8 .cpuprofile of about that size: a tree of nodes with the fields that V8 gives,
 * then samples and time deltas for the rest of the size. The same bytes every time. */
#include "base/num.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    NODES_PER_MEGABYTE = 400, /* the tree of a long recording has been seen by then: most of the file are samples */
    FANOUT = 7,
    FUNCTIONS = 4001,
    STAY_OF_10 = 7, /* samples that find the program where the one before did */
    NEAR = 30,      /* most others find it in the neighbourhood */
};

static uint64_t step(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void node_write(uint64_t node, uint64_t nodes)
{
    static const char *const heads[] = { "(root)", "(program)", "(idle)", "(garbage collector)" };
    uint64_t func = node % FUNCTIONS; /* a function stands in one place of one script */
    if (node <= 4)
        (void)printf("{\"id\":%llu,\"callFrame\":{\"functionName\":\"%s\",\"scriptId\":\"0\",\"url\":\"\","
                     "\"lineNumber\":-1,\"columnNumber\":-1},\"hitCount\":%llu",
                     (unsigned long long)node, heads[node - 1], (unsigned long long)(node * 11));
    else
        (void)printf("{\"id\":%llu,\"callFrame\":{\"functionName\":\"handler%llu\",\"scriptId\":\"%llu\","
                     "\"url\":\"file:///srv/app/lib/module%llu.js\",\"lineNumber\":%llu,\"columnNumber\":%llu},"
                     "\"hitCount\":%llu",
                     (unsigned long long)node, (unsigned long long)func, (unsigned long long)(func % 97),
                     (unsigned long long)(func % 97), (unsigned long long)(func % 1301),
                     (unsigned long long)(func % 77), (unsigned long long)(node % 9));
    /* The root calls 2..8; 2 to 4 are V8's own and call nothing; 5 calls 9..15, and so on. */
    uint64_t first = node == 1 ? 2 : node < 5 ? nodes + 1 : (node - 5) * FANOUT + FANOUT + 2;
    (void)fputs(",\"children\":[", stdout);
    for (uint64_t child = first; child < first + FANOUT && child <= nodes; child++)
        (void)printf("%s%llu", child == first ? "" : ",", (unsigned long long)child);
    (void)fputs("]}", stdout);
}

/* The node of the next sample. */
static uint64_t sample_step(uint64_t node, uint64_t nodes, uint64_t *state)
{
    uint64_t draw = step(state);
    if (draw % 10 < STAY_OF_10)
        return node;
    if (draw / 10 % 10 == 0)
        return step(state) % nodes + 1;
    return (node + nodes + step(state) % (2 * NEAR) - NEAR) % nodes + 1;
}

int main(int argc, char **argv)
{
    uint64_t megabytes = 0;
    if (argc != 2 || !span_to_u64(span_of(argv[1]), &megabytes) || megabytes == 0 || megabytes > 100000) {
        (void)fputs("usage: make_cpuprofile MEGABYTES\n", stderr);
        return EXIT_FAILURE;
    }
    uint64_t nodes = megabytes * NODES_PER_MEGABYTE;
    uint64_t samples = megabytes * 90000;
    uint64_t state = 1;
    uint64_t total_us = 0;
    (void)fputs("{\"nodes\":[", stdout);
    for (uint64_t node = 1; node <= nodes; node++) {
        if (node > 1)
            (void)fputc(',', stdout);
        node_write(node, nodes);
    }
    (void)fputs("],\"startTime\":1000000,\"samples\":[", stdout);
    uint64_t at = 1;
    for (uint64_t i = 0; i < samples; i++) {
        at = sample_step(at, nodes, &state);
        (void)printf("%s%llu", i == 0 ? "" : ",", (unsigned long long)at);
    }
    (void)fputs("],\"timeDeltas\":[", stdout);
    for (uint64_t i = 0; i < samples; i++) {
        uint64_t delta_us = 900 + step(&state) % 300;
        total_us += delta_us;
        (void)printf("%s%llu", i == 0 ? "" : ",", (unsigned long long)delta_us);
    }
    (void)printf("],\"endTime\":%llu}\n", (unsigned long long)(1000000 + total_us));
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
