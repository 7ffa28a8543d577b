/* db.h - inside src/store: queries with their parameters in order, and writes that join the group commit. */
#ifndef STET_STORE_DB_H
#define STET_STORE_DB_H

#include "base/sql.h"
#include "store/store.h"

/* First column of every primary key. One tenant now. */
#define STORE_TENANT SPAN("main")

struct query {
    struct sql_stmt *st;
    int at; /* parameters bound so far */
};

/* Prepares and binds the tenant as $1. */
bool query_open(struct sql *db, const char *text, struct query *ret, struct err *err) MUST_CHECK;
void query_closep(struct query *q);
void query_text(struct query *q, struct span v);
void query_blob(struct query *q, struct span v);
void query_int(struct query *q, int64_t v);
void query_num(struct query *q, double v);
bool query_row(struct query *q, bool *ret_row, struct err *err) MUST_CHECK;
bool query_run(struct query *q, struct err *err) MUST_CHECK;
struct span query_col(struct query *q, struct arena *arena, int at); /* text, copied */

/* A write: runs on the writer's thread inside a savepoint of the group's transaction. */
typedef bool (*store_write_fn)(struct sql *db, void *user, struct err *err);
/* Waits until the transaction is committed. A job that fails is undone alone. */
bool store_write(struct store *s, store_write_fn fn, void *user, struct err *err) MUST_CHECK;

/* Makes the project unless it is there; for the writer's thread. */
bool store_project_ensure(struct sql *db, struct span project, int64_t now_us, struct err *err) MUST_CHECK;

/* Ends a transaction that failed; what it says about that does not matter any more. */
void store_rollback(struct sql *db);

/* migrate.c: brings the schema up to date; one transaction a migration. */
bool store_migrate(struct sql *db, int64_t now_us, struct err *err) MUST_CHECK;

#endif
