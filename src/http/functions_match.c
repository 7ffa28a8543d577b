/* Names by text, glob or regular expression, capitals or not. */
#include <stdlib.h>

#include "base/regex.h"
#include "classify/rules.h"
#include "http/functions.h"

enum { TEXT_MAX = 200 };

/* Some seconds of a thread. */
static const uint64_t WORK_MAX = 2000000000;

struct name_match {
    enum name_match_kind kind;
    char text[TEXT_MAX + 1]; /* in small letters */
    size_t len;
    bool dotted; /* asks for a module in front of the name */
    uint64_t work;
    struct regex *regex;
    struct sb full, low; /* scratch */
};

bool name_match_kind_from(struct span name, enum name_match_kind *ret)
{
    static const char *const names[] = { "text", "glob", "regexp" };
    for (int i = 0; i < 3; i++) {
        if (span_is(name, names[i])) {
            *ret = (enum name_match_kind)i;
            return true;
        }
    }
    return false;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool name_match_new(enum name_match_kind kind, struct span text, struct name_match **ret, struct err *err)
{
    if (text.len > TEXT_MAX)
        return err_set(err, ERR_VALUE, "q: has %zu bytes, at most %d are taken", text.len, TEXT_MAX);
    struct name_match *m = xcalloc(1, sizeof *m);
    m->kind = kind;
    m->len = text.len;
    for (size_t i = 0; i < text.len; i++)
        m->text[i] = lower(text.ptr[i]);
    m->dotted = span_chr(text, 0, '.') < text.len;
    if (kind == MATCH_NAME_REGEXP && text.len > 0 && !regex_compile(text, true, &m->regex, err)) {
        free(m);
        return false;
    }
    *ret = m;
    return true;
}

void name_match_free(struct name_match *m)
{
    if (!m)
        return;
    regex_free(m->regex);
    sb_release(&m->full);
    sb_release(&m->low);
    free(m);
}

static bool holds(const struct name_match *m, struct span text)
{
    for (size_t i = 0; i + m->len <= text.len; i++) {
        size_t k = 0;
        while (k < m->len && lower(text.ptr[i + k]) == m->text[k])
            k++;
        if (k == m->len)
            return true;
    }
    return false;
}

static bool is_source(struct span extension)
{
    static const char *const known[] = { "py", "js", "mjs", "cjs", "ts", "rb", "php", "java", "kt", "cs" };
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (span_is(extension, known[i]))
            return true;
    }
    return false;
}

/* "/usr/lib/python3/json/__init__.py" and "loads" make "usr.lib.python3.json.loads". */
static struct span full_name(struct name_match *m, const struct store_function_name *n)
{
    struct span path = n->file.len > 0 ? n->file : n->place, stem, extension;
    sb_reset(&m->full);
    if (span_rsplit(path, '.', &stem, &extension) && is_source(extension))
        path = stem;
    if (path.len >= 9 && span_is(span_from(path, path.len - 9), "/__init__"))
        path = span_sub(path, 0, path.len - 9);
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '/' || path.ptr[i] == '\\') {
            if (m->full.len > 0)
                sb_addc(&m->full, '.');
        } else {
            sb_addc(&m->full, path.ptr[i]);
        }
    }
    if (m->full.len > 0)
        sb_addc(&m->full, '.');
    sb_add(&m->full, n->name);
    return sb_span(&m->full);
}

static bool glob_holds(struct name_match *m, struct span text)
{
    sb_reset(&m->low);
    for (size_t i = 0; i < text.len; i++)
        sb_addc(&m->low, lower(text.ptr[i]));
    return glob_match(m->text, sb_span(&m->low));
}

/* Whether text begins with what stands before the first star. */
static bool begins(const char *pattern, size_t n, struct span text)
{
    if (n > text.len)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (pattern[i] != '?' && pattern[i] != text.ptr[i])
            return false;
    }
    return true;
}

/* A glob with a module in front may leave out what stands before that. The first place where its beginning stands is
 * the only one to try: a star takes whatever lies between that and a later one. */
static bool glob_holds_end(struct name_match *m, struct span full)
{
    size_t n = strcspn(m->text, "*");
    sb_reset(&m->low);
    for (size_t i = 0; i < full.len; i++)
        sb_addc(&m->low, lower(full.ptr[i]));
    struct span low = sb_span(&m->low);
    bool whole = m->text[n] == '\0';
    for (size_t i = whole && n < low.len ? low.len - n : 0; i < low.len; i++) {
        if ((i == 0 || low.ptr[i - 1] == '.') && begins(m->text, n, span_from(low, i)))
            return glob_match(m->text, span_from(low, i));
    }
    return false;
}

bool name_match_test(struct name_match *m, const struct store_function_name *n)
{
    if (m->len == 0)
        return true;
    /* At worst every sign of an expression is held against every byte; words are told to differ soon. */
    m->work += (uint64_t)(2 * (n->name.len + n->place.len + n->file.len)) * (m->kind == MATCH_NAME_TEXT ? 4 : m->len);
    switch (m->kind) {
    case MATCH_NAME_TEXT:
        return holds(m, n->name) || holds(m, n->place) || holds(m, n->file) || (m->dotted && holds(m, full_name(m, n)));
    case MATCH_NAME_GLOB:
        return glob_holds(m, n->name) || glob_holds(m, n->place) || (n->file.len > 0 && glob_holds(m, n->file)) ||
               (m->dotted && glob_holds_end(m, full_name(m, n)));
    case MATCH_NAME_REGEXP:
        return regex_search(m->regex, n->name) || regex_search(m->regex, full_name(m, n)) ||
               regex_search(m->regex, n->place);
    }
    return false;
}

bool name_match_tired(const struct name_match *m)
{
    return m->work > WORK_MAX;
}
