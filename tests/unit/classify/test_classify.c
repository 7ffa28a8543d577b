/* The decision procedure, stack by stack. A stack is written root first, frames separated by ';':
 * "func|file|module" with m:, n:, k: or u: before it for its kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/classify.h"
#include "profile/builder.h"

struct test_row {
    const char *name;
    enum runtime_kind runtime;
    enum clock_kind clock;
    enum sample_state state;
    const char *comm;
    const char *stack;
    const char *category;
    const char *rule; /* NULL: not looked at */
};

static const struct test_row rows[] = {
    { "asyncio loop idle", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:main|/srv/app/a.py|;m:run_forever|asyncio/base_events.py|;m:select|selectors.py|", "idle_loop",
      "python/function/select@*selectors.py" },
    { "on-CPU select is the standard library's CPU", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:main|/srv/app/a.py|;m:select|selectors.py|", "stdlib", NULL },
    { "pool worker parked", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:_bootstrap|threading.py|;m:_worker|concurrent/futures/thread.py|", "idle_pool", NULL },
    { "pool worker parked, native frames recorded", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:_bootstrap|threading.py|;m:_worker|concurrent/futures/thread.py|;n:sem_wait||/usr/lib/libc.so.6", "idle_pool",
      NULL },
    { "task in a pool worker waits for a lock", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:_worker|concurrent/futures/thread.py|;m:job|/srv/app/a.py|;m:wait|threading.py|", "w_lock", NULL },
    { "queue worker", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:loop|/srv/app/a.py|;m:get|queue.py|;m:wait|threading.py|", "idle_pool", NULL },
    { "HTTP client", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;m:get|requests/api.py|;m:readinto|socket.py|", "w_http", NULL },
    { "qualified names", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;m:SocketIO.readinto|/usr/lib/python3.11/socket.py|", "w_net",
      "python/function/readinto@*socket.py" },
    { "language model over httpx over ssl", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;m:create|openai/resources.py|;m:send|httpx/_client.py|;m:read|ssl.py|", "w_llm", NULL },
    { "on-CPU below the same client is no waiting", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;m:create|openai/resources.py|;m:build|openai/_models.py|", "dep", NULL },
    { "subprocess wait through selectors", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;m:communicate|subprocess.py|;m:select|selectors.py|", "w_proc", NULL },
    { "retry sleep inside a client", RUNTIME_PYTHON, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;m:get|requests/api.py|;m:sleep|tenacity/nap.py|", "w_timer", NULL },
    { "json of the standard library", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;m:dumps|json/__init__.py|;m:encode|json/encoder.py|", "serde", NULL },
    { "import machinery", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:<module>|/srv/app/a.py|;m:_find_and_load|<frozen importlib._bootstrap>|", "startup", NULL },
    { "own code", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "", "m:<module>|/srv/app/a.py|;m:job|/srv/app/a.py|", "app",
      "origin/app" },
    { "package below site-packages", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:job|/usr/lib/python3/dist-packages/nobody/knows.py|", "dep", "origin/dep" },
    { "standard library by path", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:job|/usr/lib/python3.11/textwrap.py|", "stdlib", "origin/stdlib" },
    { "interpreter", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;n:_PyEval_EvalFrameDefault||/usr/bin/python3.11", "vm", NULL },
    { "interpreter by its binary alone", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;n:_helper||/usr/bin/python3.11", "vm", "native/dso/python3*" },
    { "BLAS without symbols", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;n:[unknown]||/usr/lib/libopenblas.so.0", "math", "native/dso/libopenblas*.so*" },
    { "kernel copy inherits the network", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:job|/srv/app/a.py|;k:entry_SYSCALL_64||;k:tcp_sendmsg||;k:_copy_to_iter||", "k_net", NULL },
    { "kernel part of folded text", RUNTIME_UNKNOWN, CLOCK_CPU, STATE_UNKNOWN, "",
      "u:main||;u:__send||;u:entry_SYSCALL_64_after_hwframe||;u:do_syscall_64||;u:tcp_sendmsg||", "k_net", NULL },
    { "recv as an on-CPU leaf is kernel or library CPU, never waiting", RUNTIME_NATIVE, CLOCK_CPU, STATE_UNKNOWN, "",
      "n:main||/srv/app/a;n:recv||/usr/lib/libc.so.6", "native", NULL },
    { "recv in wall samples", RUNTIME_NATIVE, CLOCK_WALL, STATE_UNKNOWN, "",
      "n:main||/srv/app/a;n:recv||/usr/lib/libc.so.6", "w_net", NULL },
    { "V8 idle", RUNTIME_NODE, CLOCK_WALL, STATE_UNKNOWN, "", "m:(idle)||", "idle_loop", NULL },
    { "V8 collector", RUNTIME_NODE, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:handler|file:///srv/app/s.js|;m:(garbage collector)||", "gc", NULL },
    { "node package", RUNTIME_NODE, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:handle|file:///srv/app/node_modules/express/lib/router.js|", "dep", NULL },
    { "JSON.parse", RUNTIME_NODE, CLOCK_WALL, STATE_UNKNOWN, "", "m:h|file:///srv/app/s.js|;m:JSON.parse||",
      "serde_native", NULL },
    { "handler called back by native code", RUNTIME_NODE, CLOCK_CPU, STATE_UNKNOWN, "",
      "n:uv__stream_io||/usr/bin/node;m:handler|/srv/app/s.js|", "app", "origin/app" },
    { "native code below a native claim", RUNTIME_NODE, CLOCK_CPU, STATE_UNKNOWN, "",
      "n:uv__stream_io||/usr/bin/node;n:helper||/usr/bin/node", "native", NULL },
    { "blocking read of a file", RUNTIME_NODE, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:h|file:///srv/app/s.js|;m:readFileSync|node:fs|", "w_disk", NULL },
    { "switched out with a preempted state", RUNTIME_NATIVE, CLOCK_WALL, STATE_RUNNABLE, "", "n:main||/srv/app/a",
      "runq", "state/runq" },
    { "switched out, nothing else known", RUNTIME_NATIVE, CLOCK_WALL, STATE_WAITING, "", "n:main||/srv/app/a",
      "w_other", "state/w_other" },
    { "switched out in a futex", RUNTIME_NATIVE, CLOCK_WALL, STATE_WAITING, "",
      "n:main||/srv/app/a;k:entry_SYSCALL_64||;k:futex_wait_queue||;k:schedule||", "w_lock", NULL },
    { "off-CPU disk", RUNTIME_NATIVE, CLOCK_OFF, STATE_UNKNOWN, "",
      "n:main||/srv/app/a;k:vfs_fsync||;k:io_schedule||;k:schedule||", "w_disk", NULL },
    { "running state of a wall recording is CPU", RUNTIME_NATIVE, CLOCK_WALL, STATE_RUNNING, "",
      "n:main||/srv/app/a;n:recv||/usr/lib/libc.so.6", "native", NULL },
    { "the empty processor", RUNTIME_UNKNOWN, CLOCK_CPU, STATE_UNKNOWN, "swapper",
      "k:cpu_startup_entry||;k:native_safe_halt||", "idle_cpu", NULL },
    { "JDBC", RUNTIME_JVM, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:app.Main.run||;m:org.postgresql.core.v3.QueryExecutorImpl.execute||;m:java.net.SocketInputStream.socketRead0|"
      "|",
      "w_db", NULL },
    { "ForkJoin worker parked", RUNTIME_JVM, CLOCK_WALL, STATE_UNKNOWN, "",
      "m:java.util.concurrent.ForkJoinPool.runWorker||;m:java.util.concurrent.ForkJoinPool.awaitWork||;"
      "m:jdk.internal.misc.Unsafe.park||",
      "idle_pool", NULL },
    { "Go allocation", RUNTIME_GO, CLOCK_CPU, STATE_UNKNOWN, "",
      "n:main.work|/srv/app/main.go|;n:runtime.mallocgc|/usr/lib/go/src/runtime/malloc.go|", "alloc", NULL },
    { "Go own code below a profiler label", RUNTIME_GO, CLOCK_CPU, STATE_UNKNOWN, "",
      "n:main.main|/srv/app/main.go|;n:runtime/pprof.Do|/usr/lib/go/src/runtime/pprof/runtime.go|;"
      "n:main.main.func1|/srv/app/main.go|;n:strconv.Itoa|/usr/lib/go/src/strconv/itoa.go|",
      "stdlib", NULL },
    { "the Go profiler's own work", RUNTIME_GO, CLOCK_CPU, STATE_UNKNOWN, "",
      "n:runtime/pprof.profileWriter|/usr/lib/go/src/runtime/pprof/pprof.go|;"
      "n:compress/flate.(*compressor).deflate|/usr/lib/go/src/compress/flate/deflate.go|",
      "profiler", NULL },
    { "Go own code", RUNTIME_GO, CLOCK_CPU, STATE_UNKNOWN, "", "n:main.work|/srv/app/main.go|", "app", NULL },
    { "Go standard library", RUNTIME_GO, CLOCK_CPU, STATE_UNKNOWN, "",
      "n:main.work|/srv/app/main.go|;n:strconv.Itoa|/usr/lib/go/src/strconv/itoa.go|", "stdlib", NULL },
    { "waiting for the GPU spins", RUNTIME_PYTHON, CLOCK_CPU, STATE_UNKNOWN, "",
      "m:step|/srv/app/a.py|;n:cudaStreamSynchronize||/usr/lib/libcudart.so", "w_gpu", NULL },
    { "no name at all", RUNTIME_NATIVE, CLOCK_CPU, STATE_UNKNOWN, "", "n:[unknown]||", "unknown", NULL },
    { "own native binary", RUNTIME_NATIVE, CLOCK_CPU, STATE_UNKNOWN, "", "o:work||/srv/app/a", "app", NULL },
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
    d.kind = kind == 'm' ? FRAME_MANAGED : kind == 'k' ? FRAME_KERNEL : kind == 'u' ? FRAME_UNKNOWN : FRAME_NATIVE;
    d.flags = kind == 'o' ? FRAME_OWN_BINARY : 0;
    /* A Go or node file in a native frame stands in `file`; a lone path behind two bars is the module. */
    assert_true(builder_frame(b, &d, &f, &err));
    return f;
}

static void test_one(void **state)
{
    const struct test_row *t = *state;
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    struct builder *b = builder_new(&lim);
    uint32_t col =
        builder_column(b, &(struct column_desc){ SPAN("x"), UNIT_SAMPLES, t->clock, NUM_UNKNOWN, NUM_UNKNOWN, true });
    process_id proc = builder_process(b, 1, SPAN("app"), SPAN(""));
    thread_id thread;
    assert_true(builder_thread(b, proc, 1, span_of(t->comm), &thread, &err));
    stack_id stack = { 0 };
    struct span rest = span_of(t->stack);
    while (rest.len > 0) {
        size_t n = span_chr(rest, 0, ';');
        assert_true(builder_stack_child(b, stack, frame_from(b, span_sub(rest, 0, n)), &stack, &err));
        rest = span_from(rest, n + 1);
    }
    uint32_t row;
    assert_true(builder_row(b, &(struct sample_desc){ stack, thread, t->state, 0 }, &row, &err));
    assert_true(builder_value(b, row, col, 1.0, &err));
    struct profile *p = NULL;
    assert_true(builder_finish(b, &p, &err));
    struct classify_options opt = { .runtime = t->runtime, .clock = t->clock, .native_visible = true };
    struct classification *c = classify_profile(p, &opt);
    assert_string_equal(category_name((enum category)c->category[0]), t->category);
    struct sb id = { 0 };
    classify_rule_id(c->rule[0], &id);
    if (t->rule)
        assert_string_equal(id.ptr, t->rule);
    struct sb json = { 0 };
    classify_explain(p, &opt, c, SPAN(""), &json);
    assert_true(json.len > 2);
    sb_release(&json);
    sb_release(&id);
    classification_free(c);
    profile_free(p);
    builder_free(b);
}

static void test_version(void **state)
{
    (void)state;
    assert_int_equal(strlen(classify_version()), 12);
    assert_true(classify_rule_count() >= 877);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + 1];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        void *row = NULL;
        const struct test_row *r = &rows[i];
        memcpy(&row, &r, sizeof row);
        tests[i] = (struct CMUnitTest){ rows[i].name, test_one, NULL, NULL, row };
    }
    tests[ARRAY_LEN(rows)] = (struct CMUnitTest)cmocka_unit_test(test_version);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
