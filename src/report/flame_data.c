#include "report/flame_data.h"

#include "report/flame_data_head.h"
#include "report/flame_data_tree.h"

enum record { HEAD = 1, STRS, FRMS, NODE, ROWS, ORDR, DONE };

/* A first picture can be drawn when the first block of nodes is there; later ones are larger. */
enum { FIRST_BLOCK = 65536, BLOCK = 262144 };

uint32_t flame_data_column(const struct profile *p)
{
    uint32_t column = profile_column_default(p);
    if (column != UINT32_MAX)
        return column;
    for (column = 0; column < p->column_count; column++) {
        if (p->columns[column].total > 0)
            return column;
    }
    return 0;
}

/* --- writing into place --- */

/* Where the next array goes, inside a record of known length. */
struct cursor {
    unsigned char *at;
};

static void put_u32(unsigned char *at, uint32_t x)
{
    at[0] = (unsigned char)(x & 0xff);
    at[1] = (unsigned char)(x >> 8 & 0xff);
    at[2] = (unsigned char)(x >> 16 & 0xff);
    at[3] = (unsigned char)(x >> 24 & 0xff);
}

static void add_u32(struct cursor *c, const uint32_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++, c->at += 4)
        put_u32(c->at, x[i]);
}

static void add_one(struct cursor *c, uint32_t x)
{
    add_u32(c, &x, 1);
}

static void add_f32(struct cursor *c, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        add_one(c, bits);
    }
}

static size_t up_to(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static void add_u16(struct cursor *c, const uint16_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        c->at[2 * i] = (unsigned char)(x[i] & 0xff);
        c->at[2 * i + 1] = (unsigned char)(x[i] >> 8);
    }
    c->at += up_to(2 * n, 4);
}

static void add_u8(struct cursor *c, const uint8_t *x, size_t n)
{
    if (n > 0)
        memcpy(c->at, x, n);
    c->at += up_to(n, 4);
}

static void add_bytes(struct cursor *c, const char *x, size_t n)
{
    if (n > 0)
        memcpy(c->at, x, n);
    c->at += n;
}

/* Room for a record, zeroed. False when a record cannot be as long, or out has no room. */
static bool record_open(struct sb *out, enum record type, size_t length, struct cursor *ret, struct err *err)
{
    size_t start = out->len;
    if (length > INT32_MAX)
        return err_set(err, ERR_LIMIT, "the flame graph needs more than %d bytes in one piece", INT32_MAX);
    sb_fill(out, 0, 8 + up_to(length, 8));
    if (out->overflow)
        return err_set(err, ERR_LIMIT, "the flame graph is larger than %zu bytes", out->cap);
    *ret = (struct cursor){ (unsigned char *)out->ptr + start };
    add_one(ret, (uint32_t)type);
    add_one(ret, (uint32_t)length);
    return true;
}

/* --- records --- */

static bool head_write(const struct flame_data_input *in, const struct flame_data_tree *t, struct sb *out,
                       struct err *err)
{
    struct sb head = { 0 };
    struct cursor c;
    flame_data_head(in, t, &head);
    bool ok = record_open(out, HEAD, head.len, &c, err);
    if (ok)
        add_bytes(&c, sb_cstr(&head), head.len);
    sb_release(&head);
    return ok;
}

static bool strings_write(const struct flame_data_tree *t, struct sb *out, struct err *err)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < t->strings.count; i++)
        bytes += intern_get(&t->strings, i).len;
    struct cursor c;
    if (!record_open(out, STRS, 4 * (2 + (size_t)t->strings.count) + bytes, &c, err))
        return false;
    add_one(&c, t->strings.count);
    uint32_t offset = 0;
    for (uint32_t i = 0; i < t->strings.count; i++) {
        add_one(&c, offset);
        offset += (uint32_t)intern_get(&t->strings, i).len;
    }
    add_one(&c, offset);
    for (uint32_t i = 0; i < t->strings.count; i++) {
        struct span s = intern_get(&t->strings, i);
        add_bytes(&c, s.ptr, s.len);
    }
    return true;
}

static bool frames_write(const struct flame_data_tree *t, struct sb *out, struct err *err)
{
    struct cursor c;
    if (!record_open(out, FRMS, 17 * (size_t)t->frame_count, &c, err))
        return false;
    add_u32(&c, t->func, t->frame_count);
    add_u32(&c, t->file, t->frame_count);
    add_u32(&c, t->module, t->frame_count);
    add_u32(&c, t->line, t->frame_count);
    add_bytes(&c, (const char *)t->kind, t->frame_count);
    return true;
}

/* Nodes and rows have one shape. */
struct block {
    enum record type;
    const uint32_t *first, *second;
    float *const *weight;
    uint32_t sets;
    const uint16_t *rule;
    const uint8_t *category;
};

static bool block_write(const struct block *b, size_t from, size_t n, struct sb *out, struct err *err)
{
    struct cursor c;
    size_t length = 8 + 8 * n + 4 * n * b->sets + up_to(2 * n, 4) + up_to(n, 4);
    if (!record_open(out, b->type, length, &c, err))
        return false;
    add_one(&c, (uint32_t)from);
    add_one(&c, (uint32_t)n);
    add_u32(&c, b->first + from, n);
    add_u32(&c, b->second + from, n);
    for (uint32_t k = 0; k < b->sets; k++)
        add_f32(&c, b->weight[k] + from, n);
    add_u16(&c, b->rule + from, n);
    add_u8(&c, b->category + from, n);
    return true;
}

static bool blocks_write(const struct block *b, size_t count, struct sb *out, struct err *err)
{
    for (size_t from = 0; from < count;) {
        size_t n = from == 0 ? FIRST_BLOCK : BLOCK;
        n = n < count - from ? n : count - from;
        if (!block_write(b, from, n, out, err))
            return false;
        from += n;
    }
    return true;
}

static bool order_write(const struct flame_data_tree *t, struct sb *out, struct err *err)
{
    struct cursor c;
    if (t->order_count == 0)
        return true;
    if (!record_open(out, ORDR, 4 + 8 * (size_t)t->order_count, &c, err))
        return false;
    add_one(&c, t->order_count);
    for (uint32_t i = 0; i < t->order_count; i++)
        add_one(&c, t->order[i].row);
    for (uint32_t i = 0; i < t->order_count; i++)
        add_f32(&c, &t->order[i].weight, 1);
    return true;
}

static bool records_write(const struct flame_data_input *in, const struct flame_data_tree *t, struct sb *out,
                          struct err *err)
{
    struct block nodes = { NODE, t->parent, t->frame, t->total, in->set_count, t->node_rule, t->node_category };
    struct block rows = { ROWS, t->row_node, t->row_thread, t->value, in->set_count, t->row_rule, t->row_category };
    struct cursor end;
    /* About what follows, in one piece: a buffer that doubles would stand there twice. */
    size_t a_node = 11 + 4 * (size_t)in->set_count;
    size_t about = 8192 + t->strings.bytes_len + 4 * (size_t)t->strings.count + 17 * (size_t)t->frame_count +
                   a_node * ((size_t)t->node_count + t->row_count) + 8 * (size_t)t->order_count;
    if (out->cap == 0)
        (void)sb_reserve(out, about);
    return head_write(in, t, out, err) && strings_write(t, out, err) && frames_write(t, out, err) &&
           blocks_write(&nodes, t->node_count, out, err) && blocks_write(&rows, t->row_count, out, err) &&
           order_write(t, out, err) && record_open(out, DONE, 0, &end, err);
}

static const struct profile_column *column_of(const struct flame_data_set *set)
{
    const struct profile *p = set->file->profile;
    return set->column < p->column_count ? &p->columns[set->column] : NULL;
}

/* Only like is laid over like. */
static bool sets_alike(const struct flame_data_input *in, struct err *err)
{
    if (in->set_count < 2)
        return true;
    const struct profile_column *base = column_of(&in->sets[0]);
    const struct profile_column *head = column_of(&in->sets[1]);
    if (base && head && base->unit != head->unit)
        return err_set(err, ERR_UNIT, "the base is measured in %s and the head in %s: they have no common scale",
                       unit_name(base->unit), unit_name(head->unit));
    struct span was = profile_str(in->sets[0].file->profile, base ? base->event : (str_id){ 0 });
    struct span is = profile_str(in->sets[1].file->profile, head ? head->event : (str_id){ 0 });
    bool counts = base && head && (!base->is_time || !head->is_time);
    if (counts && (base->is_time != head->is_time || !span_eq(was, is)))
        return err_set(err, ERR_UNIT, "the base counts '%.*s' and the head '%.*s': they are not the same thing",
                       SPAN_FMT(span_sub(was, 0, 60)), SPAN_FMT(span_sub(is, 0, 60)));
    if (in->sets[0].clock != in->sets[1].clock)
        return err_set(
            err, ERR_UNIT,
            "the clock of the base is '%s' and that of the head '%s': one shows waiting that the other cannot",
            clock_name(in->sets[0].clock), clock_name(in->sets[1].clock));
    return true;
}

bool flame_data_write(const struct flame_data_input *in, struct sb *out, struct err *err)
{
    struct flame_data_tree tree = { 0 };
    if (!sets_alike(in, err) || !flame_data_tree_make(in, &tree, err))
        return false;
    bool ok = records_write(in, &tree, out, err);
    flame_data_tree_release(&tree);
    return ok;
}
