/* stet collapse: folded stacks on standard output. perf script text goes straight through the scanner; folded text is
 * summed as it stands; everything else is imported and written from the profile. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "import/importer.h"
#include "import/perf/perf_collapse.h"
#include "import/trace/blocks_collapse.h"
#include "profile/folded.h"
#include "symbol/symbols.h"

struct collapse {
    struct import_options import;
    struct collapse_options perf;
    const char *format;
    const char *path;
    bool done; /* the first readable member was written */
};

static bool write_out(void *user, struct span text, struct err *err)
{
    (void)user;
    if (fwrite(text.ptr, 1, text.len, stdout) != text.len)
        return err_set(err, ERR_IO, "cannot write standard output: %s", strerror(errno));
    return true;
}

static bool collapse_perf(struct collapse *c, struct source *in, struct err *err)
{
    struct collapse_result result;
    char event[64];
    if (!perf_collapse(in, &c->perf, write_out, NULL, &result, event, sizeof event, err))
        return false;
    if (result.other_events)
        (void)fprintf(stderr, "stet collapse: only events of '%s' are counted; --event NAME chooses another\n", event);
    if (result.bad > 0)
        (void)fprintf(stderr, "stet collapse: %llu lines are none of perf script, the first is line %llu\n",
                      (unsigned long long)result.bad, (unsigned long long)result.first_bad);
    if (result.cut && result.samples > 1)
        (void)fprintf(stderr, "stet collapse: the last sample has no blank line behind it and is left out\n");
    if (result.samples == 0)
        (void)fprintf(stderr, "stet collapse: no sample\n");
    return true;
}

static bool collapse_profile(struct collapse *c, const struct importer *importer, struct source *in, struct err *err)
{
    struct artefact *a = artefact_new();
    struct folded_options out = FOLDED_DEFAULT;
    out.kernel = c->perf.tidy.kernel;
    out.jit = c->perf.tidy.jit;
    out.no_repeats = c->perf.recursive;
    out.threads = c->perf.pid || c->perf.tid;
    bool ok = importer->parse(in, &c->import, a, err);
    if (ok && !a->profile)
        ok = err_set(err, ERR_EMPTY, "%s holds no stacks", importer->name);
    if (ok && c->import.event.len > 0) {
        out.column = profile_column_find(a->profile, c->import.event);
        if (out.column == UINT32_MAX)
            ok = err_set(err, ERR_VALUE, "no event '%.*s' in the file", SPAN_FMT(c->import.event));
    }
    ok = ok && folded_write(a->profile, &out, write_out, NULL, err);
    artefact_free(a);
    return ok;
}

/* One member: the first that holds stacks is written, accounting beside it is passed over. */
static bool member(void *user, struct span name, struct source *in, struct err *err)
{
    struct collapse *c = user;
    if (c->done)
        return true;
    struct span head;
    bool utf16;
    if (!source_decode_text(in, &utf16, err) || !source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    const struct importer *importer = c->format ? importer_find(span_of(c->format))
                                                : import_detect(head, name.len > 0 ? name : span_of(c->path), err);
    if (!importer)
        return name.len > 0 && err->code != ERR_IO ? (*err = ERR_INIT, true) : false;
    c->done = true;
    bool perf = strcmp(importer->name, "perf-script") == 0 || strcmp(importer->name, "perf-data") == 0;
    if (perf && !c->import.clock_given)
        return collapse_perf(c, in, err);
    if (strcmp(importer->name, "bpftrace") == 0)
        return blocks_collapse_bpftrace(in, &c->import.limits, write_out, NULL, err);
    if (strcmp(importer->name, "dtrace") == 0)
        return blocks_collapse_dtrace(in, &c->import.limits, c->perf.tidy.addrs, write_out, NULL, err);
    return collapse_profile(c, importer, in, err);
}

static bool run(struct collapse *c, struct err *err)
{
    c->import.symbols = c->perf.symbols = cli_symbols_new(&c->import.limits);
    bool ok = import_sources(c->path, &c->import.limits, member, c, err);
    symbols_free(c->import.symbols);
    if (ok && !c->done)
        ok = err_set(err, ERR_EMPTY, "no file with stacks");
    return ok;
}

enum option {
    OPT_CLOCK = 1,
    OPT_EVENT,
    OPT_FORMAT,
    OPT_ALL,
    OPT_PID,
    OPT_TID,
    OPT_KERNEL,
    OPT_JIT,
    OPT_ADDRS,
    OPT_RECURSIVE,
    OPT_STYLE,
    OPT_THREADS,
    OPT_LIMIT
};

static bool set_option(struct collapse *c, int id, const char *value, struct err *err)
{
    switch ((enum option)id) {
    case OPT_CLOCK:
        c->import.clock_given = true;
        if (!clock_from_name(span_of(value), &c->import.clock))
            return err_set(err, ERR_USAGE, "--clock: want cpu, wall or off, got '%s'", value);
        return true;
    case OPT_EVENT:
        c->import.event = c->perf.event = span_of(value);
        return true;
    case OPT_FORMAT:
        c->format = value;
        return importer_find(span_of(value)) ? true : err_set(err, ERR_USAGE, "no format '%s'", value);
    case OPT_ALL:
        c->perf.tidy.kernel = c->perf.tidy.jit = true;
        return true;
    case OPT_KERNEL:
        return c->perf.tidy.kernel = true;
    case OPT_JIT:
        return c->perf.tidy.jit = true;
    case OPT_PID:
        return c->perf.pid = true;
    case OPT_TID:
        return c->perf.tid = true;
    case OPT_ADDRS:
        return c->perf.tidy.addrs = true;
    case OPT_RECURSIVE:
        return c->perf.recursive = true;
    case OPT_LIMIT:
        return limits_set(&c->import.limits, span_of(value), err) || err_wrap(err, "--limit");
    case OPT_THREADS:
        return args_threads(value, &c->import.threads, err);
    case OPT_STYLE:
        c->perf.tidy.style = strcmp(value, "inferno") == 0 ? PERF_STYLE_INFERNO : PERF_STYLE_FLAMEGRAPH;
        return c->perf.tidy.style == PERF_STYLE_INFERNO || strcmp(value, "flamegraph") == 0 ||
               err_set(err, ERR_USAGE, "--style: want flamegraph or inferno, got '%s'", value);
    }
    return false;
}

int cmd_collapse(int argc, char **argv)
{
    static const struct arg_option options[] = {
        { "--clock", OPT_CLOCK, true },
        { "--event", OPT_EVENT, true },
        { "--event-filter", OPT_EVENT, true },
        { "--format", OPT_FORMAT, true },
        { "--all", OPT_ALL, false },
        { "--pid", OPT_PID, false },
        { "--tid", OPT_TID, false },
        { "--kernel", OPT_KERNEL, false },
        { "--jit", OPT_JIT, false },
        { "--addrs", OPT_ADDRS, false },
        { "--includeoffset", OPT_ADDRS, false },
        { "--recursive", OPT_RECURSIVE, false },
        { "--style", OPT_STYLE, true },
        { "--threads", OPT_THREADS, true },
        CLI_SYMBOL_OPTIONS,
        { "--limit", OPT_LIMIT, true },
    };
    struct collapse c = { .import = IMPORT_OPTIONS_DEFAULT };
    c.import.no_order = true;
    c.perf.limits = c.import.limits;
    c.perf.event = SPAN("");
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    int id = 0;
    const char *value = NULL;
    enum args_result got;
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, &err)) != ARGS_END) {
        bool ok = true;
        if (got == ARGS_OPTION && !cli_symbols_option(id, value, &ok, &err))
            ok = set_option(&c, id, value, &err);
        if (got == ARGS_ERROR || !ok)
            return cli_usage_error("collapse", "%s", err.text);
        if (got == ARGS_PLAIN && c.path)
            return cli_usage_error("collapse", "want one FILE, got '%s' as well", value);
        if (got == ARGS_PLAIN)
            c.path = value;
    }
    if (c.import.threads == 0 && !args_threads(NULL, &c.import.threads, &err))
        return cli_usage_error("collapse", "%s", err.text);
    c.perf.threads = c.import.threads;
    if (!c.path)
        return cli_usage_error("collapse", "want a FILE, or - for standard input");
    if (!run(&c, &err)) {
        (void)fprintf(stderr, "stet collapse: %s: %s\n", c.path, err.text);
        return err_exit_status(err.code);
    }
    return CLI_EXIT_OK;
}
