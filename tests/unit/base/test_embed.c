#include "base/embed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char bytes[] = "one\0two";

static const struct embed_file files[] = {
    { "a.sql", bytes, bytes + 3 },
    { "b/c.tpl", bytes + 4, bytes + 7 },
};

static void finds_by_name(void **state)
{
    (void)state;
    const struct embed_file *file = embed_find(files, 2, "b/c.tpl");
    assert_non_null(file);
    assert_int_equal(embed_size(file), 3);
    assert_memory_equal(file->begin, "two", 3);
    assert_null(embed_find(files, 2, "c.tpl"));
    assert_null(embed_find(files, 0, "a.sql"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
