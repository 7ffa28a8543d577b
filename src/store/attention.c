/* What needs attention in a project or in all of them, straight from the rows. */
#include "base/vec.h"
#include "store/db.h"
#include "store/lists.h"

#define IN_PROJECT(alias) alias ".tenant_id = $1 AND (" alias ".project = $2 OR $2 = '')"
/* Decisions that hold (as store_decision_list), with the title of what was proposed. */
#define DECISIONS                                                                                                      \
    "FROM decision d JOIN proposal p ON p.tenant_id = d.tenant_id AND p.id = d.proposal_id AND p.status <> "           \
    "'withdrawn' JOIN proposal_version v ON v.tenant_id = d.tenant_id AND v.proposal_id = d.proposal_id AND "          \
    "v.version = d.proposal_version WHERE " IN_PROJECT("d") " AND d.superseded_by = '' AND d.status <> 'rejected' "
#define UNANSWERED                                                                                                     \
    "(SELECT COALESCE(SUM(CASE l.kind WHEN 'objection' THEN 1 WHEN 'answer' THEN -1 ELSE 0 END), 0) FROM ledger l "    \
    "WHERE l.tenant_id = d.tenant_id AND l.ref = d.id)"

/* project, ref, decision, text, count, at. $3 the limit, $4 a moment. */
static const struct {
    enum store_alert_kind kind;
    const char *text;
} queries[] = {
    { ALERT_FIRED,
      "SELECT w.project, w.id, w.decision, w.title, 1, w.since_us FROM watch w WHERE " IN_PROJECT(
          "w") " AND w.removed_us = 0 AND w.state = 'fired' AND $4 = $4 ORDER BY w.since_us DESC, w.id LIMIT $3" },
    { ALERT_REOPENED, "SELECT d.project, d.id, d.id, v.title, 1, d.changed_us " DECISIONS
                      "AND d.status = 'reopened' AND $4 = $4 ORDER BY d.changed_us DESC, d.id LIMIT $3" },
    { ALERT_STALE, "SELECT d.project, d.id, d.id, v.title, 1, d.changed_us " DECISIONS
                   "AND d.stale = 1 AND d.status <> 'reopened' AND $4 = $4 ORDER BY d.changed_us DESC, d.id LIMIT $3" },
    { ALERT_OBJECTION, "SELECT x.project, x.id, x.id, x.title, x.n, x.changed_us FROM (SELECT d.project AS project, "
                       "d.id AS id, v.title AS title, d.changed_us AS changed_us, " UNANSWERED " AS n " DECISIONS
                       ") x WHERE x.n > 0 AND $4 = $4 ORDER BY x.changed_us DESC, x.id LIMIT $3" },
    { ALERT_FAILED, "SELECT f.project, MAX(f.id), '', MAX(f.name), COUNT(*), MAX(f.created_us) FROM profile f WHERE "
                    "f.status = 'failed' AND " IN_PROJECT("f") " AND f.created_us > $4 GROUP BY f.project ORDER BY 6 "
                                                               "DESC, 1 LIMIT $3" },
    { ALERT_OLD,
      "SELECT r.project, '', '', '', COUNT(*), MAX(r.changed_us) FROM run r WHERE " IN_PROJECT(
          "r") " AND EXISTS (SELECT 1 FROM profile f WHERE f.tenant_id = r.tenant_id AND f.project = r.project AND "
               "f.run = r.name) GROUP BY r.project HAVING MAX(r.changed_us) < $4 ORDER BY 6 DESC, 1 LIMIT $3" },
};

static bool alerts_read(struct sql *db, struct arena *arena, const struct store_alert_query *query, size_t which,
                        struct store_alerts *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    enum store_alert_kind kind = queries[which].kind;
    if (!query_open(db, queries[which].text, &q, err))
        return false;
    query_text(&q, query->project);
    query_int(&q, query->limit);
    query_int(&q, kind == ALERT_FAILED ? query->failed_after_us : query->old_before_us);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_alert a = { .kind = kind,
                                 .project = query_col(&q, arena, 0),
                                 .ref = query_col(&q, arena, 1),
                                 .decision = query_col(&q, arena, 2),
                                 .text = query_col(&q, arena, 3),
                                 .count = sql_col_int(q.st, 4),
                                 .at_us = sql_col_int(q.st, 5) };
        VEC_PUSH(ret, a);
    }
}

bool store_alerts(struct sql *db, struct arena *arena, const struct store_alert_query *query, struct store_alerts *ret,
                  struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        if (!alerts_read(db, arena, query, i, ret, err))
            return false;
    }
    return true;
}

bool store_asked_projects(struct sql *db, struct arena *arena, struct span project, const char *kind,
                          struct store_projects *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "SELECT DISTINCT l.project FROM ledger l WHERE " IN_PROJECT("l") " AND l.kind = $3 ORDER BY 1",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, span_of(kind));
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_project p = { .name = query_col(&q, arena, 0) };
        VEC_PUSH(ret, p);
    }
}
