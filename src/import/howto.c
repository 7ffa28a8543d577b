#include "import/howto.h"

const struct howto howtos[] = {
#define FORMAT(name, add)
#define HOWTO(format, platform, use, command, note) { format, HOWTO_##platform, HOWTO_##use, command, note },
#include "import/howto.def"
#undef HOWTO
#undef FORMAT
};
const size_t howto_count = ARRAY_LEN(howtos);

const struct howto_format howto_formats[] = {
#define FORMAT(name, add) { name, add },
#define HOWTO(format, platform, use, command, note)
#include "import/howto.def"
#undef HOWTO
#undef FORMAT
};
const size_t howto_format_count = ARRAY_LEN(howto_formats);

const char *howto_platform_name(enum howto_platform p)
{
    static const char *const names[HOWTO_PLATFORM_COUNT] = { "Linux", "container", "macOS", "Windows" };
    return names[p];
}

/* The words that stand for the target; whatever else is in capitals belongs to the command. */
static size_t token_at(struct span text, const struct howto_target *t, struct sb *out)
{
    if (span_starts(text, SPAN("COMMAND"))) {
        sb_add(out, t->command.len > 0 ? t->command : SPAN("COMMAND"));
        return 7;
    }
    if (span_starts(text, SPAN("SECONDS"))) {
        sb_printf(out, "%d", t->seconds);
        return 7;
    }
    if (span_starts(text, SPAN("PID"))) {
        if (t->pid >= 0)
            sb_printf(out, "%lld", t->pid);
        else
            sb_adds(out, "PID");
        return 3;
    }
    sb_addc(out, text.ptr[0]);
    return 1;
}

bool howto_command(const char *format, enum howto_platform p, enum howto_use use, const struct howto_target *t,
                   struct sb *out)
{
    for (size_t i = 0; i < howto_count; i++) {
        const struct howto *h = &howtos[i];
        if (strcmp(h->format, format) != 0 || h->platform != p || h->use != use || h->command[0] == '\0')
            continue;
        for (struct span rest = span_of(h->command); rest.len > 0;)
            rest = span_from(rest, token_at(rest, t, out));
        return true;
    }
    return false;
}
