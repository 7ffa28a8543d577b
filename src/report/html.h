/* html.h - the view as dictionaries of web/templates; for the report's own files. */
#ifndef STET_REPORT_HTML_H
#define STET_REPORT_HTML_H

#include "base/json.h"
#include "report/tmpl.h"
#include "report/view.h"

/* Fills report_body.tpl. meta may be NULL (a report without a service: no forms). All that take with_flame give back the
 * part with the evidence, for what a page adds there. */
struct tmpl *html_body(struct tmpl *body, struct view *v, const struct json *meta, bool with_flame);
/* html_body's two halves: the sheet, and what stands below the fold. */
void html_sheet(struct tmpl *body, struct view *v);
struct tmpl *html_below(struct tmpl *body, struct view *v, const struct json *meta, bool with_flame);
/* Parts that other reports show as well, where {{>SHOWN}}, {{>STEPS}}, {{>EVIDENCE}} and {{>PROOF}} stand: bars and the
 * table of what was asked; next steps; files, frames and threads; rules, inputs, versions and hashes. */
void html_shown(struct tmpl *body, struct view *v);
void html_steps(struct tmpl *body, struct view *v);
struct tmpl *html_evidence(struct tmpl *body, struct view *v, bool with_flame);
/* What would open it, with the forms for more evidence where somebody may add it (html_run.c). */
void html_opens(struct tmpl *body, struct view *v, const struct json *meta);
/* How representative the recording is, whether its parts agree, its revisions; below html_evidence's dictionary. */
void html_run(struct tmpl *evidence, struct view *v, const struct json *meta);
struct tmpl *html_proof(struct tmpl *body, struct view *v, bool fired_only);

/* Puts text in place of the first `marker`; false when it is not there. */
bool html_replace(const struct sb *in, const char *marker, struct span text, struct sb *out);

/* The style sheet inside, for a page that stands alone. */
void html_style(const struct sb *in, struct sb *out);

/* A section that shows one text, left out when the text is empty. */
void html_text(struct tmpl *t, const char *section, struct span text);
void html_setz(struct tmpl *t, const char *name, const char *value);
/* A number with at most two decimals, for SVG coordinates. */
void html_coord(struct tmpl *t, const char *name, double value);
struct span html_percent(struct arena *a, double share);
struct span html_range(struct arena *a, double lo, double hi);
struct span html_seconds(struct arena *a, double s);
struct span html_ceiling(struct arena *a, double x);
struct span html_factor(struct arena *a, double x);
struct span html_number(struct arena *a, double x);

#endif
