/* trend.h - runs of one branch and one scenario over time: the document that page and API share. Different scenarios are
 * never put together; what a run does not know is null, a gap. */
#ifndef STET_HTTP_TREND_H
#define STET_HTTP_TREND_H

#include "base/json.h"
#include "base/jsonw.h"
#include "http/request.h"
#include "store/lists.h"

/* Where the time of an analysis went, as it is kept beside the analysis: {"wall_s","wait":[{"category","words","share"}],
 * "idle":[...],"queue","throttled","unknown"}, shares of wall. */
void trend_of(const struct json *doc, struct sb *out);

/* ?branch= and ?scenario= of the request; where they are absent, those of the newest run. all: from store_series_list */
struct store_series trend_chosen(const struct request *rq, const struct store_serieses *all);

/* Members branch, scenario, choices and points into the open object. choices: each with the address of the page. */
void trend_write(struct jsonw *w, struct span project, const struct store_serieses *all,
                 const struct store_series *chosen, const struct store_points *points);

#endif
