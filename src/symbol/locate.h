/* locate.h - which file holds what was recorded. Nothing outside the roots of the options is opened. */
#ifndef STET_SYMBOL_LOCATE_H
#define STET_SYMBOL_LOCATE_H

#include "base/sb.h"
#include "symbol/symbols.h"

struct located {
    struct elf_file *runtime; /* the recorded file: code, unwind tables, dynamic symbols. NULL = none */
    struct elf_file *debug;   /* where .symtab is, when not in runtime. NULL = none. Both are the caller's to close */
    enum symbol_status status;
};

/* files_left: how many may still be opened; counted down. */
void locate_file(const struct symbol_options *opt, const struct symbol_ref *ref, uint32_t *files_left,
                 struct located *ret);
void locate_vdso(const struct symbol_options *opt, const struct symbol_ref *ref, uint32_t *files_left,
                 struct located *ret);
/* Text of kallsyms of that kernel and what to add to its addresses; false when it is not at hand. */
bool locate_kallsyms(const struct symbol_options *opt, const struct symbol_ref *ref, struct sb *out,
                     uint64_t *ret_delta, enum symbol_status *ret_status);
/* Text of /tmp/perf-PID.map; false when there is none. */
bool locate_perf_map(const struct symbol_options *opt, int64_t pid, struct sb *out);

#endif
