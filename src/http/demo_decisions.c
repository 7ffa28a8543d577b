/* A case's decisions.json: "policy": file of the project's document or null, "decisions": [{"proposal": file, "facts": file,
 * "run": name or absent, "outcome": {"before": run, "after": run} or absent, "demo": true}]. What a facts file states goes into the proposal that is stored, so that each
 * proposal is judged by its own. */
#include "http/demo.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "http/decide.h"
#include "http/outcome.h"
#include "store/decisions.h"
#include "store/watch.h"

enum { MADE_MAX = 32 };

static const struct span by = { "the example", 11 };

struct made {
    struct span title, id;
};

struct decisions {
    struct service *service;
    struct sql *db;
    struct span folder;
    struct span project;
    struct arena arena;
    struct made made[MADE_MAX]; /* proposals so far */
    size_t made_count;
    struct decide_order order; /* of the one at hand */
    struct span before, after; /* runs of its outcome; "" none */
    struct err *err;
    bool ok;
};

static bool file_of(const struct decisions *d, const struct json *name, struct span *ret, struct err *err)
{
    struct span path = json_str(name);
    *ret = demo_file(d->folder, path);
    return ret->ptr ||
           err_set(err, ERR_NOT_FOUND, "case %.*s names %.*s, which is not there", SPAN_FMT(d->folder), SPAN_FMT(path));
}

static bool has_proposals(const struct decisions *d, struct arena *arena, bool *ret, struct err *err)
{
    struct store_proposals list = { 0 };
    bool ok = store_proposal_list(d->db, arena, d->project, SPAN(""), 1, &list, err);
    *ret = list.count > 0;
    free(list.items);
    return ok;
}

static bool policy_store(const struct decisions *d, const struct json *name, struct err *err)
{
    struct span text;
    int64_t version;
    bool fresh;
    char sha256[65];
    if (json_is_null(name))
        return true;
    if (!file_of(d, name, &text, err))
        return false;
    sha256_hex(text, sha256);
    struct store_policy row = { .project = d->project,
                                .sha256 = span_of(sha256),
                                .doc = text,
                                .origin = SPAN("upload"),
                                .by = by,
                                .given_us = clock_unix_us() };
    return store_policy_put(d->service->store, &row, false, &version, &fresh, err);
}

/* The proposal with the facts as its last member. */
static void with_facts(struct span proposal, struct span facts, struct sb *out)
{
    proposal = span_trim(proposal);
    sb_add(out, span_sub(proposal, 0, proposal.len - 1));
    sb_adds(out, ",\n \"facts\": ");
    sb_add(out, span_trim(facts));
    sb_adds(out, "\n}\n");
}

static struct made *made_before(struct decisions *d, struct span title)
{
    for (size_t i = 0; i < d->made_count; i++) {
        if (span_eq(d->made[i].title, title))
            return &d->made[i];
    }
    return NULL;
}

static bool proposal_store(struct decisions *d, struct span text, struct span *ret_id, struct err *err)
{
    struct proposal *p = NULL;
    struct field_errors errors = { 0 };
    int64_t version, now_us = clock_unix_us();
    char id[27];
    bool ok = proposal_parse(text, &p, &errors, err);
    field_errors_release(&errors);
    if (!ok)
        return false;
    struct made *before = made_before(d, p->title);
    ok = before || (service_id(id, now_us, err) &&
                    (d->made_count < MADE_MAX || err_set(err, ERR_LIMIT, "more than %d proposals", (int)MADE_MAX)));
    if (ok) {
        *ret_id = before ? before->id : arena_span(&d->arena, span_of(id));
        struct store_proposal put = { .id = *ret_id,
                                      .project = d->project,
                                      .title = p->title,
                                      .kind = p->kind_given ? span_of(proposal_kind_name(p->kind)) : SPAN(""),
                                      .goal = p->goal,
                                      .by = by,
                                      .doc = text,
                                      .changed_us = now_us };
        ok = store_proposal_put(d->service->store, &put, !before, &version, err);
        if (ok && !before)
            d->made[d->made_count++] = (struct made){ arena_span(&d->arena, p->title), *ret_id };
    }
    proposal_free(p);
    return ok;
}

/* The change was made: the decision is accepted, and what it foresaw is set against what was measured. */
static bool outcome_store(const struct decisions *d, struct sql *db, struct arena *arena,
                          const struct store_decision *made, struct err *err)
{
    struct span body;
    struct store_decision now;
    int64_t now_us = clock_unix_us();
    struct outcome_order order = { .before = d->before, .after = d->after, .by = by, .now_us = now_us };
    return d->after.len == 0 || (store_decision_status(d->service->store, made->id, "accepted",
                                                       SPAN("built and measured"), by, now_us, err) &&
                                 store_decision_get(db, arena, made->id, &now, err) &&
                                 outcome_record(d->service->store, db, arena, &now, &order, &body, err));
}

static void decide_job(void *user, struct sql *db)
{
    struct decisions *d = user;
    struct arena arena = { 0 };
    struct store_decision made;
    bool duplicate;
    d->ok = service_decide(d->service, db, &arena, &d->order, clock_unix_us(), &made, &duplicate, d->err) &&
            outcome_store(d, db, &arena, &made, d->err);
    arena_release(&arena);
}

static bool one(struct decisions *d, const struct json *entry, struct err *err)
{
    struct span proposal, facts, id;
    struct span run = json_str(json_get(entry, "run"));
    CLEANUP(sb_release) struct sb text = { 0 };
    if (!file_of(d, json_get(entry, "proposal"), &proposal, err) || !file_of(d, json_get(entry, "facts"), &facts, err))
        return false;
    with_facts(proposal, facts, &text);
    if (!proposal_store(d, sb_span(&text), &id, err))
        return false;
    d->order = (struct decide_order){ .proposal = id, .by = by, .wish = { .run = run, .no_run = run.len == 0 } };
    d->before = json_str(json_path(entry, "outcome.before"));
    d->after = json_str(json_path(entry, "outcome.after"));
    d->err = err;
    return jobs_call(d->service->analysis, decide_job, d, err) && d->ok;
}

bool demo_decisions(struct service *s, struct sql *db, struct span folder, const struct json *doc, struct err *err)
{
    struct decisions *d = xcalloc(1, sizeof *d);
    bool there = false;
    *d = (struct decisions){ .service = s, .db = db, .folder = folder, .project = folder };
    bool ok = has_proposals(d, &d->arena, &there, err) && (there || policy_store(d, json_get(doc, "policy"), err));
    for (const struct json *e = json_first(json_get(doc, "decisions")); ok && !there && e; e = json_next(e)) {
        if (json_bool(json_get(e, "demo"), false))
            ok = one(d, e, err);
    }
    arena_release(&d->arena);
    free(d);
    return ok;
}
