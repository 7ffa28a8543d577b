#include "import/perf/data_file.h"

#include <stdlib.h>

enum {
    HEADER_BYTES = 104,
    PIPE_HEADER_BYTES = 16,
    ATTR_MIN = 64, /* the first version of perf_event_attr */
    ATTR_MAX = 4096,
    EVENTS_MAX = 4096,
    IDS_MAX = 1 << 22,
    WINDOW = 1 << 20,
    RECORD_MAX = 1 << 16,
};

static bool host_is_little(void)
{
    const uint16_t one = 1;
    char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

/* n bytes at an offset, borrowed from the window; fewer at the end of the file. */
static bool look(struct pdata_file *f, uint64_t offset, size_t n, struct span *ret, struct err *err)
{
    uint64_t skip = offset - f->window_at;
    bool inside = offset >= f->window_at && skip <= f->window_len;
    if (!inside || (f->window_len - skip < n && !f->window_last)) {
        size_t want = n > WINDOW ? n : WINDOW;
        if (want > f->window_size) {
            f->window = xrealloc(f->window, want, 1);
            f->window_size = want;
        }
        f->window_at = offset;
        f->window_len = 0;
        if (!source_at(f->in, offset, f->window, want, &f->window_len, err))
            return false;
        f->window_last = f->window_len < want;
        skip = 0;
    }
    size_t have = f->window_len - (size_t)skip;
    *ret = span_make(have > 0 ? f->window + skip : "", have < n ? have : n);
    return true;
}

bool pdata_blob(struct pdata_file *f, uint64_t offset, uint64_t size, size_t max, struct span *ret, struct err *err)
{
    size_t n = size < max ? (size_t)size : max;
    CLEANUP(freep) char *buf = NULL;
    size_t got = 0;
    /* A size that the file cannot hold must not be allocated. */
    buf = xcalloc(n + 1, 1);
    if (!source_at(f->in, offset, buf, n, &got, err))
        return false;
    *ret = arena_span(&f->arena, span_make(buf, got));
    return true;
}

static uint32_t id_slot(const struct pdata_file *f, uint64_t id)
{
    uint64_t h = id * 0x9fb21c651e98df25u;
    uint32_t at = (uint32_t)(h >> 32) & f->id_mask;
    while (f->id_event[at] != 0 && f->id_key[at] != id)
        at = (at + 1) & f->id_mask;
    return at;
}

static void ids_grow(struct pdata_file *f)
{
    uint32_t old = f->id_event ? f->id_mask + 1 : 0;
    uint64_t *key = f->id_key;
    uint32_t *event = f->id_event;
    f->id_mask = (old ? old * 4 : 256) - 1;
    f->id_key = xcalloc((size_t)f->id_mask + 1, sizeof *f->id_key);
    f->id_event = xcalloc((size_t)f->id_mask + 1, sizeof *f->id_event);
    for (uint32_t i = 0; i < old; i++) {
        if (event[i] == 0)
            continue;
        uint32_t at = id_slot(f, key[i]);
        f->id_key[at] = key[i];
        f->id_event[at] = event[i];
    }
    free(key);
    free(event);
}

static bool id_add(struct pdata_file *f, uint64_t id, uint32_t event, struct err *err)
{
    if (f->id_total++ >= IDS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d ids of events", IDS_MAX);
    if (!f->id_event || f->id_used * 2 > f->id_mask)
        ids_grow(f);
    uint32_t at = id_slot(f, id);
    if (f->id_event[at] == 0) {
        f->id_key[at] = id;
        f->id_event[at] = event + 1;
        f->id_used++;
    }
    return true;
}

uint32_t pdata_event_of_id(const struct pdata_file *f, uint64_t id)
{
    if (!f->id_event)
        return UINT32_MAX;
    uint32_t at = id_slot(f, id);
    return f->id_event[at] == 0 ? UINT32_MAX : f->id_event[at] - 1;
}

/* Field of an attr; 0 where the attr ends before it. */
static uint64_t attr_u64(const struct pdata_file *f, struct span attr, size_t at)
{
    return attr.len >= at + 8 ? pdata_u64(f, attr.ptr + at) : 0;
}

static uint32_t attr_u32(const struct pdata_file *f, struct span attr, size_t at)
{
    return attr.len >= at + 4 ? pdata_u32(f, attr.ptr + at) : 0;
}

/* The flags are a bit field: a big-endian compiler fills each byte from its other end. */
static uint64_t attr_flags(const struct pdata_file *f, struct span attr)
{
    uint64_t flags = 0;
    if (attr.len < 48)
        return 0;
    bool little = f->swap != host_is_little();
    for (unsigned i = 0; i < 8; i++) {
        unsigned byte = (unsigned char)attr.ptr[40 + i];
        unsigned turned = 0;
        for (unsigned bit = 0; bit < 8; bit++)
            turned |= (byte >> bit & 1u) << (7 - bit);
        flags |= (uint64_t)(little ? byte : turned) << (8 * i);
    }
    return flags;
}

bool pdata_event_add(struct pdata_file *f, struct span attr, struct span ids, struct err *err)
{
    if (f->count >= EVENTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d events", EVENTS_MAX);
    if (f->count == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 8;
        f->events = xrealloc(f->events, f->cap, sizeof *f->events);
    }
    f->events[f->count] = (struct pdata_event){ .type = attr_u32(f, attr, 0),
                                                .config = attr_u64(f, attr, 8),
                                                .period = attr_u64(f, attr, 16),
                                                .sample_type = attr_u64(f, attr, 24),
                                                .read_format = attr_u64(f, attr, 32),
                                                .flags = attr_flags(f, attr),
                                                .branch_type = attr_u64(f, attr, 72),
                                                .regs_user = attr_u64(f, attr, 80),
                                                .stack_user = attr_u32(f, attr, 88),
                                                .regs_intr = attr_u64(f, attr, 96),
                                                .name = { "", 0 } };
    for (size_t i = 0; i + 8 <= ids.len; i += 8) {
        if (!id_add(f, pdata_u64(f, ids.ptr + i), f->count, err))
            return false;
    }
    f->count++;
    return true;
}

/* Length of the attr at the front of bytes: what its own size field says, as far as there are bytes. */
static size_t attr_length(const struct pdata_file *f, struct span bytes)
{
    uint32_t size = bytes.len >= 8 ? pdata_u32(f, bytes.ptr + 4) : 0;
    if (size < ATTR_MIN)
        size = ATTR_MIN;
    return size < bytes.len ? size : bytes.len;
}

static bool read_attrs(struct pdata_file *f, struct pdata_section attrs, uint64_t entry, struct err *err)
{
    if (entry < ATTR_MIN + 16 || entry > ATTR_MAX || attrs.size / entry > EVENTS_MAX)
        return err_at_byte(err, ERR_MALFORMED, 16,
                           "the header at byte 16: want an event description of %d to %d bytes, "
                           "and at most %d of them, got %llu",
                           ATTR_MIN + 16, ATTR_MAX, EVENTS_MAX, (unsigned long long)entry);
    for (uint64_t i = 0; i < attrs.size / entry; i++) {
        uint64_t offset = attrs.offset + i * entry;
        CLEANUP(freep) char *ids = NULL;
        size_t got = 0;
        char buf[ATTR_MAX];
        if (!source_at(f->in, offset, buf, (size_t)entry, &got, err))
            return false;
        if (got < entry)
            return err_at_byte(err, ERR_MALFORMED, offset, "the description of event %llu at byte %llu is cut off",
                               (unsigned long long)i, (unsigned long long)offset);
        struct span attr = span_make(buf, (size_t)entry - 16);
        uint64_t ids_at = pdata_u64(f, buf + entry - 16);
        uint64_t ids_len = pdata_u64(f, buf + entry - 8);
        if (ids_len / 8 > IDS_MAX)
            return err_at_byte(err, ERR_LIMIT, offset, "event %llu has more than %d ids", (unsigned long long)i,
                               IDS_MAX);
        ids = xcalloc((size_t)ids_len + 1, 1);
        if (!source_at(f->in, ids_at, ids, (size_t)ids_len, &got, err) ||
            !pdata_event_add(f, span_sub(attr, 0, attr_length(f, attr)), span_make(ids, got), err))
            return false;
    }
    if (f->count == 0)
        return err_at_byte(err, ERR_MALFORMED, 24, "the header at byte 24 describes no event");
    return true;
}

/* Bitmap of features: 64-bit words, or 32-bit ones of a 32-bit big-endian writer. HOSTNAME (3) is always set. */
static bool feature_bit(const struct pdata_file *f, const char *map, unsigned i, bool words32)
{
    if (words32)
        return pdata_u32(f, map + i / 32 * 4) >> (i % 32) & 1;
    return pdata_u64(f, map + i / 64 * 8) >> (i % 64) & 1;
}

static bool read_features(struct pdata_file *f, const char *map, struct err *err)
{
    enum { HOSTNAME = 3, ENTRY = 16 };
    bool words32 = f->swap && !feature_bit(f, map, HOSTNAME, false) && feature_bit(f, map, HOSTNAME, true);
    uint64_t at = f->end;
    for (unsigned i = 0; i < PDATA_FEATURES; i++) {
        char entry[ENTRY];
        size_t got;
        if (!feature_bit(f, map, i, words32))
            continue;
        if (!source_at(f->in, at, entry, ENTRY, &got, err))
            return false;
        if (got < ENTRY)
            return true;
        f->feature[i] = (struct pdata_section){ pdata_u64(f, entry), pdata_u64(f, entry + 8) };
        at += ENTRY;
    }
    return true;
}

static bool read_file_header(struct pdata_file *f, struct span head, struct err *err)
{
    if (head.len < HEADER_BYTES)
        return err_at_byte(err, ERR_MALFORMED, head.len, "the header of %d bytes ends at byte %llu", HEADER_BYTES,
                           (unsigned long long)head.len);
    struct pdata_section attrs = { pdata_u64(f, head.ptr + 24), pdata_u64(f, head.ptr + 32) };
    struct pdata_section data = { pdata_u64(f, head.ptr + 40), pdata_u64(f, head.ptr + 48) };
    uint64_t entry = pdata_u64(f, head.ptr + 16);
    char map[32];
    memcpy(map, head.ptr + 72, sizeof map); /* the window moves */
    f->at = data.offset;
    f->killed = data.size == 0;
    f->end = f->killed || data.size > INT64_MAX - data.offset ? INT64_MAX : data.offset + data.size;
    if (data.offset > INT64_MAX || attrs.offset > INT64_MAX)
        return err_at_byte(err, ERR_MALFORMED, 24, "the header at byte 24: offsets beyond any file");
    return read_attrs(f, attrs, entry, err) && (f->killed || read_features(f, map, err));
}

bool pdata_open(struct pdata_file *f, struct source *in, const struct limits *limits, struct err *err)
{
    *f = (struct pdata_file){ .in = in, .limits = limits };
    struct span head;
    if (!source_spool(in, err) || !look(f, 0, HEADER_BYTES, &head, err))
        return false;
    bool little = span_starts(head, SPAN("PERFILE2")) || span_starts(head, SPAN("PERFFILE"));
    bool big = span_starts(head, SPAN("2ELIFREP")) || span_starts(head, SPAN("ELIFFREP"));
    if (!little && !big)
        return err_at_byte(err, ERR_UNRECOGNISED, 0, "byte 0: want PERFILE2 or 2ELIFREP");
    f->version1 = span_starts(head, SPAN("PERFFILE")) || span_starts(head, SPAN("ELIFFREP"));
    f->swap = little != host_is_little();
    if (head.len < PIPE_HEADER_BYTES)
        return err_at_byte(err, ERR_MALFORMED, head.len, "the header ends at byte %llu", (unsigned long long)head.len);
    f->pipe = pdata_u64(f, head.ptr + 8) == PIPE_HEADER_BYTES;
    if (!f->pipe)
        return read_file_header(f, head, err);
    f->at = PIPE_HEADER_BYTES;
    f->end = INT64_MAX;
    return true;
}

void pdata_close(struct pdata_file *f)
{
    arena_release(&f->arena);
    free(f->events);
    free(f->id_key);
    free(f->id_event);
    free(f->window);
    pdata_inflate_free(f->inflate);
}

/* The record at the front of the file's rest. */
static bool next_in_file(struct pdata_file *f, struct pdata_record *ret, bool *ret_end, struct err *err)
{
    struct span bytes = { "", 0 };
    *ret_end = true;
    if (f->broken || f->at >= f->end)
        return true;
    uint64_t left = f->end - f->at;
    if (!look(f, f->at, left < RECORD_MAX ? (size_t)left : RECORD_MAX, &bytes, err))
        return false;
    if (bytes.len < 8) {
        f->truncated = bytes.len > 0 || f->end != INT64_MAX;
        return true;
    }
    uint16_t size = pdata_u16(f, bytes.ptr + 6);
    if (size < 8) {
        f->broken = true;
        f->broken_at = f->at;
        return true;
    }
    if (size > bytes.len) {
        f->truncated = true;
        return true;
    }
    *ret = (struct pdata_record){ .type = pdata_u32(f, bytes.ptr),
                                  .misc = pdata_u16(f, bytes.ptr + 4),
                                  .bytes = span_sub(bytes, 0, size),
                                  .offset = f->at };
    f->at += size;
    *ret_end = false;
    return true;
}

/* Some records are followed by a blob that their size does not count. */
static void skip_blob(struct pdata_file *f, const struct pdata_record *r)
{
    uint64_t n = 0;
    if (r->type == PDATA_TRACING_DATA && r->bytes.len >= 12)
        n = ((uint64_t)pdata_u32(f, r->bytes.ptr + 8) + 7) & ~7ull;
    else if (r->type == PDATA_AUXTRACE && r->bytes.len >= 16)
        n = pdata_u64(f, r->bytes.ptr + 8);
    f->at = n > INT64_MAX - f->at ? INT64_MAX : f->at + n;
}

static bool add_attr(struct pdata_file *f, const struct pdata_record *r, struct err *err)
{
    struct span body = span_from(r->bytes, 8);
    size_t n = attr_length(f, body);
    return pdata_event_add(f, span_sub(body, 0, n), span_from(body, n), err);
}

static bool feed(struct pdata_file *f, const struct pdata_record *r)
{
    struct span payload = span_from(r->bytes, 8);
    if (r->type == PDATA_COMPRESSED2) {
        if (payload.len < 8)
            return false;
        uint64_t n = pdata_u64(f, payload.ptr);
        payload = span_from(payload, 8);
        payload = span_sub(payload, 0, n < payload.len ? (size_t)n : payload.len);
    }
    if (!f->inflate)
        f->inflate = pdata_inflate_new(f->limits->expanded_bytes);
    pdata_inflate_feed(f->inflate, payload);
    return true;
}

bool pdata_next(struct pdata_file *f, struct pdata_record *ret, bool *ret_end, struct err *err)
{
    for (;;) {
        struct span plain = { "", 0 };
        if (f->inflate && !pdata_inflate_record(f->inflate, f, &plain, err))
            return false;
        if (plain.len > 0) {
            *ret = (struct pdata_record){
                .type = pdata_u32(f, plain.ptr), .misc = pdata_u16(f, plain.ptr + 4), .bytes = plain, .offset = f->at
            };
            *ret_end = false;
            return true;
        }
        if (!next_in_file(f, ret, ret_end, err))
            return false;
        if (*ret_end) {
            f->truncated = f->truncated || (f->inflate && pdata_inflate_partial(f->inflate));
            return true;
        }
        if (ret->type == PDATA_COMPRESSED || ret->type == PDATA_COMPRESSED2) {
            if (!feed(f, ret))
                return err_at_byte(err, ERR_MALFORMED, ret->offset, "the compressed record at byte %llu is too short",
                                   (unsigned long long)ret->offset);
            continue;
        }
        skip_blob(f, ret);
        return ret->type != PDATA_ATTR || add_attr(f, ret, err);
    }
}
