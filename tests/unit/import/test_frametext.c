#include "import_test.h"

#include "import/cmdline.h"
#include "import/frametext.h"

static void folded_frames(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *func, *file;
        uint32_t line;
        enum frame_kind kind;
    } rows[] = {
        { "work (app.py:12)", "work", "app.py", 12, FRAME_MANAGED },
        { "<module> (<frozen importlib._bootstrap>:241)", "<module>", "<frozen importlib._bootstrap>", 241,
          FRAME_MANAGED },
        { "recv (libc.so.6)", "recv", "", 0, FRAME_NATIVE },
        { "vfs_read_[k]", "vfs_read", "", 0, FRAME_KERNEL },
        { "schedule+35", "schedule", "", 0, FRAME_UNKNOWN },
        { "std::vector<int>::push_back(int const&)", "std::vector<int>::push_back", "", 0, FRAME_UNKNOWN },
        { "Foo<(Enum)1>::bar(int)", "Foo<(Enum)1>::bar", "", 0, FRAME_UNKNOWN },
        { "(anonymous namespace)::f(int)", "(anonymous namespace)::f", "", 0, FRAME_UNKNOWN },
        { "a::operator()(int)", "a::operator()", "", 0, FRAME_UNKNOWN },
        { "net/http.(*conn).serve", "net/http.(*conn).serve", "", 0, FRAME_UNKNOWN },
        { "java/io/PrintStream.print_[j]", "java.io.PrintStream.print", "", 0, FRAME_MANAGED },
        { "java/util/HashMap:::get", "java.util.HashMap.get", "", 0, FRAME_MANAGED },
        { "resource://gre/modules/Addon.sys.mjs", "resource://gre/modules/Addon.sys.mjs", "", 0, FRAME_UNKNOWN },
        { "github.com/a/b.Run", "github.com/a/b.Run", "", 0, FRAME_UNKNOWN },
        { "LazyCompile:*handle /srv/app.js:10:5", "handle", "/srv/app.js", 10, FRAME_MANAGED },
        { "JS:~ node:internal/main:3:9", "(anonymous)", "node:internal/main", 3, FRAME_MANAGED },
        { "JS:^get size /a.js:1:2", "get size", "/a.js", 1, FRAME_MANAGED },
        { "py::work:/srv/app.py", "work", "/srv/app.py", 0, FRAME_MANAGED },
        { "core::ops::f::h0123456789abcdef", "core::ops::f", "", 0, FRAME_UNKNOWN },
        { "do_it.constprop.0", "do_it", "", 0, FRAME_UNKNOWN },
        { "[libc.so.6]", "[libc.so.6]", "", 0, FRAME_NATIVE },
        { "(idle)", "(idle)", "", 0, FRAME_UNKNOWN },
        { "RegExp:(a|b)", "RegExp:(a|b)", "", 0, FRAME_UNKNOWN },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct frametext t;
        frametext_read(span_of(rows[i].raw), &t);
        if (!span_is(t.d.func, rows[i].func) || !span_is(t.d.file, rows[i].file) || t.d.line != rows[i].line ||
            t.d.kind != rows[i].kind)
            fail_msg("%s: func '%.*s' file '%.*s' line %u kind %d", rows[i].raw, SPAN_FMT(t.d.func), SPAN_FMT(t.d.file),
                     t.d.line, (int)t.d.kind);
    }
}

static void symbols_with_dso(void **state)
{
    (void)state;
    struct frametext t;
    frametext_symbol(SPAN("vfs_read+0x1f"), SPAN("[kernel.kallsyms]"), SPAN("x"), &t);
    assert_int_equal(t.d.kind, FRAME_KERNEL);
    assert_true(span_is(t.d.func, "vfs_read"));
    frametext_symbol(SPAN("main+0x10"), SPAN("/usr/bin/x (deleted)"), SPAN("x"), &t);
    assert_int_equal(t.d.kind, FRAME_NATIVE);
    assert_true(t.d.flags & FRAME_OWN_BINARY);
    assert_true(span_is(t.d.module, "/usr/bin/x"));
    frametext_symbol(SPAN("Ljava/io/PrintStream;::print+0x4"), SPAN("/tmp/perf-12.map"), SPAN("java"), &t);
    assert_true(span_is(t.d.func, "java.io.PrintStream.print"));
    assert_int_equal(t.d.kind, FRAME_MANAGED);
    frametext_symbol(SPAN("[unknown]"), SPAN("/usr/lib/libz.so.1"), SPAN(""), &t);
    assert_true(span_is(t.d.func, "[unknown]") && span_is(t.d.module, "/usr/lib/libz.so.1"));
}

static void recorder_options_end_where_the_program_begins(void **state)
{
    (void)state;
    struct recorder_options o;
    assert_true(cmdline_recorder(SPAN("py-spy record --rate 10 -o x.svg -- python3 train.py -i data/"), &o));
    assert_false(o.idle);
    test_near(o.rate_hz, 10, 0);
    assert_true(span_is(o.program, "python3 train.py -i data/"));
    assert_true(cmdline_recorder(SPAN("/usr/bin/python3 /usr/local/bin/py-spy record -itr100 -d 30 -p 12"), &o));
    assert_true(o.idle && o.threads);
    test_near(o.rate_hz, 100, 0);
    test_near(o.duration_s, 30, 0);
    assert_int_equal(o.pid, 12);
    assert_true(cmdline_recorder(SPAN("/usr/bin/perf record -F 99 -g -o /tmp/p python3 -F 5 app.py"), &o));
    test_near(o.rate_hz, 99, 0);
    assert_true(span_is(o.program, "python3 -F 5 app.py"));
    assert_true(cmdline_recorder(SPAN("perf record -e cpu-clock -c 1000 --switch-events -a sleep 5"), &o));
    assert_true(o.system_wide && o.switch_events && !num_known(o.rate_hz));
    test_near(o.period, 1000, 0);
    assert_false(cmdline_recorder(SPAN("python3 app.py"), &o));
    assert_false(cmdline_recorder(SPAN("python3 -X perf app.py 800"), &o));
    assert_false(cmdline_recorder(SPAN("/usr/bin/python3.13 -X perf_jit archive.py 800"), &o));
    assert_true(cmdline_recorder(SPAN("perf_6.1 record -F 99 ./app"), &o));
    assert_string_equal(span_is(o.tool, "perf") ? "perf" : "", "perf");
    assert_int_equal(cmdline_runtime(SPAN("/usr/bin/python3.11 app.py")), RUNTIME_PYTHON);
    assert_int_equal(cmdline_runtime(SPAN("./nodesim 3")), RUNTIME_UNKNOWN);
    assert_true(cmdline_is_server(SPAN("python3 -m http.server 80")));
    assert_false(cmdline_is_server(SPAN("python3 batch.py")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folded_frames),
        cmocka_unit_test(symbols_with_dso),
        cmocka_unit_test(recorder_options_end_where_the_program_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
