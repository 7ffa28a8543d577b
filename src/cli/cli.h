/* The command line: `stet <command> ...`. A command is one row in commands.def and one function
 * `int cmd_<symbol>(int argc, char **argv)` in cmd_<symbol>.c; argv[0] is the command's name. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/err.h"

struct symbols;

enum cli_exit {
    CLI_EXIT_OK = 0,           /* done; with --gate: open or waived */
    CLI_EXIT_GATE_FAIL = 1,    /* gate closed, shown otherwise by evidence */
    CLI_EXIT_GATE_MISSING = 2, /* gate closed: evidence or an input is missing */
    CLI_EXIT_USAGE = 3,        /* usage error or an input that cannot be used */
    CLI_EXIT_IO = 4,           /* I/O, network or server failure */
};

struct cli_command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;   /* arguments, as shown behind the name */
    const char *summary; /* one line */
    const char *help;    /* options and notes, may be empty; lines end in \n */
};

extern const struct cli_command cli_commands[];
extern const unsigned cli_command_count;

/* cli_run - finds the command and runs it; `--help` behind a command prints its help.
 * Out:    an enum cli_exit value. A standard output that could not be written is CLI_EXIT_IO. */
int cli_run(int argc, char **argv);

/* cli_command_find - NULL when there is no such command. */
const struct cli_command *cli_command_find(const char *name);

/* cli_command_help_print - usage, summary and options of one command. */
void cli_command_help_print(const struct cli_command *command, FILE *out);

/* cli_usage_error - "stet <command>: <text>" and where to find help, on standard error.
 * Out:    always CLI_EXIT_USAGE, to be returned */
int cli_usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* cli_error - "stet <command>: <text>" with line or byte, on standard error.
 * Out:    the exit status of the error's code */
int cli_error(const char *command, const struct err *err);

/* cli_locale_is_utf8 - what LC_ALL, LC_CTYPE or LANG say; the process itself stays in the C locale. */
bool cli_locale_is_utf8(void);

/* Options of the commands that read recordings: rows for args_next, and what takes their values. */
enum { CLI_OPT_SYMBOL_ROOT = 1000, CLI_OPT_NO_SYMBOLS };
#define CLI_SYMBOL_OPTIONS                                                                                             \
    { "--symbol-root", CLI_OPT_SYMBOL_ROOT, true },                                                                    \
    {                                                                                                                  \
        "--no-symbols", CLI_OPT_NO_SYMBOLS, false                                                                      \
    }
/* False when id is none of them. Value is borrowed for the life of the program. Errors: *ret_ok false, ERR_USAGE. */
bool cli_symbols_option(int id, const char *value, bool *ret_ok, struct err *err);
/* cli_symbols_new - names of code from this machine's own files, what the command line may open, and from the folders of
 * --symbol-root; NULL with --no-symbols. Free: symbols_free. */
struct symbols *cli_symbols_new(const struct limits *lim);

#endif
