#include "http/decide.h"

#include <stdlib.h>

#include "base/sha256.h"
#include "base/vec.h"
#include "http/service.h"

enum { TRIES = 3 };

static bool decision_put(struct service *s, struct arena *arena, const struct basis *b,
                         const struct store_decision *made, struct store_decision_put *ret, struct err *err)
{
    struct span keep[BASIS_PACKS_MAX + 1];
    size_t n = 0;
    for (; n < b->pack_count; n++)
        keep[n] = b->packs[n].text;
    if (b->rules)
        keep[n++] = b->rules_text;
    return store_decision_put(s->store, arena, made, &b->evidence, keep, n, ret, err);
}

/* The newest decision of the proposal, when it was made from just these inputs. */
static bool made_before(struct sql *db, struct arena *arena, const struct basis *b, const char *key,
                        struct store_decision *ret)
{
    struct err none = ERR_INIT;
    return store_decision_newest(db, arena, b->proposal_id, ret, &none) && span_is(ret->input_key, key) &&
           !span_is(ret->status, "reopened");
}

static bool decide_new(struct service *s, struct sql *db, struct arena *arena, const struct basis *b,
                       const struct decide_order *o, struct span frozen, const char *key, int64_t now_us,
                       struct store_decision *ret, bool *ret_duplicate, struct err *err)
{
    char id[27];
    struct sb doc = { 0 };
    struct store_decision_put put = { 0 };
    struct decide_verdict *v = xcalloc(1, sizeof *v);
    bool ok = service_id(id, now_us, err) && basis_decide(&s->decider, b, &doc, v, err);
    if (ok) {
        struct store_decision made = { .id = span_of(id),
                                       .project = b->project,
                                       .proposal = b->proposal_id,
                                       .version = b->version,
                                       .run = b->run,
                                       .created_us = now_us,
                                       .by = o->by,
                                       .input_key = span_of(key),
                                       .verdict = span_of(policy_verdict_name(v->v.verdict)),
                                       .gate = span_of(policy_gate_name(v->v.gate)),
                                       .summary = span_of(v->v.summary),
                                       .frozen = frozen,
                                       .doc = sb_span(&doc) };
        ok = decision_put(s, arena, b, &made, &put, err) && store_decision_get(db, arena, put.id, ret, err);
        *ret_duplicate = put.duplicate;
    }
    sb_release(&doc);
    freep(&v);
    return ok;
}

static bool decide_once(struct service *s, struct sql *db, struct arena *arena, const struct decide_order *o,
                        int64_t now_us, struct store_decision *ret, bool *ret_duplicate, struct err *err)
{
    struct store_proposal p;
    struct basis b = { 0 };
    struct sb frozen = { 0 };
    char key[65];
    bool ok = store_proposal_get(db, arena, o->proposal, 0, &p, err);
    if (ok && span_is(p.status, "withdrawn"))
        ok = err_set(err, ERR_CONFLICT, "the proposal was withdrawn");
    ok = ok && basis_gather(&s->decider, db, &p, &o->wish, now_us, &b, err);
    if (ok) {
        basis_freeze(&b, &frozen);
        sha256_hex(sb_span(&frozen), key);
        *ret_duplicate = made_before(db, arena, &b, key, ret);
        ok = *ret_duplicate || decide_new(s, db, arena, &b, o, sb_span(&frozen), key, now_us, ret, ret_duplicate, err);
    }
    sb_release(&frozen);
    basis_release(&b);
    return ok;
}

bool service_decide(struct service *s, struct sql *db, struct arena *arena, const struct decide_order *order,
                    int64_t now_us, struct store_decision *ret, bool *ret_duplicate, struct err *err)
{
    for (int i = 0;; i++) {
        struct err now = ERR_INIT;
        *ret_duplicate = false;
        if (decide_once(s, db, arena, order, now_us, ret, ret_duplicate, &now)) {
            service_told(s, "decision", ret->project, ret->id);
            return true;
        }
        /* An upload or an edit came between reading and writing: what is there now is read again. */
        if (now.code != ERR_CONFLICT || i + 1 == TRIES) {
            *err = now;
            return false;
        }
    }
}
