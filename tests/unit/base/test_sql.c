/* SQLite behind its surface: values come back as they went in, and the sandbox gives nothing but 0, 1 and NULL. */
#include "base/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/num.h"
#include "base/sb.h"

static struct sql_sandbox *box_open(void)
{
    static const struct sql_fact facts[] = {
        { "share", false, 0.25, { 0 } },       { "other", false, __builtin_nan(""), { 0 } },
        { "goal", true, 0, { "latency", 7 } }, { "scope", true, 0, { 0 } },
        { "zero", false, 0, { 0 } },
    };
    struct sql_sandbox *box = NULL;
    struct err err = ERR_INIT;
    if (!sql_sandbox_open(facts, ARRAY_LEN(facts), &box, &err))
        fail_msg("%s", err.text);
    return box;
}

static void values_are_three(void **state)
{
    static const struct {
        const char *expression;
        enum sql_truth value;
    } rows[] = {
        { "share > 0.2", SQL_TRUE },
        { "share > 0.3", SQL_FALSE },
        { "other > 0.3", SQL_NULL },
        { "other > 0.3 AND share > 0.3", SQL_FALSE },
        { "other > 0.3 OR share > 0.2", SQL_TRUE },
        { "NOT (other > 0.3)", SQL_NULL },
        { "other IS NOT 1", SQL_TRUE },
        { "other IS NULL", SQL_TRUE },
        { "COALESCE(other, 0) = 0", SQL_TRUE },
        { "goal = 'latency' AND scope IS NULL", SQL_TRUE },
        { "goal IN ('cost', 'memory')", SQL_FALSE },
        { "scope IN ('cost', 'memory')", SQL_NULL },
        { "1 / zero > 0", SQL_NULL },
        { "share NOT BETWEEN 0.3 AND 0.5", SQL_TRUE },
        { "ABS(share - 1.0) > 0.5 AND MAX(share, zero) = 0.25 AND MIN(share, zero) = 0", SQL_TRUE },
        { "ROUND(share, 1) = 0.3 AND NULLIF(share, 0.25) IS NULL AND IFNULL(other, 2) = 2", SQL_TRUE },
        { "goal = 'it''s; -- \"no\" `sql` [x]'", SQL_FALSE },
        { "((share > 0.2))", SQL_TRUE },
        { "share > 0.2\nAND\tshare < 0.3", SQL_TRUE },
    };
    (void)state;
    struct sql_sandbox *box = box_open();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        enum sql_truth value = SQL_NULL;
        if (!sql_sandbox_eval(box, span_of(rows[i].expression), &value, &err))
            fail_msg("%s: %s", rows[i].expression, err.text);
        if (value != rows[i].value)
            fail_msg("%s: %d", rows[i].expression, (int)value);
    }
    sql_sandbox_close(box);
}

/* Each tries to read, write, call, loop or confuse; none may give a value. */
static const char *const hostile[] = {
    "",
    "   ",
    "(",
    ")",
    "share > 0.2)",
    "(share > 0.2",
    "shar > 0.2",
    "\"shar\" >= 0.5",
    "\"share\" >= 0.2",
    "`share` > 0",
    "[share] > 0",
    "share > ?1",
    "share > :a",
    "share > @a",
    "share > $a",
    "share > 0.2; DROP TABLE f",
    "1) FROM f; ATTACH 'x.db' AS y; SELECT (1",
    "1), (2",
    "1) FROM f -- ",
    "1) FROM f /* ",
    "share > 0.2 -- x",
    "share > 0.2 /* x */",
    "EXISTS (SELECT 1)",
    "(SELECT 1)",
    "(SELECT count(*) FROM f) = 1",
    "(SELECT 1 FROM sqlite_master) IS NULL",
    "(SELECT sql FROM sqlite_schema) IS NULL",
    "share IN (SELECT share FROM f)",
    "(WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT max(n) FROM r) > 0",
    "1 UNION SELECT 0",
    "1) FROM f UNION SELECT (0",
    "load_extension('x')",
    "load_extension('x') IS NULL",
    "readfile('/etc/passwd') IS NULL",
    "writefile('/tmp/x', 'y') > 0",
    "edit('x') IS NULL",
    "randomblob(1000000000) IS NULL",
    "zeroblob(1000000000) IS NULL",
    "length(zeroblob(100)) = 100",
    "hex('a') = '61'",
    "printf('%.*c', 100000000, 'x') IS NULL",
    "format('%d', 1) = '1'",
    "replace('a', 'a', 'b') = 'b'",
    "group_concat(share) IS NULL",
    "json_each('[1]') IS NULL",
    "json('{}') IS NULL",
    "fts3_tokenizer('x') IS NULL",
    "row_number() OVER () = 1",
    "sum(share) OVER () > 0",
    "random() > 0",
    "current_timestamp IS NULL",
    "datetime('now') IS NULL",
    "strftime('%s') > 0",
    "sqlite_version() = '3'",
    "last_insert_rowid() = 0",
    "changes() = 0",
    "total_changes() = 0",
    "abs(-9223372036854775808) > 0",
    "share",
    "'text'",
    "2",
    "-1",
    "share * 2",
    "x'00'",
    "goal",
    "goal || 'x'",
    "rowid = 1",
    "_rowid_ = 1",
    "oid = 1",
    "f.nothing = 1",
    "main.sqlite_master.name = 'x'",
    "pragma_table_info('f') IS NULL",
    "PRAGMA query_only",
    "RAISE(ABORT, 'x')",
    "goal LIKE '%a%'",
    "goal GLOB '*'",
    "goal MATCH 'x'",
    "goal REGEXP 'x'",
    "likelihood(share > 0, 0.5)",
    "unlikely(share > 0)",
    "iif(share > 0, 1, 0)",
    "count(*) = 1",
    "total(share) > 0",
    "avg(share) > 0",
    "instr(goal, 'a') > 0",
    "char(65) = 'A'",
    "unicode(goal) > 0",
    "typeof(share) = 'real'",
    "quote(goal) IS NULL",
    "coalesce(1,2,3,4,5,6,7,8,9) = 1",
    "goal -> '$' IS NULL",
    "share > 0.2 LIMIT 1",
    "share > 0.2 ORDER BY 1",
    "share > 0.2 WHERE 1",
    "*",
    "f.*",
    "DISTINCT share > 0",
    "1 AS x",
    "share > 0.2 AS x, 1",
    "share > 0.2\x01",
    "share > 0.2 #",
    "{share}",
    "share \\ 2",
};

static void hostile_text_gives_nothing(void **state)
{
    (void)state;
    struct sql_sandbox *box = box_open();
    enum sql_truth value;
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        err = ERR_INIT;
        if (sql_sandbox_eval(box, span_of(hostile[i]), &value, &err))
            fail_msg("'%s' gave %d", hostile[i], (int)value);
        assert_int_equal(err.code, ERR_VALUE);
        assert_true(err.text[0] != '\0');
    }
    /* NUL inside, deep nesting, long text, a chain that is deeper than the limit. */
    assert_false(sql_sandbox_eval(box, SPAN("share > 0.2\0 OR 1"), &value, &err));
    struct sb deep = { 0 };
    sb_fill(&deep, '(', 1500);
    sb_adds(&deep, "1");
    sb_fill(&deep, ')', 1500);
    assert_false(sql_sandbox_eval(box, sb_span(&deep), &value, &err));
    sb_reset(&deep);
    sb_adds(&deep, "share > 0");
    for (int i = 0; i < 100; i++)
        sb_adds(&deep, " + 1");
    assert_false(sql_sandbox_eval(box, sb_span(&deep), &value, &err));
    sb_reset(&deep);
    sb_adds(&deep, "goal = '");
    sb_fill(&deep, 'x', 100000);
    sb_adds(&deep, "'");
    assert_false(sql_sandbox_eval(box, sb_span(&deep), &value, &err));
    sb_release(&deep);
    /* and the box still works */
    err = ERR_INIT;
    assert_true(sql_sandbox_eval(box, SPAN("share = 0.25"), &value, &err));
    assert_int_equal(value, SQL_TRUE);
    sql_sandbox_close(box);
}

static void cells_change_under_predicates(void **state)
{
    (void)state;
    struct sql_sandbox *box = box_open();
    struct sql_predicate *p = NULL;
    struct err err = ERR_INIT;
    enum sql_truth value;
    assert_true(sql_predicate_new(box, SPAN("share > 0.5 OR scope = 'x'"), &p, &err));
    size_t n = 0;
    const uint16_t *columns = sql_predicate_columns(p, &n);
    assert_int_equal(n, 2);
    assert_int_equal(columns[0], 0);
    assert_int_equal(columns[1], 3);
    assert_true(sql_predicate_eval(p, &value, &err));
    assert_int_equal(value, SQL_NULL);
    sql_sandbox_set_num(box, 0, 0.75);
    assert_true(sql_predicate_eval(p, &value, &err));
    assert_int_equal(value, SQL_TRUE);
    sql_sandbox_set_num(box, 0, NUM_UNKNOWN);
    sql_sandbox_set_text(box, 3, SPAN("x"));
    assert_true(sql_predicate_eval(p, &value, &err));
    assert_int_equal(value, SQL_TRUE);
    sql_sandbox_set_text(box, 3, SPAN("y"));
    assert_true(sql_predicate_eval(p, &value, &err));
    assert_int_equal(value, SQL_NULL);
    sql_predicate_free(p);
    sql_sandbox_close(box);
}

static void names_are_plain_words(void **state)
{
    (void)state;
    struct sql_sandbox *box = NULL;
    struct err err = ERR_INIT;
    static const char *const bad[] = { "", "1a", "A", "a b", "a)", "a\"", "_a" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct sql_fact fact = { .name = bad[i] };
        assert_false(sql_sandbox_open(&fact, 1, &box, &err));
    }
    assert_false(sql_sandbox_open(NULL, 0, &box, &err));
}

static void plain_connection_keeps_values(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sql *db = NULL;
    struct sql_stmt *st = NULL;
    bool row = false;
    assert_true(sql_open_memory(&db, &err));
    assert_true(sql_exec(db, "CREATE TABLE t(a TEXT, b BLOB, c INTEGER, d REAL, e TEXT NOT NULL) STRICT", &err));
    assert_true(sql_prepare(db, "INSERT INTO t VALUES(?, ?, ?, ?, ?)", &st, &err));
    sql_bind_text(st, 1, SPAN("a\0b"));
    sql_bind_blob(st, 2, (struct span){ 0 });
    sql_bind_int(st, 3, INT64_MIN);
    sql_bind_num(st, 4, NUM_UNKNOWN);
    sql_bind_text(st, 5, SPAN("e"));
    assert_true(sql_run(st, &err));
    assert_int_equal(sql_changes(db), 1);
    sql_bind_null(st, 5);
    assert_false(sql_run(st, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    sql_finishp(&st);
    assert_true(sql_prepare(db, "SELECT a, b, c, d FROM t", &st, &err));
    assert_true(sql_step(st, &row, &err));
    assert_true(row);
    assert_true(span_eq(sql_col_text(st, 0), SPAN("a\0b")));
    assert_int_equal(sql_col_blob(st, 1).len, 0);
    assert_false(sql_col_null(st, 1));
    assert_true(sql_col_int(st, 2) == INT64_MIN);
    assert_true(sql_col_null(st, 3));
    assert_false(num_known(sql_col_num(st, 3)));
    assert_true(sql_step(st, &row, &err));
    assert_false(row);
    sql_finish(st);
    sql_close(db);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sql *db = NULL;
    struct sql_stmt *st = NULL;
    static const char *const bad[] = { "", ":memory:", "file:x?mode=memory", "/no/such/folder/x.db" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(sql_open(bad[i], false, &db, &err));
    assert_true(sql_open_memory(&db, &err));
    assert_false(sql_prepare(db, "SELECT \"misspelt\"", &st, &err)); /* no text by accident */
    assert_false(sql_prepare(db, "", &st, &err));
    assert_false(sql_exec(db, "SELECT load_extension('x')", &err));
    sql_close(db);
    sql_close(NULL);
}

static void file_is_read_back(void **state)
{
    (void)state;
    char folder[] = "/tmp/stet-sql-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[80], wal[90];
    (void)snprintf(path, sizeof path, "%s/t.db", folder);
    struct err err = ERR_INIT;
    struct sql *db = NULL, *reader = NULL;
    struct sql_stmt *st = NULL;
    bool row = false;
    assert_true(sql_open(path, false, &db, &err));
    assert_true(sql_exec(db, "CREATE TABLE t(a INTEGER) STRICT; INSERT INTO t VALUES(7)", &err));
    assert_true(sql_open(path, true, &reader, &err));
    assert_false(sql_exec(reader, "INSERT INTO t VALUES(8)", &err));
    assert_true(sql_prepare(reader, "SELECT a FROM t", &st, &err));
    assert_true(sql_step(st, &row, &err) && row);
    assert_int_equal(sql_col_int(st, 0), 7);
    sql_finish(st);
    sql_close(reader);
    sql_close(db);
    static const char *const tails[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        (void)snprintf(wal, sizeof wal, "%s%s", path, tails[i]);
        (void)unlink(wal);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_three),
        cmocka_unit_test(hostile_text_gives_nothing),
        cmocka_unit_test(cells_change_under_predicates),
        cmocka_unit_test(names_are_plain_words),
        cmocka_unit_test(plain_connection_keeps_values),
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(file_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
