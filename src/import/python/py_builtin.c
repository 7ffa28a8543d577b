#include "import/python/py_builtin.h"

#include "base/sb.h"

/* Blocking calls of CPython's standard modules: qualified name as sampled, whole name. Where a call may as well compute
 * (sqlite3's execute) it is not here. */
static const struct {
    const char *qualified, *whole;
} blocking[] = {
    { "sleep", "time.sleep" },
    { "select", "select.select" },
    { "poll.poll", "select.poll.poll" },
    { "epoll.poll", "select.epoll.poll" },
    { "devpoll.poll", "select.devpoll.poll" },
    { "kqueue.control", "select.kqueue.control" },
    { "socket.accept", "_socket.socket.accept" },
    { "socket._accept", "_socket.socket._accept" },
    { "socket.connect", "_socket.socket.connect" },
    { "socket.connect_ex", "_socket.socket.connect_ex" },
    { "socket.recv", "_socket.socket.recv" },
    { "socket.recv_into", "_socket.socket.recv_into" },
    { "socket.recvfrom", "_socket.socket.recvfrom" },
    { "socket.recvfrom_into", "_socket.socket.recvfrom_into" },
    { "socket.recvmsg", "_socket.socket.recvmsg" },
    { "socket.recvmsg_into", "_socket.socket.recvmsg_into" },
    { "socket.send", "_socket.socket.send" },
    { "socket.sendall", "_socket.socket.sendall" },
    { "socket.sendto", "_socket.socket.sendto" },
    { "socket.sendmsg", "_socket.socket.sendmsg" },
    { "getaddrinfo", "_socket.getaddrinfo" },
    { "gethostbyname", "_socket.gethostbyname" },
    { "gethostbyaddr", "_socket.gethostbyaddr" },
    { "getnameinfo", "_socket.getnameinfo" },
    { "_SSLSocket.read", "_ssl._SSLSocket.read" },
    { "_SSLSocket.write", "_ssl._SSLSocket.write" },
    { "_SSLSocket.do_handshake", "_ssl._SSLSocket.do_handshake" },
    { "lock.acquire", "_thread.lock.acquire" },
    { "lock.__enter__", "_thread.lock.__enter__" },
    { "RLock.acquire", "_thread.RLock.acquire" },
    { "RLock.__enter__", "_thread.RLock.__enter__" },
    { "_ThreadHandle.join", "_thread._ThreadHandle.join" },
    { "SemLock.acquire", "_multiprocessing.SemLock.acquire" },
    { "SemLock.__enter__", "_multiprocessing.SemLock.__enter__" },
    { "SimpleQueue.get", "_queue.SimpleQueue.get" },
    { "waitpid", "posix.waitpid" },
    { "wait", "posix.wait" },
    { "wait3", "posix.wait3" },
    { "wait4", "posix.wait4" },
    { "waitid", "posix.waitid" },
    { "system", "posix.system" },
    { "WaitForSingleObject", "_winapi.WaitForSingleObject" },
    { "WaitForMultipleObjects", "_winapi.WaitForMultipleObjects" },
    { "fsync", "posix.fsync" },
    { "fdatasync", "posix.fdatasync" },
    { "sync", "posix.sync" },
    { "flock", "fcntl.flock" },
    { "lockf", "fcntl.lockf" },
    { "Connection.commit", "sqlite3.Connection.commit" },
    { "FileIO.read", "_io.FileIO.read" },
    { "FileIO.readinto", "_io.FileIO.readinto" },
    { "FileIO.readall", "_io.FileIO.readall" },
    { "BufferedReader.read", "_io.BufferedReader.read" },
    { "BufferedReader.read1", "_io.BufferedReader.read1" },
    { "BufferedReader.readinto", "_io.BufferedReader.readinto" },
    { "BufferedReader.readline", "_io.BufferedReader.readline" },
    { "read", "posix.read" },
    { "pause", "signal.pause" },
    { "sigwait", "signal.sigwait" },
    { "sigtimedwait", "signal.sigtimedwait" },
    { "input", "builtins.input" },
};

/* "M of T object at 0x7f", "M" of "T objects" and the like: type and method apart. */
static bool method_of_type(struct span text, struct span *ret_type, struct span *ret_method)
{
    size_t of = span_find(text, 0, SPAN(" of "));
    if (of == text.len)
        return false;
    struct span method = span_sub(text, 0, of), type = span_from(text, of + 4);
    size_t object = span_find(type, 0, SPAN(" object"));
    type = span_sub(type, 0, object);
    struct span *both[] = { &method, &type };
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        struct span s = span_trim(*both[i]);
        if (s.len >= 2 && s.ptr[0] == '\'' && s.ptr[s.len - 1] == '\'')
            s = span_sub(s, 1, s.len - 2);
        *both[i] = s;
    }
    *ret_type = type;
    *ret_method = method;
    return method.len > 0 && type.len > 0;
}

/* Names of modules as Python 3 has them. */
static struct span module_now(struct span name)
{
    static const struct {
        struct span old, now;
    } renamed[] = {
        { { "__builtin__.", 12 }, { "builtins.", 9 } },
        { { "thread.", 7 }, { "_thread.", 8 } },
        { { "nt.", 3 }, { "posix.", 6 } },
    };
    for (size_t i = 0; i < ARRAY_LEN(renamed); i++) {
        if (span_starts(name, renamed[i].old))
            return renamed[i].now;
    }
    return SPAN("");
}

/* Qualified names leave the module out: these types and functions have but one. */
static struct span module_of_qualified(struct span name)
{
    static const struct {
        struct span start, module;
    } types[] = {
        { { "HASH.", 5 }, { "_hashlib.", 9 } },       { { "_SSLContext.", 12 }, { "_ssl.", 5 } },
        { { "_SSLSocket.", 11 }, { "_ssl.", 5 } },    { { "Pattern.", 8 }, { "re.", 3 } },
        { { "deque.", 6 }, { "collections.", 12 } },  { { "socket.", 7 }, { "_socket.", 8 } },
        { { "create_dynamic", 14 }, { "_imp.", 5 } }, { { "exec_dynamic", 12 }, { "_imp.", 5 } },
        { { "create_builtin", 14 }, { "_imp.", 5 } }, { { "exec_builtin", 12 }, { "_imp.", 5 } },
        { { "scanstring", 10 }, { "_json.", 6 } },    { { "openssl_", 8 }, { "_hashlib.", 9 } },
        { { "BytesIO.", 8 }, { "_io.", 4 } },         { { "StringIO.", 9 }, { "_io.", 4 } },
        { { "Connection.", 11 }, { "sqlite3.", 8 } }, { { "Cursor.", 7 }, { "sqlite3.", 8 } },
    };
    static const char *const functions[] = {
        "abs",        "all",     "any",
        "ascii",      "bin",     "callable",
        "chr",        "compile", "delattr",
        "dir",        "divmod",  "eval",
        "exec",       "format",  "getattr",
        "globals",    "hasattr", "hash",
        "hex",        "id",      "isinstance",
        "issubclass", "iter",    "len",
        "locals",     "max",     "min",
        "next",       "oct",     "ord",
        "pow",        "print",   "repr",
        "round",      "setattr", "sorted",
        "sum",        "vars",    "__build_class__",
        "__import__", "range",   "xrange",
        "map",        "filter",  "zip",
        "reduce",     "apply",
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (span_starts(name, types[i].start))
            return types[i].module;
    }
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        if (span_is(name, functions[i]))
            return SPAN("builtins.");
    }
    return SPAN("");
}

/* Appends name, its old module replaced. */
static void add_name(struct sb *out, struct span name)
{
    struct span now = module_now(name);
    if (now.len > 0) {
        sb_add(out, now);
        name = span_from(name, span_chr(name, 0, '.') + 1);
    }
    sb_add(out, name);
}

static void spell(struct span name, struct sb *out)
{
    struct span t = span_trim(name), type, method;
    bool enclosed =
        t.len >= 2 && ((t.ptr[0] == '<' && t.ptr[t.len - 1] == '>') || (t.ptr[0] == '{' && t.ptr[t.len - 1] == '}'));
    if (enclosed)
        t = span_sub(t, 1, t.len - 2);
    static const struct span starts[] = {
        { "built-in method ", 16 }, { "built-in function ", 18 }, { "slot wrapper ", 13 }, { "method ", 7 }
    };
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (span_starts(t, starts[i])) {
            t = span_from(t, starts[i].len);
            break;
        }
    }
    if (method_of_type(t, &type, &method)) {
        add_name(out, type);
        sb_addc(out, '.');
        sb_add(out, method);
    } else {
        add_name(out, t);
    }
}

struct py_builtin py_builtin_read(struct span name, struct arena *arena)
{
    struct py_builtin b = { .d = { SPAN("(built-in)"), SPAN(""), SPAN("builtins"), 0, FRAME_NATIVE, 0 } };
    struct sb spelled = { 0 };
    spell(name, &spelled);
    struct span func = sb_span(&spelled);
    for (size_t i = 0; i < ARRAY_LEN(blocking); i++) {
        if (span_is(func, blocking[i].whole) || span_is(func, blocking[i].qualified)) {
            b.blocks = true;
            func = span_of(blocking[i].whole);
            break;
        }
    }
    if (func.len > 0) {
        struct sb whole = { 0 };
        if (!b.blocks)
            sb_add(&whole, module_of_qualified(func));
        sb_add(&whole, func);
        b.d.func = arena_span(arena, sb_span(&whole));
        sb_release(&whole);
        size_t dot = span_chr(b.d.func, 0, '.');
        b.d.module = dot < b.d.func.len && dot > 0 ? span_sub(b.d.func, 0, dot) : SPAN("builtins");
    }
    sb_release(&spelled);
    return b;
}

struct frame_desc py_frame(struct span func, struct span file, uint32_t line)
{
    struct frame_desc d = { func.len > 0 ? func : SPAN("(anonymous)"), file, SPAN(""), line, FRAME_MANAGED, 0 };
    return d;
}
