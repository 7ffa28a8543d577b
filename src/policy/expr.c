/* expr.c - reading predicates: operator precedence as in SQLite, depth bounded by EXPR_DEPTH. */
#include "policy/expr.h"

#include <stdlib.h>

enum { EXPR_DEPTH = 64, EXPR_READS_MAX = 64 };

enum token_kind { TOK_END, TOK_NUM, TOK_TEXT, TOK_WORD, TOK_SIGN, TOK_BAD };

struct token {
    enum token_kind kind;
    struct span text; /* of texts: without the quotes */
};

struct parser {
    struct span in;
    size_t at; /* behind the current token */
    struct token tok;
    struct expr_node *nodes;
    uint32_t count;
    struct expr_read *reads;
    uint32_t read_count;
    unsigned depth;
    unsigned coalesce; /* COALESCE calls around the place */
    bool opaque;
};

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t number_end(struct span s, size_t i)
{
    while (i < s.len && (is_digit(s.ptr[i]) || s.ptr[i] == '.'))
        i++;
    if (i + 1 < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        size_t sign = s.ptr[i + 1] == '+' || s.ptr[i + 1] == '-';
        if (i + 1 + sign < s.len && is_digit(s.ptr[i + 1 + sign])) {
            i += 1 + sign;
            while (i < s.len && is_digit(s.ptr[i]))
                i++;
        }
    }
    return i;
}

static size_t sign_length(struct span s, size_t i)
{
    static const char *const two[] = { "<=", ">=", "<>", "!=", "==" };
    for (size_t k = 0; k < ARRAY_LEN(two); k++) {
        if (span_starts(span_from(s, i), span_of(two[k])))
            return 2;
    }
    return 1;
}

static void advance(struct parser *p)
{
    struct span s = p->in;
    size_t i = p->at;
    while (i < s.len && strchr(" \t\r\n", s.ptr[i]) && s.ptr[i] != '\0')
        i++;
    size_t from = i;
    if (i >= s.len) {
        p->tok = (struct token){ .kind = TOK_END, .text = span_from(s, s.len) };
    } else if (is_digit(s.ptr[i]) || (s.ptr[i] == '.' && i + 1 < s.len && is_digit(s.ptr[i + 1]))) {
        i = number_end(s, i);
        p->tok = (struct token){ .kind = TOK_NUM, .text = span_sub(s, from, i - from) };
    } else if (is_word_byte(s.ptr[i])) {
        while (i < s.len && is_word_byte(s.ptr[i]))
            i++;
        p->tok = (struct token){ .kind = TOK_WORD, .text = span_sub(s, from, i - from) };
    } else if (s.ptr[i] == '\'') {
        size_t end = span_chr(s, i + 1, '\'');
        bool doubled = end + 1 < s.len && s.ptr[end + 1] == '\'';
        p->tok = (struct token){ .kind = end < s.len && !doubled ? TOK_TEXT : TOK_BAD,
                                 .text = span_sub(s, i + 1, end - i - 1) };
        i = end < s.len ? end + 1 : s.len;
    } else {
        i += sign_length(s, i);
        p->tok = (struct token){ .kind = TOK_SIGN, .text = span_sub(s, from, i - from) };
    }
    p->at = i;
}

static bool word_is(struct span w, const char *upper)
{
    size_t n = strlen(upper);
    if (w.len != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = w.ptr[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c != upper[i])
            return false;
    }
    return true;
}

static bool take_word(struct parser *p, const char *upper)
{
    if (p->tok.kind != TOK_WORD || !word_is(p->tok.text, upper))
        return false;
    advance(p);
    return true;
}

static bool take_sign(struct parser *p, const char *sign)
{
    if (p->tok.kind != TOK_SIGN || !span_is(p->tok.text, sign))
        return false;
    advance(p);
    return true;
}

/* Gives up on explaining: the rest of the text may be anything that SQLite takes. */
static uint16_t give_up(struct parser *p)
{
    p->opaque = true;
    p->tok.kind = TOK_END;
    p->at = p->in.len;
    return 0;
}

static uint16_t node_add(struct parser *p, struct expr_node node)
{
    if (p->count >= EXPR_NODES_MAX)
        return give_up(p);
    p->nodes[p->count] = node;
    return (uint16_t)p->count++;
}

static uint16_t node_two(struct parser *p, enum expr_op op, uint16_t a, uint16_t b)
{
    return node_add(p, (struct expr_node){ .op = op, .args = { a, b }, .arg_count = 2 });
}

static uint16_t node_one(struct parser *p, enum expr_op op, uint16_t a)
{
    return node_add(p, (struct expr_node){ .op = op, .args = { a }, .arg_count = 1 });
}

static void read_add(struct parser *p, enum fact_id fact)
{
    struct expr_read *r = NULL;
    for (uint32_t i = 0; i < p->read_count; i++) {
        if (p->reads[i].fact == fact)
            r = &p->reads[i];
    }
    if (!r && p->read_count < EXPR_READS_MAX) {
        r = &p->reads[p->read_count++];
        *r = (struct expr_read){ .fact = fact };
    }
    if (r && p->coalesce == 0)
        r->plain = true;
}

static uint16_t parse_or(struct parser *p);

static bool parse_list(struct parser *p, struct expr_node *node)
{
    do {
        if (node->arg_count >= EXPR_ARGS_MAX)
            return false;
        node->args[node->arg_count++] = parse_or(p);
    } while (!p->opaque && take_sign(p, ","));
    return !p->opaque && take_sign(p, ")");
}

static uint16_t parse_call(struct parser *p, struct span name)
{
    static const struct {
        const char *name;
        enum expr_op op;
        uint8_t least, most;
    } calls[] = {
        { "COALESCE", EXPR_COALESCE, 2, 8 }, { "IFNULL", EXPR_COALESCE, 2, 2 }, { "NULLIF", EXPR_NULLIF, 2, 2 },
        { "ABS", EXPR_ABS, 1, 1 },           { "MIN", EXPR_MIN, 2, 8 },         { "MAX", EXPR_MAX, 2, 8 },
        { "ROUND", EXPR_ROUND, 1, 2 },
    };
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (!word_is(name, calls[i].name))
            continue;
        struct expr_node node = { .op = calls[i].op };
        bool coalesce = node.op == EXPR_COALESCE;
        p->coalesce += coalesce;
        bool fine = parse_list(p, &node);
        p->coalesce -= coalesce;
        if (!fine || node.arg_count < calls[i].least || node.arg_count > calls[i].most)
            return give_up(p);
        return node_add(p, node);
    }
    return give_up(p);
}

static uint16_t parse_word(struct parser *p, struct span word)
{
    enum fact_id fact;
    if (word_is(word, "NULL"))
        return node_add(p, (struct expr_node){ .op = EXPR_NULL });
    if (take_sign(p, "("))
        return parse_call(p, word);
    if (!fact_find(word, &fact))
        return give_up(p); /* a keyword of SQL; names were looked at before */
    read_add(p, fact);
    return node_add(p, (struct expr_node){ .op = EXPR_FACT, .fact = fact, .text = word });
}

static uint16_t parse_operand(struct parser *p)
{
    struct token tok = p->tok;
    if (take_sign(p, "(")) {
        uint16_t inner = parse_or(p);
        return take_sign(p, ")") ? inner : give_up(p);
    }
    if (tok.kind == TOK_NUM) {
        struct expr_node node = { .op = EXPR_NUM, .text = tok.text };
        advance(p);
        return span_to_double(tok.text, &node.num) ? node_add(p, node) : give_up(p);
    }
    if (tok.kind == TOK_TEXT) {
        advance(p);
        return node_add(p, (struct expr_node){ .op = EXPR_TEXT, .text = tok.text });
    }
    if (tok.kind != TOK_WORD)
        return give_up(p);
    advance(p);
    return parse_word(p, tok.text);
}

static uint16_t parse_primary(struct parser *p)
{
    bool negative = false;
    while (take_sign(p, "-"))
        negative = !negative;
    uint16_t node = parse_operand(p);
    return negative ? node_one(p, EXPR_NEG, node) : node;
}

static uint16_t parse_product(struct parser *p)
{
    uint16_t left = parse_primary(p);
    while (!p->opaque) {
        if (take_sign(p, "*"))
            left = node_two(p, EXPR_MUL, left, parse_primary(p));
        else if (take_sign(p, "/"))
            left = node_two(p, EXPR_DIV, left, parse_primary(p));
        else
            break;
    }
    return left;
}

static uint16_t parse_sum(struct parser *p)
{
    uint16_t left = parse_product(p);
    while (!p->opaque) {
        if (take_sign(p, "+"))
            left = node_two(p, EXPR_ADD, left, parse_product(p));
        else if (take_sign(p, "-"))
            left = node_two(p, EXPR_SUB, left, parse_product(p));
        else
            break;
    }
    return left;
}

static uint16_t parse_order(struct parser *p)
{
    static const struct {
        const char *sign;
        enum expr_op op;
    } signs[] = { { "<=", EXPR_LE }, { ">=", EXPR_GE }, { "<", EXPR_LT }, { ">", EXPR_GT } };
    uint16_t left = parse_sum(p);
    for (size_t i = 0; i < ARRAY_LEN(signs) && !p->opaque; i++) {
        if (take_sign(p, signs[i].sign)) {
            left = node_two(p, signs[i].op, left, parse_sum(p));
            i = (size_t)-1;
        }
    }
    return left;
}

/* Marks the facts below an IS: being unknown is a value there. */
static void mark_tested(struct parser *p, uint16_t node)
{
    if (p->opaque || p->nodes[node].op != EXPR_FACT)
        return;
    for (uint32_t i = 0; i < p->read_count; i++) {
        if (p->reads[i].fact == p->nodes[node].fact)
            p->reads[i].is_tested = true;
    }
}

static uint16_t parse_in(struct parser *p, uint16_t left, bool negated)
{
    struct expr_node node = { .op = EXPR_IN, .args = { left }, .arg_count = 1 };
    if (!take_sign(p, "(") || !parse_list(p, &node))
        return give_up(p);
    uint16_t in = node_add(p, node);
    return negated ? node_one(p, EXPR_NOT, in) : in;
}

static uint16_t parse_between(struct parser *p, uint16_t left, bool negated)
{
    struct expr_node node = { .op = EXPR_BETWEEN, .args = { left }, .arg_count = 3 };
    node.args[1] = parse_order(p);
    if (!take_word(p, "AND"))
        return give_up(p);
    node.args[2] = parse_order(p);
    uint16_t between = node_add(p, node);
    return negated ? node_one(p, EXPR_NOT, between) : between;
}

static uint16_t parse_equal(struct parser *p)
{
    uint16_t left = parse_order(p);
    while (!p->opaque) {
        if (take_sign(p, "=") || take_sign(p, "==")) {
            left = node_two(p, EXPR_EQ, left, parse_order(p));
        } else if (take_sign(p, "<>") || take_sign(p, "!=")) {
            left = node_two(p, EXPR_NE, left, parse_order(p));
        } else if (take_word(p, "IS")) {
            enum expr_op op = take_word(p, "NOT") ? EXPR_IS_NOT : EXPR_IS;
            mark_tested(p, left);
            left = node_two(p, op, left, parse_order(p));
        } else if (take_word(p, "IN")) {
            left = parse_in(p, left, false);
        } else if (take_word(p, "BETWEEN")) {
            left = parse_between(p, left, false);
        } else if (take_word(p, "NOT")) {
            if (take_word(p, "IN"))
                left = parse_in(p, left, true);
            else
                left = take_word(p, "BETWEEN") ? parse_between(p, left, true) : give_up(p);
        } else {
            break;
        }
    }
    return left;
}

static uint16_t parse_not(struct parser *p)
{
    unsigned nots = 0;
    while (take_word(p, "NOT") && nots < EXPR_DEPTH)
        nots++;
    uint16_t node = parse_equal(p);
    for (; nots > 0; nots--)
        node = node_one(p, EXPR_NOT, node);
    return node;
}

static uint16_t parse_and(struct parser *p)
{
    uint16_t left = parse_not(p);
    while (!p->opaque && take_word(p, "AND"))
        left = node_two(p, EXPR_AND, left, parse_not(p));
    return left;
}

/* The only way down: every nested parenthesis or call passes here, so its bound holds for all. */
static uint16_t parse_or(struct parser *p)
{
    if (p->depth >= EXPR_DEPTH)
        return give_up(p);
    p->depth++;
    uint16_t left = parse_and(p);
    while (!p->opaque && take_word(p, "OR"))
        left = node_two(p, EXPR_OR, left, parse_and(p));
    p->depth--;
    return left;
}

static bool is_keyword(struct span w)
{
    static const char *const words[] = {
        "AND",      "OR",      "NOT",     "IN",     "IS",     "BETWEEN", "NULL",   "CASE",    "WHEN",
        "THEN",     "ELSE",    "END",     "LIKE",   "GLOB",   "CAST",    "AS",     "REAL",    "INTEGER",
        "TEXT",     "NUMERIC", "COLLATE", "NOCASE", "TRUE",   "FALSE",   "ISNULL", "NOTNULL", "ESCAPE",
        "DISTINCT", "FROM",    "SELECT",  "EXISTS", "BINARY", "RTRIM",   "WHERE",
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (word_is(w, words[i]))
            return true;
    }
    return false;
}

/* Words of SQL that have no place in a condition: named as such rather than as unknown facts. */
static bool is_statement(struct span w)
{
    static const char *const words[] = {
        "ALTER",   "ANALYZE", "ATTACH", "BEGIN",  "COMMIT", "CREATE",    "DELETE",  "DETACH",   "DROP",
        "EXPLAIN", "GROUP",   "HAVING", "INSERT", "INTO",   "INTERSECT", "JOIN",    "LIMIT",    "ORDER",
        "OVER",    "PRAGMA",  "RAISE",  "REGEXP", "MATCH",  "REINDEX",   "REPLACE", "ROLLBACK", "UNION",
        "UPDATE",  "VACUUM",  "VALUES", "WINDOW", "WITH",   "SET",       "TABLE",   "EXCEPT",   "RECURSIVE",
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (word_is(w, words[i]))
            return true;
    }
    return false;
}

/* Every word is a keyword, a function, or a fact; facts of opaque texts are collected here. */
static bool names_checked(struct parser *p, struct err *err)
{
    for (advance(p); p->tok.kind != TOK_END;) {
        struct token tok = p->tok;
        advance(p);
        bool call = p->tok.kind == TOK_SIGN && span_is(p->tok.text, "(");
        enum fact_id fact;
        if (tok.kind != TOK_WORD || call || is_keyword(tok.text) || fact_find(tok.text, &fact))
            continue;
        uint64_t byte = (uint64_t)(tok.text.ptr - p->in.ptr);
        if (is_statement(tok.text))
            return err_at_byte(err, ERR_VALUE, byte, "%.*s is not allowed: a rule is one condition over facts",
                               SPAN_FMT(tok.text));
        const char *near = fact_nearest(tok.text);
        return near ? err_at_byte(err, ERR_VALUE, byte, "unknown fact '%.*s', did you mean '%s'?",
                                  SPAN_FMT(span_sub(tok.text, 0, 60)), near)
                    : err_at_byte(err, ERR_VALUE, byte, "unknown fact '%.*s'; `stet facts` lists them",
                                  SPAN_FMT(span_sub(tok.text, 0, 60)));
    }
    return true;
}

static void opaque_reads(struct parser *p)
{
    p->read_count = 0;
    p->at = 0;
    p->coalesce = 0;
    for (advance(p); p->tok.kind != TOK_END; advance(p)) {
        enum fact_id fact;
        if (p->tok.kind == TOK_WORD && fact_find(p->tok.text, &fact))
            read_add(p, fact);
    }
}

bool expr_parse(struct span text, struct arena *a, struct expr *ret, struct err *err)
{
    struct expr_node *nodes = xcalloc(EXPR_NODES_MAX, sizeof *nodes);
    struct parser p = { .in = text, .nodes = nodes };
    p.reads = ARENA_ARRAY(a, EXPR_READS_MAX, struct expr_read);
    bool fine = names_checked(&p, err);
    if (fine) {
        p.at = 0;
        advance(&p);
        (void)parse_or(&p);
        if (p.tok.kind != TOK_END)
            (void)give_up(&p);
        if (p.opaque)
            opaque_reads(&p);
        *ret = (struct expr){ .opaque = p.opaque, .reads = p.reads, .read_count = p.read_count };
        if (!p.opaque) {
            ret->nodes = ARENA_ARRAY(a, p.count, struct expr_node);
            ret->node_count = p.count;
            memcpy(ret->nodes, nodes, p.count * sizeof *nodes);
        }
    }
    free(nodes);
    return fine;
}

static bool is_whole_number(const struct expr_node *n)
{
    return n->op == EXPR_NUM && span_chr(n->text, 0, '.') == n->text.len && span_chr(n->text, 0, 'e') == n->text.len &&
           span_chr(n->text, 0, 'E') == n->text.len;
}

bool expr_int_division(const struct expr *e, struct span *ret_at)
{
    for (uint32_t i = 0; i < e->node_count; i++) {
        const struct expr_node *n = &e->nodes[i];
        if (n->op != EXPR_DIV)
            continue;
        const struct expr_node *a = &e->nodes[n->args[0]], *b = &e->nodes[n->args[1]];
        if (is_whole_number(a) && is_whole_number(b)) {
            *ret_at = span_make(a->text.ptr, (size_t)(b->text.ptr - a->text.ptr) + b->text.len);
            return true;
        }
    }
    return false;
}
