/* page_project.h - the side parts of a project's page (page_project_side.c); for the page's own files. */
#ifndef STET_REPORT_PAGE_PROJECT_H
#define STET_REPORT_PAGE_PROJECT_H

#include "report/page_make.h"

/* Each fills its section below parent from the members of report_page_project's input, or leaves it out. newest: the
 * newest run's analysis, NULL when there is none. */
void project_components(struct making *m, struct tmpl *parent, const struct json *in, const struct view *newest);
void project_watch(struct making *m, struct tmpl *parent, const struct json *in);
void project_rules_shown(struct making *m, struct tmpl *parent, const struct json *in, const struct view *newest);
void project_corrections(struct making *m, struct tmpl *parent, const struct json *in);
void project_told(struct making *m, struct tmpl *parent, const struct json *in);
void project_upload(struct making *m, struct tmpl *parent, const struct json *in);

#endif
