/* sb.h - output under construction, with a cap. A failed append sets `overflow` and drops the rest,
 * so callers check once at the end. Zero-initialise ({0}) for no cap; release with sb_release. */
#ifndef STET_BASE_SB_H
#define STET_BASE_SB_H

#include <stdarg.h>

#include "base/cleanup.h"
#include "base/span.h"

struct sb {
    char *ptr; /* NUL-terminated once anything was added; owned */
    size_t len;
    size_t size;
    size_t cap; /* 0 = none */
    bool overflow;
};

void sb_release(struct sb *s);
void sb_reset(struct sb *s);
void sb_add(struct sb *s, struct span text);
void sb_adds(struct sb *s, const char *cstr);
void sb_addc(struct sb *s, char c);
void sb_fill(struct sb *s, char c, size_t n);
/* Room for n bytes behind those that are there, for a caller that writes them and adds to len; NULL beyond the cap. */
char *sb_reserve(struct sb *s, size_t n);
void sb_printf(struct sb *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void sb_vprintf(struct sb *s, const char *fmt, va_list args) PRINTF_LIKE(2, 0);
struct span sb_span(const struct sb *s);
/* Hands the buffer over: never NULL, NUL-terminated, free with free(). */
char *sb_detach(struct sb *s);
/* Never NULL. */
const char *sb_cstr(const struct sb *s);
/* Text escaped for HTML or XML text and double-quoted attributes; bytes that are not UTF-8 become U+FFFD. */
void sb_add_xml(struct sb *s, struct span text);
/* Text as it may be shown on a terminal: control bytes and invalid UTF-8 replaced. */
void sb_add_plain(struct sb *s, struct span text);

/* One word of a POSIX shell: as it is where that is safe, else in single quotes. */
void sb_add_shell(struct sb *s, struct span word);

#endif
