/* Conditions of policies: whatever the text is, it is refused with a reason or gives true, false or unknown, and the
 * facts are the same afterwards. */
#include "fuzz.h"

#include "base/sql.h"

#include <assert.h>
#include <stdlib.h>

static struct sql_sandbox *sandbox;

static void sandbox_open(void)
{
    const struct sql_fact facts[] = {
        { .name = "cpu_share_hi", .num = 0.25 },
        { .name = "goal", .is_text = true, .text = { "latency", 7 } },
        { .name = "ops", .num = __builtin_nan("") },
    };
    struct err err = ERR_INIT;
    bool opened = sql_sandbox_open(facts, sizeof facts / sizeof facts[0], &sandbox, &err);
    assert(opened);
}

static void sandbox_close(void)
{
    sql_sandbox_close(sandbox);
}

/* The row that every condition reads, asked anew: nothing that ran before may have changed it. */
static void facts_check(void)
{
    struct err err = ERR_INIT;
    enum sql_truth truth = SQL_NULL;
    bool evaluated =
        sql_sandbox_eval(sandbox, SPAN("cpu_share_hi = 0.25 AND goal = 'latency' AND ops IS NULL"), &truth, &err);
    assert(evaluated && truth == SQL_TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (sandbox == NULL) {
        sandbox_open();
        (void)atexit(sandbox_close);
    }
    struct err err = ERR_INIT;
    enum sql_truth truth = SQL_NULL;
    struct span expression = span_make((const char *)data, size);
    if (sql_sandbox_eval(sandbox, expression, &truth, &err))
        assert(truth == SQL_FALSE || truth == SQL_TRUE || truth == SQL_NULL);
    else
        assert(err.code != ERR_NONE && err.text[0] != '\0');
    facts_check();
    return 0;
}
