#include "cli/args.h"

#include <string.h>

static const struct arg_option *option_find(const char *arg, size_t len, const struct arg_option *options, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (strlen(options[i].name) == len && memcmp(options[i].name, arg, len) == 0)
            return &options[i];
    }
    return NULL;
}

enum args_result args_next(struct args *a, const struct arg_option *options, unsigned n, int *ret_id,
                           const char **ret_value, struct err *err)
{
    if (a->at >= a->argc)
        return ARGS_END;
    const char *arg = a->argv[a->at++];
    if (a->rest || arg[0] != '-' || arg[1] == '\0') {
        *ret_value = arg;
        return ARGS_PLAIN;
    }
    if (strcmp(arg, "--") == 0) {
        a->rest = true;
        return args_next(a, options, n, ret_id, ret_value, err);
    }
    size_t len = strcspn(arg, "=");
    const struct arg_option *o = option_find(arg, len, options, n);
    if (!o) {
        (void)err_set(err, ERR_USAGE, "no option '%.*s'", (int)(len < 80 ? len : 80), arg);
        return ARGS_ERROR;
    }
    *ret_id = o->id;
    *ret_value = arg[len] == '=' ? arg + len + 1 : NULL;
    if (!o->value && *ret_value) {
        (void)err_set(err, ERR_USAGE, "%s takes no value", o->name);
        return ARGS_ERROR;
    }
    if (o->value && !*ret_value) {
        if (a->at >= a->argc) {
            (void)err_set(err, ERR_USAGE, "%s wants a value", o->name);
            return ARGS_ERROR;
        }
        *ret_value = a->argv[a->at++];
    }
    return ARGS_OPTION;
}
