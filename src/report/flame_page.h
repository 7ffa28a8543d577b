/* flame_page.h - where flame graphs of the browser stand in pages, and the page that is one. Input shapes:
 *
 * flame  { "project", "run", "may_write": bool,
 *          "graphs":   [{ "id", "name", "clock": "cpu|wall|off|unknown", "url", "picture_url", "page_url" }],  one, or two beside
 *          "profiles": [the same of every upload of the run that has stacks] }
 *        url is the data of report/flame_data.h, picture_url an SVG for readers without scripts, or absent. */
#ifndef STET_REPORT_FLAME_PAGE_H
#define STET_REPORT_FLAME_PAGE_H

#include "report/page_make.h"

/* flame.tpl where {{>FLAME_GRAPH}} stands below parent, with its script and style; false when there is nothing to mount.
 * full: as high as the window. */
bool page_flame(struct making *m, struct tmpl *parent, const struct json *flame, bool full);

/* report_page_flame - `/profiles/{id}/flame`: a flame graph as high as the window.
 * In:   doc  the analysis of its run, or NULL
 *       in { "project", "project_url", "run", "run_url", "name", "report_url", "flame",
 *            "measured": { "clock": "" = not looked at, "event": str|null, "unit": str|null }, of the first graph
 *            "columns":   [{ "event", "unit", "clock", "url", "chosen": bool }],
 *            "downloads": [{ "text", "url", "file": bool }], "speedscope_url",
 *            "beside": [{ "name", "clock", "url" }], "alone_url": str|null } */
bool report_page_flame(const struct json *doc, const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

#endif
