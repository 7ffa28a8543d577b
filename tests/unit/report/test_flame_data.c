/* The arrays of a flame graph, byte by byte, from profiles made by hand. */
#include "report/flame_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "profile/builder.h"

enum { HEAD = 1, STRS, FRMS, NODE, ROWS, ORDR, DONE };

/* --- a profile by hand --- */

struct line {
    const char *stack; /* function@module@file:line;... */
    unsigned thread;
    double value;
    enum category category;
    uint32_t rule;
    bool dropped;
};

struct made {
    struct artefact *file;
    struct classification cls;
};

static frame_id frame_of(struct builder *b, struct span text)
{
    struct frame_desc d = { .kind = FRAME_MANAGED };
    struct span rest = SPAN("");
    struct span line = SPAN("");
    uint64_t n = 0;
    struct err err = ERR_INIT;
    frame_id id;
    d.func = text;
    if (span_split(text, '@', &d.func, &rest)) {
        d.module = rest;
        if (span_split(rest, '@', &d.module, &d.file) && span_split(d.file, ':', &d.file, &line))
            assert_true(span_to_u64(line, &n));
    }
    d.line = (uint32_t)n;
    assert_true(builder_frame(b, &d, &id, &err));
    return id;
}

static uint32_t row_add(struct builder *b, const struct line *l, const thread_id *threads, uint32_t column)
{
    struct err err = ERR_INIT;
    stack_id stack = { 0 };
    struct span rest = span_of(l->stack);
    while (rest.len > 0) {
        size_t n = span_chr(rest, 0, ';');
        assert_true(builder_stack_child(b, stack, frame_of(b, span_sub(rest, 0, n)), &stack, &err));
        rest = span_from(rest, n + 1);
    }
    uint32_t row;
    /* A label of its own keeps every line a row of its own. */
    char text[24];
    (void)snprintf(text, sizeof text, "%p", (const void *)l);
    uint32_t labels = builder_labels(b, (struct span[]){ SPAN("line"), span_of(text) }, 1);
    assert_true(builder_row(b, &(struct sample_desc){ stack, threads[l->thread], STATE_UNKNOWN, labels }, &row, &err));
    assert_true(builder_value(b, row, column, l->value, &err));
    builder_order(b, row, l->value);
    return row;
}

static struct made make(const struct line *lines, size_t n, enum unit_kind unit, const char *process)
{
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    struct builder *b = builder_new(&lim);
    uint32_t column =
        builder_column(b, &(struct column_desc){ SPAN("x"), unit, CLOCK_WALL, NUM_UNKNOWN, NUM_UNKNOWN, true });
    process_id proc = builder_process(b, 7, span_of(process), SPAN(""));
    thread_id threads[2];
    assert_true(builder_thread(b, proc, 1, SPAN("main"), &threads[0], &err));
    assert_true(builder_thread(b, proc, 2, SPAN("pool"), &threads[1], &err));
    struct made m = { .file = artefact_new() };
    m.cls.row_count = (uint32_t)n;
    m.cls.category = xcalloc(n + 1, sizeof *m.cls.category);
    m.cls.rule = xcalloc(n + 1, sizeof *m.cls.rule);
    m.cls.dropped = xcalloc(n + 1, sizeof *m.cls.dropped);
    for (size_t i = 0; i < n; i++) {
        uint32_t row = row_add(b, &lines[i], threads, column);
        assert_int_equal(row, i);
        m.cls.category[i] = (uint8_t)lines[i].category;
        m.cls.rule[i] = lines[i].rule;
        m.cls.dropped[i] = lines[i].dropped;
    }
    assert_true(builder_finish(b, &m.file->profile, &err));
    builder_free(b);
    return m;
}

static void made_release(struct made *m)
{
    artefact_free(m->file);
    free(m->cls.category);
    free(m->cls.rule);
    free(m->cls.dropped);
}

static struct flame_data_set set_of(const struct made *m, const char *id)
{
    return (struct flame_data_set){
        .id = span_of(id), .name = span_of(id), .file = m->file, .cls = &m->cls, .clock = CLOCK_WALL
    };
}

/* --- reading what was written --- */

struct record {
    uint32_t type, length;
    const unsigned char *at;
};

static uint32_t u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static unsigned u16(const unsigned char *at)
{
    return at[0] | (unsigned)at[1] << 8;
}

static double f32(const unsigned char *at)
{
    uint32_t bits = u32(at);
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

static size_t up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Record k of that type; checks lengths, padding and the end on the way. */
static struct record record(const struct sb *out, uint32_t type, unsigned k)
{
    struct record found = { 0 };
    size_t at = 0;
    uint32_t last = 0;
    while (at < out->len) {
        const unsigned char *p = (const unsigned char *)out->ptr + at;
        struct record r = { u32(p), u32(p + 4), p + 8 };
        assert_true(r.type >= last);
        last = r.type;
        at += 8 + up(r.length, 8);
        assert_true(at <= out->len);
        for (size_t i = r.length; i < up(r.length, 8); i++)
            assert_int_equal(r.at[i], 0);
        if (r.type == type && k-- == 0)
            found = r;
    }
    assert_int_equal(last, DONE);
    assert_int_equal(at, out->len);
    return found;
}

static struct span text(const struct sb *out, uint32_t string)
{
    struct record r = record(out, STRS, 0);
    uint32_t count = u32(r.at);
    assert_true(string < count);
    const char *bytes = (const char *)r.at + 4 * (2 + (size_t)count);
    uint32_t from = u32(r.at + 4 + 4 * (size_t)string);
    return span_make(bytes + from, u32(r.at + 8 + 4 * (size_t)string) - from);
}

static struct json *head(const struct sb *out)
{
    struct record r = record(out, HEAD, 0);
    struct json *doc = NULL;
    struct err err = ERR_INIT;
    assert_true(json_parse(span_make((const char *)r.at, r.length), 20, &doc, &err));
    return doc;
}

/* Fields of a block of nodes (or rows) as they stand behind each other. */
struct block {
    uint32_t first, count;
    const unsigned char *a, *b, *weight[2], *rule, *category;
};

static struct block block(struct record r, size_t sets)
{
    struct block k = { .first = u32(r.at), .count = u32(r.at + 4), .a = r.at + 8 };
    size_t n = k.count;
    k.b = k.a + 4 * n;
    k.weight[0] = k.b + 4 * n;
    k.weight[1] = k.weight[0] + 4 * n;
    k.rule = k.weight[0] + 4 * n * sets;
    k.category = k.rule + up(2 * n, 4);
    assert_int_equal(r.length, 8 + 8 * n + 4 * n * sets + up(2 * n, 4) + up(n, 4));
    return k;
}

static struct span name_of(const struct sb *out, struct block nodes, uint32_t node)
{
    return text(out, u32(record(out, FRMS, 0).at + 4 * (size_t)u32(nodes.b + 4 * (size_t)node)));
}

static void node_is(const struct sb *out, struct block nodes, uint32_t i, const char *name, const char *parent,
                    double total, unsigned category)
{
    assert_true(span_is(name_of(out, nodes, i), name));
    assert_true(span_is(name_of(out, nodes, u32(nodes.a + 4 * (size_t)i)), parent));
    assert_float_equal(f32(nodes.weight[0] + 4 * (size_t)i), total, 1e-6);
    assert_int_equal(nodes.category[i], category);
}

static void write(const struct flame_data_input *in, struct sb *out)
{
    struct err err = ERR_INIT;
    assert_true(flame_data_write(in, out, &err));
    assert_int_equal(out->len % 8, 0);
}

/* --- tests --- */

static const struct line simple[] = {
    { "main;work", 0, 40, CAT_APP, 3, false },      { "main;work;read", 0, 50, CAT_W_NET, 9, false },
    { "main;idle", 1, 7, CAT_IDLE_POOL, 4, false }, { "swapper", 0, 1000, CAT_IDLE_CPU, 5, true },
    { "main;work", 1, 3, CAT_DEP, 3, false },
};

static void nodes_are_heaviest_first_with_categories(void **state)
{
    (void)state;
    struct made m = make(simple, ARRAY_LEN(simple), UNIT_SAMPLES, "app");
    struct flame_data_input in = { .sets = { set_of(&m, "a") }, .set_count = 1 };
    struct sb out = { 0 };
    write(&in, &out);
    struct block nodes = block(record(&out, NODE, 0), 1);
    assert_int_equal(nodes.count, 5);
    node_is(&out, nodes, 0, "", "", 100, 255);
    node_is(&out, nodes, 1, "main", "", 100, 255); /* 57 of 100 wait: no reason to call it waiting */
    node_is(&out, nodes, 2, "work", "main", 93, CAT_APP);
    node_is(&out, nodes, 3, "read", "work", 50, CAT_W_NET);
    node_is(&out, nodes, 4, "idle", "main", 7, CAT_IDLE_POOL);
    struct json *doc = head(&out);
    /* The rule of a node is that of the heaviest row in its frame. */
    const struct json *rules = json_get(doc, "rules");
    assert_int_equal(json_count(rules), 3);
    assert_int_equal(u16(nodes.rule + 2), 65535);
    assert_float_equal(json_num(json_get(json_first(json_get(doc, "sets")), "total"), 0), 100, 0);
    assert_float_equal(json_num(json_get(json_first(json_get(doc, "columns")), "total"), 0), 1100, 0);
    json_free(doc);
    sb_release(&out);
    made_release(&m);
}

static void the_way_to_a_wait_is_waiting(void **state)
{
    (void)state;
    static const struct line lines[] = {
        { "main;loop;poll", 0, 60, CAT_IDLE_LOOP, 1, false },
        { "main;loop;recv", 0, 35, CAT_W_DB, 2, false },
        { "main;loop", 0, 2, CAT_APP, 3, false },
    };
    struct made m = make(lines, ARRAY_LEN(lines), UNIT_SECONDS, "app");
    struct flame_data_input in = { .sets = { set_of(&m, "a") }, .set_count = 1 };
    struct sb out = { 0 };
    write(&in, &out);
    struct block nodes = block(record(&out, NODE, 0), 1);
    node_is(&out, nodes, 0, "", "", 97, 255);
    node_is(&out, nodes, 1, "main", "", 97, CAT_IDLE_LOOP);
    node_is(&out, nodes, 2, "loop", "main", 97, CAT_IDLE_LOOP);
    sb_release(&out);
    made_release(&m);
}

static void rows_are_by_node_thread_and_category(void **state)
{
    (void)state;
    struct made m = make(simple, ARRAY_LEN(simple), UNIT_SAMPLES, "app");
    struct flame_data_input in = { .sets = { set_of(&m, "a") }, .set_count = 1 };
    struct sb out = { 0 };
    write(&in, &out);
    struct block rows = block(record(&out, ROWS, 0), 1);
    static const struct {
        uint32_t node, thread;
        double value;
        enum category category;
    } want[] = { { 2, 0, 40, CAT_APP }, { 2, 1, 3, CAT_DEP }, { 3, 0, 50, CAT_W_NET }, { 4, 1, 7, CAT_IDLE_POOL } };
    assert_int_equal(rows.count, ARRAY_LEN(want));
    for (uint32_t i = 0; i < rows.count; i++) {
        assert_int_equal(u32(rows.a + 4 * (size_t)i), want[i].node);
        assert_int_equal(u32(rows.b + 4 * (size_t)i), want[i].thread);
        assert_float_equal(f32(rows.weight[0] + 4 * (size_t)i), want[i].value, 0);
        assert_int_equal(rows.category[i], want[i].category);
    }
    /* The order of time, without what is no sample of any program. */
    struct record order = record(&out, ORDR, 0);
    assert_int_equal(u32(order.at), 4);
    static const uint32_t times[] = { 0, 2, 3, 1 };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(u32(order.at + 4 + 4 * i), times[i]);
    assert_float_equal(f32(order.at + 4 + 16 + 4), 50, 0);
    sb_release(&out);
    made_release(&m);
}

static void frames_are_merged_by_name_and_place(void **state)
{
    (void)state;
    static const struct line lines[] = {
        { "f@m@/a/src/app.py:12", 0, 1, CAT_APP, 1, false },
        { "f@m@/a/src/app.py:9", 0, 2, CAT_APP, 1, false },
        { "f@m@/other/build/src/app.py:9", 0, 4, CAT_APP, 1, false },
        { "f@m@/a/lib/app.py:9", 0, 8, CAT_APP, 1, false },
        { "f@n@/a/src/app.py:9", 0, 16, CAT_APP, 1, false },
    };
    struct made m = make(lines, ARRAY_LEN(lines), UNIT_SAMPLES, "app");
    struct flame_data_input in = { .sets = { set_of(&m, "a") }, .set_count = 1 };
    struct sb out = { 0 };
    write(&in, &out);
    struct block nodes = block(record(&out, NODE, 0), 1);
    assert_int_equal(nodes.count, 4);
    assert_float_equal(f32(nodes.weight[0] + 12), 7, 0);
    struct record frames = record(&out, FRMS, 0);
    uint32_t frame = u32(nodes.b + 12);
    assert_int_equal(frames.length, 17 * 4);
    assert_int_equal(u32(frames.at + 3 * 4 * 4 + 4 * (size_t)frame), 9); /* the smallest line */
    sb_reset(&out);
    in.lines = true;
    write(&in, &out);
    assert_int_equal(block(record(&out, NODE, 0), 1).count, 5);
    sb_release(&out);
    made_release(&m);
}

static void two_sets_share_one_tree(void **state)
{
    (void)state;
    static const struct line before[] = { { "main;a", 0, 10, CAT_APP, 1, false },
                                          { "main;b", 1, 30, CAT_DEP, 2, false } };
    static const struct line after[] = { { "main;c", 0, 35, CAT_APP, 1, false },
                                         { "main;b", 1, 5, CAT_DEP, 2, false } };
    struct made base = make(before, 2, UNIT_SECONDS, "app");
    struct made next = make(after, 2, UNIT_SECONDS, "app");
    struct flame_data_input in = { .sets = { set_of(&base, "base"), set_of(&next, "head") }, .set_count = 2 };
    struct sb out = { 0 };
    write(&in, &out);
    struct block nodes = block(record(&out, NODE, 0), 2);
    assert_int_equal(nodes.count, 5);
    static const struct {
        const char *name;
        double base, head;
    } want[] = { { "", 40, 40 }, { "main", 40, 40 }, { "c", 0, 35 }, { "b", 30, 5 }, { "a", 10, 0 } };
    for (uint32_t i = 0; i < nodes.count; i++) {
        assert_true(span_is(name_of(&out, nodes, i), want[i].name));
        assert_float_equal(f32(nodes.weight[0] + 4 * (size_t)i), want[i].base, 0);
        assert_float_equal(f32(nodes.weight[1] + 4 * (size_t)i), want[i].head, 0);
    }
    /* Threads of one name are one; a row holds both weights. */
    struct json *doc = head(&out);
    assert_int_equal(json_count(json_get(doc, "threads")), 2);
    assert_true(json_is_null(json_get(doc, "order")));
    struct block rows = block(record(&out, ROWS, 0), 2);
    assert_int_equal(rows.count, 3);
    assert_float_equal(f32(rows.weight[0] + 4), 30, 0);
    assert_float_equal(f32(rows.weight[1] + 4), 5, 0);
    assert_null(record(&out, ORDR, 0).at);
    json_free(doc);
    sb_release(&out);
    made_release(&base);
    made_release(&next);
}

static void what_cannot_be_drawn_is_refused(void **state)
{
    (void)state;
    static const struct line none[] = { { "main", 0, 0, CAT_APP, 1, false }, { "idle", 0, 9, CAT_IDLE_CPU, 1, true } };
    struct made m = make(none, 2, UNIT_SAMPLES, "app");
    struct made seconds = make(simple, ARRAY_LEN(simple), UNIT_SECONDS, "app");
    struct flame_data_input in = { .sets = { set_of(&m, "a"), set_of(&seconds, "b") }, .set_count = 1 };
    struct sb out = { 0 };
    struct err err = ERR_INIT;
    assert_false(flame_data_write(&in, &out, &err));
    assert_int_equal(err.code, ERR_EMPTY);
    in.set_count = 2;
    assert_false(flame_data_write(&in, &out, &err));
    assert_int_equal(err.code, ERR_UNIT);
    in.sets[0] = set_of(&seconds, "a");
    in.sets[0].clock = CLOCK_CPU;
    assert_false(flame_data_write(&in, &out, &err));
    assert_int_equal(err.code, ERR_UNIT);
    in.set_count = 1;
    in.sets[0].column = 1;
    assert_false(flame_data_write(&in, &out, &err));
    assert_int_equal(err.code, ERR_VALUE);
    in.sets[0].column = 0;
    struct sb small = { .cap = 600 };
    assert_false(flame_data_write(&in, &small, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(out.len, 0);
    sb_release(&small);
    made_release(&m);
    made_release(&seconds);
}

/* More nodes than one block holds, deeper than any picture, and more samples than the order keeps. */
static struct made make_large(uint32_t leaves, uint32_t samples)
{
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    struct builder *b = builder_new(&lim);
    uint32_t column =
        builder_column(b, &(struct column_desc){ SPAN("x"), UNIT_SAMPLES, CLOCK_CPU, 1, NUM_UNKNOWN, true });
    thread_id threads[2];
    process_id proc = builder_process(b, 7, SPAN("app"), SPAN(""));
    assert_true(builder_thread(b, proc, 1, SPAN("main"), &threads[0], &err));
    assert_true(builder_thread(b, proc, 2, SPAN("pool"), &threads[1], &err));
    stack_id deep = { 0 };
    for (unsigned i = 0; i < 4000; i++)
        assert_true(builder_stack_child(b, deep, frame_of(b, SPAN("again")), &deep, &err));
    for (uint32_t i = 0; i < leaves; i++) {
        char name[24];
        stack_id leaf;
        uint32_t row;
        (void)snprintf(name, sizeof name, "leaf%u", (unsigned)i);
        assert_true(builder_stack_child(b, deep, frame_of(b, span_of(name)), &leaf, &err));
        assert_true(builder_row(b, &(struct sample_desc){ leaf, threads[i % 2], STATE_UNKNOWN, 0 }, &row, &err));
        assert_true(builder_value(b, row, column, 1 + i % 3, &err));
    }
    for (uint32_t i = 0; i < samples; i++)
        builder_order(b, i % leaves, 1);
    struct made m = { .file = artefact_new() };
    assert_true(builder_finish(b, &m.file->profile, &err));
    builder_free(b);
    m.cls.row_count = leaves;
    m.cls.category = xcalloc(leaves, sizeof *m.cls.category);
    m.cls.rule = xcalloc(leaves, sizeof *m.cls.rule);
    return m;
}

static void large_profiles_come_in_blocks(void **state)
{
    (void)state;
    enum { LEAVES = 70001, SAMPLES = 2100000 };
    struct made m = make_large(LEAVES, SAMPLES);
    struct flame_data_input in = { .sets = { set_of(&m, "a") }, .set_count = 1 };
    in.sets[0].clock = CLOCK_CPU;
    struct sb out = { 0 };
    write(&in, &out);
    struct block first = block(record(&out, NODE, 0), 1);
    struct block second = block(record(&out, NODE, 1), 1);
    assert_int_equal(first.count, 65536);
    assert_int_equal(second.first, 65536);
    assert_int_equal(first.count + second.count, 1 + 4000 + LEAVES);
    for (uint32_t i = 1; i < first.count; i++) {
        assert_true(u32(first.a + 4 * (size_t)i) < i);
        assert_true(f32(first.weight[0] + 4 * (size_t)i) <= f32(first.weight[0] + 4 * (size_t)(i - 1)));
    }
    /* Samples are merged thread by thread, and none is lost. */
    struct record order = record(&out, ORDR, 0);
    uint32_t n = u32(order.at);
    double sum = 0;
    assert_in_range(n, 500000, 1000000);
    for (size_t i = 0; i < n; i++)
        sum += f32(order.at + 4 + 4 * ((size_t)n + i));
    assert_float_equal(sum, SAMPLES, 0);
    struct json *doc = head(&out);
    assert_true(json_bool(json_path(doc, "order.thinned"), false));
    json_free(doc);
    sb_release(&out);
    made_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_heaviest_first_with_categories),
        cmocka_unit_test(the_way_to_a_wait_is_waiting),
        cmocka_unit_test(rows_are_by_node_thread_and_category),
        cmocka_unit_test(frames_are_merged_by_name_and_place),
        cmocka_unit_test(two_sets_share_one_tree),
        cmocka_unit_test(what_cannot_be_drawn_is_refused),
        cmocka_unit_test(large_profiles_come_in_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
