/* set_policy.c - the policies that a command judges by: packs by name or file, and a project's own document. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/vec.h"
#include "cli/set.h"

static bool has_pack(const struct cli_set *s, const char *name)
{
    for (size_t i = 0; i < s->packs.count; i++) {
        if (strcmp(s->packs.items[i]->name, name) == 0)
            return true;
    }
    return false;
}

static bool project_take(struct cli_set *s, const char *path, struct span text, struct err *err)
{
    struct field_errors errors = { 0 };
    if (s->project)
        return err_set(err, ERR_USAGE, "--policy %s: a project's document was given already", path);
    bool ok = policy_project_parse(text, &s->project, &errors, err) || err_wrap(err, "policy %s", path);
    for (size_t i = 1; !ok && i < errors.count; i++) /* the first is the message of the command */
        (void)fprintf(stderr, "policy %s: %s: %s\n", path, errors.items[i].field, errors.items[i].text);
    field_errors_release(&errors);
    return ok;
}

bool cli_set_policy(struct cli_set *s, const char *name, struct err *err)
{
    struct policy_pack *pack = NULL;
    if (has_pack(s, name))
        return true;
    if (policy_builtin_text(span_of(name)).ptr != NULL) {
        if (!policy_pack_builtin(span_of(name), &pack, err))
            return false;
    } else {
        CLEANUP(sb_release) struct sb text = { .cap = 1 << 20 };
        if (!fs_read(name, &text, err))
            return err_wrap(err, "policy %s", name);
        if (policy_is_project(sb_span(&text)))
            return project_take(s, name, sb_span(&text), err);
        if (!policy_pack_parse(sb_span(&text), name, &pack, err))
            return err_wrap(err, "policy %s", name);
    }
    VEC_PUSH(&s->packs, pack);
    return true;
}

static void ended_name(const struct cli_set *s)
{
    for (uint32_t i = 0; i < s->project->exemption_count; i++) {
        const struct policy_exemption *e = &s->project->exemptions[i];
        if (!policy_exemption_holds(e, s->as_of_us))
            (void)fprintf(stderr, "the exemption of rule %s by %s ended %s: the rule applies again\n", e->rule,
                          e->owner, e->until);
    }
}

/* Those of the project first, then what was named beside it. */
static bool project_apply(struct cli_set *s, struct err *err)
{
    struct policy_set set;
    if (s->project->exemption_count > 0 && s->as_of_us == 0)
        s->as_of_us = clock_unix_us();
    if (!policy_project_packs(s->project, s->as_of_us, &set, err))
        return false;
    ended_name(s);
    size_t named = s->packs.count;
    struct policy_pack **before = s->packs.items;
    s->packs.items = set.packs;
    s->packs.count = s->packs.cap = set.count;
    for (size_t i = 0; i < named; i++) {
        if (has_pack(s, before[i]->name))
            policy_pack_free(before[i]);
        else
            VEC_PUSH(&s->packs, before[i]);
    }
    free(before);
    policy_project_facts(s->project, &s->declared);
    if (!s->goal_given && !s->declared.v[FACT_goal].known && s->project->goal_given) {
        s->goal_given = true;
        s->goal = s->project->goal;
    }
    return true;
}

bool cli_set_policies_settle(struct cli_set *s, struct err *err)
{
    if (s->project)
        return project_apply(s, err);
    if (s->packs.count == 0 || has_pack(s, "standing"))
        return true;
    struct policy_pack *standing = NULL;
    if (!policy_pack_builtin(SPAN("standing"), &standing, err))
        return false;
    VEC_PUSH(&s->packs, standing);
    for (size_t i = s->packs.count - 1; i > 0; i--)
        s->packs.items[i] = s->packs.items[i - 1];
    s->packs.items[0] = standing;
    return true;
}
