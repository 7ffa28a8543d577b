#include "import/perf/data_sample.h"

/* What is left of the body; a field that does not fit sets `bad`. */
struct body {
    const struct pdata_file *f;
    const char *p;
    size_t left;
    bool bad;
};

static const char *take(struct body *b, uint64_t n)
{
    if (n > b->left) {
        b->bad = true;
        b->left = 0;
        return NULL;
    }
    const char *p = b->p;
    b->p += n;
    b->left -= (size_t)n;
    return p;
}

static uint64_t take_u64(struct body *b)
{
    const char *p = take(b, 8);
    return p ? pdata_u64(b->f, p) : 0;
}

static struct span take_span(struct body *b, uint64_t n)
{
    const char *p = take(b, n);
    return p && n > 0 ? span_make(p, (size_t)n) : SPAN("");
}

static struct span take_array(struct body *b, uint64_t n, unsigned width)
{
    return take_span(b, n > b->left / width ? UINT64_MAX : n * width);
}

static unsigned bits(uint64_t v)
{
    return (unsigned)__builtin_popcountll(v);
}

/* Where the id stands in a sample, in words from the front; -1 nowhere. */
static int id_word(uint64_t type)
{
    if (type & PDATA_IDENTIFIER)
        return 0;
    if (!(type & PDATA_ID))
        return -1;
    return (int)bits(type & (PDATA_IP | PDATA_TID | PDATA_TIME | PDATA_ADDR));
}

/* Where it stands in other records, in words from their end; -1 nowhere. */
static int id_word_back(uint64_t type)
{
    if (type & PDATA_IDENTIFIER)
        return 1;
    if (!(type & PDATA_ID))
        return -1;
    return 1 + (int)bits(type & (PDATA_CPU | PDATA_STREAM_ID));
}

/* One event: that one. Several: by the id, whose place is where the first event has it. */
static uint32_t event_of(const struct pdata_file *f, const struct pdata_record *r)
{
    if (f->count == 0)
        return UINT32_MAX;
    const struct pdata_event *first = &f->events[0];
    bool sample = r->type == PDATA_SAMPLE;
    if (f->count == 1 || (!sample && !(first->flags & PDATA_FLAG_SAMPLE_ID_ALL)))
        return 0;
    int word = sample ? id_word(first->sample_type) : id_word_back(first->sample_type);
    if (word < 0)
        return 0;
    size_t n = r->bytes.len;
    size_t back = (size_t)word * 8;
    size_t at = sample ? 8 + back : n - back;
    if (sample ? n < at + 8 : n < back + 8)
        return UINT32_MAX;
    uint64_t id = pdata_u64(f, r->bytes.ptr + at);
    /* Files of before ids were written, and records that perf made up. */
    return id == 0 || !f->id_event ? 0 : pdata_event_of_id(f, id);
}

static void take_read(struct body *b, uint64_t format)
{
    enum { ENABLED = 1, RUNNING = 2, ID = 4, GROUP = 8, LOST = 16 };
    unsigned each = 1 + (format & ID ? 1u : 0u) + (format & LOST ? 1u : 0u);
    unsigned times = (format & ENABLED ? 1u : 0u) + (format & RUNNING ? 1u : 0u);
    if (!(format & GROUP)) {
        (void)take(b, ((uint64_t)each + times) * 8);
        return;
    }
    uint64_t n = take_u64(b);
    (void)take(b, (uint64_t)times * 8);
    (void)take_array(b, n, each * 8);
}

static void take_branches(struct body *b, const struct pdata_event *e, struct pdata_sample *s)
{
    enum { HW_INDEX = 1 << 17 };
    uint64_t n = take_u64(b);
    if (e->branch_type & HW_INDEX)
        (void)take_u64(b);
    s->branches = take_array(b, n, 24);
}

static void take_raw(struct body *b, struct pdata_sample *s)
{
    const char *p = take(b, 4);
    uint32_t n = p ? pdata_u32(b->f, p) : 0;
    s->raw = take_span(b, n);
    size_t odd = ((size_t)n + 4) % 8;
    (void)take(b, odd ? 8 - odd : 0);
}

static void take_user(struct body *b, const struct pdata_event *e, struct pdata_sample *s)
{
    if (e->sample_type & PDATA_REGS_USER) {
        s->regs_abi = take_u64(b);
        if (s->regs_abi != 0)
            s->regs_user = take_array(b, bits(e->regs_user), 8);
    }
    if (!(e->sample_type & PDATA_STACK_USER))
        return;
    uint64_t size = take_u64(b);
    if (size == 0)
        return;
    s->stack = take_span(b, size);
    uint64_t used = take_u64(b);
    s->stack = span_sub(s->stack, 0, used < s->stack.len ? (size_t)used : s->stack.len);
}

static void sample_init(struct pdata_sample *s)
{
    *s = (struct pdata_sample){ .event = UINT32_MAX,
                                .pid = -1,
                                .tid = -1,
                                .chain = { "", 0 },
                                .raw = { "", 0 },
                                .branches = { "", 0 },
                                .regs_user = { "", 0 },
                                .stack = { "", 0 } };
}

/* The fields up to the period, in body order. */
static void take_head(struct body *b, uint64_t type, struct pdata_sample *s)
{
    const struct pdata_file *f = b->f;
    if (type & PDATA_IDENTIFIER)
        s->id = take_u64(b);
    if (type & PDATA_IP)
        s->ip = take_u64(b);
    const char *p = type & PDATA_TID ? take(b, 8) : NULL;
    if (p) {
        s->pid = pdata_s32(f, p);
        s->tid = pdata_s32(f, p + 4);
    }
    if (type & PDATA_TIME)
        s->time = take_u64(b);
    if (type & PDATA_ADDR)
        (void)take_u64(b);
    if (type & PDATA_ID)
        s->id = take_u64(b);
    if (type & PDATA_STREAM_ID)
        (void)take_u64(b);
    p = type & PDATA_CPU ? take(b, 8) : NULL;
    if (p)
        s->cpu = pdata_u32(f, p);
    if (type & PDATA_PERIOD)
        s->period = take_u64(b);
}

static void note_fields(struct pdata_sample *s, uint64_t type)
{
    s->has_ip = type & PDATA_IP;
    s->has_tid = type & PDATA_TID;
    s->has_time = type & PDATA_TIME;
    s->has_cpu = type & PDATA_CPU;
    s->has_period = type & PDATA_PERIOD;
    s->has_chain = type & PDATA_CALLCHAIN;
}

bool pdata_sample_read(const struct pdata_file *f, const struct pdata_record *r, struct pdata_sample *ret)
{
    sample_init(ret);
    ret->event = event_of(f, r);
    if (ret->event == UINT32_MAX)
        return false;
    const struct pdata_event *e = &f->events[ret->event];
    struct body b = { .f = f, .p = r->bytes.ptr + 8, .left = r->bytes.len - 8 };
    note_fields(ret, e->sample_type);
    take_head(&b, e->sample_type, ret);
    if (e->sample_type & PDATA_READ)
        take_read(&b, e->read_format);
    if (e->sample_type & PDATA_CALLCHAIN)
        ret->chain = take_array(&b, take_u64(&b), 8);
    if (e->sample_type & PDATA_RAW)
        take_raw(&b, ret);
    if (e->sample_type & PDATA_BRANCH_STACK)
        take_branches(&b, e, ret);
    take_user(&b, e, ret);
    return !b.bad;
}

void pdata_trailer_read(const struct pdata_file *f, const struct pdata_record *r, struct pdata_sample *ret)
{
    sample_init(ret);
    ret->event = event_of(f, r);
    if (ret->event == UINT32_MAX || !(f->events[ret->event].flags & PDATA_FLAG_SAMPLE_ID_ALL))
        return;
    uint64_t type = f->events[ret->event].sample_type;
    uint64_t fields = type & (PDATA_TID | PDATA_TIME | PDATA_ID | PDATA_STREAM_ID | PDATA_CPU | PDATA_IDENTIFIER);
    size_t n = (size_t)bits(fields) * 8;
    if (r->bytes.len < 8 + n)
        return;
    /* The same order as in a sample, but for the identifier, which stands last. */
    struct body b = { .f = f, .p = r->bytes.ptr + r->bytes.len - n, .left = n };
    note_fields(ret, fields);
    take_head(&b, fields & ~(uint64_t)PDATA_IDENTIFIER, ret);
    if (fields & PDATA_IDENTIFIER)
        ret->id = take_u64(&b);
}

uint64_t pdata_time(const struct pdata_file *f, const struct pdata_record *r)
{
    uint32_t event = event_of(f, r);
    if (event == UINT32_MAX)
        return 0;
    const struct pdata_event *e = &f->events[event];
    uint64_t type = e->sample_type;
    size_t n = r->bytes.len;
    if (!(type & PDATA_TIME))
        return 0;
    if (r->type == PDATA_SAMPLE) {
        size_t at = 8 + 8 * (size_t)bits(type & (PDATA_IDENTIFIER | PDATA_IP | PDATA_TID));
        return n >= at + 8 ? pdata_u64(f, r->bytes.ptr + at) : 0;
    }
    if (!(e->flags & PDATA_FLAG_SAMPLE_ID_ALL))
        return 0;
    size_t back = 8 + 8 * (size_t)bits(type & (PDATA_ID | PDATA_STREAM_ID | PDATA_CPU | PDATA_IDENTIFIER));
    return n >= 8 + back ? pdata_u64(f, r->bytes.ptr + n - back) : 0;
}
