/* Corrections of a project: which frames they name, what they may decide, what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "classify/classify.h"
#include "profile/builder.h"

#define CORRECTED(k, p, c) { .kind = OVERRIDE_##k, .pattern = p, .category = CAT_##c }

struct test_row {
    const char *name;
    enum runtime_kind runtime;
    enum clock_kind clock;
    enum sample_state state;
    const char *stack; /* frames root first, "kind:func|file|module" */
    struct classify_override list[3];
    const char *category;
    const char *rule; /* NULL: the table's, whatever it is */
    bool refused;
};

#define PY "m:main|/srv/app/main.py|;m:loads|/usr/lib/python3/json/__init__.py|"
#define PY_DEEP PY ";m:raw_decode|/srv/vendored/decoder.py|"

static const struct test_row rows[] = {
    { "the leaf by its function", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", DEP) }, "dep", "project/function/main", false },
    { "function and file", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main@*/app/*.py", DEP) }, "dep", "project/function/main@*/app/*.py", false },
    { "function in another file", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main@*/other/*.py", DEP) }, "app", NULL, false },
    { "a name that holds an at sign", RUNTIME_NATIVE, CLOCK_CPU, STATE_UNKNOWN, "n:memcpy@plt||/usr/lib/libx.so",
      { CORRECTED(FUNCTION, "memcpy@plt", CRYPTO) }, "crypto", NULL, false },
    { "last part of a qualified name", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:Store.fetch|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "fetch", STDLIB) }, "stdlib", NULL, false },
    { "capitals count", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "Main", DEP) }, "app", NULL, false },
    { "by file", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FILE, "/srv/app/*", DEP) }, "dep", "project/file//srv/app/*", false },
    { "by binary", RUNTIME_NATIVE, CLOCK_CPU, STATE_UNKNOWN, "n:x||/opt/libours.so.1",
      { CORRECTED(DSO, "libours.so*", MATH) }, "math", "project/dso/libours.so*", false },
    { "by module", RUNTIME_JVM, CLOCK_CPU, STATE_UNKNOWN, "m:com.acme.wire.Codec.write||",
      { CORRECTED(MODULE, "com.acme.wire", SERDE) }, "serde", NULL, false },
    { "the longer text wins", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main@*/app/*", DEP), CORRECTED(FUNCTION, "mai*", STDLIB) }, "dep", NULL, false },
    { "of equal ones the later wins", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", DEP), CORRECTED(FUNCTION, "main", STDLIB) }, "stdlib", NULL, false },
    { "what it calls goes with it", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, PY_DEEP,
      { CORRECTED(FUNCTION, "main", CRYPTO) }, "serde", NULL, false }, /* json.loads says what it is, nearer the leaf */
    { "managed callees go with it", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN,
      "m:render|/srv/app/main.py|;m:pad|/srv/vendored/text.py|", { CORRECTED(FUNCTION, "render", SERDE) }, "serde",
      "project/function/render", false },
    { "the nearest to the leaf wins", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN,
      "m:render|/srv/app/main.py|;m:pad|/srv/vendored/text.py|;m:rjust|/srv/vendored/text.py|",
      { CORRECTED(FUNCTION, "render", SERDE), CORRECTED(FUNCTION, "pad", CRYPTO) }, "crypto", NULL, false },
    { "native callees stay native under managed code", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN,
      "m:render|/srv/app/main.py|;n:deflate||/usr/lib/libz.so.1", { CORRECTED(FUNCTION, "render", APP) }, "compress",
      NULL, false },
    { "kernel time stays kernel", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN,
      "m:render|/srv/app/main.py|;k:tcp_sendmsg||", { CORRECTED(FUNCTION, "render", CRYPTO) }, "k_net", NULL, false },
    { "a kernel frame does not become the program's", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN,
      "m:render|/srv/app/main.py|;k:tcp_sendmsg||", { CORRECTED(FUNCTION, "tcp_sendmsg", APP) }, "k_net", NULL, true },
    { "a kernel frame may be another part of the kernel", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN,
      "m:render|/srv/app/main.py|;k:tcp_sendmsg||", { CORRECTED(FUNCTION, "tcp_sendmsg", K_IPC) }, "k_ipc", NULL,
      false },
    { "no code becomes the kernel", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", K_NET) }, "app", NULL, true },
    { "samples of CPU do not wait", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", W_DB) }, "app", NULL, true },
    { "samples of CPU below it do not wait", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN,
      "m:main|/srv/app/main.py|;m:pad|/srv/app/text.py|", { CORRECTED(FUNCTION, "main", W_DB) }, "app", NULL, true },
    { "of an unknown clock neither", RUNTIME_PYTHON, CLOCK_UNKNOWN, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", IDLE_POOL) }, "app", NULL, true },
    { "running on the wall clock neither", RUNTIME_PYTHON, CLOCK_WALL, STATE_RUNNING, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", W_DB) }, "app", NULL, true },
    { "what waits does not compute", RUNTIME_PYTHON, CLOCK_WALL, STATE_WAITING, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", CRYPTO) }, "w_other", NULL, true },
    { "blocked time does not compute", RUNTIME_PYTHON, CLOCK_OFF, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", APP) }, "w_other", NULL, true },
    { "what waits waits for something else", RUNTIME_PYTHON, CLOCK_WALL, STATE_WAITING, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", W_DB) }, "w_db", "project/function/main", false },
    { "what waits below it as well", RUNTIME_PYTHON, CLOCK_OFF, STATE_UNKNOWN,
      "m:ask|/srv/app/main.py|;m:pad|/srv/app/text.py|", { CORRECTED(FUNCTION, "ask", W_LLM) }, "w_llm", NULL, false },
    { "work below it does not wait", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN,
      "m:ask|/srv/app/main.py|;m:pad|/srv/app/text.py|", { CORRECTED(FUNCTION, "ask", W_LLM) }, "app", NULL, false },
    { "without a state the leaf may wait", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "m:ask|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "ask", W_LLM) }, "w_llm", NULL, false },
    { "idle does not hide what is waited for", RUNTIME_PYTHON, CLOCK_OFF, STATE_UNKNOWN,
      "m:worker|/srv/app/main.py|;m:execute|/srv/env/site-packages/psycopg2/extras.py|;n:poll||/usr/lib/libc.so.6",
      { CORRECTED(FUNCTION, "worker", IDLE_POOL) }, "w_db", NULL, false },
    { "ready stays ready", RUNTIME_PYTHON, CLOCK_WALL, STATE_RUNNABLE, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", W_DB) }, "runq", NULL, false },
    { "an agent is no part of the program", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN,
      "m:agent|/srv/app/agent.py|;n:deflate||/usr/lib/libz.so.1", { CORRECTED(FUNCTION, "agent", PROFILER) },
      "profiler", NULL, false },
    { "native code does not own what it calls back", RUNTIME_NODE, CLOCK_CPU, STATE_UNKNOWN,
      "n:on_read||/srv/app/addon.node;m:handler|/srv/app/index.js|", { CORRECTED(FUNCTION, "on_read", CRYPTO) },
      "app", NULL, false },
    { "the GPU may be waited for on CPU", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "m:main|/srv/app/main.py|",
      { CORRECTED(FUNCTION, "main", W_GPU) }, "w_gpu", NULL, false },
};

static frame_id frame_from(struct builder *b, struct span text)
{
    struct frame_desc d = { .file = SPAN(""), .module = SPAN("") };
    struct err err = ERR_INIT;
    frame_id f;
    char kind = text.ptr[0];
    struct span rest = span_from(text, 2);
    size_t bar = span_chr(rest, 0, '|');
    d.func = span_sub(rest, 0, bar);
    rest = span_from(rest, bar + 1);
    bar = span_chr(rest, 0, '|');
    d.file = span_sub(rest, 0, bar);
    d.module = span_from(rest, bar + 1);
    d.kind = kind == 'm' ? FRAME_MANAGED : kind == 'k' ? FRAME_KERNEL : FRAME_NATIVE;
    assert_true(builder_frame(b, &d, &f, &err));
    return f;
}

static struct profile *profile_of(enum clock_kind clock, enum sample_state state, const char *text)
{
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    struct builder *b = builder_new(&lim);
    uint32_t col =
        builder_column(b, &(struct column_desc){ SPAN("x"), UNIT_SAMPLES, clock, NUM_UNKNOWN, NUM_UNKNOWN, true });
    process_id proc = builder_process(b, 1, SPAN("app"), SPAN(""));
    thread_id thread;
    assert_true(builder_thread(b, proc, 1, SPAN(""), &thread, &err));
    stack_id stack = { 0 };
    struct span rest = span_of(text);
    while (rest.len > 0) {
        size_t n = span_chr(rest, 0, ';');
        assert_true(builder_stack_child(b, stack, frame_from(b, span_sub(rest, 0, n)), &stack, &err));
        rest = span_from(rest, n + 1);
    }
    uint32_t row;
    assert_true(builder_row(b, &(struct sample_desc){ stack, thread, state, 0 }, &row, &err));
    assert_true(builder_value(b, row, col, 1.0, &err));
    struct profile *p = NULL;
    assert_true(builder_finish(b, &p, &err));
    builder_free(b);
    return p;
}

static void test_one(void **state)
{
    const struct test_row *t = *state;
    struct profile *p = profile_of(t->clock, t->state, t->stack);
    struct classify_overrides list = { .items = t->list };
    while (list.count < ARRAY_LEN(t->list) && t->list[list.count].pattern)
        list.count++;
    struct classify_options opt = {
        .runtime = t->runtime, .clock = t->clock, .native_visible = true, .overrides = &list
    };
    struct classification *c = classify_profile(p, &opt);
    struct sb id = { 0 };
    uint32_t decided = 0;
    uint32_t refused = 0;
    assert_int_equal(c->override_count, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        decided += c->overrides[i].decided;
        refused += c->overrides[i].refused;
    }
    classification_rule_id(c, c->rule[0], &id);
    assert_string_equal(category_name((enum category)c->category[0]), t->category);
    if (t->rule)
        assert_string_equal(id.ptr, t->rule);
    assert_int_equal(refused, t->refused);
    assert_int_equal(decided, strncmp(id.ptr, "project/", 8) == 0);
    struct sb json = { 0 };
    classify_explain(p, &opt, c, SPAN(""), &json);
    assert_true(json.len > 2);
    sb_release(&json);
    sb_release(&id);
    classification_free(c);
    profile_free(p);
}

static void test_none_changes_nothing(void **state)
{
    (void)state;
    struct profile *p = profile_of(CLOCK_CPU, STATE_UNKNOWN, PY_DEEP);
    struct classify_overrides list = { 0 };
    struct classify_options opt = { .runtime = RUNTIME_PYTHON, .clock = CLOCK_CPU, .overrides = &list };
    struct classification *with = classify_profile(p, &opt);
    opt.overrides = NULL;
    struct classification *without = classify_profile(p, &opt);
    assert_int_equal(with->category[0], without->category[0]);
    assert_int_equal(with->rule[0], without->rule[0]);
    assert_int_equal(with->override_count, 0);
    classification_free(with);
    classification_free(without);
    profile_free(p);
}

/* More than are read, each of them hostile: no more than OVERRIDES_MAX take part, and none of them takes long. */
static void test_many(void **state)
{
    (void)state;
    enum { N = OVERRIDES_MAX + 50 };
    char stars[OVERRIDE_PATTERN_MAX + 1];
    char name[3000];
    struct sb stack = { 0 };
    for (size_t i = 0; i < OVERRIDE_PATTERN_MAX; i++)
        stars[i] = i % 2 == 0 ? '*' : 'a';
    stars[OVERRIDE_PATTERN_MAX - 1] = 'b';
    stars[OVERRIDE_PATTERN_MAX] = '\0';
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    sb_printf(&stack, "m:%s|%s|", name, name);
    struct classify_override *items = xcalloc(N, sizeof *items);
    for (size_t i = 0; i < N; i++)
        items[i] = (struct classify_override){ .kind = (enum override_kind)(i % OVERRIDE_KIND_COUNT),
                                               .pattern = i == N - 1 ? name : stars,
                                               .category = CAT_DEP };
    struct classify_overrides list = { items, N };
    struct classify_options opt = { .runtime = RUNTIME_PYTHON, .clock = CLOCK_CPU, .overrides = &list };
    struct profile *p = profile_of(CLOCK_CPU, STATE_UNKNOWN, sb_cstr(&stack));
    struct classification *c = classify_profile(p, &opt);
    assert_int_equal(c->override_count, OVERRIDES_MAX);
    assert_string_equal(category_name((enum category)c->category[0]), "app");
    classification_free(c);
    profile_free(p);
    free(items);
    sb_release(&stack);
}

static void test_checked(void **state)
{
    (void)state;
    char longer[OVERRIDE_PATTERN_MAX + 2];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const struct {
        const char *pattern;
        enum category category;
        bool ok;
    } cases[] = {
        { "main", CAT_APP, true },     { "", CAT_APP, false },          { "*", CAT_APP, false },
        { "*?*a*", CAT_APP, false },   { "ab*", CAT_APP, true },        { "a\nb", CAT_APP, false },
        { "main", CAT_RUNQ, false },   { "main", CAT_IDLE_CPU, false }, { "main", CAT_META, false },
        { "main", CAT_W_LLM, true },   { "main", CAT_PROFILER, true },  { longer, CAT_APP, false },
        { longer + 1, CAT_APP, true },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;
        assert_int_equal(classify_override_check(span_of(cases[i].pattern), cases[i].category, &err), cases[i].ok);
        assert_int_equal(err.code, cases[i].ok ? ERR_NONE : ERR_VALUE);
    }
}

static void test_versions(void **state)
{
    (void)state;
    struct classify_override items[] = { CORRECTED(FUNCTION, "main", APP), CORRECTED(FILE, "main", APP) };
    char none[13], one[13], other[13], both[13], again[13];
    classify_overrides_version(NULL, none);
    assert_string_equal(none, "none");
    classify_overrides_version(&(struct classify_overrides){ items, 0 }, none);
    assert_string_equal(none, "none");
    classify_overrides_version(&(struct classify_overrides){ items, 1 }, one);
    classify_overrides_version(&(struct classify_overrides){ items + 1, 1 }, other);
    classify_overrides_version(&(struct classify_overrides){ items, 2 }, both);
    items[0].reason = "because";
    items[0].at_us = 5;
    classify_overrides_version(&(struct classify_overrides){ items, 1 }, again);
    assert_int_equal(strlen(one), 12);
    assert_string_not_equal(one, other);
    assert_string_not_equal(one, both);
    assert_string_equal(one, again);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + 4];
    size_t n = ARRAY_LEN(rows);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        void *row = NULL;
        const struct test_row *r = &rows[i];
        memcpy(&row, &r, sizeof row);
        tests[i] = (struct CMUnitTest){ rows[i].name, test_one, NULL, NULL, row };
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_none_changes_nothing);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_many);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_checked);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_versions);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
