/* compare_page.h - `/compare`: two runs side by side, or the form that asks which. */
#ifndef STET_REPORT_COMPARE_PAGE_H
#define STET_REPORT_COMPARE_PAGE_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

/* report_compare_page
 * In:   doc  schema stet/compare/1, or NULL: the form, and why there is no comparison where there is none
 *       in   { "base": str|null, "head": str|null,    as asked for
 *              "project": str|null, "project_url": str|null,
 *              "problem": { "detail" }|null,          why nothing was compared
 *              "choices": [{ "value", "text", "group": project }],
 *              "swap_url", "json_url", "markdown_url": str|null,
 *              "flame": as report/flame_page.h, of both laid over each other, or null
 *              "flame_apart": bool,                   both have stacks, on no common scale
 *              "base_flame_url", "head_flame_url", "version" } */
bool report_compare_page(const struct json *doc, const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

#endif
