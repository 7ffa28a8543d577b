/* The document that a project decides by: the one that holds, or one that is to be checked. */
#include <stdlib.h>

#include "base/num.h"
#include "http/basis.h"
#include "http/pages.h"
#include "http/service.h"
#include "http/watch.h"

bool project_rules_parse(struct span text, struct project_rules *ret, struct field_errors *errors, struct err *err)
{
    *ret = (struct project_rules){ .text = text };
    return policy_project_parse(text, &ret->doc, errors, err);
}

bool project_rules_load(struct sql *db, struct arena *arena, struct span project, struct project_rules *ret,
                        struct err *err)
{
    struct store_policy row;
    struct field_errors errors = { 0 };
    struct err none = ERR_INIT;
    *ret = (struct project_rules){ .text = SPAN("") };
    if (!store_policy_get(db, arena, project, 0, &row, &none)) {
        if (none.code == ERR_NOT_FOUND)
            return true;
        *err = none;
        return false;
    }
    bool ok = project_rules_parse(row.doc, ret, &errors, err) ||
              err_wrap(err, "version %lld of the project's policies", (long long)row.version);
    field_errors_release(&errors);
    ret->version = row.version;
    ret->changed_us = row.given_us;
    basis_policy_hash(&row, ret->row_sha256);
    return ok;
}

bool project_rules_packs(struct project_rules *r, int64_t as_of_us, struct err *err)
{
    policy_set_release(&r->packs);
    return policy_project_packs(r->doc, as_of_us, &r->packs, err);
}

int64_t project_rules_ended(const struct project_rules *r, int64_t as_of_us, int64_t now_us)
{
    int64_t last = as_of_us;
    for (uint32_t i = 0; r->doc && i < r->doc->exemption_count; i++) {
        int64_t until = r->doc->exemptions[i].until_us;
        if (until >= last && until < now_us)
            last = until + 1;
    }
    return last;
}

void project_rules_release(struct project_rules *r)
{
    policy_set_release(&r->packs);
    policy_project_free(r->doc);
    *r = (struct project_rules){ .text = SPAN("") };
}

bool project_rules_plain(const struct project_rules *r)
{
    const struct policy_project *p = r->doc;
    return !p || (p->rules[0] == '\0' && p->exemption_count == 0 && p->watch_count == 0 && p->overrides.count == 0);
}

/* --- checking --- */

struct checking {
    struct span text;
    struct project_rules *rules;
    struct field_errors *errors, *notes;
};

static void finding_take(struct checking *c, const struct policy_finding *f)
{
    field_error_add(f->weight == FINDING_ERROR ? c->errors : c->notes, f->rule, "%s", f->text);
}

static bool check_job(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct checking *c = user;
    struct policy_findings found = { 0 };
    (void)db;
    (void)body;
    if (!project_rules_parse(c->text, c->rules, c->errors, err)) {
        if (err->code == ERR_MALFORMED)
            err->code = ERR_BAD_REQUEST;
        return false;
    }
    policy_project_check(c->rules->doc, NUM_UNKNOWN, rq->now_us, &found);
    for (size_t i = 0; i < found.count; i++)
        finding_take(c, &found.items[i]);
    free(found.items);
    if (c->errors->count == 0)
        return true;
    return err_set(err, ERR_VALUE, "%s: %s%s", c->errors->items[0].field, c->errors->items[0].text,
                   c->errors->count > 1 ? ", and more" : "");
}

bool project_rules_check(struct request *rq, struct span text, struct project_rules *ret, struct field_errors *errors,
                         struct field_errors *notes, struct err *err)
{
    struct checking c = { text, ret, errors, notes };
    struct sb none = { 0 };
    *ret = (struct project_rules){ .text = SPAN("") };
    bool ok = page_render(rq, check_job, &c, &none, err);
    sb_release(&none);
    return ok;
}
