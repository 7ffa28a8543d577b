/* A project's document and packs: what policy_project_parse takes, evaluates with any exemptions; what it refuses names a
 * field or a byte. The same text as a pack is checked without a crash. */
#include "fuzz.h"

#include "policy/project.h"

#include <assert.h>
#include <stdlib.h>

static void evaluate(const struct policy_project *p, int64_t as_of_us)
{
    struct policy_set set;
    struct err err = ERR_INIT;
    struct policy_result r;
    struct policy_options opt = { .stage = STAGE_DECISION };
    struct fact_set *facts = xcalloc(1, sizeof *facts);
    if (!policy_project_packs(p, as_of_us, &set, &err))
        abort(); /* what was parsed can be put together */
    policy_project_facts(p, facts);
    facts_defaults(facts);
    if (policy_evaluate((const struct policy_pack *const *)set.packs, set.count, facts, &opt, &r, &err))
        policy_result_release(&r);
    else
        assert(err.text[0] != '\0');
    policy_set_release(&set);
    free(facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make((const char *)data, size);
    struct policy_project *p = NULL;
    struct field_errors errors = { 0 };
    struct err err = ERR_INIT;
    if (size > 20000)
        return 0;
    if (policy_project_parse(text, &p, &errors, &err)) {
        evaluate(p, 0);
        evaluate(p, 1);
    } else {
        assert(err.text[0] != '\0' && (err.code == ERR_VALUE) == (errors.count > 0));
    }
    policy_project_free(p);
    free(errors.items);
    struct policy_findings found = { 0 };
    size_t rules = 0;
    policy_check(text, 0.35, &found, &rules);
    free(found.items);
    return 0;
}
