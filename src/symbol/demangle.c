/* What perf shows is the name alone, as libiberty prints it without parameters; the C++ runtime always prints a whole
 * declaration. demangle_bare takes the name out of it: what stands before the parameter list of the outermost function,
 * less the return type that template functions carry. */
#include "symbol/demangle.h"

#include <ctype.h>

enum {
    MANGLED_BYTES_MAX = 2048, /* the demangler's time and recursion grow with the name */
    FULL_BYTES_MAX = 16384,
    RUST_HASH_DIGITS = 16,
};

static bool is_word(char c)
{
    return c == '_' || c == '$' || (unsigned char)c >= 0x80 || isalnum((unsigned char)c) != 0;
}

/* Length of the symbol after "operator" at `at`; 0 for a conversion or a named one (new, delete). */
static size_t operator_symbol(struct span s, size_t at)
{
    static const char *const symbols[] = { "()", "[]", "->*", "->", "<=>", "<<=", ">>=",
                                           "<<", ">>", "<=",  ">=", "<",   ">",   "\"\"" };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        struct span sym = span_of(symbols[i]);
        if (span_starts(span_from(s, at), sym))
            return sym.len;
    }
    return 0;
}

static bool operator_at(struct span s, size_t at)
{
    return span_starts(span_from(s, at), SPAN("operator")) && (at == 0 || !is_word(s.ptr[at - 1])) &&
           (at + 8 == s.len || !is_word(s.ptr[at + 8]));
}

struct outline {
    size_t name;   /* where the name begins */
    size_t params; /* where the last outermost parameter list begins; len = none */
};

static struct outline outline_of(struct span s)
{
    struct outline o = { 0, s.len };
    unsigned depth = 0;
    bool in_operator = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == 'o' && operator_at(s, i)) {
            if (depth == 0)
                in_operator = true;
            i += 8;
            i += operator_symbol(s, i);
            i -= 1;
            continue;
        }
        if (c == '(' || c == '<' || c == '[' || c == '{') {
            if (c == '(' && depth == 0)
                o.params = i;
            depth++;
        } else if (c == ')' || c == ']' || c == '}' || (c == '>' && i > 0 && s.ptr[i - 1] != '-')) {
            if (depth > 0)
                depth--;
            /* "(anonymous namespace)::f", "f(int)::{lambda()#1}": that was no parameter list of the outermost one. */
            if (depth == 0 && c == ')' && span_starts(span_from(s, i + 1), SPAN("::")))
                o.params = s.len;
        } else if (c == ' ' && depth == 0 && !in_operator && o.params == s.len) {
            o.name = i + 1;
        }
    }
    return o;
}

struct span demangle_bare(struct span full)
{
    size_t clone = span_find(full, 0, SPAN(" [clone "));
    full = span_sub(full, 0, clone);
    struct outline o = outline_of(full);
    if (o.params == full.len)
        return full; /* an object, "vtable for x": as it is */
    struct span bare = span_sub(full, o.name, o.params - o.name);
    return bare.len > 0 ? bare : full;
}

/* --- Rust, legacy --- */

static bool rust_escape(struct span *rest, struct sb *out)
{
    static const struct {
        const char *code, *text;
    } escapes[] = { { "$SP$", "@" }, { "$BP$", "*" }, { "$RF$", "&" }, { "$LT$", "<" },
                    { "$GT$", ">" }, { "$LP$", "(" }, { "$RP$", ")" }, { "$C$", "," } };
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if (span_starts(*rest, span_of(escapes[i].code))) {
            sb_adds(out, escapes[i].text);
            *rest = span_from(*rest, span_of(escapes[i].code).len);
            return true;
        }
    }
    if (!span_starts(*rest, SPAN("$u")))
        return false;
    unsigned value = 0;
    for (size_t i = 2; i < rest->len && i < 5; i++) {
        char c = rest->ptr[i];
        if (c == '$' && i > 2 && value >= 0x20 && value < 0x7f) {
            sb_addc(out, (char)value);
            *rest = span_from(*rest, i + 1);
            return true;
        }
        if (!isxdigit((unsigned char)c))
            return false;
        value = value * 16 + (unsigned)(isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10);
    }
    return false;
}

static bool rust_hash(struct span full)
{
    struct span hash = span_from(full, full.len - (RUST_HASH_DIGITS + 3));
    if (!span_starts(hash, SPAN("::h")))
        return false;
    for (size_t i = 3; i < hash.len; i++) {
        if (!isdigit((unsigned char)hash.ptr[i]) && !(hash.ptr[i] >= 'a' && hash.ptr[i] <= 'f'))
            return false;
    }
    return true;
}

bool demangle_rust_legacy(struct span full, struct sb *out)
{
    if (full.len <= RUST_HASH_DIGITS + 3 || !rust_hash(full))
        return false;
    struct span rest = span_sub(full, 0, full.len - (RUST_HASH_DIGITS + 3));
    size_t before = out->len;
    bool segment = true; /* at the start of a path segment, where an underscore shields an escape */
    while (rest.len > 0) {
        if (segment && span_starts(rest, SPAN("_$")))
            rest = span_from(rest, 1);
        segment = false;
        if (rest.ptr[0] == '$') {
            if (!rust_escape(&rest, out)) {
                out->len = before;
                if (out->ptr)
                    out->ptr[before] = '\0';
                return false;
            }
            continue;
        }
        if (span_starts(rest, SPAN(".."))) {
            sb_adds(out, "::");
            rest = span_from(rest, 2);
            continue;
        }
        segment = span_starts(rest, SPAN("::"));
        sb_add(out, span_sub(rest, 0, segment ? 2 : 1));
        rest = span_from(rest, segment ? 2 : 1);
    }
    return true;
}

bool demangle(const char *mangled, struct sb *out)
{
    struct span name = span_of(mangled);
    if (name.len < 3 || name.len > MANGLED_BYTES_MAX || mangled[0] != '_')
        return false;
    if (mangled[1] != 'Z')
        return false;
    struct sb full = { .cap = FULL_BYTES_MAX };
    bool ok = demangle_cxx(mangled, &full);
    if (ok) {
        /* Thunks, guards, tables: what they stand for is printed whole. */
        bool special = mangled[2] == 'T' || mangled[2] == 'G';
        struct span bare = special ? sb_span(&full) : demangle_bare(sb_span(&full));
        if (!demangle_rust_legacy(bare, out))
            sb_add(out, bare);
    }
    sb_release(&full);
    return ok;
}
