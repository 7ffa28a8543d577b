/* The prototypes of all commands, from commands.def. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#define COMMAND(symbol, name, usage, summary, help) int cmd_##symbol(int argc, char **argv);
#include "cli/commands.def"
#undef COMMAND

#endif
