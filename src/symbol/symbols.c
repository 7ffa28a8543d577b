#include "symbol/symbols.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "symbol/locate.h"
#include "symbol/store.h"
#include "symbol/symtab.h"

struct symbol_dso {
    struct symbols *owner;
    struct symbol_ref ref;   /* path in the owner's arena */
    struct symbol_dso *next; /* same hash slot */
    struct located files;
    struct symtab table;
    bool opened, has_table;
    enum symbol_status status;
};

enum { SLOTS = 4096 };

struct symbols {
    struct symbol_options opt;
    struct arena arena; /* paths and dsos */
    struct symbol_names names;
    struct symbol_dso *slots[SLOTS];
    struct symbol_dso *last; /* the one asked for before */
    uint32_t files_left;
};

struct symbols *symbols_new(const struct symbol_options *options)
{
    struct symbols *s = xcalloc(1, sizeof *s);
    if (options)
        s->opt = *options;
    s->opt.store = s->opt.set_bytes_max > 0 ? symbol_store_new(s->opt.set_bytes_max) : NULL;
    s->files_left = s->opt.files_max ? s->opt.files_max : SYMBOL_FILES_MAX;
    return s;
}

void symbols_free(struct symbols *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        for (struct symbol_dso *d = s->slots[i]; d; d = d->next) {
            symtab_release(&d->table);
            elf_close(d->files.runtime);
            elf_close(d->files.debug);
        }
    }
    symbol_names_release(&s->names);
    symbol_store_free(s->opt.store);
    arena_release(&s->arena);
    free(s);
}

struct symbol_store *symbols_store(struct symbols *s)
{
    return s->opt.store;
}

static bool same_ref(const struct symbol_ref *a, const struct symbol_ref *b)
{
    if (a->kind != b->kind || a->build_id.len != b->build_id.len ||
        memcmp(a->build_id.bytes, b->build_id.bytes, a->build_id.len) != 0)
        return false;
    switch (a->kind) {
    case SYMBOL_DSO_FILE:
        return a->inode == b->inode && span_eq(a->path, b->path);
    case SYMBOL_DSO_JIT:
        return a->pid == b->pid;
    case SYMBOL_DSO_KERNEL:
        return a->kernel_base == b->kernel_base;
    case SYMBOL_DSO_VDSO:
        return true;
    }
    return false;
}

struct symbol_dso *symbols_dso(struct symbols *s, const struct symbol_ref *ref)
{
    if (s->last && same_ref(&s->last->ref, ref))
        return s->last;
    unsigned long long hash = ref->kind == SYMBOL_DSO_FILE ? span_hash(ref->path) : (unsigned long long)ref->pid;
    struct symbol_dso **slot = &s->slots[(hash + (unsigned)ref->kind) % SLOTS];
    for (struct symbol_dso *d = *slot; d; d = d->next) {
        if (same_ref(&d->ref, ref)) {
            s->last = d;
            return d;
        }
    }
    struct symbol_dso *d = ARENA_NEW(&s->arena, struct symbol_dso);
    d->owner = s;
    d->ref = *ref;
    d->ref.path = arena_span(&s->arena, ref->path);
    d->next = *slot;
    d->table.max =
        (uint32_t)(s->opt.symbols_max && s->opt.symbols_max < UINT32_MAX ? s->opt.symbols_max : SYMBOL_SYMBOLS_MAX);
    *slot = d;
    s->last = d;
    return d;
}

struct symbol_dso *symbols_image(struct symbols *s, struct span image)
{
    struct elf_file *f;
    struct err err = ERR_INIT;
    if (!elf_open_memory(image, &f, &err))
        return NULL;
    char name[32];
    int n = snprintf(name, sizeof name, "image %p", (const void *)image.ptr);
    struct symbol_ref ref = { .kind = SYMBOL_DSO_FILE, .path = span_make(name, (size_t)n) };
    struct symbol_dso *d = symbols_dso(s, &ref);
    if (d->opened) {
        elf_close(f);
        return d;
    }
    d->opened = true;
    d->files.runtime = f;
    d->status = SYMBOL_FOUND;
    return d;
}

static void dso_open(struct symbol_dso *d)
{
    const struct symbol_options *opt = &d->owner->opt;
    if (d->opened)
        return;
    d->opened = true;
    if (d->ref.kind == SYMBOL_DSO_FILE)
        locate_file(opt, &d->ref, &d->owner->files_left, &d->files);
    else if (d->ref.kind == SYMBOL_DSO_VDSO)
        locate_vdso(opt, &d->ref, &d->owner->files_left, &d->files);
    d->status = d->files.status;
}

static void table_from_text(struct symbol_dso *d)
{
    const struct symbol_options *opt = &d->owner->opt;
    struct sb text = { 0 };
    uint64_t delta = 0;
    if (d->ref.kind == SYMBOL_DSO_KERNEL) {
        if (locate_kallsyms(opt, &d->ref, &text, &delta, &d->status) &&
            !symtab_add_kallsyms(&d->table, sb_span(&text), delta))
            d->status = SYMBOL_MISSING;
    } else if (locate_perf_map(opt, d->ref.pid, &text)) {
        symtab_add_perf_map(&d->table, sb_span(&text));
        d->status = SYMBOL_FOUND;
    } else {
        d->status = SYMBOL_MISSING;
    }
    sb_release(&text);
}

static void table_make(struct symbol_dso *d)
{
    if (d->has_table)
        return;
    d->has_table = true;
    dso_open(d);
    if (d->ref.kind == SYMBOL_DSO_KERNEL || d->ref.kind == SYMBOL_DSO_JIT)
        table_from_text(d);
    else
        symtab_add_elf(&d->table, d->files.runtime, d->files.debug);
}

bool symbol_find(struct symbol_dso *dso, uint64_t key, struct symbol_hit *ret)
{
    struct span name;
    uint64_t start;
    table_make(dso);
    if (!symtab_find(&dso->table, key, &dso->owner->names, &name, &start))
        return false;
    *ret = (struct symbol_hit){ .name = name, .offset = key - start };
    return true;
}

enum symbol_status symbol_dso_status(struct symbol_dso *dso)
{
    if (dso->ref.kind == SYMBOL_DSO_KERNEL || dso->ref.kind == SYMBOL_DSO_JIT)
        table_make(dso);
    else
        dso_open(dso);
    return dso->status;
}

struct elf_file *symbol_dso_elf(struct symbol_dso *dso)
{
    dso_open(dso);
    return dso->files.runtime;
}

void symbols_stats(const struct symbols *s, struct symbol_stats *ret)
{
    *ret = (struct symbol_stats){ 0 };
    for (size_t i = 0; i < SLOTS; i++) {
        for (const struct symbol_dso *d = s->slots[i]; d; d = d->next) {
            if (!d->opened && !d->has_table)
                continue;
            if (d->ref.kind == SYMBOL_DSO_JIT)
                continue;
            if (ret->dsos[d->status]++ == 0)
                ret->first[d->status] = d->ref.kind == SYMBOL_DSO_FILE     ? d->ref.path
                                        : d->ref.kind == SYMBOL_DSO_KERNEL ? SPAN("[kernel.kallsyms]")
                                                                           : SPAN("[vdso]");
        }
    }
}
