/* The stored model in other formats. */
#include "http/export.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "profile/folded.h"
#include "profile/pprof_export.h"
#include "profile/speedscope_export.h"

enum export_kind { FOLDED, SPEEDSCOPE, PPROF, FLAMEGRAPH };

enum { DOC_DEPTH_MAX = 64 };

struct wanted {
    struct span id;
    enum export_kind what;
    uint32_t column, artefact; /* UINT32_MAX = not said */
};

static bool add_piece(void *user, struct span text, struct err *err)
{
    struct sb *body = user;
    sb_add(body, text);
    return !body->overflow || err_set(err, ERR_LIMIT, "the export is larger than %zu bytes", body->cap);
}

/* Coloured as the report colours it, where there is an analysis. */
static bool flame_render(struct request *rq, struct sql *db, const struct wanted *want, struct sb *body,
                         struct err *err)
{
    struct store_analysis analysis;
    struct export_stacks stacks = { 0 };
    struct json *doc = NULL;
    struct err none = ERR_INIT;
    uint32_t column = 0;
    if (!export_stacks_load(rq, db, want->id, want->artefact, &stacks, err))
        return false;
    if (store_analysis_of(db, &rq->arena, want->id, 0, &analysis, &none) &&
        !json_parse(analysis.doc, DOC_DEPTH_MAX, &doc, &none))
        doc = NULL;
    bool ok = export_column(stacks.a->profile, want->column, &column, err) &&
              export_flame(stacks.a, column, doc, true, body, err);
    json_free(doc);
    export_stacks_release(&stacks);
    return ok;
}

/* What is written is what the page of the flame graph shows: the same artefact and, where the format has one, column. */
static bool export_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct wanted *want = user;
    struct export_stacks stacks = { 0 };
    uint32_t column = 0;
    if (want->what == FLAMEGRAPH)
        return flame_render(rq, db, want, body, err);
    if (!export_stacks_load(rq, db, want->id, want->artefact, &stacks, err))
        return false;
    const struct artefact *a = stacks.a;
    bool ok = export_column(a->profile, want->column, &column, err);
    if (ok && want->what == FOLDED) {
        struct folded_options opt = FOLDED_DEFAULT;
        opt.column = column;
        ok = folded_write(a->profile, &opt, add_piece, body, err);
    } else if (ok && want->what == SPEEDSCOPE) {
        ok = speedscope_write(a->profile, &(struct speedscope_options){ .column = column, .title = a->name }, add_piece,
                              body, err);
    } else if (ok) {
        ok = pprof_write(a, &(struct pprof_options){ .column = column }, add_piece, body, err);
    }
    export_stacks_release(&stacks);
    return ok;
}

static bool export_reply(struct request *rq, struct reply *rp, enum export_kind what, const char *type, struct err *err)
{
    struct store_profile p;
    struct span id = request_param(rq, "id");
    if (!store_profile_get(rq->db, &rq->arena, id, &p, err))
        return false;
    if (!access_sees(rq, p.project))
        return err_set(err, ERR_NOT_FOUND, "there is no profile '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    struct wanted want = { .id = p.id, .what = what, .column = UINT32_MAX, .artefact = UINT32_MAX };
    if (!export_index(rq, "column", &want.column, err) || !export_index(rq, "artefact", &want.artefact, err))
        return false;
    return page_reply(rq, rp, type, "export", export_render, &want, err);
}

bool h_folded(struct request *rq, struct reply *rp, struct err *err)
{
    return export_reply(rq, rp, FOLDED, "text/plain; charset=utf-8", err);
}

bool h_speedscope(struct request *rq, struct reply *rp, struct err *err)
{
    return export_reply(rq, rp, SPEEDSCOPE, "application/json", err);
}

bool h_pprof(struct request *rq, struct reply *rp, struct err *err)
{
    return export_reply(rq, rp, PPROF, "application/octet-stream", err);
}

bool h_flamegraph(struct request *rq, struct reply *rp, struct err *err)
{
    return export_reply(rq, rp, FLAMEGRAPH, "image/svg+xml", err);
}
