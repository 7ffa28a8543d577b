/* Recordings written record by record: what each field of a sample and each record beside the samples becomes, seen in the
 * text that the recording is replayed as; and what is said of damaged ones. */
#include "import_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/sb.h"
#include "import/perf/data_script.h"

enum { WORDS_MAX = 24, ATTR_WORDS = 14 };
enum { HARDWARE, SOFTWARE, TRACEPOINT, CACHE, RAW, BREAKPOINT };
static const uint64_t usual = PDATA_IP | PDATA_TID | PDATA_TIME;

static void put(struct sb *out, uint64_t v, size_t width)
{
    for (size_t i = 0; i < width; i++)
        sb_addc(out, (char)(v >> (8 * i)));
}

static void put_record(struct sb *out, uint32_t type, uint16_t misc, const struct sb *body)
{
    put(out, type, 4);
    put(out, misc, 2);
    put(out, body->len + 8, 2);
    sb_add(out, sb_span(body));
}

/* A record of words of 64 bits; a name stands in front of the trailer, which says thread and time. */
static void put_words(struct sb *out, uint32_t type, uint16_t misc, const uint64_t *words, size_t n, const char *name)
{
    enum { TRAILER = 2 };
    struct sb body = { 0 };
    for (size_t i = 0; i < n; i++) {
        if (name && i + TRAILER == n) {
            sb_adds(&body, name);
            sb_fill(&body, '\0', 8 - strlen(name) % 8);
        }
        put(&body, words[i], 8);
    }
    put_record(out, type, misc, &body);
    sb_release(&body);
}

#define PUT(out, type, misc, name, ...)                                                                                \
    put_words(out, type, misc, (const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / 8, name)

static uint64_t two(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

/* The head of a recording that went through a pipe: the events follow as records. */
static void put_head(struct sb *out)
{
    sb_adds(out, "PERFILE2");
    put(out, 16, 8);
}

struct event {
    uint32_t type;
    uint64_t config, sample_type, read_format, flags, branch_type;
};

static void put_event(struct sb *out, const struct event *e, uint64_t id)
{
    uint64_t words[ATTR_WORDS + 1] = { two(e->type, ATTR_WORDS * 8), e->config, 1000000, e->sample_type,
                                       e->read_format };
    words[5] = e->flags | PDATA_FLAG_SAMPLE_ID_ALL;
    words[9] = e->branch_type;
    words[ATTR_WORDS] = id;
    put_words(out, PDATA_ATTR, 0, words, ATTR_WORDS + 1, NULL);
}

static bool keep(void *user, struct span text, struct err *err)
{
    (void)err;
    sb_add(user, text);
    return true;
}

/* The recording as text; caller frees. */
static char *text_of(struct sb *recording)
{
    struct err err = ERR_INIT;
    struct import_options own = IMPORT_OPTIONS_DEFAULT;
    struct pdata_options options = { .limits = &own.limits };
    struct source *in = source_memory(sb_span(recording));
    struct sb text = { 0 };
    bool ok = pdata_script(in, &options, keep, &text, &err);
    source_free(in);
    if (!ok)
        fail_msg("%s", err.text);
    return sb_detach(&text);
}

static void assert_says(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("no \"%s\" in:\n%s", what, text);
}

static struct artefact *read_recording(struct sb *recording, struct err *err)
{
    struct import_options own = IMPORT_OPTIONS_DEFAULT;
    struct source *in = source_memory(sb_span(recording));
    struct artefact *a = artefact_new();
    bool ok = importer_find(SPAN("perf-data"))->parse(in, &own, a, err);
    source_free(in);
    if (ok)
        return a;
    artefact_free(a);
    return NULL;
}

static void test_names_of_events(void **state)
{
    static const struct {
        struct event event;
        const char *name;
    } rows[] = {
        { { .type = HARDWARE, .config = 1 }, " instructions:" },
        { { .type = SOFTWARE, .config = 2, .flags = PDATA_FLAG_EXCLUDE_KERNEL | PDATA_FLAG_EXCLUDE_HV },
          " page-faults:u:" },
        { { .type = HARDWARE, .flags = PDATA_FLAG_EXCLUDE_USER | 2ul << 15 }, " cycles:khpp:" },
        { { .type = CACHE, .config = 0x10000 }, " L1-dcache-load-misses:" },
        { { .type = CACHE, .config = 0x202 }, " LLC-prefetches:" },
        { { .type = CACHE, .config = 0x77 }, " unknown-ext-hardware-cache-type:" },
        { { .type = RAW, .config = 0x1c2 }, " raw-0x1c2:" },
        { { .type = TRACEPOINT, .config = 311 }, " unknown-tracepoint:" },
        { { .type = BREAKPOINT }, " mem:" },
        { { .type = 99 }, " unknown-attr-type-99:" },
    };
    (void)state;
    struct sb out = { 0 };
    put_head(&out);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct event e = rows[i].event;
        e.sample_type = usual | PDATA_IDENTIFIER;
        put_event(&out, &e, 100 + i);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        PUT(&out, PDATA_SAMPLE, PDATA_MODE_USER, NULL, 100 + i, 0x1000, two(7, 7), 5000 + i);
    char *text = text_of(&out);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_says(text, rows[i].name);
    free(text);
    sb_release(&out);
}

/* Every optional field in front of the call chain, values of a group among them, and those behind it. */
static void test_fields_of_a_sample(void **state)
{
    enum { ENABLED = 1, RUNNING = 2, ID = 4, GROUP = 8, HW_INDEX = 1 << 17 };
    (void)state;
    for (unsigned group = 0; group < 2; group++) {
        struct sb out = { 0 };
        struct event e = { .type = SOFTWARE, .read_format = ENABLED | RUNNING | ID | (group ? GROUP : 0) };
        e.sample_type = usual | PDATA_ADDR | PDATA_ID | PDATA_STREAM_ID | PDATA_CPU | PDATA_PERIOD | PDATA_READ |
                        PDATA_CALLCHAIN | PDATA_RAW | PDATA_BRANCH_STACK;
        e.branch_type = HW_INDEX;
        put_head(&out);
        put_event(&out, &e, 5);
        uint64_t words[WORDS_MAX] = { 0xa1, two(7, 8), 5000000000, 0, 5, 5, 3, 42 };
        size_t n = 8;
        if (group) {
            const uint64_t values[] = { 2, 10, 10, 1, 5, 2, 6 };
            memcpy(words + n, values, sizeof values);
            n += ARRAY_LEN(values);
        } else {
            const uint64_t values[] = { 1, 10, 10, 5 };
            memcpy(words + n, values, sizeof values);
            n += ARRAY_LEN(values);
        }
        const uint64_t rest[] = { 2, 0xa1, 0xb2, two(4, 0xffff), 0, UINT64_MAX };
        memcpy(words + n, rest, sizeof rest);
        put_words(&out, PDATA_SAMPLE, PDATA_MODE_USER, words, n + ARRAY_LEN(rest), NULL);
        char *text = text_of(&out);
        assert_says(text, "7/8");
        assert_says(text, "[003] ");
        assert_says(text, "5.000000000:         42 cpu-clock:");
        assert_says(text, " a1 [unknown]");
        assert_says(text, " b2 [unknown]");
        free(text);
        sb_release(&out);
    }
}

static void test_records_beside_the_samples(void **state)
{
    (void)state;
    struct sb out = { 0 };
    struct event e = { .type = SOFTWARE, .sample_type = usual | PDATA_CALLCHAIN };
    put_head(&out);
    put_event(&out, &e, 5);
    /* The trailer: process and thread, time. */
    PUT(&out, PDATA_KSYMBOL, 0, "bpf_prog_1", 0xffffffffc0000000, two(0x100, 1), two(7, 7), 1000);
    char *nothing = text_of(&out);
    assert_null(strstr(nothing, "PERF_RECORD"));
    free(nothing);
    PUT(&out, PDATA_MMAP, PDATA_MODE_KERNEL, "[kernel.kallsyms]_text", two(UINT32_MAX, 0), 0xffffffff81000000,
        0x1000000, 0xffffffff81000000, two(7, 7), 1000);
    PUT(&out, PDATA_MMAP, PDATA_MODE_GUEST_KERNEL, "[guest.kernel.kallsyms]", two(UINT32_MAX, 0), 0, UINT64_MAX, 0,
        two(7, 7), 1000);
    PUT(&out, PDATA_LOST, 0, NULL, 5, 17, two(7, 7), 2000);
    PUT(&out, PDATA_SWITCH_CPU_WIDE, PDATA_MISC_13 | PDATA_MISC_14, NULL, two(9, 10), two(7, 7), 2500);
    PUT(&out, PDATA_SWITCH_CPU_WIDE, 0, NULL, two(9, 10), two(7, 7), 2600);
    PUT(&out, PDATA_LOST_SAMPLES, 0, NULL, 3, two(7, 7), 2700);
    PUT(&out, PDATA_FORK, 0, NULL, two(20, 7), two(21, 7), 3000, two(7, 7), 3000);
    PUT(&out, PDATA_SAMPLE, PDATA_MODE_KERNEL, NULL, 0xffffffff81000010, two(7, 7), 4000, 6, (uint64_t)-128,
        0xffffffff81000010, 0xffffffff83000000, (uint64_t)-2048, 0x77, (uint64_t)-512);
    /* A marker that nobody knows: the whole chain is given up, as perf does. */
    PUT(&out, PDATA_SAMPLE, PDATA_MODE_KERNEL, NULL, 0x1, two(7, 7), 5000, 2, (uint64_t)-333, 0x99);
    char *text = text_of(&out);
    assert_says(text, "PERF_RECORD_LOST lost 17");
    assert_says(text, "PERF_RECORD_LOST_SAMPLES lost samples 3");
    assert_says(text, "PERF_RECORD_SWITCH_CPU_WIDE OUT preempt  next pid/tid:     9/10");
    assert_says(text, "PERF_RECORD_SWITCH_CPU_WIDE IN  prev pid/tid:     9/10");
    assert_says(text, "PERF_RECORD_FORK(20:21):(7:7)");
    assert_says(text, "ffffffff81000010 ");
    assert_says(text, " 77 [unknown]");
    assert_null(strstr(text, " 99 "));
    free(text);
    sb_release(&out);
}

static void test_build_id_of_a_map(void **state)
{
    (void)state;
    struct sb out = { 0 };
    struct event e = { .type = SOFTWARE, .sample_type = usual };
    put_head(&out);
    put_event(&out, &e, 5);
    PUT(&out, PDATA_MMAP2, PDATA_MODE_USER | PDATA_MISC_14, "/srv/app/work", two(7, 7), 0x400000, 0x1000, 0,
        two(4, 0x44332211), 0, 0, two(5, 2), two(7, 7), 3000);
    PUT(&out, PDATA_SAMPLE, PDATA_MODE_USER, NULL, 0x400010, two(7, 7), 4000);
    char *text = text_of(&out);
    assert_says(text, "<11223344>]: r-xp ");
    assert_says(text, "(/srv/app/work)");
    free(text);
    sb_release(&out);
}

/* Samples of a stranger's id and samples that end early are counted, and what stands behind a lie is not read. */
static void test_damage_is_said(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    struct sb out = { 0 };
    struct event e = { .type = SOFTWARE, .sample_type = usual | PDATA_IDENTIFIER };
    put_head(&out);
    put_event(&out, &e, 100);
    put_event(&out, &e, 101);
    for (uint64_t i = 0; i < 4; i++)
        PUT(&out, PDATA_SAMPLE, PDATA_MODE_USER, NULL, 100, 0x1000, two(7, 7), 5000 + i);
    PUT(&out, PDATA_SAMPLE, PDATA_MODE_USER, NULL, 777, 0x1000, two(7, 7), 6000);
    PUT(&out, PDATA_SAMPLE, PDATA_MODE_USER, NULL, 101, 0x1000);
    put(&out, PDATA_SAMPLE, 4);
    put(&out, 4ull << 16, 4); /* a length of 4 */
    struct artefact *a = read_recording(&out, &err);
    assert_non_null(a);
    assert_true(test_has_problem(a, "unknown_events"));
    assert_true(test_has_problem(a, "bad_samples"));
    assert_true(test_has_problem(a, "bad_records"));
    assert_int_equal(a->profile->row_samples[0], 4);
    artefact_free(a);
    sb_release(&out);
}

static void test_stacks_of_another_machine(void **state)
{
    enum { FEATURE_ARCH = 6 };
    struct err err = ERR_INIT;
    (void)state;
    for (unsigned abi = 1; abi < 3; abi++) {
        struct sb out = { 0 };
        struct event e = { .type = SOFTWARE,
                           .sample_type = usual | PDATA_CALLCHAIN | PDATA_REGS_USER | PDATA_STACK_USER };
        put_head(&out);
        put_event(&out, &e, 5);
        /* No registers are named: no mask of a machine that is known. */
        PUT(&out, PDATA_SAMPLE, PDATA_MODE_USER, NULL, 0x1000, two(7, 7), 5000, 2, (uint64_t)-512, 0x1000, abi, 16, 1,
            2, 16);
        struct artefact *a = read_recording(&out, &err);
        assert_non_null(a);
        assert_true(test_has_problem(a, "stacks_not_unwound"));
        artefact_free(a);
        sb_release(&out);
    }
}

static void test_limits(void **state)
{
    enum { EVENTS = 4097 };
    struct err err = ERR_INIT;
    (void)state;
    struct sb out = { 0 };
    struct event e = { .type = SOFTWARE, .sample_type = usual };
    put_head(&out);
    for (uint64_t i = 0; i < EVENTS; i++)
        put_event(&out, &e, 100 + i);
    assert_null(read_recording(&out, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "more than 4096 events"));
    sb_release(&out);
    err = ERR_INIT;
    put_head(&out);
    PUT(&out, PDATA_COMPRESSED2, 0, NULL, 0);
    out.len -= 8;
    out.ptr[out.len - 2] = 8;
    assert_null(read_recording(&out, &err));
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_non_null(strstr(err.text, "compressed record at byte 16 is too short"));
    sb_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_events),
        cmocka_unit_test(test_fields_of_a_sample),
        cmocka_unit_test(test_records_beside_the_samples),
        cmocka_unit_test(test_build_id_of_a_map),
        cmocka_unit_test(test_damage_is_said),
        cmocka_unit_test(test_stacks_of_another_machine),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
