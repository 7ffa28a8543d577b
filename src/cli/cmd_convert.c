/* stet convert: the stacks of a file as folded text, a speedscope or pprof file or a flame graph. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mask.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "import/importer.h"
#include "import/perf/data_script.h"
#include "profile/folded.h"
#include "profile/pprof_export.h"
#include "profile/speedscope_export.h"
#include "report/flame.h"
#include "symbol/symbols.h"

enum target { TO_NONE, TO_FOLDED, TO_SPEEDSCOPE, TO_PPROF, TO_SVG, TO_PERF_SCRIPT };

struct convert {
    struct import_options import;
    const char *format;
    const char *path;
    const char *out_path; /* NULL: standard output */
    enum target to;
    FILE *out;
    bool done; /* perf script text of the first recording was written */
};

static bool write_out(void *user, struct span text, struct err *err)
{
    struct convert *c = user;
    if (fwrite(text.ptr, 1, text.len, c->out) != text.len)
        return err_set(err, ERR_IO, "cannot write %s: %s", c->out_path ? c->out_path : "standard output",
                       strerror(errno));
    return true;
}

static void title_of(const struct artefact *a, struct sb *out)
{
    mask_command(a->command.len > 0 ? a->command : a->name, out);
}

static bool write_svg(struct convert *c, const struct artefact *a, uint32_t column, const char *title, struct err *err)
{
    struct sb svg = { 0 };
    struct classification *cls =
        classify_profile(a->profile, &(struct classify_options){ .runtime = a->runtime,
                                                                 .clock = a->profile->columns[column].clock,
                                                                 .native_visible = a->native_visible == TRI_YES });
    struct report_flame_options opt = { .title = span_of(title), .standalone = true };
    bool ok = report_flame_svg(a->profile, column, cls, &opt, &svg, err) && write_out(c, sb_span(&svg), err);
    classification_free(cls);
    sb_release(&svg);
    return ok;
}

static bool write_profile(struct convert *c, const struct artefact *a, struct err *err)
{
    uint32_t column = profile_column_default(a->profile);
    if (column == UINT32_MAX)
        column = 0; /* nothing measures time: the first */
    if (c->import.event.len > 0)
        column = profile_column_find(a->profile, c->import.event);
    if (c->import.event.len > 0 && column == UINT32_MAX)
        return err_set(err, ERR_VALUE, "no event '%.*s' in the file", SPAN_FMT(c->import.event));
    if (column >= a->profile->column_count)
        return err_set(err, ERR_EMPTY, "the file holds no weights");
    struct sb title = { .cap = 4096 };
    bool ok = false;
    title_of(a, &title);
    switch (c->to) {
    case TO_NONE:
    case TO_PERF_SCRIPT:
        break;
    case TO_FOLDED: {
        struct folded_options opt = FOLDED_DEFAULT;
        opt.column = column;
        ok = folded_write(a->profile, &opt, write_out, c, err);
        break;
    }
    case TO_SPEEDSCOPE:
        ok = speedscope_write(a->profile, &(struct speedscope_options){ .column = column, .title = sb_span(&title) },
                              write_out, c, err);
        break;
    case TO_PPROF:
        ok = pprof_write(a, &(struct pprof_options){ .column = column }, write_out, c, err);
        break;
    case TO_SVG:
        ok = write_svg(c, a, column, sb_cstr(&title), err);
        break;
    }
    sb_release(&title);
    return ok;
}

/* A file that could not be finished is not left behind. */
static bool write_file(struct convert *c, const struct artefact *a, struct err *err)
{
    c->out = c->out_path ? fopen(c->out_path, "wb") : stdout;
    if (!c->out)
        return err_set(err, ERR_IO, "cannot write %s: %s", c->out_path, strerror(errno));
    bool ok = write_profile(c, a, err);
    if (!c->out_path)
        return ok;
    if (fclose(c->out) != 0 && ok)
        ok = err_set(err, ERR_IO, "cannot write %s: %s", c->out_path, strerror(errno));
    if (!ok)
        (void)remove(c->out_path);
    return ok;
}

/* The text of a perf.data recording: from the recording itself, not from its profile. */
static bool write_script(void *user, struct span name, struct source *in, struct err *err)
{
    struct convert *c = user;
    struct span head;
    if (c->done || !source_peek(in, 8, &head, err))
        return c->done;
    if (!pdata_magic(head))
        return name.len > 0 ||
               err_set(err, ERR_VALUE, "--to perf-script wants a perf.data file; of others the stacks alone are known");
    c->done = true;
    struct pdata_options options = { .limits = &c->import.limits, .symbols = c->import.symbols, .offsets = true };
    return pdata_script(in, &options, write_out, c, err);
}

static bool run_script(struct convert *c, struct err *err)
{
    c->out = c->out_path ? fopen(c->out_path, "wb") : stdout;
    if (!c->out)
        return err_set(err, ERR_IO, "cannot write %s: %s", c->out_path, strerror(errno));
    bool ok = import_sources(c->path, &c->import.limits, write_script, c, err);
    if (ok && !c->done)
        ok = err_set(err, ERR_EMPTY, "no perf.data file");
    if (!c->out_path)
        return ok;
    if (fclose(c->out) != 0 && ok)
        ok = err_set(err, ERR_IO, "cannot write %s: %s", c->out_path, strerror(errno));
    if (!ok)
        (void)remove(c->out_path);
    return ok;
}

static bool run(struct convert *c, struct err *err)
{
    if (c->to == TO_PERF_SCRIPT)
        return run_script(c, err);
    struct artefact_list list = { 0 };
    const struct artefact *chosen = NULL;
    uint32_t profiles = 0;
    bool ok = import_path(c->path, c->format, &c->import, &list, err);
    for (uint32_t i = 0; ok && i < list.count; i++) {
        if (!list.items[i]->profile)
            continue;
        profiles++;
        chosen = chosen ? chosen : list.items[i];
    }
    if (ok && !chosen)
        ok = err_set(err, ERR_EMPTY, "no stacks in the file, only %s",
                     list.count > 0 ? list.items[0]->format : "members that are not read");
    if (profiles > 1)
        (void)fprintf(stderr, "stet convert: %u members hold stacks, only '%.*s' is written\n", profiles,
                      SPAN_FMT(chosen->name));
    ok = ok && write_file(c, chosen, err);
    artefact_list_release(&list);
    return ok;
}

enum option { OPT_TO = 1, OPT_CLOCK, OPT_EVENT, OPT_FORMAT, OPT_O, OPT_THREADS, OPT_LIMIT };

static bool set_target(struct convert *c, const char *name, struct err *err)
{
    if (strcmp(name, "folded") == 0)
        c->to = TO_FOLDED;
    else if (strcmp(name, "speedscope") == 0)
        c->to = TO_SPEEDSCOPE;
    else if (strcmp(name, "svg") == 0)
        c->to = TO_SVG;
    else if (strcmp(name, "perf-script") == 0)
        c->to = TO_PERF_SCRIPT;
    else if (strcmp(name, "pprof") == 0)
        c->to = TO_PPROF;
    else
        return err_set(err, ERR_USAGE, "--to wants folded, speedscope, pprof, svg or perf-script, got '%s'", name);
    return true;
}

static bool set_option(struct convert *c, int id, const char *value, struct err *err)
{
    switch ((enum option)id) {
    case OPT_TO:
        return set_target(c, value, err);
    case OPT_CLOCK:
        c->import.clock_given = true;
        return clock_from_name(span_of(value), &c->import.clock) ||
               err_set(err, ERR_USAGE, "--clock: want cpu, wall or off, got '%s'", value);
    case OPT_EVENT:
        c->import.event = span_of(value);
        return true;
    case OPT_FORMAT:
        c->format = value;
        return importer_find(span_of(value)) || err_set(err, ERR_USAGE, "no format '%s'", value);
    case OPT_O:
        c->out_path = strcmp(value, "-") == 0 ? NULL : value;
        return true;
    case OPT_LIMIT:
        return limits_set(&c->import.limits, span_of(value), err) || err_wrap(err, "--limit");
    case OPT_THREADS:
        return args_threads(value, &c->import.threads, err);
    }
    return false;
}

int cmd_convert(int argc, char **argv)
{
    static const struct arg_option options[] = {
        { "--to", OPT_TO, true },
        { "--clock", OPT_CLOCK, true },
        { "--event", OPT_EVENT, true },
        { "--format", OPT_FORMAT, true },
        { "-o", OPT_O, true },
        { "--threads", OPT_THREADS, true },
        CLI_SYMBOL_OPTIONS,
        { "--limit", OPT_LIMIT, true },
    };
    struct convert c = { .import = IMPORT_OPTIONS_DEFAULT };
    c.import.no_hash = true;
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
            return cli_usage_error("convert", "%s", err.text);
        if (got == ARGS_PLAIN && c.path)
            return cli_usage_error("convert", "want one FILE, got '%s' as well", value);
        if (got == ARGS_PLAIN)
            c.path = value;
    }
    if (c.import.threads == 0 && !args_threads(NULL, &c.import.threads, &err))
        return cli_usage_error("convert", "%s", err.text);
    if (!c.path)
        return cli_usage_error("convert", "want a FILE, or - for standard input");
    if (c.to == TO_NONE)
        return cli_usage_error("convert", "want --to folded, speedscope, pprof, svg or perf-script");
    c.import.symbols = cli_symbols_new(&c.import.limits);
    bool ok = run(&c, &err);
    symbols_free(c.import.symbols);
    return ok ? CLI_EXIT_OK : cli_error("convert", &err);
}
