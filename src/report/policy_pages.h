/* policy_pages.h - the page of a project's policies, as pages.h for the others. */
#ifndef STET_REPORT_POLICY_PAGES_H
#define STET_REPORT_POLICY_PAGES_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

/* report_page_policies - `/projects/{p}/policies`.
 * { "project", "project_url", "version_no": N (0: none was ever set), "newest_no": N, "newest_url", "by", "at",
 *   "protected": bool, "document_text": the document as it stands, "broken": str|null
 *   "packs":      [{ "name", "title", "about", "version", "rules": N, "chosen": bool, "always": bool }],
 *   "thresholds": [{ "name", "words", "value": x, "default": x, "set": bool }],
 *   "rules":      [{ "id", "when", "effect", "basis", "reason" }],
 *   "rules_text": the same as the text of a pack,
 *   "exemptions": [{ "rule", "owner", "reason", "until", "state" }], "watch": as in the document,
 *   "versions":   [{ "version_no", "url", "api_url", "by", "at", "origin" }],
 *   "save_url", "trial_url", "facts_url", "may_write": bool, "may_try": bool, "version" } */
bool report_page_policies(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

#endif
