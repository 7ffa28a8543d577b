/* Files that stand inside the binary (templates, migrations, policies, samples).
 * cmake's stet_embed(<target> <symbol> ...) makes the table; rows are sorted by name. */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stddef.h>

struct embed_file {
    const char *name;           /* path below the embedding's base folder */
    const unsigned char *begin; /* a NUL stands at *end and is not part of the file */
    const unsigned char *end;
};

/* A table has a row of an empty name when <symbol>_count is 0, since C has no empty arrays. */
#define EMBED_DECLARE(symbol)                                                                                          \
    extern const struct embed_file symbol[];                                                                           \
    extern const size_t symbol##_count

/* embed_size - bytes of one file, without the NUL behind it. */
size_t embed_size(const struct embed_file *file);

/* embed_find - the row of that name.
 * In:     files sorted by name (as generated), count rows
 * Out:    the row, or NULL when there is none
 * Owns:   nothing; rows live as long as the program */
const struct embed_file *embed_find(const struct embed_file *files, size_t count, const char *name);

#endif
