/* The rules of choice are those of perf (tools/perf/util/symbol.c, symbol-elf.c), so that names equal `perf script`:
 * which ELF symbols count, that a symbol without size reaches to the next one, and which of several at one address is
 * kept. Symbols are kept by file offset, as mappings are. */
#include "symbol/symtab.h"

#include <elf.h>
#include <stdlib.h>

#include "base/num.h"
#include "symbol/demangle.h"
#include "symbol/symbols.h"

enum {
    PAGE = 4096,
    ENCLOSING_STEPS_MAX = 32, /* nested symbols are few */
    X86_PLT_BYTES = 16,
};

void symtab_release(struct symtab *t)
{
    free(t->items);
    free(t->pool);
    *t = (struct symtab){ 0 };
}

static void row_push(struct symtab *t, struct symtab_row row)
{
    if (t->count >= t->max)
        return;
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 256;
        t->items = xrealloc(t->items, t->cap, sizeof *t->items);
    }
    row.shown = t->count;
    t->items[t->count++] = row;
}

static uint32_t pool_add(struct symtab *t, struct span name)
{
    size_t need = t->pool_len + name.len + 1;
    if (need > t->pool_size) {
        t->pool_size = need * 2 > 65536 ? need * 2 : 65536;
        t->pool = xrealloc(t->pool, t->pool_size, 1);
    }
    uint32_t at = (uint32_t)t->pool_len;
    if (name.len > 0)
        memcpy(t->pool + at, name.ptr, name.len);
    t->pool[at + name.len] = '\0';
    t->pool_len = need;
    return at;
}

static void raw_name(struct symtab *t, const struct symtab_row *row, char *buf, size_t size)
{
    buf[0] = '\0';
    if (row->names == SYMTAB_NAMES_POOL) {
        struct span name = span_sub(span_of(t->pool + row->name), 0, size - 1);
        if (name.len > 0)
            memcpy(buf, name.ptr, name.len);
        buf[name.len] = '\0';
    } else if (t->files[row->names] &&
               !elf_string(t->files[row->names], &t->strings[row->names], row->name, buf, size)) {
        buf[0] = '\0';
    }
}

static void shown_name(struct symtab *t, const struct symtab_row *row, struct sb *out)
{
    char raw[SYMBOL_NAME_BYTES_MAX];
    raw_name(t, row, raw, sizeof raw);
    if (!t->mangled || !demangle(raw, out))
        sb_adds(out, raw);
    if (row->plt)
        sb_adds(out, "@plt");
}

/* --- choice --- */

static int by_start(const void *a, const void *b)
{
    const struct symtab_row *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->shown < y->shown ? -1 : x->shown > y->shown;
}

static size_t underscores(struct span s)
{
    size_t n = 0;
    while (n < s.len && s.ptr[n] == '_')
        n++;
    return n;
}

static bool first_name_is_better(struct symtab *t, const struct symtab_row *a, const struct symtab_row *b)
{
    struct sb na = { .cap = SYMBOL_NAME_BYTES_MAX }, nb = { .cap = SYMBOL_NAME_BYTES_MAX };
    shown_name(t, a, &na);
    shown_name(t, b, &nb);
    struct span x = sb_span(&na), y = sb_span(&nb);
    bool first = true;
    if (underscores(x) != underscores(y))
        first = underscores(x) < underscores(y);
    else if (x.len != y.len)
        first = x.len > y.len;
    else
        first = !span_starts(x, SPAN("SyS")) && !span_starts(x, SPAN("compat_SyS"));
    sb_release(&na);
    sb_release(&nb);
    return first;
}

static bool first_is_better(struct symtab *t, const struct symtab_row *a, const struct symtab_row *b)
{
    bool empty_a = a->end == a->start, empty_b = b->end == b->start;
    if (empty_a != empty_b)
        return empty_b;
    if (a->type != b->type && (a->type == STT_NOTYPE || b->type == STT_NOTYPE))
        return b->type == STT_NOTYPE;
    if ((a->binding == STB_WEAK) != (b->binding == STB_WEAK))
        return b->binding == STB_WEAK;
    if ((a->binding == STB_GLOBAL) != (b->binding == STB_GLOBAL))
        return a->binding == STB_GLOBAL;
    return first_name_is_better(t, a, b);
}

static uint64_t page_after(uint64_t x)
{
    return ((x + PAGE - 1) & ~(uint64_t)(PAGE - 1)) + PAGE;
}

/* kallsyms is sorted nearly always, and long. */
static void rows_sort(struct symtab *t)
{
    uint32_t i = 1;
    while (i < t->count && by_start(&t->items[i - 1], &t->items[i]) <= 0)
        i++;
    if (i < t->count)
        qsort(t->items, t->count, sizeof *t->items, by_start);
}

/* Sorts, gives symbols without size an end, and keeps the best of each address. */
static void settle(struct symtab *t, bool pages)
{
    if (t->count == 0)
        return;
    rows_sort(t);
    for (uint32_t i = 0; i + 1 < t->count; i++) {
        struct symtab_row *row = &t->items[i];
        if (row->end == row->start)
            row->end = pages && t->items[i + 1].start - row->start > PAGE * 16 ? page_after(row->start)
                                                                               : t->items[i + 1].start;
    }
    struct symtab_row *last = &t->items[t->count - 1];
    if (last->end == last->start)
        last->end = page_after(last->start);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < t->count; i++) {
        struct symtab_row *best = &t->items[kept];
        if (best->start != t->items[i].start)
            t->items[++kept] = t->items[i];
        else if (!first_is_better(t, best, &t->items[i]))
            *best = t->items[i];
    }
    t->count = kept + 1;
    for (uint32_t i = 0; i < t->count; i++)
        t->items[i].shown = i;
}

/* After the last settle, `shown` counts names instead. */
static void shown_clear(struct symtab *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        t->items[i].shown = 0;
}

/* --- ELF --- */

enum { SECTION_TEXT_OR_DATA = 1 };

/* One byte a section: may a symbol without type stand for something in it? */
static uint8_t *sections_mark(struct elf_file *f)
{
    uint32_t n = elf_section_count(f);
    uint8_t *marks = xcalloc(n + 1u, 1);
    for (uint32_t i = 0; i < n; i++) {
        char name[64];
        elf_section_name(f, elf_section_at(f, i), name, sizeof name);
        if (strstr(name, ".text") || strstr(name, ".data"))
            marks[i] = SECTION_TEXT_OR_DATA;
    }
    return marks;
}

static bool symbol_counts(const struct elf_symbol *sym, const uint8_t *marks, uint32_t sections)
{
    unsigned type = sym->info & 15, visibility = sym->other & 3;
    if (sym->name == 0 || sym->section == SHN_UNDEF || sym->section == SHN_ABS || sym->section >= sections)
        return false;
    if (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_OBJECT)
        return true;
    return type == STT_NOTYPE && visibility != STV_HIDDEN && visibility != STV_INTERNAL &&
           marks[sym->section] == SECTION_TEXT_OR_DATA;
}

/* The offset in the recorded file of an address in it; false for what is not code. */
static bool to_file_offset(const struct elf_file *runtime, const struct elf_section *section, uint64_t *address)
{
    const struct elf_segment *s = elf_segment_of_address(runtime, *address);
    if (s) {
        *address = *address - s->address + s->offset;
        return (s->flags & PF_X) != 0;
    }
    *address = *address - section->address + section->offset;
    return (section->flags & SHF_EXECINSTR) != 0;
}

static bool has_mapping_symbols(uint16_t machine)
{
    return machine == EM_ARM || machine == EM_AARCH64 || machine == EM_RISCV;
}

static void table_add(struct symtab *t, struct elf_file *runtime, struct elf_file *f, const struct elf_section *table,
                      enum symtab_names names)
{
    const struct elf_section *strings = elf_section_at(f, table->link);
    if (!strings)
        return;
    t->files[names] = f;
    t->strings[names] = *strings;
    uint8_t *marks = sections_mark(f);
    bool skip_dollar = has_mapping_symbols(elf_machine(f));
    struct elf_symbol sym;
    for (uint64_t i = 1; t->count < t->max && elf_symbol_at(f, table, i, &sym); i++) {
        if (!symbol_counts(&sym, marks, elf_section_count(f)))
            continue;
        uint64_t start = sym.value;
        if (elf_machine(f) == EM_ARM && (sym.info & 15) == STT_FUNC)
            start &= ~1ull; /* Thumb */
        if (!to_file_offset(runtime, elf_section_at(f, sym.section), &start))
            continue;
        struct symtab_row row = { .start = start,
                                  .end = start + sym.size,
                                  .name = sym.name,
                                  .names = (uint8_t)names,
                                  .type = sym.info & 15,
                                  .binding = sym.info >> 4 };
        if (row.end < row.start)
            continue;
        char first[2];
        if (skip_dollar && elf_string(f, strings, sym.name, first, sizeof first) && first[0] == '$')
            continue;
        row_push(t, row);
    }
    free(marks);
}

static uint64_t plt_header_bytes(uint16_t machine, uint64_t entry)
{
    if (machine == EM_ARM)
        return 20;
    return machine == EM_AARCH64 ? 32 : entry;
}

/* Entries of the procedure linkage table, in the order of their relocations. */
static void plt_add(struct symtab *t, struct elf_file *f)
{
    uint32_t dynsym_index = 0;
    const struct elf_section *dynsym = elf_section_find(f, ".dynsym", &dynsym_index);
    const struct elf_section *plt = elf_section_find(f, ".plt", NULL), *sec = elf_section_find(f, ".plt.sec", NULL);
    const struct elf_section *rel = elf_section_find(f, ".rela.plt", NULL);
    if (!rel)
        rel = elf_section_find(f, ".rel.plt", NULL);
    if (!dynsym || dynsym->type != SHT_DYNSYM || !plt || !rel || rel->link != dynsym_index)
        return;
    const struct elf_section *strings = elf_section_at(f, dynsym->link);
    if (!strings)
        return;
    t->files[SYMTAB_NAMES_DYN] = f;
    t->strings[SYMTAB_NAMES_DYN] = *strings;
    uint16_t machine = elf_machine(f);
    uint64_t entry = machine == EM_ARM ? 12 : machine == EM_AARCH64 ? 16 : plt->entry_size;
    if (entry == 0 || entry > 256)
        entry = X86_PLT_BYTES;
    uint64_t at = plt->offset + plt_header_bytes(machine, entry);
    uint64_t symbol;
    for (uint64_t i = 0; t->count < t->max && elf_relocation_symbol(f, rel, i, &symbol); i++, at += entry) {
        struct elf_symbol sym;
        if (!elf_symbol_at(f, dynsym, symbol, &sym))
            break;
        struct symtab_row row = { .start = at,
                                  .end = at + entry,
                                  .name = sym.name,
                                  .names = SYMTAB_NAMES_DYN,
                                  .type = STT_FUNC,
                                  .binding = STB_GLOBAL,
                                  .plt = 1 };
        row_push(t, row);
        if (sec) {
            row.start = sec->offset + i * X86_PLT_BYTES;
            row.end = row.start + X86_PLT_BYTES;
            row_push(t, row);
        }
    }
}

void symtab_add_elf(struct symtab *t, struct elf_file *runtime, struct elf_file *debug)
{
    struct elf_file *named = debug ? debug : runtime;
    struct elf_file *base = runtime ? runtime : debug;
    t->mangled = true;
    if (!base)
        return;
    const struct elf_section *table = elf_section_find(named, ".symtab", NULL);
    if (table && table->type == SHT_SYMTAB) {
        table_add(t, base, named, table, SYMTAB_NAMES_MAIN);
        settle(t, false);
    }
    table = runtime ? elf_section_find(runtime, ".dynsym", NULL) : NULL;
    /* A debug file has no dynamic symbols of its own; perf takes those of the file that has the names. */
    if (table && table->type == SHT_DYNSYM && (named == runtime || t->count == 0)) {
        table_add(t, base, runtime, table, SYMTAB_NAMES_DYN);
        settle(t, false);
    }
    if (runtime) {
        plt_add(t, runtime);
        if (t->count > 0)
            rows_sort(t);
    }
    shown_clear(t);
}

/* --- text --- */

static bool kallsyms_line(struct span line, uint64_t *ret_address, char *ret_type, struct span *ret_name)
{
    struct span address, type;
    if (!span_word(&line, &address) || !span_word(&line, &type) || type.len != 1 ||
        !span_hex_to_u64(address, ret_address))
        return false;
    size_t tab = span_chr(line, 0, '\t');
    *ret_name = span_trim(span_sub(line, 0, tab));
    *ret_type = type.ptr[0];
    return ret_name->len > 0;
}

bool symtab_add_kallsyms(struct symtab *t, struct span text, uint64_t delta)
{
    struct span line, name;
    uint64_t address;
    char type;
    bool any = false;
    while (span_line(&text, &line)) {
        if (!kallsyms_line(line, &address, &type, &name) || !strchr("tTwWdDbB", type) || name.ptr[0] == '$')
            continue;
        any = any || address != 0;
        struct symtab_row row = { .start = address + delta, .end = address + delta, .names = SYMTAB_NAMES_POOL };
        row.type = type == 't' || type == 'w' ? STT_FUNC : STT_OBJECT;
        row.binding = type == 'W' ? STB_WEAK : type < 'a' ? STB_GLOBAL : STB_LOCAL;
        if (t->count < t->max && t->pool_len < (1u << 30))
            row.name = pool_add(t, name);
        row_push(t, row);
    }
    if (!any) {
        t->count = 0;
        return false;
    }
    settle(t, true);
    shown_clear(t);
    return true;
}

/* Where one reaches into the next, the later entry of the file is the one that was there last. */
static void overlaps_cut(struct symtab *t)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        struct symtab_row row = t->items[i];
        while (kept > 0 && t->items[kept - 1].start == row.start)
            kept--; /* sorted by arrival: the later one replaces */
        if (kept > 0 && t->items[kept - 1].end > row.start)
            t->items[kept - 1].end = row.start;
        t->items[kept++] = row;
    }
    t->count = kept;
}

void symtab_add_perf_map(struct symtab *t, struct span text)
{
    struct span line;
    while (span_line(&text, &line)) {
        struct span start_text, size_text;
        uint64_t start, size;
        if (!span_word(&line, &start_text) || !span_word(&line, &size_text) || !span_hex_to_u64(start_text, &start) ||
            !span_hex_to_u64(size_text, &size) || size == 0 || start + size < start)
            continue;
        struct span name = span_trim(line);
        if (name.len == 0 || t->count >= t->max || t->pool_len > (1u << 30))
            continue;
        struct symtab_row row = {
            .start = start, .end = start + size, .names = SYMTAB_NAMES_POOL, .type = STT_FUNC, .binding = STB_GLOBAL
        };
        row.name = pool_add(t, name);
        row_push(t, row);
    }
    if (t->count > 0) {
        rows_sort(t);
        overlaps_cut(t);
    }
    shown_clear(t);
}

/* --- lookup --- */

static bool row_find(const struct symtab *t, uint64_t key, uint32_t *ret)
{
    uint32_t lo = 0, hi = t->count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (t->items[mid].start <= key)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (uint32_t steps = 0; lo > 0 && steps < ENCLOSING_STEPS_MAX; steps++) {
        lo--;
        if (key < t->items[lo].end) {
            *ret = lo;
            return true;
        }
    }
    return false;
}

static uint32_t names_add(struct symbol_names *n, struct span name)
{
    if (n->count == n->cap) {
        n->cap = n->cap ? n->cap * 2 : 256;
        n->items = xrealloc(n->items, n->cap, sizeof *n->items);
    }
    if (n->count == 0)
        n->items[n->count++] = SPAN("");
    n->items[n->count] = arena_span(&n->arena, name);
    return n->count++;
}

void symbol_names_release(struct symbol_names *n)
{
    arena_release(&n->arena);
    free(n->items);
    *n = (struct symbol_names){ 0 };
}

bool symtab_find(struct symtab *t, uint64_t key, struct symbol_names *shown, struct span *ret_name, uint64_t *ret_start)
{
    uint32_t i;
    if (!row_find(t, key, &i))
        return false;
    struct symtab_row *row = &t->items[i];
    if (row->shown == 0) {
        struct sb name = { .cap = SYMBOL_NAME_BYTES_MAX };
        shown_name(t, row, &name);
        row->shown = names_add(shown, sb_span(&name));
        sb_release(&name);
    }
    *ret_name = shown->items[row->shown];
    *ret_start = row->start;
    return ret_name->len > 0;
}
