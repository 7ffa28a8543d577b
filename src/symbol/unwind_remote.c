/* Invariants:
 * 1. Memory is read from the sample's stack or from an ELF file through elf_read, never from an address.
 * 2. Each walk has a budget of reads and a cap on frames, so a looping unwind expression ends.
 * 3. One address space of libunwind a process: its cache is keyed by the address alone.
 * 4. Most frames are walked by rows that are kept (cfi_row.h), which needs no locks and no system calls; a walk that meets
 *    anything else begins again with libunwind, so chains are libunwind's.
 * Where libunwind finds no table it follows the frame pointer, as perf does, but not past a file that is not at hand:
 * what comes behind it would be a guess. */
#include "symbol/unwind_remote.h"

#include <elf.h>
#include <libunwind.h>
#include <stdlib.h>

#include "base/vec.h"
#include "symbol/cfi_check.h"
#include "symbol/cfi_row.h"
#include "symbol/unwind_regs.h"

enum {
    CACHE_ENTRIES = 1 << 14, /* libunwind's own default of 128 costs a factor of five */
    MODULES_MAX = 4096,
    READS_A_SAMPLE = 20000, /* a cold step reads a few hundred words; what is not used is kept for later samples */
    READS_AT_FIRST = 20 * 1000 * 1000,
    EH_HEADER_BYTES = 12,
    EH_ENTRY_BYTES = 8,
    ROWS = 1 << 15,
    FP_REGISTER = 6, /* rbp in DWARF's order */
};

#if defined(__x86_64__)
#define OWN_ARCH UNWIND_ARCH_X86_64
#define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH UNWIND_ARCH_AARCH64
#define OWN_MACHINE EM_AARCH64
#else
#define OWN_ARCH UNWIND_ARCH_OTHER
#define OWN_MACHINE EM_NONE
#endif

/* Exported by the generic library, but in no header of it; perf uses it in the same way. */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t as, unw_word_t ip, unw_dyn_info_t *di,
                                              unw_proc_info_t *pi, int need_unwind_info, void *arg);

/* A binary where it lies in the process. bias: memory address less the linker's. */
struct module {
    const struct symbol_dso *dso;
    struct elf_file *elf;
    uint64_t bias, lo, hi;
    struct unwind_map code;   /* the mapping that it was found by */
    uint64_t header, entries; /* .eh_frame_hdr: linker's address and rows of its table; 0 rows = none */
};

/* What is known of one address of a process. */
struct kept_row {
    uint64_t ip;
    uint32_t epoch; /* of the space; another one: free */
    struct cfi_row row;
};

struct unwind_space {
    unw_addr_space_t as;
    struct kept_row *rows; /* [ROWS], by hash of the address; NULL where rows are not known for the machine */
    uint32_t epoch;
    struct {
        struct module *items;
        size_t count, cap;
    } modules;
    size_t last; /* module of the last read */
    uint64_t reads_left;
};

struct walk {
    struct unwind_space *space;
    const struct unwind_sample *sample;
    uint64_t sp;
    bool no_binary, no_map, stack_ends, out_of_reads;
};

bool unwind_can(enum unwind_arch arch)
{
    return arch == OWN_ARCH && arch != UNWIND_ARCH_OTHER;
}

/* --- modules --- */

static void eh_header_find(struct module *m)
{
    uint64_t address = 0, size = 0;
    for (uint32_t i = 0; i < elf_segment_count(m->elf); i++) {
        const struct elf_segment *s = elf_segment_at(m->elf, i);
        if (s->type == PT_GNU_EH_FRAME) {
            address = s->address;
            size = s->memory_size;
        }
    }
    const struct elf_section *section = address ? NULL : elf_section_find(m->elf, ".eh_frame_hdr", NULL);
    if (section) {
        address = section->address;
        size = section->size;
    }
    uint8_t head[EH_HEADER_BYTES];
    /* version 1; pointer pcrel sdata4, count udata4, table datarel sdata4: what every linker writes */
    if (size < sizeof head || !elf_read_address(m->elf, address, head, sizeof head) || head[0] != 1 ||
        head[1] != 0x1b || head[2] != 0x03 || head[3] != 0x3b)
        return;
    uint32_t count;
    memcpy(&count, head + 8, sizeof count);
    m->header = address;
    m->entries = count <= (size - sizeof head) / EH_ENTRY_BYTES ? count : (size - sizeof head) / EH_ENTRY_BYTES;
}

static bool module_make(const struct unwind_map *map, struct module *ret)
{
    struct elf_file *elf = symbol_dso_elf(map->dso);
    const struct elf_segment *code = elf ? elf_segment_of_mapping(elf, map->pgoff) : NULL;
    if (!code || !elf_is_64(elf) || elf_machine(elf) != OWN_MACHINE)
        return false;
    struct module m = { .dso = map->dso, .elf = elf, .lo = UINT64_MAX, .code = *map };
    m.bias = map->start - map->pgoff + code->offset - code->address;
    for (uint32_t i = 0; i < elf_segment_count(elf); i++) {
        const struct elf_segment *s = elf_segment_at(elf, i);
        if (s->type != PT_LOAD || s->memory_size > UINT64_MAX / 2)
            continue;
        uint64_t from = m.bias + s->address;
        if (from < m.lo)
            m.lo = from;
        if (from + s->memory_size > m.hi && from + s->memory_size > from)
            m.hi = from + s->memory_size;
    }
    eh_header_find(&m);
    *ret = m;
    return true;
}

static struct module *module_of_map(struct unwind_space *s, const struct unwind_map *map)
{
    for (size_t i = 0; i < s->modules.count; i++) {
        struct module *m = &s->modules.items[i];
        if (m->dso == map->dso && map->start >= m->lo && map->start < m->hi)
            return m;
    }
    struct module m;
    if (s->modules.count >= MODULES_MAX || !module_make(map, &m))
        return NULL;
    VEC_PUSH(&s->modules, m);
    return &s->modules.items[s->modules.count - 1];
}

static struct module *module_of_address(struct walk *w, uint64_t address)
{
    struct unwind_space *s = w->space;
    if (s->last < s->modules.count && address >= s->modules.items[s->last].lo && address < s->modules.items[s->last].hi)
        return &s->modules.items[s->last];
    for (size_t i = 0; i < s->modules.count; i++) {
        if (address >= s->modules.items[i].lo && address < s->modules.items[i].hi) {
            s->last = i;
            return &s->modules.items[i];
        }
    }
    struct unwind_map map;
    if (!w->sample->map(w->sample->map_user, address, &map) || !map.dso)
        return NULL;
    return module_of_map(s, &map);
}

/* --- accessors --- */

static bool stack_read(struct walk *w, uint64_t address, uint64_t *ret)
{
    const struct span *stack = &w->sample->stack;
    /* Written so that nothing wraps near the ends of the address range. */
    if (stack->len < sizeof *ret || address < w->sp || address - w->sp > stack->len - sizeof *ret)
        return false;
    memcpy(ret, stack->ptr + (address - w->sp), sizeof *ret);
    return true;
}

/* Words are read whole also where a segment ends inside one. */
static bool module_read(struct module *m, uint64_t address, uint64_t *ret)
{
    uint64_t at = address - m->bias;
    const struct elf_segment *s = elf_segment_of_address(m->elf, at);
    if (!s)
        return false;
    uint64_t room = s->memory_size - (at - s->address);
    *ret = 0;
    return elf_read_address(m->elf, at, ret, room < sizeof *ret ? (size_t)room : sizeof *ret);
}

static bool word_read(struct walk *w, uint64_t address, uint64_t *ret)
{
    if (w->space->reads_left == 0) {
        w->out_of_reads = true;
        return false;
    }
    w->space->reads_left--;
    if (stack_read(w, address, ret))
        return true;
    struct module *m = module_of_address(w, address);
    if (m && module_read(m, address, ret))
        return true;
    /* Just behind the recorded piece: the stack goes on, but not for us. */
    w->stack_ends = w->stack_ends || (address >= w->sp && address - w->sp < (8u << 20));
    return false;
}

static int access_mem(unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write, void *arg)
{
    struct walk *w = arg;
    uint64_t word = 0;
    (void)as;
    if (write)
        return -UNW_EINVAL;
    bool ok = word_read(w, address, &word);
    *value = ok ? word : 0;
    return ok ? 0 : -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *value, int write, void *arg)
{
    const struct walk *w = arg;
    uint64_t word;
    (void)as;
    if (write)
        return 0; /* perf: ignored, the cursor keeps its own copy */
    if (!unwind_reg_value(w->sample, unwind_reg_bit(OWN_ARCH, reg), &word))
        return -UNW_EBADREG;
    *value = word;
    return 0;
}

static int access_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *value, int write, void *arg)
{
    (void)as;
    (void)reg;
    (void)value;
    (void)write;
    (void)arg;
    return -UNW_EINVAL;
}

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *pi, int need, void *arg)
{
    struct walk *w = arg;
    struct unwind_map map;
    if (!w->sample->map(w->sample->map_user, ip, &map)) {
        w->no_map = true;
        return -UNW_ENOINFO;
    }
    struct module *m = map.dso ? module_of_map(w->space, &map) : NULL;
    if (!m || m->entries == 0) {
        w->no_binary = w->no_binary || (map.dso && symbol_dso_elf(map.dso) == NULL);
        return -UNW_ENOINFO;
    }
    w->space->last = (size_t)(m - w->space->modules.items);
    if (!cfi_check(m->elf, m->header, m->entries, ip - m->bias))
        return -UNW_ENOINFO;
    unw_dyn_info_t di;
    memset(&di, 0, sizeof di);
    di.format = UNW_INFO_FORMAT_REMOTE_TABLE;
    di.start_ip = map.start;
    di.end_ip = map.end;
    di.u.rti.segbase = m->bias + m->header;
    di.u.rti.table_data = m->bias + m->header + EH_HEADER_BYTES;
    di.u.rti.table_len = m->entries * EH_ENTRY_BYTES / sizeof(unw_word_t);
    return UNW_OBJ(dwarf_search_unwind_table)(as, ip, &di, pi, need, arg);
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *pi, void *arg)
{
    (void)as;
    (void)pi;
    (void)arg;
}

static int get_dyn_info_list_addr(unw_addr_space_t as, unw_word_t *address, void *arg)
{
    (void)as;
    (void)address;
    (void)arg;
    return -UNW_ENOINFO;
}

static int resume(unw_addr_space_t as, unw_cursor_t *cursor, void *arg)
{
    (void)as;
    (void)cursor;
    (void)arg;
    return -UNW_EINVAL;
}

static int get_proc_name(unw_addr_space_t as, unw_word_t address, char *buf, size_t len, unw_word_t *offset, void *arg)
{
    (void)as;
    (void)address;
    (void)buf;
    (void)len;
    (void)offset;
    (void)arg;
    return -UNW_EINVAL;
}

/* --- spaces --- */

struct unwind_space *unwind_space_new(enum unwind_arch arch)
{
    static unw_accessors_t accessors = {
        .find_proc_info = find_proc_info,
        .put_unwind_info = put_unwind_info,
        .get_dyn_info_list_addr = get_dyn_info_list_addr,
        .access_mem = access_mem,
        .access_reg = access_reg,
        .access_fpreg = access_fpreg,
        .resume = resume,
        .get_proc_name = get_proc_name,
    };
    if (!unwind_can(arch))
        return NULL;
    struct unwind_space *s = xcalloc(1, sizeof *s);
    s->as = unw_create_addr_space(&accessors, 0);
    if (!s->as)
        fatal_oom();
    (void)unw_set_caching_policy(s->as, UNW_CACHE_GLOBAL);
    (void)unw_set_cache_size(s->as, CACHE_ENTRIES, 0);
    if (arch == UNWIND_ARCH_X86_64)
        s->rows = xcalloc(ROWS, sizeof *s->rows);
    s->epoch = 1;
    s->reads_left = READS_AT_FIRST;
    return s;
}

void unwind_space_free(struct unwind_space *s)
{
    if (!s)
        return;
    unw_destroy_addr_space(s->as);
    free(s->modules.items);
    free(s->rows);
    free(s);
}

void unwind_space_flush(struct unwind_space *s)
{
    unw_flush_cache(s->as, 0, 0);
    if (++s->epoch == 0 && s->rows) {
        memset(s->rows, 0, ROWS * sizeof *s->rows);
        s->epoch = 1;
    }
    s->modules.count = 0;
    s->last = 0;
}

void unwind_space_changed(struct unwind_space *s, unwind_map_fn map, void *map_user)
{
    for (size_t i = 0; i < s->modules.count; i++) {
        const struct unwind_map *was = &s->modules.items[i].code;
        struct unwind_map now;
        if (!map(map_user, was->start, &now) || now.dso != was->dso ||
            now.start - now.pgoff != was->start - was->pgoff) {
            unwind_space_flush(s);
            return;
        }
    }
}

/* --- walking --- */

static enum unwind_end end_of(const struct walk *w, int step)
{
    if (w->out_of_reads)
        return UNWIND_LIMIT;
    if (w->no_binary)
        return UNWIND_NO_BINARY;
    if (step >= 0)
        return UNWIND_DONE;
    return w->stack_ends ? UNWIND_STACK_ENDS : UNWIND_NO_TABLE;
}

/* --- by rows --- */

enum next { NEXT_ROW, NEXT_NO_MAP, NEXT_NO_BINARY };

static enum next row_of(struct walk *w, uint64_t ip, struct cfi_row *ret)
{
    struct unwind_space *s = w->space;
    struct kept_row *k = &s->rows[ip * 0x9fb21c651e98df25u >> 40 & (ROWS - 1)];
    struct unwind_map map;
    *ret = k->row;
    if (k->ip == ip && k->epoch == s->epoch)
        return NEXT_ROW;
    if (!w->sample->map(w->sample->map_user, ip, &map))
        return NEXT_NO_MAP;
    struct module *m = map.dso ? module_of_map(s, &map) : NULL;
    *ret = (struct cfi_row){ .kind = CFI_ROW_OTHER };
    if (!m || m->entries == 0)
        return map.dso && symbol_dso_elf(map.dso) == NULL ? NEXT_NO_BINARY : NEXT_ROW;
    cfi_row_find(m->elf, m->header, m->entries, ip - m->bias, ret);
    *k = (struct kept_row){ .ip = ip, .epoch = s->epoch, .row = *ret };
    return NEXT_ROW;
}

/* The frame pointer: its value, or where it was saved; read when a frame hangs on it. */
struct frame {
    uint64_t ip, sp, fp;
    bool fp_known, fp_saved;
};

enum stepped { STEPPED, STEP_ENDS, STEP_UNKNOWN };

static enum stepped row_step(struct walk *w, const struct cfi_row *row, struct frame *f, enum unwind_end *ret_end)
{
    uint64_t word;
    *ret_end = UNWIND_DONE;
    if (row->kind == CFI_ROW_OTHER || (row->from_fp && !f->fp_known && !f->fp_saved))
        return STEP_UNKNOWN;
    if (row->from_fp && f->fp_saved) {
        if (!word_read(w, f->fp, &word))
            goto unreadable;
        f->fp = word;
        f->fp_known = true;
        f->fp_saved = false;
    }
    uint64_t cfa = (row->from_fp ? f->fp : f->sp) + (uint64_t)(int64_t)row->cfa;
    if (row->kind == CFI_ROW_OUTERMOST)
        return STEP_ENDS;
    if (!word_read(w, cfa - sizeof word, &word))
        goto unreadable;
    if (word == f->ip && cfa == f->sp)
        return STEP_UNKNOWN;
    if (row->fp_rule == CFI_FP_SAVED)
        f->fp = cfa + (uint64_t)(int64_t)row->fp;
    f->fp_known = f->fp_known && row->fp_rule == CFI_FP_SAME;
    f->fp_saved = row->fp_rule == CFI_FP_SAVED || (f->fp_saved && row->fp_rule == CFI_FP_SAME);
    f->sp = cfa;
    f->ip = word;
    return STEPPED;
unreadable:
    *ret_end = w->out_of_reads ? UNWIND_LIMIT : w->stack_ends ? UNWIND_STACK_ENDS : UNWIND_NO_TABLE;
    return STEP_ENDS;
}

/* False where libunwind is needed; else *ret_end. ips[0] is there. */
static bool walk_rows(struct walk *w, uint64_t *ips, uint32_t cap, uint32_t *ret_count, enum unwind_end *ret_end)
{
    struct frame f = { .ip = ips[0], .sp = w->sp };
    uint32_t n = 1;
    f.fp_known = unwind_reg_value(w->sample, unwind_reg_bit(OWN_ARCH, FP_REGISTER), &f.fp);
    *ret_end = UNWIND_LIMIT;
    for (; n <= cap; n++) {
        struct cfi_row row;
        enum next next = row_of(w, ips[n - 1], &row);
        if (next == NEXT_NO_MAP && n > 1) {
            /* Behind the outermost frame of some programs a stray word looks like one more. */
            *ret_end = w->stack_ends ? UNWIND_STACK_ENDS : UNWIND_NO_TABLE;
            n--;
            break;
        }
        if (n == cap)
            break;
        if (next == NEXT_NO_BINARY) {
            *ret_end = UNWIND_NO_BINARY;
            break;
        }
        enum stepped stepped = next == NEXT_ROW ? row_step(w, &row, &f, ret_end) : STEP_UNKNOWN;
        if (stepped == STEP_UNKNOWN)
            return false;
        if (stepped == STEP_ENDS)
            break;
        *ret_end = UNWIND_LIMIT;
        if (f.ip == 0) {
            *ret_end = UNWIND_DONE;
            break;
        }
        ips[n] = f.ip - 1;
    }
    *ret_count = n;
    return true;
}

/* --- by libunwind --- */

static enum unwind_end walk_steps(struct walk *w, uint64_t *ips, uint32_t cap, uint32_t *ret_count)
{
    struct unwind_map map;
    unw_cursor_t cursor;
    if (unw_init_remote(&cursor, w->space->as, w) != 0)
        return UNWIND_NO_REGS;
    while (*ret_count < cap) {
        unw_word_t next = 0;
        int step = unw_step(&cursor);
        if (step <= 0 || w->no_binary || w->out_of_reads || unw_get_reg(&cursor, UNW_REG_IP, &next) != 0 || next == 0)
            return end_of(w, step);
        if (unw_is_signal_frame(&cursor) <= 0)
            next--;
        /* Behind the outermost frame of some programs a stray word looks like one more. */
        if (!w->sample->map(w->sample->map_user, next, &map))
            return w->stack_ends ? UNWIND_STACK_ENDS : UNWIND_NO_TABLE;
        ips[(*ret_count)++] = next;
    }
    return UNWIND_LIMIT;
}

enum unwind_end unwind_sample(struct unwind_space *space, const struct unwind_sample *sample, uint64_t *ips,
                              uint32_t cap, uint32_t *ret_count)
{
    struct walk w = { .space = space, .sample = sample };
    uint64_t ip;
    enum unwind_end end;
    *ret_count = 0;
    if (sample->abi == UNWIND_ABI_NONE || !unwind_reg_value(sample, unwind_ip_bit(OWN_ARCH), &ip) || ip == 0)
        return UNWIND_NO_REGS;
    ips[(*ret_count)++] = ip;
    if (sample->abi != UNWIND_ABI_64)
        return UNWIND_LEAF_ONLY;
    if (!unwind_reg_value(sample, unwind_sp_bit(OWN_ARCH), &w.sp))
        return UNWIND_NO_REGS;
    space->reads_left += READS_A_SAMPLE;
    if (space->rows && walk_rows(&w, ips, cap, ret_count, &end))
        return end;
    w = (struct walk){ .space = space, .sample = sample, .sp = w.sp };
    return walk_steps(&w, ips, cap, ret_count);
}
