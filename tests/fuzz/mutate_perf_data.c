#include "mutate.h"

#include <stdbool.h>
#include <string.h>

enum { HEADER = 104, PIPE_HEADER = 16, RECORD_HEADER = 8, RECORDS_MAX = 512, SIZE_AT = 6 };

struct pieces {
    size_t at[RECORDS_MAX + 1]; /* of each record, and of the end */
    size_t count;
};

static uint64_t get(const uint8_t *p, size_t width)
{
    uint64_t v = 0;
    for (size_t i = 0; i < width; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void put(uint8_t *p, size_t width, uint64_t v)
{
    for (size_t i = 0; i < width; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static void find_records(const uint8_t *data, size_t from, size_t end, struct pieces *out)
{
    out->count = 0;
    size_t at = from;
    while (out->count < RECORDS_MAX && end - at >= RECORD_HEADER) {
        size_t n = (size_t)get(data + at + SIZE_AT, 2);
        if (n < RECORD_HEADER || n > end - at)
            break;
        out->at[out->count++] = at;
        at += n;
    }
    out->at[out->count] = at;
}

/* Makes [at, at + old) be `now` bytes long; the size of all. */
static size_t resize(uint8_t *data, size_t size, size_t at, size_t old, size_t now)
{
    memmove(data + at + now, data + at + old, size - at - old);
    return size - old + now;
}

/* The body of one record, in whole words, its size field with it. */
static size_t change_record(uint8_t *data, size_t size, size_t max, const struct pieces *p, size_t i)
{
    enum { BODY_MAX = 4096, RECORD_MAX = 0xfff8 };
    uint8_t body[BODY_MAX];
    size_t at = p->at[i] + RECORD_HEADER;
    size_t old = p->at[i + 1] - at;
    size_t room = max - size + old;
    if (old > sizeof body - 64)
        return (void)LLVMFuzzerMutate(data + at, old, old), size;
    memcpy(body, data + at, old);
    size_t now = LLVMFuzzerMutate(body, old, room < sizeof body ? room : sizeof body);
    size_t whole = now & ~(size_t)7;
    if (whole + RECORD_HEADER > RECORD_MAX)
        return size;
    size = resize(data, size, at, old, whole);
    memcpy(data + at, body, whole);
    put(data + p->at[i] + SIZE_AT, 2, whole + RECORD_HEADER);
    return size;
}

static size_t double_record(uint8_t *data, size_t size, size_t max, const struct pieces *p, size_t i, size_t to)
{
    size_t n = p->at[i + 1] - p->at[i];
    uint8_t copy[0x10000];
    if (size + n > max)
        return size;
    memcpy(copy, data + p->at[i], n);
    size = resize(data, size, p->at[to], 0, n);
    memcpy(data + p->at[to], copy, n);
    return size;
}

/* Sections behind the data move with it. */
static void move_features(uint8_t *data, size_t size, size_t table, int64_t by)
{
    unsigned features = 0;
    for (size_t i = 72; i < HEADER; i++)
        features += (unsigned)__builtin_popcount(data[i]);
    for (unsigned i = 0; i < features && table + 16 <= size; i++, table += 16)
        put(data + table, 8, get(data + table, 8) + (uint64_t)by);
}

size_t mutate_perf_data(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    bool pipe = size >= PIPE_HEADER && get(data + 8, 8) == PIPE_HEADER;
    if (size < (pipe ? (size_t)PIPE_HEADER : (size_t)HEADER) || memcmp(data, "PERFILE2", 8) != 0)
        return 0;
    size_t from = pipe ? PIPE_HEADER : (size_t)get(data + 40, 8);
    size_t length = pipe ? size - from : (size_t)get(data + 48, 8);
    if (from > size || (!pipe && (length == 0 || length > size - from)))
        return 0;
    struct pieces p;
    find_records(data, from, from + length, &p);
    if (p.count == 0)
        return 0;
    size_t i = seed / 8 % p.count;
    size_t before = size;
    switch (seed % 8) {
    case 0:
        size = double_record(data, size, max, &p, i, seed / 4096 % p.count);
        break;
    case 1:
        size = resize(data, size, p.at[i], p.at[i + 1] - p.at[i], 0);
        break;
    case 2:
        put(data + p.at[i], 4, seed / 4096 % 84); /* another type */
        break;
    case 3:
        put(data + p.at[i] + 4, 2, seed / 4096 % 0x10000); /* misc */
        break;
    default:
        size = change_record(data, size, max, &p, i);
        break;
    }
    if (!pipe) {
        put(data + 48, 8, length + size - before);
        move_features(data, size, from + length + size - before, (int64_t)size - (int64_t)before);
    }
    return size;
}
