/* Facts typed as text and evaluated, for the tests of this folder. */
#ifndef TESTS_POLICY_TEST_H
#define TESTS_POLICY_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sb.h"
#include "policy/policy.h"

struct packs {
    struct policy_pack *items[16];
    size_t count;
};

/* Built-in packs by blank-separated names; "all" for every one. */
void packs_open(struct packs *p, const char *names);
void packs_close(struct packs *p);

/* "name=value name=value"; a band may be given as name=lo..hi or name=lo/est/hi, and name=null clears. */
void facts_type(struct fact_set *f, const char *text);

/* Ids of the rules that fired, blank-separated, without those that begin with one of the skipped ones. */
char *fired(const struct policy_result *r, const char *const *skip, size_t skips, bool effects);
bool has_fired(const struct policy_result *r, const char *id);

#endif
