#include "base/regex.h"

#include <stdlib.h>
#include <string.h>

enum op { OP_BYTE, OP_ANY, OP_SET, OP_BEGIN, OP_END, OP_SPLIT, OP_MATCH, OP_CONCAT, OP_ALT, OP_STAR, OP_PLUS, OP_QUEST };

struct set {
    unsigned char bits[32];
};

struct token {
    enum op op;
    unsigned char byte;
    uint16_t set;
};

struct state {
    enum op op;
    unsigned char byte;
    uint16_t set;
    uint16_t out, out1; /* while building, ends of a list of dangling outs */
};

enum { TOKENS_MAX = 2 * REGEX_PATTERN_MAX + 2, STATES_MAX = 2 * REGEX_PATTERN_MAX + 4, NONE = 0xffff, GROUPS_MAX = 40 };

struct regex {
    struct state states[STATES_MAX];
    struct set sets[REGEX_PATTERN_MAX];
    uint16_t count, start;
    bool fold;
    uint32_t mark[STATES_MAX], round;
    uint16_t now[STATES_MAX], next[STATES_MAX], stack[STATES_MAX * 2];
};

/* --- reading the pattern, into postfix --- */

struct reading {
    struct regex *r;
    struct span text;
    size_t at;
    struct token tokens[TOKENS_MAX];
    size_t count;
    uint16_t sets;
    struct {
        unsigned alternatives, atoms;
    } groups[GROUPS_MAX], open;
    size_t depth;
    struct err *err;
};

static bool refuse(struct reading *k, const char *what)
{
    return err_set(k->err, ERR_VALUE, "regular expression, byte %zu: %s", k->at + 1, what);
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

static void set_add(struct set *s, unsigned char c)
{
    s->bits[c >> 3] = (unsigned char)(s->bits[c >> 3] | 1u << (c & 7));
}

static bool set_has(const struct set *s, unsigned char c)
{
    return (s->bits[c >> 3] >> (c & 7) & 1) != 0;
}

/* \d, \w, \s and their opposites; false for any other letter. */
static bool set_class(struct set *s, unsigned char name)
{
    for (unsigned c = 0; c < 256; c++) {
        bool digit = c >= '0' && c <= '9';
        bool word = digit || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool space = c == ' ' || (c >= '\t' && c <= '\r');
        bool in = lower(name) == 'd' ? digit : lower(name) == 'w' ? word : space;
        if (in != (name == 'D' || name == 'W' || name == 'S'))
            set_add(s, (unsigned char)c);
    }
    return lower(name) == 'd' || lower(name) == 'w' || lower(name) == 's';
}

static void emit(struct reading *k, enum op op, unsigned char byte, uint16_t set)
{
    k->tokens[k->count++] = (struct token){ op, byte, set };
}

/* An atom is about to follow. */
static void before_atom(struct reading *k)
{
    if (k->open.atoms > 1) {
        k->open.atoms--;
        emit(k, OP_CONCAT, 0, 0);
    }
    k->open.atoms++;
}

static bool is_class_letter(unsigned char c)
{
    return c == 'd' || c == 'w' || c == 's' || c == 'D' || c == 'W' || c == 'S';
}

static bool set_member(struct reading *k, struct set *s)
{
    unsigned char c = (unsigned char)k->text.ptr[k->at++];
    if (c == '\\' && k->at < k->text.len) {
        c = (unsigned char)k->text.ptr[k->at++];
        if (is_class_letter(c))
            return set_class(s, c);
    }
    unsigned char last = c;
    if (k->at + 1 < k->text.len && k->text.ptr[k->at] == '-' && k->text.ptr[k->at + 1] != ']') {
        last = (unsigned char)k->text.ptr[k->at + 1];
        k->at += 2;
        if (last == '\\' && k->at < k->text.len)
            last = (unsigned char)k->text.ptr[k->at++];
    }
    if (last < c)
        return refuse(k, "a range of a set runs backwards");
    for (unsigned x = c; x <= last; x++) {
        set_add(s, (unsigned char)x);
        if (k->r->fold && x >= 'A' && x <= 'Z')
            set_add(s, (unsigned char)(x + 32));
    }
    return true;
}

/* Behind '['. Texts are folded to small letters, so sets hold those. */
static bool read_set(struct reading *k)
{
    struct set *s = &k->r->sets[k->sets];
    bool negated = k->at < k->text.len && k->text.ptr[k->at] == '^';
    k->at += negated;
    size_t from = k->at;
    while (k->at < k->text.len && (k->text.ptr[k->at] != ']' || k->at == from)) {
        if (!set_member(k, s))
            return false;
    }
    if (k->at >= k->text.len)
        return refuse(k, "a set is not closed; want ]");
    k->at++;
    for (size_t i = 0; negated && i < sizeof s->bits; i++)
        s->bits[i] = (unsigned char)~s->bits[i];
    before_atom(k);
    emit(k, OP_SET, 0, k->sets++);
    return true;
}

static bool read_escape(struct reading *k)
{
    if (k->at >= k->text.len)
        return refuse(k, "nothing follows the backslash");
    unsigned char c = (unsigned char)k->text.ptr[k->at++];
    before_atom(k);
    if (is_class_letter(c)) {
        (void)set_class(&k->r->sets[k->sets], c);
        emit(k, OP_SET, 0, k->sets++);
        return true;
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return refuse(k, "this escape is not known; \\d, \\w and \\s are");
    emit(k, OP_BYTE, c, 0);
    return true;
}

static bool group_open(struct reading *k)
{
    if (k->at + 1 < k->text.len && k->text.ptr[k->at] == '?') {
        if (k->text.ptr[k->at + 1] != ':')
            return refuse(k, "of the groups with ? only (?: is known");
        k->at += 2;
    }
    if (k->depth == GROUPS_MAX)
        return refuse(k, "too many groups inside each other");
    if (k->open.atoms > 1) {
        k->open.atoms--;
        emit(k, OP_CONCAT, 0, 0);
    }
    k->groups[k->depth].alternatives = k->open.alternatives;
    k->groups[k->depth++].atoms = k->open.atoms;
    k->open.alternatives = k->open.atoms = 0;
    return true;
}

static bool part_end(struct reading *k)
{
    if (k->open.atoms == 0)
        return refuse(k, "something is missing before it");
    while (--k->open.atoms > 0)
        emit(k, OP_CONCAT, 0, 0);
    return true;
}

static bool group_close(struct reading *k)
{
    if (k->depth == 0)
        return refuse(k, "no group is open");
    if (!part_end(k))
        return false;
    for (; k->open.alternatives > 0; k->open.alternatives--)
        emit(k, OP_ALT, 0, 0);
    k->depth--;
    k->open.alternatives = k->groups[k->depth].alternatives;
    k->open.atoms = k->groups[k->depth].atoms + 1;
    return true;
}

static bool repeat(struct reading *k, enum op op)
{
    if (k->open.atoms == 0)
        return refuse(k, "nothing to repeat before it");
    emit(k, op, 0, 0);
    /* Whether anything matches does not depend on greed. */
    k->at += k->at < k->text.len && k->text.ptr[k->at] == '?';
    if (k->at < k->text.len && (k->text.ptr[k->at] == '*' || k->text.ptr[k->at] == '+'))
        return refuse(k, "nothing to repeat before it");
    return true;
}

static bool read_one(struct reading *k)
{
    unsigned char c = (unsigned char)k->text.ptr[k->at++];
    switch (c) {
    case '(':
        return group_open(k);
    case ')':
        return group_close(k);
    case '|':
        k->open.alternatives++;
        return part_end(k);
    case '*':
        return repeat(k, OP_STAR);
    case '+':
        return repeat(k, OP_PLUS);
    case '?':
        return repeat(k, OP_QUEST);
    case '[':
        return read_set(k);
    case '\\':
        return read_escape(k);
    case '{':
        return refuse(k, "counts are not known; write the repetition out, or \\{ for the character");
    default:
        break;
    }
    before_atom(k);
    enum op op = c == '.' ? OP_ANY : c == '^' ? OP_BEGIN : c == '$' ? OP_END : OP_BYTE;
    emit(k, op, k->r->fold ? lower(c) : c, 0);
    return true;
}

static bool read_all(struct reading *k)
{
    while (k->at < k->text.len) {
        if (!read_one(k))
            return false;
    }
    if (k->depth > 0)
        return refuse(k, "a group is not closed; want )");
    if (!part_end(k))
        return false;
    for (; k->open.alternatives > 0; k->open.alternatives--)
        emit(k, OP_ALT, 0, 0);
    return true;
}

/* --- building the automaton --- */

struct fragment {
    uint16_t start, dangling; /* list: state * 2 + which out, linked through the outs themselves */
};

static uint16_t *out_of(struct regex *r, uint16_t ref)
{
    return ref & 1 ? &r->states[ref >> 1].out1 : &r->states[ref >> 1].out;
}

static void patch(struct regex *r, uint16_t list, uint16_t to)
{
    while (list != NONE) {
        uint16_t *out = out_of(r, list);
        list = *out;
        *out = to;
    }
}

static uint16_t append(struct regex *r, uint16_t a, uint16_t b)
{
    uint16_t at = a;
    while (*out_of(r, at) != NONE)
        at = *out_of(r, at);
    *out_of(r, at) = b;
    return a;
}

static uint16_t state_add(struct regex *r, struct state s)
{
    r->states[r->count] = s;
    return r->count++;
}

static struct fragment repeated(struct regex *r, enum op op, struct fragment e)
{
    uint16_t s = state_add(r, (struct state){ .op = OP_SPLIT, .out = e.start, .out1 = NONE });
    uint16_t skip = (uint16_t)(s * 2 + 1);
    if (op == OP_QUEST)
        return (struct fragment){ s, append(r, e.dangling, skip) };
    patch(r, e.dangling, s);
    return (struct fragment){ op == OP_STAR ? s : e.start, skip };
}

static void build(struct regex *r, const struct token *tokens, size_t n)
{
    struct fragment stack[TOKENS_MAX];
    size_t top = 0;
    for (size_t i = 0; i < n; i++) {
        const struct token *t = &tokens[i];
        if (t->op == OP_CONCAT) {
            top--;
            patch(r, stack[top - 1].dangling, stack[top].start);
            stack[top - 1].dangling = stack[top].dangling;
        } else if (t->op == OP_ALT) {
            top--;
            uint16_t s = state_add(
                r, (struct state){ .op = OP_SPLIT, .out = stack[top - 1].start, .out1 = stack[top].start });
            stack[top - 1] = (struct fragment){ s, append(r, stack[top - 1].dangling, stack[top].dangling) };
        } else if (t->op == OP_STAR || t->op == OP_PLUS || t->op == OP_QUEST) {
            stack[top - 1] = repeated(r, t->op, stack[top - 1]);
        } else {
            uint16_t s =
                state_add(r, (struct state){ .op = t->op, .byte = t->byte, .set = t->set, .out = NONE, .out1 = NONE });
            stack[top++] = (struct fragment){ s, (uint16_t)(s * 2) };
        }
    }
    uint16_t match = state_add(r, (struct state){ .op = OP_MATCH, .out = NONE, .out1 = NONE });
    patch(r, stack[0].dangling, match);
    r->start = stack[0].start;
}

bool regex_compile(struct span pattern, bool fold, struct regex **ret, struct err *err)
{
    if (pattern.len == 0 || pattern.len > REGEX_PATTERN_MAX)
        return err_set(err, ERR_VALUE, "regular expression: want 1 to %d bytes", REGEX_PATTERN_MAX);
    struct regex *r = xcalloc(1, sizeof *r);
    struct reading *k = xcalloc(1, sizeof *k);
    r->fold = fold;
    k->r = r;
    k->text = pattern;
    k->err = err;
    bool ok = read_all(k);
    if (ok)
        build(r, k->tokens, k->count);
    free(k);
    if (ok)
        *ret = r;
    else
        free(r);
    return ok;
}

void regex_free(struct regex *r)
{
    free(r);
}

/* --- matching --- */

/* Follows what takes no byte; true when the end is reached. */
static bool follow(struct regex *r, uint16_t from, bool begin, bool end, uint16_t *list, size_t *n)
{
    size_t top = 0;
    r->stack[top++] = from;
    while (top > 0) {
        uint16_t s = r->stack[--top];
        if (r->mark[s] == r->round)
            continue;
        r->mark[s] = r->round;
        const struct state *x = &r->states[s];
        if (x->op == OP_MATCH)
            return true;
        if (x->op == OP_SPLIT) {
            r->stack[top++] = x->out1;
            r->stack[top++] = x->out;
        } else if (x->op == OP_BEGIN || x->op == OP_END) {
            if (x->op == OP_BEGIN ? begin : end)
                r->stack[top++] = x->out;
        } else {
            list[(*n)++] = s;
        }
    }
    return false;
}

static bool takes(const struct regex *r, const struct state *s, unsigned char c)
{
    return s->op == OP_ANY || (s->op == OP_BYTE && s->byte == c) || (s->op == OP_SET && set_has(&r->sets[s->set], c));
}

bool regex_search(struct regex *r, struct span text)
{
    size_t n = 0;
    r->round = 0;
    memset(r->mark, 0, sizeof r->mark);
    for (size_t i = 0; i <= text.len; i++) {
        bool end = i == text.len;
        size_t next = 0;
        /* A match may begin anywhere. */
        r->round++;
        for (size_t k = 0; k < n; k++) {
            if (follow(r, r->now[k], i == 0, end, r->next, &next))
                return true;
        }
        if (follow(r, r->start, i == 0, end, r->next, &next))
            return true;
        n = 0;
        unsigned char c = end ? 0 : (unsigned char)text.ptr[i];
        for (size_t k = 0; k < next && !end; k++) {
            const struct state *s = &r->states[r->next[k]];
            if (takes(r, s, r->fold ? lower(c) : c))
                r->now[n++] = s->out;
        }
    }
    return false;
}
