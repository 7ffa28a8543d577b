/* The project's own document as it comes with an upload. An upload's right suffices to choose packs, thresholds and the goal
 * as long as nobody who may write has set a document; own rules, exemptions and watched conditions need that right. What may
 * not be set is left, with the reason in the answer: a pipeline must not break because a lead has decided. */
#include <stdlib.h>

#include "base/sha256.h"
#include "http/json.h"
#include "http/service.h"
#include "http/upload.h"
#include "http/watch.h"

static struct span config_text_of(const struct upload *u)
{
    struct span text = pairs_get(u->query, "config");
    if (!text.ptr || text.len == 0)
        text = pairs_get(&u->fields, "config");
    return text.ptr ? text : SPAN("");
}

static bool newest(struct request *rq, struct span project, struct store_policy *ret, bool *ret_any, struct err *err)
{
    struct err none = ERR_INIT;
    *ret_any = store_policy_get(rq->db, &rq->arena, project, 0, ret, &none);
    if (*ret_any || none.code == ERR_NOT_FOUND)
        return true;
    *err = none;
    return false;
}

bool upload_config(struct request *rq, struct upload *u, struct field_errors *errors, struct err *err)
{
    struct upload_config *c = &u->config;
    struct store_policy held;
    bool any = false;
    *c = (struct upload_config){ .text = config_text_of(u), .reason = NULL };
    if (c->text.len == 0)
        return true;
    if (!newest(rq, u->profile.project, &held, &any, err))
        return false;
    sha256_hex(c->text, c->sha256);
    c->version = any ? held.version : 0;
    if (any && span_is(held.sha256, c->sha256))
        return true;
    struct project_rules rules;
    struct field_errors notes = { 0 };
    bool ok = project_rules_check(rq, c->text, &rules, errors, &notes, err) || err_wrap(err, "config");
    c->may_write = (rq->who.scopes & SCOPE_WRITE) != 0;
    c->by = rq->who.name;
    if (ok && !c->may_write && any && held.is_protected)
        c->reason = "the version that holds was set by somebody who may write; this token may only upload";
    else if (ok && !c->may_write && !project_rules_plain(&rules))
        c->reason = "own rules, exemptions, watched conditions and corrections need a token that may write";
    else
        c->wanted = ok;
    project_rules_release(&rules);
    free(notes.items);
    return ok;
}

bool upload_config_store(struct service *s, struct upload *u, int64_t now_us, struct err *err)
{
    struct upload_config *c = &u->config;
    if (!c->wanted)
        return true;
    struct err refused = ERR_INIT;
    struct store_policy row = { .project = u->profile.project,
                                .sha256 = span_of(c->sha256),
                                .doc = c->text,
                                .origin = SPAN("upload"),
                                .is_protected = c->may_write,
                                .by = c->by,
                                .given_us = now_us };
    if (store_policy_put(s->store, &row, c->may_write, &c->version, &c->stored, &refused))
        return true;
    if (refused.code != ERR_FORBIDDEN) {
        *err = refused;
        return false;
    }
    /* Set by somebody else in this very moment. */
    c->reason = "the version that holds was set by somebody who may write; this token may only upload";
    return true;
}

void upload_config_write(const struct upload *u, struct jsonw *w)
{
    const struct upload_config *c = &u->config;
    if (c->text.len == 0)
        return;
    jsonw_obj(w, "config");
    jsonw_int(w, "version", c->version);
    jsonw_bool(w, "stored", c->stored);
    jsonw_strz(w, "reason", c->reason);
    jsonw_end_obj(w);
}
