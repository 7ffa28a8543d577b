/* Names of events that the file does not name itself. */
#include "import/perf/data_feature.h"

enum { TYPE_HARDWARE, TYPE_SOFTWARE, TYPE_TRACEPOINT, TYPE_CACHE, TYPE_RAW, TYPE_BREAKPOINT };

static const char *const hardware[] = {
    "cycles",        "instructions", "cache-references",        "cache-misses",           "branches",
    "branch-misses", "bus-cycles",   "stalled-cycles-frontend", "stalled-cycles-backend", "ref-cycles"
};
static const char *const software[] = { "cpu-clock",        "task-clock",   "page-faults",  "context-switches",
                                        "cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
                                        "emulation-faults", "dummy",        "bpf-output",   "cgroup-switches" };
static const char *const caches[] = { "L1-dcache", "L1-icache", "LLC", "dTLB", "iTLB", "branch", "node" };
static const char *const operations[] = { "load", "store", "prefetch" };
static const char *const results[] = { "refs", "misses" };

static void cache_name(uint64_t config, struct sb *out)
{
    unsigned cache = config & 0xff;
    unsigned op = config >> 8 & 0xff;
    unsigned result = config >> 16 & 0xff;
    if (cache >= ARRAY_LEN(caches) || op >= ARRAY_LEN(operations) || result >= ARRAY_LEN(results))
        sb_adds(out, "unknown-ext-hardware-cache-type");
    else if (result == 0)
        sb_printf(out, "%s-%ss", caches[cache], op == 2 ? "prefetche" : operations[op]);
    else
        sb_printf(out, "%s-%s-%s", caches[cache], operations[op], results[result]);
}

/* ":u" where the kernel was left out, a "p" for each step of precision. */
static void modifiers(const struct pdata_event *e, struct sb *out)
{
    enum { PRECISE_SHIFT = 15 };
    unsigned precise = (unsigned)(e->flags >> PRECISE_SHIFT) & 3;
    bool no_user = e->flags & PDATA_FLAG_EXCLUDE_USER;
    bool no_kernel = e->flags & PDATA_FLAG_EXCLUDE_KERNEL;
    bool no_hypervisor = e->flags & PDATA_FLAG_EXCLUDE_HV;
    bool modes = no_user || no_kernel || no_hypervisor;
    if (!modes && precise == 0)
        return;
    sb_addc(out, ':');
    if (modes && !no_kernel)
        sb_addc(out, 'k');
    if (modes && !no_user)
        sb_addc(out, 'u');
    if (modes && !no_hypervisor)
        sb_addc(out, 'h');
    sb_fill(out, 'p', precise);
}

struct span pdata_event_name(struct pdata_file *f, uint32_t event)
{
    struct pdata_event *e = &f->events[event];
    if (e->name.len > 0)
        return e->name;
    struct sb text = { 0 };
    if (e->type == TYPE_HARDWARE && e->config < ARRAY_LEN(hardware))
        sb_adds(&text, hardware[e->config]);
    else if (e->type == TYPE_SOFTWARE && e->config < ARRAY_LEN(software))
        sb_adds(&text, software[e->config]);
    else if (e->type == TYPE_CACHE)
        cache_name(e->config, &text);
    else if (e->type == TYPE_RAW)
        sb_printf(&text, "raw 0x%llx", (unsigned long long)e->config);
    else if (e->type == TYPE_TRACEPOINT)
        sb_adds(&text, "unknown-tracepoint");
    else if (e->type == TYPE_BREAKPOINT)
        sb_adds(&text, "mem");
    else
        sb_printf(&text, "unknown-attr-type-%u", e->type);
    if (e->type <= TYPE_RAW && e->type != TYPE_TRACEPOINT)
        modifiers(e, &text);
    /* Blanks would part a name in text. */
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ')
            text.ptr[i] = '-';
    }
    e->name = arena_span(&f->arena, sb_span(&text));
    sb_release(&text);
    return e->name;
}
