#include "import/json_in.h"

#include "import/frametext.h"

static bool read_source(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    enum { PIECE = 1 << 20 };
    struct source *in = user;
    struct span piece;
    if (!source_peek(in, n < PIECE ? n : PIECE, &piece, err))
        return false;
    if (piece.len > 0)
        memcpy(buf, piece.ptr, piece.len);
    source_skip(in, piece.len);
    *ret_n = piece.len;
    return true;
}

struct jscan *json_in_open(struct source *in, const struct limits *lim, struct err *err)
{
    return jscan_new(read_source, in, lim->stack_depth * 2 + 64, err);
}

/* "libc.so.6", "_socket.cpython-311-x86_64-linux-gnu.so", "x.dylib": a loaded binary. */
static bool is_library(struct span file)
{
    size_t at = span_find(file, 0, SPAN(".so"));
    if (at < file.len && (at + 3 == file.len || file.ptr[at + 3] == '.'))
        return true;
    return span_ends(file, SPAN(".dylib")) || span_ends(file, SPAN(".dll")) || span_ends(file, SPAN(".DLL"));
}

static bool is_native_source(struct span file)
{
    static const char *const ends[] = { ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".S", ".s", ".rs" };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (span_ends(file, span_of(ends[i])))
            return true;
    }
    return false;
}

static bool is_managed_source(struct span file)
{
    static const char *const ends[] = { ".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".php",   ".go",   ".java",
                                        ".kt", ".cs", ".lua", ".ex",  ".hs", ".ml", ".swift", ".dart", ".pl" };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (span_ends(file, span_of(ends[i])))
            return true;
    }
    return span_starts(file, SPAN("<frozen ")) || span_is(file, "<string>") || span_is(file, "<stdin>") ||
           span_starts(file, SPAN("node:"));
}

struct frame_desc json_in_frame(struct span name, struct span file, uint32_t line, struct arena *arena)
{
    if (file.len == 0) {
        struct frametext text;
        frametext_read(name, &text);
        text.d.func = arena_span(arena, text.d.func.len > 0 ? text.d.func : SPAN("(anonymous)"));
        text.d.file = arena_span(arena, text.d.file);
        text.d.module = arena_span(arena, text.d.module);
        if (text.d.line == 0)
            text.d.line = line;
        return text.d;
    }
    if (span_starts(file, SPAN("file://")))
        file = span_from(file, 7);
    struct frame_desc d = {
        .func = name.len > 0 ? name : SPAN("(anonymous)"), .file = file, .module = SPAN(""), .line = line
    };
    if (is_library(file)) {
        d.kind = FRAME_NATIVE;
        d.module = file;
        d.file = SPAN("");
    } else if (is_native_source(file)) {
        d.kind = FRAME_NATIVE;
    } else if (frametext_is_kernel_dso(file)) {
        d.kind = FRAME_KERNEL;
        d.module = file;
        d.file = SPAN("");
    } else if (is_managed_source(file)) {
        d.kind = FRAME_MANAGED;
    }
    d.func = arena_span(arena, d.func);
    d.file = arena_span(arena, d.file);
    d.module = arena_span(arena, d.module);
    return d;
}

struct frame_desc json_in_node_frame(struct span func, struct span url, uint32_t line, bool native)
{
    struct frame_desc d = { .func = func, .file = url, .module = SPAN(""), .line = line, .kind = FRAME_MANAGED };
    if (span_starts(d.file, SPAN("file://")))
        d.file = span_from(d.file, 7);
    if (d.func.len == 0) {
        d.func = SPAN("(anonymous)");
    } else if (d.file.len == 0 && d.func.ptr[0] == '(' && !span_is(func, "(anonymous)") &&
               !span_starts(func, SPAN("(anonymous "))) {
        d.kind = FRAME_META; /* (idle) (program) (garbage collector) (root) */
    } else if (d.file.len == 0 && native) {
        /* A function of node's C++ side: it may compute or block, the name is all there is to tell. */
        d.kind = FRAME_NATIVE;
        d.module = SPAN("node:binding");
    }
    return d;
}

bool json_in_has_key(struct span head, const char *name)
{
    struct span want = span_of(name);
    for (size_t at = span_find(head, 0, want); at < head.len; at = span_find(head, at + 1, want)) {
        if (at == 0 || head.ptr[at - 1] != '"')
            continue;
        size_t i = at + want.len;
        if (i >= head.len || head.ptr[i] != '"')
            continue;
        i++;
        while (i < head.len &&
               (head.ptr[i] == ' ' || head.ptr[i] == '\n' || head.ptr[i] == '\r' || head.ptr[i] == '\t'))
            i++;
        if (i < head.len && head.ptr[i] == ':')
            return true;
    }
    return false;
}

char json_in_first(struct span head)
{
    struct span t = span_trim(head);
    return t.len > 0 ? t.ptr[0] : '\0';
}
