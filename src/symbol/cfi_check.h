/* cfi_check.h - looks over the unwind instructions of one place before libunwind runs them: it trusts them more than a
 * file from anywhere deserves (a signed division that overflows, a loop in an expression). */
#ifndef STET_SYMBOL_CFI_CHECK_H
#define STET_SYMBOL_CFI_CHECK_H

#include "symbol/elf_file.h"

/* True when the entry that covers address (of the linker's) lies inside the file and holds nothing but instructions that
 * end and cannot trap. header and entries: linker's address and number of rows of .eh_frame_hdr. */
bool cfi_check(struct elf_file *f, uint64_t header, uint64_t entries, uint64_t address);

#endif
