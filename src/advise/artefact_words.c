#include "advise/artefact_words.h"

#include "advise/words.h"
#include "import/cmdline.h"

const char *artefact_short_name(const char *format)
{
    static const char *const names[][2] = {
        { "svg", "flame graph" },
        { "folded", "folded stacks" },
        { "perf-script", "perf script" },
        { "perf-stat", "perf stat" },
        { "speedscope", "profile" },
        { "cpuprofile", "V8 CPU profile" },
        { "time", "time" },
        { "rusage", "resource usage" },
        { "k6", "k6 summary" },
        { "bench-suite", "benchmark results" },
        { "clinic-doctor", "clinic doctor" },
        { "clinic-flame", "clinic flame" },
        { "0x", "0x ticks" },
        { "stet-record", "stet record" },
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(span_of(names[i][0]), format))
            return names[i][1];
    }
    return format;
}

void artefact_recorder_words(struct span recorder, struct sb *out)
{
    struct recorder_options opt;
    if (!cmdline_recorder(recorder, &opt) || !span_is(opt.tool, "py-spy"))
        return;
    sb_printf(out, ", recorded %s --idle", opt.idle ? "with" : "without");
    if (opt.gil)
        sb_adds(out, ", with --gil");
    sb_printf(out, ", %s --native", opt.native ? "with" : "without");
}

void artefact_words(const struct artefact *a, struct sb *out)
{
    const char *name = artefact_short_name(a->format);
    sb_adds(out, name);
    if (a->tool.len > 0 && span_find(span_of(name), 0, a->tool) == strlen(name))
        sb_printf(out, " by %.*s", SPAN_FMT(span_sub(a->tool, 0, 60)));
    if (a->pid > 0)
        sb_printf(out, ", pid %lld", (long long)a->pid);
    if (num_known(a->rate_hz))
        sb_printf(out, ", %.4g Hz", a->rate_hz);
    for (uint32_t i = 0; i < a->acct_count && i < 1; i++) {
        if (num_known(a->acct[i].wall_s)) {
            sb_adds(out, ", wall ");
            words_seconds(out, a->acct[i].wall_s);
        }
        if (num_known(a->acct[i].cpu_s)) {
            sb_adds(out, ", CPU ");
            words_seconds(out, a->acct[i].cpu_s);
        }
    }
    artefact_recorder_words(a->recorder, out);
}
