/* stet policies: the packs that stand in the binary and their rules. */
#include <stdio.h>

#include "base/jsonw.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "policy/policy.h"

static void rule_json(struct jsonw *w, const struct policy_rule *r)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "id", r->id);
    jsonw_str(w, "predicate", r->predicate);
    jsonw_strz(w, "effect", r->effect);
    jsonw_strz(w, "basis", policy_basis_name(r->basis));
    jsonw_strz(w, "reason", r->reason);
    jsonw_strz(w, "source", r->source);
    jsonw_strz(w, "remedy", r->remedy);
    jsonw_end_obj(w);
}

static void pack_json(struct jsonw *w, const struct policy_pack *p)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "name", p->name);
    jsonw_strz(w, "title", p->title);
    jsonw_strz(w, "about", p->about);
    jsonw_strz(w, "version", p->version);
    jsonw_arr(w, "rules");
    for (uint32_t i = 0; i < p->rule_count; i++)
        rule_json(w, &p->rules[i]);
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

static void pack_text(struct sb *out, const struct policy_pack *p)
{
    sb_printf(out, "%s (version %s, %u rules): %s\n  %s\n", p->name, p->version, p->rule_count, p->title, p->about);
    for (uint32_t i = 0; i < p->rule_count; i++) {
        const struct policy_rule *r = &p->rules[i];
        sb_printf(out, "  %-10s  %-26s %-8s  %s\n", r->id, r->effect, policy_basis_name(r->basis), r->reason);
    }
    sb_addc(out, '\n');
}

static bool print_all(bool json, struct sb *out, struct err *err)
{
    struct jsonw w = { .out = out };
    if (json) {
        jsonw_obj(&w, NULL);
        jsonw_strz(&w, "schema", "stet/policies/1");
        jsonw_arr(&w, "policies");
    } else {
        sb_adds(out, "Built-in policies. Pack standing always applies, memory joins for goal memory, the others by "
                     "--policy.\n\n");
    }
    for (size_t i = 0; i < policy_builtin_count(); i++) {
        CLEANUP(policy_pack_freep) struct policy_pack *p = NULL;
        if (!policy_pack_builtin(span_of(policy_builtin_name(i)), &p, err))
            return false;
        if (json)
            pack_json(&w, p);
        else
            pack_text(out, p);
    }
    if (json) {
        jsonw_end_arr(&w);
        jsonw_end_obj(&w);
        sb_addc(out, '\n');
    }
    return true;
}

int cmd_policies(int argc, char **argv)
{
    static const struct arg_option options[] = { { "--json", 1, false } };
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    bool json = false;
    int id = 0;
    const char *value = NULL;
    enum args_result got;
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, &err)) == ARGS_OPTION)
        json = true;
    if (got == ARGS_ERROR)
        return cli_usage_error("policies", "%s", err.text);
    if (got == ARGS_PLAIN)
        return cli_usage_error("policies", "takes no argument, got '%s'", value);
    CLEANUP(sb_release) struct sb out = { 0 };
    if (!print_all(json, &out, &err)) {
        (void)fprintf(stderr, "stet policies: %s\n", err.text);
        return err_exit_status(err.code);
    }
    (void)fwrite(out.ptr, 1, out.len, stdout);
    return CLI_EXIT_OK;
}
