/* Proposals and facts typed as text and decided, for the tests of this folder. */
#ifndef TESTS_ADVISE_DECIDE_TEST_H
#define TESTS_ADVISE_DECIDE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "advise/decide.h"
#include "base/json.h"

struct decided {
    struct sb text;
    struct json *doc;
    struct decide_verdict verdict;
};

/* What is given beside the proposal; all may be left out. */
struct given {
    const char *proposal; /* JSON */
    const char *facts;    /* "name=value name=lo..hi name=lo/est/hi", measured: sent along with the files */
    const char *declared; /* the same, stated by the caller */
    const char *packs;    /* built-in packs, blank-separated, beside standing */
    const char *project;  /* JSON of a project's document */
    const struct decide_waiver *waivers;
    size_t waiver_count;
    int64_t as_of_us;
    uint32_t draws; /* 0: 20,000 */
    struct artefact *const *artefacts;
    size_t artefact_count;
};

/* Fails the test when the proposal cannot be read or decided. Release with decided_release. */
void decide_given(const struct given *g, struct decided *ret);
void decided_release(struct decided *d);

/* "EV-00, ROI-03": rules with value 1 in the order of the document. Static buffer. */
const char *fired_in(const struct json *doc);
/* A member by path as text; "" when it is no text. Static buffer. */
const char *text_at(const struct json *doc, const char *path);
bool has_text(const struct json *doc, const char *path, const char *part);
/* The row of an array whose member has that text; NULL when there is none. */
const struct json *row_with(const struct json *array, const char *member, const char *text);

#endif
