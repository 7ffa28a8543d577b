/* cfi_row.h - what the unwind table says of one address, where it says what nearly all of them say: the frame begins at
 * an offset from the stack or the frame pointer, the return address lies right below, the frame pointer is saved at an
 * offset or untouched. Anything else is left to libunwind. x86-64. */
#ifndef STET_SYMBOL_CFI_ROW_H
#define STET_SYMBOL_CFI_ROW_H

#include "symbol/elf_file.h"

enum cfi_row_kind {
    CFI_ROW_OTHER, /* not of this form, or no entry */
    CFI_ROW_FRAME,
    CFI_ROW_OUTERMOST, /* the return address is undefined: nobody called it */
};
enum cfi_row_fp { CFI_FP_SAME, CFI_FP_SAVED, CFI_FP_LOST };

struct cfi_row {
    int32_t cfa;     /* bytes from the base register */
    int32_t fp;      /* SAVED: bytes from the CFA */
    uint8_t kind;    /* enum cfi_row_kind */
    uint8_t from_fp; /* the base is the frame pointer, else the stack pointer */
    uint8_t fp_rule; /* enum cfi_row_fp */
};

/* header and entries: as of cfi_check. address: linker's, of the instruction or, behind a call, one less. */
void cfi_row_find(struct elf_file *f, uint64_t header, uint64_t entries, uint64_t address, struct cfi_row *ret);

#endif
