/* decision.h - a decision document (schema stet/decision/1, advise/decide.h) for people: terminal, Markdown, HTML.
 *
 * 1. The document, and beside it what happened since (meta), are the only inputs: no store, no clock, no profile. The
 *    pictures are drawn from the member `roi`, so that an old record looks as it did.
 * 2. The same inputs give the same bytes.
 * 3. A member that is absent or null is unknown: its line says "not given" or is left out; no number is made up.
 * 4. Words from proposals are cut to a bounded length, cleaned and escaped.
 *
 * Read of `roi` besides what the contract names, each may be absent:
 *   "histogram"     {"lo","hi","counts":[n...]}   NPV of all draws, equal bins
 *   "payback_curve" [p...]                        chance to be paid back after i/(n-1) of the horizon, from delivery
 *   "by_kind"       {"time","compute","memory","density","latency","incidents","other"}  USD a year, null = not priced
 *   "missing" [inputs], "default_values" {name: value}, "pf_mean", "pf_that_opens", "horizon_years", "discount_rate",
 *   "ops_per_year", "annual_cost_extra"; "point"."never_below_ops_year"
 *
 * meta, what a service knows beside the frozen document (NULL on the command line; every member may be absent):
 *   { "id", "number": N, "project", "project_url", "proposal", "proposal_url", "version": N,
 *     "status": "proposed|accepted|rejected|superseded|deprecated", "decided_at": time, "decided_by": str,
 *     "superseded_by_url", "newest_url",
 *     "run", "run_url": the evidence, "gate": now, when a waiver opens it, "state": "reopened" without a reason in
 *     the list below,
 *     "reopened": [{"text","at"}], "stale": [text], "changes": [text],
 *     "objections": [{"text","by","at","state":"open|answered","answer","url"}],
 *     "waivers":    [{"rule","owner","reason","until","state":"asked|granted|expired|ended"}],   also in the document
 *     "watch":      [as in the document]                       the state now; wins over the document's
 *     "audit":      [as in the document],
 *     "chain":      {"sequence": N, "hash", "previous"}, "verify": command, "verified": bool|null,
 *     "links": {"json","markdown","html","verify"}, "flame_url", "edit_url", "decide_url", "policies_url",
 *     "say": { "base": path that the forms post below, "name": who the token speaks for|null, "status",
 *              "may": {"upload","write","admin"}, "runs": [names], "objections", "waivers" (with "id"), "votes":
 *              [{"vote","by","text"}] } }           absent: no forms
 *
 * `audit` (document or meta): [{"at","run","url","scope","predicted":{lo,est,hi},"real": x or {lo,est,hi},"unit","text"}],
 * the gain foreseen against the gain measured afterwards. */
#ifndef STET_REPORT_DECISION_H
#define STET_REPORT_DECISION_H

#include "report/report.h"

/* report_decision_text - for a terminal. The first line ends with the verdict's name in brackets.
 * In:     doc a decision document
 * Out:    lines as report_text
 * Errors: ERR_VALUE when doc is not a decision document or names no verdict */
bool report_decision_text(const struct json *doc, const struct report_text_options *opt, struct sb *out,
                          struct err *err) MUST_CHECK;

/* report_decision_summary - the summary and the gate line, two lines (for standard error beside -o). Errors: as above */
bool report_decision_summary(const struct json *doc, struct sb *out, struct err *err) MUST_CHECK;

/* report_decision_markdown - the record in the form that MADR 4 describes, with front matter. meta may be NULL.
 * Errors: as above */
bool report_decision_markdown(const struct json *doc, const struct json *meta, struct sb *out,
                              struct err *err) MUST_CHECK;

/* report_decision_html - the body of the page, without head and foot; svg the flame graph, or empty.
 * Errors: as above; ERR_VALUE when a template is broken */
bool report_decision_html(const struct json *doc, const struct json *meta, struct span svg, struct sb *out,
                          struct err *err) MUST_CHECK;

/* report_decision_standalone - one file that works offline: style inside, no script, no request. Errors: as above */
bool report_decision_standalone(const struct json *doc, const struct json *meta, struct span svg, struct sb *out,
                                struct err *err) MUST_CHECK;

/* report_decision_gate_words - "closed, shown otherwise (ROI-02)"; "closed for the whole, open for the part". */
bool report_decision_gate_words(const struct json *doc, struct sb *out, struct err *err) MUST_CHECK;

#endif
