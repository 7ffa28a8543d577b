/* sql.c - the only file that sees sqlite3.h.
 *
 * 1. A plain connection (store) opens files in WAL mode with foreign keys on; names that begin with "file:" are
 *    refused, since SQLite would read them as URIs with options.
 * 2. A sandbox (policies) is its own in-memory connection. Its one table `f` is a virtual one of one row whose cells are
 *    plain memory: SQL has no way to write it, and a changed cell needs no statement prepared anew. Nothing can be
 *    attached, loaded, nested or run without end, and seven functions may be called.
 * https://www.sqlite.org/security.html */
#include "base/sql.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/sb.h"

enum {
    BUSY_MS = 5000,
    SANDBOX_BYTES_MAX = 64 * 1024, /* one value inside the sandbox */
    SANDBOX_OPS_TICK = 1000,
    SANDBOX_TICKS_MAX = 200,
    SANDBOX_COLUMNS_MAX = 512,
};

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

/* Counting memory takes a lock of the whole process at each allocation, and nobody reads the counts. */
static void library_prepare(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool db_open(const char *path, int flags, struct sql **ret, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sqlite3 *handle = NULL;
    (void)pthread_once(&once, library_prepare);
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

/* SQLite numbers $1, $2 ... by where they are first written, PostgreSQL by what they say: the number holds. */
static int slot(const struct sql_stmt *st, int at)
{
    char name[16];
    (void)snprintf(name, sizeof name, "$%d", at);
    int found = sqlite3_bind_parameter_index(st->handle, name);
    return found > 0 ? found : at;
}

void sql_bind_text(struct sql_stmt *st, int at, struct span v)
{
    bound(sqlite3_bind_text64(st->handle, slot(st, at), v.ptr ? v.ptr : "", v.len, SQLITE_TRANSIENT, SQLITE_UTF8));
}

void sql_bind_blob(struct sql_stmt *st, int at, struct span v)
{
    bound(sqlite3_bind_blob64(st->handle, slot(st, at), v.ptr ? v.ptr : "", v.len, SQLITE_TRANSIENT));
}

void sql_bind_int(struct sql_stmt *st, int at, int64_t v)
{
    bound(sqlite3_bind_int64(st->handle, slot(st, at), v));
}

void sql_bind_num(struct sql_stmt *st, int at, double v)
{
    bound(num_known(v) ? sqlite3_bind_double(st->handle, slot(st, at), v)
                       : sqlite3_bind_null(st->handle, slot(st, at)));
}

void sql_bind_null(struct sql_stmt *st, int at)
{
    bound(sqlite3_bind_null(st->handle, slot(st, at)));
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

/* --- the sandbox --- */

struct cell {
    const char *name;
    bool is_text;
    double num;
    char *text; /* owned; NULL = NULL */
    size_t text_len;
};

struct sql_sandbox {
    sqlite3 *handle;
    struct cell *cells;
    size_t count;
    unsigned selects;  /* SELECTs authorised in the statement under preparation */
    unsigned ticks;    /* progress callbacks of the evaluation under way */
    bool *reads;       /* [count] columns named by the statement under preparation */
    char refused[120]; /* why the authorizer refused */
};

struct sql_predicate {
    struct sql_sandbox *sandbox;
    sqlite3_stmt *handle;
    uint16_t *columns;
    size_t column_count;
};

struct row_table {
    sqlite3_vtab base;
    struct sql_sandbox *sandbox;
};

struct row_cursor {
    sqlite3_vtab_cursor base;
    bool at_end;
};

static int row_connect(sqlite3 *handle, void *aux, int argc, const char *const *argv, sqlite3_vtab **ret, char **error)
{
    (void)argc;
    (void)argv;
    (void)error;
    struct sql_sandbox *s = aux;
    struct sb text = { 0 };
    sb_adds(&text, "CREATE TABLE f(");
    for (size_t i = 0; i < s->count; i++)
        sb_printf(&text, "%s%s %s", i ? "," : "", s->cells[i].name, s->cells[i].is_text ? "TEXT" : "REAL");
    sb_adds(&text, ")");
    int code = sqlite3_declare_vtab(handle, sb_cstr(&text));
    sb_release(&text);
    if (code != SQLITE_OK)
        return code;
    struct row_table *t = xcalloc(1, sizeof *t);
    t->sandbox = s;
    *ret = &t->base;
    return SQLITE_OK;
}

static int row_disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

static int row_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    info->estimatedCost = 1;
    info->estimatedRows = 1;
    return SQLITE_OK;
}

static int row_open(sqlite3_vtab *table, sqlite3_vtab_cursor **ret)
{
    (void)table;
    struct row_cursor *c = xcalloc(1, sizeof *c);
    *ret = &c->base;
    return SQLITE_OK;
}

static int row_close(sqlite3_vtab_cursor *cursor)
{
    free(cursor);
    return SQLITE_OK;
}

static int row_filter(sqlite3_vtab_cursor *cursor, int index, const char *index_text, int argc, sqlite3_value **argv)
{
    (void)index;
    (void)index_text;
    (void)argc;
    (void)argv;
    ((struct row_cursor *)cursor)->at_end = false;
    return SQLITE_OK;
}

static int row_next(sqlite3_vtab_cursor *cursor)
{
    ((struct row_cursor *)cursor)->at_end = true;
    return SQLITE_OK;
}

static int row_eof(sqlite3_vtab_cursor *cursor)
{
    return ((struct row_cursor *)cursor)->at_end;
}

static int row_column(sqlite3_vtab_cursor *cursor, sqlite3_context *out, int at)
{
    const struct sql_sandbox *s = ((struct row_table *)cursor->pVtab)->sandbox;
    const struct cell *c = &s->cells[at];
    if (c->is_text && c->text)
        sqlite3_result_text64(out, c->text, c->text_len, SQLITE_TRANSIENT, SQLITE_UTF8);
    else if (!c->is_text && num_known(c->num))
        sqlite3_result_double(out, c->num);
    else
        sqlite3_result_null(out);
    return SQLITE_OK;
}

static int row_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *ret)
{
    (void)cursor;
    *ret = 1;
    return SQLITE_OK;
}

static const sqlite3_module row_module = {
    .iVersion = 1,
    .xConnect = row_connect, /* without xCreate the table exists by its name alone */
    .xBestIndex = row_best_index,
    .xDisconnect = row_disconnect,
    .xOpen = row_open,
    .xClose = row_close,
    .xFilter = row_filter,
    .xNext = row_next,
    .xEof = row_eof,
    .xColumn = row_column,
    .xRowid = row_rowid,
};

static int refuse(struct sql_sandbox *s, const char *what, const char *name)
{
    if (s->refused[0] == '\0')
        (void)snprintf(s->refused, sizeof s->refused, "%s%s%s", what, name ? " " : "", name ? name : "");
    return SQLITE_DENY;
}

static bool function_allowed(const char *name)
{
    static const char *const allowed[] = { "abs", "min", "max", "round", "coalesce", "ifnull", "nullif" };
    for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
        if (sqlite3_stricmp(name, allowed[i]) == 0)
            return true;
    }
    return false;
}

static int read_allowed(struct sql_sandbox *s, const char *table, const char *column)
{
    if (!table || strcmp(table, "f") != 0)
        return refuse(s, "it reads table", table);
    if (!column || column[0] == '\0')
        return SQLITE_OK; /* no column at all, as in SELECT (1) FROM f */
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(column, s->cells[i].name) == 0) {
            s->reads[i] = true;
            return SQLITE_OK;
        }
    }
    return refuse(s, "it reads column", column);
}

static int authorize(void *user, int action, const char *a, const char *b, const char *database, const char *trigger)
{
    (void)database;
    (void)trigger;
    struct sql_sandbox *s = user;
    if (action == SQLITE_SELECT)
        return s->selects++ == 0 ? SQLITE_OK : refuse(s, "a second SELECT is not allowed", NULL);
    if (action == SQLITE_READ)
        return read_allowed(s, a, b);
    if (action == SQLITE_FUNCTION)
        return b && function_allowed(b) ? SQLITE_OK : refuse(s, "not allowed: function", b);
    return refuse(s, "only an expression is allowed", NULL);
}

static int tick(void *user)
{
    struct sql_sandbox *s = user;
    return ++s->ticks > SANDBOX_TICKS_MAX;
}

static bool sandbox_lock(struct sql_sandbox *s, struct err *err)
{
    static const struct {
        int id, value;
    } limits[] = {
        { SQLITE_LIMIT_LENGTH, SANDBOX_BYTES_MAX },
        { SQLITE_LIMIT_SQL_LENGTH, SQL_EXPRESSION_MAX + 64 },
        { SQLITE_LIMIT_EXPR_DEPTH, 64 },
        { SQLITE_LIMIT_COMPOUND_SELECT, 1 },
        { SQLITE_LIMIT_VDBE_OP, 2000 },
        { SQLITE_LIMIT_FUNCTION_ARG, 8 },
        { SQLITE_LIMIT_ATTACHED, 0 },
        { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64 },
        { SQLITE_LIMIT_VARIABLE_NUMBER, 16 },
        { SQLITE_LIMIT_WORKER_THREADS, 0 },
        { SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
    };
    struct sql db = { .handle = s->handle };
    if (!sql_exec(&db, "PRAGMA temp_store = MEMORY; PRAGMA max_page_count = 64; PRAGMA query_only = ON", err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        (void)sqlite3_limit(s->handle, limits[i].id, limits[i].value);
    sqlite3_progress_handler(s->handle, SANDBOX_OPS_TICK, tick, s);
    if (sqlite3_set_authorizer(s->handle, authorize, s) != SQLITE_OK)
        return db_failed(err, s->handle, "cannot lock the policy database");
    return true;
}

static bool sandbox_fill(struct sql_sandbox *s, const struct sql_fact *facts, size_t n, struct err *err)
{
    s->cells = xcalloc(n, sizeof *s->cells);
    s->reads = xcalloc(n, sizeof *s->reads);
    for (size_t i = 0; i < n; i++) {
        if (!sql_name_is_plain(facts[i].name))
            return err_set(err, ERR_VALUE, "'%s' cannot be the name of a fact", facts[i].name);
        s->cells[i] = (struct cell){ .name = facts[i].name, .is_text = facts[i].is_text, .num = NUM_UNKNOWN };
        s->count = i + 1;
        if (facts[i].is_text)
            sql_sandbox_set_text(s, i, facts[i].text);
        else
            sql_sandbox_set_num(s, i, facts[i].num);
    }
    return true;
}

bool sql_sandbox_open(const struct sql_fact *facts, size_t n, struct sql_sandbox **ret, struct err *err)
{
    if (n == 0 || n > SANDBOX_COLUMNS_MAX)
        return err_set(err, ERR_VALUE, "a policy database of %zu facts, want 1 to %d", n, SANDBOX_COLUMNS_MAX);
    CLEANUP(sql_sandbox_closep) struct sql_sandbox *s = xcalloc(1, sizeof *s);
    if (!sandbox_fill(s, facts, n, err))
        return false;
    struct sql *db = NULL;
    if (!db_open(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY, &db, err))
        return false;
    s->handle = db->handle;
    free(db);
    if (sqlite3_create_module(s->handle, "f", &row_module, s) != SQLITE_OK)
        return db_failed(err, s->handle, "cannot make the table of facts");
    /* The first use connects the table: its declaration is longer than the limits that follow. */
    struct sql plain = { .handle = s->handle };
    if (!sql_exec(&plain, "SELECT 1 FROM f", err) || !sandbox_lock(s, err))
        return false;
    *ret = s;
    s = NULL;
    return true;
}

void sql_sandbox_close(struct sql_sandbox *s)
{
    if (!s)
        return;
    (void)sqlite3_close_v2(s->handle);
    for (size_t i = 0; i < s->count; i++)
        free(s->cells[i].text);
    free(s->cells);
    free(s->reads);
    free(s);
}

void sql_sandbox_closep(struct sql_sandbox **s)
{
    sql_sandbox_close(*s);
    *s = NULL;
}

void sql_sandbox_set_num(struct sql_sandbox *s, size_t column, double num)
{
    s->cells[column].num = num;
}

void sql_sandbox_set_text(struct sql_sandbox *s, size_t column, struct span text)
{
    struct cell *c = &s->cells[column];
    free(c->text);
    c->text = text.ptr ? xstrndup(text.ptr, text.len) : NULL;
    c->text_len = text.len;
}

static bool predicate_checked(struct sql_sandbox *s, sqlite3_stmt *st, const char *tail, struct err *err)
{
    if (!st)
        return err_set(err, ERR_VALUE, "the expression is empty");
    if (span_trim(span_of(tail)).len > 0)
        return err_set(err, ERR_VALUE, "something follows the expression");
    if (!sqlite3_stmt_readonly(st) || sqlite3_stmt_isexplain(st) || s->selects != 1)
        return err_set(err, ERR_VALUE, "only an expression is allowed");
    if (sqlite3_column_count(st) != 1)
        return err_set(err, ERR_VALUE, "want one expression, not %d", sqlite3_column_count(st));
    if (sqlite3_bind_parameter_count(st) != 0)
        return err_set(err, ERR_VALUE, "parameters are not allowed in an expression");
    return true;
}

bool sql_predicate_new(struct sql_sandbox *s, struct span expression, struct sql_predicate **ret, struct err *err)
{
    if (!sql_expression_check(expression, err))
        return false;
    s->selects = 0;
    s->ticks = 0;
    s->refused[0] = '\0';
    memset(s->reads, 0, s->count * sizeof *s->reads);
    struct sb text = { 0 };
    sb_printf(&text, "SELECT (%.*s\n) FROM f", SPAN_FMT(expression));
    CLEANUP(sql_predicate_freep) struct sql_predicate *p = xcalloc(1, sizeof *p);
    p->sandbox = s;
    const char *tail = "";
    int code = sqlite3_prepare_v3(s->handle, sb_cstr(&text), -1, SQLITE_PREPARE_PERSISTENT, &p->handle, &tail);
    bool fine = code == SQLITE_OK
                    ? predicate_checked(s, p->handle, tail, err)
                    : err_set(err, ERR_VALUE, "%s", s->refused[0] ? s->refused : sqlite3_errmsg(s->handle));
    sb_release(&text);
    if (!fine)
        return false;
    p->columns = xcalloc(s->count, sizeof *p->columns);
    for (size_t i = 0; i < s->count; i++) {
        if (s->reads[i])
            p->columns[p->column_count++] = (uint16_t)i;
    }
    *ret = p;
    p = NULL;
    return true;
}

void sql_predicate_free(struct sql_predicate *p)
{
    if (!p)
        return;
    (void)sqlite3_finalize(p->handle);
    free(p->columns);
    free(p);
}

void sql_predicate_freep(struct sql_predicate **p)
{
    sql_predicate_free(*p);
    *p = NULL;
}

const uint16_t *sql_predicate_columns(const struct sql_predicate *p, size_t *ret_count)
{
    *ret_count = p->column_count;
    return p->columns;
}

static bool predicate_step(struct sql_predicate *p, enum sql_truth *ret, struct err *err)
{
    sqlite3 *handle = p->sandbox->handle;
    int code = sqlite3_step(p->handle);
    if (code == SQLITE_INTERRUPT)
        return err_set(err, ERR_VALUE, "the expression takes too long");
    if (code != SQLITE_ROW)
        return err_set(err, ERR_VALUE, "the expression cannot be evaluated: %s", sqlite3_errmsg(handle));
    int type = sqlite3_column_type(p->handle, 0);
    sqlite3_int64 value = sqlite3_column_int64(p->handle, 0);
    if (type != SQLITE_NULL && (type != SQLITE_INTEGER || (value != 0 && value != 1)))
        return err_set(err, ERR_VALUE, "the expression is neither 0, 1 nor NULL: it is not a condition");
    if (sqlite3_step(p->handle) != SQLITE_DONE)
        return err_set(err, ERR_VALUE, "the expression gives more than one row");
    *ret = type == SQLITE_NULL ? SQL_NULL : value ? SQL_TRUE : SQL_FALSE;
    return true;
}

bool sql_predicate_eval(struct sql_predicate *p, enum sql_truth *ret, struct err *err)
{
    p->sandbox->selects = 0;
    p->sandbox->ticks = 0;
    bool fine = predicate_step(p, ret, err);
    (void)sqlite3_reset(p->handle);
    return fine;
}

bool sql_sandbox_eval(struct sql_sandbox *s, struct span expression, enum sql_truth *ret, struct err *err)
{
    CLEANUP(sql_predicate_freep) struct sql_predicate *p = NULL;
    return sql_predicate_new(s, expression, &p, err) && sql_predicate_eval(p, ret, err);
}
