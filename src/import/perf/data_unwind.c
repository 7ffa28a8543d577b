/* Each process that is sampled has a space of its own, in which what was looked up once is kept; of many processes the
 * last ones have. */
#include "import/perf/data_unwind.h"

#include <stdlib.h>

#include "import/perf/data_feed.h"
#include "symbol/unwind_regs.h"

enum {
    SPACES = 8,       /* a space takes some megabytes once it is full */
    FRAMES_MAX = 127, /* perf's own limit */
    REGS_MAX = 64,
};

struct kept_space {
    int64_t pid;
    uint64_t generation; /* of the maps that it was used with last */
    uint64_t used;       /* when; 0 never */
    struct unwind_space *space;
};

struct pdata_unwind {
    struct kept_space spaces[SPACES];
    uint64_t clock;
    struct pdata_unwind_stats stats;
    uint64_t ips[FRAMES_MAX];
    uint64_t regs[REGS_MAX];
};

struct lookup {
    struct pdata_feed *d;
    const struct pdata_maps *maps;
};

static bool map_find(void *user, uint64_t address, struct unwind_map *ret)
{
    const struct lookup *l = user;
    const struct pdata_map *m = pdata_maps_find(l->maps, address);
    if (!m)
        return false;
    struct pdata_dso *dso = &l->d->spaces.dsos[m->dso];
    *ret = (struct unwind_map){ .start = m->start, .end = m->end, .pgoff = m->pgoff };
    if (!dso->nameless && !dso->kernel)
        ret->dso = pdata_dso_code(l->d, dso);
    return true;
}

/* Without a description of the machine its registers tell. */
static enum unwind_arch arch_of(const struct pdata_feed *d, uint64_t mask)
{
    const uint64_t x86_64 = 0xff0fff, arm64 = 0x1ffffffff;
    if (d->file.swap)
        return UNWIND_ARCH_OTHER;
    if (d->meta.arch.len > 0)
        return unwind_arch_of(d->meta.arch);
    return mask == x86_64 ? UNWIND_ARCH_X86_64 : mask == arm64 ? UNWIND_ARCH_AARCH64 : UNWIND_ARCH_OTHER;
}

static struct kept_space *space_get(struct pdata_unwind *u, enum unwind_arch arch, int64_t pid)
{
    struct kept_space *oldest = &u->spaces[0];
    for (size_t i = 0; i < SPACES; i++) {
        struct kept_space *k = &u->spaces[i];
        if (k->space && k->pid == pid)
            return k;
        if (k->used < oldest->used)
            oldest = k;
    }
    if (oldest->space)
        unwind_space_flush(oldest->space);
    else
        oldest->space = unwind_space_new(arch);
    oldest->pid = pid;
    return oldest;
}

/* What the registers say of the leaf, on whatever machine it was. */
static uint32_t leaf_only(struct pdata_unwind *u, const struct unwind_sample *s, enum unwind_arch arch)
{
    return s->abi != UNWIND_ABI_NONE && unwind_reg_value(s, unwind_ip_bit(arch), &u->ips[0]) ? 1 : 0;
}

static uint32_t walk(struct pdata_unwind *u, enum unwind_arch arch, struct lookup *l, const struct unwind_sample *s,
                     int64_t pid)
{
    struct kept_space *k = space_get(u, arch, pid);
    uint32_t n = 0;
    if (k->generation != l->maps->generation)
        unwind_space_changed(k->space, map_find, l);
    k->generation = l->maps->generation;
    k->used = ++u->clock;
    enum unwind_end end = unwind_sample(k->space, s, u->ips, FRAMES_MAX, &n);
    u->stats.ends[end]++;
    if (end == UNWIND_NO_BINARY && u->stats.missing.len == 0 && n > 0) {
        const struct pdata_map *m = pdata_maps_find(l->maps, u->ips[n - 1]);
        if (m)
            u->stats.missing =
                arena_span(&l->d->file.arena, intern_get(&l->d->spaces.names, l->d->spaces.dsos[m->dso].name));
    }
    return n;
}

uint32_t pdata_unwind(struct pdata_feed *d, const struct pdata_sample *s, const struct pdata_maps *maps,
                      const uint64_t **ret_ips)
{
    if (!d->unwind)
        d->unwind = xcalloc(1, sizeof *d->unwind);
    struct pdata_unwind *u = d->unwind;
    struct lookup l = { .d = d, .maps = maps };
    struct unwind_sample sample = { .abi = s->regs_abi,
                                    .mask = d->file.events[s->event].regs_user,
                                    .regs = u->regs,
                                    .stack = s->stack,
                                    .map = map_find,
                                    .map_user = &l };
    for (size_t i = 0; i + 8 <= s->regs_user.len && sample.reg_count < REGS_MAX; i += 8)
        u->regs[sample.reg_count++] = pdata_u64(&d->file, s->regs_user.ptr + i);
    enum unwind_arch arch = arch_of(d, sample.mask);
    *ret_ips = u->ips;
    u->stats.samples++;
    if (!d->options.symbols)
        u->stats.ends[UNWIND_NO_BINARY] += s->stack.len > 0;
    else if (unwind_can(arch) && s->stack.len > 0)
        return walk(u, arch, &l, &sample, s->pid);
    else
        u->stats.other_arch += s->stack.len > 0;
    return leaf_only(u, &sample, arch);
}

void pdata_unwind_stats(const struct pdata_unwind *u, struct pdata_unwind_stats *ret)
{
    *ret = u ? u->stats : (struct pdata_unwind_stats){ .missing = { "", 0 } };
}

void pdata_unwind_free(struct pdata_unwind *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < SPACES; i++)
        unwind_space_free(u->spaces[i].space);
    free(u);
}
