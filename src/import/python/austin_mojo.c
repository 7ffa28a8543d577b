/* MOJO, austin's binary format, versions 1 to 4: a stream of events, numbers of variable length (first byte: 6 bits of the
 * value, sign, continuation; then 7 bits each, least first). Keys of names and frames belong to the process whose stack came
 * last. Frames stand outermost first. Version 2 adds ends of lines and columns to frames, 3 the interpreter to stacks, 4
 * repeated stacks and asyncio tasks (whose reports are passed over: their time is that of the thread).
 * Source: https://github.com/P403n1x87/austin/wiki/The-MOJO-file-format, austin-python austin/format/mojo.py */
#include "import/python/austin.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/sb.h"
#include "base/vec.h"

enum event {
    E_METADATA = 1,
    E_STACK,
    E_FRAME,
    E_FRAME_INVALID,
    E_FRAME_REF,
    E_FRAME_KERNEL,
    E_GC,
    E_IDLE,
    E_TIME,
    E_MEMORY,
    E_STRING,
    E_STRING_REF,
    E_STACK_REPEAT,
    E_TASK_STACK,
    E_TASK_WAITER,
    E_TASK_RUNNING,
};

struct mojo_frame {
    frame_id id;
    bool native;
};

struct frames {
    struct mojo_frame *items;
    uint32_t count, cap;
};

/* Values by (process, key). */
struct table {
    struct intern keys;
};

struct mojo {
    struct austin *x;
    struct source *in;
    struct span block;
    uint64_t at;
    int64_t version;
    int64_t pid;
    struct table string_keys, frame_keys;
    struct {
        str_id *items;
        uint32_t count, cap;
    } strings;
    struct frames known;   /* by frame key */
    struct frames running; /* of the open sample */
    struct {
        struct frames *items; /* by thread: its stack before, for repeats */
        uint32_t count, cap;
    } before;
    struct austin_sample sample;
    bool open, has_time, gc;
    int64_t task_frames; /* that belong to a task's report */
    struct sb text, text2;
};

static bool fail(struct mojo *m, enum err_code code, const char *what)
{
    (void)err_set(m->x->err, code, "%s", what);
    m->x->err->byte = (int64_t)m->at;
    return false;
}

/* *ret -1: the input is over. */
static bool next_byte(struct mojo *m, int *ret)
{
    if (m->block.len == 0 && !source_block(m->in, &m->block, m->x->err))
        return false;
    *ret = -1;
    if (m->block.len > 0) {
        *ret = (unsigned char)m->block.ptr[0];
        m->block = span_from(m->block, 1);
        m->at++;
    }
    return true;
}

static bool take_byte(struct mojo *m, unsigned *ret)
{
    int c;
    if (!next_byte(m, &c))
        return false;
    if (c < 0)
        return fail(m, ERR_MALFORMED, "the file ends inside an event");
    *ret = (unsigned)c;
    return true;
}

static bool take_int(struct mojo *m, int64_t *ret)
{
    unsigned c;
    if (!take_byte(m, &c))
        return false;
    uint64_t n = c & 0x3f;
    bool negative = (c & 0x40) != 0;
    for (unsigned shift = 6; c & 0x80; shift += 7) {
        if (shift > 55)
            return fail(m, ERR_VALUE, "a number of more than 62 bits");
        if (!take_byte(m, &c))
            return false;
        n |= (uint64_t)(c & 0x7f) << shift;
    }
    *ret = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

static bool take_text(struct mojo *m, struct sb *out)
{
    sb_reset(out);
    for (;;) {
        unsigned c;
        if (!take_byte(m, &c))
            return false;
        if (c == 0)
            return true;
        if (out->len >= 1 << 16)
            return fail(m, ERR_LIMIT, "a name longer than 64 KiB");
        sb_addc(out, (char)c);
    }
}

/* Values are written ahead of the stack that first uses them, so the process they are of may be named only after them:
 * beside its process each value stands for any. */
static const int64_t any_process = INT64_MIN;

/* Place of (process, key) in a table that starts with 1; *ret_new: it was not there. */
static uint32_t place(struct table *t, int64_t process, int64_t key, bool *ret_new)
{
    int64_t pair[2] = { process, key };
    uint32_t known = t->keys.count;
    uint32_t ix = intern_add(&t->keys, span_make((const char *)pair, sizeof pair));
    *ret_new = ix == known;
    return ix;
}

static bool find(const struct mojo *m, const struct table *t, int64_t key, uint32_t *ret)
{
    int64_t pair[2] = { m->pid, key };
    if (intern_find(&t->keys, span_make((const char *)pair, sizeof pair), ret))
        return true;
    pair[0] = any_process;
    return intern_find(&t->keys, span_make((const char *)pair, sizeof pair), ret);
}

/* --- samples --- */

static bool keep_before(struct mojo *m)
{
    while (m->before.count <= m->sample.thread) {
        struct frames none = { NULL, 0, 0 };
        VEC_PUSH(&m->before, none);
    }
    struct frames *b = &m->before.items[m->sample.thread];
    b->count = 0;
    for (uint32_t i = 0; i < m->running.count; i++)
        VEC_PUSH(b, m->running.items[i]);
    return true;
}

static bool end_sample(struct mojo *m)
{
    struct austin *x = m->x;
    if (!m->open)
        return true;
    m->open = false;
    frame_id mark;
    struct austin_sample *s = &m->sample;
    s->stack = (stack_id){ 0 };
    if (s->invalid && (!austin_mark(x, false, &mark) || !builder_stack_child(x->b, s->stack, mark, &s->stack, x->err)))
        return false;
    for (uint32_t i = 0; i < m->running.count; i++) {
        if (!builder_stack_child(x->b, s->stack, m->running.items[i].id, &s->stack, x->err))
            return false;
    }
    if (m->version >= 4 && !keep_before(m))
        return false;
    if (m->gc && (!austin_mark(x, true, &mark) || !builder_stack_child(x->b, s->stack, mark, &s->stack, x->err)))
        return false;
    return !m->has_time || austin_add(x, s);
}

static bool begin_sample(struct mojo *m)
{
    int64_t pid, interpreter;
    char number[24];
    if (!end_sample(m) || !take_int(m, &pid) || (m->version >= 3 && !take_int(m, &interpreter)) ||
        !take_text(m, &m->text))
        return false;
    m->pid = pid;
    m->running.count = 0;
    m->sample = (struct austin_sample){ .stack = { 0 } };
    m->open = true;
    m->has_time = m->gc = false;
    m->task_frames = 0;
    struct sb process = { 0 };
    sb_printf(&process, "%lld", (long long)pid);
    struct span tid = sb_span(&m->text);
    uint64_t id;
    if (span_hex_to_u64(tid, &id)) { /* numbers are hexadecimal here, decimal in text */
        int n = snprintf(number, sizeof number, "%llu", (unsigned long long)id);
        tid = span_make(number, n > 0 ? (size_t)n : 0);
    }
    bool ok = austin_thread(m->x, sb_span(&process), tid, &m->sample.thread);
    sb_release(&process);
    return ok;
}

static bool push(struct mojo *m, struct mojo_frame f)
{
    if (m->task_frames > 0) { /* of a task's report, not of the stack */
        m->task_frames--;
        return true;
    }
    if (!m->open)
        return fail(m, ERR_MALFORMED, "a frame outside of a stack");
    if (m->running.count >= m->x->opt->limits.stack_depth)
        return fail(m, ERR_LIMIT, "a stack deeper than the limit");
    VEC_PUSH(&m->running, f);
    return true;
}

/* The stack of the thread's sample before stands below the frames that were read, less its native top. */
static bool repeat_stack(struct mojo *m)
{
    if (!m->open)
        return fail(m, ERR_MALFORMED, "a repeated stack outside of a sample");
    if (m->sample.thread >= m->before.count)
        return true;
    const struct frames *b = &m->before.items[m->sample.thread];
    uint32_t n = b->count;
    while (n > 0 && b->items[n - 1].native)
        n--;
    if (n + m->running.count > m->x->opt->limits.stack_depth)
        return fail(m, ERR_LIMIT, "a stack deeper than the limit");
    uint32_t own = m->running.count;
    for (uint32_t i = 0; i < n; i++)
        VEC_PUSH(&m->running, b->items[i]);
    if (n > 0 && own > 0) {
        struct mojo_frame *copy = xcalloc(own, sizeof *copy);
        memcpy(copy, m->running.items, own * sizeof *copy);
        memmove(m->running.items, b->items, n * sizeof *copy);
        memcpy(m->running.items + n, copy, own * sizeof *copy);
        free(copy);
    }
    return true;
}

/* --- names and frames --- */

static bool read_string(struct mojo *m)
{
    int64_t key;
    bool fresh;
    if (!take_int(m, &key) || !take_text(m, &m->text))
        return false;
    if (m->strings.count > m->x->opt->limits.frames * 8)
        return fail(m, ERR_LIMIT, "too many names");
    str_id s = builder_str(m->x->b, sb_span(&m->text));
    for (int i = 0; i < 2; i++) {
        uint32_t ix = place(&m->string_keys, i == 0 ? m->pid : any_process, key, &fresh);
        if (fresh)
            VEC_PUSH(&m->strings, s);
        else
            m->strings.items[ix - 1] = s;
    }
    return true;
}

/* Keys 0 and 1 are "" and a name that could not be read. */
static bool text_of(struct mojo *m, int64_t key, struct sb *out)
{
    uint32_t ix;
    sb_reset(out);
    if (find(m, &m->string_keys, key, &ix)) {
        sb_add(out, builder_str_get(m->x->b, m->strings.items[ix - 1]));
        return true;
    }
    if (key == 1)
        sb_adds(out, "<unknown>");
    return key == 0 || key == 1 || fail(m, ERR_MALFORMED, "a frame with a name that was not there yet");
}

static bool read_frame(struct mojo *m)
{
    int64_t key, file, func, line, ignored;
    struct mojo_frame f = { .native = false };
    bool fresh;
    if (!take_int(m, &key) || !take_int(m, &file) || !take_int(m, &func) || !take_int(m, &line))
        return false;
    for (int i = 0; i < 3 && m->version >= 2; i++) {
        if (!take_int(m, &ignored))
            return false;
    }
    if (!text_of(m, file, &m->text) || !text_of(m, func, &m->text2) ||
        !austin_frame(m->x, sb_span(&m->text), sb_span(&m->text2), line > 0 && line < UINT32_MAX ? (uint32_t)line : 0,
                      &f.id, &f.native))
        return false;
    if (m->known.count > m->x->opt->limits.frames * 8)
        return fail(m, ERR_LIMIT, "too many frames");
    for (int i = 0; i < 2; i++) {
        uint32_t ix = place(&m->frame_keys, i == 0 ? m->pid : any_process, key, &fresh);
        if (fresh)
            VEC_PUSH(&m->known, f);
        else
            m->known.items[ix - 1] = f;
    }
    return true;
}

static bool read_frame_ref(struct mojo *m)
{
    int64_t key;
    uint32_t ix;
    if (!take_int(m, &key))
        return false;
    if (!find(m, &m->frame_keys, key, &ix))
        return fail(m, ERR_MALFORMED, "a reference to a frame that was not there yet");
    return push(m, m->known.items[ix - 1]);
}

static bool read_kernel_frame(struct mojo *m)
{
    struct mojo_frame f;
    return take_text(m, &m->text) && austin_frame(m->x, SPAN("kernel"), sb_span(&m->text), 0, &f.id, &f.native) &&
           push(m, f);
}

static bool read_tasks(struct mojo *m, enum event event)
{
    int64_t first, second, count;
    if (!take_int(m, &first))
        return false;
    if (event == E_TASK_RUNNING)
        return true;
    if (!take_int(m, &second))
        return false;
    if (event == E_TASK_WAITER)
        return true;
    if (!take_int(m, &count))
        return false;
    m->task_frames = count > 0 ? count : 0;
    return true;
}

static bool read_event(struct mojo *m, int event)
{
    int64_t n;
    switch (event) {
    case E_METADATA:
        return take_text(m, &m->text) && take_text(m, &m->text2) &&
               austin_metadata(m->x, sb_span(&m->text), sb_span(&m->text2));
    case E_STACK:
        return begin_sample(m);
    case E_FRAME:
        return read_frame(m);
    case E_FRAME_INVALID:
        m->sample.invalid = true;
        return true;
    case E_FRAME_REF:
        return read_frame_ref(m);
    case E_FRAME_KERNEL:
        return read_kernel_frame(m);
    case E_GC:
        m->gc = true;
        return true;
    case E_IDLE:
        m->sample.idle = true;
        return true;
    case E_TIME:
        m->has_time = true;
        if (!take_int(m, &n))
            return false;
        m->sample.time_us = (double)n;
        return true;
    case E_MEMORY:
    case E_STRING_REF:
        return take_int(m, &n);
    case E_STRING:
        return read_string(m);
    case E_STACK_REPEAT:
        return repeat_stack(m);
    case E_TASK_STACK:
    case E_TASK_WAITER:
    case E_TASK_RUNNING:
        return read_tasks(m, (enum event)event);
    default:
        return fail(m, ERR_MALFORMED, "an event that is none of MOJO's");
    }
}

static bool read_all(struct mojo *m)
{
    unsigned magic[3];
    for (size_t i = 0; i < ARRAY_LEN(magic); i++) {
        if (!take_byte(m, &magic[i]))
            return false;
    }
    if (!take_int(m, &m->version))
        return false;
    if (m->version < 1 || m->version > 4)
        return fail(m, ERR_UNSUPPORTED,
                    "MOJO of a version that is not known (1 to 4 are): convert it with mojo2austin");
    for (;;) {
        int event;
        if (!next_byte(m, &event))
            return false;
        if (event < 0)
            return end_sample(m);
        if (!read_event(m, event)) {
            if (m->x->err->byte < 0 && m->x->err->code != ERR_UNSUPPORTED)
                m->x->err->byte = (int64_t)m->at;
            return false;
        }
    }
}

bool austin_read_mojo(struct austin *x, struct source *in)
{
    struct mojo m = { .x = x, .in = in };
    intern_init(&m.string_keys.keys);
    intern_init(&m.frame_keys.keys);
    bool ok = read_all(&m);
    intern_release(&m.string_keys.keys);
    intern_release(&m.frame_keys.keys);
    free(m.strings.items);
    free(m.known.items);
    free(m.running.items);
    for (uint32_t i = 0; i < m.before.count; i++)
        free(m.before.items[i].items);
    free(m.before.items);
    sb_release(&m.text);
    sb_release(&m.text2);
    return ok;
}
