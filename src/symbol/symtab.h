/* symtab.h - sorted symbols of one dso, chosen as perf chooses them. Sources: ELF symbol tables, kallsyms, perf maps. */
#ifndef STET_SYMBOL_SYMTAB_H
#define STET_SYMBOL_SYMTAB_H

#include "base/arena.h"
#include "symbol/elf_file.h"

enum symtab_names {
    SYMTAB_NAMES_MAIN, /* string table of the file that the symbols come from */
    SYMTAB_NAMES_DYN,  /* dynamic string table of the recorded file */
    SYMTAB_NAMES_POOL, /* own text */
};

struct symtab_row {
    uint64_t start, end;
    uint32_t name;  /* offset in the names */
    uint32_t shown; /* index of the demangled text, 0 = not asked for yet; while sorting: order of arrival */
    uint8_t names;  /* enum symtab_names */
    uint8_t type, binding;
    uint8_t plt; /* name@plt */
};

/* Shown names, each for as long as the pool; 0 is "not asked for yet". */
struct symbol_names {
    struct arena arena;
    struct span *items;
    uint32_t count, cap;
};

struct symtab {
    struct symtab_row *items;
    uint32_t count, cap;
    uint32_t max;              /* further ones are left out */
    struct elf_file *files[2]; /* of MAIN and DYN, borrowed */
    struct elf_section strings[2];
    char *pool; /* NUL-terminated names */
    size_t pool_len, pool_size;
    bool mangled; /* names are demangled when shown */
};

void symtab_release(struct symtab *t);
/* Adds what `runtime` and `debug` (NULL: none, or the same) hold; starts become file offsets of runtime. */
void symtab_add_elf(struct symtab *t, struct elf_file *runtime, struct elf_file *debug);
/* Text of /proc/kallsyms; delta is added to every address. False when all addresses are hidden (zero). */
bool symtab_add_kallsyms(struct symtab *t, struct span text, uint64_t delta);
/* Text of a perf-PID.map. Later entries win over earlier ones that they overlap, as the code was replaced. */
void symtab_add_perf_map(struct symtab *t, struct span text);
/* The symbol that covers key; its name stands in `shown`. */
bool symtab_find(struct symtab *t, uint64_t key, struct symbol_names *shown, struct span *ret_name,
                 uint64_t *ret_start);
void symbol_names_release(struct symbol_names *n);

#endif
