/* Migrations stand in db/migrations/NNNN_name.sql and inside the binary, sorted. Number and row in schema_version are
 * one transaction, so that a crash between two of them leaves a schema that is a known version. */
#include <stdlib.h>

#include "base/embed.h"
#include "base/num.h"
#include "base/sb.h"
#include "store/db.h"

EMBED_DECLARE(stet_migrations);

static const char version_table[] =
    "CREATE TABLE IF NOT EXISTS schema_version (tenant_id TEXT NOT NULL, version @INT NOT NULL, "
    "name TEXT NOT NULL, "
    "applied_us @INT NOT NULL, PRIMARY KEY (tenant_id, version)) @STRICT";

/* The words that differ between engines; this build speaks to SQLite. */
static void dialect(struct span text, struct sb *out)
{
    static const struct {
        const char *from, *to;
    } words[] = { { "@INT", "INTEGER" }, { "@REAL", "REAL" }, { "@BLOB", "BLOB" }, { "@STRICT", "STRICT" } };
    while (text.len > 0) {
        size_t at = span_chr(text, 0, '@');
        sb_add(out, span_sub(text, 0, at));
        text = span_from(text, at);
        size_t used = 0;
        for (size_t i = 0; i < ARRAY_LEN(words) && used == 0; i++) {
            if (span_starts(text, span_of(words[i].from))) {
                sb_adds(out, words[i].to);
                used = strlen(words[i].from);
            }
        }
        if (used == 0 && text.len > 0) {
            sb_addc(out, '@');
            used = 1;
        }
        text = span_from(text, used);
    }
}

static bool exec_dialect(struct sql *db, struct span text, struct err *err)
{
    struct sb sql = { 0 };
    dialect(text, &sql);
    bool ok = sql_exec(db, sb_cstr(&sql), err);
    sb_release(&sql);
    return ok;
}

static bool version_read(struct sql *db, int64_t *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT COALESCE(MAX(version), 0) FROM schema_version WHERE tenant_id = $1", &q, err) ||
        !query_row(&q, &row, err))
        return false;
    *ret = sql_col_int(q.st, 0);
    return true;
}

static bool version_write(struct sql *db, int64_t version, struct span name, int64_t now_us, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO schema_version (tenant_id, version, name, applied_us) VALUES ($1, "
                    "$2, $3, $4)",
                    &q, err))
        return false;
    query_int(&q, version);
    query_text(&q, name);
    query_int(&q, now_us);
    return query_run(&q, err);
}

static bool migration_apply(struct sql *db, const struct embed_file *file, int64_t version, int64_t now_us,
                            struct err *err)
{
    struct span text = span_make((const char *)file->begin, embed_size(file));
    if (!sql_exec(db, "BEGIN", err))
        return false;
    if (exec_dialect(db, text, err) && version_write(db, version, span_of(file->name), now_us, err) &&
        sql_exec(db, "COMMIT", err))
        return true;
    store_rollback(db);
    return err_wrap(err, "migration %s", file->name);
}

bool store_migrate(struct sql *db, int64_t now_us, struct err *err)
{
    int64_t have = 0;
    if (!exec_dialect(db, SPAN(version_table), err) || !version_read(db, &have, err))
        return false;
    int64_t newest = 0;
    for (size_t i = 0; i < stet_migrations_count; i++) {
        const struct embed_file *file = &stet_migrations[i];
        uint64_t version = 0;
        if (!span_to_u64(span_sub(span_of(file->name), 0, 4), &version))
            return err_set(err, ERR_STORE, "migration %s has no number", file->name);
        newest = (int64_t)version;
        if (newest > have && !migration_apply(db, file, newest, now_us, err))
            return false;
    }
    if (have > newest)
        return err_set(err, ERR_STORE,
                       "the database has schema %lld, this program knows %lld: it was made by a newer stet",
                       (long long)have, (long long)newest);
    return true;
}
