/* The store by its own calls: uploads, identity, runs, revisions, removal, tokens, links, group commit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store.h"

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

static bool bytes_of(void *user, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    const struct span *all = user;
    (void)err;
    struct span part = span_sub(*all, (size_t)offset, n);
    if (part.len > 0)
        memcpy(buf, part.ptr, part.len);
    *ret_n = part.len;
    return true;
}

static struct store_put put(struct fixture *f, const char *id, const char *run, const char *content, int64_t at)
{
    struct err err = ERR_INIT;
    struct span bytes = span_of(content);
    struct store_put out;
    struct store_upload up = { .profile = { .id = span_of(id),
                                            .project = SPAN("p"),
                                            .run = span_of(run),
                                            .identity = bytes,
                                            .sha256 = SPAN("00"),
                                            .name = SPAN("f"),
                                            .rate_hz = NUM_UNKNOWN,
                                            .duration_s = 2.5,
                                            .size_bytes = (int64_t)bytes.len },
                               .new_run = SPAN("r-new"),
                               .bytes = bytes_of,
                               .bytes_user = &bytes,
                               .now_us = at };
    assert_true(store_put_upload(f->store, &f->arena, &up, &out, &err));
    return out;
}

static void analysed(struct fixture *f, const char *run, const char *member, int64_t revision)
{
    struct err err = ERR_INIT;
    struct span id = span_of(member);
    struct store_analysis a = { .project = SPAN("p"),
                                .run = span_of(run),
                                .revision = revision,
                                .gate = SPAN("insufficient"),
                                .verdict = SPAN("insufficient_evidence"),
                                .summary = SPAN("s"),
                                .cpu = { 0.1, 0.2, 0.3 },
                                .doc = SPAN("{}") };
    assert_true(store_put_analysis(f->store, &a, &id, 1, &err));
}

static void test_identity(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    struct store_put one = put(f, "a1", "", "hello", 10);
    assert_false(one.duplicate);
    assert_true(span_is(one.run, "r-new"));
    struct store_put twice = put(f, "a2", "", "hello", 20);
    assert_true(twice.duplicate);
    assert_true(span_is(twice.id, "a1"));
    struct store_put other = put(f, "a3", "other", "hello", 30);
    assert_false(other.duplicate);
    struct store_profile p;
    assert_true(store_profile_get(f->db, &f->arena, SPAN("a1"), &p, &err));
    assert_true(p.duration_s == 2.5 && !num_known(p.rate_hz) && p.changed_us == 20);
    struct span bytes;
    assert_true(store_raw_part(f->db, &f->arena, SPAN("a1"), 0, &bytes, &err));
    assert_true(span_is(bytes, "hello"));
    assert_true(store_raw_part(f->db, &f->arena, SPAN("a1"), 1, &bytes, &err));
    assert_int_equal(bytes.len, 0);
    assert_false(store_profile_get(f->db, &f->arena, SPAN("nope"), &p, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_raw_parts(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    size_t size = (2u << 20) + 17;
    char *text = xcalloc(size + 1, 1);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 23);
    (void)put(f, "big", "r", text, 10);
    size_t got = 0;
    for (int64_t part = 0;; part++) {
        struct span bytes;
        assert_true(store_raw_part(f->db, &f->arena, SPAN("big"), part, &bytes, &err));
        if (bytes.len == 0)
            break;
        assert_true(bytes.len <= 1 << 20);
        assert_memory_equal(bytes.ptr, text + got, bytes.len);
        got += bytes.len;
    }
    assert_int_equal(got, size);
    free(text);
}

static void test_revisions(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    int64_t next = 0;
    struct store_analysis a;
    (void)put(f, "a", "r1", "x", 10);
    assert_true(store_next_revision(f->db, SPAN("p"), SPAN("r1"), &next, &err));
    assert_int_equal(next, 1);
    analysed(f, "r1", "a", 1);
    analysed(f, "r1", "a", 2);
    assert_true(store_analysis_get(f->db, &f->arena, SPAN("p"), SPAN("r1"), 1, &a, &err));
    assert_int_equal(a.superseded_by, 2);
    /* Joining another run: its revisions go on above, and the old one is still found by the upload. */
    (void)put(f, "b", "r2", "y", 20);
    analysed(f, "r2", "b", 1);
    assert_true(store_join(f->store, SPAN("a"), SPAN("r2"), 30, &err));
    assert_true(store_next_revision(f->db, SPAN("p"), SPAN("r2"), &next, &err));
    assert_int_equal(next, 3);
    analysed(f, "r2", "a", 3);
    assert_true(store_analysis_of(f->db, &f->arena, SPAN("a"), 2, &a, &err));
    assert_true(span_is(a.run, "r1"));
    assert_true(store_analysis_of(f->db, &f->arena, SPAN("a"), 0, &a, &err));
    assert_true(span_is(a.run, "r2") && a.revision == 3);
    /* An emptied run is neither listed nor the newest. */
    struct store_run run;
    assert_true(store_run_get(f->db, &f->arena, SPAN("p"), SPAN(""), &run, &err));
    assert_true(span_is(run.name, "r2"));
    struct store_runs runs = { 0 };
    assert_true(store_runs(f->db, &f->arena, SPAN("p"), 10, &runs, &err));
    assert_int_equal(runs.count, 1);
    assert_int_equal(runs.items[0].profiles, 2);
    free(runs.items);
    /* The run already holds the identical upload. */
    (void)put(f, "c", "r3", "x", 40);
    assert_false(store_join(f->store, SPAN("c"), SPAN("r2"), 50, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

static void test_removal(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    bool empty = false;
    (void)put(f, "a", "r", "x", 10);
    (void)put(f, "b", "r", "y", 20);
    analysed(f, "r", "a", 1);
    assert_true(store_delete_profile(f->store, SPAN("a"), 30, &empty, &err));
    assert_false(empty);
    assert_true(store_delete_profile(f->store, SPAN("b"), 30, &empty, &err));
    assert_true(empty);
    assert_false(store_delete_profile(f->store, SPAN("b"), 30, &empty, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_paging(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    for (int i = 0; i < 7; i++) {
        char id[16];
        char content[16];
        (void)snprintf(id, sizeof id, "id%d", i);
        (void)snprintf(content, sizeof content, "c%d", i);
        (void)put(f, id, "r", content, 10 + i / 2);
    }
    int seen = 0;
    int64_t us = -1;
    struct span last = SPAN("");
    for (;;) {
        struct store_profiles page = { 0 };
        assert_true(store_profiles(f->db, &f->arena, SPAN("p"), SPAN(""), us, last, 3, &page, &err));
        size_t n = page.count;
        seen += (int)n;
        if (n > 0) {
            us = page.items[n - 1].created_us;
            last = page.items[n - 1].id;
        }
        free(page.items);
        if (n == 0)
            break;
    }
    assert_int_equal(seen, 7);
}

static void test_access(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    bool any = true;
    assert_true(store_token_any(f->db, &any, &err));
    assert_false(any);
    struct store_token t = { .id = SPAN("t1"),
                             .hash = SPAN("h"),
                             .name = SPAN("n"),
                             .scopes = SPAN("read"),
                             .project = SPAN("p"),
                             .created_us = 1,
                             .expires_us = 100 };
    assert_true(store_token_put(f->store, &t, &err));
    assert_true(store_token_find(f->db, &f->arena, SPAN("h"), 99, &t, &err));
    assert_false(store_token_find(f->db, &f->arena, SPAN("h"), 100, &t, &err));
    assert_int_equal(err.code, ERR_UNAUTHORISED);
    assert_true(store_token_revoke(f->store, SPAN("t1"), 50, &err));
    assert_false(store_token_find(f->db, &f->arena, SPAN("h"), 60, &t, &err));
    assert_false(store_token_revoke(f->store, SPAN("t1"), 50, &err));
    assert_true(store_token_any(f->db, &any, &err) && any);
}

static void *put_many(void *user)
{
    struct fixture *f = user;
    struct err err = ERR_INIT;
    for (int i = 0; i < 50; i++)
        assert_true(store_profile_status(f->store, SPAN("a"), "running", ERR_NONE, SPAN(""), &err));
    return NULL;
}

static void test_group_commit(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[4];
    (void)put(f, "a", "r", "x", 10);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, f), 0);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        (void)pthread_join(threads[i], NULL);
}

static void test_newer_schema(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    struct store *again = NULL;
    /* Opening twice is fine: nothing is left to migrate. */
    assert_true(store_open(f->path, 2, &again, &err));
    store_close(again);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_identity), TEST(test_raw_parts), TEST(test_revisions),    TEST(test_removal),
        TEST(test_paging),   TEST(test_access),    TEST(test_group_commit), TEST(test_newer_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
