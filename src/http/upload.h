/* upload.h - one upload request under way: what was sent, what it became. */
#ifndef STET_HTTP_UPLOAD_H
#define STET_HTTP_UPLOAD_H

#include "facts/facts.h"
#include "http/ingest.h"
#include "http/request.h"
#include "http/spool.h"
#include "store/store.h"

struct service;

/* The project's own document, when it comes along. */
struct upload_config {
    struct span text; /* "" none */
    char sha256[65];
    bool wanted, may_write;
    struct span by;
    /* what came of it */
    bool stored;        /* as a new version */
    int64_t version;    /* that holds; 0 none */
    const char *reason; /* why it was left; NULL */
};

struct upload {
    const struct pairs *query; /* parameters; win over form fields of the same name */
    struct pairs fields;
    struct spools files;
    struct store_profile profile; /* project and, maybe, run set by the caller; the rest by upload_accept */
    struct store_pairs labels, facts;
    bool enforce;
    struct upload_config config; /* filled by upload_config */
    /* after upload_accept */
    struct ingest_item *items; /* one a file, in the arena */
    bool duplicate;            /* all of them */
    bool late;                 /* still under way */
    struct store_analysis analysis;
};

/* Checks the parameters, stores the files (answered only after the commit), reads and analyses them.
 * Errors: of the parameters, of the importer (then nothing is kept), ERR_BUSY. */
bool upload_accept(struct service *s, struct upload *u, struct arena *arena, int64_t now_us, int64_t wait_s,
                   struct err *err) MUST_CHECK;
void upload_release(struct upload *u);
/* Reads and checks parameter or field `config`. Errors: ERR_VALUE (errors: one for each field or rule), ERR_BAD_REQUEST. */
struct field_errors;
bool upload_config(struct request *rq, struct upload *u, struct field_errors *errors, struct err *err) MUST_CHECK;
/* Stores it where it may be stored; for upload_accept. */
bool upload_config_store(struct service *s, struct upload *u, int64_t now_us, struct err *err) MUST_CHECK;
/* Member "config" of the answer. */
struct jsonw;
void upload_config_write(const struct upload *u, struct jsonw *w);
/* label.K and fact.K of a query or form, checked; empty facts are left out. labels may be NULL. */
bool upload_pairs(const struct pairs *from, struct store_pairs *labels, struct store_pairs *facts,
                  struct fact_set *check, struct err *err) MUST_CHECK;
/* The Markdown summary of an analysis; gate: the gate's answer alone. For job threads. */
bool markdown_of(const struct request *rq, struct sql *db, const struct store_analysis *a, struct span profile_id, bool gate,
                 struct sb *body, struct err *err) MUST_CHECK;

#endif
