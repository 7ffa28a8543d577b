#include "made.h"

#include <math.h>

#include "base/num.h"

static void ok(bool fine, const struct err *err)
{
    if (!fine)
        fail_msg("%s", err->text);
}

struct made made_profile(const char *name, enum clock_kind clock, enum unit_kind unit, double rate_hz, bool ordered)
{
    struct made m = { .a = artefact_new(), .ordered = ordered };
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    m.a->name = artefact_text(m.a, span_of(name));
    m.a->format = "folded";
    m.a->clock = clock;
    m.a->rate_hz = rate_hz;
    m.a->native_visible = TRI_YES;
    m.a->sees_wait = m.a->all_states = clock == CLOCK_WALL;
    m.b = builder_new(&lim);
    struct column_desc d = { SPAN("time"), unit, clock, NUM_UNKNOWN, rate_hz, true };
    m.column = builder_column(m.b, &d);
    m.process = builder_process(m.b, 42, SPAN("program"), SPAN(""));
    ok(builder_thread(m.b, m.process, 42, SPAN("main"), &m.thread, &err), &err);
    return m;
}

void made_thread(struct made *m, int64_t tid, const char *name)
{
    struct err err = ERR_INIT;
    ok(builder_thread(m->b, m->process, tid, span_of(name), &m->thread, &err), &err);
}

void made_process(struct made *m, int64_t pid, const char *name)
{
    m->process = builder_process(m->b, pid, span_of(name), SPAN(""));
    made_thread(m, pid, "main");
}

static struct frame_desc frame_of(struct span text)
{
    struct frame_desc d = { .func = text, .file = SPAN(""), .module = SPAN(""), .kind = FRAME_UNKNOWN };
    struct span head, tail;
    if (text.len > 0 && text.ptr[0] == '(') {
        d.kind = FRAME_META;
    } else if (span_ends(text, SPAN(" [k]"))) {
        d.func = span_sub(text, 0, text.len - 4);
        d.kind = FRAME_KERNEL;
    } else if (span_split(text, '{', &head, &tail)) {
        d.func = span_trim(head);
        d.module = span_sub(tail, 0, tail.len - 1);
        d.kind = FRAME_NATIVE;
    } else if (span_split(text, '@', &head, &tail)) {
        d.func = head;
        d.file = tail;
        d.kind = FRAME_MANAGED;
    }
    return d;
}

static uint32_t row_of(struct made *m, const char *stack, enum sample_state state)
{
    struct err err = ERR_INIT;
    stack_id node = { 0 };
    struct span rest = span_of(stack);
    while (rest.len > 0) {
        size_t end = span_chr(rest, 0, ';');
        struct frame_desc d = frame_of(span_sub(rest, 0, end));
        frame_id f;
        ok(builder_frame(m->b, &d, &f, &err) && builder_stack_child(m->b, node, f, &node, &err), &err);
        rest = span_from(rest, end + 1);
    }
    uint32_t row;
    struct sample_desc s = { node, m->thread, state, 0 };
    ok(builder_row(m->b, &s, &row, &err), &err);
    return row;
}

void made_add(struct made *m, const char *stack, enum sample_state state, uint64_t n, double weight)
{
    struct err err = ERR_INIT;
    uint32_t row = row_of(m, stack, state);
    ok(builder_value(m->b, row, m->column, weight, &err), &err);
    builder_samples(m->b, row, n);
    for (uint64_t i = 0; m->ordered && i < n; i++)
        builder_order(m->b, row, weight / (double)n);
}

void made_spread(struct made *m, const struct spread *s, size_t count)
{
    double at[16] = { 0 };
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += s[i].n;
    for (uint64_t k = 0; k < total; k++) {
        size_t most = 0;
        for (size_t i = 0; i < count; i++) {
            at[i] += (double)s[i].n / (double)total;
            if (at[i] > at[most])
                most = i;
        }
        at[most] -= 1;
        made_add(m, s[most].stack, STATE_UNKNOWN, 1, s[most].weight / (double)s[most].n);
    }
}

struct artefact *made_done(struct made *m)
{
    struct err err = ERR_INIT;
    ok(builder_finish(m->b, &m->a->profile, &err), &err);
    builder_free(m->b);
    return m->a;
}

struct artefact *made_accounting(const char *name, double cpu_s, double wall_s)
{
    struct artefact *a = artefact_new();
    a->name = artefact_text(a, span_of(name));
    a->format = "perf-stat";
    a->clock = CLOCK_ACCT;
    struct accounting *c = artefact_acct(a);
    c->scope = ACCT_TREE;
    c->whole_life = true;
    c->cpu_s = cpu_s;
    c->wall_s = wall_s;
    return a;
}

static void declare(struct fact_set *f, struct span name, const char *tail, struct span value)
{
    struct err err = ERR_INIT;
    char full[80];
    (void)snprintf(full, sizeof full, "%.*s%s", SPAN_FMT(name), tail);
    ok(facts_declare(f, span_of(full), value, "the test", &err), &err);
}

void made_facts(struct fact_set *f, const char *text)
{
    for (size_t i = 0; i < FACT_COUNT; i++)
        facts_clear(f, (enum fact_id)i);
    struct span rest = span_of(text), word, name, value, lo, hi, est;
    while (span_word(&rest, &word)) {
        if (!span_split(word, '=', &name, &value))
            fail_msg("no = in %.*s", SPAN_FMT(word));
        if (span_split(value, '/', &lo, &hi) && span_split(hi, '/', &est, &hi)) {
            declare(f, name, "_lo", lo);
            declare(f, name, "_est", est);
            declare(f, name, "_hi", hi);
        } else if (span_find(value, 0, SPAN("..")) < value.len) {
            size_t dots = span_find(value, 0, SPAN(".."));
            declare(f, name, "_lo", span_sub(value, 0, dots));
            declare(f, name, "_hi", span_from(value, dots + 2));
        } else {
            declare(f, name, "", value);
        }
    }
}

struct evidence *made_evidence(struct artefact *const *a, uint32_t n, const char *facts, struct evidence_input in)
{
    struct err err = ERR_INIT;
    struct fact_set *f = calloc(1, sizeof *f);
    assert_non_null(f);
    made_facts(f, facts);
    in.artefacts = a;
    in.artefact_count = n;
    in.declared = f;
    struct evidence *e = NULL;
    ok(evidence_build(&in, &e, &err), &err);
    free(f);
    for (uint32_t i = 0; i < n; i++)
        artefact_free(a[i]);
    return e;
}

double fact(const struct evidence *e, const char *name)
{
    enum fact_id id;
    if (!fact_find(span_of(name), &id))
        fail_msg("no fact %s", name);
    return facts_num(&e->facts, id);
}

bool fact_unknown(const struct evidence *e, const char *name)
{
    return !num_known(fact(e, name));
}

void near_check(double x, double printed, int digits, const char *what, const char *file, int line)
{
    double half = 0.5 * pow(10, -digits);
    if (!(fabs(x - printed) <= half * (1 + 1e-9))) {
        print_error("%s:%d: %s is %.8g, printed %.*f\n", file, line, what, x, digits, printed);
        _fail(file, line);
    }
}
