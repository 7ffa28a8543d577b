/* stet record: accounting of a process tree, written as a stet-record file. */
#include "base/fs.h"
#include "base/num.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "record/record.h"

enum { OPT_PID = 1, OPT_SECONDS, OPT_O };

static const struct arg_option options[] = {
    { "--pid", OPT_PID, true },
    { "--seconds", OPT_SECONDS, true },
    { "-o", OPT_O, true },
};

static bool take(struct record_options *opt, const char **path, int id, const char *value, struct err *err)
{
    switch (id) {
    case OPT_PID:
        return (span_to_i64(span_of(value), &opt->pid) && opt->pid > 0) ||
               err_set(err, ERR_USAGE, "--pid wants a process id, got '%s'", value);
    case OPT_SECONDS:
        return (span_to_double(span_of(value), &opt->seconds) && opt->seconds > 0 && opt->seconds <= 86400) ||
               err_set(err, ERR_USAGE, "--seconds wants a number above 0 and at most 86400, got '%s'", value);
    default:
        *path = value;
        return true;
    }
}

static bool read_args(int argc, char **argv, struct record_options *opt, const char **path, struct err *err)
{
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    for (;;) {
        int id = 0;
        const char *value = NULL;
        switch (args_next(&args, options, ARRAY_LEN(options), &id, &value, err)) {
        case ARGS_END:
            if (opt->pid <= 0 && !opt->command)
                return err_set(err, ERR_USAGE, "want --pid PID or -- COMMAND...");
            return true;
        case ARGS_ERROR:
            return false;
        case ARGS_PLAIN:
            if (opt->pid > 0)
                return err_set(err, ERR_USAGE, "--pid and a command exclude each other");
            /* The rest is the command's, options included. */
            opt->command = argv + args.at - 1;
            return true;
        case ARGS_OPTION:
            if (!take(opt, path, id, value, err))
                return false;
            break;
        }
    }
}

int cmd_record(int argc, char **argv)
{
    struct record_options opt = { .seconds = NUM_UNKNOWN };
    struct err err = ERR_INIT;
    const char *path = "stet-record.json";
    struct sb out = { 0 };
    int status = 0;
    if (!read_args(argc, argv, &opt, &path, &err))
        return cli_usage_error("record", "%s", err.text);
    bool ok = record_run(&opt, &out, &status, &err);
    if (ok && span_is(span_of(path), "-"))
        (void)fwrite(out.ptr, 1, out.len, stdout);
    else
        ok = ok && fs_write(path, sb_span(&out), &err);
    sb_release(&out);
    if (!ok)
        return cli_error("record", &err);
    if (status != 0)
        (void)fprintf(stderr, "stet record: the command ended with status %d; its recording is in %s\n", status, path);
    return CLI_EXIT_OK;
}
