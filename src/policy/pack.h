/* pack.h - parts of the pack reader that checking shares with it; private to policy/. */
#ifndef STET_POLICY_PACK_H
#define STET_POLICY_PACK_H

#include "base/sb.h"
#include "policy/policy.h"

enum { PACK_FIELDS = 7 };

struct pack_row {
    uint64_t line;                  /* of its first line */
    struct span field[PACK_FIELDS]; /* valid until the next row */
    size_t count;                   /* PACK_FIELDS + 1: there are more */
};

struct pack_reader {
    struct span rest;
    uint64_t line;
    struct sb text;
};

bool pack_row_next(struct pack_reader *r, struct pack_row *ret);
void pack_reader_release(struct pack_reader *r);
/* One rule of a row; box is any open sandbox over all facts. Errors: ERR_MALFORMED with line and the rule's id;
 * rule->id is set all the same. */
bool pack_rule_parse(const struct pack_row *row, struct sql_sandbox *box, struct arena *a, struct policy_rule *rule,
                     struct err *err) MUST_CHECK;
/* The same with the field at fault (PACK_FIELDS: the row as a whole) and the reason alone. */
bool pack_fields_parse(const struct pack_row *row, struct sql_sandbox *box, struct arena *a, struct policy_rule *rule,
                       size_t *ret_field, struct err *err) MUST_CHECK;
/* A condition by itself: names, grammar, what SQLite allows. Errors: ERR_VALUE. */
bool pack_predicate_parse(struct span predicate, struct sql_sandbox *box, struct arena *a, struct expr *ret,
                          struct err *err) MUST_CHECK;
/* The built-in pack that has a rule of that id; NULL none. */
const char *pack_of_builtin_rule(struct span id);
/* What is wrong with a condition beside its grammar (policy_check); rule names it. */
void policy_check_condition(const struct policy_rule *rule, const struct policy_check_inputs *in,
                            struct policy_findings *ret);
/* Appends the file's text, within the size that a pack may have. */
bool policy_file_read(const char *path, struct sb *out, struct err *err) MUST_CHECK;
/* Size and encoding. */
bool policy_text_check(struct span text, struct err *err) MUST_CHECK;
/* A sandbox over all facts of the dictionary, in its order; cells NULL: all unknown. */
bool policy_sandbox_open(const struct expr_cell *cells, struct sql_sandbox **ret, struct err *err) MUST_CHECK;

#endif
