#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/jsonw.h"

static _Atomic int max_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    max_level = (int)level;
}

void log_quote(struct sb *out, struct span value)
{
    json_quote(out, value);
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };
    if ((int)level > max_level)
        return;
    struct sb line = { .cap = 16384 };
    clock_format(&line, clock_unix_us());
    sb_printf(&line, " %s %s ", names[level], event);
    va_list args;
    va_start(args, fmt);
    sb_vprintf(&line, fmt, args);
    va_end(args);
    sb_addc(&line, '\n');
    /* One write a line, so that lines of several threads never mix. */
    (void)fwrite(line.ptr, 1, line.len, stderr);
    sb_release(&line);
}
