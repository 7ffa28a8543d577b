#include "import/refuse.h"

#include <stddef.h>

#include "base/pb.h"

/* A picture, a dump or a profile of something else: what it seems to be, and what to send instead. */
struct refusal {
    struct span at_start; /* magic at byte 0, or empty */
    const char *needle;   /* text within the head, or NULL */
    const char *needle2;  /* must be there as well, or NULL */
    const char *what, *instead;
};

#define MAGIC(m)                                                                                                       \
    {                                                                                                                  \
        (m), sizeof(m) - 1                                                                                             \
    }
#define NO_MAGIC                                                                                                       \
    {                                                                                                                  \
        "", 0                                                                                                          \
    }

static const struct refusal refusals[] = {
    { MAGIC("\x89PNG\r\n"), NULL, NULL, "a picture (PNG)",
      "a photo of a flame graph cannot be read; the SVG behind it can" },
    { MAGIC("\xff\xd8\xff"), NULL, NULL, "a picture (JPEG)",
      "a photo of a flame graph cannot be read; the SVG behind it can" },
    { MAGIC("GIF8"), NULL, NULL, "a picture (GIF)", "the SVG behind it can be read" },
    { MAGIC("RIFF"), "WEBP", NULL, "a picture (WebP)", "the SVG behind it can be read" },
    { MAGIC("%PDF-"), NULL, NULL, "a PDF document", "send the profile that it shows" },
    { MAGIC("\x7f"
            "ELF"),
      NULL, NULL, "a program or library (ELF)", "send a recording of it, not the program" },
    { MAGIC("MZ"), "PE\0\0", NULL, "a Windows program", "send a recording of it, not the program" },
    { MAGIC("SQLite format 3"), NULL, NULL, "an SQLite database", "export the profile from it" },
    { MAGIC("FLR\0"), NULL, NULL, "a Java flight recording (JFR)",
      "convert it with async-profiler's jfr2flame to collapsed stacks, or send pprof" },
    { MAGIC("JAVA PROFILE"), NULL, NULL, "a Java heap dump", "memory is not time: send a CPU or wall profile" },
    { MAGIC("\x04\x08{"), "mode", "samples", "a stackprof dump in Ruby's own format",
      "convert it with `stackprof --json FILE`" },
    { MAGIC("heap profile:"), NULL, NULL, "a heap profile", "memory is not time: send a CPU or wall profile" },
    { MAGIC("# callgrind format"), NULL, NULL, "callgrind output",
      "it counts instructions, not time: send perf, py-spy or pprof" },
    { MAGIC("version: 1\ncreator: callgrind"), NULL, NULL, "callgrind output",
      "it counts instructions, not time: send perf, py-spy or pprof" },
    { MAGIC("events: "), "fn=", NULL, "callgrind output",
      "it counts instructions, not time: send perf, py-spy or pprof" },
    { MAGIC("desc: "), "mem_heap_B", NULL, "massif output", "memory is not time: send a CPU or wall profile" },
    { NO_MAGIC, "\"dhatFileVersion\"", NULL, "a DHAT heap profile", "memory is not time: send a CPU or wall profile" },
    { NO_MAGIC, "\"snapshot\"", "\"node_fields\"", "a V8 heap snapshot", "memory is not time: send a .cpuprofile" },
    { MAGIC("Flat profile:"), "cumulative", NULL, "gprof output", "send perf script text or pprof" },
    { MAGIC("Analysis of sampling"), NULL, NULL, "output of the macOS `sample` tool",
      "export collapsed stacks, or record with py-spy, samply or Instruments and send those" },
    { NO_MAGIC, "Call graph:", "Total number in stack", "output of the macOS `sample` tool",
      "export collapsed stacks and send those" },
    { NO_MAGIC, "\"preprocessedProfileVersion\"", NULL, "a Firefox profile",
      "send perf script text or the speedscope export" },
    { NO_MAGIC, "simpleperf", "Cmdline:", "simpleperf text", "send its pprof export" },
    { MAGIC("--- threadz"), NULL, NULL, "a thread dump", "a snapshot is no profile: send a CPU profile" },
    { MAGIC("goroutine profile: total"), NULL, NULL, "a goroutine dump",
      "a snapshot is no profile: send /debug/pprof/profile" },
    { MAGIC("threadcreate profile: total"), NULL, NULL, "a list of threads as they were created",
      "it says nothing of time: send /debug/pprof/profile" },
    { MAGIC("--- heapz"), NULL, NULL, "a heap profile", "memory is not time: send a CPU or wall profile" },
    { MAGIC("--- growthz"), NULL, NULL, "a heap profile", "memory is not time: send a CPU or wall profile" },
    { MAGIC("<!doctype html"), NULL, NULL, "a web page",
      "send the data behind it: the .cpuprofile, ticks.json, processstat or the SVG" },
    { MAGIC("<!DOCTYPE html"), NULL, NULL, "a web page",
      "send the data behind it: the .cpuprofile, ticks.json, processstat or the SVG" },
    { MAGIC("<html"), NULL, NULL, "a web page",
      "send the data behind it: the .cpuprofile, ticks.json, processstat or the SVG" },
};

static bool refusal_matches(const struct refusal *r, struct span head)
{
    if (!span_starts(head, r->at_start))
        return false;
    if (r->needle && span_find(head, 0, span_of(r->needle)) == head.len)
        return false;
    return !r->needle2 || span_find(head, 0, span_of(r->needle2)) < head.len;
}

/* Perfetto's own trace: packets, each a message in field 1 with a clock or a sequence number. A pprof begins alike, but its
 * first messages hold nothing behind field 2.
 * Source: https://perfetto.dev/docs/reference/trace-packet-proto */
static bool is_perfetto(struct span head)
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

bool refuse_known(struct span head, struct err *err)
{
    struct span text = span_trim(head);
    if (head.len > 2 && head.ptr[0] == '\n' && is_perfetto(head)) {
        if (err)
            (void)err_set(err, ERR_UNSUPPORTED,
                          "this seems to be a Perfetto trace (protobuf): open it in ui.perfetto.dev and export it as "
                          "JSON, or convert it with `traceconv json`, and send that");
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        const struct refusal *r = &refusals[i];
        if (!refusal_matches(r, r->at_start.len > 0 ? text : head))
            continue;
        if (err)
            (void)err_set(err, ERR_UNSUPPORTED, "this seems to be %s: %s", r->what, r->instead);
        return true;
    }
    return false;
}
