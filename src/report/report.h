/* report.h - an analysis document (schema stet/analysis/1) as text for people.
 *
 * 1. The document is the only input: nothing is read from a store, a profile, the clock or the environment.
 * 2. The same document and options give the same bytes.
 * 3. A member that is absent or null is unknown: its line says so or is left out; no number is made up.
 * 4. Names from files are cut to a bounded length and cleaned: no control or direction characters, escaped markup. */
#ifndef STET_REPORT_REPORT_H
#define STET_REPORT_REPORT_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

struct report_text_options {
    int width;   /* columns; 0 = 100; at least 60 */
    bool colour; /* the caller has looked at the terminal and NO_COLOR */
    bool ascii;  /* the locale is not UTF-8 */
};

/* report_text - the report for a terminal. The first line ends with the verdict's name in brackets.
 * In:     doc an analysis document
 * Out:    whole lines appended to out, none longer than the width but for commands, which are never cut
 * Errors: ERR_VALUE when doc is not an analysis document or names no verdict */
bool report_text(const struct json *doc, const struct report_text_options *opt, struct sb *out,
                 struct err *err) MUST_CHECK;

/* report_summary - `summary` and the gate line, two lines of text (for standard error beside -o).
 * Errors: as report_text */
bool report_summary(const struct json *doc, struct sb *out, struct err *err) MUST_CHECK;

struct report_markdown_options {
    const char *base_url; /* of the page that the link leads to, "" or NULL = no link */
    const char *path;     /* of the report below base_url, NULL = none */
};

/* report_markdown - the summary for a CI job page: verdict, shares, gate, next steps. At most 60 KB.
 * Errors: as report_text */
bool report_markdown(const struct json *doc, const struct report_markdown_options *opt, struct sb *out,
                     struct err *err) MUST_CHECK;

/* report_gate_markdown - the gate answer alone: one heading, reasons, the next command. Errors: as report_text */
bool report_gate_markdown(const struct json *doc, const struct report_markdown_options *opt, struct sb *out,
                          struct err *err) MUST_CHECK;

/* report_html_standalone - one file that works offline: style inside, no script, no request.
 * In:     svg the flame graph made by report_flame_svg, or empty for none (it is put in as it is)
 * Errors: as report_text; ERR_VALUE when a template is broken */
bool report_html_standalone(const struct json *doc, struct span svg, struct sb *out, struct err *err) MUST_CHECK;

/* report_gate_words - "closed, not enough evidence (EV-01)". Errors: as report_text */
bool report_gate_words(const struct json *doc, struct sb *out, struct err *err) MUST_CHECK;

/* report_headline - "Fix the waiting first": the human words of the verdict (experience: the headline follows the
 * main reason). Works on a whole document or on any object with `verdict` and, maybe, `headline`. */
struct span report_headline(const struct json *doc);

#endif
