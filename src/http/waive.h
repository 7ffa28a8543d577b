/* waive.h - waivers in every answer: how many there are, and whether they open a gate. The moment is that of the request;
 * a stored document never holds one. */
#ifndef STET_HTTP_WAIVE_H
#define STET_HTTP_WAIVE_H

#include "base/json.h"
#include "base/jsonw.h"
#include "store/decisions.h"

struct waive {
    struct store_waivers list; /* released by waive_release */
    int64_t active, expired, requested;
    int64_t now_us;
};

bool waive_load(struct sql *db, struct arena *arena, struct span project, int64_t now_us, struct waive *ret,
                struct err *err) MUST_CHECK;
void waive_release(struct waive *w);
/* {"active","expired","requested"} */
void waive_counts(const struct waive *w, struct jsonw *out);
/* One waiver as an object. */
void waive_write(const struct store_waiver *w, int64_t now_us, struct jsonw *out);
/* Whether active waivers open the closed gate of a document: one for the gate itself, or one for each rule that closes it
 * while another carries the verdict. The gate must have been asked for. */
bool waive_opens(const struct waive *w, const struct json *doc);
/* An analysis as it is shown at that moment: superseded_by as it is now, "waivers" added, gate `waived` where they open one
 * that was asked for. *ret_gate (may be NULL) the gate that is shown. */
bool waive_doc(struct sql *db, struct arena *arena, const struct store_analysis *a, bool asked, int64_t now_us,
               struct span *ret_doc, struct span *ret_gate, struct err *err) MUST_CHECK;

/* The same of any document whose gate was asked for or opened. Owns: the text, in arena. */
struct span waive_shown(struct arena *arena, struct span doc, const struct waive *w, bool asked, bool opened);

#endif
