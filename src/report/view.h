/* view.h - the view model: an analysis document turned into short texts and numbers, once, for the terminal, Markdown
 * and HTML alike. Texts live in the arena, are valid UTF-8 without control or direction characters and bounded in
 * length, but NOT escaped for HTML. NaN = unknown, an empty span = leave the line out. */
#ifndef STET_REPORT_VIEW_H
#define STET_REPORT_VIEW_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/num.h"

/* How a verdict looks: open (blue), closed (amber), undecided (grey). */
enum view_state { VIEW_UNDECIDED, VIEW_CLOSED, VIEW_OPEN };

struct view_share {
    double lo, est, hi;
};

struct view_file {
    struct span name, format, words, detail, proves, cannot, origin, sha256, problems;
};

/* One part of the time bar or one row of the CPU table. */
struct view_part {
    struct span name, words; /* category name (also the colour's class), words for people */
    struct span klass;       /* category class */
    double share, seconds, lo, hi;
    double touch_lo, touch_hi;
};

struct view_top {
    struct span frame, place, words, name;
    double self, total;
};

struct view_lever {
    struct span name, assumes;
    double run_s, saves_s;
    struct view_share speedup;
};

struct view_rule {
    struct span id, reason, source, remedy, basis, effect, value, measured, line, owner, distance, missing;
    bool fired, open;
};

struct view_flip {
    struct span words;
};

struct view_next {
    struct span why, command, text, settles, takes, needs, platform;
    bool decides, alternative;
};

struct view_answer {
    struct span goal, today, best, words;
    enum view_state state;
    bool asked;
};

struct view_input {
    struct span name, meaning, value, origin, by, if_wrong;
};

/* One missing number, for the form: what it is and what it would settle. */
struct view_ask {
    struct span name, label, hint, settles, choices; /* choices blank-separated, empty = a number */
    bool waited_for; /* something in the document waits for it; else it makes the recording representative */
};

/* How a figure stands to the limit it is held against. */
enum view_fit { FIT_UNKNOWN, FIT_GOOD, FIT_POOR };

/* A row of the representativeness card, or a sentence on whether parts agree (name empty). ask: the fact that a person can
 * state for it, empty where nobody can. */
struct view_card {
    struct span name, value, against, ask;
    enum view_fit fit;
};

struct view_pair {
    struct span key, value;
};

struct view_thread {
    struct span process, name;
    double samples, cpu_share;
};

struct view_component {
    struct span name;
    double share, native_share, ceiling_hi, gain_lo, gain_hi;
};

#define VIEW_LIST(type, name)                                                                                          \
    struct type *name;                                                                                                 \
    size_t name##_count

struct view {
    struct arena *arena;
    enum view_state state;
    bool asked;
    struct span verdict, headline, summary, sentence, question, gate, gate_words, reason_rule, sure, goal;
    double revision, superseded_by;

    struct view_share cpu_share;   /* of the recorded process, time.cpu_share */
    struct view_share rules_share; /* of what the goal names, facts.cpu_share_* */
    struct view_share touch;       /* share of CPU a rewrite could touch */
    struct view_share ceiling;
    double wall_s, cpu_s, wait_line, cpu_line;
    struct span wait_owner, cpu_owner;
    double ops, op_s;
    double op_queue_hi; /* share of a request spent waiting for the own CPU, upper end */
    struct view_share op_cpu_s;
    bool time_known, overlapping;
    double samples_raw, samples_eff;
    struct span time_note, touch_words, sample_words;
    struct span corrected_words, corrected_url; /* categories that the project corrected; where they stand, "" nowhere */

    VIEW_LIST(view_file, files);
    VIEW_LIST(view_part, time);
    VIEW_LIST(view_part, idle);
    VIEW_LIST(view_part, cpu);
    VIEW_LIST(view_top, top);
    VIEW_LIST(view_lever, levers);
    VIEW_LIST(view_rule, why);
    VIEW_LIST(view_rule, rules);
    VIEW_LIST(view_flip, flips);
    VIEW_LIST(view_next, next);
    VIEW_LIST(view_answer, answers);
    VIEW_LIST(view_input, inputs);
    VIEW_LIST(view_ask, asks);
    VIEW_LIST(view_pair, cannot);  /* value */
    VIEW_LIST(view_pair, assumed); /* value */
    VIEW_LIST(view_pair, reasons); /* of the gate */
    VIEW_LIST(view_pair, versions);
    VIEW_LIST(view_pair, not_given); /* value */
    VIEW_LIST(view_thread, threads);
    VIEW_LIST(view_component, components);
    VIEW_LIST(view_rule, closed); /* rules that keep the gate closed, each with who set its line; remedy:
                                   * the measurement that would open it */
    VIEW_LIST(view_card, card);   /* how representative the recording is */
    VIEW_LIST(view_card, fits);   /* whether its parts agree */
    struct span opens_words;      /* what kind of closed it is; empty when it is open */
    bool closed_by_evidence;      /* measured otherwise: nothing that is told opens it */
    struct span again;            /* command that records the program anew; may be empty */
    struct span process;
};

#define VIEW_SCOPE                                                                                                     \
    "This judges speed, capacity, cost and memory. It does not judge safety, packaging, hiring "                       \
    "or taste."

/* view_make - In: doc an analysis document. Out: *ret, texts in a. Errors: ERR_VALUE.
 * Lists are bounded, so a hostile document cannot make a page larger than a few MB. */
bool view_make(const struct json *doc, struct arena *a, struct view *ret, struct err *err) MUST_CHECK;

/* A cleaned copy of at most max code points; a longer text loses its middle. */
struct span view_clean(struct arena *a, struct span text, size_t max);
/* printf into the arena. */
struct span view_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct view_share view_share_of(const struct json *v);
/* Columns that the text takes on a terminal. */
size_t view_columns(struct span text);

/* What a recording of that clock shows, and what it does not: "what the CPU did", "how long the program waited". */
struct span view_clock_words(struct span clock, bool proves);

enum view_state view_state_of(struct span verdict);
const char *view_state_name(enum view_state s); /* undecided closed open */

/* Parts of view_make, one file each. */
void view_evidence(const struct json *doc, struct view *v);  /* view_evidence.c: files, time, CPU, frames, threads */
void view_judgement(const struct json *doc, struct view *v); /* view_judgement.c: rules, flips, next, answers, inputs */
void view_run(const struct json *doc, struct view *v);       /* view_run.c: what closes it, how representative it is */

#endif
