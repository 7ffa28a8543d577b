/* jfr_chunk.c - cursor, description of types, values of any described type. */
#include "import/jvm/jfr_chunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

enum { DEPTH_MAX = 16, CLASSES_MAX = 20000, FIELDS_MAX = 200000, ELEMENTS_MAX = 1000000 };

/* --- numbers --- */

static bool take(struct jfr_cursor *in, size_t n, const unsigned char **ret)
{
    if (in->bad || (size_t)(in->end - in->at) < n) {
        in->bad = true;
        return false;
    }
    *ret = in->at;
    in->at += n;
    return true;
}

static uint64_t big_endian(struct jfr_cursor *in, size_t n)
{
    const unsigned char *p;
    uint64_t v = 0;
    if (!take(in, n, &p))
        return 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* Seven bits a byte, least first; the ninth byte has eight. */
static uint64_t varint(struct jfr_cursor *in)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 9; i++) {
        const unsigned char *p;
        if (!take(in, 1, &p))
            return 0;
        if (i == 8)
            return v | (uint64_t)*p << 56;
        v |= (uint64_t)(*p & 0x7f) << (7 * i);
        if (!(*p & 0x80))
            break;
    }
    return v;
}

uint64_t jfr_read_u64(struct jfr_cursor *in)
{
    return in->fixed ? big_endian(in, 8) : varint(in);
}

uint32_t jfr_read_u32(struct jfr_cursor *in)
{
    return (uint32_t)(in->fixed ? big_endian(in, 4) : varint(in));
}

static double read_float(struct jfr_cursor *in)
{
    uint32_t bits = (uint32_t)big_endian(in, 4);
    float f;
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

static double read_double(struct jfr_cursor *in)
{
    uint64_t bits = big_endian(in, 8);
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static uint32_t utf8(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

/* UTF-16 units or bytes of Latin-1 as UTF-8; units of a surrogate pair become U+FFFD. */
static struct span transcoded(struct jfr_chunk *c, struct jfr_cursor *in, uint32_t n, bool wide)
{
    if (in->bad || n > (size_t)(in->end - in->at) || c->arena.total > c->lim->string_bytes) {
        in->bad = true;
        return SPAN("");
    }
    char *text = arena_alloc(&c->arena, (size_t)n * 3 + 1, 1);
    size_t len = 0;
    for (uint32_t i = 0; i < n && !in->bad; i++) {
        uint32_t code = wide ? (uint32_t)(in->fixed ? big_endian(in, 2) : varint(in)) : (uint32_t)big_endian(in, 1);
        if (code > 0xffff || code == 0 || (code >= 0xd800 && code < 0xe000))
            code = 0xfffd;
        len += utf8(code, text + len);
    }
    return span_make(text, len);
}

/* ret_key (may be NULL): the key of a text that stands in a pool, else -1. */
struct span jfr_read_string(struct jfr_chunk *c, struct jfr_cursor *in, int64_t *ret_key)
{
    enum { NONE, EMPTY, POOLED, UTF8, CHARS, LATIN1 };
    const unsigned char *p;
    if (ret_key)
        *ret_key = -1;
    switch (big_endian(in, 1)) {
    case NONE:
    case EMPTY:
        return SPAN("");
    case POOLED: {
        int64_t key = (int64_t)jfr_read_u64(in);
        if (ret_key)
            *ret_key = key;
        return SPAN("");
    }
    case UTF8: {
        uint32_t n = jfr_read_u32(in);
        return take(in, n, &p) ? span_make((const char *)p, n) : SPAN("");
    }
    case CHARS:
        return transcoded(c, in, jfr_read_u32(in), true);
    case LATIN1:
        return transcoded(c, in, jfr_read_u32(in), false);
    default:
        in->bad = true;
        return SPAN("");
    }
}

/* --- maps --- */

static uint32_t slot_of(int64_t key, uint32_t slots)
{
    uint64_t h = (uint64_t)key * 0x9e3779b97f4a7c15ull;
    return (uint32_t)(h >> 32) & (slots - 1);
}

bool jfr_map_get(const struct jfr_map *m, int64_t key, uint32_t *ret)
{
    if (m->count == 0)
        return false;
    for (uint32_t i = slot_of(key, m->slots); m->values[i] != 0; i = (i + 1) & (m->slots - 1)) {
        if (m->keys[i] == key) {
            *ret = m->values[i] - 1;
            return true;
        }
    }
    return false;
}

static void place(struct jfr_map *m, int64_t key, uint32_t value)
{
    uint32_t i = slot_of(key, m->slots);
    while (m->values[i] != 0 && m->keys[i] != key)
        i = (i + 1) & (m->slots - 1);
    m->count += m->values[i] == 0;
    m->keys[i] = key;
    m->values[i] = value + 1;
}

/* False when the key was there (its value is replaced). */
bool jfr_map_put(struct jfr_map *m, int64_t key, uint32_t value)
{
    if (m->count * 2 >= m->slots) {
        struct jfr_map old = *m;
        m->slots = old.slots ? old.slots * 2 : 64;
        m->keys = xcalloc(m->slots, sizeof *m->keys);
        m->values = xcalloc(m->slots, sizeof *m->values);
        m->count = 0;
        for (uint32_t i = 0; i < old.slots; i++) {
            if (old.values[i] != 0)
                place(m, old.keys[i], old.values[i] - 1);
        }
        free(old.keys);
        free(old.values);
    }
    uint32_t before = m->count;
    place(m, key, value);
    return m->count > before;
}

/* --- description of types --- */

static enum jfr_kind kind_of(struct span name)
{
    static const struct {
        const char *name;
        enum jfr_kind kind;
    } kinds[] = { { "boolean", JFR_BOOLEAN }, { "byte", JFR_BYTE },     { "char", JFR_CHAR },
                  { "short", JFR_SHORT },     { "int", JFR_INT },       { "long", JFR_LONG },
                  { "float", JFR_FLOAT },     { "double", JFR_DOUBLE }, { "java.lang.String", JFR_STRING } };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (span_is(name, kinds[i].name))
            return kinds[i].kind;
    }
    return JFR_STRUCT;
}

struct metadata {
    struct jfr_chunk *c;
    struct jfr_cursor in;
    struct span *strings;
    uint32_t string_count;
    uint32_t field_count, elements;
};

static struct span text_at(const struct metadata *m, uint32_t i)
{
    return i < m->string_count ? m->strings[i] : SPAN("");
}

static int64_t id_at(const struct metadata *m, uint32_t i)
{
    struct span s = text_at(m, i);
    int64_t id = 0;
    for (size_t k = 0; k < s.len && k < 18; k++)
        id = s.ptr[k] >= '0' && s.ptr[k] <= '9' ? id * 10 + (s.ptr[k] - '0') : id;
    return id;
}

/* Attributes of an element go to the class or field that it describes. Returns the class, UINT32_MAX for other elements. */
static uint32_t element(struct metadata *m, uint32_t owner)
{
    struct jfr_chunk *c = m->c;
    struct span name = text_at(m, jfr_read_u32(&m->in));
    uint32_t attributes = jfr_read_u32(&m->in);
    struct jfr_class cls = { .id = -1 };
    struct jfr_field field = { .type = -1, .class_ix = UINT32_MAX };
    bool is_class = span_is(name, "class"), is_field = span_is(name, "field");
    for (uint32_t i = 0; i < attributes && !m->in.bad; i++) {
        struct span key = text_at(m, jfr_read_u32(&m->in));
        uint32_t value = jfr_read_u32(&m->in);
        if (span_is(key, "name"))
            cls.name = field.name = text_at(m, value);
        else if (span_is(key, "id"))
            cls.id = id_at(m, value);
        else if (span_is(key, "class"))
            field.type = id_at(m, value);
        else if (span_is(key, "constantPool"))
            field.constant = span_is(text_at(m, value), "true");
        else if (span_is(key, "dimension"))
            field.array = id_at(m, value) > 0;
    }
    if (is_class && cls.id >= 0 && c->classes.count < CLASSES_MAX) {
        cls.kind = kind_of(cls.name);
        VEC_PUSH(&c->classes, cls);
        (void)jfr_map_put(&c->class_of, cls.id, c->classes.count - 1);
        return c->classes.count - 1;
    }
    if (is_field && owner != UINT32_MAX && m->field_count < FIELDS_MAX) {
        struct jfr_class *k = &c->classes.items[owner];
        if (k->field_count == k->field_cap) {
            k->field_cap = k->field_cap ? k->field_cap * 2 : 8;
            k->fields = xrealloc(k->fields, k->field_cap, sizeof *k->fields);
        }
        k->fields[k->field_count++] = field;
        m->field_count++;
    }
    return UINT32_MAX;
}

/* The tree of elements, with its own stack. */
static bool read_elements(struct metadata *m)
{
    struct {
        uint32_t left, owner;
    } open[DEPTH_MAX] = { { 1, UINT32_MAX } };
    uint32_t depth = 1;
    while (depth > 0 && !m->in.bad) {
        if (open[depth - 1].left == 0) {
            depth--;
            continue;
        }
        open[depth - 1].left--;
        if (++m->elements > ELEMENTS_MAX)
            return false;
        uint32_t cls = element(m, open[depth - 1].owner);
        uint32_t children = jfr_read_u32(&m->in);
        if (children > 0 && depth == DEPTH_MAX)
            return false;
        if (children > 0) {
            open[depth].left = children;
            open[depth].owner = cls;
            depth++;
        }
    }
    return !m->in.bad;
}

bool jfr_read_metadata(struct jfr_chunk *c, struct jfr_cursor in, struct err *err)
{
    struct metadata m = { .c = c, .in = in };
    (void)jfr_read_u64(&m.in); /* start */
    (void)jfr_read_u64(&m.in); /* duration */
    (void)jfr_read_u64(&m.in); /* id */
    uint32_t count = jfr_read_u32(&m.in);
    if (m.in.bad || count > (size_t)(m.in.end - m.in.at))
        return err_set(err, ERR_MALFORMED, "the description of its events is broken");
    m.strings = xcalloc(count + 1u, sizeof *m.strings);
    for (uint32_t i = 0; i < count && !m.in.bad; i++)
        m.strings[i] = jfr_read_string(c, &m.in, NULL);
    m.string_count = count;
    bool ok = read_elements(&m);
    free(m.strings);
    if (!ok)
        return err_set(err, ERR_MALFORMED, "the description of its events is broken");
    for (uint32_t i = 0; i < c->classes.count; i++) {
        for (uint32_t f = 0; f < c->classes.items[i].field_count; f++) {
            struct jfr_field *field = &c->classes.items[i].fields[f];
            if (!jfr_map_get(&c->class_of, field->type, &field->class_ix))
                field->class_ix = UINT32_MAX;
        }
    }
    return true;
}

/* --- values --- */

static void skip_one(const struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_field *f, uint32_t depth)
{
    const unsigned char *p;
    if (in->steps-- == 0) {
        in->steps = 0;
        in->bad = true;
        return;
    }
    if (f->constant) {
        (void)jfr_read_u64(in);
        return;
    }
    if (f->class_ix == UINT32_MAX || depth > DEPTH_MAX) {
        in->bad = true;
        return;
    }
    const struct jfr_class *cls = &c->classes.items[f->class_ix];
    switch (cls->kind) {
    case JFR_BOOLEAN:
    case JFR_BYTE:
        (void)take(in, 1, &p);
        break;
    case JFR_CHAR:
    case JFR_SHORT:
        if (in->fixed)
            (void)take(in, 2, &p);
        else
            (void)varint(in);
        break;
    case JFR_INT:
        (void)jfr_read_u32(in);
        break;
    case JFR_LONG:
        (void)jfr_read_u64(in);
        break;
    case JFR_FLOAT:
        (void)take(in, 4, &p);
        break;
    case JFR_DOUBLE:
        (void)take(in, 8, &p);
        break;
    case JFR_STRING: {
        /* Nothing is kept of a text that is skipped: only its length counts. */
        uint64_t encoding = big_endian(in, 1);
        if (encoding == 2) {
            (void)jfr_read_u64(in);
        } else if (encoding == 3 || encoding == 5) {
            (void)take(in, jfr_read_u32(in), &p);
        } else if (encoding == 4) {
            for (uint32_t n = jfr_read_u32(in); n > 0 && !in->bad; n--) {
                if (in->fixed)
                    (void)take(in, 2, &p);
                else
                    (void)varint(in);
            }
        } else if (encoding > 5) {
            in->bad = true;
        }
        break;
    }
    case JFR_STRUCT:
        /* A type without fields that holds itself could go on for ever: each level costs depth. */
        for (uint32_t i = 0; i < cls->field_count && !in->bad; i++)
            jfr_skip_value(c, in, &cls->fields[i], depth + 1);
        break;
    }
}

void jfr_skip_value(const struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_field *f, uint32_t depth)
{
    uint32_t n = f->array ? jfr_read_u32(in) : 1;
    /* Every element takes a byte at least, but for a type without fields, of which there is nothing to skip. */
    if (n > (size_t)(in->end - in->at) + 1) {
        in->bad = true;
        return;
    }
    for (; n > 0 && !in->bad; n--)
        skip_one(c, in, f, depth);
}

static void read_value(const struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_field *f,
                       struct jfr_value *out)
{
    if (f->array || (!f->constant && f->class_ix == UINT32_MAX)) {
        jfr_skip_value(c, in, f, 0);
        return;
    }
    enum jfr_kind kind = f->constant ? JFR_LONG : c->classes.items[f->class_ix].kind;
    switch (kind) {
    case JFR_BOOLEAN:
    case JFR_BYTE:
        out->key = (int64_t)big_endian(in, 1);
        break;
    case JFR_CHAR:
    case JFR_SHORT:
        out->key = (int64_t)(in->fixed ? big_endian(in, 2) : varint(in));
        break;
    case JFR_INT:
        out->key = (int32_t)jfr_read_u32(in);
        break;
    case JFR_LONG:
        out->key = (int64_t)jfr_read_u64(in);
        break;
    case JFR_FLOAT:
        out->num = read_float(in);
        out->known = !in->bad;
        return;
    case JFR_DOUBLE:
        out->num = read_double(in);
        out->known = !in->bad;
        return;
    case JFR_STRING: {
        /* Texts of events are borrowed; of those that have to be transcoded the beginning is enough. */
        struct jfr_cursor before = *in;
        jfr_skip_value(c, in, f, 0);
        uint64_t encoding = in->bad ? 0 : big_endian(&before, 1);
        if (encoding == 2) {
            out->text = jfr_pool_name(c, &c->string_of, (int64_t)jfr_read_u64(&before));
        } else if (encoding == 3 || encoding == 5) {
            uint32_t n = jfr_read_u32(&before);
            out->text = span_make((const char *)before.at, n);
        } else if (encoding == 4) {
            uint32_t n = jfr_read_u32(&before), len = 0;
            for (uint32_t i = 0; i < n && len < sizeof out->small; i++) {
                uint64_t unit = before.fixed ? big_endian(&before, 2) : varint(&before);
                out->small[len++] = unit > 0 && unit < 0x80 ? (char)unit : '?';
            }
            out->text = span_make(out->small, len);
        }
        out->known = out->text.len > 0;
        return;
    }
    case JFR_STRUCT: {
        /* Types that wrap one number. */
        const struct jfr_class *cls = &c->classes.items[f->class_ix];
        if (cls->field_count == 1 && !cls->fields[0].array && cls->fields[0].class_ix != UINT32_MAX &&
            (cls->fields[0].constant || c->classes.items[cls->fields[0].class_ix].kind != JFR_STRUCT)) {
            read_value(c, in, &cls->fields[0], out);
            return;
        }
        jfr_skip_value(c, in, f, 0);
        return;
    }
    }
    out->num = (double)out->key;
    out->known = !in->bad;
}

void jfr_read_fields(const struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *cls,
                     const char *const *names, struct jfr_value *values, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        values[k].known = false;
        values[k].num = 0;
        values[k].key = -1;
        values[k].text = SPAN("");
    }
    for (uint32_t i = 0; i < cls->field_count && !in->bad; i++) {
        size_t k = 0;
        while (k < n && !span_is(cls->fields[i].name, names[k]))
            k++;
        if (k < n)
            read_value(c, in, &cls->fields[i], &values[k]);
        else
            jfr_skip_value(c, in, &cls->fields[i], 0);
    }
}

/* --- the chunk --- */

const struct jfr_class *jfr_class_of(const struct jfr_chunk *c, int64_t type)
{
    uint32_t i;
    return jfr_map_get(&c->class_of, type, &i) ? &c->classes.items[i] : NULL;
}

bool jfr_next_event(const struct jfr_chunk *c, size_t *at, int64_t *ret_type, struct jfr_cursor *ret_body)
{
    if (*at >= c->bytes.len)
        return false;
    const unsigned char *start = (const unsigned char *)c->bytes.ptr + *at;
    struct jfr_cursor in = { start, (const unsigned char *)c->bytes.ptr + c->bytes.len, c->fixed, false, 0 };
    uint64_t size = jfr_read_u32(&in);
    if (in.bad || size < (uint64_t)(in.at - start) + 1 || size > c->bytes.len - *at)
        return false;
    in.end = start + size;
    in.steps = 64 + 16 * size;
    *ret_type = (int64_t)jfr_read_u64(&in);
    *ret_body = in;
    *at += size;
    return !in.bad;
}

static uint64_t header_u64(struct span bytes, size_t at)
{
    struct jfr_cursor in = { (const unsigned char *)bytes.ptr + at, (const unsigned char *)bytes.ptr + bytes.len, true,
                             false, 0 };
    return big_endian(&in, 8);
}

bool jfr_chunk_open(struct jfr_chunk *c, struct span bytes, const struct limits *lim, struct err *err)
{
    *c = (struct jfr_chunk){ .bytes = bytes, .lim = lim };
    if (bytes.len < JFR_HEADER_BYTES)
        return err_set(err, ERR_MALFORMED, "the header of a chunk is cut: %zu bytes, wanted %d", bytes.len,
                       JFR_HEADER_BYTES);
    unsigned major = (unsigned char)bytes.ptr[5];
    if (major < 1 || major > 2)
        return err_set(err, ERR_UNSUPPORTED,
                       "a flight recording of version %u: versions 1 and 2 (JDK 9 and later) are "
                       "read; `jfr disassemble` and a newer JDK can rewrite it",
                       major);
    c->start_ns = header_u64(bytes, 32);
    c->duration_ns = header_u64(bytes, 40);
    c->start_ticks = header_u64(bytes, 48);
    c->ticks_per_s = header_u64(bytes, 56);
    c->fixed = ((unsigned char)bytes.ptr[67] & 1) == 0;
    size_t at = JFR_HEADER_BYTES;
    int64_t type;
    struct jfr_cursor body;
    bool described = false;
    /* Metadata first, wherever it stands: the JDK writes it last, async-profiler first. */
    while (jfr_next_event(c, &at, &type, &body)) {
        if (type == 0 && !described) {
            if (!jfr_read_metadata(c, body, err))
                return false;
            described = true;
        }
    }
    c->cut = at < bytes.len;
    for (at = JFR_HEADER_BYTES; described && jfr_next_event(c, &at, &type, &body);) {
        if (type == 1 && !jfr_read_checkpoint(c, body, err))
            return false;
    }
    return true;
}

static void map_release(struct jfr_map *m)
{
    free(m->keys);
    free(m->values);
}

void jfr_chunk_release(struct jfr_chunk *c)
{
    for (uint32_t i = 0; i < c->classes.count; i++)
        free(c->classes.items[i].fields);
    free(c->classes.items);
    free(c->symbols.items);
    free(c->type_names.items);
    free(c->methods.items);
    free(c->threads.items);
    free(c->traces.items);
    free(c->frames.items);
    struct jfr_map *const maps[] = { &c->class_of, &c->symbol_of,     &c->class_name_of, &c->method_of, &c->thread_of,
                                     &c->trace_of, &c->frame_type_of, &c->state_of,      &c->string_of };
    for (size_t i = 0; i < ARRAY_LEN(maps); i++)
        map_release(maps[i]);
    arena_release(&c->arena);
}
