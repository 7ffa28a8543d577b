/* log.h - one line an event on standard error: time, level, event, key=value. Called at the edges (http, cli) only. */
#ifndef STET_BASE_LOG_H
#define STET_BASE_LOG_H

#include "base/cleanup.h"
#include "base/sb.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
/* fmt yields the key=value part; quote untrusted values with log_quote first. */
void log_event(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);
void log_quote(struct sb *out, struct span value);

#endif
