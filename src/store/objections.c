/* Objections to a decision and their answers: entries of the ledger, put together when they are read. */
#include "base/json.h"
#include "base/jsonw.h"
#include "base/vec.h"
#include "store/ledger.h"

enum { BODY_DEPTH = 8 };

static bool entry_fold(const struct store_entry *e, struct arena *arena, struct store_objections *ret, struct err *err)
{
    struct json *doc = NULL;
    if (!json_parse(e->body, BODY_DEPTH, &doc, err))
        return false;
    double n = json_num(json_get(doc, "n"), 0);
    struct span text = arena_span(arena, json_str(json_get(doc, "text")));
    if (span_is(e->kind, "objection")) {
        struct store_objection o = { .n = (int64_t)n,
                                     .text = text,
                                     .run = arena_span(arena, json_str(json_get(doc, "run"))),
                                     .profile = arena_span(arena, json_str(json_get(doc, "profile"))),
                                     .by = e->by,
                                     .at_us = e->at_us };
        VEC_PUSH(ret, o);
    } else if (n >= 1 && n <= (double)ret->count) {
        struct store_objection *o = &ret->items[(size_t)n - 1];
        o->answer = text;
        o->answer_by = e->by;
        o->answer_us = e->at_us;
    }
    json_free(doc);
    return true;
}

bool store_objections(struct sql *db, struct arena *arena, struct span decision, struct store_objections *ret,
                      struct err *err)
{
    struct store_entries all = { 0 };
    bool ok = store_ledger_of(db, arena, decision, &all, err);
    for (size_t i = 0; ok && i < all.count; i++) {
        if (span_is(all.items[i].kind, "objection") || span_is(all.items[i].kind, "answer"))
            ok = entry_fold(&all.items[i], arena, ret, err);
    }
    freep(&all.items);
    return ok;
}

struct objection_put {
    struct span decision;
    const struct store_objection *o; /* an answer: n, answer, answer_by, answer_us */
    bool answer;
    int64_t n;
};

static bool objection_entry(struct sql *db, const struct objection_put *u, struct span project, struct err *err)
{
    const struct store_objection *o = u->o;
    struct sb body = { 0 };
    struct jsonw w = { .out = &body };
    jsonw_obj(&w, NULL);
    jsonw_int(&w, "n", u->n);
    jsonw_str(&w, "text", u->answer ? o->answer : o->text);
    if (!u->answer) {
        jsonw_str(&w, "run", o->run);
        jsonw_str(&w, "profile", o->profile);
    }
    jsonw_end_obj(&w);
    struct store_entry e = { .project = project,
                             .kind = u->answer ? SPAN("answer") : SPAN("objection"),
                             .ref = u->decision,
                             .by = u->answer ? o->answer_by : o->by,
                             .at_us = u->answer ? o->answer_us : o->at_us,
                             .body = sb_span(&body) };
    bool ok = ledger_append(db, &e, NULL, err);
    sb_release(&body);
    return ok;
}

static bool objection_job(struct sql *db, void *user, struct err *err)
{
    struct objection_put *u = user;
    struct arena arena = { 0 };
    struct store_objections list = { 0 };
    struct store_decision d;
    bool ok =
        store_decision_get(db, &arena, u->decision, &d, err) && store_objections(db, &arena, u->decision, &list, err);
    if (ok && !u->answer)
        u->n = (int64_t)list.count + 1;
    if (ok && u->answer && (u->n < 1 || u->n > (int64_t)list.count))
        ok = err_set(err, ERR_NOT_FOUND, "the decision has no objection %lld", (long long)u->n);
    if (ok && u->answer && list.items[u->n - 1].answer_us != 0)
        ok = err_set(err, ERR_CONFLICT, "objection %lld has an answer already", (long long)u->n);
    ok = ok && objection_entry(db, u, d.project, err);
    freep(&list.items);
    arena_release(&arena);
    return ok;
}

bool store_objection_put(struct store *s, struct span decision, const struct store_objection *o, int64_t *ret_n,
                         struct err *err)
{
    struct objection_put u = { .decision = decision, .o = o };
    if (!store_write(s, objection_job, &u, err))
        return false;
    *ret_n = u.n;
    return true;
}

bool store_objection_answer(struct store *s, struct span decision, int64_t n, struct span text, struct span by,
                            int64_t now_us, struct err *err)
{
    struct store_objection o = { .answer = text, .answer_by = by, .answer_us = now_us };
    struct objection_put u = { .decision = decision, .o = &o, .answer = true, .n = n };
    return store_write(s, objection_job, &u, err);
}
