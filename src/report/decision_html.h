/* decision_html.h - the view of a decision as dictionaries of web/templates; for the report's own files. */
#ifndef STET_REPORT_DECISION_HTML_H
#define STET_REPORT_DECISION_HTML_H

#include "report/dview.h"
#include "report/html.h"

/* Fills decision_body.tpl. */
void decision_html_body(struct tmpl *body, const struct json *doc, struct dview *d, bool with_flame);
/* Its second half, what stands below the fold. */
void decision_html_below(struct tmpl *body, const struct json *doc, struct dview *d, bool with_flame);
/* The forms where {{>SAY}} stands, by meta's "say". */
void decision_html_say(struct tmpl *voices, const struct json *doc, const struct dview *d);
/* Figures of the member roi, drawn from its numbers alone; nothing when there is none. */
void decision_html_returns(const struct json *doc, struct sb *out);
/* Puts pictures and the flame graph in place of their markers; false when there was no place for pictures. */
bool decision_html_pictures(const struct json *doc, struct span svg, const struct sb *rendered, struct sb *out);

/* Rows on page one; where there are more, all stand below the fold. */
enum { DECISION_SPEED_MAX = 4, DECISION_OPTIONS_MAX = 3 };
void decision_html_options(struct tmpl *t, const struct dview *d, size_t max);
/* A row of the table of operations. */
void decision_html_operation(struct tmpl *row, const struct dview *d, const struct dview_operation *o);
/* "540 ms (300 ms to 700 ms)" */
struct span decision_html_saved(struct arena *a, const struct view_share *s);

#endif
