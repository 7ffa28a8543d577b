#include "base/fs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

bool fs_read(const char *path, struct sb *out, struct err *err)
{
    bool is_stdin = span_is(span_of(path), "-");
    FILE *in = is_stdin ? stdin : fopen(path, "rb");
    char buf[65536];
    size_t n;
    if (!in)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    while ((n = fread(buf, 1, sizeof buf, in)) > 0)
        sb_add(out, span_make(buf, n));
    bool broken = ferror(in) != 0;
    int reason = errno;
    if (!is_stdin)
        (void)fclose(in);
    if (broken)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(reason));
    if (out->overflow)
        return err_set(err, ERR_LIMIT, "%s is larger than %zu bytes", path, out->cap);
    return true;
}

bool fs_write(const char *path, struct span bytes, struct err *err)
{
    /* Only a file can be replaced: a device, a pipe or a link that is named is written to. */
    struct stat st;
    bool replace = lstat(path, &st) != 0 || S_ISREG(st.st_mode);
    struct sb part = { 0 };
    sb_printf(&part, replace ? "%s.part" : "%s", path);
    FILE *out = fopen(part.ptr, "wb");
    bool ok = out != NULL;
    if (ok) {
        ok = fwrite(bytes.ptr ? bytes.ptr : "", 1, bytes.len, out) == bytes.len && fflush(out) == 0;
        ok = fclose(out) == 0 && ok;
        ok = ok && (!replace || rename(part.ptr, path) == 0);
    }
    if (!ok) {
        int reason = errno;
        (void)err_set(err, reason == ENOSPC ? ERR_DISK_FULL : ERR_IO, "cannot write %s: %s", path, strerror(reason));
        if (out && replace)
            (void)remove(part.ptr);
    }
    sb_release(&part);
    return ok;
}
