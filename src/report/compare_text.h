/* compare_text.h - a comparison (schema stet/compare/1) for a terminal and as Markdown. As report.h: the document is the
 * only input, unknown is said, names are cut and cleaned. */
#ifndef STET_REPORT_COMPARE_TEXT_H
#define STET_REPORT_COMPARE_TEXT_H

#include "base/arena.h"
#include "report/report.h"

bool report_compare_text(const struct json *doc, const struct report_text_options *opt, struct sb *out,
                         struct err *err) MUST_CHECK;
bool report_compare_markdown(const struct json *doc, struct sb *out, struct err *err) MUST_CHECK;

/* One row of a comparison: shares of time, seconds, categories and functions alike. */
struct compare_row {
    struct span words, detail;      /* name; module or file, or what kind of seconds */
    struct span base, head, change; /* "98 %", "34 %", "-64 points"; "not known", and "" for the change */
    struct span base_range, head_range, change_range; /* "97..99", "", "-66 to -62" */
    struct span verdict, reason; /* "more than noise", "within noise", "not compared"; why, or "" */
    double b[3], h[3], d[3];     /* lo est hi, NaN unknown */
    bool more, known, seconds;
};

/* The row of a change ("time.cpu_share", a category, "self" of a function) or of seconds; texts in a. */
struct compare_row report_compare_row(struct arena *a, const struct json *change, struct span words, struct span detail,
                                      bool seconds);
/* A category worth a row: it moved, or takes a hundredth. */
bool report_compare_notable(const struct json *change);
/* "-64 points" of a share, "0.9 points" below one. */
void report_points(struct sb *out, double difference);
/* One job at a time on both sides, and no finer share than CPU over wall: the two shares of time are one. */
bool report_compare_alone(const struct json *doc);
/* Whether the rule had a say on either side. */
bool report_rule_counts(const struct json *rule);
/* Where a rule stood before and after: "holds", "does not hold", "not known". */
const char *report_rule_state(const struct json *rule, const char *key);

#endif
