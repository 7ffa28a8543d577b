/* decision_pages.h - pages of proposals and decisions, as pages.h for the others: in JSON objects made by the service,
 * out whole HTML documents that work under REPORT_PAGE_CSP and without JavaScript. Absent members leave their part out;
 * addresses are paths of this service; "version" is shown at the foot. */
#ifndef STET_REPORT_DECISION_PAGES_H
#define STET_REPORT_DECISION_PAGES_H

#include "report/decision.h"

/* report_page_decision - `/decisions/{id}`.
 * In:     doc, meta, svg as report_decision_html; product: version shown at the foot, may be NULL
 * Errors: as report_decision_html */
bool report_page_decision(const struct json *doc, const struct json *meta, const char *product, struct span svg,
                          struct sb *out, struct err *err) MUST_CHECK;

/* report_page_proposals - `/projects/{p}/proposals`.
 * { "project", "project_url", "version",
 *   "proposals": [{ "title", "url", "kind", "goal", "status": "open|settled|withdrawn", "changed": time,
 *                   "decision": { "url", "verdict", "headline", "gate", "summary", "status", "stale": bool }|null }],
 *   "waivers": { "active": N, "requested": N, "expired": N }|null, "more_url", "post_url", "new_url": the form } */
bool report_page_proposals(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

/* report_page_proposal - `/proposals/{id}`.
 * { "project", "project_url", "status", "version_no": N, "newest_no": N, "newest_url", "by", "at": time, "version",
 *   "edit_url", "decide_url": left out for who may not write,
 *   "proposal": the document,
 *   "decisions": [{ "url", "at", "verdict", "headline", "gate", "summary", "status", "stale", "version_no": N }],
 *   "versions":  [{ "version_no": N, "url", "at", "by", "sha256" }] } */
bool report_page_proposal(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

#endif
