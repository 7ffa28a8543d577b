#include "cli/commands.h"
#include "cli/cli.h"

#include <string.h>

const struct cli_command cli_commands[] = {
#define COMMAND(symbol, name, usage, summary, help) { name, cmd_##symbol, usage, summary, help },
#include "cli/commands.def"
#undef COMMAND
};

const unsigned cli_command_count = sizeof cli_commands / sizeof cli_commands[0];

const struct cli_command *cli_command_find(const char *name)
{
    for (unsigned i = 0; i < cli_command_count; i++) {
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    }
    return NULL;
}
