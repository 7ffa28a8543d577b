#include "http/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/jcanon.h"
#include "base/sha256.h"
#include "classify/classify.h"
#include "version.h"

enum { CHUNK = 500, DOC_DEPTH_MAX = 128, FROZEN_DEPTH = 16 };

void finding_add(struct verify_report *r, const char *what, const char *where, const char *fmt, ...)
{
    if (r->count++ >= FINDINGS_MAX)
        return;
    struct verify_finding *f = &r->items[r->count - 1];
    va_list args;
    (void)snprintf(f->what, sizeof f->what, "%s", what);
    (void)snprintf(f->where, sizeof f->where, "%s", where);
    va_start(args, fmt);
    (void)vsnprintf(f->text, sizeof f->text, fmt, args);
    va_end(args);
}

/* --- the chain --- */

struct walk {
    struct verify_report *report;
    int64_t seq;
    char hash[65]; /* of the entry before, as stored */
};

static void entry_body(struct walk *k, const char *where, const struct store_entry *e)
{
    struct json *body = NULL;
    struct err none = ERR_INIT;
    struct sb at = { 0 };
    if (!json_parse(e->body, DOC_DEPTH_MAX, &body, &none)) {
        finding_add(k->report, "entry", where, "the body is no JSON any more");
        return;
    }
    clock_format(&at, e->at_us);
    const struct {
        const char *name;
        struct span column;
    } columns[] = {
        { "kind", e->kind }, { "ref", e->ref }, { "by", e->by }, { "project", e->project }, { "at", sb_span(&at) }
    };
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        struct span said = json_str(json_get(body, columns[i].name));
        if (!span_eq(said, columns[i].column))
            finding_add(k->report, "entry", where, "column %s is '%.*s', the entry's body says '%.*s'", columns[i].name,
                        SPAN_FMT(span_sub(columns[i].column, 0, 60)), SPAN_FMT(span_sub(said, 0, 60)));
    }
    sb_release(&at);
    json_free(body);
}

static void entry_check(struct walk *k, const struct store_entry *e)
{
    char where[80];
    char hash[65];
    (void)snprintf(where, sizeof where, "ledger seq %lld", (long long)e->seq);
    if (e->seq != k->seq + 1)
        finding_add(k->report, "chain", where, "entry %lld is missing: %lld follows %lld", (long long)k->seq + 1,
                    (long long)e->seq, (long long)k->seq);
    else if (!span_is(e->prev, k->hash))
        finding_add(k->report, "chain", where, "prev of entry %lld (%s) is not the hash of the entry before it",
                    (long long)e->seq, e->prev.len > 0 ? "changed" : "empty");
    store_ledger_hash(e->prev, e->body, hash);
    if (!span_is(e->hash, hash))
        finding_add(k->report, "chain", where,
                    "hash of entry %lld is not that of its body: the body or the hash was changed", (long long)e->seq);
    entry_body(k, where, e);
    k->seq = e->seq;
    (void)snprintf(k->hash, sizeof k->hash, "%.*s", SPAN_FMT(e->hash));
}

static bool head_check(struct sql *db, struct span project, struct walk *k, struct err *err)
{
    struct arena arena = { 0 };
    struct span hash, orphan;
    int64_t seq = 0;
    bool ok = store_ledger_head(db, &arena, project, &seq, &hash, err) &&
              store_ledger_orphan(db, &arena, project, &orphan, err);
    if (ok && (seq != k->seq || !span_is(hash, k->hash)))
        finding_add(k->report, "head", "ledger_head",
                    seq > k->seq ? "the chain should end with entry %lld, it ends with %lld: entries are missing"
                                 : "the head says entry %lld, the chain ends with %lld: the head was changed",
                    (long long)seq, (long long)k->seq);
    if (ok && orphan.len > 0)
        finding_add(k->report, "decision", "decision", "decision %.*s stands in the chain, but its row is missing",
                    SPAN_FMT(orphan));
    arena_release(&arena);
    return ok;
}

static bool chain_walk(struct sql *db, struct span project, struct verify_report *report, int64_t *ret_entries,
                       struct err *err)
{
    struct walk k = { .report = report };
    *ret_entries = 0;
    for (;;) {
        struct arena arena = { 0 };
        struct store_entries part = { 0 };
        bool ok = store_ledger(db, &arena, project, k.seq, CHUNK, &part, err);
        size_t n = part.count;
        for (size_t i = 0; ok && i < n; i++)
            entry_check(&k, &part.items[i]);
        freep(&part.items);
        arena_release(&arena);
        *ret_entries += (int64_t)n;
        if (!ok)
            return false;
        if (n < CHUNK)
            return head_check(db, project, &k, err);
    }
}

/* Entries that are added while the chain is read must not look like some that are missing. */
bool verify_chain(struct sql *db, struct span project, struct verify_report *report, int64_t *ret_entries,
                  struct err *err)
{
    *ret_entries = 0;
    if (!store_snapshot_begin(db, err))
        return false;
    bool ok = chain_walk(db, project, report, ret_entries, err);
    store_snapshot_end(db);
    return ok;
}

/* --- the document --- */

/* Another engine may well say something else; that is no sign of another hand. */
static bool same_engine(struct verified *v)
{
    struct json *frozen = NULL;
    struct err none = ERR_INIT;
    if (!json_parse(v->decision.frozen, FROZEN_DEPTH, &frozen, &none))
        return true;
    struct span stet = json_str(json_get(frozen, "stet"));
    struct span classification = json_str(json_get(frozen, "classification"));
    bool same = span_is(stet, STET_VERSION) && span_is(classification, classify_version());
    if (!same)
        (void)snprintf(v->note, sizeof v->note,
                       "other engine: decided with stet %.*s, classification %.*s; this is %s, %s; chain and hash hold",
                       SPAN_FMT(span_sub(stet, 0, 30)), SPAN_FMT(span_sub(classification, 0, 30)), STET_VERSION,
                       classify_version());
    json_free(frozen);
    return same;
}

static bool documents_compare(struct verified *v, struct span made, struct err *err)
{
    struct json *stored = NULL;
    struct json *now = NULL;
    struct jcanon_difference diff = { 0 };
    bool ok = json_parse(v->decision.doc, DOC_DEPTH_MAX, &stored, err) && json_parse(made, DOC_DEPTH_MAX, &now, err);
    if (ok)
        v->identical = !jcanon_differs(stored, now, &diff);
    if (ok && !v->identical) {
        v->path = diff.path;
        v->stored = diff.left;
        v->recomputed = diff.right;
        finding_add(&v->report, "document", sb_cstr(&v->path), "%s is %.120s, made anew it is %.120s",
                    sb_cstr(&v->path), sb_cstr(&v->stored), sb_cstr(&v->recomputed));
    } else if (ok) {
        jcanon_difference_release(&diff);
    }
    json_free(stored);
    json_free(now);
    return ok;
}

static bool make_anew(const struct decider *d, struct sql *db, struct verified *v, struct err *err)
{
    struct basis b = { 0 };
    struct sb doc = { 0 };
    struct err why = ERR_INIT;
    struct decide_verdict *verdict = xcalloc(1, sizeof *verdict);
    bool ok = basis_thaw(d, db, &v->decision, &b, &why);
    if (!ok && why.code == ERR_GONE)
        (void)snprintf(v->note, sizeof v->note, "not made anew: %.200s", why.text);
    else if (!ok && why.code != ERR_STORE && why.code != ERR_IO)
        finding_add(&v->report, "evidence", "what the decision rests on", "%s", why.text);
    if (ok)
        ok = basis_decide(d, &b, &doc, verdict, &why) && documents_compare(v, sb_span(&doc), &why);
    if (!ok && (why.code == ERR_STORE || why.code == ERR_IO))
        *err = why;
    else if (!ok && v->note[0] == '\0' && v->report.count == 0)
        finding_add(&v->report, "document", "doc", "cannot be made anew: %s", why.text);
    bool fatal = !ok && (why.code == ERR_STORE || why.code == ERR_IO);
    basis_release(&b);
    sb_release(&doc);
    freep(&verdict);
    return !fatal;
}

static bool decision_check(const struct decider *d, struct sql *db, struct span id, bool chain_known,
                           struct verified *v, struct err *err)
{
    if (!store_decision_get(db, &v->arena, id, &v->decision, err))
        return false;
    if (!chain_known && !chain_walk(db, v->decision.project, &v->report, &v->entries, err))
        return false;
    if (!verify_rows(db, v, err) || !verify_world(db, v, err))
        return false;
    return !same_engine(v) || make_anew(d, db, v, err);
}

bool verify_decision(const struct decider *d, struct sql *db, struct span id, bool chain_known, struct verified *ret,
                     struct err *err)
{
    *ret = (struct verified){ .identical = -1 };
    if (!store_snapshot_begin(db, err))
        return false;
    bool ok = decision_check(d, db, id, chain_known, ret, err);
    store_snapshot_end(db);
    ret->ok = ok && ret->report.count == 0;
    return ok;
}

void verified_release(struct verified *v)
{
    arena_release(&v->arena);
    sb_release(&v->path);
    sb_release(&v->stored);
    sb_release(&v->recomputed);
}

void verified_words(const struct verified *v, struct sb *out)
{
    if (v->report.count > 0)
        sb_printf(out, "%s (%s)", v->report.items[0].text, v->report.items[0].where);
    else if (v->note[0])
        sb_adds(out, v->note);
    else
        sb_adds(out, "identical: chain, hash and all that the decision rests on hold, and made anew it is the same");
}

void verified_write(const struct verified *v, struct jsonw *w)
{
    struct sb words = { 0 };
    verified_words(v, &words);
    jsonw_obj(w, NULL);
    jsonw_bool(w, "ok", v->ok);
    if (v->identical >= 0)
        jsonw_bool(w, "identical", v->identical == 1);
    else
        jsonw_null(w, "identical");
    jsonw_str(w, "id", v->decision.id);
    jsonw_str(w, "project", v->decision.project);
    jsonw_str(w, "hash", v->decision.hash);
    jsonw_str(w, "prev", v->decision.prev);
    jsonw_int(w, "seq", v->decision.seq);
    jsonw_int(w, "entries", v->entries);
    jsonw_str(w, "text", sb_span(&words));
    jsonw_strz(w, "note", v->note[0] ? v->note : NULL);
    if (v->path.len > 0) {
        jsonw_obj(w, "difference");
        jsonw_str(w, "path", sb_span(&v->path));
        jsonw_str(w, "stored", sb_span(&v->stored));
        jsonw_str(w, "recomputed", sb_span(&v->recomputed));
        jsonw_end_obj(w);
    } else {
        jsonw_null(w, "difference");
    }
    jsonw_arr(w, "findings");
    for (size_t i = 0; i < v->report.count && i < FINDINGS_MAX; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "what", v->report.items[i].what);
        jsonw_strz(w, "where", v->report.items[i].where);
        jsonw_strz(w, "text", v->report.items[i].text);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_int(w, "findings_left_out", v->report.count > FINDINGS_MAX ? (int64_t)(v->report.count - FINDINGS_MAX) : 0);
    jsonw_end_obj(w);
    sb_release(&words);
}
