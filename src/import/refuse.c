#include "import/refuse.h"

#include <stddef.h>
#include <stdint.h>

#include "base/pb.h"

/* A picture, a dump or a profile of something else: what it seems to be, what it is good for, what to send instead. */
struct refusal {
    struct span at_start, needle, needle2;
    bool (*test)(struct span head);
    const char *what, *good_for, *instead;
};

/* 40 hex digits and a path. */
static bool refuse_test_buildids(struct span head)
{
    enum { HEX = 40 };
    struct span line;
    if (!span_line(&head, &line) || line.len < HEX + 2 || line.ptr[HEX] != ' ')
        return false;
    for (size_t i = 0; i < HEX; i++) {
        char c = line.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return line.ptr[HEX + 1] == '/' || line.ptr[HEX + 1] == '[';
}

/* "v 10400 2": the version, then the program on a line that begins with x. */
static bool refuse_test_heaptrack(struct span head)
{
    struct span line;
    return span_line(&head, &line) && line.len > 2 && line.ptr[2] >= '0' && line.ptr[2] <= '9' && head.len > 1 &&
           (head.ptr[0] == 'x' || head.ptr[0] == 'X');
}

/* Version 1 in either byte order behind "gmon". */
static bool refuse_test_gmon(struct span head)
{
    struct span version = span_sub(head, 4, 4);
    return span_eq(version, SPAN("\1\0\0\0")) || span_eq(version, SPAN("\0\0\0\1"));
}

/* The names of both columns in the first line. */
static bool refuse_test_table(struct span head)
{
    struct span line;
    return span_line(&head, &line) && ((span_find(line, 0, SPAN("Function Stack")) < line.len &&
                                        span_find(line, 0, SPAN("CPU Time")) < line.len) ||
                                       (span_find(line, 0, SPAN("Function Name")) < line.len &&
                                        span_find(line, 0, SPAN("Inclusive Samples")) < line.len));
}

/* Perfetto's own trace: packets, each a message in field 1 with a clock or a sequence number. A pprof begins alike, but its
 * first messages hold nothing behind field 2.
 * Source: https://perfetto.dev/docs/reference/trace-packet-proto */
static bool refuse_test_perfetto(struct span head)
{
    struct pb in = pb_of(head);
    struct pb_field f, inner;
    struct err err = ERR_INIT;
    bool packets = false;
    for (int n = 0; n < 8 && pb_next(&in, &f, &err); n++) {
        if (f.number != 1 || f.wire != PB_BYTES)
            return false;
        struct pb packet = pb_inside(&in, f.bytes);
        while (pb_next(&packet, &inner, &err))
            packets = packets || inner.number == 8 || inner.number == 10 || inner.number == 58;
        if (err.code != ERR_NONE)
            return false;
    }
    return packets;
}

#define BYTES(lit)                                                                                                     \
    {                                                                                                                  \
        (lit), sizeof(lit) - 1                                                                                         \
    }
#define REFUSAL(start, n1, n2, check, is, good, send)                                                                  \
    { .at_start = BYTES(start),                                                                                        \
      .needle = BYTES(n1),                                                                                             \
      .needle2 = BYTES(n2),                                                                                            \
      .test = (check),                                                                                                 \
      .what = (is),                                                                                                    \
      .good_for = (good),                                                                                              \
      .instead = (send) },
static const struct refusal refusals[] = {
#include "import/refusals.def"
};
#undef REFUSAL

static bool holds(struct span head, struct span needle)
{
    return needle.len == 0 || span_find(head, 0, needle) < head.len;
}

static bool refusal_matches(const struct refusal *r, struct span head, struct span text)
{
    return span_starts(r->test ? head : text, r->at_start) && holds(head, r->needle) && holds(head, r->needle2) &&
           (!r->test || r->test(head));
}

bool refuse_known(struct span head, struct err *err)
{
    struct span text = head;
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t' || text.ptr[0] == '\r' || text.ptr[0] == '\n'))
        text = span_from(text, 1);
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        const struct refusal *r = &refusals[i];
        if (!refusal_matches(r, head, text))
            continue;
        if (err)
            (void)err_set(err, ERR_UNSUPPORTED, "this seems to be %s, good for %s: %s", r->what, r->good_for,
                          r->instead);
        return true;
    }
    return false;
}

size_t refuse_count(void)
{
    return ARRAY_LEN(refusals);
}

void refuse_row(size_t i, const char **ret_what, const char **ret_good_for, const char **ret_instead)
{
    *ret_what = refusals[i].what;
    *ret_good_for = refusals[i].good_for;
    *ret_instead = refusals[i].instead;
}
