/* pprof: every sample type apart, clocks by type, inlining, labels, arbitrary ids, broken messages. */
#include "import_test.h"

#include "base/sb.h"

static void put_varint(struct sb *s, uint64_t v)
{
    while (v >= 0x80) {
        sb_addc(s, (char)(v | 0x80));
        v >>= 7;
    }
    sb_addc(s, (char)v);
}

static void put_num(struct sb *s, unsigned field, uint64_t v)
{
    put_varint(s, field << 3);
    put_varint(s, v);
}

static void put_bytes(struct sb *s, unsigned field, struct span bytes)
{
    put_varint(s, field << 3 | 2);
    put_varint(s, bytes.len);
    sb_add(s, bytes);
}

/* Message of up to four numbers, fields 1..4; 0 is left out. */
static void put_message(struct sb *s, unsigned field, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct sb m = { 0 };
    uint64_t v[] = { a, b, c, d };
    for (unsigned i = 0; i < 4; i++) {
        if (v[i])
            put_num(&m, i + 1, v[i]);
    }
    put_bytes(s, field, sb_span(&m));
    sb_release(&m);
}

static void put_strings(struct sb *s, const char *const *texts)
{
    for (; *texts; texts++)
        put_bytes(s, 6, span_of(*texts));
}

/* A sample: packed locations and values; a label of strings when key > 0. */
static void put_sample(struct sb *s, const uint64_t *locations, size_t n, const int64_t *values, size_t m, uint64_t key,
                       uint64_t text)
{
    struct sb message = { 0 }, packed = { 0 };
    for (size_t i = 0; i < n; i++)
        put_varint(&packed, locations[i]);
    put_bytes(&message, 1, sb_span(&packed));
    for (size_t i = 0; i < m; i++)
        put_num(&message, 2, (uint64_t)values[i]);
    if (key)
        put_message(&message, 3, key, text, 0, 0);
    put_bytes(s, 2, sb_span(&message));
    sb_release(&message);
    sb_release(&packed);
}

static const char *const texts[] = {
    "",           "samples",        "count",     "cpu",   "nanoseconds", "main.main", "/src/main.go",
    "main.inner", "runtime.goexit", "/go/asm.s", "stage", "parse",       "thread_id", "41",
    NULL
};

/* Locations 70 (main.inner inlined into main.main) and 9; the strings come last. */
static void go_profile(struct sb *s, int64_t cpu)
{
    put_message(s, 1, 1, 2, 0, 0);
    put_message(s, 1, 3, 4, 0, 0);
    put_sample(s, (uint64_t[]){ 70, 9 }, 2, (int64_t[]){ 3, cpu }, 2, 10, 11);
    put_sample(s, (uint64_t[]){ 9 }, 1, (int64_t[]){ 1, 10000000 }, 2, 12, 13);
    struct sb location = { 0 };
    put_num(&location, 1, 70);
    put_message(&location, 4, 500, 7, 0, 0);
    put_message(&location, 4, 6, 3, 0, 0);
    put_bytes(s, 4, sb_span(&location));
    sb_reset(&location);
    put_num(&location, 1, 9);
    put_message(&location, 4, 8, 0, 0, 0);
    put_bytes(s, 4, sb_span(&location));
    sb_release(&location);
    put_message(s, 5, 6, 5, 5, 6);
    put_message(s, 5, 500, 7, 7, 6);
    put_message(s, 5, 8, 8, 8, 9);
    put_message(s, 11, 3, 4, 0, 0);
    put_num(s, 12, 10000000);
    put_num(s, 10, 2000000000);
    put_strings(s, texts);
}

static struct artefact *import_bytes(struct span bytes, bool detect, struct err *err)
{
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    const struct importer *importer = detect ? import_detect(bytes, SPAN(""), err) : importer_find(SPAN("pprof"));
    if (!importer)
        return NULL;
    struct source *in = source_memory(bytes);
    struct artefact *a = artefact_new();
    a->format = importer->name;
    bool ok = importer->parse(in, &opt, a, err);
    source_free(in);
    if (ok)
        return a;
    artefact_free(a);
    return NULL;
}

static void go_cpu(void **state)
{
    (void)state;
    struct sb s = { 0 };
    struct err err = ERR_INIT;
    go_profile(&s, 30000000);
    struct artefact *a = import_bytes(sb_span(&s), true, &err);
    if (!a)
        fail_msg("%s", err.text);
    const struct profile *p = a->profile;
    assert_string_equal(a->format, "pprof");
    uint32_t cpu = profile_column_find(p, SPAN("cpu")), n = profile_column_find(p, SPAN("samples"));
    assert_int_equal(p->columns[cpu].unit, UNIT_SECONDS);
    assert_int_equal(p->columns[cpu].clock, CLOCK_CPU);
    assert_int_equal(p->columns[n].unit, UNIT_SAMPLES);
    assert_int_equal(profile_column_default(p), cpu);
    test_near(test_stack_value(a, cpu, "runtime.goexit;main.main;main.inner"), 0.03, 1e-12);
    test_near(test_stack_value(a, n, "runtime.goexit"), 1, 0);
    test_near(p->columns[cpu].total, 0.04, 1e-12);
    test_near(p->columns[cpu].rate_hz, 100, 1e-9);
    test_near(a->duration_s, 2, 1e-12);
    assert_int_equal(a->duration_source, WALL_FILE);
    assert_int_equal(p->sample_count, 4);
    assert_int_equal(a->runtime, RUNTIME_GO);
    assert_int_equal(a->native_visible, TRI_YES);
    assert_int_equal(p->label_set_count, 2);
    assert_int_equal(p->threads[1].tid, 41);
    artefact_free(a);
    sb_release(&s);
}

static void a_difference_is_refused(void **state)
{
    (void)state;
    struct sb s = { 0 };
    struct err err = ERR_INIT;
    go_profile(&s, -5);
    assert_null(import_bytes(sb_span(&s), false, &err));
    assert_int_equal(err.code, ERR_VALUE);
    assert_non_null(strstr(err.text, "difference"));
    sb_release(&s);
}

static void types(void **state)
{
    (void)state;
    static const struct {
        const char *type, *unit;
        enum clock_kind clock;
        enum err_code code;
    } cases[] = {
        { "cpu", "nanoseconds", CLOCK_CPU, ERR_NONE },   { "wall", "microseconds", CLOCK_WALL, ERR_NONE },
        { "time", "nanoseconds", CLOCK_WALL, ERR_NONE }, { "delay", "nanoseconds", CLOCK_OFF, ERR_NONE },
        { "lock_time", "ns", CLOCK_OFF, ERR_NONE },      { "samples", "count", CLOCK_UNKNOWN, ERR_NONE },
        { "inuse_space", "bytes", 0, ERR_UNSUPPORTED },  { "goroutine", "count", 0, ERR_UNSUPPORTED },
        { "threadcreate", "count", 0, ERR_UNSUPPORTED }, { "alloc_objects", "count", 0, ERR_UNSUPPORTED },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sb s = { 0 };
        struct err err = ERR_INIT;
        const char *const names[] = { "", cases[i].type, cases[i].unit, NULL };
        put_message(&s, 1, 1, 2, 0, 0);
        put_sample(&s, (uint64_t[]){ 1 }, 1, (int64_t[]){ 2000 }, 1, 0, 0);
        put_message(&s, 4, 1, 0, 0, 0);
        put_strings(&s, names);
        struct artefact *a = import_bytes(sb_span(&s), true, &err);
        assert_int_equal(err.code, cases[i].code);
        assert_true((a != NULL) == (cases[i].code == ERR_NONE));
        if (a)
            assert_int_equal(a->clock, cases[i].clock);
        artefact_free(a);
        sb_release(&s);
    }
}

/* A node wall profile leaves idle out: it is no evidence of a thread that never waits. */
static void node_leaves_idle_out(void **state)
{
    (void)state;
    struct sb s = { 0 };
    struct err err = ERR_INIT;
    const char *const names[] = { "", "sample", "count", "wall", "nanoseconds", "work", "file:///app/a.js", NULL };
    put_message(&s, 1, 1, 2, 0, 0);
    put_message(&s, 1, 3, 4, 0, 0);
    put_sample(&s, (uint64_t[]){ 1 }, 1, (int64_t[]){ 19, 190000000 }, 2, 0, 0);
    struct sb location = { 0 };
    put_num(&location, 1, 1);
    put_message(&location, 4, 1, 3, 0, 0);
    put_bytes(&s, 4, sb_span(&location));
    sb_release(&location);
    put_message(&s, 5, 1, 5, 0, 6);
    put_num(&s, 10, 6030000000);
    put_strings(&s, names);
    struct artefact *a = import_bytes(sb_span(&s), true, &err);
    assert_non_null(a);
    assert_int_equal(a->runtime, RUNTIME_NODE);
    assert_false(a->sees_wait);
    assert_true(a->one_thread_of_several);
    assert_true(test_has_problem(a, "idle_left_out"));
    test_near(a->duration_s, 6.03, 1e-9);
    artefact_free(a);
    sb_release(&s);
}

static void every_cut_and_flip_is_survived(void **state)
{
    (void)state;
    struct sb s = { 0 };
    go_profile(&s, 30000000);
    for (size_t n = 0; n < s.len; n++) {
        struct err err = ERR_INIT;
        struct artefact *a = import_bytes(span_sub(sb_span(&s), 0, n), false, &err);
        assert_true(a != NULL || err.code != ERR_NONE);
        artefact_free(a);
    }
    for (size_t bit = 0; bit < s.len * 8; bit++) {
        struct err err = ERR_INIT;
        s.ptr[bit / 8] = (char)(s.ptr[bit / 8] ^ 1 << bit % 8);
        struct artefact *a = import_bytes(sb_span(&s), false, &err);
        assert_true(a != NULL || err.code != ERR_NONE);
        artefact_free(a);
        s.ptr[bit / 8] = (char)(s.ptr[bit / 8] ^ 1 << bit % 8);
    }
    sb_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(go_cpu),
        cmocka_unit_test(a_difference_is_refused),
        cmocka_unit_test(types),
        cmocka_unit_test(node_leaves_idle_out),
        cmocka_unit_test(every_cut_and_flip_is_survived),
    };
    return cmocka_run_group_tests_name("pprof", tests, NULL, NULL);
}
