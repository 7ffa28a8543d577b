/* flame_meta.h - which uploads of a run have a flame graph and how they are addressed: the member "flame" of the pages'
 * inputs (report/flame_page.h). Read off the analysis, so no profile is opened for it. */
#ifndef STET_HTTP_FLAME_META_H
#define STET_HTTP_FLAME_META_H

#include "base/json.h"
#include "base/jsonw.h"
#include "store/store.h"

/* What the analysis says of the artefact that an upload's flame graph shows. */
struct flame_source {
    const struct json *entry; /* of "artefacts"; borrowed from the document */
    const char *clock;        /* cpu wall off unknown, as inferred */
};
/* files: all uploads of the revision. False when the upload has no stacks, or nothing is known of it. */
bool flame_source_find(const struct json *doc, const struct store_profiles *files, const struct store_profile *p,
                       struct flame_source *ret);
/* Column of the entry's events that is shown where none is asked for; NULL when there is none. */
const struct json *flame_source_column(const struct flame_source *s, uint32_t *ret_index);

struct flame_meta {
    struct span project, run;
    int64_t revision; /* 0 = that of the day */
    bool may_write;
    const struct store_profiles *files;
    const struct json *doc;    /* may be NULL */
    struct span shown[2];      /* ids to mount; "" = the one that says most / none */
    uint32_t column, artefact; /* of the first, UINT32_MAX = not chosen */
};
/* Writes the member; nothing when no upload has stacks. */
void flame_meta_write(struct jsonw *w, const struct flame_meta *in);

#endif
