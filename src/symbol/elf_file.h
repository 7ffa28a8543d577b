/* elf_file.h - bounded reading of one ELF file that nobody vouches for: only the headers, sections and segments that are
 * asked for are read, in blocks that are kept. Every offset and size is checked against the file before it is used,
 * so a hostile file costs at most its own size. Files are read, not mapped: one that is truncated meanwhile gives an
 * error, not a signal. 64-bit and 32-bit, either byte order.
 * Spec: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html */
#ifndef STET_SYMBOL_ELF_FILE_H
#define STET_SYMBOL_ELF_FILE_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum {
    BUILD_ID_BYTES_MAX = 20,
    ELF_SECTIONS_MAX = 1 << 16,
    ELF_SEGMENTS_MAX = 4096,
};

/* A linker's identity of one build; len 0 = not known. */
struct build_id {
    uint8_t bytes[BUILD_ID_BYTES_MAX];
    uint8_t len;
};

/* Equal as far as both are long (perf pads to 20 bytes with zeros); unknown ones are equal to nothing. */
bool build_id_equal(const struct build_id *a, const struct build_id *b);
/* Lower-case hex, NUL-terminated: 2 * BUILD_ID_BYTES_MAX + 1 bytes at most. */
void build_id_hex(const struct build_id *id, char out[2 * BUILD_ID_BYTES_MAX + 1]);
/* The reverse; false when the text is no hex of 1 to 20 bytes. */
bool build_id_parse(struct span hex, struct build_id *ret);

struct elf_section {
    uint32_t type, link, info;
    uint64_t name; /* offset in the section names */
    uint64_t flags, address, offset, size, entry_size;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, address, file_size, memory_size;
};

struct elf_symbol {
    uint64_t value, size;
    uint32_t name; /* offset in the string table */
    uint16_t section;
    uint8_t info, other;
};

struct elf_file;

/* elf_open_path - opens a regular file and reads its headers.
 * Errors: ERR_IO, ERR_MALFORMED (no ELF file, headers outside it), ERR_LIMIT (larger than bytes_max)
 * Owns:   the descriptor, until elf_close. Thread: one at a time */
bool elf_open_path(const char *path, uint64_t bytes_max, struct elf_file **ret, struct err *err) MUST_CHECK;
/* As above, from an open descriptor, which is taken over whatever comes of it. */
bool elf_open_fd(int fd, uint64_t bytes_max, struct elf_file **ret, struct err *err) MUST_CHECK;
/* As above, from memory that outlives the result. */
bool elf_open_memory(struct span image, struct elf_file **ret, struct err *err) MUST_CHECK;
void elf_close(struct elf_file *f); /* NULL is fine */

uint16_t elf_machine(const struct elf_file *f);
uint16_t elf_type(const struct elf_file *f);
bool elf_is_64(const struct elf_file *f);
uint64_t elf_size(const struct elf_file *f);
/* False when the file has none. */
bool elf_build_id(struct elf_file *f, struct build_id *ret);

/* Copies len bytes at a file offset; false (buf undefined) when any of it lies outside the file. */
bool elf_read(struct elf_file *f, uint64_t offset, void *buf, size_t len);
/* Copies len bytes at an address of the linker's, out of the segment that holds it; zero where memory is larger. */
bool elf_read_address(struct elf_file *f, uint64_t address, void *buf, size_t len);

uint32_t elf_section_count(const struct elf_file *f);
const struct elf_section *elf_section_at(const struct elf_file *f, uint32_t index); /* NULL out of range */
/* Cuts the name at sizeof-1; empty when there is none. */
void elf_section_name(struct elf_file *f, const struct elf_section *s, char *buf, size_t size);
/* The first section of that name, or NULL. *ret_index may be NULL. */
const struct elf_section *elf_section_find(struct elf_file *f, const char *name, uint32_t *ret_index);

uint32_t elf_segment_count(const struct elf_file *f);
const struct elf_segment *elf_segment_at(const struct elf_file *f, uint32_t index);
/* The loaded segment that holds this address of the linker's, or NULL. */
const struct elf_segment *elf_segment_of_address(const struct elf_file *f, uint64_t address);
/* The executable loaded segment that a mapping of this file offset comes from, or NULL. */
const struct elf_segment *elf_segment_of_mapping(const struct elf_file *f, uint64_t file_offset);

/* Symbol i of a symbol table section; false outside of it. */
bool elf_symbol_at(struct elf_file *f, const struct elf_section *table, uint64_t index, struct elf_symbol *ret);
/* Index of the symbol that relocation i of a relocation section refers to; false outside of it. */
bool elf_relocation_symbol(struct elf_file *f, const struct elf_section *table, uint64_t index, uint64_t *ret_symbol);
/* Text at an offset of a string table, cut at size-1. False when it lies outside of the table. */
bool elf_string(struct elf_file *f, const struct elf_section *strings, uint64_t offset, char *buf, size_t size);

#endif
