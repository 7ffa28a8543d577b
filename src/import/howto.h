/* howto.h - how to record each format on each platform: one table (howto.def) for `stet formats`, docs/formats.md and the
 * next step of an analysis. */
#ifndef STET_IMPORT_HOWTO_H
#define STET_IMPORT_HOWTO_H

#include "base/sb.h"

enum howto_platform { HOWTO_LINUX, HOWTO_CONTAINER, HOWTO_MACOS, HOWTO_WINDOWS, HOWTO_PLATFORM_COUNT };
/* A program from its start to its end; a running process. */
enum howto_use { HOWTO_START, HOWTO_ATTACH };

struct howto {
    const char *format;
    enum howto_platform platform;
    enum howto_use use;
    const char *command; /* with COMMAND, PID and SECONDS to be filled in; "" where the platform cannot */
    const char *note;    /* what it needs, or why it cannot; may be "" */
};

/* A format of the contract, read here or not, and what to send beside it to decide. */
struct howto_format {
    const char *name, *add;
};

extern const struct howto howtos[];
extern const size_t howto_count;
extern const struct howto_format howto_formats[];
extern const size_t howto_format_count;

const char *howto_platform_name(enum howto_platform p); /* "Linux", "container", "macOS", "Windows" */

/* What to record. command empty: the word COMMAND stays; pid -1: the word PID stays. */
struct howto_target {
    struct span command;
    long long pid;
    int seconds;
};
/* howto_command - appends the recorder's command for the target; false (nothing appended) where the table has none. */
bool howto_command(const char *format, enum howto_platform p, enum howto_use use, const struct howto_target *t,
                   struct sb *out);

#endif
