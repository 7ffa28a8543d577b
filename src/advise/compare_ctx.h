/* compare_ctx.h - what the parts of one comparison share. Private to advise/. */
#ifndef STET_ADVISE_COMPARE_CTX_H
#define STET_ADVISE_COMPARE_CTX_H

#include "advise/compare.h"
#include "base/jsonw.h"

enum { COMPARE_NOTES_MAX = 16, COMPARE_SECONDS_MAX = 6, COMPARE_MOVERS_MAX = 60, COMPARE_ONLY_MAX = 30 };

/* Two numbers of one kind and what lies between them. */
struct compare_change {
    const char *name;
    const char *words;
    struct share base, head, diff; /* unknown where not measured */
    double chance;                 /* that two draws of one process differ so much; NaN not known */
    enum tri more;                 /* more than noise */
    bool assumed;                  /* the spread from run to run was assumed */
    const char *reason;            /* why something is not known; NULL */
    struct span settles;           /* what would make it known */
};

struct compare_seconds {
    const char *name;
    const char *words;
    struct share base, head, diff, factor; /* seconds; factor: base over head, above 1 = faster */
    enum tri more;
    bool assumed;
    struct span source;
};

struct compare_note {
    const char *part; /* of a refusal; NULL in warnings */
    const char *code;
    struct span text, fix;
};

struct compare_function {
    struct span name, place;
    enum category category;
    const struct evidence_function *base, *head; /* NULL: not there */
    struct compare_change self, total;
    struct share base_s, head_s; /* seconds of its own of one run or operation */
    struct span note;
};

struct compare {
    const struct compare_input *in;
    struct arena arena;
    struct {
        bool time, seconds, cpu, functions;
    } can;
    bool other_program, other_load; /* said, and compared all the same */
    struct compare_note refusals[COMPARE_NOTES_MAX], warnings[COMPARE_NOTES_MAX];
    uint32_t refusal_count, warning_count;

    struct compare_change cpu_share, rules_share;
    struct compare_change wait[CAT_COUNT], idle[CAT_COUNT], cpu[CAT_COUNT];
    uint32_t wait_count, idle_count, cpu_count;
    struct compare_seconds seconds[COMPARE_SECONDS_MAX];
    uint32_t second_count;
    bool same_work; /* one run each of one program, or seconds an operation */
    bool per_operation;
    struct share base_cpu_s, head_cpu_s; /* CPU seconds of that work */

    struct compare_function *functions; /* all that were looked at */
    uint32_t function_count;
    bool blocked; /* shares of blocked time, not of CPU */
};

/* --- compare.c --- */
void compare_refuse(struct compare *c, const char *part, const char *code, const char *fix, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
void compare_warn(struct compare *c, const char *code, const char *fmt, ...) PRINTF_LIKE(3, 4);
struct span compare_text(struct compare *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* {"lo","est","hi"} of a document, unknown when null. */
struct share compare_share_of(const struct json *v);
double compare_fact(const struct compare_side *s, const char *name);
struct span compare_fact_text(const struct compare_side *s, const char *name);
/* "before.speedscope.json", or "base" where a side has no name. */
struct span compare_command(const struct compare_side *s);
/* Interval, direction and whether it is noise from chance (at level 0.05). */
void compare_settle(struct compare_change *x);

/* --- compare_alike.c: what can be held against what --- */
void compare_alike(struct compare *c);

/* --- compare_time.c --- */
/* Spread of one run's CPU seconds, and of its waiting, from run to run where one run was measured: standard deviation over
 * mean. A judgement: idle machines show 0.01, busy ones more; three runs a side replace it. */
#define COMPARE_SPREAD 0.05
void compare_time(struct compare *c);
void compare_seconds(struct compare *c);

/* --- compare_functions.c --- */
void compare_functions(struct compare *c);

/* --- compare_words.c --- */
/* Sentences, most important first. Returns how many. */
enum { COMPARE_SENTENCES_MAX = 8 };
size_t compare_sentences(struct compare *c, struct span ret[COMPARE_SENTENCES_MAX]);
void compare_function_notes(struct compare *c);

/* --- compare_document.c --- */
void compare_document(struct compare *c, struct jsonw *w);

#endif
