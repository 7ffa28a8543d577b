#include "cli/cli.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "symbol/symbols.h"
#include "version.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int cli_usage_error(const char *command, const char *format, ...)
{
    (void)fprintf(stderr, "stet%s%s: ", command[0] == '\0' ? "" : " ", command);
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fprintf(stderr, "\ntry: stet help%s%s\n", command[0] == '\0' ? "" : " ", command);
    return CLI_EXIT_USAGE;
}

void cli_command_help_print(const struct cli_command *command, FILE *out)
{
    (void)fprintf(out, "usage: stet %s%s%s\n\n%s\n", command->name, command->usage[0] == '\0' ? "" : " ",
                  command->usage, command->summary);
    if (command->help[0] != '\0')
        (void)fprintf(out, "\n%s", command->help);
}

/* A `--help` behind `--` belongs to the program that is to be started, not to us. */
static bool help_is_asked(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return true;
    }
    return false;
}

static int command_run(int argc, char **argv)
{
    if (argc < 2)
        return cli_usage_error("", "want a command");
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("stet %s\n", STET_VERSION);
        return CLI_EXIT_OK;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return cmd_help(1, argv + 1);
    const struct cli_command *command = cli_command_find(argv[1]);
    if (command == NULL)
        return cli_usage_error("", "no command '%s'", argv[1]);
    if (help_is_asked(argc - 1, argv + 1)) {
        cli_command_help_print(command, stdout);
        return CLI_EXIT_OK;
    }
    return command->run(argc - 1, argv + 1);
}

int cli_run(int argc, char **argv)
{
    int status = command_run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fputs("stet: cannot write standard output\n", stderr);
        return CLI_EXIT_IO;
    }
    return status;
}

int cli_error(const char *command, const struct err *err)
{
    (void)fprintf(stderr, "stet %s: %s", command, err->text);
    /* Where, unless the text says so already. */
    if (err->line > 0 && strstr(err->text, "line ") == NULL)
        (void)fprintf(stderr, " (line %llu)", (unsigned long long)err->line);
    if (err->byte >= 0 && strstr(err->text, "byte ") == NULL)
        (void)fprintf(stderr, " (byte %lld)", (long long)err->byte);
    (void)fputc('\n', stderr);
    return err_exit_status(err->code);
}

bool cli_locale_is_utf8(void)
{
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0] != '\0')
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL || strstr(value, "UTF8") != NULL;
    }
    return false;
}

static struct symbol_options symbol_options;
static bool symbols_off;

bool cli_symbols_option(int id, const char *value, bool *ret_ok, struct err *err)
{
    *ret_ok = true;
    if (id == CLI_OPT_NO_SYMBOLS)
        symbols_off = true;
    else if (id != CLI_OPT_SYMBOL_ROOT)
        return false;
    else if (symbol_options.root_count == SYMBOL_ROOTS_MAX)
        *ret_ok = err_set(err, ERR_USAGE, "more than %d times --symbol-root", SYMBOL_ROOTS_MAX);
    else
        symbol_options.roots[symbol_options.root_count++] = value;
    return true;
}

struct symbols *cli_symbols_new(const struct limits *lim)
{
    if (symbols_off)
        return NULL;
    symbol_options.local = true;
    symbol_options.home = getenv("HOME");
    symbol_options.set_bytes_max = lim->expanded_bytes;
    symbol_options.elf_bytes_max = lim->elf_bytes;
    return symbols_new(&symbol_options);
}
