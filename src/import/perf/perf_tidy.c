#include "import/perf/perf_tidy.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool contains(struct span s, struct span what)
{
    return span_find(s, 0, what) < s.len;
}

/* ".(" ... ")." : a Go receiver. */
static bool has_receiver(struct span f)
{
    size_t open = span_find(f, 0, SPAN(".("));
    return open < f.len && span_find(f, open, SPAN(").")) < f.len;
}

static bool opens_namespace(struct span f, size_t at)
{
    return span_starts(span_from(f, at), SPAN("(anonymous namespace)"));
}

/* Where the argument list begins: the first parenthesis that opens no "(anonymous namespace)", or the length. */
static size_t arguments_at(struct span f)
{
    if (has_receiver(f))
        return f.len;
    size_t at = span_chr(f, 0, '(');
    while (at < f.len && opens_namespace(f, at))
        at = span_chr(f, at + 1, '(');
    return at;
}

/* The same by brackets: "std::function<int (int)>::operator()" has its list behind "operator". */
static size_t arguments_at_top(struct span f)
{
    int depth = 0;
    for (size_t i = 0; i < f.len; i++) {
        char c = f.ptr[i];
        bool receiver = i > 0 && f.ptr[i - 1] == '.';
        if (c == '(' && depth == 0 && !receiver && !opens_namespace(f, i))
            return i;
        if (c == '<' || c == '{' || c == '[' || c == '(')
            depth++;
        else if (c == '>' || c == '}' || c == ']' || c == ')')
            depth--;
    }
    return f.len;
}

/* "/tmp/perf-123.map" */
static bool is_perf_map(struct span dso)
{
    size_t at = span_find(dso, 0, SPAN("/tmp/perf-"));
    if (at == dso.len)
        return false;
    size_t i = at + 10;
    while (i < dso.len && is_digit(dso.ptr[i]))
        i++;
    return i > at + 10 && span_starts(span_from(dso, i), SPAN(".map"));
}

static bool is_jit(const struct perf_tidy *opt, struct span dso)
{
    if (opt->style == PERF_STYLE_FLAMEGRAPH)
        return is_perf_map(dso);
    return (span_starts(dso, SPAN("/tmp/perf-")) && span_ends(dso, SPAN(".map"))) ||
           (contains(dso, SPAN("/jitted-")) && span_ends(dso, SPAN(".so")));
}

static bool is_kernel(const struct perf_tidy *opt, struct span dso)
{
    bool bracket = dso.len > 0 && dso.ptr[0] == '[';
    if (opt->style == PERF_STYLE_FLAMEGRAPH)
        return (bracket || span_ends(dso, SPAN("vmlinux"))) && !contains(dso, SPAN("unknown"));
    size_t slash = span_rchr(dso, '/');
    struct span file = span_from(dso, slash < dso.len ? slash + 1 : 0);
    return (bracket || span_ends(dso, SPAN(".ko")) || span_starts(file, SPAN("vmlinux"))) && !span_is(dso, "[unknown]");
}

/* "$LT$" and the like, as rustc's legacy mangling escapes what is no letter. */
static bool rust_escape(struct span rest, size_t *ret_len, const char **ret_text)
{
    static const struct {
        const char *code, *text;
    } escapes[] = {
        { "$SP$", "@" },  { "$BP$", "*" },  { "$RF$", "&" },  { "$LT$", "<" },  { "$GT$", ">" },
        { "$LP$", "(" },  { "$RP$", ")" },  { "$C$", "," },   { "$u7e$", "~" }, { "$u20$", " " },
        { "$u27$", "'" }, { "$u3d$", "=" }, { "$u5b$", "[" }, { "$u5d$", "]" }, { "$u7b$", "{" },
        { "$u7d$", "}" }, { "$u3b$", ";" }, { "$u2b$", "+" }, { "$u21$", "!" }, { "$u22$", "\"" },
    };
    for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
        struct span code = span_of(escapes[i].code);
        if (span_starts(rest, code)) {
            *ret_len = code.len;
            *ret_text = escapes[i].text;
            return true;
        }
    }
    return false;
}

/* A name that perf left half mangled, told by its hash: "_$LT$T$u20$as$u20$a..B$GT$::run::h<16 hex>". */
static bool rust_name(struct span symbol, struct sb *out)
{
    enum { HASH = 17 };
    if (symbol.len < HASH || symbol.ptr[symbol.len - HASH] != 'h')
        return false;
    for (size_t i = symbol.len - HASH + 1; i < symbol.len; i++) {
        if (!is_hex(symbol.ptr[i]))
            return false;
    }
    struct span rest = span_sub(symbol, 0, symbol.len - HASH);
    if (span_ends(rest, SPAN("::")))
        rest.len -= 2;
    if (span_starts(rest, SPAN("_$")))
        rest = span_from(rest, 1);
    while (rest.len > 0) {
        size_t n = 0;
        const char *text = NULL;
        if (rest.ptr[0] == '.') {
            n = span_starts(rest, SPAN("..")) ? 2 : 1;
            sb_adds(out, n == 2 ? "::" : ".");
        } else if (rest.ptr[0] != '$') {
            while (n < rest.len && rest.ptr[n] != '$' && rest.ptr[n] != '.')
                n++;
            sb_add(out, span_sub(rest, 0, n));
        } else if (rust_escape(rest, &n, &text)) {
            sb_adds(out, text);
        } else {
            n = rest.len;
            sb_add(out, rest);
        }
        rest = span_from(rest, n);
    }
    return true;
}

static void add_clean(const struct perf_tidy *opt, struct span func, struct sb *out)
{
    bool perl = opt->style == PERF_STYLE_FLAMEGRAPH;
    struct span shown = span_sub(func, 0, perl ? arguments_at(func) : arguments_at_top(func));
    size_t from = out->len;
    for (size_t i = 0; i < shown.len; i++) {
        char c = shown.ptr[i];
        if (!perl || (c != '"' && c != '\''))
            sb_addc(out, c == ';' ? ':' : c);
    }
    struct span clean = span_from(sb_span(out), from);
    if (opt->java && clean.len > 0 && clean.ptr[0] == 'L' && span_chr(clean, 0, '/') < clean.len) {
        memmove(out->ptr + from, out->ptr + from + 1, clean.len - 1);
        out->len--;
    }
}

static void add_name(const struct perf_tidy *opt, struct span func, struct span dso, struct span address, bool inlined,
                     struct sb *out)
{
    size_t from = out->len;
    if (span_is(func, "[unknown]")) {
        CLEANUP(sb_release) struct sb module = { 0 };
        size_t at = span_rchr(dso, '/');
        struct span name = span_is(dso, "[unknown]") ? SPAN("unknown") : span_from(dso, at < dso.len ? at + 1 : 0);
        sb_printf(&module, opt->addrs ? "[%.*s <%.*s>]" : "[%.*s]", SPAN_FMT(name), SPAN_FMT(address));
        add_clean(opt, sb_span(&module), out);
    } else {
        add_clean(opt, func, out);
    }
    struct span done = span_from(sb_span(out), from);
    if (inlined) {
        if (!contains(done, SPAN("_[i]")))
            sb_adds(out, "_[i]");
    } else if (opt->kernel && is_kernel(opt, dso)) {
        sb_adds(out, "_[k]");
    } else if (opt->jit && is_jit(opt, dso) && !contains(done, SPAN("_[j]"))) {
        sb_adds(out, "_[j]");
    }
}

/* The DSO as the tools take it: what stands behind the last " (" of the line, so "(/usr/bin/x (deleted))" is "deleted)"
 * to both. Only the Perl one takes a DSO with blanks. */
static bool last_group(const struct perf_tidy *opt, struct span *symbol, struct span *dso)
{
    if (dso->len == 0)
        return false;
    for (size_t i = dso->len; i-- > 1;) {
        if (dso->ptr[i - 1] != ' ')
            continue;
        if (dso->ptr[i] == '(') {
            *symbol = span_make(symbol->ptr, (size_t)(dso->ptr + i - 1 - symbol->ptr));
            *dso = span_from(*dso, i + 1);
            return true;
        }
        if (opt->style == PERF_STYLE_INFERNO)
            return false;
    }
    return true;
}

static void strip_offset(const struct perf_tidy *opt, struct span *f)
{
    size_t at = span_rchr(*f, '+');
    struct span tail = span_from(*f, at < f->len ? at + 1 : at);
    if (tail.len < 3 || !span_starts(tail, SPAN("0x")))
        return;
    for (size_t i = 2; i < tail.len; i++) {
        char c = tail.ptr[i];
        if (!is_hex(c) || (c >= 'A' && c <= 'F' && opt->style == PERF_STYLE_FLAMEGRAPH))
            return;
    }
    f->len = at;
}

size_t perf_tidy(const struct perf_tidy *opt, struct span symbol, struct span dso, struct span address, struct sb *out,
                 size_t end[PERF_TIDY_NAMES])
{
    sb_reset(out);
    if (!last_group(opt, &symbol, &dso))
        return 0;
    strip_offset(opt, &symbol);
    if (symbol.len == 0)
        symbol = SPAN(" "); /* an empty name is a frame of one blank there */
    if (symbol.ptr[0] == '(')
        return 0; /* a process name */
    CLEANUP(sb_release) struct sb rust = { 0 };
    if (opt->style == PERF_STYLE_INFERNO && rust_name(symbol, &rust))
        symbol = sb_span(&rust);
    /* "a->b": b was inlined into a */
    size_t n = 0;
    while (n < PERF_TIDY_NAMES) {
        size_t at = span_find(symbol, 0, SPAN("->"));
        struct span func = span_sub(symbol, 0, at);
        bool last = at == symbol.len;
        if (!last || func.len > 0) {
            add_name(opt, func, dso, address, n > 0, out);
            end[n++] = out->len;
        }
        if (last)
            break;
        symbol = span_from(symbol, at + 2);
    }
    return n;
}
