/* page_make.h - making one page of the service; for the report's own files. */
#ifndef STET_REPORT_PAGE_MAKE_H
#define STET_REPORT_PAGE_MAKE_H

#include "base/json.h"
#include "report/tmpl.h"
#include "report/view.h"

/* What every page needs while it is made. */
struct making {
    struct arena arena;
    struct tmpl *page, *head, *online, *foot;
};

/* Head and foot; title "" = the product's name alone. */
struct making page_begin(const struct json *in, struct span title);
/* Renders and gives everything back, also on failure. svg: the flame graph, or empty. */
bool page_finish(struct making *m, const char *file, struct span svg, struct sb *out, struct err *err) MUST_CHECK;
/* A module or style of this page beside those of every page, by its path below /static/: "pages/home.js". */
void page_script(struct making *m, const char *file);
void page_style(struct making *m, const char *file);
/* Lists with many columns use the width of a large screen. */
void page_wide(struct making *m);
/* A step of the way from the top; url "" = where one is. */
void page_crumb(struct making *m, struct span text, struct span url);

struct span page_text(struct making *m, const struct json *obj, const char *key, size_t max);
/* "2026-03-01 09:30 UTC" of an RFC 3339 time in UTC; anything else as it is. */
struct span page_time(struct making *m, const struct json *obj, const char *key);
/* Only paths of this service become links: an address with a scheme or a host never does. */
struct span page_path(struct making *m, const struct json *obj, const char *key);
/* The same two for who has an arena alone. */
struct span page_utc(struct arena *a, struct span rfc3339);
struct span page_own_path(struct arena *a, const struct json *obj, const char *key);

/* Rows of {{>TABLE}} below parent: proposals with their newest decision, as report/decision_pages.h. */
void page_proposal_rows(struct making *m, struct tmpl *parent, const struct json *list);
/* Pill and words of the gate of a decision: an object with its verdict and gate. */
enum view_state page_decision_state(const struct json *decision);
struct span page_decision_gate(const struct json *decision);
/* "Waivers: 2 in force, 1 asked for, 0 ended."; nothing when there never was one. */
struct span page_waiver_words(struct making *m, const struct json *waivers);

#endif
