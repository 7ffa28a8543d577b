#include "base/embed.h"

#include <stdlib.h>
#include <string.h>

static int name_compare(const void *key, const void *row)
{
    const char *name = key;
    const struct embed_file *file = row;
    return strcmp(name, file->name);
}

size_t embed_size(const struct embed_file *file)
{
    return (size_t)(file->end - file->begin);
}

const struct embed_file *embed_find(const struct embed_file *files, size_t count, const char *name)
{
    return bsearch(name, files, count, sizeof *files, name_compare);
}
