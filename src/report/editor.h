/* editor.h - the form of a proposal: its fields (editor_fields.def), their text, and the pages that show it.
 *
 * A quantity is one line of text, so that the form works without scripts and says what it holds:
 *   2            a number; k and M behind it are thousand and million, % is a hundredth
 *   18..24       anything between, each as likely            {"lo":18,"hi":24}
 *   18..21..24   lowest, most likely, highest                {"lo":18,"mode":21,"hi":24}
 *   p10 18 p90 24  one in ten lies below 18, one in ten above 24   {"p10":18,"p90":24}
 * An empty field is not known: its member is absent. */
#ifndef STET_REPORT_EDITOR_H
#define STET_REPORT_EDITOR_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

enum editor_group_kind { EDITOR_OPEN, EDITOR_FOLDED, EDITOR_LIST, EDITOR_FACTS, EDITOR_TEXTS };
enum editor_type {
    EDITOR_TEXT,
    EDITOR_WORD,
    EDITOR_QUANTITY,
    EDITOR_NUMBER, /* a quantity that is one number */
    EDITOR_GLOBS,  /* a list of texts, one a line */
    EDITOR_FACT    /* name of a fact */
};
enum editor_scale { EDITOR_LIN, EDITOR_LOG };

struct editor_group {
    const char *id;
    enum editor_group_kind kind;
    const char *title, *hint;
};
struct editor_field {
    const char *group, *path;
    enum editor_type type;
    const char *label, *unit, *hint, *empty;
    double lo, hi;
    enum editor_scale scale;
    const char *words;
};
extern const struct editor_group editor_groups[];
extern const size_t editor_group_count;
extern const struct editor_field editor_fields[];
extern const size_t editor_field_count;

/* What a field shows for a member of the document; nothing where it is absent or of another shape. */
void editor_text(enum editor_type type, const struct json *value, struct sb *out);
/* The member that a field's text means, as JSON; nothing when it is empty.
 * Errors: ERR_VALUE saying what was found and what is wanted. */
bool editor_json(enum editor_type type, struct span text, struct sb *out, struct err *err) MUST_CHECK;
/* "components[2].match" -> "components.2.match". */
void editor_path(struct span field, struct sb *out);

/* report_page_proposal_edit - `/projects/{p}/proposals/new` and `/proposals/{id}/edit`.
 * { "project", "project_url", "title": str, "id": str|null (of the proposal), "version_no": N|null, "url": str|null,
 *   "document": {...}, "document_text": the same as it stands,
 *   "values": {path: text}|null      of a form that could not be taken: shown instead of the document's
 *   "errors": [{"field","text"}]|null,
 *   "action": where the form posts, "save_url", "preview_url", "claims_url", "facts_url",
 *   "runs": [{"run","verdict"}], "run": str|null,
 *   "may_write": bool, "version" } */
bool report_page_proposal_edit(const struct json *in, struct sb *out, struct err *err) MUST_CHECK;

/* report_preview - what a decision document means, in the words and pictures of its page, into an open object:
 * "words": {"state","headline","gate","sentence","sure","whole","part","scope","money":[{"key","value"}],
 *           "missing":[str],"defaults":[str],"changes":[str],"speed":[{"name","ceiling","expected","claimed"}]},
 * "pictures": {"npv","tornado","payback"} as SVG or null. Errors: ERR_VALUE. */
struct jsonw;
bool report_preview(const struct json *doc, struct jsonw *w, struct err *err) MUST_CHECK;

#endif
