/* perf script text long enough to be read by threads: the same profile and the same folded text for every number of them,
 * with states of threads, lines and odd places that lie across the chunks. */
#include "import_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/sb.h"
#include "import/perf/perf_chunk.h"
#include "import/perf/perf_collapse.h"
#include "profile/codec.h"

enum { TEXT_BYTES = 14 << 20 };

static uint32_t step(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void add_stack(struct sb *out, uint64_t *state)
{
    uint32_t depth = 3 + step(state) % 20;
    for (uint32_t i = 0; i < depth; i++) {
        uint32_t f = i < 4 ? step(state) % 3000 : i * 17 % 40;
        if (f % 11 == 0)
            sb_printf(out, "\t        ffffffff8%07x kernel_%u+0x%x ([kernel.kallsyms])\n", f * 16, f, f % 64);
        else if (f % 13 == 0)
            sb_printf(out, "\t    7f00000%09x [unknown] (/usr/lib/lib%u.so)\n", f * 16, f % 5);
        else
            sb_printf(out, "\t        5555555%05x Lapp/Work%u;run(int, char)+0x%x (/srv/app/work)\n", f * 8, f, f % 64);
    }
}

/* odd: also lines that are none, comments between, events without a blank line, bare stacks and CR LF. */
static void make(struct sb *out, bool odd)
{
    static const char *const comms[] = { "server", "java", "C2 CompilerThre", "kworker/0:1-eve" };
    uint64_t state = 42;
    sb_adds(out, "# ========\n# captured on    : Mon Jan  5 10:00:00 2026\n# cmdline : /usr/bin/perf record -F 99 -g "
                 "-- ./work\n");
    for (uint64_t n = 0; out->len < TEXT_BYTES; n++) {
        uint32_t thread = step(&state) % 16;
        double at = 100 + (double)n * 0.001;
        const char *comm = comms[thread % 4];
        unsigned tid = 4000 + thread;
        if (n % 5 == 1)
            sb_printf(out, "%s %u/%u [%03u] %.6f: PERF_RECORD_SWITCH %s\n", comm, 4000u, tid, thread % 2, at,
                      step(&state) % 2 ? "OUT" : "OUT preempt");
        if (n % 5 == 2)
            sb_printf(out, "%s %u/%u [%03u] %.6f: PERF_RECORD_SWITCH IN\n", comm, 4000u, tid, thread % 2, at);
        sb_printf(out, "%s %u/%u [%03u] %.6f: %10u %s: \n", comm, 4000u, tid, thread % 2, at,
                  1000000 + step(&state) % 4096, n % 9 == 8 ? "page-faults" : "cpu-clock:pppH");
        add_stack(out, &state);
        if (odd && n % 97 == 0)
            sb_adds(out, "what is this line\n");
        if (odd && n % 101 == 0)
            sb_adds(out, "# a comment\n");
        if (odd && n % 103 == 0)
            continue; /* the next event follows at once */
        sb_adds(out, odd && n % 107 == 0 ? "\r\n" : "\n");
        if (odd && n % 109 == 0)
            add_stack(out, &state), sb_addc(out, '\n');
    }
}

static void profile_of(struct span text, unsigned threads, struct sb *out)
{
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    struct artefact_list list = { 0 };
    struct err err = ERR_INIT;
    opt.threads = threads;
    opt.no_hash = true;
    if (!import_memory(text, SPAN("x"), "perf-script", &opt, &list, &err))
        fail_msg("%s", err.text);
    assert_int_equal(list.count, 1);
    assert_true(artefact_encode(list.items[0], out, &err));
    for (uint32_t i = 0; i < list.items[0]->problem_count; i++)
        sb_printf(out, "%s %.*s\n", list.items[0]->problems[i].code, SPAN_FMT(list.items[0]->problems[i].text));
    artefact_list_release(&list);
}

static void same_profile(bool odd)
{
    struct sb text = { 0 };
    struct sb one = { 0 };
    make(&text, odd);
    profile_of(sb_span(&text), 1, &one);
    for (unsigned threads = 2; threads <= 5; threads += 3) {
        struct sb many = { 0 };
        profile_of(sb_span(&text), threads, &many);
        assert_int_equal(one.len, many.len);
        assert_memory_equal(one.ptr, many.ptr, one.len);
        sb_release(&many);
    }
    sb_release(&one);
    sb_release(&text);
}

static void the_profile_is_the_same(void **state)
{
    (void)state;
    same_profile(false);
}

static void odd_places_are_the_same(void **state)
{
    (void)state;
    same_profile(true);
}

static bool keep(void *user, struct span text, struct err *err)
{
    (void)err;
    sb_add(user, text);
    return true;
}

static void fold(struct span text, unsigned threads, enum perf_style style, struct span event, struct sb *out)
{
    struct collapse_options opt = { .limits = LIMITS_DEFAULT, .event = event, .threads = threads, .tid = true };
    opt.tidy = (struct perf_tidy){ .style = style, .kernel = true, .addrs = true };
    struct collapse_result r;
    char name[64];
    struct err err = ERR_INIT;
    struct source *in = source_memory(text);
    assert_true(perf_collapse(in, &opt, keep, out, &r, name, sizeof name, &err));
    source_free(in);
    sb_printf(out, "%llu %llu %llu %llu %d %d %s\n", (unsigned long long)r.samples, (unsigned long long)r.stacks,
              (unsigned long long)r.bad, (unsigned long long)r.first_bad, r.cut, r.other_events, name);
}

static void the_folded_text_is_the_same(void **state)
{
    (void)state;
    struct sb text = { 0 };
    make(&text, true);
    for (unsigned i = 0; i < 4; i++) {
        struct sb one = { 0 };
        struct sb many = { 0 };
        enum perf_style style = i % 2 ? PERF_STYLE_INFERNO : PERF_STYLE_FLAMEGRAPH;
        struct span event = i < 2 ? SPAN("") : SPAN("page-faults");
        fold(sb_span(&text), 1, style, event, &one);
        fold(sb_span(&text), 3, style, event, &many);
        assert_int_equal(one.len, many.len);
        assert_memory_equal(one.ptr, many.ptr, one.len);
        sb_release(&one);
        sb_release(&many);
    }
    sb_release(&text);
}

static void chunks_end_between_events(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t end;
    } cases[] = {
        { "a 1 1.0: 1 x: \n\t 1 f (d)\n\nb 1 2.0: 1 x: \n\t 1 f (d)\n", 26 },
        { "a 1 1.0: 1 x: \n\t 1 f (d)\n\n", 26 },
        { "a 1 1.0: 1 x: \n\t 1 f (d)\r\n\r\n\t 1", 28 },
        { "a 1 1.0: 1 x: 12 f (d)\nb 1 2.0: 1 x: 12 f (d)\nc", 23 },
        { "  a 1 1.0: 1 x: 12 f (d)\n  b 1 2.0: 1 x: 12 f (d)\n", 25 },
        { "a 1 1.0: 1 x: \n\t 1 f (d)\n\t 2", 0 },
        { "no line end", 0 },
        { "", 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (perf_chunk_end(span_of(cases[i].text)) != cases[i].end)
            fail_msg("case %zu: %zu, want %zu", i, perf_chunk_end(span_of(cases[i].text)), cases[i].end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_profile_is_the_same),
        cmocka_unit_test(odd_places_are_the_same),
        cmocka_unit_test(the_folded_text_is_the_same),
        cmocka_unit_test(chunks_end_between_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
