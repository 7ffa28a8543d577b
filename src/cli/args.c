#include "cli/args.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"

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

bool args_threads(const char *value, unsigned *ret, struct err *err)
{
    /* Each holds some megabytes; beyond eight, whoever takes the results is the bottleneck. */
    enum { THREADS_MAX = 64, THREADS_DEFAULT_MAX = 8 };
    const char *name = "--threads";
    if (!value) {
        name = "STET_READ_THREADS";
        value = getenv(name);
    }
    uint64_t n = 0;
    if (value && value[0] != '\0') {
        if (!span_to_u64(span_of(value), &n) || n < 1 || n > THREADS_MAX)
            return err_set(err, ERR_USAGE, "%s wants a number from 1 to %d, got '%s'", name, THREADS_MAX, value);
    } else {
        long cpus = sysconf(_SC_NPROCESSORS_ONLN);
        n = cpus < 1 ? 1 : cpus > THREADS_DEFAULT_MAX ? THREADS_DEFAULT_MAX : (uint64_t)cpus;
    }
    *ret = (unsigned)n;
    return true;
}

const char *args_option_name(const struct arg_option *options, unsigned n, int id)
{
    for (unsigned i = 0; i < n; i++) {
        if (options[i].id == id)
            return options[i].name;
    }
    return "";
}
