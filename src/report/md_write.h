/* md_write.h - Markdown as code hosts render it. Names from files go through md_text: markup, pipes and mentions are
 * escaped, so that a function name cannot become a link, a table cell or a tag. Private to report/. */
#ifndef STET_REPORT_MD_WRITE_H
#define STET_REPORT_MD_WRITE_H

#include "base/sb.h"

void md_text(struct sb *out, struct span text);
void md_z(struct sb *out, const char *text); /* the program's own words, as they are */
/* A block of shell in a fence that is longer than any run of ` inside. */
void md_code(struct sb *out, struct span text);

#endif
