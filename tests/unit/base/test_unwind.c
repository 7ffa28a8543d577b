#include "base/unwind.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs body in a child that writes its standard error into text. Out: the wait status. */
static int child_run(void (*body)(void), char *text, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        body();
        _exit(0);
    }
    (void)close(ends[1]);
    size_t len = 0;
    ssize_t got;
    while (len + 1 < size && (got = read(ends[0], text + len, size - 1 - len)) > 0)
        len += (size_t)got;
    text[len] = '\0';
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Work after the call keeps the frame: a tail call would replace it. */
static volatile int dies_status;

__attribute__((noinline)) static void dies_here(int number)
{
    dies_status = raise(number);
}

static void abort_body(void)
{
    unwind_handle_crashes("stet 9.8.7");
    dies_here(SIGABRT);
}

static void segv_body(void)
{
    unwind_handle_crashes("stet 9.8.7");
    dies_here(SIGSEGV);
}

__attribute__((noinline)) static void print_body(void)
{
    unwind_print(STDERR_FILENO);
    if (write(STDERR_FILENO, "end\n", 4) != 4)
        _exit(1);
}

static void crash_is_reported_and_kills(void **state)
{
    (void)state;
    const struct {
        void (*body)(void);
        int number;
        const char *name;
    } rows[] = {
        { abort_body, SIGABRT, "stet 9.8.7: crashed by SIGABRT, backtrace:\n" },
        { segv_body, SIGSEGV, "stet 9.8.7: crashed by SIGSEGV at address " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[8192];
        int status = child_run(rows[i].body, text, sizeof text);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), rows[i].number);
        assert_int_equal(strncmp(text, rows[i].name, strlen(rows[i].name)), 0);
        assert_non_null(strstr(text, "\n  #0 0x"));
        /* Named although it is static: the symbol table of the file is read, not only exported names. */
        assert_non_null(strstr(text, " dies_here+0x"));
        assert_non_null(strstr(text, " main+0x"));
    }
}

static void backtrace_of_a_living_process(void **state)
{
    (void)state;
    char text[8192];
    int status = child_run(print_body, text, sizeof text);
    assert_true(WIFEXITED(status));
    assert_non_null(strstr(text, " print_body+0x"));
    assert_non_null(strstr(text, "end\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crash_is_reported_and_kills),
        cmocka_unit_test(backtrace_of_a_living_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
