/* text_parts.h - parts of a terminal report that the report of an analysis and that of a decision share. Private to
 * report/. Each writes whole lines, or nothing when there is nothing to say. */
#ifndef STET_REPORT_TEXT_PARTS_H
#define STET_REPORT_TEXT_PARTS_H

#include "report/text_page.h"
#include "report/view.h"

/* Headline, verdict in brackets, the sentence, an empty line. */
void text_head(struct page *p, const struct view *v);
void text_files(struct page *p, const struct view *v);
void text_time(struct page *p, const struct view *v);
void text_why(struct page *p, const struct view *v);
void text_list(struct page *p, const struct view *v, const char *label, const struct view_pair *items, size_t count);
void text_next(struct page *p, const struct view *v);

#endif
