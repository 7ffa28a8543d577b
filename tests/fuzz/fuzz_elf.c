/* ELF files from anywhere: headers, notes, symbols, names and unwind entries are read without leaving the file. */
#include "fuzz.h"

#include "symbol/cfi_check.h"
#include "symbol/symbols.h"

#include <assert.h>
#include <elf.h>
#include <stdlib.h>

static void tables_read(struct elf_file *f)
{
    struct build_id id;
    uint64_t word;
    if (elf_build_id(f, &id))
        assert(id.len > 0 && id.len <= BUILD_ID_BYTES_MAX);
    for (uint32_t i = 0; i < elf_section_count(f) && i < 64; i++) {
        char name[64];
        elf_section_name(f, elf_section_at(f, i), name, sizeof name);
        assert(strlen(name) < sizeof name);
    }
    for (uint32_t i = 0; i < elf_segment_count(f) && i < 64; i++) {
        const struct elf_segment *s = elf_segment_at(f, i);
        (void)elf_read_address(f, s->address, &word, sizeof word);
        (void)elf_read_address(f, s->address + s->memory_size - 4, &word, sizeof word);
        (void)elf_segment_of_mapping(f, s->offset);
        if (s->type == PT_GNU_EH_FRAME) {
            for (uint64_t at = 0; at < 64; at++)
                (void)cfi_check(f, s->address, s->memory_size / 8, s->address - 0x1000 + at * 64);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf_file *f;
    struct err err = ERR_INIT;
    struct span image = span_make((const char *)data, size);
    if (elf_open_memory(image, &f, &err)) {
        tables_read(f);
        elf_close(f);
    } else {
        assert(err.code == ERR_MALFORMED);
    }
    struct symbol_options options = { .symbols_max = 4096 };
    struct symbols *symbols = symbols_new(&options);
    struct symbol_dso *dso = symbols_image(symbols, image);
    for (uint64_t key = 0; dso && key < size && key < 1 << 16; key += 61) {
        struct symbol_hit hit;
        if (symbol_find(dso, key, &hit))
            assert(hit.name.len > 0 && hit.offset <= key);
    }
    symbols_free(symbols);
    return 0;
}
