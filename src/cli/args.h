/* args.h - options of one command: `--name VALUE`, `--name=VALUE`, `-o VALUE`, `--flag`, and the rest. A lone "-" is an
 * argument, and everything behind "--" is. */
#ifndef STET_CLI_ARGS_H
#define STET_CLI_ARGS_H

#include <stdbool.h>

#include "base/err.h"

struct arg_option {
    const char *name; /* with its dashes */
    int id;           /* > 0 */
    bool value;
};

struct args {
    int argc;
    char **argv; /* argv[0] is the command's name */
    int at;      /* next one; begin with 1 */
    bool rest;   /* behind "--" */
};

enum args_result { ARGS_END, ARGS_OPTION, ARGS_PLAIN, ARGS_ERROR };

/* Takes the next one. ARGS_OPTION: *ret_id and, for one with a value, *ret_value. ARGS_PLAIN: *ret_value.
 * ARGS_ERROR: err says what was expected. Texts are borrowed from argv. */
enum args_result args_next(struct args *a, const struct arg_option *options, unsigned n, int *ret_id,
                           const char **ret_value, struct err *err);

/* The option's name, with its dashes; "" for an id that is none. */
const char *args_option_name(const struct arg_option *options, unsigned n, int id);

/* Threads that may read large text: the option's value, else STET_READ_THREADS, else one a CPU, at most 8. value NULL: no option. */
bool args_threads(const char *value, unsigned *ret, struct err *err);

#endif
