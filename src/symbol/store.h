/* store.h - binaries that came along with a recording (`perf archive`, or ELF files in the same upload), found by the
 * build-id that they themselves carry; names in the archive are not trusted. Large ones lie in unlinked temporary
 * files: nothing is written under a name of the archive. */
#ifndef STET_SYMBOL_STORE_H
#define STET_SYMBOL_STORE_H

#include "symbol/elf_file.h"

struct symbol_store;

/* bytes_max: of all files together. */
struct symbol_store *symbol_store_new(uint64_t bytes_max);
void symbol_store_free(struct symbol_store *s); /* NULL is fine */

/* True for what the store keeps: an ELF file by its first bytes, perf-PID.map and kallsyms by name. */
bool symbol_store_wants(struct span name, struct span head);
/* symbol_store_begin - a new file; symbol_store_add - more of its bytes; symbol_store_end - true when it was kept: an ELF
 * file with a build-id, or the text of a perf-PID.map or of kallsyms by its name in the archive.
 * Errors: ERR_LIMIT (bytes_max), ERR_IO (temporary file). After an error the file under way is dropped. */
bool symbol_store_begin(struct symbol_store *s, struct span name, struct err *err) MUST_CHECK;
bool symbol_store_add(struct symbol_store *s, struct span bytes, struct err *err) MUST_CHECK;
bool symbol_store_end(struct symbol_store *s);

/* Descriptor of an ELF file with that build-id, the caller's to close, or -1. with_symbols: one that has .symtab is
 * preferred; else one with code. */
int symbol_store_elf(struct symbol_store *s, const struct build_id *id, bool with_symbols);
/* Text of the perf map of a process, or of the kallsyms of a kernel; false when it is not there. Borrowed. */
bool symbol_store_perf_map(const struct symbol_store *s, int64_t pid, struct span *ret);
bool symbol_store_kallsyms(const struct symbol_store *s, const struct build_id *id, struct span *ret);
uint32_t symbol_store_count(const struct symbol_store *s);

#endif
