/* Artefacts made in memory, for the tests of this folder. */
#ifndef TESTS_EVIDENCE_MADE_H
#define TESTS_EVIDENCE_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/evidence.h"
#include "profile/builder.h"

struct made {
    struct artefact *a;
    struct builder *b;
    uint32_t column;
    process_id process;
    thread_id thread;
    bool ordered;
};

/* A profile in the making: one process (pid 42), one thread "main". ordered: samples keep their order. */
struct made made_profile(const char *name, enum clock_kind clock, enum unit_kind unit, double rate_hz, bool ordered);
void made_thread(struct made *m, int64_t tid, const char *name);
void made_process(struct made *m, int64_t pid, const char *name);
/* n samples of total weight w (of the column's unit) at once. Frames root first, separated by ';': "func@file",
 * "func [k]" kernel, "func {lib.so}" native, "(idle)" pseudo. */
void made_add(struct made *m, const char *stack, enum sample_state state, uint64_t n, double weight);
/* The same spread over the order evenly: give all stacks at once. */
struct spread {
    const char *stack;
    uint64_t n;
    double weight; /* total */
};
void made_spread(struct made *m, const struct spread *s, size_t count);
struct artefact *made_done(struct made *m);

/* Accounting alone. */
struct artefact *made_accounting(const char *name, double cpu_s, double wall_s);

/* Declared facts: "name=value name=value"; a band as name=lo/est/hi or name=lo..hi. */
void made_facts(struct fact_set *f, const char *text);

struct evidence *made_evidence(struct artefact *const *a, uint32_t n, const char *facts, struct evidence_input in);
double fact(const struct evidence *e, const char *name);
bool fact_unknown(const struct evidence *e, const char *name);

/* Equal to half of the last printed digit. */
#define NEAR(x, printed, digits) near_check((x), (printed), (digits), #x, __FILE__, __LINE__)
void near_check(double x, double printed, int digits, const char *what, const char *file, int line);

#endif
