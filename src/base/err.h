/* err.h - what went wrong, where, and how much. No allocation; the edge (cli, http) prints or logs it once. */
#ifndef STET_BASE_ERR_H
#define STET_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum err_code {
#define ERR_ROW(id, slug, http, exit_status) ERR_##id,
#include "base/err.def"
#undef ERR_ROW
    ERR_COUNT
};

/* line and byte count from 1 and 0; 0 and -1 mean "not known". text is one sentence without a full stop. */
struct err {
    enum err_code code;
    uint64_t line;
    int64_t byte;
    char text[400];
};

#define ERR_INIT ((struct err){ .code = ERR_NONE, .byte = -1 })

/* All return false, so that `return err_set(...)` sets and fails. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool err_at_line(struct err *err, enum err_code code, uint64_t line, const char *fmt, ...) PRINTF_LIKE(4, 5);
bool err_at_byte(struct err *err, enum err_code code, uint64_t byte, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Puts context before the text: "context: text". Keeps code, line and byte. */
bool err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

const char *err_slug(enum err_code code);
int err_http_status(enum err_code code);
int err_exit_status(enum err_code code);

/* Logs and aborts: used where allocation of a bounded size fails. */
void fatal_oom(void) NORETURN;
/* calloc/realloc that never return NULL; sizes are checked for overflow. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrndup(const char *p, size_t n);
void freep(void *pp);

#endif
