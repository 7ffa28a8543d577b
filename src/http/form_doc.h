/* form_doc.h - the form of a proposal as its document: what the form does not know stays as it is written. */
#ifndef STET_HTTP_FORM_DOC_H
#define STET_HTTP_FORM_DOC_H

#include "base/sb.h"
#include "http/request.h"
#include "roi/proposal.h"

/* One member to be set: "cost.months", "components.0.name"; json "" takes it away. */
struct form_edit {
    struct span path, json;
};
struct form_edits {
    struct form_edit *items; /* free */
    size_t count, cap;
};

/* Writes text with the edits applied; members in the order in which they stand, new ones behind them, an item of a list
 * that lost all its members is gone. In: text an object that json_parse took; paths of at most 8 steps. */
void form_doc_merge(struct span text, const struct form_edits *edits, struct sb *out);

/* form_doc_read - the document that a posted form means: the member `document` under the fields that differ from it, or
 * that member alone where `source` is "document".
 * Out:    out the document. *errors: fields whose text cannot be read, by their path
 * Errors: ERR_VALUE with errors, ERR_BAD_REQUEST for a `document` that is no JSON object */
bool form_doc_read(struct arena *arena, const struct pairs *form, struct sb *out, struct field_errors *errors,
                   struct err *err) MUST_CHECK;

#endif
