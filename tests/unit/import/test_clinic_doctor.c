/* clinic doctor: weights by time, a frame cut off at the end, pauses inside each other, thread clocks. */
#include "import_test.h"

#include "base/sb.h"

static void put_double(struct sb *s, char tag, double d)
{
    sb_addc(s, tag);
    sb_add(s, span_make((const char *)&d, sizeof d)); /* the tests run on little-endian machines, as the format is */
}

static void put_frame(struct sb *s, double at, double delay, double cpu)
{
    sb_addc(s, 0);
    sb_addc(s, 27);
    put_double(s, 0x09, at);
    put_double(s, 0x11, delay);
    put_double(s, 0x19, cpu);
}

static struct artefact *import_named(struct span bytes, struct span name, struct err *err)
{
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    const struct importer *importer = import_detect(bytes, name, err);
    if (!importer)
        fail_msg("no importer: %s", err->text);
    assert_string_equal(importer->name, "clinic-doctor");
    struct source *in = source_memory(bytes);
    struct artefact *a = artefact_new();
    a->format = importer->name;
    a->name = artefact_text(a, name);
    bool ok = importer->parse(in, &opt, a, err);
    source_free(in);
    if (ok)
        return a;
    artefact_free(a);
    return NULL;
}

/* 10 ms at 0.1, then one blocked second at 1.0, then 90 ms idle: the mean of the readings would be 0.37. */
static void weighed_by_time(void **state)
{
    (void)state;
    struct sb s = { 0 };
    struct err err = ERR_INIT;
    put_frame(&s, 5000, 0, 0.5);
    put_frame(&s, 5010, 0, 0.1);
    put_frame(&s, 6010, 990, 1.0);
    put_frame(&s, 6100, 0, 0.0);
    sb_addc(&s, 0); /* killed while writing */
    sb_addc(&s, 27);
    sb_addc(&s, 0x09);
    struct artefact *a = import_named(sb_span(&s), SPAN("4711.clinic-doctor-processstat"), &err);
    assert_non_null(a);
    const struct accounting *c = &a->acct[0];
    test_near(c->wall_s, 1.1, 1e-12);
    test_near(c->cpu_s, 1.001, 1e-12);
    test_near(c->share_lo, 0.91, 1e-12);
    test_near(c->share_hi, (1.001 + 0.3) / 1.4, 1e-12);
    assert_int_equal(c->scope, ACCT_PROCESS);
    assert_int_equal(c->pid, 4711);
    assert_false(c->whole_life);
    assert_true(a->event_loop);
    assert_null(a->profile);
    artefact_free(a);
    sb_release(&s);
}

static void pauses_and_thread_clocks(void **state)
{
    (void)state;
    static const char text[] =
        "{\"traceEvents\":[{\"pid\":7,\"tid\":7,\"ts\":1000,\"tts\":500,\"ph\":\"X\",\"name\":\"V8.GCScavenger\","
        "\"dur\":100},"
        "{\"pid\":7,\"tid\":7,\"ts\":2010,\"tts\":700,\"ph\":\"X\",\"name\":\"V8.GCIncrementalMarking\",\"dur\":50},"
        "{\"pid\":7,\"tid\":7,\"ts\":2000,\"tts\":690,\"ph\":\"X\",\"name\":\"V8.GCFinalizeMC\",\"dur\":300},"
        "{\"pid\":7,\"tid\":7,\"ts\":2001,\"tts\":691,\"ph\":\"X\",\"name\":\"V8.GC_MC_MARK\",\"dur\":3000},"
        "{\"pid\":7,\"tid\":9,\"ts\":1500,\"tts\":5,\"ph\":\"b\",\"name\":\"x\"},"
        "{\"pid\":7,\"tid\":7,\"ts\":0,\"tts\":0,\"ph\":\"M\",\"name\":\"thread_name\",\"args\":{\"name\":\"n\"}},"
        "{\"pid\":7,\"tid\":7,\"ts\":11000,\"tts\":2500,\"ph\":\"E\",\"name\":\"x\"},";
    struct err err = ERR_INIT;
    struct artefact *a = import_named(span_of(text), SPAN("7.clinic-doctor-traceevent"), &err);
    assert_non_null(a);
    assert_int_equal(a->acct[0].scope, ACCT_THREAD);
    test_near(a->acct[0].cpu_s, 2000e-6, 1e-12);
    test_near(a->acct[0].wall_s, 10000e-6, 1e-12);
    test_near(a->acct[0].share_lo, 0.2, 1e-12);
    double share = 0, max = 0, count = 0;
    for (uint32_t i = 0; i < a->fact_count; i++) {
        share = span_is(a->facts[i].name, "gc_pause_share") ? a->facts[i].num : share;
        max = span_is(a->facts[i].name, "gc_pause_max_s") ? a->facts[i].num : max;
        count = span_is(a->facts[i].name, "x_gc_pauses") ? a->facts[i].num : count;
    }
    test_near(share, 0.04, 1e-12);
    test_near(max, 300e-6, 1e-12);
    test_near(count, 2, 0);
    assert_true(test_has_problem(a, "trace_cut_off"));
    artefact_free(a);
}

static void clocks_of_the_system(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct artefact *a = import_named(SPAN("{\"clock\":{\"hrtime\":[10,500000000],\"unixtime\":2000500},"
                                           "\"nodeVersions\":{\"node\":\"20.1.0\"},\"toolVersion\":\"11.0.0\"}"),
                                      SPAN("unknown"), &err);
    assert_non_null(a);
    assert_true(span_is(a->tool_version, "11.0.0"));
    test_near(a->facts[a->fact_count - 1].num, 1990, 1e-9);
    artefact_free(a);
}

static void the_report(void **state)
{
    (void)state;
    static const char text[] =
        "<!DOCTYPE html><html><head><title>Clinic Doctor</title></head><body><script type=\"application/json\" "
        "id=\"clinic-data\">"
        "{\"traceEvent\":[],\"processStat\":[{\"timestamp\":1000,\"delay\":0,\"cpu\":0.5,\"memory\":{\"rss\":100}},"
        "{\"timestamp\":2000,\"delay\":1,\"cpu\":0.25,\"memory\":{\"rss\":200}}],\"analysis\":{\"issueCategory\":"
        "\"io\"}}</script></body></html>";
    struct err err = ERR_INIT;
    struct artefact *a = import_named(span_of(text), SPAN("unknown"), &err);
    assert_non_null(a);
    test_near(a->acct[0].share_lo, 0.25, 1e-12);
    test_near(a->acct[0].rss_max_bytes, 200, 0);
    artefact_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weighed_by_time),
        cmocka_unit_test(pauses_and_thread_clocks),
        cmocka_unit_test(clocks_of_the_system),
        cmocka_unit_test(the_report),
    };
    return cmocka_run_group_tests_name("clinic_doctor", tests, NULL, NULL);
}
