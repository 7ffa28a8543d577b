/* sql.h - SQLite behind a small surface: the store and the policy sandbox stand on it. Sole file to see sqlite3.h.
 * Times are int64 microseconds, ids text, unknown numbers NULL. A statement borrows its connection. */
#ifndef STET_BASE_SQL_H
#define STET_BASE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct sql;      /* one connection, one thread at a time */
struct sql_stmt; /* one prepared statement */

/* Opens or creates a file database (WAL, foreign keys on, STRICT is the schema's business).
 * Errors: ERR_STORE, ERR_IO; of all calls also ERR_BUSY, ERR_DISK_FULL, ERR_CONFLICT
 * (a constraint was broken), ERR_LIMIT. Names that begin with "file:" are refused. */
bool sql_open(const char *path, bool read_only, struct sql **ret, struct err *err) MUST_CHECK;
bool sql_open_memory(struct sql **ret, struct err *err) MUST_CHECK;
void sql_close(struct sql *db); /* NULL is fine */
void sql_closep(struct sql **db);
bool sql_exec(struct sql *db, const char *text, struct err *err) MUST_CHECK; /* may hold several statements */

bool sql_prepare(struct sql *db, const char *text, struct sql_stmt **ret, struct err *err) MUST_CHECK;
void sql_finish(struct sql_stmt *st); /* NULL is fine */
void sql_finishp(struct sql_stmt **st);
bool sql_reset(struct sql_stmt *st, struct err *err);
/* Parameters count from 1, columns from 0; text and blobs are copied. */
void sql_bind_text(struct sql_stmt *st, int at, struct span v);
void sql_bind_blob(struct sql_stmt *st, int at, struct span v);
void sql_bind_int(struct sql_stmt *st, int at, int64_t v);
void sql_bind_num(struct sql_stmt *st, int at, double v); /* NaN binds NULL */
void sql_bind_null(struct sql_stmt *st, int at);
/* One step. *ret_row tells whether a row stands ready. */
bool sql_step(struct sql_stmt *st, bool *ret_row, struct err *err) MUST_CHECK;
/* A statement without rows. */
bool sql_run(struct sql_stmt *st, struct err *err) MUST_CHECK;
int64_t sql_changes(struct sql *db);
bool sql_col_null(struct sql_stmt *st, int at);
int64_t sql_col_int(struct sql_stmt *st, int at);
double sql_col_num(struct sql_stmt *st, int at);       /* NULL reads NaN */
struct span sql_col_text(struct sql_stmt *st, int at); /* borrowed until the next step */
struct span sql_col_blob(struct sql_stmt *st, int at);

/* --- the locked-down connection for policies: one table f of one row, boolean expressions over its columns --- */

struct sql_fact {
    const char *name; /* [a-z][a-z0-9_]* */
    bool is_text;
    double num;       /* NaN = NULL */
    struct span text; /* ptr NULL = NULL */
};

enum sql_truth { SQL_FALSE = 0, SQL_TRUE = 1, SQL_NULL = 2 };

struct sql_sandbox;   /* one thread at a time */
struct sql_predicate; /* one prepared expression; borrows its sandbox */

/* Makes f with one row from facts, then locks: f has no way to be written by SQL, and authorizer, limits and progress
 * budget refuse everything but the expression itself. Names must outlive the sandbox; texts are copied.
 * Errors: ERR_STORE, ERR_VALUE (a name that is no plain word). */
bool sql_sandbox_open(const struct sql_fact *facts, size_t n, struct sql_sandbox **ret, struct err *err) MUST_CHECK;
void sql_sandbox_close(struct sql_sandbox *s); /* NULL is fine; finish the predicates first */
void sql_sandbox_closep(struct sql_sandbox **s);
/* Changes one cell of the row, for distances and what-ifs: prepared predicates see it at their next evaluation.
 * column = index in the facts of sql_sandbox_open. The kind of a cell never changes. */
void sql_sandbox_set_num(struct sql_sandbox *s, size_t column, double num);
void sql_sandbox_set_text(struct sql_sandbox *s, size_t column, struct span text);

/* Refuses what has no place in an expression: other quotes than single ones (they would turn misspelt names into texts,
 * or names into other names), comments, parameters, several statements, a parenthesis too many. sql_predicate_new calls
 * it. Errors: ERR_VALUE with the byte. */
enum { SQL_EXPRESSION_MAX = 4000 };
bool sql_expression_check(struct span expression, struct err *err) MUST_CHECK;
bool sql_name_is_plain(const char *name); /* [a-z][a-z0-9_]* */

/* Prepares `SELECT (expression) FROM f`. Errors: ERR_VALUE with the reason (unknown column, forbidden SQL, quotes). */
bool sql_predicate_new(struct sql_sandbox *s, struct span expression, struct sql_predicate **ret,
                       struct err *err) MUST_CHECK;
void sql_predicate_free(struct sql_predicate *p); /* NULL is fine */
void sql_predicate_freep(struct sql_predicate **p);
/* Errors: ERR_VALUE (the result is neither 0, 1 nor NULL; the budget is spent; arithmetic overflow). */
bool sql_predicate_eval(struct sql_predicate *p, enum sql_truth *ret, struct err *err) MUST_CHECK;
/* Columns that it reads, as indices in the facts of sql_sandbox_open, ascending; *ret_count of them. */
const uint16_t *sql_predicate_columns(const struct sql_predicate *p, size_t *ret_count);

/* Both of the above for one use. */
bool sql_sandbox_eval(struct sql_sandbox *s, struct span expression, enum sql_truth *ret, struct err *err) MUST_CHECK;

#endif
