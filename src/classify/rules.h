/* rules.h - the compiled table of classification.csv and what it matches. Private to classify/. */
#ifndef STET_CLASSIFY_RULES_H
#define STET_CLASSIFY_RULES_H

#include "classify/classify.h"

enum rule_runtime {
    RULE_RUNTIME_PYTHON,
    RULE_RUNTIME_NODE,
    RULE_RUNTIME_GO,
    RULE_RUNTIME_JVM,
    RULE_RUNTIME_RUBY,
    RULE_RUNTIME_PHP,
    RULE_RUNTIME_DOTNET,
    RULE_RUNTIME_NATIVE,
    RULE_RUNTIME_KERNEL,
    RULE_RUNTIME_COUNT
};
enum rule_kind { RULE_FUNCTION, RULE_MODULE, RULE_DSO, RULE_FILE, RULE_COMM, RULE_KIND_COUNT };
enum rule_position { POSITION_LEAF, POSITION_SELF_OR_CALLEE, POSITION_ANY };

struct rule {
    const char *pattern;
    const char *name; /* the pattern without @file */
    const char *file; /* "" = any */
    uint8_t runtime, kind, category, position;
    uint16_t literal; /* characters that are no wildcard: the longer wins */
};

struct rule_index {
    const uint16_t *exact; /* sorted by name */
    uint32_t exact_count;
    const uint16_t *glob;
    const uint16_t *from; /* [257], by first byte of the text; 0 = begins with a wildcard */
};

extern const struct rule rules[];
extern const uint32_t rule_count;
extern const struct rule_index rule_indexes[];

const char *rule_runtime_name(enum rule_runtime r);

/* Whole-string glob: * any run, ? one character. Patterns are ours; cost O(len * stars). */
bool glob_match(const char *pattern, struct span text);

/* What a frame offers to the table. */
struct frame_view {
    struct span func, file, dso, module; /* dso: basename */
    enum frame_kind kind;
    enum runtime_kind runtime; /* language whose rows may match */
    bool unresolved;           /* no usable symbol */
    bool own_binary;
    bool dep, stdlib; /* by path or name, where no row says so */
};

/* Fills view for one frame of p. runtime UNKNOWN: judged by the frame's own file. */
void frame_view_of(const struct profile *p, const struct profile_frame *f, enum runtime_kind runtime,
                   struct frame_view *ret);
/* The program's runtime, judged by telltale symbols; RUNTIME_UNKNOWN when nothing tells. */
enum runtime_kind frame_guess_runtime(const struct profile *p);

/* Calls each row that matches, in no order. */
typedef void (*rule_hit_fn)(void *user, uint16_t rule);
void rules_match_frame(const struct frame_view *v, rule_hit_fn hit, void *user);
/* comm rows of a thread name. */
void rules_match_comm(struct span name, enum runtime_kind runtime, rule_hit_fn hit, void *user);

/* True when a beats b: longer literal text, then file order. */
bool rule_beats(uint16_t a, uint16_t b);

#endif
