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

/* --- what a project corrected --- */

/* What the pattern of a correction is held against, each as a glob over the whole text (* any run, ? one byte):
 * function: the frame's function; "name@file" also asks for the file, as rows of the table do. Of Python's qualified
 *           names the last part alone is enough.
 * module:   the module by its language ("json.decoder") or any of its heads ("json"); the binary where it is native.
 * dso:      the binary, its path or its last part.        file: the source file. */
enum override_kind { OVERRIDE_FUNCTION, OVERRIDE_MODULE, OVERRIDE_DSO, OVERRIDE_FILE, OVERRIDE_KIND_COUNT };
enum { OVERRIDE_PATTERN_MAX = 300, OVERRIDES_MAX = 200 };

struct classify_override {
    enum override_kind kind;
    const char *pattern;
    enum category category;
    const char *reason, *by; /* as given, for documents; may be NULL */
    int64_t at_us;           /* 0 not stated */
};
/* In the order in which they were given. Of those that match one frame the longer literal text wins, of equal ones the
 * later. All texts are borrowed. */
struct classify_overrides {
    const struct classify_override *items;
    uint32_t count;
};

const char *override_kind_name(enum override_kind k);
bool override_kind_from_name(struct span s, enum override_kind *ret);
/* Whether somebody may say so. Errors: ERR_VALUE: pattern empty, longer than OVERRIDE_PATTERN_MAX, with control
 * characters or fewer than two characters that are no wildcard; a category that is no property of code (runq, idle_cpu,
 * meta). */
bool classify_override_check(struct span pattern, enum category c, struct err *err) MUST_CHECK;
/* "none", or 12 hex digits: equal for corrections that classify alike (kind, pattern and category in their order). */
void classify_overrides_version(const struct classify_overrides *o, char ret[13]);

/* From here on a rule's number is that of a correction, at most OVERRIDES_MAX of them. */
uint32_t classify_override_first(void);

struct classify_options {
    enum runtime_kind
        runtime;           /* of the program; RUNTIME_UNKNOWN = all language rows by frame kind and file extension */
    enum clock_kind clock; /* of the column to be classified */
    bool native_visible;
    /* Win over the rows of the table, within what was measured: a sample that was taken on CPU never becomes waiting, one
     * that waited never becomes CPU, kernel time and native code below a corrected function stay what they are. See
     * overrides.c. NULL none; at most OVERRIDES_MAX are read. */
    const struct classify_overrides *overrides;
};

/* What one correction did in a profile. */
struct override_use {
    char *id;          /* "project/function/<pattern>" */
    uint32_t decided;  /* rows whose category it set */
    uint32_t refused;  /* rows that it names and the clock or the state of the sample keeps as they are */
    uint32_t refusing; /* one of those; its category is what it stays */
};

/* Per row of the profile. Freed with classification_free. */
struct classification {
    uint32_t row_count;
    uint8_t *category; /* enum category */
    uint32_t *rule;    /* for classification_rule_id; below classify_rule_count() rows of the table, then others */
    bool *dropped;     /* idle_cpu: no sample of any program */
    struct override_use *overrides; /* in the order of the options */
    uint32_t override_count;
};

/* Cost: O(frames * matched rows + stacks); frames are matched once each. Never fails on a frozen profile. */
struct classification *classify_profile(const struct profile *p, const struct classify_options *opt);
void classification_free(struct classification *c);
/* The same as classify_rule_id, and "project/function/<pattern>" for what the project corrected. */
void classification_rule_id(const struct classification *c, uint32_t rule, struct sb *out);

/* Explains one frame for `--explain`: JSON array members for every distinct frame whose text contains pattern. */
void classify_explain(const struct profile *p, const struct classify_options *opt, const struct classification *c,
                      struct span pattern, struct sb *ret_json);

#endif
