/* Spec: https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/ehframechpt.html and DWARF 5,
 * 6.4.2 (call frame instructions) and 2.5 (expressions). */
#include "symbol/cfi_check.h"

#include "symbol/cfi_cut.h"

enum {
    EXPRESSION_BYTES_MAX = 1024,
    HEADER_BYTES = 12,
};

static size_t encoded_bytes(uint8_t encoding)
{
    switch (encoding & 0x0f) {
    case 0x02:
    case 0x0a:
        return 2;
    case 0x03:
    case 0x0b:
        return 4;
    case 0x00:
    case 0x04:
    case 0x0c:
        return 8;
    default:
        return 0; /* LEB128 or unknown: no compiler writes it here */
    }
}

/* Bytes of operands of an expression's operation; -1 LEB128, -2 refused. */
static int operand_bytes(uint8_t op)
{
    if ((op >= 0x30 && op <= 0x6f) || (op >= 0x12 && op <= 0x14) || (op >= 0x16 && op <= 0x22) ||
        (op >= 0x24 && op <= 0x27) || (op >= 0x29 && op <= 0x2e) || op == 0x06 || op == 0x19 || op == 0x96)
        return op == 0x1b ? -2 : 0; /* 0x1b: signed division */
    if (op >= 0x70 && op <= 0x8f)
        return -1;
    switch (op) {
    case 0x03: /* addr */
    case 0x0e:
    case 0x0f:
        return 8;
    case 0x08:
    case 0x09:
    case 0x15: /* pick */
    case 0x94: /* deref_size */
        return 1;
    case 0x0a:
    case 0x0b:
        return 2;
    case 0x0c:
    case 0x0d:
        return 4;
    case 0x10:
    case 0x11:
    case 0x23: /* plus_uconst */
    case 0x90: /* regx */
        return -1;
    default:
        return -2; /* jumps, calls, and what nobody uses for unwinding */
    }
}

static bool expression_check(struct cut *c)
{
    uint64_t len = cut_leb(c);
    if (!c->ok || len > c->n || len > EXPRESSION_BYTES_MAX)
        return false;
    struct cut e = { .p = c->p, .n = (size_t)len, .ok = true };
    cut_skip(c, len);
    while (e.n > 0 && e.ok) {
        uint8_t op = cut_u8(&e);
        int bytes = operand_bytes(op);
        if (op == 0x92) { /* bregx */
            (void)cut_leb(&e);
            bytes = -1;
        }
        if (bytes == -2)
            return false;
        if (bytes == -1)
            (void)cut_leb(&e);
        else
            cut_skip(&e, (uint64_t)bytes);
    }
    return e.ok;
}

static bool instruction_check(struct cut *c, uint8_t pointer_encoding, int *depth)
{
    uint8_t op = cut_u8(c);
    if (op >> 6 == 1 || op >> 6 == 3) /* advance_loc, restore */
        return true;
    if (op >> 6 == 2) { /* offset */
        (void)cut_leb(c);
        return c->ok;
    }
    switch (op) {
    case 0x00: /* nop */
    case 0x2d: /* GNU window save, AArch64 negate RA state */
        return true;
    case 0x0a: /* remember_state */
        return ++*depth <= 64;
    case 0x0b: /* restore_state */
        return --*depth >= 0;
    case 0x01: /* set_loc */
        cut_skip(c, encoded_bytes(pointer_encoding));
        return c->ok && encoded_bytes(pointer_encoding) > 0;
    case 0x02: /* advance_loc1, 2, 4 */
    case 0x03:
    case 0x04:
        cut_skip(c, 1u << (op - 2));
        return c->ok;
    case 0x05: /* offset_extended, register, def_cfa, sf forms, val_offset, GNU negative offset */
    case 0x09:
    case 0x0c:
    case 0x11:
    case 0x12:
    case 0x14:
    case 0x15:
    case 0x2f:
        (void)cut_leb(c);
        (void)cut_leb(c);
        return c->ok;
    case 0x06: /* restore_extended, undefined, same_value, def_cfa_register, def_cfa_offset (sf), GNU args_size */
    case 0x07:
    case 0x08:
    case 0x0d:
    case 0x0e:
    case 0x13:
    case 0x2e:
        (void)cut_leb(c);
        return c->ok;
    case 0x0f: /* def_cfa_expression */
        return expression_check(c);
    case 0x10: /* expression, val_expression */
    case 0x16:
        (void)cut_leb(c);
        return expression_check(c);
    default:
        return false;
    }
}

static bool instructions_check(struct cut *c, uint8_t pointer_encoding)
{
    int depth = 0;
    while (c->n > 0 && c->ok) {
        if (!instruction_check(c, pointer_encoding, &depth))
            return false;
    }
    return c->ok;
}

/* 64-bit lengths are not written by any linker. */
static bool entry_read(struct elf_file *f, uint64_t at, uint8_t *buf, size_t *ret_len)
{
    uint32_t len;
    if (!elf_read_address(f, at, &len, sizeof len) || len < 4 || len > CFI_ENTRY_BYTES_MAX ||
        !elf_read_address(f, at + 4, buf, len))
        return false;
    *ret_len = len;
    return true;
}

static bool augmentation_read(struct cut *c, const char *letters, struct cfi_entry *ret)
{
    if (letters[0] != 'z')
        return letters[0] == '\0';
    uint64_t size = cut_leb(c);
    struct cut a = { .p = c->p, .n = size < c->n ? (size_t)size : c->n, .ok = c->ok && size <= c->n };
    ret->augmented = true;
    for (const char *l = letters + 1; *l && a.ok; l++) {
        if (*l == 'R')
            ret->pointer_encoding = cut_u8(&a);
        else if (*l == 'L')
            (void)cut_u8(&a);
        else if (*l == 'P')
            cut_skip(&a, encoded_bytes(cut_u8(&a)));
        else if (*l == 'S')
            ret->signal = true;
        else if (*l != 'B' && *l != 'G')
            return false;
    }
    cut_skip(c, size);
    return a.ok;
}

static bool cie_read(struct elf_file *f, uint64_t at, struct cfi_entry *ret)
{
    size_t len;
    if (!entry_read(f, at, ret->cie, &len))
        return false;
    struct cut c = { .p = ret->cie, .n = len, .ok = true };
    cut_skip(&c, 4); /* id */
    uint8_t version = cut_u8(&c);
    const char *letters = (const char *)c.p;
    const uint8_t *nul = c.ok ? memchr(c.p, '\0', c.n) : NULL;
    if (!nul || (version != 1 && version != 3))
        return false;
    cut_skip(&c, (uint64_t)(nul - c.p) + 1);
    ret->code_align = cut_leb(&c);
    ret->data_align = cut_sleb(&c);
    ret->ra = version == 1 ? cut_u8(&c) : cut_leb(&c);
    if (!augmentation_read(&c, letters, ret))
        return false;
    ret->first = c;
    return c.ok && encoded_bytes(ret->pointer_encoding) > 0 && instructions_check(&c, ret->pointer_encoding);
}

static bool fde_read(struct elf_file *f, uint64_t at, struct cfi_entry *ret)
{
    size_t len;
    uint32_t back;
    if (!entry_read(f, at, ret->fde, &len))
        return false;
    memcpy(&back, ret->fde, sizeof back);
    if (back == 0 || back > at + 4 || !cie_read(f, at + 4 - back, ret))
        return false;
    struct cut c = { .p = ret->fde + 4, .n = len - 4, .ok = true };
    enum { PCREL_SDATA4 = 0x1b };
    if (ret->pointer_encoding == PCREL_SDATA4 && c.n >= 8) {
        int32_t start;
        uint32_t size;
        memcpy(&start, c.p, sizeof start);
        memcpy(&size, c.p + 4, sizeof size);
        ret->start = at + 8 + (uint64_t)(int64_t)start;
        ret->size = size;
    }
    cut_skip(&c, encoded_bytes(ret->pointer_encoding) * 2);
    if (ret->augmented)
        cut_skip(&c, cut_leb(&c));
    ret->rest = c;
    return c.ok && instructions_check(&c, ret->pointer_encoding);
}

bool cfi_read(struct elf_file *f, uint64_t header, uint64_t entries, uint64_t address, struct cfi_entry *ret)
{
    uint64_t lo = 0, hi = entries;
    int32_t row[2];
    ret->augmented = ret->signal = false;
    ret->pointer_encoding = 0;
    ret->start = ret->size = 0;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (!elf_read_address(f, header + HEADER_BYTES + mid * sizeof row, row, sizeof row))
            return false;
        if (header + (uint64_t)(int64_t)row[0] <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo > 0 && elf_read_address(f, header + HEADER_BYTES + (lo - 1) * sizeof row, row, sizeof row) &&
           fde_read(f, header + (uint64_t)(int64_t)row[1], ret);
}

bool cfi_check(struct elf_file *f, uint64_t header, uint64_t entries, uint64_t address)
{
    struct cfi_entry entry;
    return cfi_read(f, header, entries, address, &entry);
}
