/* jfr_pools.c - the constant pools of a chunk that samples need: symbols, classes, methods, stack traces, threads. Pools of
 * other types are stepped over by their description. */
#include "import/jvm/jfr_chunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

enum pool {
    POOL_OTHER,
    POOL_SYMBOL,
    POOL_STRING,
    POOL_CLASS,
    POOL_METHOD,
    POOL_THREAD,
    POOL_TRACE,
    POOL_FRAME_TYPE,
    POOL_STATE
};

static enum pool pool_of(struct span name)
{
    static const struct {
        const char *name;
        enum pool pool;
    } pools[] = { { "jdk.types.Symbol", POOL_SYMBOL },        { "java.lang.String", POOL_STRING },
                  { "java.lang.Class", POOL_CLASS },          { "jdk.types.Method", POOL_METHOD },
                  { "java.lang.Thread", POOL_THREAD },        { "jdk.types.StackTrace", POOL_TRACE },
                  { "jdk.types.FrameType", POOL_FRAME_TYPE }, { "jdk.types.ThreadState", POOL_STATE } };
    for (size_t i = 0; i < ARRAY_LEN(pools); i++) {
        if (span_is(name, pools[i].name))
            return pools[i].pool;
    }
    return POOL_OTHER;
}

/* The text of a value that is one: Symbol, FrameType and ThreadState hold a single text. */
static struct span one_text(struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *cls)
{
    struct span text = SPAN("");
    for (uint32_t i = 0; i < cls->field_count && !in->bad; i++) {
        const struct jfr_field *f = &cls->fields[i];
        bool is_text =
            !f->constant && !f->array && f->class_ix != UINT32_MAX && c->classes.items[f->class_ix].kind == JFR_STRING;
        if (!is_text) {
            jfr_skip_value(c, in, f, 0);
            continue;
        }
        int64_t key;
        text = jfr_read_string(c, in, &key);
    }
    return text;
}

static void put_text(struct jfr_chunk *c, struct jfr_map *m, int64_t key, struct span text)
{
    VEC_PUSH(&c->symbols, text);
    (void)jfr_map_put(m, key, c->symbols.count - 1);
}

static void read_thread(struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *cls, int64_t key)
{
    struct jfr_thread t = { SPAN(""), SPAN(""), -1, -1 };
    for (uint32_t i = 0; i < cls->field_count && !in->bad; i++) {
        const struct jfr_field *f = &cls->fields[i];
        bool plain = !f->constant && !f->array && f->class_ix != UINT32_MAX;
        enum jfr_kind kind = plain ? c->classes.items[f->class_ix].kind : JFR_STRUCT;
        if (kind == JFR_STRING && (span_is(f->name, "osName") || span_is(f->name, "javaName"))) {
            struct span s = jfr_read_string(c, in, NULL);
            *(span_is(f->name, "osName") ? &t.os_name : &t.java_name) = s;
        } else if (kind == JFR_LONG && (span_is(f->name, "osThreadId") || span_is(f->name, "javaThreadId"))) {
            int64_t id = (int64_t)jfr_read_u64(in);
            *(span_is(f->name, "osThreadId") ? &t.os_id : &t.java_id) = id;
        } else {
            jfr_skip_value(c, in, f, 0);
        }
    }
    VEC_PUSH(&c->threads, t);
    (void)jfr_map_put(&c->thread_of, key, c->threads.count - 1);
}

static void read_frames(struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *frame, struct jfr_trace *t)
{
    static const char *const names[] = { "method", "lineNumber", "type" };
    uint32_t n = jfr_read_u32(in);
    t->first = c->frames.count;
    if (n > (size_t)(in->end - in->at)) {
        in->bad = true;
        return;
    }
    for (uint32_t i = 0; i < n && !in->bad; i++) {
        struct jfr_value v[3];
        jfr_read_fields(c, in, frame, names, v, 3);
        if (t->count >= c->lim->stack_depth) {
            t->truncated = true; /* the root's end is what goes */
            continue;
        }
        VEC_PUSH(&c->frames, ((struct jfr_frame){ v[0].key, v[2].key, v[1].key > 0 ? (uint32_t)v[1].key : 0 }));
        t->count++;
    }
}

static void read_trace(struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *cls, int64_t key)
{
    struct jfr_trace t = { .stack = UINT32_MAX };
    for (uint32_t i = 0; i < cls->field_count && !in->bad; i++) {
        const struct jfr_field *f = &cls->fields[i];
        if (span_is(f->name, "truncated") && !f->array && !f->constant && f->class_ix != UINT32_MAX &&
            c->classes.items[f->class_ix].kind == JFR_BOOLEAN) {
            t.truncated = in->at < in->end && *in->at != 0;
            jfr_skip_value(c, in, f, 0);
        } else if (span_is(f->name, "frames") && f->array && !f->constant && f->class_ix != UINT32_MAX) {
            read_frames(c, in, &c->classes.items[f->class_ix], &t);
        } else {
            jfr_skip_value(c, in, f, 0);
        }
    }
    VEC_PUSH(&c->traces, t);
    (void)jfr_map_put(&c->trace_of, key, c->traces.count - 1);
}

static void read_method(struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *cls, int64_t key)
{
    static const char *const names[] = { "type", "name" };
    struct jfr_value v[2];
    jfr_read_fields(c, in, cls, names, v, 2);
    VEC_PUSH(&c->methods, ((struct jfr_method){ v[0].key, v[1].key }));
    (void)jfr_map_put(&c->method_of, key, c->methods.count - 1);
}

static void read_class(struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *cls, int64_t key)
{
    static const char *const names[] = { "name" };
    struct jfr_value v[1];
    jfr_read_fields(c, in, cls, names, v, 1);
    VEC_PUSH(&c->type_names, v[0].key);
    (void)jfr_map_put(&c->class_name_of, key, c->type_names.count - 1);
}

static void read_entry(struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *cls, enum pool pool,
                       int64_t key)
{
    switch (pool) {
    case POOL_SYMBOL:
        put_text(c, &c->symbol_of, key, one_text(c, in, cls));
        break;
    case POOL_FRAME_TYPE:
        put_text(c, &c->frame_type_of, key, one_text(c, in, cls));
        break;
    case POOL_STATE:
        put_text(c, &c->state_of, key, one_text(c, in, cls));
        break;
    case POOL_CLASS:
        read_class(c, in, cls, key);
        break;
    case POOL_METHOD:
        read_method(c, in, cls, key);
        break;
    case POOL_THREAD:
        read_thread(c, in, cls, key);
        break;
    case POOL_TRACE:
        read_trace(c, in, cls, key);
        break;
    case POOL_STRING:
        put_text(c, &c->string_of, key, jfr_read_string(c, in, NULL));
        break;
    case POOL_OTHER: {
        struct jfr_field whole = { .type = cls->id, .class_ix = (uint32_t)(cls - c->classes.items) };
        jfr_skip_value(c, in, &whole, 0);
        break;
    }
    }
}

bool jfr_read_checkpoint(struct jfr_chunk *c, struct jfr_cursor in, struct err *err)
{
    const unsigned char *p = in.at;
    (void)jfr_read_u64(&in); /* start */
    (void)jfr_read_u64(&in); /* duration */
    (void)jfr_read_u64(&in); /* distance to the checkpoint before */
    if (in.at < in.end)
        in.at++; /* flags */
    for (uint32_t pools = jfr_read_u32(&in); pools > 0 && !in.bad; pools--) {
        int64_t type = (int64_t)jfr_read_u64(&in);
        uint32_t count = jfr_read_u32(&in);
        const struct jfr_class *cls = jfr_class_of(c, type);
        if (!cls) {
            c->pools_broken = c->pools_broken || count > 0;
            return true;
        }
        enum pool pool = pool_of(cls->name);
        /* An entry takes its key at least. */
        if (count > (size_t)(in.end - in.at))
            break;
        for (; count > 0 && !in.bad; count--) {
            int64_t key = (int64_t)jfr_read_u64(&in);
            if (!in.bad)
                read_entry(c, &in, cls, pool, key);
        }
        if (c->traces.count > c->lim->stacks || c->frames.count > c->lim->stacks * 16 ||
            c->symbols.count > c->lim->frames * 4 || c->threads.count > c->lim->threads)
            return err_set(err, ERR_LIMIT, "a chunk has more stack traces, names or threads than are read");
    }
    if (in.bad)
        return err_set(err, ERR_MALFORMED, "a constant pool is broken (byte %zu of the chunk)",
                       (size_t)(p - (const unsigned char *)c->bytes.ptr));
    return true;
}

struct span jfr_pool_name(const struct jfr_chunk *c, const struct jfr_map *m, int64_t key)
{
    uint32_t i;
    return jfr_map_get(m, key, &i) ? c->symbols.items[i] : SPAN("");
}

struct span jfr_symbol(const struct jfr_chunk *c, int64_t key)
{
    return jfr_pool_name(c, &c->symbol_of, key);
}

struct span jfr_class_name(const struct jfr_chunk *c, int64_t class_key)
{
    uint32_t i;
    return jfr_map_get(&c->class_name_of, class_key, &i) ? jfr_symbol(c, c->type_names.items[i]) : SPAN("");
}
