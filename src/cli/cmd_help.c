#include "cli/cli.h"
#include "cli/commands.h"

int cmd_help(int argc, char **argv)
{
    if (argc > 2)
        return cli_usage_error("help", "takes one command, got %d arguments", argc - 1);
    if (argc == 2) {
        const struct cli_command *command = cli_command_find(argv[1]);
        if (command == NULL)
            return cli_usage_error("help", "no command '%s'", argv[1]);
        cli_command_help_print(command, stdout);
        return CLI_EXIT_OK;
    }
    (void)printf("usage: stet COMMAND [ARGUMENT...]\n"
                 "       stet --version\n"
                 "\n"
                 "Reads profiles and decides whether a rewrite is worth it.\n"
                 "\n");
    for (unsigned i = 0; i < cli_command_count; i++)
        (void)printf("  %-12s %s\n", cli_commands[i].name, cli_commands[i].summary);
    (void)printf("\n"
                 "`stet help COMMAND` explains one.\n"
                 "Exit status: 0 done, 1 gate closed by evidence, 2 gate closed because something is missing,\n"
                 "3 usage error or unusable input, 4 I/O, network or server failure.\n");
    return CLI_EXIT_OK;
}
