/* config.h - the options of the service, read off options.def: command line over environment over file over default. */
#ifndef STET_CONFIG_CONFIG_H
#define STET_CONFIG_CONFIG_H

#include <stdio.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

enum config_id {
#define OPTION(field, key, kind, otherwise, lo, hi, unit, help) CONFIG_##field,
#include "config/options.def"
#undef OPTION
    CONFIG_COUNT
};

enum config_origin { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENV, CONFIG_FLAG };

struct config {
    char *text[CONFIG_COUNT];     /* as given; owned */
    int64_t number[CONFIG_COUNT]; /* INT and FLAG */
    enum config_origin origin[CONFIG_COUNT];
};

/* Defaults, then --config FILE, then the environment, then the other flags of argv (argv[0] is the command).
 * File: one `key = value` a line, # comments. Errors: ERR_USAGE with the option, or file and line. */
bool config_load(struct config *c, int argc, char **argv, struct err *err) MUST_CHECK;
void config_release(struct config *c);
const char *config_text(const struct config *c, enum config_id id);
int64_t config_int(const struct config *c, enum config_id id);
struct limits config_limits(const struct config *c);
/* One option a line, for help. */
void config_help(FILE *out);

#endif
