#include "import/binaries.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "symbol/store.h"

enum { MAGIC_BYTES = 64 };

bool binaries_wanted_by(struct span head)
{
    return span_starts(head, SPAN("PERFILE2")) || span_starts(head, SPAN("2ELIFREP")) ||
           span_starts(head, SPAN("PERFFILE")) || span_starts(head, SPAN("ELIFFREP"));
}

static bool keep(struct binaries *b, struct symbol_store *store, struct span name, struct source *src, struct err *err)
{
    struct span block = { "", 1 };
    if (!symbol_store_begin(store, name, err))
        return false;
    while (block.len > 0) {
        if (!source_block(src, &block, err) || (block.len > 0 && !symbol_store_add(store, block, err)))
            return false;
    }
    if (symbol_store_end(store))
        b->taken++;
    else
        b->useless++;
    return true;
}

static bool hold(struct binaries *b, struct span name, struct source *src, struct err *err)
{
    FILE *file = tmpfile();
    struct span block = { "", 1 };
    if (!file)
        return err_set(err, ERR_IO, "cannot make a temporary file: %s", strerror(errno));
    bool ok = true;
    while (ok && block.len > 0) {
        ok = source_block(src, &block, err);
        if (ok && fwrite(block.ptr, 1, block.len, file) != block.len)
            ok = err_set(err, ERR_IO, "cannot write a temporary file: %s", strerror(errno));
    }
    if (ok && fflush(file) != 0)
        ok = err_set(err, ERR_IO, "cannot write a temporary file: %s", strerror(errno));
    int fd = ok ? dup(fileno(file)) : -1;
    (void)fclose(file);
    if (ok && fd < 0)
        ok = err_set(err, ERR_IO, "cannot keep a temporary file: %s", strerror(errno));
    if (ok)
        b->held[b->held_count++] = (struct binaries_held){ .name = xstrndup(name.ptr, name.len), .fd = fd };
    return ok;
}

bool binaries_offer(struct binaries *b, struct span name, struct source *src, bool *ret_taken, struct err *err)
{
    struct span head;
    struct symbol_store *store = b->symbols ? symbols_store(b->symbols) : NULL;
    *ret_taken = false;
    if (!store)
        return true;
    if (!source_peek(src, MAGIC_BYTES, &head, err))
        return false;
    if (symbol_store_wants(name, head)) {
        *ret_taken = true;
        return keep(b, store, name, src, err);
    }
    if (!binaries_wanted_by(head) || b->held_count == BINARIES_HELD_MAX)
        return true;
    *ret_taken = true;
    return hold(b, name, src, err);
}

static bool held_read(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    ssize_t got;
    do {
        got = read(*(const int *)user, buf, n);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
    *ret_n = (size_t)got;
    return true;
}

bool binaries_replay(struct binaries *b,
                     bool (*each)(void *user, struct span name, struct source *src, struct err *err), void *user,
                     struct err *err)
{
    for (uint32_t i = 0; i < b->held_count; i++) {
        int *fd = &b->held[i].fd;
        if (lseek(*fd, 0, SEEK_SET) != 0)
            return err_set(err, ERR_IO, "cannot rewind: %s", strerror(errno));
        struct source *src = source_new(held_read, fd);
        bool ok = each(user, span_of(b->held[i].name), src, err);
        source_free(src);
        if (!ok)
            return false;
    }
    return true;
}

void binaries_release(struct binaries *b)
{
    for (uint32_t i = 0; i < b->held_count; i++) {
        free(b->held[i].name);
        (void)close(b->held[i].fd);
    }
    b->held_count = 0;
}
