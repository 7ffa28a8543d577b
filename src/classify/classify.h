/* classify.h - a category for every row of a profile, by the table compiled from classification.csv and the decision
 * procedure of the method (2.4). Nothing here is stored in the profile: a classification can always be made again. */
#ifndef STET_CLASSIFY_CLASSIFY_H
#define STET_CLASSIFY_CLASSIFY_H

#include "base/sb.h"
#include "profile/profile.h"

/* Order and names are the document's; category.def: id, name, class, words for people. */
enum category {
#define CATEGORY_ROW(id, name, class_id, words) CAT_##id,
#include "classify/category.def"
#undef CATEGORY_ROW
    CAT_COUNT
};

enum category_class {
    CLASS_MANAGED,
    CLASS_RUNTIME,
    CLASS_SERDE,
    CLASS_NATIVE,
    CLASS_KERNEL,
    CLASS_SPIN,
    CLASS_WAIT,
    CLASS_INTERNAL_WAIT,
    CLASS_IDLE,
    CLASS_META,
    CLASS_COUNT
};

const char *category_name(enum category c);  /* "w_llm" */
const char *category_words(enum category c); /* "waiting for a language model" */
enum category_class category_class_of(enum category c);
const char *
category_class_name(enum category_class k); /* managed runtime serde native kernel spin wait internal_wait idle meta */
bool category_from_name(struct span s, enum category *ret);
/* CPU seconds of these categories are CPU of the program (profiler and meta left out; spin and w_gpu in). */
bool category_is_cpu(enum category c);

const char *classify_version(void); /* first 12 hex digits of the table's SHA-256 */
uint32_t classify_rule_count(void);
/* Id "runtime/kind/pattern" of a table row, or of a fallback ("origin/app", "origin/dep", "origin/stdlib", "origin/native",
 * "origin/unknown", "origin/k_other", "state/w_other", "state/runq"). */
void classify_rule_id(uint32_t rule, struct sb *out);

struct classify_options {
    enum runtime_kind
        runtime;           /* of the program; RUNTIME_UNKNOWN = all language rows by frame kind and file extension */
    enum clock_kind clock; /* of the column to be classified */
    bool native_visible;
};

/* Per row of the profile. Freed with classification_free. */
struct classification {
    uint32_t row_count;
    uint8_t *category; /* enum category */
    uint32_t *rule;    /* for classify_rule_id */
    bool *dropped;     /* idle_cpu: no sample of any program */
};

/* Cost: O(frames * matched rows + stacks); frames are matched once each. Never fails on a frozen profile. */
struct classification *classify_profile(const struct profile *p, const struct classify_options *opt);
void classification_free(struct classification *c);

/* Explains one frame for `--explain`: JSON array members for every distinct frame whose text contains pattern. */
void classify_explain(const struct profile *p, const struct classify_options *opt, const struct classification *c,
                      struct span pattern, struct sb *ret_json);

#endif
