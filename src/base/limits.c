#include "base/limits.h"

#include <stddef.h>

#include "base/num.h"

const struct limit_info limit_infos[] = {
#define LIMIT(field, otherwise, least, most, unit_name, text)                                                          \
    { #field, offsetof(struct limits, field), (otherwise), (least), (most), (unit_name), (text) },
#include "base/limits.def"
#undef LIMIT
};
const size_t limit_count = ARRAY_LEN(limit_infos);

static bool same_name(struct span given, const char *name)
{
    if (given.len != strlen(name))
        return false;
    for (size_t i = 0; i < given.len; i++) {
        if (given.ptr[i] != name[i] && !(given.ptr[i] == '-' && name[i] == '_'))
            return false;
    }
    return true;
}

bool limits_set(struct limits *l, struct span assignment, struct err *err)
{
    struct span name;
    struct span value;
    uint64_t n;
    if (!span_split(assignment, '=', &name, &value))
        return err_set(err, ERR_USAGE, "want NAME=VALUE, got '%.*s'", SPAN_FMT(span_sub(assignment, 0, 80)));
    for (size_t i = 0; i < limit_count; i++) {
        const struct limit_info *info = &limit_infos[i];
        if (!same_name(name, info->name))
            continue;
        if (!span_to_u64(value, &n) || n < info->least || n > info->most)
            return err_set(err, ERR_USAGE, "%s: want a whole number from %llu to %llu (%s), got '%.*s'", info->name,
                           (unsigned long long)info->least, (unsigned long long)info->most, info->unit,
                           SPAN_FMT(span_sub(value, 0, 40)));
        memcpy((char *)l + info->offset, &n, sizeof n);
        return true;
    }
    return err_set(err, ERR_USAGE, "no limit '%.*s'; `stet help analyze` lists them", SPAN_FMT(span_sub(name, 0, 40)));
}
