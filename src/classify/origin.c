/* origin.c - what a frame is before any row is asked: whose code, which module, which language (method 2.2). */
#include "classify/rules.h"

#include <stdlib.h>
#include <string.h>

static const char *const python_stdlib[] = {
#define PY_STDLIB(name) name,
#include "classify/python_stdlib.def"
#undef PY_STDLIB
};
static const char *const python_packages[] = {
#define PY_PACKAGE(name) name,
#include "classify/python_packages.def"
#undef PY_PACKAGE
};
static const char *const go_stdlib[] = {
#define GO_STDLIB(name) name,
#include "classify/go_stdlib.def"
#undef GO_STDLIB
};

static int by_span(const void *key, const void *item)
{
    const struct span *s = key;
    const char *name = *(const char *const *)item;
    size_t n = strlen(name);
    int c = memcmp(s->ptr, name, s->len < n ? s->len : n);
    if (c != 0)
        return c;
    return s->len < n ? -1 : s->len > n;
}

static bool in_list(struct span s, const char *const *list, size_t n)
{
    return s.len > 0 && bsearch(&s, list, n, sizeof *list, by_span) != NULL;
}

static struct span basename_of(struct span path)
{
    size_t slash = span_rchr(path, '/');
    return slash < path.len ? span_from(path, slash + 1) : path;
}

/* The part behind the last occurrence of marker; false when there is none. */
static bool below_last(struct span path, struct span marker, struct span *ret)
{
    size_t at = path.len;
    for (size_t i = span_find(path, 0, marker); i < path.len; i = span_find(path, i + 1, marker))
        at = i;
    if (at == path.len)
        return false;
    *ret = span_from(path, at + marker.len);
    return true;
}

static struct span first_segment(struct span path)
{
    size_t n = 0;
    while (n < path.len && path.ptr[n] != '/' && path.ptr[n] != '.')
        n++;
    return span_sub(path, 0, n);
}

/* ".../lib/python3.11/json/decoder.py": the part below the version folder. */
static bool below_python_lib(struct span path, struct span *ret)
{
    struct span rest;
    if (!below_last(path, SPAN("/lib/python"), &rest) && !below_last(path, SPAN("/lib64/python"), &rest))
        return false;
    size_t slash = span_chr(rest, 0, '/');
    if (slash == rest.len)
        return false;
    *ret = span_from(rest, slash + 1);
    return true;
}

static void view_python(struct frame_view *v)
{
    struct span file = v->file;
    struct span module;
    if (span_starts(file, SPAN("<frozen "))) {
        v->stdlib = true;
        v->module = span_sub(file, 8, file.len > 9 ? file.len - 9 : 0);
        return;
    }
    if (below_last(file, SPAN("/site-packages/"), &module) || below_last(file, SPAN("/dist-packages/"), &module)) {
        v->dep = true;
    } else if (below_python_lib(file, &module)) {
        v->stdlib = true;
    } else if (file.len > 0 && file.ptr[0] != '/' && file.ptr[0] != '<' && !(file.len > 1 && file.ptr[1] == ':')) {
        /* Cut below the search path: the first segment is the top-level module. */
        module = file;
        struct span top = first_segment(file);
        v->stdlib = in_list(top, python_stdlib, ARRAY_LEN(python_stdlib));
        v->dep = !v->stdlib && in_list(top, python_packages, ARRAY_LEN(python_packages));
        if (!v->stdlib && !v->dep)
            return; /* the program's own */
    } else {
        return;
    }
    if (span_ends(module, SPAN(".py")))
        module.len -= 3;
    v->module = module;
}

static void view_node(struct frame_view *v)
{
    struct span file = v->file;
    if (span_starts(file, SPAN("file://")))
        file = span_from(file, 7);
    v->file = file;
    struct span module;
    if (span_starts(file, SPAN("node:")) || span_starts(file, SPAN("internal/"))) {
        v->stdlib = true;
        v->module = file;
    } else if (below_last(file, SPAN("/node_modules/"), &module)) {
        v->dep = true;
        v->module = module;
    }
}

/* "github.com/a/b/c.(*T).Run": the path up to the first dot of its last segment. */
static struct span go_package(struct span func)
{
    size_t paren = span_chr(func, 0, '(');
    struct span head = span_sub(func, 0, paren);
    size_t slash = span_rchr(head, '/');
    size_t from = slash < head.len ? slash + 1 : 0;
    return span_sub(func, 0, span_chr(func, from, '.'));
}

static void view_go(struct frame_view *v)
{
    struct span package = go_package(v->func);
    v->module = package;
    v->own_binary = true; /* one static binary: what is neither a dependency's nor the library's is the program's */
    if (span_find(v->file, 0, SPAN("/pkg/mod/")) < v->file.len ||
        span_find(v->file, 0, SPAN("/vendor/")) < v->file.len) {
        v->dep = true;
    } else if (in_list(span_sub(package, 0, span_chr(package, 0, '/')), go_stdlib, ARRAY_LEN(go_stdlib))) {
        v->stdlib = true;
    } else if (v->file.len == 0) {
        /* A host name in the path and no file: of the program or not, nobody can tell; dep keeps the range wide. */
        v->dep = span_chr(span_sub(package, 0, span_chr(package, 0, '/')), 0, '.') < span_chr(package, 0, '/');
    }
}

static void view_dotted(struct frame_view *v)
{
    v->module = v->func;
}

static enum runtime_kind language_of_file(struct span file)
{
    static const struct {
        const char *end;
        enum runtime_kind runtime;
    } ends[] = {
        { ".py", RUNTIME_PYTHON }, { ".pyx", RUNTIME_PYTHON }, { ".js", RUNTIME_NODE },  { ".mjs", RUNTIME_NODE },
        { ".cjs", RUNTIME_NODE },  { ".ts", RUNTIME_NODE },    { ".tsx", RUNTIME_NODE }, { ".rb", RUNTIME_RUBY },
        { ".php", RUNTIME_PHP },   { ".go", RUNTIME_GO },      { ".java", RUNTIME_JVM }, { ".kt", RUNTIME_JVM },
        { ".scala", RUNTIME_JVM }, { ".cs", RUNTIME_DOTNET },
    };
    if (span_starts(file, SPAN("node:")) || span_starts(file, SPAN("file://")))
        return RUNTIME_NODE;
    if (span_starts(file, SPAN("<frozen ")))
        return RUNTIME_PYTHON;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (span_ends(file, span_of(ends[i].end)))
            return ends[i].runtime;
    }
    return RUNTIME_UNKNOWN;
}

static bool func_unresolved(struct span func)
{
    return func.len == 0 || span_is(func, "[unknown]") || span_is(func, "??") || span_is(func, "<unknown>") ||
           span_starts(func, SPAN("0x")) || span_starts(func, SPAN("[unknown ")) ||
           span_is(func, "(unresolved function)") || span_is(func, "(outside all spans)") ||
           span_is(func, "(not sampled)") || span_is(func, "[Missed User Stack]") ||
           span_is(func, "[Missed Kernel Stack]");
}

/* "[libc.so.6]" stands where a symbol is missing but its library is known. */
static bool dso_in_brackets(struct span func, struct span *ret)
{
    if (func.len < 5 || func.ptr[0] != '[' || func.ptr[func.len - 1] != ']')
        return false;
    struct span inner = span_sub(func, 1, func.len - 2);
    if (span_find(inner, 0, SPAN(".so")) == inner.len)
        return false;
    *ret = inner;
    return true;
}

/* "python3.11", "node", "ruby": a binary, no source. */
static bool is_interpreter(struct span name)
{
    static const char *const names[] = { "python", "node", "ruby", "php", "java", "perl" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct span start = span_of(names[i]);
        if (!span_starts(name, start))
            continue;
        size_t at = start.len;
        while (at < name.len &&
               ((name.ptr[at] >= '0' && name.ptr[at] <= '9') || name.ptr[at] == '.' || name.ptr[at] == '-'))
            at++;
        if (at == name.len)
            return true;
    }
    return false;
}

/* A file that is executed and no library: the program itself (interpreters have rows of their own). Threads may carry
 * other names than the binary, so a name alone cannot tell. */
static bool is_executable(struct span dso)
{
    static const char *const others[] = { ".so", ".ko", ".map", ".node", ".dylib", ".dll", ".jsa", ".oat", ".jar" };
    if (dso.len == 0 || dso.ptr[0] == '[' || span_starts(dso, SPAN("//")) || span_starts(dso, SPAN("anon")) ||
        span_starts(dso, SPAN("memfd:")) || span_starts(dso, SPAN("vmlinux")) || span_is(dso, "inlined"))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (span_find(dso, 0, span_of(others[i])) < dso.len)
            return false;
    }
    return true;
}

void frame_view_of(const struct profile *p, const struct profile_frame *f, enum runtime_kind runtime,
                   struct frame_view *ret)
{
    struct frame_view v = { .func = profile_str(p, f->func),
                            .file = profile_str(p, f->file),
                            .dso = basename_of(profile_str(p, f->module)),
                            .module = SPAN(""),
                            .kind = (enum frame_kind)f->kind,
                            .runtime = runtime,
                            .own_binary = (f->flags & FRAME_OWN_BINARY) != 0 };
    struct span inner;
    if (dso_in_brackets(v.func, &inner)) {
        v.dso = basename_of(inner);
        v.func = SPAN("");
    }
    /* Some recorders name the interpreter's binary where a source file stands. */
    if (v.dso.len == 0 && v.kind == FRAME_UNKNOWN && v.file.len > 0 && v.file.ptr[0] == '/' &&
        is_interpreter(basename_of(v.file))) {
        v.dso = basename_of(v.file);
        v.file = SPAN("");
        v.kind = FRAME_NATIVE;
    }
    v.unresolved = func_unresolved(v.func);
    if (v.runtime == RUNTIME_UNKNOWN)
        v.runtime = language_of_file(v.file);
    bool compiled = v.runtime == RUNTIME_UNKNOWN || v.runtime == RUNTIME_NATIVE || v.runtime == RUNTIME_GO;
    v.own_binary = v.own_binary || (compiled && v.kind == FRAME_NATIVE && is_executable(v.dso));
    if (v.kind == FRAME_MANAGED || v.kind == FRAME_UNKNOWN || v.kind == FRAME_META || v.runtime == RUNTIME_GO) {
        if (v.runtime == RUNTIME_PYTHON)
            view_python(&v);
        else if (v.runtime == RUNTIME_NODE)
            view_node(&v);
        else if (v.runtime == RUNTIME_GO)
            view_go(&v);
        else if (v.runtime == RUNTIME_JVM || v.runtime == RUNTIME_DOTNET || v.runtime == RUNTIME_RUBY)
            view_dotted(&v);
    }
    *ret = v;
}

static enum runtime_kind telltale(struct span func, struct span file)
{
    static const struct {
        struct span start;
        enum runtime_kind runtime;
    } starts[] = {
        { { "_PyEval_EvalFrame", 17 }, RUNTIME_PYTHON },
        { { "PyEval_EvalFrame", 16 }, RUNTIME_PYTHON },
        { { "Py_RunMain", 10 }, RUNTIME_PYTHON },
        { { "v8::internal::", 14 }, RUNTIME_NODE },
        { { "Builtins_", 9 }, RUNTIME_NODE },
        { { "LazyCompile:", 12 }, RUNTIME_NODE },
        { { "node::", 6 }, RUNTIME_NODE },
        { { "runtime.goexit", 14 }, RUNTIME_GO },
        { { "runtime.main", 12 }, RUNTIME_GO },
        { { "runtime.mcall", 13 }, RUNTIME_GO },
        { { "java.lang.", 10 }, RUNTIME_JVM },
        { { "java/lang/", 10 }, RUNTIME_JVM },
        { { "JavaMain", 8 }, RUNTIME_JVM },
        { { "rb_vm_exec", 10 }, RUNTIME_RUBY },
        { { "vm_exec_core", 12 }, RUNTIME_RUBY },
        { { "zend_execute", 12 }, RUNTIME_PHP },
    };
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (span_starts(func, starts[i].start))
            return starts[i].runtime;
    }
    return language_of_file(file);
}

enum runtime_kind frame_guess_runtime(const struct profile *p)
{
    uint32_t votes[RUNTIME_KIND_COUNT] = { 0 };
    for (uint32_t i = 0; i < p->frame_count; i++)
        votes[telltale(profile_str(p, p->frames[i].func), profile_str(p, p->frames[i].file))]++;
    enum runtime_kind best = RUNTIME_UNKNOWN;
    for (int r = 1; r < RUNTIME_KIND_COUNT; r++) {
        if (votes[r] > 0 && (best == RUNTIME_UNKNOWN || votes[r] > votes[best]))
            best = (enum runtime_kind)r;
    }
    return best;
}
