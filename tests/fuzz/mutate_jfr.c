#include "mutate.h"

#include <stdbool.h>
#include <string.h>

enum { HEADER = 68, SIZE_AT = 8, EVENTS_MAX = 1024, SIZE_BYTES = 4 };

struct events {
    size_t at[EVENTS_MAX + 1];
    size_t body[EVENTS_MAX]; /* behind the size */
    size_t count;
};

static uint64_t big_endian(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

static void put_chunk_size(uint8_t *chunk, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        chunk[SIZE_AT + i] = (uint8_t)(v >> (56 - 8 * i));
}

static size_t varint(const uint8_t *data, size_t end, size_t at, uint64_t *ret)
{
    *ret = 0;
    for (unsigned i = 0; i < 9 && at < end; i++) {
        uint8_t byte = data[at++];
        *ret |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80)
            break;
    }
    return at;
}

/* Four bytes whatever the value, as the recorders reserve them. */
static void put_size(uint8_t *at, size_t v)
{
    for (int i = 0; i < SIZE_BYTES; i++)
        at[i] = (uint8_t)((v >> (7 * i) & 0x7f) | (i < SIZE_BYTES - 1 ? 0x80 : 0));
}

static void find_events(const uint8_t *data, size_t end, struct events *out)
{
    size_t at = HEADER;
    out->count = 0;
    while (out->count < EVENTS_MAX && at < end) {
        uint64_t size;
        size_t body = varint(data, end, at, &size);
        if (size <= body - at || size > end - at)
            break;
        out->at[out->count] = at;
        out->body[out->count++] = body;
        at += (size_t)size;
    }
    out->at[out->count] = at;
}

static size_t resize(uint8_t *data, size_t size, size_t at, size_t old, size_t now)
{
    memmove(data + at + now, data + at + old, size - at - old);
    return size - old + now;
}

/* An event's bytes behind its size; the size follows. */
static size_t change_event(uint8_t *data, size_t size, size_t max, const struct events *e, size_t i, unsigned seed)
{
    enum { BODY_MAX = 65536, WINDOW = 512 };
    static uint8_t body[BODY_MAX];
    size_t at = e->at[i], old = e->at[i + 1] - at, n = e->at[i + 1] - e->body[i];
    if (n + SIZE_BYTES > sizeof body - 64 || size - old + n + SIZE_BYTES + 64 > max)
        return size;
    memcpy(body, data + e->body[i], n);
    /* A part of it, so that the rest of a long table stays whole. */
    size_t from = n > WINDOW ? seed / 4096 * 97 % (n - WINDOW) : 0;
    size_t part = n - from < WINDOW ? n - from : WINDOW;
    uint8_t piece[WINDOW + 64];
    memcpy(piece, body + from, part);
    size_t now = LLVMFuzzerMutate(piece, part, part + 32 < sizeof piece ? part + 32 : sizeof piece);
    memmove(body + from + now, body + from + part, n - from - part);
    memcpy(body + from, piece, now);
    n = n - part + now;
    size = resize(data, size, at, old, n + SIZE_BYTES);
    put_size(data + at, n + SIZE_BYTES);
    memcpy(data + at + SIZE_BYTES, body, n);
    return size;
}

static size_t copy_event(uint8_t *data, size_t size, size_t max, const struct events *e, size_t i, size_t to)
{
    static uint8_t copy[65536];
    size_t n = e->at[i + 1] - e->at[i];
    if (n > sizeof copy || size + n > max)
        return size;
    memcpy(copy, data + e->at[i], n);
    size = resize(data, size, e->at[to], 0, n);
    memcpy(data + e->at[to], copy, n);
    return size;
}

size_t mutate_jfr(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static struct events e;
    if (size < HEADER || memcmp(data, "FLR", 4) != 0)
        return 0;
    uint64_t length = big_endian(data + SIZE_AT);
    bool sized = length >= HEADER && length <= size;
    size_t end = sized ? (size_t)length : size;
    find_events(data, end, &e);
    if (e.count == 0)
        return 0;
    size_t i = seed / 16 % e.count, before = size;
    switch (seed % 16) {
    case 0:
        size = copy_event(data, size, max, &e, i, seed / 8192 % e.count);
        break;
    case 1:
        size = resize(data, size, e.at[i], e.at[i + 1] - e.at[i], 0);
        break;
    case 2:
        (void)LLVMFuzzerMutate(data + 4, HEADER - 4, HEADER - 4);
        return size;
    case 3:
        return sized && size * 2 <= max ? (memcpy(data + size, data, size), size * 2) : e.at[i];
    default:
        size = change_event(data, size, max, &e, i, seed);
        break;
    }
    if (sized)
        put_chunk_size(data, length + size - before);
    return size;
}
