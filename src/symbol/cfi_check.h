/* cfi_check.h - looks over the unwind instructions of one place before libunwind runs them: it trusts them more than a
 * file from anywhere deserves (a signed division that overflows, a loop in an expression). */
#ifndef STET_SYMBOL_CFI_CHECK_H
#define STET_SYMBOL_CFI_CHECK_H

#include "symbol/cfi_cut.h"
#include "symbol/elf_file.h"

enum { CFI_ENTRY_BYTES_MAX = 1 << 15 /* real ones are some hundred bytes */ };

/* One entry (FDE) and what it shares with others (CIE), as copies. */
struct cfi_entry {
    uint8_t pointer_encoding;
    bool augmented, signal;
    uint64_t code_align, ra;
    int64_t data_align;
    uint64_t start, size;   /* the code that it covers, linker's addresses; size 0 where no usual encoding says so */
    struct cut first, rest; /* instructions of the CIE, then of the FDE; they point into the copies below */
    uint8_t cie[CFI_ENTRY_BYTES_MAX], fde[CFI_ENTRY_BYTES_MAX];
};

/* True when the entry that covers address (of the linker's) lies inside the file and holds nothing but instructions that
 * end and cannot trap. header and entries: linker's address and number of rows of .eh_frame_hdr. */
bool cfi_check(struct elf_file *f, uint64_t header, uint64_t entries, uint64_t address);
/* The same, and what was read. */
bool cfi_read(struct elf_file *f, uint64_t header, uint64_t entries, uint64_t address, struct cfi_entry *ret);

#endif
