/* text_page.h - lines of a terminal: cells, bars and wrapping by columns. Text given here comes from a view, so it holds
 * no control characters; in ASCII mode what lies beyond becomes `?`. */
#ifndef STET_REPORT_TEXT_PAGE_H
#define STET_REPORT_TEXT_PAGE_H

#include "base/sb.h"

struct page {
    struct sb *out; /* borrowed */
    int width;
    bool colour, ascii;
};

void page_add(struct page *p, const char *own); /* the program's own words */
void page_printf(struct page *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
void page_clean(struct page *p, struct span text);
void page_indent(struct page *p, size_t columns);
/* Ten columns: "TIME      ". A longer label takes two blanks behind it. */
void page_label(struct page *p, const char *label);
/* Exactly so many columns: filled with blanks or cut. */
void page_cell(struct page *p, struct span text, size_t columns);
void page_right(struct page *p, struct span text, size_t columns);
/* What is left of the line after `used` columns, cut to fit. */
void page_cut(struct page *p, struct span text, size_t used);
/* Words to the end of the line and on following lines, which begin at column `indent`; ends the line. The text begins
 * at column `indent` too. A word that is longer than a line is broken. */
void page_wrap(struct page *p, size_t indent, struct span text);
void page_bar(struct page *p, double share, size_t columns, const char *colour);
/* SGR parameters, NULL = back to normal. Nothing without colour. */
void page_paint(struct page *p, const char *sgr);

#endif
