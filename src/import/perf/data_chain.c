/* Call chains to functions: address, map, file, name. Each address of a file is resolved once. */
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"
#include "import/frametext.h"
#include "import/perf/data_feed.h"

enum {
    NEAR_SLOTS = 1 << 15,
    FRAMES_MAX = 1 << 22,  /* addresses that are kept; more are resolved each time */
    OFFSETS_MAX = 1 << 18, /* names made of offsets; more are named by their file alone */
};

/* Values of a chain above this are markers of what follows. */
#define CONTEXT_MIN ((uint64_t)-4095)
#define CONTEXT(n) ((uint64_t) - (n))

void pdata_chain_release(struct pdata_feed *d)
{
    free(d->frames);
    free(d->frame_slot);
    free(d->near);
    free(d->words.items);
    pdata_known_free(d->known);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ (b << 32 | b >> 32)) * 0x9fb21c651e98df25u;
    h ^= h >> 29;
    h *= 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

static uint64_t frame_hash(uint32_t dso, uint32_t context, uint64_t address)
{
    return mix(address, (uint64_t)context << 32 | dso);
}

static void frames_rehash(struct pdata_feed *d)
{
    uint32_t slots = d->frame_slot ? (d->frame_mask + 1) * 4 : 1024;
    free(d->frame_slot);
    d->frame_slot = xcalloc(slots, sizeof *d->frame_slot);
    d->frame_mask = slots - 1;
    for (uint32_t i = 0; i < d->frame_count; i++) {
        const struct pdata_frame *f = &d->frames[i];
        uint32_t at = (uint32_t)frame_hash(f->dso, f->context, f->address) & d->frame_mask;
        while (d->frame_slot[at] != 0)
            at = (at + 1) & d->frame_mask;
        d->frame_slot[at] = i + 1;
    }
}

/* Name of an address that nothing covers. */
static void unnamed(struct pdata_feed *d, const struct pdata_dso *dso, uint64_t address)
{
    struct span path = intern_get(&d->spaces.names, dso->name);
    if (!d->options.offsets || dso->nameless || d->frame_count > OFFSETS_MAX) {
        sb_adds(&d->symbol, "[unknown]");
        return;
    }
    struct span base =
        dso->kernel && path.len > 2 && path.ptr[0] == '[' ? span_sub(path, 1, path.len - 2) : frametext_base(path);
    sb_printf(&d->symbol, "[%.*s+0x%llx]", SPAN_FMT(base), (unsigned long long)address);
}

struct symbol_dso *pdata_dso_code(struct pdata_feed *d, struct pdata_dso *dso)
{
    struct span path = intern_get(&d->spaces.names, dso->name);
    if (dso->code || !d->options.symbols)
        return dso->code;
    struct symbol_ref ref = {
        .path = arena_span(&d->file.arena, path), .inode = dso->inode, .pid = dso->pid, .kernel_base = dso->base
    };
    ref.build_id.len = dso->build_id_len;
    memcpy(ref.build_id.bytes, dso->build_id, sizeof ref.build_id.bytes);
    ref.kind = dso->kernel               ? SYMBOL_DSO_KERNEL
               : dso->nameless           ? SYMBOL_DSO_JIT
               : span_is(path, "[vdso]") ? SYMBOL_DSO_VDSO
                                         : SYMBOL_DSO_FILE;
    if (ref.kind == SYMBOL_DSO_FILE && !span_starts(path, SPAN("/")))
        return NULL;
    return dso->code = symbols_dso(d->options.symbols, &ref);
}

/* The function that covers an address, with the distance from its start. */
static bool named(struct pdata_feed *d, struct pdata_dso *dso, uint64_t address)
{
    struct symbol_hit hit;
    struct symbol_dso *code = pdata_dso_code(d, dso);
    if (!code || !symbol_find(code, address, &hit) || hit.name.len == 0)
        return false;
    sb_printf(&d->symbol, "%.*s+0x%llx", SPAN_FMT(hit.name), (unsigned long long)hit.offset);
    return true;
}

static bool resolve(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_map *map, uint64_t ip,
                    uint64_t address, uint64_t *ret_first, uint32_t *ret_count, struct err *err)
{
    char hex[24];
    int n = snprintf(hex, sizeof hex, "%llx", (unsigned long long)address);
    struct span shown = span_make(hex, (size_t)n);
    if (!map)
        return perf_scan_resolve(scan, SPAN("[unknown]"), SPAN("[unknown]"), shown, ret_first, ret_count, err);
    struct pdata_dso *dso = &d->spaces.dsos[map->dso];
    struct span path = intern_get(&d->spaces.names, dso->name);
    sb_reset(&d->symbol);
    if (dso->symbol)
        sb_printf(&d->symbol, "%.*s+0x%llx", SPAN_FMT(path), (unsigned long long)(ip - map->start));
    else if (!named(d, dso, address))
        unnamed(d, dso, address);
    return perf_scan_resolve(scan, sb_span(&d->symbol), path, shown, ret_first, ret_count, err);
}

/* The frame of an address below a map; kept from then on. */
static bool add_frame(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_map *map, uint64_t ip,
                      uint64_t *ret_first, uint32_t *ret_count, struct err *err)
{
    uint32_t dso = map ? map->dso : UINT32_MAX;
    bool as_is = !map || map->identity || d->spaces.dsos[dso].kernel;
    uint64_t address = as_is ? ip : ip - map->start + map->pgoff;
    if (!d->frame_slot || d->frame_count * 2 > d->frame_mask)
        frames_rehash(d);
    uint32_t at = (uint32_t)frame_hash(dso, scan->context, address) & d->frame_mask;
    for (; d->frame_slot[at] != 0; at = (at + 1) & d->frame_mask) {
        const struct pdata_frame *f = &d->frames[d->frame_slot[at] - 1];
        if (f->address == address && f->dso == dso && f->context == scan->context) {
            perf_scan_repeat(scan, f->first, f->count);
            *ret_first = f->first;
            *ret_count = f->count;
            return true;
        }
    }
    if (!resolve(d, scan, map, ip, address, ret_first, ret_count, err))
        return false;
    if (d->frame_count == FRAMES_MAX) {
        perf_scan_forget(scan, *ret_first);
        *ret_count = UINT32_MAX;
        return true;
    }
    if (d->frame_count == d->frame_cap) {
        d->frame_cap = d->frame_cap ? d->frame_cap * 2 : 512;
        d->frames = xrealloc(d->frames, d->frame_cap, sizeof *d->frames);
    }
    d->frames[d->frame_count] = (struct pdata_frame){ address, *ret_first, *ret_count, dso, scan->context };
    d->frame_slot[at] = ++d->frame_count;
    return true;
}

static bool add_ip(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_maps *maps, uint64_t ip,
                   struct err *err)
{
    struct pdata_near *n = &d->near[mix(ip, maps->generation) & (NEAR_SLOTS - 1)];
    if (n->ip == ip && n->generation == maps->generation && n->context == scan->context && n->count != UINT32_MAX) {
        perf_scan_repeat(scan, n->first, n->count);
        return true;
    }
    uint64_t first;
    uint32_t count;
    const struct pdata_map *map = pdata_maps_find(maps, ip);
    /* The length that is recorded for the kernel leaves out what lies behind its text: start code, trampolines. */
    const struct pdata_map *text = &d->spaces.kernel_text;
    if (!map && maps == d->spaces.kernel && text->end > 0 && ip >= text->start)
        map = text;
    if (!add_frame(d, scan, map, ip, &first, &count, err))
        return false;
    *n = (struct pdata_near){ maps->generation, ip, first, count, scan->context };
    return true;
}

static bool add_chain(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_known_key *key,
                      const struct pdata_maps *user, struct err *err)
{
    const struct pdata_maps *maps = user;
    for (size_t i = 0; i < key->count; i++) {
        uint64_t ip = key->words[i];
        if (ip < CONTEXT_MIN || i >= key->plain) {
            if (!add_ip(d, scan, maps, ip, err))
                return false;
            continue;
        }
        if (ip == CONTEXT(128)) {
            maps = d->spaces.kernel;
        } else if (ip == CONTEXT(512)) {
            maps = user;
        } else if (ip == CONTEXT(32) || ip == CONTEXT(2048) || ip == CONTEXT(2176) || ip == CONTEXT(2560)) {
            maps = &d->nowhere; /* hypervisor, guest */
        } else {
            /* perf gives up on the whole chain as well. */
            d->broken++;
            perf_scan_begin(scan);
            return true;
        }
    }
    return true;
}

static void words_room(struct pdata_feed *d)
{
    d->words.cap = d->words.cap ? d->words.cap * 2 : 256;
    d->words.items = xrealloc(d->words.items, d->words.cap, sizeof *d->words.items);
}

static void words_add(struct pdata_feed *d, uint64_t word)
{
    VEC_PUSH(&d->words, word);
}

/* What the file says of the sample's chain, as one list of words: addresses behind the marker of where they lie.
 * Out: from which word on there are addresses alone, however much they look like markers */
static size_t words_read(struct pdata_feed *d, const struct pdata_record *r, const struct pdata_sample *s,
                         const struct pdata_maps *user)
{
    d->words.count = 0;
    if (!s->has_chain) {
        unsigned mode = r->misc & PDATA_MISC_CPUMODE;
        words_add(d, mode == PDATA_MODE_KERNEL ? CONTEXT(128) : mode == PDATA_MODE_USER ? CONTEXT(512) : CONTEXT(2048));
        words_add(d, s->ip);
        return 1;
    }
    size_t n = s->chain.len / sizeof *d->words.items;
    while (d->words.cap < n)
        words_room(d);
    if (n > 0)
        memcpy(d->words.items, s->chain.ptr, n * sizeof *d->words.items);
    for (size_t i = 0; d->file.swap && i < n; i++)
        d->words.items[i] = __builtin_bswap64(d->words.items[i]);
    d->words.count = n;
    if (!(d->file.events[s->event].sample_type & PDATA_STACK_USER))
        return d->words.count;
    const uint64_t *ips;
    uint32_t walked = pdata_unwind(d, s, user, &ips);
    if (walked > 0)
        words_add(d, CONTEXT(512));
    size_t plain = d->words.count;
    for (uint32_t i = 0; i < walked; i++)
        words_add(d, ips[i]);
    return plain;
}

bool pdata_chain(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_record *r,
                 const struct pdata_sample *s, struct perf_record *ret, struct err *err)
{
    if (!d->near) {
        d->known = pdata_known_new();
        d->near = xcalloc(NEAR_SLOTS, sizeof *d->near);
        for (size_t i = 0; i < NEAR_SLOTS; i++)
            d->near[i].count = UINT32_MAX;
    }
    perf_scan_begin(scan);
    if (!s->has_chain && !s->has_ip) {
        perf_scan_number(scan, ret);
        return true;
    }
    const struct pdata_maps *user = pdata_space_maps(&d->spaces, s->pid);
    size_t plain = words_read(d, r, s, user);
    struct pdata_known_key key = { .words = d->words.items,
                                   .count = d->words.count,
                                   .plain = plain,
                                   .user = user->generation,
                                   .kernel = d->spaces.kernel->generation,
                                   .context = scan->context };
    ret->stack = pdata_known_find(d->known, &key);
    ret->stack_new = false;
    if (ret->stack != UINT32_MAX) {
        ret->frames = perf_scan_stack(scan, ret->stack, &ret->frame_count);
        return true;
    }
    uint64_t broken = d->broken;
    if (!add_chain(d, scan, &key, user, err))
        return false;
    perf_scan_number(scan, ret);
    if (ret->stack != PERF_STACK_NONE && d->broken == broken)
        pdata_known_add(d->known, &key, ret->stack);
    return true;
}
