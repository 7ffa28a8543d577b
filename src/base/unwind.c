/* Crash reports. Invariants:
 * 1. Nothing below a signal handler allocates, takes a stdio lock or formats with printf.
 * 2. The handler ends the process whatever happens inside it: a second fault meets the default action
 *    (SA_RESETHAND), a lock held by the interrupted code is cut short by an alarm.
 * 3. One thread reports; others that crash meanwhile wait for the process to end. */
#define _GNU_SOURCE /* dladdr */
#define UNW_LOCAL_ONLY
#include "base/unwind.h"

#include <dlfcn.h>
#include <libunwind.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    FRAMES_MAX = 64,
    NAME_BYTES_MAX = 256,
    ALT_STACK_BYTES = 64 * 1024, /* libunwind's cursor alone is 1 KiB, its DWARF state some more */
    REPORT_SECONDS_MAX = 10,
};

static const int crash_signals[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };
static const char *crash_program = "";
static atomic_flag crash_reporting = ATOMIC_FLAG_INIT;
static pthread_key_t alt_stack_key;
static pthread_once_t alt_stack_once = PTHREAD_ONCE_INIT;
static bool alt_stack_has_key;

static void text_write(int fd, const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t done = write(fd, text, len);
        if (done <= 0)
            return;
        text += done;
        len -= (size_t)done;
    }
}

static void number_write(int fd, uint64_t value, unsigned base)
{
    char digits[24];
    char *at = digits + sizeof digits - 1;
    *at = '\0';
    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    text_write(fd, base == 16 ? "0x" : "");
    text_write(fd, at);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* One line: "  #3 0x55e1c0de profile_freeze+0x1c (stet+0x1c0de)". The module offset is what addr2line takes. */
static void frame_write(int fd, unsigned index, unw_cursor_t *cursor, uint64_t address)
{
    char name[NAME_BYTES_MAX];
    unw_word_t offset = 0;
    Dl_info info;
    bool has_module = dladdr((void *)(uintptr_t)address, &info) != 0 && info.dli_fname != NULL;
    text_write(fd, "  #");
    number_write(fd, index, 10);
    text_write(fd, " ");
    number_write(fd, address, 16);
    text_write(fd, " ");
    /* libunwind reads .symtab, so static functions have names; dladdr knows exported ones only. */
    int rc = unw_get_proc_name(cursor, name, sizeof name, &offset);
    if (rc == 0 || rc == -UNW_ENOMEM) {
        text_write(fd, name);
        text_write(fd, "+");
        number_write(fd, offset, 16);
    } else if (has_module && info.dli_sname != NULL) {
        text_write(fd, info.dli_sname);
        text_write(fd, "+");
        number_write(fd, address - (uintptr_t)info.dli_saddr, 16);
    } else {
        text_write(fd, "?");
    }
    if (has_module) {
        text_write(fd, " (");
        text_write(fd, base_name(info.dli_fname));
        text_write(fd, "+");
        number_write(fd, address - (uintptr_t)info.dli_fbase, 16);
        text_write(fd, ")");
    }
    text_write(fd, "\n");
}

static void cursor_write(int fd, unw_cursor_t *cursor)
{
    unsigned index = 0;
    do {
        unw_word_t address = 0;
        if (unw_get_reg(cursor, UNW_REG_IP, &address) != 0 || address == 0)
            return;
        frame_write(fd, index++, cursor, address);
    } while (index < FRAMES_MAX && unw_step(cursor) > 0);
}

void unwind_print(int fd)
{
    unw_context_t context;
    unw_cursor_t cursor;
    if (unw_getcontext(&context) == 0 && unw_init_local(&cursor, &context) == 0)
        cursor_write(fd, &cursor);
}

static const char *signal_name(int number)
{
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGABRT:
        return "SIGABRT";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    default:
        return "signal";
    }
}

static void crash_report(int number, const siginfo_t *info, void *context)
{
    text_write(STDERR_FILENO, crash_program);
    text_write(STDERR_FILENO, ": crashed by ");
    text_write(STDERR_FILENO, signal_name(number));
    if (number == SIGSEGV || number == SIGBUS) {
        text_write(STDERR_FILENO, " at address ");
        number_write(STDERR_FILENO, (uintptr_t)info->si_addr, 16);
    }
    text_write(STDERR_FILENO, ", backtrace:\n");
    unw_cursor_t cursor;
    /* The kernel's ucontext_t is libunwind's context on Linux; the flag says that the first frame is not a call. */
    if (unw_init_local2(&cursor, context, UNW_INIT_SIGNAL_FRAME) == 0)
        cursor_write(STDERR_FILENO, &cursor);
}

static void crash_handle(int number, siginfo_t *info, void *context)
{
    if (atomic_flag_test_and_set(&crash_reporting)) {
        for (;;)
            (void)pause();
    }
    (void)signal(SIGALRM, SIG_DFL);
    (void)alarm(REPORT_SECONDS_MAX);
    crash_report(number, info, context);
    /* SA_RESETHAND has put back the default action; the signal is blocked until we return, so it ends us then. */
    (void)raise(number);
}

static void alt_stack_release(void *memory)
{
    stack_t off = { .ss_flags = SS_DISABLE };
    (void)sigaltstack(&off, NULL);
    (void)munmap(memory, ALT_STACK_BYTES);
}

static void alt_stack_key_make(void)
{
    alt_stack_has_key = pthread_key_create(&alt_stack_key, alt_stack_release) == 0;
}

void unwind_thread_prepare(void)
{
    (void)pthread_once(&alt_stack_once, alt_stack_key_make);
    if (!alt_stack_has_key || pthread_getspecific(alt_stack_key) != NULL)
        return;
    void *memory = mmap(NULL, ALT_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
    stack_t stack = { .ss_sp = memory, .ss_size = ALT_STACK_BYTES };
    if (sigaltstack(&stack, NULL) != 0 || pthread_setspecific(alt_stack_key, memory) != 0)
        alt_stack_release(memory);
}

void unwind_handle_crashes(const char *program)
{
    crash_program = program;
    unwind_thread_prepare();
    struct sigaction action = { .sa_sigaction = crash_handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND };
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crash_signals / sizeof crash_signals[0]; i++)
        (void)sigaction(crash_signals[i], &action, NULL);
}
