/* overrides_page.h - the page of a project's corrections. In and out as report/pages.h says. */
#ifndef STET_REPORT_OVERRIDES_PAGE_H
#define STET_REPORT_OVERRIDES_PAGE_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

/* report_page_overrides - `/projects/{p}/overrides`.
 * { "project", "project_url", "action": where the form posts, "pattern", "kind", "category": what it is filled with or null,
 *   "categories": [{ "name", "words" }],
 *   "overrides": [{ members of the API, "revoke_action" }], newest first, "more_url": str|null } */
bool report_page_overrides(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

#endif
