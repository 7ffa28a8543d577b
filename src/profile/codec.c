/* Blob: "STA1", the expanded length (8 bytes, little endian), one zstd frame. The frame holds the artefact's fields in
 * the order of artefact_fields, then the profile by columns (profile_fields). */
#include "profile/codec.h"

#include <math.h>
#include <stdlib.h>
#include <zstd.h>

#include "profile/codec_wire.h"

enum { HEAD_BYTES = 12, ZSTD_LEVEL = 3 };

/* Integers up to here are exact in a double; above, the raw bytes are kept. */
static const double EXACT_MAX = 9007199254740992.0;

static void acct_fields(struct wire *w, struct accounting *c)
{
    WIRE_ENUM(w, c->scope, ACCT_SYSTEM + 1);
    wire_bool(w, &c->whole_life);
    wire_bool(w, &c->attached);
    wire_bool(w, &c->quota_none);
    double *nums[] = { &c->cpu_s,        &c->cpu_lo_s,       &c->cpu_hi_s,         &c->user_s,
                       &c->sys_s,        &c->children_cpu_s, &c->wall_s,           &c->wall_lo_s,
                       &c->wall_hi_s,    &c->share_lo,       &c->share_hi,         &c->share_run_lo,
                       &c->share_run_hi, &c->runq_s,         &c->throttled_s,      &c->quota_cpus,
                       &c->cpus_online,  &c->cpus_allowed,   &c->voluntary,        &c->involuntary,
                       &c->processes,    &c->busy_threads,   &c->max_thread_cpu_s, &c->mem_stall_share,
                       &c->rss_max_bytes };
    for (size_t i = 0; i < ARRAY_LEN(nums); i++)
        wire_f64(w, nums[i]);
    wire_u32(w, &c->runs);
    wire_count(w, &c->thread_count);
    if (!wire_writes(w))
        c->threads = ARENA_ARRAY(w->arena, c->thread_count, struct acct_thread);
    for (uint32_t i = 0; i < c->thread_count && !w->bad; i++) {
        struct acct_thread *t = &c->threads[i];
        wire_i64(w, &t->pid);
        wire_i64(w, &t->tid);
        wire_text(w, &t->name);
        wire_f64(w, &t->cpu_s);
        wire_f64(w, &t->wall_s);
        wire_f64(w, &t->runq_s);
    }
    wire_text(w, &c->command);
    wire_i64(w, &c->pid);
    wire_text(w, &c->source);
}

static void lists_fields(struct wire *w, struct artefact *a)
{
    wire_count(w, &a->acct_count);
    if (!wire_writes(w))
        a->acct = xcalloc(a->acct_count + 1, sizeof *a->acct);
    for (uint32_t i = 0; i < a->acct_count && !w->bad; i++)
        acct_fields(w, &a->acct[i]);
    wire_count(w, &a->fact_count);
    if (!wire_writes(w))
        a->facts = xcalloc(a->fact_count + 1, sizeof *a->facts);
    for (uint32_t i = 0; i < a->fact_count && !w->bad; i++) {
        struct artefact_fact *f = &a->facts[i];
        wire_text(w, &f->name);
        wire_bool(w, &f->is_text);
        wire_f64(w, &f->num);
        wire_text(w, &f->text);
        wire_text(w, &f->source);
    }
    wire_count(w, &a->problem_count);
    if (!wire_writes(w))
        a->problems = xcalloc(a->problem_count + 1, sizeof *a->problems);
    for (uint32_t i = 0; i < a->problem_count && !w->bad; i++) {
        wire_cstr(w, &a->problems[i].code);
        wire_text(w, &a->problems[i].text);
        wire_text(w, &a->problems[i].fix);
    }
}

static void artefact_fields(struct wire *w, struct artefact *a)
{
    wire_text(w, &a->name);
    wire_cstr(w, &a->format);
    struct span sha = span_of(a->sha256);
    wire_text(w, &sha);
    if (!wire_writes(w) && sha.len < sizeof a->sha256 && sha.len > 0)
        memcpy(a->sha256, sha.ptr, sha.len);
    wire_u64(w, &a->bytes);
    WIRE_ENUM(w, a->clock, CLOCK_KIND_COUNT);
    WIRE_ENUM(w, a->runtime, RUNTIME_KIND_COUNT);
    WIRE_ENUM(w, a->duration_source, WALL_EXEC_EXIT + 1);
    a->native_visible = (enum tri)((int)wire_enum(w, (unsigned)((int)a->native_visible + 1), 3) - 1);
    bool *flags[] = { &a->clock_declared, &a->sees_wait,   &a->one_thread_of_several, &a->event_loop,
                      &a->overlapping,    &a->one_job,     &a->foreign_picture,       &a->all_states,
                      &a->states_exact,   &a->wait_refused };
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        wire_bool(w, flags[i]);
    double *nums[] = { &a->rate_hz, &a->duration_s, &a->span_s, &a->lost_share, &a->dropped_share };
    for (size_t i = 0; i < ARRAY_LEN(nums); i++)
        wire_f64(w, nums[i]);
    wire_i64(w, &a->pid);
    struct span *texts[] = { &a->tool, &a->tool_version, &a->recorder, &a->command, &a->platform };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        wire_text(w, texts[i]);
    lists_fields(w, a);
}

static void strings_fields(struct wire *w, struct profile *p)
{
    uint32_t count = p->strings.count;
    wire_count(w, &count);
    struct arena scratch = { 0 };
    struct wire local = *w;
    local.arena = &scratch;
    for (uint32_t i = 1; i < count && !local.bad; i++) {
        struct span s = wire_writes(w) ? intern_get(&p->strings, i) : SPAN("");
        if (wire_writes(w)) {
            wire_text(&local, &s);
            continue;
        }
        uint64_t len = 0;
        wire_u64(&local, &len);
        if (len > local.in.len) {
            local.bad = true;
            break;
        }
        /* The texts go straight into the table; a text that stands twice would shift all that follow. */
        local.bad |= intern_add(&p->strings, span_sub(local.in, 0, (size_t)len)) != i;
        local.in = span_from(local.in, (size_t)len);
    }
    w->in = local.in;
    w->bad |= local.bad;
    arena_release(&scratch);
}

static void frames_fields(struct wire *w, struct profile *p)
{
    wire_count(w, &p->frame_count);
    if (!wire_writes(w))
        p->frames = xcalloc((size_t)p->frame_count + 1, sizeof *p->frames);
    uint32_t last[4] = { 0 };
    for (uint32_t i = 0; i < p->frame_count && !w->bad; i++)
        wire_delta(w, &p->frames[i].func.ix, &last[0]);
    for (uint32_t i = 0; i < p->frame_count && !w->bad; i++)
        wire_delta(w, &p->frames[i].file.ix, &last[1]);
    for (uint32_t i = 0; i < p->frame_count && !w->bad; i++)
        wire_delta(w, &p->frames[i].module.ix, &last[2]);
    for (uint32_t i = 0; i < p->frame_count && !w->bad; i++)
        wire_delta(w, &p->frames[i].line, &last[3]);
    for (uint32_t i = 0; i < p->frame_count && !w->bad; i++) {
        p->frames[i].kind = (uint8_t)wire_enum(w, p->frames[i].kind, FRAME_KIND_COUNT);
        p->frames[i].flags = (uint8_t)wire_enum(w, p->frames[i].flags, 256);
    }
}

static void stacks_fields(struct wire *w, struct profile *p)
{
    wire_count(w, &p->stack_count);
    if (!wire_writes(w)) {
        p->stacks = xcalloc((size_t)p->stack_count + 1, sizeof *p->stacks);
        w->bad |= p->stack_count == 0;
    }
    uint32_t last = 0;
    for (uint32_t i = 1; i < p->stack_count && !w->bad; i++) {
        uint32_t back = i - p->stacks[i].parent.ix;
        wire_u32(w, &back);
        if (back == 0 || back > i) {
            w->bad = true;
            return;
        }
        p->stacks[i].parent.ix = i - back;
        p->stacks[i].depth = p->stacks[i - back].depth + 1;
    }
    for (uint32_t i = 1; i < p->stack_count && !w->bad; i++)
        wire_delta(w, &p->stacks[i].frame.ix, &last);
}

static void tables_fields(struct wire *w, struct profile *p)
{
    wire_count(w, &p->process_count);
    if (!wire_writes(w))
        p->processes = xcalloc((size_t)p->process_count + 1, sizeof *p->processes);
    for (uint32_t i = 0; i < p->process_count && !w->bad; i++) {
        wire_i64(w, &p->processes[i].pid);
        wire_u32(w, &p->processes[i].name.ix);
        wire_u32(w, &p->processes[i].command.ix);
    }
    wire_count(w, &p->thread_count);
    if (!wire_writes(w))
        p->threads = xcalloc((size_t)p->thread_count + 1, sizeof *p->threads);
    uint32_t last = 0;
    for (uint32_t i = 0; i < p->thread_count && !w->bad; i++) {
        wire_delta(w, &p->threads[i].process.ix, &last);
        wire_i64(w, &p->threads[i].tid);
        wire_u32(w, &p->threads[i].name.ix);
    }
    wire_count(w, &p->label_pair_count);
    wire_count(w, &p->label_set_count);
    if (!wire_writes(w)) {
        p->label_pairs = xcalloc((size_t)p->label_pair_count + 1, sizeof *p->label_pairs);
        p->label_sets = xcalloc((size_t)p->label_set_count + 2, sizeof *p->label_sets);
        w->bad |= p->label_set_count == 0;
    }
    for (uint32_t i = 0; i < p->label_pair_count && !w->bad; i++)
        wire_u32(w, &p->label_pairs[i].ix);
    last = 0;
    for (uint32_t i = 0; i <= p->label_set_count && !w->bad; i++)
        wire_delta(w, &p->label_sets[i], &last);
}

static bool values_integral(const double *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!(v[i] >= 0) || v[i] > EXACT_MAX || floor(v[i]) != v[i])
            return false;
    }
    return true;
}

static void values_fields(struct wire *w, double *v, uint32_t n)
{
    bool integral = wire_writes(w) && values_integral(v, n);
    wire_bool(w, &integral);
    for (uint32_t i = 0; i < n && !w->bad; i++) {
        if (!integral) {
            wire_f64(w, &v[i]);
            continue;
        }
        uint64_t x = wire_writes(w) ? (uint64_t)v[i] : 0;
        wire_u64(w, &x);
        v[i] = (double)x;
    }
}

static void rows_alloc(struct profile *p)
{
    size_t n = (size_t)p->row_count + 1;
    p->row_stack = xcalloc(n, sizeof *p->row_stack);
    p->row_thread = xcalloc(n, sizeof *p->row_thread);
    p->row_state = xcalloc(n, sizeof *p->row_state);
    p->row_labels = xcalloc(n, sizeof *p->row_labels);
    p->row_samples = xcalloc(n, sizeof *p->row_samples);
}

static void rows_fields(struct wire *w, struct profile *p)
{
    wire_count(w, &p->row_count);
    if (!wire_writes(w))
        rows_alloc(p);
    uint32_t n = p->row_count;
    uint32_t last[3] = { 0 };
    for (uint32_t i = 0; i < n && !w->bad; i++)
        wire_delta(w, &p->row_stack[i].ix, &last[0]);
    for (uint32_t i = 0; i < n && !w->bad; i++)
        wire_delta(w, &p->row_thread[i].ix, &last[1]);
    for (uint32_t i = 0; i < n && !w->bad; i++)
        p->row_state[i] = (uint8_t)wire_enum(w, p->row_state[i], STATE_KIND_COUNT);
    for (uint32_t i = 0; i < n && !w->bad; i++)
        wire_delta(w, &p->row_labels[i], &last[2]);
    for (uint32_t i = 0; i < n && !w->bad; i++)
        wire_u64(w, &p->row_samples[i]);
}

static void columns_fields(struct wire *w, struct profile *p)
{
    uint32_t count = p->column_count;
    wire_count(w, &count);
    if (!wire_writes(w)) {
        p->columns = xcalloc((size_t)count + 1, sizeof *p->columns);
        p->row_value = xcalloc((size_t)count + 1, sizeof *p->row_value);
    }
    for (uint32_t c = 0; c < count && !w->bad; c++) {
        struct profile_column *col = &p->columns[c];
        wire_u32(w, &col->event.ix);
        WIRE_ENUM(w, col->unit, UNIT_KIND_COUNT);
        WIRE_ENUM(w, col->clock, CLOCK_KIND_COUNT);
        wire_f64(w, &col->total);
        wire_f64(w, &col->period);
        wire_f64(w, &col->rate_hz);
        wire_bool(w, &col->is_time);
        if (!wire_writes(w)) {
            /* A value takes a byte at least, so a short blob cannot ask for columns of a long one. */
            if (p->row_count > w->in.len) {
                w->bad = true;
                return;
            }
            p->row_value[c] = xcalloc((size_t)p->row_count + 1, sizeof **p->row_value);
            p->column_count = c + 1;
        }
        values_fields(w, p->row_value[c], p->row_count);
    }
}

static void order_fields(struct wire *w, struct profile *p)
{
    uint64_t n = p->order_count;
    wire_u64(w, &n);
    wire_bool(w, &p->order_thinned);
    if (!wire_writes(w)) {
        if (n > w->in.len) {
            w->bad = true;
            return;
        }
        p->order_count = n;
        p->order = n == 0 ? NULL : xcalloc((size_t)n, sizeof *p->order);
    }
    uint32_t last = 0;
    for (uint64_t i = 0; i < n && !w->bad; i++)
        wire_delta(w, &p->order[i].row, &last);
    uint32_t bits_last = 0;
    for (uint64_t i = 0; i < n && !w->bad; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &p->order[i].weight, sizeof bits);
        wire_delta(w, &bits, &bits_last);
        memcpy(&p->order[i].weight, &bits, sizeof bits);
    }
}

static void profile_fields(struct wire *w, struct profile *p)
{
    void (*const parts[])(struct wire *, struct profile *) = { strings_fields, frames_fields, stacks_fields,
                                                               tables_fields,  rows_fields,   columns_fields,
                                                               order_fields };
    for (size_t i = 0; i < ARRAY_LEN(parts) && !w->bad; i++)
        parts[i](w, p);
    wire_u64(w, &p->sample_count);
    wire_bool(w, &p->samples_known);
}

bool artefact_encode(const struct artefact *a, struct sb *out, struct err *err)
{
    struct sb plain = { 0 };
    struct wire w = { .out = &plain };
    /* A writing wire only reads what it is shown. */
    struct artefact copy = *a;
    artefact_fields(&w, &copy);
    bool has_profile = a->profile != NULL;
    wire_bool(&w, &has_profile);
    if (has_profile)
        profile_fields(&w, a->profile);
    size_t bound = ZSTD_compressBound(plain.len);
    char *packed = xcalloc(bound, 1);
    size_t n = ZSTD_compress(packed, bound, sb_span(&plain).ptr, plain.len, ZSTD_LEVEL);
    struct wire head = { .out = out };
    sb_adds(out, "STA1");
    for (unsigned i = 0; i < 8; i++)
        (void)wire_enum(&head, (unsigned)((uint64_t)plain.len >> (8 * i)) & 0xff, 256);
    sb_add(out, span_make(packed, ZSTD_isError(n) ? 0 : n));
    free(packed);
    sb_release(&plain);
    if (ZSTD_isError(n))
        return err_set(err, ERR_LIMIT, "the profile cannot be packed: %s", ZSTD_getErrorName(n));
    return !out->overflow || err_set(err, ERR_LIMIT, "the packed profile is larger than %zu bytes", out->cap);
}

static bool plain_decode(struct wire *w, const struct limits *lim, struct artefact *a, struct err *err)
{
    artefact_fields(w, a);
    bool has_profile = false;
    wire_bool(w, &has_profile);
    if (has_profile && !w->bad) {
        a->profile = xcalloc(1, sizeof *a->profile);
        intern_init(&a->profile->strings);
        profile_fields(w, a->profile);
    }
    if (w->bad || w->in.len != 0)
        return err_set(err, ERR_MALFORMED, "a stored profile is cut off or refers outside itself");
    if (a->profile && !profile_freeze(a->profile, lim, err))
        return err_wrap(err, "a stored profile");
    return true;
}

bool artefact_decode(struct span blob, const struct limits *lim, struct artefact **ret, struct err *err)
{
    if (blob.len < HEAD_BYTES || !span_starts(blob, SPAN("STA1")))
        return err_set(err, ERR_MALFORMED, "not a stored profile");
    uint64_t size = 0;
    for (unsigned i = 0; i < 8; i++)
        size |= (uint64_t)(unsigned char)blob.ptr[4 + i] << (8 * i);
    struct span packed = span_from(blob, HEAD_BYTES);
    unsigned long long told = ZSTD_getFrameContentSize(packed.ptr, packed.len);
    if (size > lim->expanded_bytes)
        return err_set(err, ERR_LIMIT, "a stored profile expands to more than %llu bytes",
                       (unsigned long long)lim->expanded_bytes);
    if (told != size)
        return err_set(err, ERR_MALFORMED, "a stored profile has the wrong length");
    char *plain = xcalloc((size_t)size + 1, 1);
    size_t n = ZSTD_decompress(plain, (size_t)size, packed.ptr, packed.len);
    struct artefact *a = artefact_new();
    struct wire w = { .in = span_make(plain, (size_t)size), .arena = &a->arena };
    bool ok = !ZSTD_isError(n) && n == size ? plain_decode(&w, lim, a, err)
                                            : err_set(err, ERR_MALFORMED, "a stored profile does not unpack");
    free(plain);
    if (!ok) {
        artefact_free(a);
        return false;
    }
    *ret = a;
    return true;
}
