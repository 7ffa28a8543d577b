/* Records that are no samples: they change what tasks are called and what is mapped where, and most are lines of
 * perf script as well. */
#include "import/perf/data_feed.h"

static struct span cut_nul(struct span s)
{
    return span_sub(s, 0, span_chr(s, 0, '\0'));
}

/* Line breaks in names would make lines of their own. */
static void add_name(struct sb *out, struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        sb_addc(out, name.ptr[i] == '\n' || name.ptr[i] == '\r' ? '?' : name.ptr[i]);
}

/* Memory that is no file. */
static bool is_anonymous(struct span name)
{
    return span_is(name, "//anon") || span_starts(name, SPAN("/dev/zero")) ||
           span_starts(name, SPAN("/anon_hugepage")) || span_starts(name, SPAN("[stack")) ||
           span_starts(name, SPAN("/SYSV")) || span_is(name, "[heap]") || span_is(name, "[anon") ||
           span_starts(name, SPAN("[anon:"));
}

/* What perf calls the kernel's own text: "[kernel.kallsyms]_text", "[guest.kernel.kallsyms.5]_stext". */
static struct span kernel_name(struct span name)
{
    size_t close = span_chr(name, 0, ']');
    bool kernel = span_starts(name, SPAN("[kernel.kallsyms")) || span_starts(name, SPAN("[guest.kernel.kallsyms"));
    return kernel && close < name.len ? span_sub(name, 0, close + 1) : name;
}

struct mapping {
    int64_t pid, tid;
    uint64_t start, len, pgoff;
    bool executable;
    struct span name;
    uint16_t misc;
};

static bool map_kernel(struct pdata_feed *d, const struct mapping *m, struct err *err)
{
    uint32_t dso = pdata_space_dso(&d->spaces, kernel_name(m->name));
    d->spaces.dsos[dso].kernel = true;
    bool text = span_starts(m->name, SPAN("[kernel.kallsyms"));
    if (text && d->spaces.dsos[dso].base == 0)
        d->spaces.dsos[dso].base = m->pgoff;
    struct pdata_map map = { .start = m->start, .end = m->start + m->len, .pgoff = m->pgoff, .dso = dso };
    if (map.end < map.start || (text && m->len == 0))
        map.end = UINT64_MAX;
    if (text && d->spaces.kernel_text.end == 0)
        d->spaces.kernel_text = map;
    return pdata_space_map_kernel(&d->spaces, &map, err);
}

static bool map_user(struct pdata_feed *d, const struct mapping *m, struct err *err)
{
    bool anonymous = is_anonymous(m->name);
    struct span name = m->name;
    if (anonymous && m->executable) {
        sb_reset(&d->symbol);
        sb_printf(&d->symbol, "/tmp/perf-%lld.map", (long long)m->pid);
        name = sb_span(&d->symbol);
    }
    uint32_t dso = pdata_space_dso(&d->spaces, name);
    d->spaces.dsos[dso].nameless = anonymous;
    d->spaces.dsos[dso].pid = m->pid;
    struct pdata_map map = {
        .start = m->start, .end = m->start + m->len, .pgoff = m->pgoff, .dso = dso, .identity = anonymous
    };
    if (map.end < map.start)
        return true;
    return pdata_space_map(&d->spaces, m->pid, &map, err);
}

static bool map_one(struct pdata_feed *d, const struct mapping *m, struct err *err)
{
    unsigned mode = m->misc & PDATA_MISC_CPUMODE;
    if (mode == PDATA_MODE_KERNEL)
        return map_kernel(d, m, err);
    if (mode == PDATA_MODE_GUEST_KERNEL || mode == PDATA_MODE_GUEST_USER || m->pid < 0)
        return true; /* the maps of a guest say nothing of its host */
    return map_user(d, m, err);
}

static bool side_mmap(struct pdata_feed *d, const struct pdata_record *r, struct perf_record *ret, struct err *err)
{
    enum { BODY = 40 };
    const struct pdata_file *f = &d->file;
    const char *p = r->bytes.ptr;
    if (r->bytes.len < BODY)
        return true;
    struct mapping m = { .pid = pdata_s32(f, p + 8),
                         .tid = pdata_s32(f, p + 12),
                         .start = pdata_u64(f, p + 16),
                         .len = pdata_u64(f, p + 24),
                         .pgoff = pdata_u64(f, p + 32),
                         .executable = !(r->misc & PDATA_MISC_13),
                         .name = cut_nul(span_from(r->bytes, BODY)),
                         .misc = r->misc };
    sb_printf(&d->text, " %lld/%lld: [0x%llx(0x%llx) @ 0x%llx]: %c ", (long long)m.pid, (long long)m.tid,
              (unsigned long long)m.start, (unsigned long long)m.len, (unsigned long long)m.pgoff,
              m.executable ? 'x' : 'r');
    add_name(&d->text, m.name);
    ret->kind = PERF_SIDE;
    return map_one(d, &m, err);
}

static void note_build_id(struct pdata_feed *d, struct span name, const char *p, uint64_t inode)
{
    uint32_t ix = pdata_space_dso(&d->spaces, name);
    struct pdata_dso *dso = &d->spaces.dsos[ix];
    if (inode != 0)
        dso->inode = inode;
    if (p && dso->build_id_len == 0) {
        unsigned n = (unsigned char)p[0];
        dso->build_id_len = (unsigned char)(n < PDATA_BUILD_ID_MAX ? n : PDATA_BUILD_ID_MAX);
        memcpy(dso->build_id, p + 4, PDATA_BUILD_ID_MAX);
    }
}

static bool side_mmap2(struct pdata_feed *d, const struct pdata_record *r, struct perf_record *ret, struct err *err)
{
    enum { BODY = 72, PROT_READ_BIT = 1, PROT_WRITE_BIT = 2, PROT_EXEC_BIT = 4, SHARED = 1 };
    const struct pdata_file *f = &d->file;
    const char *p = r->bytes.ptr;
    if (r->bytes.len < BODY)
        return true;
    uint32_t prot = pdata_u32(f, p + 64);
    struct mapping m = { .pid = pdata_s32(f, p + 8),
                         .tid = pdata_s32(f, p + 12),
                         .start = pdata_u64(f, p + 16),
                         .len = pdata_u64(f, p + 24),
                         .pgoff = pdata_u64(f, p + 32),
                         .executable = prot & PROT_EXEC_BIT,
                         .name = cut_nul(span_from(r->bytes, BODY)),
                         .misc = r->misc };
    sb_printf(&d->text, " %lld/%lld: [0x%llx(0x%llx) @ ", (long long)m.pid, (long long)m.tid,
              (unsigned long long)m.start, (unsigned long long)m.len);
    sb_printf(&d->text, m.pgoff ? "0x%llx " : "%llx ", (unsigned long long)m.pgoff);
    bool build_id = r->misc & PDATA_MISC_14;
    if (build_id) {
        sb_addc(&d->text, '<');
        unsigned n = (unsigned char)p[40] < PDATA_BUILD_ID_MAX ? (unsigned char)p[40] : PDATA_BUILD_ID_MAX;
        for (unsigned i = 0; i < n; i++)
            sb_printf(&d->text, "%02x", (unsigned)(unsigned char)p[44 + i]);
        sb_addc(&d->text, '>');
    } else {
        sb_printf(&d->text, "%02x:%02x %llu %llu", pdata_u32(f, p + 40), pdata_u32(f, p + 44),
                  (unsigned long long)pdata_u64(f, p + 48), (unsigned long long)pdata_u64(f, p + 56));
    }
    sb_printf(&d->text, "]: %c%c%c%c ", prot & PROT_READ_BIT ? 'r' : '-', prot & PROT_WRITE_BIT ? 'w' : '-',
              m.executable ? 'x' : '-', pdata_u32(f, p + 68) & SHARED ? 's' : 'p');
    add_name(&d->text, m.name);
    ret->kind = PERF_SIDE;
    if (m.name.len > 0 && m.name.ptr[0] == '/' && !is_anonymous(m.name))
        note_build_id(d, m.name, build_id ? p + 40 : NULL, build_id ? 0 : pdata_u64(f, p + 48));
    return map_one(d, &m, err);
}

static bool side_comm(struct pdata_feed *d, const struct pdata_record *r, struct perf_record *ret, struct err *err)
{
    const struct pdata_file *f = &d->file;
    const char *p = r->bytes.ptr;
    if (r->bytes.len < 24)
        return true;
    int64_t pid = pdata_s32(f, p + 8);
    int64_t tid = pdata_s32(f, p + 12);
    struct span name = cut_nul(span_from(r->bytes, 16));
    bool exec = r->misc & PDATA_MISC_13;
    sb_adds(&d->text, exec ? " exec: " : ": ");
    add_name(&d->text, name);
    sb_printf(&d->text, ":%lld/%lld", (long long)pid, (long long)tid);
    ret->kind = PERF_SIDE;
    return pdata_space_comm(&d->spaces, pid, tid, name, exec, err);
}

static bool side_task(struct pdata_feed *d, const struct pdata_record *r, struct perf_record *ret, struct err *err)
{
    const struct pdata_file *f = &d->file;
    const char *p = r->bytes.ptr;
    if (r->bytes.len < 32)
        return true;
    int64_t pid = pdata_s32(f, p + 8);
    int64_t ppid = pdata_s32(f, p + 12);
    int64_t tid = pdata_s32(f, p + 16);
    int64_t ptid = pdata_s32(f, p + 20);
    sb_printf(&d->text, "(%lld:%lld):(%lld:%lld)", (long long)pid, (long long)tid, (long long)ppid, (long long)ptid);
    ret->kind = PERF_SIDE;
    /* Bit 13: perf wrote it for a task that ran already; its maps follow in records of their own. */
    return r->type == PDATA_EXIT || pdata_space_fork(&d->spaces, pid, tid, ppid, ptid, !(r->misc & PDATA_MISC_13), err);
}

static void side_switch(struct pdata_feed *d, const struct pdata_record *r)
{
    const struct pdata_file *f = &d->file;
    bool out = r->misc & PDATA_MISC_13;
    const char *text = !out ? " IN" : r->misc & PDATA_MISC_14 ? " OUT preempt" : " OUT";
    sb_adds(&d->text, text);
    if (r->type == PDATA_SWITCH_CPU_WIDE && r->bytes.len >= 16)
        sb_printf(&d->text, "  %s pid/tid: %5lld/%-5lld", out ? "next" : "prev",
                  (long long)pdata_s32(f, r->bytes.ptr + 8), (long long)pdata_s32(f, r->bytes.ptr + 12));
}

static void side_lost(struct pdata_feed *d, const struct pdata_record *r)
{
    size_t at = r->type == PDATA_LOST ? 16 : 8;
    uint64_t n = r->bytes.len >= at + 8 ? pdata_u64(&d->file, r->bytes.ptr + at) : 0;
    d->lost += n < UINT32_MAX ? n : 0;
    sb_printf(&d->text, r->type == PDATA_LOST ? " lost %llu" : " lost samples %llu", (unsigned long long)n);
}

/* Code that the kernel made or loaded: BPF programs, trampolines. */
static bool side_ksymbol(struct pdata_feed *d, const struct pdata_record *r, struct err *err)
{
    enum { BODY = 24, UNREGISTER = 1 };
    const struct pdata_file *f = &d->file;
    const char *p = r->bytes.ptr;
    if (r->bytes.len < BODY || (pdata_u16(f, p + 22) & UNREGISTER))
        return true;
    struct span name = cut_nul(span_from(r->bytes, BODY));
    struct pdata_map map = { .start = pdata_u64(f, p + 8), .end = pdata_u64(f, p + 8) + pdata_u32(f, p + 16) };
    if (name.len == 0 || map.end <= map.start)
        return true;
    map.dso = pdata_space_dso(&d->spaces, name);
    d->spaces.dsos[map.dso].kernel = d->spaces.dsos[map.dso].symbol = true;
    return pdata_space_map_kernel(&d->spaces, &map, err);
}

static const char *name_of(uint32_t type)
{
    switch (type) {
    case PDATA_MMAP:
        return "PERF_RECORD_MMAP";
    case PDATA_MMAP2:
        return "PERF_RECORD_MMAP2";
    case PDATA_COMM:
        return "PERF_RECORD_COMM";
    case PDATA_FORK:
        return "PERF_RECORD_FORK";
    case PDATA_EXIT:
        return "PERF_RECORD_EXIT";
    case PDATA_LOST:
        return "PERF_RECORD_LOST";
    case PDATA_LOST_SAMPLES:
        return "PERF_RECORD_LOST_SAMPLES";
    case PDATA_SWITCH:
        return "PERF_RECORD_SWITCH";
    default:
        return "PERF_RECORD_SWITCH_CPU_WIDE";
    }
}

static bool apply(struct pdata_feed *d, const struct pdata_record *r, struct perf_record *ret, struct err *err)
{
    switch (r->type) {
    case PDATA_MMAP:
        return side_mmap(d, r, ret, err);
    case PDATA_MMAP2:
        return side_mmap2(d, r, ret, err);
    case PDATA_COMM:
        return side_comm(d, r, ret, err);
    case PDATA_FORK:
    case PDATA_EXIT:
        return side_task(d, r, ret, err);
    case PDATA_KSYMBOL:
        return side_ksymbol(d, r, err);
    case PDATA_LOST:
    case PDATA_LOST_SAMPLES:
        side_lost(d, r);
        ret->kind = PERF_SIDE;
        return true;
    case PDATA_SWITCH:
    case PDATA_SWITCH_CPU_WIDE:
        side_switch(d, r);
        ret->kind = PERF_SIDE;
        return true;
    default:
        return true;
    }
}

bool pdata_side(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_record *r, struct perf_record *ret,
                bool *ret_shown, struct err *err)
{
    struct pdata_sample who;
    sb_reset(&d->text);
    if (!apply(d, r, ret, err))
        return false;
    *ret_shown = ret->kind == PERF_SIDE;
    if (!*ret_shown)
        return true;
    pdata_trailer_read(&d->file, r, &who);
    /* Without a trailer the record's own ids: who was named, forked or ended. */
    bool own = !who.has_tid && r->bytes.len >= 24 && r->type != PDATA_LOST && r->type != PDATA_LOST_SAMPLES;
    if (own) {
        bool task = r->type == PDATA_FORK || r->type == PDATA_EXIT;
        who.pid = pdata_s32(&d->file, r->bytes.ptr + 8);
        who.tid = pdata_s32(&d->file, r->bytes.ptr + (task ? 16 : 12));
        who.has_tid = true;
    }
    if (!who.has_time && (r->type == PDATA_FORK || r->type == PDATA_EXIT) && r->bytes.len >= 32) {
        who.time = pdata_u64(&d->file, r->bytes.ptr + 24);
        who.has_time = who.time != 0;
    }
    pdata_who(d, &who, ret);
    ret->event = intern_add(&scan->names, span_of(name_of(r->type)));
    ret->text = span_trim(sb_span(&d->text));
    return true;
}
