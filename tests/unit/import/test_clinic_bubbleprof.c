/* clinic bubbleprof: waits by type from events and from reports; the parts without times say so. */
#include "import_test.h"

static double fact(const struct artefact *a, const char *name)
{
    for (uint32_t i = 0; i < a->fact_count; i++) {
        if (span_is(a->facts[i].name, name))
            return a->facts[i].num;
    }
    return NUM_UNKNOWN;
}

static const char data[] =
    "[{\"clusterId\":1,\"parentClusterId\":0,\"name\":\"main\",\"children\":[],\"nodes\":[{\"aggregateId\":1,\"type\":"
    "\"TCPWRAP\",\"frames\":[],\"sources\":[{\"asyncId\":5,\"init\":10,\"before\":[30,60],\"after\":[35,61],"
    "\"destroy\":70},{\"asyncId\":6,\"init\":12,\"before\":[],\"after\":[],\"destroy\":null}]},{\"sources\":[{\"init\":"
    "1,\"before\":[2],\"after\":[4]}],\"aggregateId\":2,\"type\":null}]}]";
static const char trace[] =
    "{\"traceEvents\":[{\"pid\":7,\"tid\":7,\"ts\":1000,\"tts\":100,\"ph\":\"b\",\"cat\":\"node,node.async_hooks\","
    "\"name\":\"TCPWRAP\",\"id\":\"0x5\",\"args\":{}},{\"pid\":7,\"tid\":7,\"ts\":3000,\"tts\":200,\"ph\":\"b\","
    "\"cat\":\"node,node.async_hooks\",\"name\":\"TCPWRAP_CALLBACK\",\"id\":\"0x5\"},{\"pid\":7,\"tid\":7,\"ts\":3500,"
    "\"tts\":600,\"ph\":\"e\",\"cat\":\"node,node.async_hooks\",\"name\":\"TCPWRAP_CALLBACK\",\"id\":\"0x5\"},{\"pid\":"
    "7,\"tid\":7,\"ts\":9500,\"tts\":700,\"ph\":\"b\",\"cat\":\"node,node.async_hooks\",\"name\":\"TCPWRAP_CALLBACK\","
    "\"id\":\"0x5\"},{\"pid\":7,\"tid\":7,\"ts\":9600,\"tts\":800,\"ph\":\"e\",\"cat\":\"node,node.async_hooks\","
    "\"name\":\"TCPWRAP\",\"id\":\"0x5\"}]}";

static void waits_of_a_report(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL, data, NULL);
    assert_string_equal(a->format, "clinic-bubbleprof");
    test_near(fact(a, "x_async_wait_s"), (20 + 25 + 1) * 1e-3, 1e-12);
    test_near(fact(a, "x_async_waits"), 3, 0);
    test_near(fact(a, "x_async_called_s"), (5 + 1 + 2) * 1e-3, 1e-12);
    assert_true(test_has_problem(a, "async_waits") && a->sees_wait && a->event_loop);
    assert_true(a->profile == NULL && !num_known(a->duration_s));
    artefact_free(a);
    a = test_import(
        NULL,
        "<!doctype html><html><head><title>Clinic Bubbleprof</title></head><body><script type=\"application/json\" "
        "id=\"clinic-data\">{\"data\":[{\"clusterId\":1,\"parentClusterId\":0,\"name\":\"main\",\"children\":[],"
        "\"nodes\":[{\"aggregateId\":1,\"type\":\"TCPWRAP\",\"frames\":[],\"sources\":[{\"asyncId\":5,\"init\":10,"
        "\"before\":[30,60],\"after\":[35,61],\"destroy\":70},{\"asyncId\":6,\"init\":12,\"before\":[],\"after\":[],"
        "\"destroy\":null}]},{\"sources\":[{\"init\":1,\"before\":[2],\"after\":[4]}],\"aggregateId\":2,\"type\":null}]"
        "}],\"httpRequests\":0}</script></body></html>",
        NULL);
    test_near(fact(a, "x_async_wait_s"), 46e-3, 1e-12);
    artefact_free(a);
}

static void waits_of_events(void **state)
{
    (void)state;
    struct artefact *a = test_import("clinic-bubbleprof", trace, NULL);
    test_near(fact(a, "x_async_wait_s"), 8e-3, 1e-12);
    assert_int_equal(a->acct_count, 1);
    assert_int_equal(a->acct[0].scope, ACCT_THREAD);
    test_near(a->acct[0].cpu_s, 700e-6, 1e-12);
    artefact_free(a);
    a = test_import(NULL, trace, NULL);
    assert_string_equal(a->format, "chrome-trace");
    artefact_free(a);
}

static void parts_without_times(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL, "{\"providers\":[\"TCPWRAP\",\"Timeout\"],\"pathSeparator\":\"/\",\"mainDirectory\":\"/srv/app\"}", NULL);
    assert_string_equal(a->format, "clinic-bubbleprof");
    assert_false(a->sees_wait);
    test_near(fact(a, "x_async_providers"), 2, 0);
    artefact_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_of_a_report),
        cmocka_unit_test(waits_of_events),
        cmocka_unit_test(parts_without_times),
    };
    return cmocka_run_group_tests_name("clinic-bubbleprof", tests, NULL, NULL);
}
