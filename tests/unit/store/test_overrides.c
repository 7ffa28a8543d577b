/* Corrections and shares of functions by the store's own calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/functions.h"
#include "store/overrides.h"

struct fixture {
    char folder[64];
    char path[96];
    struct store *store;
    struct sql *db;
    struct arena arena;
};

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    struct err err = ERR_INIT;
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/stet-store-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/s.db", f->folder);
    assert_true(store_open(f->path, 1, &f->store, &err));
    assert_true(store_reader_open(f->store, &f->db, &err));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    store_reader_close(f->db);
    store_close(f->store);
    static const char *const suffixes[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s%s", f->path, suffixes[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->folder);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static struct store_override correction(const char *id, const char *pattern, const char *category, int64_t at_us)
{
    return (struct store_override){ .id = span_of(id),
                                    .project = SPAN("p"),
                                    .kind = SPAN("function"),
                                    .pattern = span_of(pattern),
                                    .category = span_of(category),
                                    .reason = SPAN(""),
                                    .by = SPAN("me"),
                                    .created_us = at_us };
}

static void put(struct fixture *f, const char *id, const char *pattern, const char *category, int64_t at_us,
                struct store_override_put *ret)
{
    struct err err = ERR_INIT;
    struct store_override o = correction(id, pattern, category, at_us);
    assert_true(store_override_put(f->store, &f->arena, &o, 2, ret, &err));
}

static size_t held(struct fixture *f)
{
    struct err err = ERR_INIT;
    struct store_overrides list = { 0 };
    assert_true(store_override_active(f->db, &f->arena, SPAN("p"), &list, &err));
    free(list.items);
    return list.count;
}

static void test_corrections(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    struct store_override_put got;
    struct store_override o;
    int64_t changed_us = -1;
    bool changed = false;
    assert_true(store_override_changed(f->db, SPAN("p"), &changed_us, &err));
    assert_int_equal(changed_us, 0);
    put(f, "a", "main", "app", 10, &got);
    assert_false(got.known);
    put(f, "b", "main", "app", 11, &got);
    assert_true(got.known);
    assert_true(span_is(got.id, "a"));
    put(f, "c", "main", "dep", 12, &got);
    assert_true(span_is(got.replaced, "a"));
    assert_int_equal(held(f), 1);
    put(f, "d", "other", "dep", 13, &got);
    struct store_override over = correction("e", "third", "dep", 14);
    assert_false(store_override_put(f->store, &f->arena, &over, 2, &got, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    err = ERR_INIT;
    /* As many as may be hold: one of them may still be given another category. */
    put(f, "f", "other", "app", 15, &got);
    assert_true(span_is(got.replaced, "d"));
    assert_true(store_override_revoke(f->store, SPAN("p"), SPAN("f"), SPAN("you"), 20, &changed, &err));
    assert_true(changed);
    assert_true(store_override_revoke(f->store, SPAN("p"), SPAN("f"), SPAN("they"), 30, &changed, &err));
    assert_false(changed);
    assert_true(store_override_get(f->db, &f->arena, SPAN("p"), SPAN("f"), &o, &err));
    assert_int_equal(o.revoked_us, 20);
    assert_true(span_is(o.revoked_by, "you"));
    assert_true(store_override_changed(f->db, SPAN("p"), &changed_us, &err));
    assert_int_equal(changed_us, 20);
    assert_false(store_override_get(f->db, &f->arena, SPAN("q"), SPAN("f"), &o, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err = ERR_INIT;
    assert_false(store_override_revoke(f->store, SPAN("q"), SPAN("c"), SPAN(""), 40, &changed, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(held(f), 1);
}

static void test_packed_values(void **state)
{
    struct function_shares s;
    struct err err = ERR_INIT;
    /* Two functions, 3 and 258; own 0.5 and 0, with callees 1 and 0.25, 100 samples each; categories 1 and 0. */
    static const char packed[] = "\2\0\0\0" "\3\0\0\0" "\2\1\0\0" "\0\0\0\x3f" "\0\0\0\0" "\0\0\x80\x3f" "\0\0\x80\x3e"
                                 "\0\0\xc8\x42" "\0\0\xc8\x42" "\1\0";
    (void)state;
    assert_true(function_shares_open(span_make(packed, sizeof packed - 1), &s, &err));
    assert_int_equal(s.count, 2);
    assert_int_equal(function_shares_id(&s, 1), 258);
    assert_float_equal(function_shares_at(&s, 0).own, 0.5, 0);
    assert_float_equal(function_shares_at(&s, 1).total, 0.25, 0);
    assert_float_equal(function_shares_at(&s, 1).n_eff, 100, 0);
    assert_int_equal(function_shares_at(&s, 0).category, 1);
    assert_true(span_is(function_category(SPAN("app,serde"), 1), "serde"));
    assert_true(span_is(function_category(SPAN("app,serde"), 0), "app"));
    assert_int_equal(function_category(SPAN("app,serde"), 2).len, 0);
    for (size_t n = 0; n < sizeof packed - 1; n++) {
        err = ERR_INIT;
        assert_false(function_shares_open(span_make(packed, n), &s, &err));
        assert_int_equal(err.code, ERR_STORE);
    }
    assert_false(function_shares_open(span_make("\xff\xff\xff\xff", 4), &s, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_corrections, setup, teardown),
        cmocka_unit_test(test_packed_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
