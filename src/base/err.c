#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *slug;
    int http;
    int exit_status;
} rows[] = {
#define ERR_ROW(id, slug_, http_, exit_) [ERR_##id] = { slug_, http_, exit_ },
#include "base/err.def"
#undef ERR_ROW
};
_Static_assert(ARRAY_LEN(rows) == ERR_COUNT, "one row per code");

static void fill(struct err *err, enum err_code code, uint64_t line, int64_t byte, const char *fmt, va_list args)
    PRINTF_LIKE(5, 0);

static void fill(struct err *err, enum err_code code, uint64_t line, int64_t byte, const char *fmt, va_list args)
{
    err->code = code;
    err->line = line;
    err->byte = byte;
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    /* Messages may quote bytes of an input: keep them one printable line. */
    for (char *p = err->text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f)
            *p = '?';
    }
}

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(err, code, 0, -1, fmt, args);
    va_end(args);
    return false;
}

bool err_at_line(struct err *err, enum err_code code, uint64_t line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(err, code, line, -1, fmt, args);
    va_end(args);
    return false;
}

bool err_at_byte(struct err *err, enum err_code code, uint64_t byte, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(err, code, 0, (int64_t)byte, fmt, args);
    va_end(args);
    return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof err->text / 2, fmt, args);
    va_end(args);
    size_t used = strlen(err->text);
    const char *parts[] = { ": ", old };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t n = strnlen(parts[i], sizeof err->text - 1 - used);
        memcpy(err->text + used, parts[i], n);
        used += n;
    }
    err->text[used] = '\0';
    return false;
}

const char *err_slug(enum err_code code)
{
    return rows[code].slug;
}

int err_http_status(enum err_code code)
{
    return rows[code].http;
}

int err_exit_status(enum err_code code)
{
    return rows[code].exit_status;
}

void fatal_oom(void)
{
    (void)fputs("stet: out of memory\n", stderr);
    abort();
}

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p)
        fatal_oom();
    return p;
}

void *xrealloc(void *p, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        fatal_oom();
    size_t bytes = n * size;
    void *q = realloc(p, bytes > 0 ? bytes : 1);
    if (!q)
        fatal_oom();
    return q;
}

char *xstrndup(const char *p, size_t n)
{
    char *q = xcalloc(n + 1, 1);
    if (n > 0)
        memcpy(q, p, n);
    return q;
}

void freep(void *pp)
{
    void **p = pp;
    free(*p);
    *p = NULL;
}
