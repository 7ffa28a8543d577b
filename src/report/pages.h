/* pages.h - the pages of the service. In: JSON objects whose shape stands here, built by the service from its store;
 * out: a whole HTML document. No script or style inside: every page works under
 *
 *   default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';
 *   form-action 'self'; base-uri 'none'; frame-ancestors 'none'
 *
 * (REPORT_PAGE_CSP). Members that are absent or null leave their part of the page out. Addresses are paths of this
 * service, already percent-encoded ("/projects/a/runs/b"); times are RFC 3339; `age_days` is counted by the service,
 * since a page never reads the clock. Static files: report_static. */
#ifndef STET_REPORT_PAGES_H
#define STET_REPORT_PAGES_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

#define REPORT_PAGE_CSP                                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src "                      \
    "'self'; "                                                                                                         \
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/* A file of /static/. bytes live as long as the program; etag is quoted, from the content. */
struct report_asset {
    const char *type; /* Content-Type */
    struct span bytes;
    char etag[24];
};

/* report_static - by the path below /static/: "app.css", "ui/upload.js". False when there is none of that name. */
bool report_static(const char *name, struct report_asset *ret);
/* A file of the static speedscope app, by its bare name; none in a build without npm. It is sent with REPORT_APP_CSP: the
 * app writes styles and compiles its reader of JFR, and loads nothing from anywhere else. */
bool report_speedscope(const char *name, struct report_asset *ret);
#define REPORT_APP_CSP                                                                                                 \
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' "      \
    "data:; "                                                                                                          \
    "font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

/* Every page input may hold "version" (shown at the foot), "search" (the words searched for) and
 * "notice" (one sentence shown on top, for instance after a form was taken in), "generation" (of the service when the
 * page was made: from there on a browser follows the changes). */

/* report_page_home - `/`.
 * { "projects": [{ "name", "url", "question": str|null, "verdict", "headline": str|null, "gate", "asked": bool,
 *                  "cpu_share": {lo,est,hi}|null, "age_days": N|null, "runs": N, "updated": time,
 *                  "trend": [{lo,est,hi}|null] }],         newest runs of one branch and scenario, oldest first
 *   "attention": [{ "kind": "fired|reopened|stale|objection|failed|old|gate|waiver", "project", "project_url", "text",
 *                   "url": str|null, "at": time }],
 *   "examples": [{ "title", "url", "text", "verdict", "gate" }],       shown to whoever comes for the first time
 *   "state": "open|closed|undecided|attention"|null         with "search": what the list was filtered by
 *   "further": bool             not the first page of the list
 *   "quick_action": str|null    GET form of four numbers: wall_s, cpu_s, ops, op_s
 *   "upload_action": str        where the drop zone posts (multipart, field `file`, field `project`)
 *   "more_url": str|null, "base_url": str|null } */
bool report_page_home(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

/* report_page_project - `/projects/{p}`.
 * { "project", "question": str|null,
 *   "answer": { "verdict", "headline", "gate", "asked", "decided", "summary", "updated", "age_days", "url" }|null,
 *   "attention": as above, "newest": the newest run's analysis|null, "newest_url",
 *   "trend": { "api": address of the same as JSON, "branch", "scenario",
 *              "choices": [{ "branch", "scenario", "runs": N, "url" }],
 *              "points": [{ "run", "url", "commit", "created": time, "verdict", "headline", "gate", "cpu_share",
 *                           "time": { "wall_s", "wait": [{ "category", "words", "share" }], "idle": [...], "queue",
 *                                     "throttled", "unknown" }|null }] }     oldest first
 *   "watch": [{ "title", "state": "clear|fired|unknown", "fact", "now", "line", "since", "date", "url" }],
 *   "facts": [{ "name", "value", "lo", "hi", "scope", "by", "source", "time" }],
 *   "policy": { "version_no", "by", "given": time }|null, "policies_url", "overrides_count": N,
 *   "overrides": [{ "kind", "pattern", "category", "reason", "by", "created": time, "url": where DELETE revokes it }],
 *   "new_proposal_url", "functions_url", "compare_action", "base_url", "token_needed": bool,
 *   "runs": [{ "run", "url", "verdict", "headline", "gate", "asked", "cpu_share", "summary", "updated", "age_days",
 *              "commit", "branch", "scenario", "files": N, "revision": N,
 *              "compare": what names it to the compare page, "" none }],          newest first
 *   "profiles": [{ "id", "url", "name", "format", "run", "run_url", "bytes", "created",
 *                  "status", "error" }],
 *   "proposals": as report/decision_pages.h, "proposals_url",          left out when there are none
 *   "waivers": { "active", "requested", "expired" }|null,
 *   "upload_url", "more_url": str|null } */
bool report_page_project(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

/* report_page_report - `/projects/{p}/runs/{run}` and `/profiles/{id}`: the report of an evidence set.
 * In:   doc  the analysis document
 *       meta { "project", "project_url", "run", "run_url", "profile": id|null, "name": str|null,
 *              "revision": N, "revisions": N, "newest_url": str|null, "newest_changed": bool|null,
 *              "revision_list": [{ "revision", "url", "created", "gate", "summary" }],   newest first
 *              "commit", "branch", "scenario", "labels": {k: v},  "created": time, "age_days": N|null,
 *              "status": "queued|running|done|failed", "error": str|null,
 *              "read_only": bool               a share link: no form is shown
 *              "upload_action": str|null       multipart, field `file`, adds evidence to this run
 *              "facts_action": str|null        form-urlencoded fields `fact.NAME=VALUE`, empty ones to be ignored
 *              "share_action": str|null        POST makes a share link
 *              "share": { "url", "expires" }|null,
 *              "links": { "json", "markdown", "html" },   of this revision
 *              "flame": as report/flame_page.h,
 *              "files": [{ "id", "name", "url", "raw_url"|null, "folded_url", "speedscope_url", "pprof_url",
 *                          "flamegraph_url" (a picture), "flame_url" (a page) }] }
 *       svg  flame graph by report_flame_svg where there is no "flame", or empty; put in as it is
 * doc NULL with status queued, running or failed gives the page that says so. */
bool report_page_report(const struct json *doc, const struct json *meta, struct span svg, struct sb *out,
                        struct err *err) MUST_CHECK;

/* report_page_upload - `/upload`.
 * { "upload_action", "project": str|null, "run": str|null, "projects": [name], "limit_bytes": N, "base_url": str|null,
 *   "formats": [{ "name", "title", "proves", "cannot" }] } */
bool report_page_upload(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

/* report_page_error - any failure, as a page. title "" = the status' own words. */
bool report_page_error(int status, struct span title, struct span detail, struct span request_id, struct sb *out,
                       struct err *err) MUST_CHECK;

#endif
