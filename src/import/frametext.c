#include "import/frametext.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool one_of(struct span s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(s, list[i]))
            return true;
    }
    return false;
}

struct span frametext_base(struct span path)
{
    size_t at = span_rchr(path, '/');
    if (at < path.len)
        path = span_from(path, at + 1);
    at = span_rchr(path, '\\');
    return at < path.len ? span_from(path, at + 1) : path;
}

bool frametext_is_kernel_entry(struct span f)
{
    static const char *const prefixes[] = { "entry_SYSCALL",
                                            "entry_SYSENTER",
                                            "entry_INT80",
                                            "asm_sysvec_",
                                            "asm_exc_",
                                            "asm_common_interrupt",
                                            "do_syscall_64",
                                            "x64_sys_call",
                                            "__x64_sys_",
                                            "el0_svc",
                                            "el0t_64",
                                            "el1h_64",
                                            "ret_from_fork",
                                            "ret_to_user",
                                            "system_call_fastpath",
                                            "sysenter_past",
                                            "apic_timer_interrupt",
                                            "secondary_startup_64",
                                            "start_secondary",
                                            "do_softirq_own_stack" };
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (span_starts(f, span_of(prefixes[i])))
            return true;
    }
    return false;
}

bool frametext_is_kernel_dso(struct span dso)
{
    if (span_ends(dso, SPAN(".ko")) || span_ends(dso, SPAN(".ko.xz")) || span_ends(dso, SPAN(".ko.zst")) ||
        span_starts(frametext_base(dso), SPAN("vmlinux")) || span_starts(dso, SPAN("[guest.kernel")))
        return true;
    static const char *const user[] = { "[unknown]", "[vdso]", "[vsyscall]", "[heap]", "[stack]", "[anon]" };
    return dso.len > 2 && dso.ptr[0] == '[' && !one_of(dso, user, ARRAY_LEN(user));
}

enum language { LANG_NONE, LANG_MANAGED, LANG_NATIVE };

/* What a file's ending says; LANG_NONE for anything else. */
static enum language file_language(struct span file)
{
    static const char *const managed[] = { ".py",  ".pyx", ".pyi", ".js",     ".mjs",  ".cjs", ".ts",
                                           ".tsx", ".jsx", ".rb",  ".php",    ".java", ".kt",  ".scala",
                                           ".cs",  ".fs",  ".vb",  ".groovy", ".clj" };
    static const char *const native[] = { ".c", ".cc", ".cpp", ".cxx", ".h",  ".hpp", ".hh",  ".rs",   ".S",
                                          ".s", ".go", ".inl", ".m",   ".mm", ".f90", ".zig", ".swift" };
    for (size_t i = 0; i < ARRAY_LEN(managed); i++) {
        if (span_ends(file, span_of(managed[i])))
            return LANG_MANAGED;
    }
    for (size_t i = 0; i < ARRAY_LEN(native); i++) {
        if (span_ends(file, span_of(native[i])))
            return LANG_NATIVE;
    }
    if (span_starts(file, SPAN("<frozen ")) || span_starts(file, SPAN("node:")) ||
        span_starts(file, SPAN("internal/")) || span_is(file, "<string>") || span_is(file, "<stdin>") ||
        span_starts(file, SPAN("<ipython-input")) || span_starts(file, SPAN("evalmachine.")) ||
        span_starts(file, SPAN("file://")))
        return LANG_MANAGED;
    return LANG_NONE;
}

static bool is_module(struct span s)
{
    return span_find(s, 0, SPAN(".so")) < s.len || span_ends(s, SPAN(".dll")) || span_ends(s, SPAN(".dylib")) ||
           span_ends(s, SPAN(".node")) || span_ends(s, SPAN(".exe"));
}

/* Takes ":12" off the end. */
static bool take_line(struct span *s, uint32_t *ret_line)
{
    struct span head;
    struct span tail;
    uint64_t line;
    if (!span_rsplit(*s, ':', &head, &tail) || !span_to_u64(tail, &line) || line > UINT32_MAX || head.len == 0)
        return false;
    *s = head;
    *ret_line = (uint32_t)line;
    return true;
}

static void set_file(struct frame_desc *d, struct span file)
{
    if (span_starts(file, SPAN("file://")))
        file = span_from(file, 7);
    d->file = file;
    enum language lang = file_language(file);
    if (lang == LANG_MANAGED)
        d->kind = FRAME_MANAGED;
    else if (lang == LANG_NATIVE && d->kind == FRAME_UNKNOWN)
        d->kind = FRAME_NATIVE;
}

/* `name (file.py:12)`, `name (file)`, `func (lib.so)`; false when the parentheses hold something else. */
static bool take_location(struct frame_desc *d)
{
    struct span s = d->func;
    if (s.len < 4 || s.ptr[s.len - 1] != ')')
        return false;
    size_t open = s.len - 1;
    for (int depth = 0; open > 0; open--) {
        depth += s.ptr[open] == ')' ? 1 : s.ptr[open] == '(' ? -1 : 0;
        if (depth == 0)
            break;
    }
    if (open == 0 || s.ptr[open - 1] != ' ')
        return false;
    struct span inner = span_sub(s, open + 1, s.len - open - 2);
    uint32_t line = 0;
    bool has_line = take_line(&inner, &line);
    if (has_line)
        (void)take_line(&inner, &line); /* file:line:column */
    if (!has_line && is_module(inner)) {
        d->module = inner;
        d->kind = FRAME_NATIVE;
    } else if (has_line || file_language(inner) != LANG_NONE || inner.ptr[0] == '/' || inner.ptr[0] == '<') {
        set_file(d, inner);
        d->line = line;
    } else {
        return false;
    }
    d->func = span_sub(s, 0, open - 1);
    return true;
}

/* Suffixes of collapse tools. */
static void take_suffix(struct frame_desc *d)
{
    struct span *f = &d->func;
    while (f->len > 4 && f->ptr[f->len - 1] == ']' && f->ptr[f->len - 3] == '[' && f->ptr[f->len - 4] == '_') {
        switch (f->ptr[f->len - 2]) {
        case 'k':
            d->kind = FRAME_KERNEL;
            break;
        case 'j':
        case '1':
            d->flags |= FRAME_JIT;
            d->kind = FRAME_MANAGED;
            break;
        case '0':
            d->flags |= FRAME_INTERPRETED;
            d->kind = FRAME_MANAGED;
            break;
        case 'i':
            d->flags |= FRAME_INLINED;
            break;
        case 'w':
            break;
        default:
            return;
        }
        f->len -= 4;
    }
}

/* "+0x1f" and "+122" at the end; operator+ keeps its sign. */
static void take_offset(struct frame_desc *d)
{
    struct span f = d->func;
    size_t at = span_rchr(f, '+');
    if (at == f.len || at == 0 || at + 1 == f.len || f.ptr[at - 1] == ' ')
        return;
    struct span tail = span_from(f, at + 1);
    bool hex = span_starts(tail, SPAN("0x")) && tail.len > 2;
    for (size_t i = hex ? 2 : 0; i < tail.len; i++) {
        if (hex ? !is_hex(tail.ptr[i]) : !is_digit(tail.ptr[i]))
            return;
    }
    d->func = span_sub(f, 0, at);
}

/* "::h0123456789abcdef" of Rust, the compiler's ".cold", ".constprop.0", ".isra.0", ".part.1", ".llvm.123" and
 * " [clone .cold]". */
static void take_clone_marks(struct frame_desc *d)
{
    struct span *f = &d->func;
    if (f->len > 19 && span_starts(span_from(*f, f->len - 19), SPAN("::h"))) {
        bool hash = true;
        for (size_t i = f->len - 16; i < f->len; i++)
            hash = hash && is_hex(f->ptr[i]);
        if (hash)
            f->len -= 19;
    }
    static const char *const marks[] = { " [clone ", ".constprop.", ".isra.", ".part.", ".llvm.", ".cold" };
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        size_t at = span_find(*f, 1, span_of(marks[i]));
        if (at < f->len)
            f->len = at;
    }
}

/* Start of a C++ argument list, or the length. Go receivers `.(*T).`, "(anonymous namespace)", "operator()" and lists
 * inside template arguments stay. */
static size_t arguments_at(struct span f)
{
    int angle = 0;
    for (size_t i = 0; i < f.len; i++) {
        char c = f.ptr[i];
        struct span before = span_sub(f, 0, i);
        if (c == '<')
            angle += !span_ends(before, SPAN("operator")) && !span_ends(before, SPAN("operator<"));
        else if (c == '>')
            angle -= angle > 0 && !span_ends(before, SPAN("-")) && !span_ends(before, SPAN("operator"));
        if (c != '(' || angle > 0)
            continue;
        if (i == 0 || span_starts(span_from(f, i), SPAN("(anonymous namespace)")))
            continue;
        if (f.ptr[i - 1] == '.' || span_ends(before, SPAN("operator")) || span_ends(before, SPAN("decltype")))
            continue;
        return i;
    }
    return f.len;
}

/* Class and method of a Java symbol; rewrites '/' to '.'. False when it is none. */
static bool take_java(struct frametext *t)
{
    struct span f = t->d.func;
    static const char *const joints[] = { ";::", ":::", "::", "." };
    struct span cls = SPAN("");
    struct span method = SPAN("");
    for (size_t i = 0; i < ARRAY_LEN(joints) && cls.len == 0; i++) {
        struct span joint = span_of(joints[i]);
        size_t at = i == 3 ? span_rchr(f, '.') : span_find(f, 0, joint);
        if (at > 0 && at < f.len) {
            cls = span_sub(f, 0, at);
            method = span_from(f, at + joint.len);
        }
    }
    size_t slash = span_rchr(cls, '/');
    bool tagged = span_find(f, 0, SPAN(";::")) < f.len || span_find(f, 0, SPAN(":::")) < f.len;
    if (cls.len == 0 || method.len == 0 || (slash == cls.len && !tagged))
        return false;
    struct span first = span_sub(cls, 0, span_chr(cls, 0, '/'));
    bool go = span_chr(first, 0, '.') < first.len || (slash + 1 < cls.len && !is_upper(cls.ptr[slash + 1]));
    if (cls.ptr[0] == '/' || (go && !tagged) || span_chr(cls, 0, ' ') < cls.len ||
        span_find(cls, 0, SPAN(":/")) < cls.len || cls.len + method.len + 2 > sizeof t->buf)
        return false;
    if (tagged && cls.ptr[0] == 'L' && cls.len > 1)
        cls = span_from(cls, 1);
    size_t args = span_chr(method, 0, '(');
    method = span_sub(method, 0, args);
    size_t n = 0;
    for (size_t i = 0; i < cls.len; i++)
        t->buf[n++] = cls.ptr[i] == '/' ? '.' : cls.ptr[i];
    t->buf[n++] = '.';
    memcpy(t->buf + n, method.ptr, method.len);
    t->d.func = span_make(t->buf, n + method.len);
    t->d.kind = FRAME_MANAGED;
    return true;
}

/* `JS:~fn /a.js:1:2`, `LazyCompile:*fn a.js:1`, `Function:^fn`, `Script:~ /a.js`. False for other tags. */
static bool take_v8(struct frame_desc *d)
{
    static const char *const tags[] = { "JS:", "LazyCompile:", "Function:", "Script:", "Eval:" };
    struct span f = d->func;
    size_t i = 0;
    while (i < ARRAY_LEN(tags) && !span_starts(f, span_of(tags[i])))
        i++;
    if (i == ARRAY_LEN(tags))
        return false;
    f = span_from(f, strlen(tags[i]));
    while (f.len > 0 && (f.ptr[0] == '~' || f.ptr[0] == '*' || f.ptr[0] == '^' || f.ptr[0] == '+')) {
        d->flags |= f.ptr[0] == '~' ? FRAME_INTERPRETED : FRAME_JIT;
        f = span_from(f, 1);
    }
    struct span name;
    struct span where;
    size_t at = span_chr(f, 0, ' ');
    /* Accessors keep their word: "get foo /a.js:1:2". */
    if (span_starts(f, SPAN("get ")) || span_starts(f, SPAN("set ")) || span_starts(f, SPAN("async ")))
        at = span_chr(f, at + 1, ' ');
    name = span_sub(f, 0, at);
    where = span_trim(span_from(f, at));
    if (where.len > 0) {
        uint32_t line = 0;
        uint32_t outer = 0;
        if (take_line(&where, &line) && take_line(&where, &outer))
            line = outer;
        set_file(d, where);
        d->line = line;
    }
    d->func = name.len > 0 ? name : SPAN("(anonymous)");
    d->kind = FRAME_MANAGED;
    return true;
}

/* `py::fn:/a/b.py` of CPython's perf trampoline. */
static bool take_python(struct frame_desc *d)
{
    if (!span_starts(d->func, SPAN("py::")))
        return false;
    struct span rest = span_from(d->func, 4);
    struct span name;
    struct span file;
    if (span_split(rest, ':', &name, &file)) {
        d->func = name;
        set_file(d, file);
    } else {
        d->func = rest;
    }
    d->kind = FRAME_MANAGED;
    d->flags |= FRAME_JIT;
    return true;
}

static bool take_bracket(struct frame_desc *d)
{
    struct span f = d->func;
    if (f.len < 3 || f.ptr[0] != '[' || f.ptr[f.len - 1] != ']')
        return false;
    struct span inner = span_sub(f, 1, f.len - 2);
    if (span_is(inner, "unknown") || span_starts(inner, SPAN("unknown ")))
        return true;
    if (span_starts(inner, SPAN("Missed ")) || span_starts(inner, SPAN("tid="))) {
        d->kind = FRAME_META;
        return true;
    }
    if (span_starts(inner, SPAN("kernel")) || span_starts(inner, SPAN("vmlinux")) ||
        span_starts(inner, SPAN("guest.kernel")))
        d->kind = FRAME_KERNEL;
    else if (is_module(inner) || span_starts(inner, SPAN("ld-")) || span_is(inner, "vdso"))
        d->kind = d->kind == FRAME_UNKNOWN ? FRAME_NATIVE : d->kind;
    if (d->module.len == 0 && d->kind != FRAME_UNKNOWN)
        d->module = inner;
    return true;
}

static void init(struct frametext *t, struct span func)
{
    t->d = (struct frame_desc){ .func = func, .file = { "", 0 }, .module = { "", 0 }, .kind = FRAME_UNKNOWN };
    t->separator = t->waker_end = false;
}

static void clean_native(struct frame_desc *d)
{
    if (span_starts(d->func, SPAN("RegExp:")))
        return; /* a pattern is no argument list */
    take_clone_marks(d);
    d->func = span_trim(span_sub(d->func, 0, arguments_at(d->func)));
}

void frametext_read(struct span raw, struct frametext *t)
{
    init(t, span_trim(raw));
    if (span_is(t->d.func, "-") || span_is(t->d.func, "--") || span_is(t->d.func, ",")) {
        t->separator = true;
        t->waker_end = t->d.func.len == 2;
        return;
    }
    take_suffix(&t->d);
    if (take_bracket(&t->d) || t->d.func.len == 0)
        return;
    if (take_v8(&t->d) || take_python(&t->d) || take_location(&t->d)) {
        if (t->d.kind == FRAME_NATIVE)
            clean_native(&t->d);
        return;
    }
    take_offset(&t->d);
    if (t->d.kind != FRAME_KERNEL && take_java(t))
        return;
    bool pseudo = t->d.func.ptr[0] == '(' && !span_starts(t->d.func, SPAN("(anonymous namespace)"));
    if (!pseudo && t->d.func.ptr[0] != '<')
        clean_native(&t->d);
    if (frametext_is_kernel_entry(t->d.func))
        t->d.kind = FRAME_KERNEL;
}

static bool is_jit_dso(struct span dso)
{
    struct span base = frametext_base(dso);
    return (span_starts(base, SPAN("perf-")) && span_ends(base, SPAN(".map"))) || span_starts(dso, SPAN("//anon")) ||
           span_starts(dso, SPAN("[anon")) || span_is(dso, "[heap]") || span_is(dso, "[stack]") ||
           span_starts(dso, SPAN("memfd:")) || span_starts(dso, SPAN("/memfd:")) || span_starts(base, SPAN("jitted-"));
}

void frametext_symbol(struct span symbol, struct span dso, struct span own_binary, struct frametext *t)
{
    init(t, span_trim(symbol));
    if (span_ends(dso, SPAN(" (deleted)")))
        dso = span_sub(dso, 0, dso.len - 10);
    bool known_dso = dso.len > 0 && !span_is(dso, "[unknown]") && !span_is(dso, "inlined");
    if (span_is(dso, "inlined"))
        t->d.flags |= FRAME_INLINED;
    if (known_dso) {
        t->d.module = dso;
        t->d.kind = frametext_is_kernel_dso(dso) ? FRAME_KERNEL : FRAME_NATIVE;
    }
    bool jit = is_jit_dso(dso);
    if (jit) {
        t->d.kind = FRAME_UNKNOWN;
        t->d.flags |= FRAME_JIT;
    }
    bool unknown = span_is(t->d.func, "[unknown]") || t->d.func.len == 0;
    if (unknown) {
        t->d.func = SPAN("[unknown]");
        return;
    }
    take_offset(&t->d);
    if (take_v8(&t->d) || take_python(&t->d))
        return;
    if (jit && take_java(t))
        return;
    if (jit)
        t->d.kind = FRAME_MANAGED;
    if (!jit && t->d.kind == FRAME_NATIVE && own_binary.len > 0 && span_eq(frametext_base(dso), own_binary))
        t->d.flags |= FRAME_OWN_BINARY;
    clean_native(&t->d);
    if (t->d.func.len == 0)
        t->d.func = span_trim(symbol);
}
