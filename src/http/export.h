/* export.h - the model of an upload out of the store, for exports and pictures. For job threads. */
#ifndef STET_HTTP_EXPORT_H
#define STET_HTTP_EXPORT_H

#include "base/json.h"
#include "http/request.h"
#include "profile/artefact.h"
#include "report/flame_data.h"

/* Secrets in names of processes and threads, which often are command lines, are masked in it.
 * The artefact with stacks of these uploads that shows most: CPU samples before others, more samples before fewer.
 * Errors: ERR_NOT_FOUND when none holds stacks. Owns: *ret, artefact_free. */
bool export_load(struct request *rq, struct sql *db, const struct span *ids, size_t n, struct artefact **ret,
                 struct err *err) MUST_CHECK;
/* The clock by which the stacks are told apart: the file's own, or the one that the analysis inferred (doc may be NULL). */
enum clock_kind export_clock(const struct artefact *a, const struct json *doc);
/* One artefact of an upload with what else of it holds stacks; masked as by export_load, but with any column of weight. */
struct export_stacks {
    struct artefact *a;
    struct flame_data_choice *choices; /* index counts all artefacts of the upload, from 0 */
    uint32_t choice_count, choice;
};
/* wanted: index of the artefact, UINT32_MAX = the one that shows most.
 * Errors: ERR_NOT_FOUND when that one, or none, holds stacks. Owns: *ret, export_stacks_release. Names: in rq's arena. */
bool export_stacks_load(struct request *rq, struct sql *db, struct span id, uint32_t wanted, struct export_stacks *ret,
                        struct err *err) MUST_CHECK;
void export_stacks_release(struct export_stacks *s);
/* Categories of an artefact's rows, by a clock of one column, as the analysis told them apart: with the corrections that it
 * lists (doc may be NULL). Owns: the caller, classification_free. */
struct classification *export_classify(const struct artefact *a, enum clock_kind clock, const struct json *doc);
/* The clock of one column, by what the analysis inferred for the default one. */
enum clock_kind export_column_clock(const struct artefact *a, const struct json *doc, uint32_t column);
/* Flame graph of a column of an artefact with stacks, as the analysis classified it (doc may be NULL). */
bool export_flame(const struct artefact *a, uint32_t column, const struct json *doc, bool standalone, struct sb *out,
                  struct err *err) MUST_CHECK;
/* ?column=N and ?artefact=N, a whole number from 0; UINT32_MAX when absent. Errors: ERR_BAD_REQUEST. */
bool export_index(const struct request *rq, const char *name, uint32_t *ret, struct err *err) MUST_CHECK;
/* The column asked for, or that which is shown otherwise (UINT32_MAX). Errors: ERR_BAD_REQUEST: there is none such. */
bool export_column(const struct profile *p, uint32_t asked, uint32_t *ret, struct err *err) MUST_CHECK;

#endif
