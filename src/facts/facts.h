/* facts.h - the dictionary of facts (facts.def) and a set of their values. Unknown is unknown, never 0.
 * The names are the columns of table f that the policies read. */
#ifndef STET_FACTS_FACTS_H
#define STET_FACTS_FACTS_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/num.h"
#include "base/span.h"

enum fact_group {
    FACTS_DECLARED,
    FACTS_EVIDENCE,
    FACTS_TIME,
    FACTS_COMPOSITION,
    FACTS_DERIVED,
    FACTS_COMPARISON,
    FACTS_ROI,
    FACTS_PACK,
    FACTS_GROUP_COUNT
};
enum fact_kind { FACT_NUM, FACT_BOOL, FACT_TEXT };
/* What it costs to learn the fact, cheapest first (method 6.1, open questions). */
enum fact_price { PRICE_STATEMENT, PRICE_ACCOUNTING, PRICE_PROFILE, PRICE_LOAD_TEST, PRICE_COMPARISON };
enum fact_origin { ORIGIN_NONE, ORIGIN_FILE, ORIGIN_COMPUTED, ORIGIN_DECLARED, ORIGIN_DEFAULT };

enum fact_id {
#define FACT_ROW(id, group, kind, unit, lo, hi, price, words, meaning, measured) FACT_##id,
#include "facts/facts.def"
#undef FACT_ROW
    FACT_COUNT
};

struct fact_info {
    const char *name;
    enum fact_group group;
    enum fact_kind kind;
    const char *unit; /* "share", "s", "1", "USD", "bool", "text" ... */
    double lo, hi;    /* allowed range for numbers (inclusive) */
    enum fact_price price;
    const char *words;    /* allowed words of a text fact, blank-separated; "" = any */
    const char *meaning;  /* one sentence */
    const char *measured; /* where it is measured and who sets it */
};

struct fact_value {
    bool known;
    double num;    /* numbers and booleans */
    char text[64]; /* text facts */
    enum fact_origin origin;
    char by[100];  /* file and metric, or who declared it */
    int64_t at_us; /* when it was so, as declared; 0 not stated */
};

struct fact_set {
    struct fact_value v[FACT_COUNT];
};

extern const struct fact_info fact_infos[];
const char *fact_group_name(enum fact_group g);
const char *fact_origin_name(enum fact_origin o); /* file computed declared default */
bool fact_find(struct span name, enum fact_id *ret);
/* Nearest known name (edit distance), for "unknown fact ..., did you mean ...". NULL when nothing is near. */
const char *fact_nearest(struct span name);

/* Letters to add, take away or exchange (Levenshtein), for suggestions; at most 48 bytes each, else 48. */
size_t name_distance(struct span a, struct span b);

/* Setting NaN, or empty text, makes the fact unknown. Values are not checked here: see facts_check. */
void facts_set_num(struct fact_set *f, enum fact_id id, double value, enum fact_origin origin, const char *by);
void facts_set_text(struct fact_set *f, enum fact_id id, struct span value, enum fact_origin origin, const char *by);
void facts_clear(struct fact_set *f, enum fact_id id);
double facts_num(const struct fact_set *f, enum fact_id id);       /* NaN when unknown */
struct span facts_text(const struct fact_set *f, enum fact_id id); /* empty when unknown */
/* Parses NAME=VALUE text and checks range and words ("null" makes it unknown again). A fact that has to be measured
 * (groups evidence, time, composition) also sets declared_measures.
 * Errors: ERR_VALUE naming the fact, the nearest name, the range. */
bool facts_declare(struct fact_set *f, struct span name, struct span value, const char *by, struct err *err) MUST_CHECK;
/* Fills goal (latency), goal_gain 0.30, min_useful_gain 0.10, cpu_bound_threshold 0.50 and wait_bound_threshold 0.20
 * where unknown (origin default). */
void facts_defaults(struct fact_set *f);
/* Ranges, lo <= est <= hi, sums of parts not above the whole. Errors: ERR_VALUE. */
bool facts_check(const struct fact_set *f, struct err *err) MUST_CHECK;
/* How much numbers break the order of bands and the sums of parts, 0 when they fit together: what facts_check refuses,
 * as a distance. number() gives the value of a fact, NaN when it is unknown. */
double facts_excess(double (*number)(const void *from, enum fact_id id), const void *from);
/* Reads one flat object of names and values (null = unknown) into f and checks all of it; nothing is derived.
 * Errors: ERR_VALUE as facts_declare and facts_check. */
bool facts_from_json(struct fact_set *f, const struct json *obj, enum fact_origin origin, const char *by,
                     struct err *err) MUST_CHECK;

/* The partner of a fact that is the end of a band (cpu_share_lo, _est, _hi); false when the dictionary has none. */
enum fact_end { FACT_LO, FACT_EST, FACT_HI };
bool fact_band(enum fact_id id, enum fact_end end, enum fact_id *ret);
/* Whether a goal's rules look at the fact at all: a request's CPU share says nothing for goal memory. */
bool fact_serves_goal(enum fact_id id, struct span goal);
/* A share: distances are differences, not factors. */
bool fact_is_share(enum fact_id id);
/* The whole dictionary as JSON: {"schema":"stet/facts/1","facts":[{"name","group","kind","unit","min","max","words",
 * "meaning","measured","price"}]}. */
struct sb;
void facts_names_json(struct sb *out);
const char *fact_kind_word(enum fact_kind k);    /* number boolean text */
const char *fact_price_words(enum fact_price p); /* "a declared statement" ... */

#endif
