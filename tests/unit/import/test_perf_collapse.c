/* Folding of perf script text, held against what the field's collapse tools write. */
#include "import_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/sb.h"
#include "import/perf/perf_collapse.h"

static bool keep(void *user, struct span text, struct err *err)
{
    (void)err;
    sb_add(user, text);
    return true;
}

static void collapse(struct span text, const char *mode, struct sb *out)
{
    struct collapse_options opt = { .limits = LIMITS_DEFAULT, .event = { "", 0 } };
    opt.tidy.kernel = strcmp(mode, "all") == 0 || strcmp(mode, "kernel") == 0;
    opt.tidy.jit = strcmp(mode, "all") == 0 || strcmp(mode, "jit") == 0;
    opt.pid = strcmp(mode, "pid") == 0;
    opt.tid = strcmp(mode, "tid") == 0;
    opt.tidy.addrs = strcmp(mode, "addrs") == 0;
    struct collapse_result result;
    char event[64];
    struct err err = ERR_INIT;
    struct source *in = source_memory(text);
    bool ok = perf_collapse(in, &opt, keep, out, &result, event, sizeof event, &err);
    source_free(in);
    assert_true(ok);
}

static void expect(const char *text, const char *mode, const char *want)
{
    struct sb out = { 0 };
    collapse(span_of(text), mode, &out);
    if (!span_is(sb_span(&out), want))
        fail_msg("%s: got '%s', want '%s'", mode, sb_cstr(&out), want);
    sb_release(&out);
}

static const char sample[] = "my prog 12/13 1.0: 10 cycles: \n"
                             "\tffffffff8104f45a vfs_read+0x1 ([kernel.kallsyms])\n"
                             "\t            1340 a;b<int>(int, char)+0x5f (/opt/x)\n"
                             "\t            1341 [unknown] (/usr/lib/libz.so.1)\n"
                             "\t            1342 [unknown] ([unknown])\n"
                             "\t            1343 run (/tmp/perf-12.map)\n\n";

static void names_are_tidied(void **state)
{
    (void)state;
    expect(sample, "", "my_prog;run;[unknown];[libz.so.1];a:b<int>;vfs_read 10\n");
    expect(sample, "kernel", "my_prog;run;[unknown];[libz.so.1];a:b<int>;vfs_read_[k] 10\n");
    expect(sample, "all", "my_prog;run_[j];[unknown];[libz.so.1];a:b<int>;vfs_read_[k] 10\n");
    expect(sample, "pid", "my_prog-12;run;[unknown];[libz.so.1];a:b<int>;vfs_read 10\n");
    expect(sample, "tid", "my_prog-12/13;run;[unknown];[libz.so.1];a:b<int>;vfs_read 10\n");
    expect(sample, "addrs", "my_prog;run;[unknown <1342>];[libz.so.1 <1341>];a:b<int>;vfs_read 10\n");
}

static void java_go_and_process_names(void **state)
{
    (void)state;
    expect("java 1 1.0: 5 cycles: \n\t 1 Lorg/a/B;::c->Lorg/a/D;::e (/tmp/perf-1.map)\n\t 2 (java (java)\n\n", "",
           "java;org/a/B:::c;org/a/D:::e_[i] 5\n");
    expect("go 1 1.0: 5 cycles: \n\t 1 net/http.(*conn).serve (/x)\n\n", "", "go;net/http.(*conn).serve 5\n");
    expect("xx 1 1.0: 5 cycles: \n\t 1 (anonymous namespace)::f(int) (/x)\n\n", "", "xx 5\n");
    expect("xx 1 1.0: 5 cycles: \n\t 1 a::(anonymous namespace)::f(int) (/x)\n\n", "",
           "xx;a::(anonymous namespace)::f 5\n");
}

static void the_first_event_alone_counts(void **state)
{
    (void)state;
    expect(
        "xx 1 1.0: 5 cycles: \n\t 1 f (/x)\n\nxx 1 1.1: 7 faults: \n\t 1 g (/x)\n\nxx 1 1.2: cycles: \n\t 1 f (/x)\n\n",
        "", "xx;f 6\n");
}

static void lines_are_sorted_as_bytes(void **state)
{
    (void)state;
    expect("xx 1 1.0: cycles: \n\t 1 ab (/x)\n\nxx 1 1.0: cycles: \n\t 1 z (/x)\n\t 1 a (/x)\n\n"
           "xx 1 1.0: cycles: \n\t 1 a (/x)\n\nxx 1 1.0: cycles: \n\t 1 c (/x)\n\t 1 a+b (/x)\n\n",
           "", "xx;a 1\nxx;a+b;c 1\nxx;a;z 1\nxx;ab 1\n");
}

static char *read_file(const char *path, size_t *ret_n)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    struct sb out = { 0 };
    char buf[65536];
    for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
        sb_add(&out, span_make(buf, n));
    (void)fclose(f);
    *ret_n = out.len;
    return sb_detach(&out);
}

/* Results that the collapse tool's own repository keeps. Under --pid and --tid some of them are older than the tool. */
static void as_the_tool_itself(void **state)
{
    (void)state;
    static const char *const names[] = {
        "perf-cycles-instructions-01", "perf-funcab-cmd-01",  "perf-funcab-pid-01",
        "perf-java-faults-01",         "perf-java-stacks-01", "perf-mirageos-stacks-01"
    };
    static const char *const modes[] = { "all", "kernel", "jit", "addrs" };
    const char *corpus = getenv("STET_CORPUS");
    if (!corpus) {
        print_message("STET_CORPUS is not set: comparison with the tool's own results left out\n");
        skip();
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (size_t k = 0; k < ARRAY_LEN(modes); k++) {
            struct sb path = { 0 };
            sb_printf(&path, "%s/brendangregg-FlameGraph/test/%s.txt", corpus, names[i]);
            size_t n = 0;
            size_t m = 0;
            char *text = read_file(sb_cstr(&path), &n);
            sb_reset(&path);
            sb_printf(&path, "%s/brendangregg-FlameGraph/test/results/%s-collapsed-%s.txt", corpus, names[i], modes[k]);
            char *want = read_file(sb_cstr(&path), &m);
            sb_release(&path);
            if (text && want) {
                struct sb out = { 0 };
                collapse(span_make(text, n), modes[k], &out);
                if (!span_eq(sb_span(&out), span_make(want, m)))
                    fail_msg("%s --%s differs", names[i], modes[k]);
                sb_release(&out);
            }
            free(text);
            free(want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_tidied),
        cmocka_unit_test(java_go_and_process_names),
        cmocka_unit_test(the_first_event_alone_counts),
        cmocka_unit_test(lines_are_sorted_as_bytes),
        cmocka_unit_test(as_the_tool_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
