/* functions_page.h - pages of functions over runs. In and out as report/pages.h says. */
#ifndef STET_REPORT_FUNCTIONS_PAGE_H
#define STET_REPORT_FUNCTIONS_PAGE_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

/* report_page_functions - `/projects/{p}/functions?q=`: the document of GET /api/v1/projects/{p}/functions with
 * { "project_url", "functions_url", "offset": N, "page_url": the next page, shown where "next" is not null } */
bool report_page_functions(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

/* report_page_search - `/search?q=`: the document of GET /api/v1/functions, whose "projects" have { "name", "url",
 * "summary": str|null }. */
bool report_page_search(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

#endif
