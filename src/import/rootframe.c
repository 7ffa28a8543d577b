#include "import/rootframe.h"

#include "base/cleanup.h"
#include "base/num.h"

static bool number(struct span s, int64_t *ret)
{
    uint64_t v;
    bool hex = span_starts(s, SPAN("0x"));
    if (hex ? !span_hex_to_u64(s, &v) : !span_to_u64(s, &v))
        return false;
    *ret = v > INT64_MAX ? -1 : (int64_t)v;
    return true;
}

/* `thread (140..): name` and `Thread 12 "name"`. */
static bool read_thread(struct span s, struct rootframe *r)
{
    if (span_starts(s, SPAN("thread ("))) {
        size_t close = span_chr(s, 8, ')');
        if (close == s.len || !number(span_sub(s, 8, close - 8), &r->tid))
            return false;
        struct span rest = span_from(s, close + 1);
        r->name = span_starts(rest, SPAN(":")) ? span_trim(span_from(rest, 1)) : SPAN("");
        return rest.len == 0 || rest.ptr[0] == ':';
    }
    if (span_starts(s, SPAN("Thread ")) && span_ends(s, SPAN("\""))) {
        struct span rest = span_from(s, 7);
        size_t space = span_chr(rest, 0, ' ');
        if (!number(span_sub(rest, 0, space), &r->tid) || space + 2 >= rest.len || rest.ptr[space + 1] != '"')
            return false;
        r->name = span_sub(rest, space + 2, rest.len - space - 3);
        return true;
    }
    if (span_starts(s, SPAN("[")) && span_ends(s, SPAN("]"))) {
        struct span inner = span_sub(s, 1, s.len - 2);
        size_t at = span_find(inner, 0, SPAN("tid="));
        for (size_t next; (next = span_find(inner, at + 1, SPAN("tid="))) < inner.len;)
            at = next;
        if (at == inner.len || (at > 0 && inner.ptr[at - 1] != ' ') || !number(span_from(inner, at + 4), &r->tid))
            return false;
        r->name = span_trim(span_sub(inner, 0, at));
        return true;
    }
    return false;
}

static bool read_process(struct span s, struct rootframe *r)
{
    if (!span_starts(s, SPAN("process ")) && !span_starts(s, SPAN("Process ")))
        return false;
    struct span rest = span_from(s, 8);
    size_t colon = span_chr(rest, 0, ':');
    if (!number(span_sub(rest, 0, colon), &r->pid))
        return false;
    struct span command = span_from(rest, colon < rest.len ? colon + 1 : colon);
    if (command.len >= 2 && command.ptr[0] == '"' && command.ptr[command.len - 1] == '"')
        command = span_sub(command, 1, command.len - 2);
    r->command = command;
    return true;
}

/* `comm-pid`, `comm-?`, `comm-pid/tid`, `comm-?/tid`. */
static bool read_comm(struct span s, struct rootframe *r)
{
    struct span comm;
    struct span ids;
    struct span pid;
    struct span tid;
    /* comm may hold both '-' and '/': the numbers are taken from the right. */
    bool both = span_rsplit(s, '/', &pid, &tid) && number(tid, &r->tid);
    struct span head = both ? pid : s;
    if (!span_rsplit(head, '-', &comm, &ids) || comm.len == 0 || comm.len > 32)
        return false;
    if (!span_is(ids, "?") && !number(ids, &r->pid))
        return false;
    r->name = comm;
    r->form = both ? ROOT_COMM_PIDTID : ROOT_COMM_PID;
    return true;
}

struct rootframe rootframe_read(struct span text)
{
    struct rootframe r = { .form = ROOT_NONE, .pid = -1, .tid = -1, .name = { "", 0 }, .command = { "", 0 } };
    struct rootframe none = r;
    text = span_trim(text);
    if (read_thread(text, &r)) {
        r.form = ROOT_THREAD;
        return r;
    }
    r = none;
    if (read_process(text, &r)) {
        r.form = ROOT_PROCESS;
        return r;
    }
    r = none;
    if (read_comm(text, &r))
        return r;
    return none;
}

bool rootframe_may_be_comm(struct span text)
{
    static const char *const functions[] = { "main",         "all",           "root",     "(root)",
                                             "start",        "clone",         "<module>", "run",
                                             "[unknown]",    "start_thread",  "_start",   "__libc_start_main",
                                             "runtime.main", "runtime.goexit" };
    if (text.len == 0 || text.len > 16 || span_find(text, 0, SPAN("::")) < text.len)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        if (span_is(text, functions[i]))
            return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '(' || c == '`' || c == '<' || c == '$' || c == '!' || c == '@')
            return false;
    }
    return text.ptr[0] != '[';
}

bool rootframe_is_start(struct span text)
{
    static const char *const starts[] = { "_start",
                                          "__libc_start_main",
                                          "__libc_start_call_main",
                                          "start_thread",
                                          "__clone",
                                          "clone",
                                          "clone3",
                                          "__clone3",
                                          "ret_from_fork",
                                          "ret_from_fork_asm",
                                          "_dl_start",
                                          "_dl_start_user",
                                          "thread_start",
                                          "start_secondary",
                                          "cpu_startup_entry",
                                          "secondary_startup_64",
                                          "runtime.goexit",
                                          "runtime.rt0_go.abi0",
                                          "[unknown]",
                                          "entry_SYSCALL_64_after_hwframe",
                                          "asm_exc_page_fault",
                                          "kthread",
                                          "main",
                                          "x86_64_start_kernel",
                                          "start_kernel",
                                          "rest_init",
                                          "runtime.mcall" };
    size_t at = span_rchr(text, '_');
    if (at + 3 < text.len && text.ptr[at + 1] == '[')
        text = span_sub(text, 0, at);
    at = span_chr(text, 0, '+');
    text = span_sub(text, 0, at);
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (span_is(text, starts[i]))
            return true;
    }
    return text.len > 1 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';
}
