/* Files are replaced as a whole; what is not a file is written to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "base/fs.h"

static char dir[] = "/tmp/stet-fs-XXXXXX";

static char *in_dir(const char *name, struct sb *out)
{
    sb_reset(out);
    sb_printf(out, "%s/%s", dir, name);
    return out->ptr;
}

static void holds(const char *path, const char *want)
{
    struct sb got = { 0 };
    struct err err = ERR_INIT;
    assert_true(fs_read(path, &got, &err));
    assert_true(span_is(sb_span(&got), want));
    sb_release(&got);
}

static void test_file_is_replaced(void **state)
{
    (void)state;
    struct sb path = { 0 };
    struct err err = ERR_INIT;
    assert_true(fs_write(in_dir("file", &path), SPAN("one"), &err));
    assert_true(fs_write(path.ptr, SPAN("two"), &err));
    holds(path.ptr, "two");
    assert_int_not_equal(access(in_dir("file.part", &path), F_OK), 0);
    assert_int_equal(unlink(in_dir("file", &path)), 0);
    sb_release(&path);
}

static void test_link_stays_a_link(void **state)
{
    (void)state;
    struct sb target = { 0 }, link = { 0 };
    struct err err = ERR_INIT;
    struct stat st;
    assert_int_equal(symlink(in_dir("target", &target), in_dir("link", &link)), 0);
    assert_true(fs_write(link.ptr, SPAN("through"), &err));
    assert_int_equal(lstat(link.ptr, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    holds(target.ptr, "through");
    assert_int_equal(unlink(link.ptr), 0);
    assert_int_equal(unlink(target.ptr), 0);
    sb_release(&target);
    sb_release(&link);
}

/* -o /dev/null as root: the device must be there afterwards. */
static void test_device_stays_a_device(void **state)
{
    (void)state;
    struct sb link = { 0 };
    struct err err = ERR_INIT;
    struct stat st;
    assert_int_equal(symlink("/dev/null", in_dir("null", &link)), 0);
    assert_true(fs_write(link.ptr, SPAN("gone"), &err));
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(unlink(link.ptr), 0);
    sb_release(&link);
}

static void test_no_folder(void **state)
{
    (void)state;
    struct sb path = { 0 };
    struct err err = ERR_INIT;
    assert_false(fs_write(in_dir("none/file", &path), SPAN("x"), &err));
    assert_int_equal(err.code, ERR_IO);
    sb_release(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_is_replaced),
        cmocka_unit_test(test_link_stays_a_link),
        cmocka_unit_test(test_device_stays_a_device),
        cmocka_unit_test(test_no_folder),
    };
    if (!mkdtemp(dir))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(dir) == 0 ? failed : 1;
}
