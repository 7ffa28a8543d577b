/* Spec: DWARF 5, 6.4.2 and 6.4.3; .eh_frame of the LSB. Differs from libunwind in nothing that it answers: rules that it
 * does not know make the row CFI_ROW_OTHER. */
#include "symbol/cfi_row.h"

#include <string.h>

#include "symbol/cfi_check.h"

enum { REG_FP = 6, REG_SP = 7, REG_RA = 16, REGS = 17, STATES = 8, ALIGN_MAX = 256, OFFSET_MAX = 1 << 30 };

enum rule { RULE_SAME, RULE_OFFSET, RULE_UNDEFINED, RULE_REGISTER };

struct state {
    uint64_t base; /* register of the CFA */
    int64_t cfa;
    int64_t offset[REGS];
    uint8_t rule[REGS];
    bool plt; /* the expression of a procedure linkage table instead */
};

struct machine {
    const struct cfi_entry *entry;
    uint64_t at, address;
    struct state now, initial, kept[STATES];
    unsigned depth;
    bool other; /* something that is not known here */
};

static void set(struct machine *m, uint64_t reg, enum rule rule, int64_t offset)
{
    if (reg >= REGS)
        return; /* vector registers and such: nothing hangs on them */
    m->now.rule[reg] = (uint8_t)rule;
    m->now.offset[reg] = offset;
}

static void restore(struct machine *m, uint64_t reg)
{
    if (reg < REGS)
        set(m, reg, (enum rule)m->initial.rule[reg], m->initial.offset[reg]);
}

static int64_t scaled(const struct machine *m, int64_t value)
{
    return value > -OFFSET_MAX && value < OFFSET_MAX ? value * m->entry->data_align : OFFSET_MAX;
}

static void advance(struct machine *m, uint64_t delta)
{
    m->at += delta * m->entry->code_align;
}

static uint64_t fixed(struct cut *c, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)cut_u8(c) << (8 * i);
    return v;
}

static void cfa(struct machine *m, uint64_t base, int64_t offset)
{
    m->now.base = base;
    m->now.cfa = offset;
    m->now.plt = false;
}

/* What linkers write for .plt: 8 above the stack pointer, 16 from the eleventh byte of each entry of 16 on. */
static void cfa_expression(struct machine *m, struct cut *c)
{
    static const uint8_t plt[] = { 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22 };
    uint64_t len = cut_leb(c);
    if (!c->ok || len != sizeof plt || c->n < len || memcmp(c->p, plt, sizeof plt) != 0)
        m->other = true;
    m->now.plt = true;
    cut_skip(c, len);
}

static void state_keep(struct machine *m)
{
    if (m->depth == STATES)
        m->other = true;
    else
        m->kept[m->depth++] = m->now;
}

static void state_restore(struct machine *m)
{
    if (m->depth == 0)
        m->other = true;
    else
        m->now = m->kept[--m->depth];
}

static void two_operands(struct machine *m, struct cut *c, uint8_t op)
{
    uint64_t reg = cut_leb(c);
    switch (op) {
    case 0x05: /* offset_extended */
        set(m, reg, RULE_OFFSET, scaled(m, (int64_t)cut_leb(c)));
        break;
    case 0x11: /* offset_extended_sf */
        set(m, reg, RULE_OFFSET, scaled(m, cut_sleb(c)));
        break;
    case 0x09: /* register */
        set(m, reg, RULE_REGISTER, 0);
        (void)cut_leb(c);
        break;
    case 0x0c: /* def_cfa */
        cfa(m, reg, (int64_t)cut_leb(c));
        break;
    default:
        m->other = true;
    }
}

static void extended(struct machine *m, struct cut *c, uint8_t op)
{
    switch (op) {
    case 0x00: /* nop */
        break;
    case 0x02: /* advance_loc1, 2, 4 */
    case 0x03:
    case 0x04:
        advance(m, fixed(c, 1u << (op - 2)));
        break;
    case 0x06: /* restore_extended */
        restore(m, cut_leb(c));
        break;
    case 0x07: /* undefined */
        set(m, cut_leb(c), RULE_UNDEFINED, 0);
        break;
    case 0x08: /* same_value */
        set(m, cut_leb(c), RULE_SAME, 0);
        break;
    case 0x0a:
        state_keep(m);
        break;
    case 0x0b:
        state_restore(m);
        break;
    case 0x0d: /* def_cfa_register */
        m->other = m->other || m->now.plt;
        m->now.base = cut_leb(c);
        break;
    case 0x0e: /* def_cfa_offset */
        m->other = m->other || m->now.plt;
        m->now.cfa = (int64_t)cut_leb(c);
        break;
    case 0x0f:
        cfa_expression(m, c);
        break;
    case 0x2e: /* GNU args_size */
        (void)cut_leb(c);
        break;
    default:
        two_operands(m, c, op);
    }
}

static void run(struct machine *m, struct cut c)
{
    while (c.n > 0 && c.ok && !m->other && m->at <= m->address) {
        uint8_t op = cut_u8(&c);
        uint8_t low = op & 0x3f;
        if (op >> 6 == 1)
            advance(m, low);
        else if (op >> 6 == 2)
            set(m, low, RULE_OFFSET, scaled(m, (int64_t)cut_leb(&c)));
        else if (op >> 6 == 3)
            restore(m, low);
        else
            extended(m, &c, op);
    }
    m->other = m->other || !c.ok;
}

static void row_make(const struct machine *m, struct cfi_row *ret)
{
    const struct state *s = &m->now;
    int64_t offset = s->plt ? ((m->address & 15) >= 11 ? 16 : 8) : s->cfa;
    if (m->other || s->rule[REG_SP] != RULE_SAME || (!s->plt && s->base != REG_SP && s->base != REG_FP) ||
        offset <= -OFFSET_MAX || offset >= OFFSET_MAX)
        return;
    if (s->rule[REG_RA] != RULE_UNDEFINED && (s->rule[REG_RA] != RULE_OFFSET || s->offset[REG_RA] != -8))
        return;
    ret->from_fp = !s->plt && s->base == REG_FP;
    ret->cfa = (int32_t)offset;
    ret->fp_rule = CFI_FP_LOST;
    if (s->rule[REG_FP] == RULE_SAME)
        ret->fp_rule = CFI_FP_SAME;
    if (s->rule[REG_FP] == RULE_OFFSET && s->offset[REG_FP] > -OFFSET_MAX && s->offset[REG_FP] < OFFSET_MAX) {
        ret->fp_rule = CFI_FP_SAVED;
        ret->fp = (int32_t)s->offset[REG_FP];
    }
    ret->kind = s->rule[REG_RA] == RULE_UNDEFINED ? CFI_ROW_OUTERMOST : CFI_ROW_FRAME;
}

void cfi_row_find(struct elf_file *f, uint64_t header, uint64_t entries, uint64_t address, struct cfi_row *ret)
{
    struct cfi_entry e;
    *ret = (struct cfi_row){ .kind = CFI_ROW_OTHER };
    if (!cfi_read(f, header, entries, address, &e) || e.signal || e.ra != REG_RA || address < e.start ||
        address - e.start >= e.size || e.data_align < -ALIGN_MAX || e.data_align > ALIGN_MAX)
        return;
    struct machine m = { .entry = &e, .at = address, .address = address };
    run(&m, e.first);
    m.initial = m.now;
    m.at = e.start;
    run(&m, e.rest);
    row_make(&m, ret);
}
