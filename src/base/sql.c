/* sql.c - the only file that sees sqlite3.h.
 *
 * 1. A plain connection (store) opens files in WAL mode with foreign keys on; names that begin with "file:" are
 *    refused, since SQLite would read them as URIs with options.
 * 2. A sandbox (policies) is its own in-memory connection with one table `f` of one row. Once it is filled, it
 *    cannot write, attach, load, call functions outside a list of seven, nest a SELECT, or run without end.
 * https://www.sqlite.org/security.html */
#include "base/sql.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

enum { BUSY_MS = 5000 };

struct sql {
    sqlite3 *handle;
};

struct sql_stmt {
    struct sql *db;
    sqlite3_stmt *handle;
};

/* --- plain connections --- */

static bool db_failed(struct err *err, sqlite3 *handle, const char *what)
{
    int code = handle ? sqlite3_errcode(handle) : SQLITE_NOMEM;
    const char *text = handle ? sqlite3_errmsg(handle) : "out of memory";
    switch (code) {
    case SQLITE_FULL:
        return err_set(err, ERR_DISK_FULL, "%s: %s", what, text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_BUSY, "%s: %s", what, text);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return err_set(err, ERR_IO, "%s: %s", what, text);
    case SQLITE_TOOBIG:
        return err_set(err, ERR_LIMIT, "%s: %s", what, text);
    case SQLITE_CONSTRAINT:
        return err_set(err, ERR_CONFLICT, "%s: %s", what, text);
    default: /* SQLite's codes are not our enum */
        return err_set(err, ERR_STORE, "%s: %s", what, text);
    }
}

/* Misspelt columns in double quotes must not become strings; schemas may not run functions of their own. */
static bool db_harden(sqlite3 *handle, struct err *err)
{
    static const int off[] = { SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_TRUSTED_SCHEMA,
                               SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION };
    for (size_t i = 0; i < ARRAY_LEN(off); i++) {
        if (sqlite3_db_config(handle, off[i], 0, (int *)NULL) != SQLITE_OK)
            return db_failed(err, handle, "cannot configure the database");
    }
    if (sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL) != SQLITE_OK)
        return db_failed(err, handle, "cannot configure the database");
    return true;
}

static bool db_open(const char *path, int flags, struct sql **ret, struct err *err)
{
    sqlite3 *handle = NULL;
    if (sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        (void)db_failed(err, handle, "cannot open the database");
        (void)sqlite3_close_v2(handle);
        return err_wrap(err, "%s", path);
    }
    (void)sqlite3_busy_timeout(handle, BUSY_MS);
    struct sql *db = xcalloc(1, sizeof *db);
    db->handle = handle;
    if (!db_harden(handle, err)) {
        sql_close(db);
        return false;
    }
    *ret = db;
    return true;
}

bool sql_open(const char *path, bool read_only, struct sql **ret, struct err *err)
{
    if (path[0] == '\0' || strncmp(path, "file:", 5) == 0 || strcmp(path, ":memory:") == 0)
        return err_set(err, ERR_VALUE, "'%s' is not the path of a database file", path);
    struct sql *db = NULL;
    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (!db_open(path, flags, &db, err))
        return false;
    assert(db != NULL);
    const char *setup = read_only ? "PRAGMA foreign_keys = ON; PRAGMA query_only = ON"
                                  : "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON";
    if (!sql_exec(db, setup, err)) {
        sql_close(db);
        return err_wrap(err, "%s", path);
    }
    *ret = db;
    return true;
}

bool sql_open_memory(struct sql **ret, struct err *err)
{
    struct sql *db = NULL;
    if (!db_open(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY, &db, err))
        return false;
    assert(db != NULL);
    if (!sql_exec(db, "PRAGMA foreign_keys = ON", err)) {
        sql_close(db);
        return false;
    }
    *ret = db;
    return true;
}

void sql_close(struct sql *db)
{
    if (!db)
        return;
    (void)sqlite3_close_v2(db->handle);
    free(db);
}

void sql_closep(struct sql **db)
{
    sql_close(*db);
    *db = NULL;
}

bool sql_exec(struct sql *db, const char *text, struct err *err)
{
    if (sqlite3_exec(db->handle, text, NULL, NULL, NULL) != SQLITE_OK)
        return db_failed(err, db->handle, "cannot execute SQL");
    return true;
}

bool sql_prepare(struct sql *db, const char *text, struct sql_stmt **ret, struct err *err)
{
    sqlite3_stmt *handle = NULL;
    if (sqlite3_prepare_v2(db->handle, text, -1, &handle, NULL) != SQLITE_OK)
        return db_failed(err, db->handle, "cannot prepare SQL");
    if (!handle)
        return err_set(err, ERR_STORE, "cannot prepare SQL: the text holds no statement");
    struct sql_stmt *st = xcalloc(1, sizeof *st);
    st->db = db;
    st->handle = handle;
    *ret = st;
    return true;
}

void sql_finish(struct sql_stmt *st)
{
    if (!st)
        return;
    (void)sqlite3_finalize(st->handle);
    free(st);
}

void sql_finishp(struct sql_stmt **st)
{
    sql_finish(*st);
    *st = NULL;
}

bool sql_reset(struct sql_stmt *st, struct err *err)
{
    (void)err; /* reset repeats the error of the last step, which was reported there */
    (void)sqlite3_reset(st->handle);
    (void)sqlite3_clear_bindings(st->handle);
    return true;
}

/* A failed bind (out of memory, too big) leaves NULL; the schema's NOT NULL then refuses the row. A wrong index is a
 * mistake of the caller. */
static void bound(int code)
{
    if (code == SQLITE_NOMEM)
        fatal_oom();
    if (code == SQLITE_RANGE || code == SQLITE_MISUSE) {
        (void)fputs("stet: SQL parameter bound at a wrong place\n", stderr);
        abort();
    }
}

void sql_bind_text(struct sql_stmt *st, int at, struct span v)
{
    bound(sqlite3_bind_text64(st->handle, at, v.ptr ? v.ptr : "", v.len, SQLITE_TRANSIENT, SQLITE_UTF8));
}

void sql_bind_blob(struct sql_stmt *st, int at, struct span v)
{
    bound(sqlite3_bind_blob64(st->handle, at, v.ptr ? v.ptr : "", v.len, SQLITE_TRANSIENT));
}

void sql_bind_int(struct sql_stmt *st, int at, int64_t v)
{
    bound(sqlite3_bind_int64(st->handle, at, v));
}

void sql_bind_num(struct sql_stmt *st, int at, double v)
{
    bound(num_known(v) ? sqlite3_bind_double(st->handle, at, v) : sqlite3_bind_null(st->handle, at));
}

void sql_bind_null(struct sql_stmt *st, int at)
{
    bound(sqlite3_bind_null(st->handle, at));
}

bool sql_step(struct sql_stmt *st, bool *ret_row, struct err *err)
{
    int code = sqlite3_step(st->handle);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return db_failed(err, st->db->handle, "cannot run SQL");
    *ret_row = code == SQLITE_ROW;
    return true;
}

bool sql_run(struct sql_stmt *st, struct err *err)
{
    bool row = true;
    while (row) {
        if (!sql_step(st, &row, err)) {
            (void)sqlite3_reset(st->handle);
            return false;
        }
    }
    (void)sqlite3_reset(st->handle);
    return true;
}

int64_t sql_changes(struct sql *db)
{
    return sqlite3_changes64(db->handle);
}

bool sql_col_null(struct sql_stmt *st, int at)
{
    return sqlite3_column_type(st->handle, at) == SQLITE_NULL;
}

int64_t sql_col_int(struct sql_stmt *st, int at)
{
    return sqlite3_column_int64(st->handle, at);
}

double sql_col_num(struct sql_stmt *st, int at)
{
    return sql_col_null(st, at) ? NUM_UNKNOWN : sqlite3_column_double(st->handle, at);
}

struct span sql_col_text(struct sql_stmt *st, int at)
{
    const unsigned char *p = sqlite3_column_text(st->handle, at);
    return span_make((const char *)p, p ? (size_t)sqlite3_column_bytes(st->handle, at) : 0);
}

struct span sql_col_blob(struct sql_stmt *st, int at)
{
    const void *p = sqlite3_column_blob(st->handle, at);
    return span_make(p, p ? (size_t)sqlite3_column_bytes(st->handle, at) : 0);
}
