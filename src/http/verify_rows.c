/* Every column that a decision rests on, held against the entry of the chain that says what it was. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "http/verify.h"

enum { BODY_DEPTH = 16 };

struct rows {
    struct sql *db;
    struct verified *v;
    struct json *entry;  /* body of the decision's entry; NULL when there is none */
    struct json *frozen; /* NULL when it is no JSON any more */
};

static void differs(struct rows *r, const char *what, const char *column, struct span now, struct span was)
{
    char where[80];
    if (span_eq(now, was))
        return;
    (void)snprintf(where, sizeof where, "%s %.30s, column %s", what, r->v->decision.id.ptr, column);
    finding_add(&r->v->report, what, where, "column %s is '%.*s', it was '%.*s'", column,
                SPAN_FMT(span_sub(now, 0, 80)), SPAN_FMT(span_sub(was, 0, 80)));
}

static void hash_differs(struct rows *r, const char *column, struct span text, const char *member)
{
    char hash[65];
    char where[80];
    sha256_hex(text, hash);
    if (span_is(json_str(json_get(r->entry, member)), hash))
        return;
    (void)snprintf(where, sizeof where, "decision %.30s, column %s", r->v->decision.id.ptr, column);
    finding_add(&r->v->report, "decision", where, "column %s was changed: its SHA-256 is %.12s, it was %.12s", column,
                hash, arena_dup(&r->v->arena, json_str(json_get(r->entry, member))));
}

/* --- the decision's own row --- */

static void number_differs(struct rows *r, const char *column, int64_t now, int64_t was)
{
    char a[32];
    char b[32];
    (void)snprintf(a, sizeof a, "%lld", (long long)now);
    (void)snprintf(b, sizeof b, "%lld", (long long)was);
    differs(r, "decision", column, span_of(a), span_of(b));
}

static void columns_check(struct rows *r)
{
    const struct store_decision *d = &r->v->decision;
    struct sb at = { 0 };
    const struct {
        const char *column, *member;
        struct span now;
    } texts[] = { { "made_by", "by", d->by },
                  { "gate", "gate", d->gate },
                  { "input_key", "input_key", d->input_key },
                  { "proposal_id", "proposal", d->proposal },
                  { "run", "run", d->run },
                  { "summary", "summary", d->summary },
                  { "verdict", "verdict", d->verdict },
                  { "project", "project", d->project } };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        differs(r, "decision", texts[i].column, texts[i].now, json_str(json_get(r->entry, texts[i].member)));
    number_differs(r, "proposal_version", d->version, (int64_t)json_num(json_get(r->entry, "version"), 0));
    clock_format(&at, d->created_us);
    differs(r, "decision", "created_us", sb_span(&at), json_str(json_get(r->entry, "at")));
    sb_release(&at);
    hash_differs(r, "frozen", d->frozen, "frozen_sha256");
    hash_differs(r, "doc", d->doc, "doc_sha256");
}

/* status, stale and superseded_by repeat what the entries say. */
static void standing_check(struct rows *r, const struct store_entries *all, struct span after)
{
    struct span status = SPAN("proposed");
    bool stale = false;
    for (size_t i = 0; i < all->count; i++) {
        struct json *body = NULL;
        struct err none = ERR_INIT;
        if (!json_parse(all->items[i].body, BODY_DEPTH, &body, &none))
            continue;
        if (span_is(all->items[i].kind, "status"))
            status = arena_span(&r->v->arena, json_str(json_get(body, "status")));
        if (span_is(all->items[i].kind, "watch") && span_is(json_str(json_get(body, "event")), "STALE"))
            stale = true;
        json_free(body);
    }
    differs(r, "decision", "status", r->v->decision.status, status);
    number_differs(r, "stale", r->v->decision.stale, stale);
    differs(r, "decision", "superseded_by", r->v->decision.superseded_by, after);
}

static bool entry_find(struct rows *r, struct store_entries *all, struct err *err)
{
    const struct store_decision *d = &r->v->decision;
    const struct store_entry *own = NULL;
    for (size_t i = 0; i < all->count; i++) {
        if (span_is(all->items[i].kind, "decision") && span_eq(all->items[i].project, d->project))
            own = &all->items[i];
    }
    if (!own) {
        finding_add(&r->v->report, "entry", "ledger", "decision %.*s has no entry in the chain of its project",
                    SPAN_FMT(d->id));
        return true;
    }
    if (own->seq != d->seq)
        number_differs(r, "ledger_seq", d->seq, own->seq);
    r->v->decision.seq = own->seq;
    r->v->decision.hash = own->hash;
    r->v->decision.prev = own->prev;
    struct err broken = ERR_INIT;
    if (!json_parse(own->body, BODY_DEPTH, &r->entry, &broken))
        r->entry = NULL; /* the chain has said so */
    (void)err;
    return true;
}

/* --- evidence --- */

static bool raw_hash(struct sql *db, struct span id, char sha256[65], int64_t *ret_bytes, struct err *err)
{
    struct sha256 *h = sha256_new();
    *ret_bytes = 0;
    for (int64_t part = 0;; part++) {
        struct arena arena = { 0 };
        struct span bytes;
        bool ok = store_raw_part(db, &arena, id, part, &bytes, err);
        size_t n = ok ? bytes.len : 0;
        if (n > 0)
            sha256_add(h, bytes);
        arena_release(&arena);
        if (!ok) {
            sha256_free(h);
            return false;
        }
        *ret_bytes += (int64_t)n;
        if (n == 0)
            break;
    }
    sha256_finish(h, sha256);
    return true;
}

static bool upload_check(struct rows *r, const struct json *e, struct err *err)
{
    struct store_profile p;
    struct err none = ERR_INIT;
    struct span id = json_str(json_get(e, "profile"));
    struct span want = json_str(json_get(e, "upload_sha256"));
    char where[80];
    char hash[65];
    int64_t bytes = 0;
    (void)snprintf(where, sizeof where, "upload %.40s", arena_dup(&r->v->arena, id));
    if (!store_profile_get(r->db, &r->v->arena, id, &p, &none)) {
        if (none.code != ERR_NOT_FOUND) {
            *err = none;
            return false;
        }
        bool held = r->v->decision.superseded_by.len == 0 && !span_is(r->v->decision.status, "rejected");
        if (held)
            finding_add(&r->v->report, "profile", where, "the upload's row is missing, though the decision holds");
        return true;
    }
    basis_row_hash(&p, hash);
    if (!span_is(json_str(json_get(e, "row_sha256")), hash))
        finding_add(
            &r->v->report, "profile", where,
            "a column of the upload's row (name, format, clock, rate, duration, process, runtime, size, time or "
            "hash) was changed");
    if (!span_eq(p.project, r->v->decision.project))
        finding_add(&r->v->report, "profile", where, "column project is '%.*s', it was '%.*s'", SPAN_FMT(p.project),
                    SPAN_FMT(r->v->decision.project));
    if (!raw_hash(r->db, id, hash, &bytes, err))
        return false;
    if (!p.raw_kept && bytes == 0)
        return true;
    if (!p.raw_kept)
        finding_add(&r->v->report, "profile", where, "column raw_kept says that the bytes are gone; they are there");
    if (!span_is(want, hash))
        finding_add(&r->v->report, "raw", where, "the raw bytes were changed: SHA-256 %.12s, it was %.12s", hash,
                    arena_dup(&r->v->arena, want));
    return true;
}

/* The table beside the entry: what keeps evidence from being deleted. */
static bool evidence_check(struct rows *r, struct err *err)
{
    struct store_evidences rows = { 0 };
    const struct json *list = json_get(r->entry, "evidence");
    bool ok = store_decision_evidence(r->db, &r->v->arena, r->v->decision.id, &rows, err);
    if (ok && rows.count != json_count(list))
        finding_add(&r->v->report, "evidence", "decision_evidence", "%zu rows of evidence, there were %zu", rows.count,
                    json_count(list));
    for (const struct json *e = json_first(list); ok && e; e = json_next(e)) {
        bool there = false;
        for (size_t i = 0; i < rows.count; i++) {
            const struct store_evidence *x = &rows.items[i];
            there = there || (span_eq(x->profile, json_str(json_get(e, "profile"))) &&
                              (double)x->part == json_num(json_get(e, "part"), -1) &&
                              span_eq(x->upload_sha256, json_str(json_get(e, "upload_sha256"))) &&
                              span_eq(x->artefact_sha256, json_str(json_get(e, "artefact_sha256"))));
        }
        if (!there)
            finding_add(&r->v->report, "evidence", "decision_evidence", "the row of upload %.*s, part %g was changed",
                        SPAN_FMT(json_str(json_get(e, "profile"))), json_num(json_get(e, "part"), 0));
    }
    freep(&rows.items);
    struct span last = SPAN("");
    for (const struct json *e = json_first(json_get(r->frozen, "evidence")); ok && e; e = json_next(e)) {
        struct span id = json_str(json_get(e, "profile"));
        ok = span_eq(id, last) || upload_check(r, e, err);
        last = id;
    }
    return ok;
}

/* --- the proposal --- */

static void version_check(struct rows *r, const struct store_proposal *p, const struct json *body)
{
    char hash[65];
    char where[80];
    sha256_hex(p->doc, hash);
    (void)snprintf(where, sizeof where, "proposal %.30s, version %lld", p->id.ptr, (long long)p->version);
    if (!span_is(json_str(json_get(body, "sha256")), hash))
        finding_add(&r->v->report, "proposal", where,
                    "the text of the proposal was changed: SHA-256 %.12s, it was %.12s", hash,
                    arena_dup(&r->v->arena, json_str(json_get(body, "sha256"))));
    const struct {
        const char *column, *member;
        struct span now;
    } texts[] = { { "sha256", "sha256", p->sha256 },
                  { "title", "title", p->title },
                  { "kind", "change", p->kind },
                  { "goal", "goal", p->goal },
                  { "given_by", "by", p->by } };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct span was = json_str(json_get(body, texts[i].member));
        if (!span_eq(texts[i].now, was))
            finding_add(&r->v->report, "proposal", where, "column %s is '%.*s', it was '%.*s'", texts[i].column,
                        SPAN_FMT(span_sub(texts[i].now, 0, 80)), SPAN_FMT(span_sub(was, 0, 80)));
    }
}

/* Columns of the proposal that no text repeats: its project, and when it and its versions were made. */
static void moment_check(struct rows *r, const char *column, int64_t now_us, int64_t was_us)
{
    if (now_us != was_us)
        finding_add(&r->v->report, "proposal", "proposal", "column %s was changed: %lld, it was %lld", column,
                    (long long)now_us, (long long)was_us);
}

static bool proposal_check(struct rows *r, struct err *err)
{
    struct store_entries all = { 0 };
    struct store_proposal p = { 0 };
    struct err none = ERR_INIT;
    struct span status = SPAN("");
    int64_t newest = 0;
    const struct store_decision *d = &r->v->decision;
    if (!store_proposal_get(r->db, &r->v->arena, d->proposal, d->version, &p, &none)) {
        if (none.code != ERR_NOT_FOUND) {
            *err = none;
            return false;
        }
        finding_add(&r->v->report, "proposal", "proposal_version", "version %lld of proposal %.*s is missing",
                    (long long)d->version, SPAN_FMT(d->proposal));
        return true;
    }
    bool ok = store_ledger_of(r->db, &r->v->arena, d->proposal, &all, err);
    if (ok && !span_eq(p.project, d->project))
        finding_add(&r->v->report, "proposal", "proposal", "column project is '%.*s', it was '%.*s'",
                    SPAN_FMT(p.project), SPAN_FMT(d->project));
    for (size_t i = 0; ok && i < all.count; i++) {
        struct json *body = NULL;
        if (!json_parse(all.items[i].body, BODY_DEPTH, &body, &none))
            continue;
        bool made = span_is(all.items[i].kind, "proposal");
        status = made ? SPAN("open") : arena_span(&r->v->arena, json_str(json_get(body, "status")));
        newest = made ? (int64_t)json_num(json_get(body, "version"), 0) : newest;
        if (made && newest == 1)
            moment_check(r, "created_us", p.created_us, all.items[i].at_us);
        if (made && newest == d->version) {
            moment_check(r, "created_us of the version", p.version_us, all.items[i].at_us);
            version_check(r, &p, body);
        }
        json_free(body);
    }
    if (ok && (!span_eq(p.status, status) || p.newest != newest))
        finding_add(&r->v->report, "proposal", "proposal",
                    "status '%.*s' and version %lld of proposal %.*s; the chain says '%.*s' and %lld",
                    SPAN_FMT(span_sub(p.status, 0, 30)), (long long)p.newest, SPAN_FMT(p.id), SPAN_FMT(status),
                    (long long)newest);
    freep(&all.items);
    return ok;
}

bool verify_rows(struct sql *db, struct verified *v, struct err *err)
{
    struct rows r = { .db = db, .v = v };
    struct store_entries all = { 0 };
    struct span after;
    struct err none = ERR_INIT;
    bool ok = store_ledger_of(db, &v->arena, v->decision.id, &all, err) && entry_find(&r, &all, err) &&
              store_decision_after(db, &v->arena, v->decision.id, v->decision.proposal, v->decision.seq, &after, err);
    if (!json_parse(v->decision.frozen, BODY_DEPTH, &r.frozen, &none))
        r.frozen = NULL;
    if (ok && r.entry) {
        columns_check(&r);
        standing_check(&r, &all, after);
    }
    ok = ok && evidence_check(&r, err) && proposal_check(&r, err);
    freep(&all.items);
    json_free(r.entry);
    json_free(r.frozen);
    return ok;
}
