/* page_rows.h - cells that the lists of home and project share: answer, gate, share, age, trend; for the pages' own files. */
#ifndef STET_REPORT_PAGE_ROWS_H
#define STET_REPORT_PAGE_ROWS_H

#include "report/page_make.h"
#include "report/trend_draw.h"

enum { TREND_POINTS_MAX = 500 };

/* Answer and gate of a row with verdict, headline, gate, asked, decided. */
enum view_state page_row_state(const struct json *row);
struct span page_row_gate(const struct json *row);
/* "today", "2 days"; "" when not known. */
struct span page_age(struct making *m, const struct json *row);
/* The pill: HEADLINE and STATE; gate: GATE; bar: KNOWN or UNKNOWN, SHARE. */
void page_row_answer(struct making *m, struct tmpl *t, const struct json *row);
void page_share_bar(struct making *m, struct tmpl *t, const struct json *share);
/* {{#AGE}}: DATETIME, TEXT, of the members updated and age_days. */
void page_row_age(struct making *m, struct tmpl *t, const struct json *row);
/* {{#section}}: DATETIME and TEXT of a time; nothing when it is not given. */
void page_moment(struct making *m, struct tmpl *t, const char *section, const struct json *row, const char *key);
/* {{#SPARK}} of a list of shares or nulls, oldest first: BAND, LINE, GAPS, WORDS; nothing for less than two. */
void page_spark(struct making *m, struct tmpl *t, const struct json *points);
/* Rows of attention: [{ "kind", "text", "url", "project", "at" }]. of_many: of more projects than one, which are named. */
void page_attention(struct making *m, struct tmpl *parent, const struct json *list, bool of_many);
/* A path section: {{#section}}{{D}}{{/section}}, left out when the path is empty; sb is released. */
void page_path_section(struct tmpl *t, const char *section, struct sb *path);

/* page_project_trend.c: {{>TREND}} of report/pages.h's "trend"; newest: the analysis behind the lines, or NULL. */
void page_trend(struct making *m, struct tmpl *parent, const struct json *trend, const struct view *newest);

#endif
