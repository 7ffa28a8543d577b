/* speed.c - the table of published speed-up ranges. Native targets share one column: published medians of C against
 * Rust lie between 0.90 and 1.02. */
#include "roi/speed.h"

#include <math.h>

struct row {
    const char *from, *to, *class;
    double lo, mode, hi;
};

static const struct row rows[] = {
#define SPEED_ROW(from_, to_, class_, lo_, mode_, hi_) { from_, to_, class_, lo_, mode_, hi_ },
#include "roi/speed.def"
#undef SPEED_ROW
};

struct alias {
    const char *word, *name;
};

static const struct alias languages[] = {
    { "py", "python" },       { "cpython", "python" },  { "python3", "python" }, { "js", "node" },
    { "javascript", "node" }, { "typescript", "node" }, { "ts", "node" },        { "nodejs", "node" },
    { "node.js", "node" },    { "golang", "go" },       { "c#", "dotnet" },      { "csharp", "dotnet" },
    { ".net", "dotnet" },     { "rb", "ruby" },         { "c", "rust" },         { "c++", "rust" },
    { "cpp", "rust" },        { "zig", "rust" },        { "native", "rust" },    { "fortran", "rust" },
};

static const struct alias classes[] = {
    { "numeric", "numeric" },
    { "numerical", "numeric" },
    { "loops", "numeric" },
    { "objects", "objects" },
    { "object", "objects" },
    { "dicts", "objects" },
    { "strings", "objects" },
    { "string", "objects" },
    { "allocation", "allocation" },
    { "allocations", "allocation" },
    { "alloc", "allocation" },
    { "serde", "serde" },
    { "json", "serde" },
    { "serialization", "serde" },
    { "serialisation", "serde" },
    { "parsing", "serde" },
    { "glue", "glue" },
    { "request", "glue" },
    { "framework", "glue" },
    { "native", "native" },
};

enum { WORD_MAX = 40 };

/* The first word in lower case: "Allocation-heavy" is allocation, "numeric loops" numeric. */
static struct span first_word(struct span s, const char *more, char *buf)
{
    size_t n = 0;
    s = span_trim(s);
    for (; n < s.len && n < WORD_MAX; n++) {
        char c = s.ptr[n];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        bool part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c != '\0' && strchr(more, c) != NULL);
        if (!part)
            break;
        buf[n] = c;
    }
    return span_make(buf, n);
}

static struct span look_up(const struct alias *table, size_t n, struct span word)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(word, table[i].word))
            return span_of(table[i].name);
    }
    return SPAN("");
}

static struct span class_of(struct span text)
{
    char buf[WORD_MAX];
    return look_up(classes, ARRAY_LEN(classes), first_word(text, "", buf));
}

static struct span language_of(struct span text, char *buf)
{
    struct span word = first_word(text, "#+.", buf), known = look_up(languages, ARRAY_LEN(languages), word);
    return known.len > 0 ? known : word;
}

bool speed_class_known(struct span workload_class)
{
    return class_of(workload_class).len > 0;
}

static bool row_is(const struct row *r, struct span from, struct span to)
{
    return span_is(from, r->from) && span_is(to, r->to);
}

/* Smallest lower and largest upper end of the pair; the mode is that of ordinary code (objects, dicts, strings). */
static struct speed_range whole_pair(struct span from, struct span to)
{
    struct speed_range s = SPEED_UNKNOWN;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!row_is(&rows[i], from, to))
            continue;
        s.lo = num_known(s.lo) ? fmin(s.lo, rows[i].lo) : rows[i].lo;
        s.hi = num_known(s.hi) ? fmax(s.hi, rows[i].hi) : rows[i].hi;
        if (strcmp(rows[i].class, "objects") == 0)
            s.mode = rows[i].mode;
    }
    return s;
}

struct speed_range speed_of(struct span from, struct span to, struct span workload_class, const char **ret_source)
{
    char from_buf[WORD_MAX], to_buf[WORD_MAX];
    struct span f = language_of(from, from_buf), t = language_of(to, to_buf), c = class_of(workload_class);
    const char *ignored;
    const char **source = ret_source ? ret_source : &ignored;
    *source = "no language to go from and to was named";
    if (f.len == 0 || t.len == 0)
        return SPEED_UNKNOWN;
    if (span_eq(f, t) && !span_is(f, "rust")) {
        *source = "the language stays the same: no published range";
        return SPEED_UNKNOWN;
    }
    if (span_is(c, "native")) {
        *source = "native code stays as fast as it is";
        return (struct speed_range){ 1, 1, 1 };
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!row_is(&rows[i], f, t) || !span_is(c, rows[i].class))
            continue;
        bool assumed = span_is(c, "glue") && (span_is(f, "python") || span_is(f, "node"));
        *source = assumed ? "an assumption: no measured source for framework code of this pair"
                          : "published benchmarks of the pair, for this class of work";
        return (struct speed_range){ rows[i].lo, rows[i].mode, rows[i].hi };
    }
    struct speed_range s = whole_pair(f, t);
    if (num_known(s.lo)) {
        *source = "published benchmarks of the pair over all classes of work, as none was declared";
        return s;
    }
    *source = "native to native, or a pair without published figures: language is no lever on speed there";
    return (struct speed_range){ 0.9, 1.0, 1.1 };
}
