#include "config/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/num.h"

enum kind { TEXT, INT, FLAG };

struct option {
    const char *key;
    enum kind kind;
    const char *otherwise;
    int64_t lo, hi;
    const char *unit, *help;
};

static const struct option options[] = {
#define OPTION(field, key, kind, otherwise, lo, hi, unit, help) { key, kind, otherwise, lo, hi, unit, help },
#include "config/options.def"
#undef OPTION
};
_Static_assert(ARRAY_LEN(options) == CONFIG_COUNT, "one row per option");

static bool set(struct config *c, size_t id, struct span value, enum config_origin origin, struct err *err)
{
    const struct option *o = &options[id];
    int64_t number = 0;
    if (span_chr(value, 0, '\0') < value.len)
        return err_set(err, ERR_USAGE, "%s: the value holds a NUL", o->key);
    if (o->kind == FLAG && (span_is(value, "yes") || span_is(value, "true")))
        value = SPAN("1");
    if (o->kind == FLAG && (span_is(value, "no") || span_is(value, "false")))
        value = SPAN("0");
    if (o->kind != TEXT && (!span_to_i64(value, &number) || number < o->lo || number > o->hi))
        return err_set(err, ERR_USAGE, "%s: want a whole number from %lld to %lld%s%s, got '%.*s'", o->key,
                       (long long)o->lo, (long long)o->hi, o->unit[0] ? " " : "", o->unit,
                       SPAN_FMT(span_sub(value, 0, 60)));
    free(c->text[id]);
    c->text[id] = xstrndup(value.ptr ? value.ptr : "", value.len);
    c->number[id] = number;
    c->origin[id] = origin;
    return true;
}

static bool find(struct span key, size_t *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (span_is(key, options[i].key)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool line_read(struct config *c, const char *path, uint64_t no, struct span line, struct err *err)
{
    line = span_trim(span_sub(line, 0, span_chr(line, 0, '#')));
    struct span key;
    struct span value;
    size_t id = 0;
    if (line.len == 0)
        return true;
    if (!span_split(line, '=', &key, &value))
        return err_at_line(err, ERR_USAGE, no, "%s line %llu: want key = value", path, (unsigned long long)no);
    if (!find(span_trim(key), &id))
        return err_at_line(err, ERR_USAGE, no, "%s line %llu: no option '%.*s'", path, (unsigned long long)no,
                           SPAN_FMT(span_sub(span_trim(key), 0, 60)));
    return set(c, id, span_trim(value), CONFIG_FILE, err) ||
           err_wrap(err, "%s line %llu", path, (unsigned long long)no);
}

static bool file_read(struct config *c, const char *path, struct err *err)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
    char line[4096];
    bool ok = true;
    for (uint64_t no = 1; ok && fgets(line, sizeof line, in); no++)
        ok = line_read(c, path, no, span_of(line), err);
    (void)fclose(in);
    return ok;
}

static bool env_read(struct config *c, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        char name[64] = "STET_";
        size_t n = 5;
        for (const char *k = options[i].key; *k && n + 1 < sizeof name; k++)
            name[n++] = *k == '-' || *k == '.' ? '_' : (char)toupper((unsigned char)*k);
        name[n] = '\0';
        const char *value = getenv(name);
        if (value && !set(c, i, span_of(value), CONFIG_ENV, err))
            return err_wrap(err, "%s", name);
    }
    return true;
}

/* Takes --key VALUE, --key=VALUE and --flag. */
static bool flag_read(struct config *c, int argc, char **argv, int *at, const char **ret_file, struct err *err)
{
    struct span arg = span_of(argv[*at]);
    struct span value = { 0 };
    struct span key = arg;
    size_t id = 0;
    if (!span_starts(arg, SPAN("--")))
        return err_set(err, ERR_USAGE, "unexpected argument '%s'", argv[*at]);
    bool joined = span_split(arg, '=', &key, &value);
    key = span_from(key, 2);
    bool file = span_is(key, "config");
    if (!file && !find(key, &id))
        return err_set(err, ERR_USAGE, "no option '%.*s'", SPAN_FMT(arg));
    if (!joined && !file && options[id].kind == FLAG)
        value = SPAN("1");
    else if (!joined && *at + 1 < argc)
        value = span_of(argv[++*at]);
    else if (!joined)
        return err_set(err, ERR_USAGE, "--%.*s wants a value", SPAN_FMT(key));
    if (!file)
        return set(c, id, value, CONFIG_FLAG, err);
    *ret_file = value.ptr;
    return true;
}

bool config_load(struct config *c, int argc, char **argv, struct err *err)
{
    *c = (struct config){ 0 };
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (!set(c, i, span_of(options[i].otherwise), CONFIG_DEFAULT, err))
            return false;
    }
    /* Flags are read twice: once to find the file, once to win over it. */
    const char *file = getenv("STET_CONFIG");
    for (int i = 1; i < argc; i++) {
        if (!flag_read(c, argc, argv, &i, &file, err))
            return false;
    }
    if (file && !file_read(c, file, err))
        return false;
    if (!env_read(c, err))
        return false;
    for (int i = 1; i < argc; i++) {
        if (!flag_read(c, argc, argv, &i, &file, err))
            return false;
    }
    return true;
}

void config_release(struct config *c)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        free(c->text[i]);
    *c = (struct config){ 0 };
}

const char *config_text(const struct config *c, enum config_id id)
{
    return c->text[id];
}

int64_t config_int(const struct config *c, enum config_id id)
{
    return c->number[id];
}

struct limits config_limits(const struct config *c)
{
    struct limits l = LIMITS_DEFAULT;
    l.upload_bytes = (uint64_t)c->number[CONFIG_upload_bytes];
    l.expanded_bytes = (uint64_t)c->number[CONFIG_expanded_bytes];
    l.expand_ratio = (uint64_t)c->number[CONFIG_expand_ratio];
    l.frames = (uint64_t)c->number[CONFIG_frames];
    l.threads = (uint64_t)c->number[CONFIG_profile_threads];
    l.stack_depth = (uint64_t)c->number[CONFIG_stack_depth];
    l.stacks = (uint64_t)c->number[CONFIG_stacks];
    l.ordered_samples = (uint64_t)c->number[CONFIG_ordered_samples];
    l.archive_members = (uint64_t)c->number[CONFIG_archive_members];
    l.string_bytes = (uint64_t)c->number[CONFIG_string_bytes];
    l.columns = (uint64_t)c->number[CONFIG_columns];
    l.cells = (uint64_t)c->number[CONFIG_cells];
    l.elf_bytes = (uint64_t)c->number[CONFIG_elf_bytes];
    l.json_body_bytes = (uint64_t)c->number[CONFIG_json_bytes];
    l.json_depth = (uint64_t)c->number[CONFIG_json_depth];
    return l;
}

void config_help(FILE *out)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        const struct option *o = &options[i];
        (void)fprintf(out, "  --%s%s\n      %s%s%s%s\n", o->key,
                      o->kind == FLAG  ? ""
                      : o->kind == INT ? " N"
                                       : " TEXT",
                      o->help, o->kind == FLAG || !o->otherwise[0] ? "" : " (default ",
                      o->kind == FLAG ? "" : o->otherwise, o->kind == FLAG || !o->otherwise[0] ? "" : ")");
    }
}
