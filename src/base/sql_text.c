/* sql_text.c - what an expression may look like before SQLite reads it. */
#include "base/sql.h"

bool sql_name_is_plain(const char *name)
{
    for (const char *p = name; *p; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (p > name && ((*p >= '0' && *p <= '9') || *p == '_'))))
            return false;
    }
    return name[0] != '\0';
}

bool sql_expression_check(struct span e, struct err *err)
{
    if (span_trim(e).len == 0)
        return err_set(err, ERR_VALUE, "the expression is empty");
    if (e.len > SQL_EXPRESSION_MAX)
        return err_set(err, ERR_VALUE, "the expression has %zu bytes, at most %d are allowed", e.len,
                       SQL_EXPRESSION_MAX);
    long depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < e.len; i++) {
        char c = e.ptr[i];
        char next = i + 1 < e.len ? e.ptr[i + 1] : '\0';
        if (c == '\'') {
            quoted = !quoted; /* a doubled quote leaves and enters again */
            continue;
        }
        if (quoted && c != '\0')
            continue;
        if ((unsigned char)c < 0x20 && c != '\n' && c != '\t' && c != '\r')
            return err_at_byte(err, ERR_VALUE, i, "the expression holds a control byte");
        if (strchr("\"`[];?:@$#{}\\", c))
            return err_at_byte(err, ERR_VALUE, i, "'%c' is not allowed in an expression; texts stand in single quotes",
                               c);
        if ((c == '-' && next == '-') || (c == '/' && next == '*'))
            return err_at_byte(err, ERR_VALUE, i, "comments are not allowed in an expression");
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth < 0)
            return err_at_byte(err, ERR_VALUE, i, "a closing parenthesis without an opening one");
    }
    if (quoted || depth != 0)
        return err_set(err, ERR_VALUE, "an unclosed %s", quoted ? "quote" : "parenthesis");
    return true;
}
