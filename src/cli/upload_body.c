#include "cli/upload_body.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/fs.h"
#include "base/sb.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "import/importer.h"
#include "import/perf/data_script.h"
#include "import/unwrap.h"

/* Servers take what a body expands to up to a ratio; well below the usual one it is sent as it is. */
enum { BLOCK = 256 * 1024, RATIO_MAX = 100, LEVEL = 3 };

struct names {
    char **items;
    size_t count, cap;
};

struct making {
    struct upload_body *b;
    ZSTD_CStream *zstd; /* NULL: not packed */
    char *in, *out;
    char boundary[40];
    const struct upload_files *files;
    const char *path; /* of the file at hand */
    bool done;        /* it was sent as text */
    struct err *err;
};

static bool write_all(struct making *m, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t got = write(m->b->fd, data, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_set(m->err, ERR_IO, "cannot write a temporary file: %s", strerror(errno));
        m->b->bytes += (uint64_t)got;
        data += got;
        n -= (size_t)got;
    }
    return true;
}

static bool add(struct making *m, struct span bytes, bool last)
{
    m->b->plain_bytes += bytes.len;
    if (!m->zstd)
        return write_all(m, bytes.ptr, bytes.len);
    ZSTD_inBuffer in = { bytes.ptr, bytes.len, 0 };
    size_t left;
    do {
        ZSTD_outBuffer out = { m->out, BLOCK, 0 };
        left = ZSTD_compressStream2(m->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return err_set(m->err, ERR_IO, "cannot pack: %s", ZSTD_getErrorName(left));
        if (!write_all(m, m->out, out.pos))
            return false;
    } while (last ? left > 0 : in.pos < in.size);
    return true;
}

static bool add_head(struct making *m, const char *path, const char *suffix)
{
    const char *name = m->files->name;
    struct sb head = { 0 };
    const char *slash = strrchr(path, '/');
    const char *shown = name ? name : strcmp(path, "-") == 0 ? "stdin" : slash ? slash + 1 : path;
    sb_printf(&head, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"", m->boundary);
    for (; *shown; shown++) {
        if (*shown == '"' || *shown == '\\')
            sb_addc(&head, '\\');
        sb_addc(&head, (unsigned char)*shown < 0x20 ? '_' : *shown);
    }
    sb_adds(&head, suffix);
    sb_adds(&head, "\"\r\nContent-Type: application/octet-stream\r\n\r\n");
    bool ok = add(m, sb_span(&head), false);
    sb_release(&head);
    return ok;
}

static bool add_text(void *user, struct span text, struct err *err)
{
    (void)err;
    return add(user, text, false);
}

/* A recording that stands alone in its file; of what an archive holds the server reads what it can. */
static bool add_script(void *user, struct span member, struct source *in, struct err *err)
{
    struct making *m = user;
    struct span head;
    struct limits limits = LIMITS_DEFAULT;
    if (m->done || member.len > 0)
        return true;
    if (!source_peek(in, 8, &head, err))
        return false;
    if (!pdata_magic(head))
        return true;
    m->done = true;
    struct pdata_options options = { .limits = &limits, .symbols = m->files->symbols, .offsets = true };
    return add_head(m, m->path, ".perf.txt") && pdata_script(in, &options, add_text, m, err) &&
           add(m, SPAN("\r\n"), false);
}

/* Only this machine has the binaries that were recorded: names are found here, and what is sent is text. */
static bool add_named(struct making *m, int fd)
{
    char head[512];
    struct limits limits = LIMITS_DEFAULT;
    ssize_t n = pread(fd, head, sizeof head, 0);
    if (!m->files->symbols || n < 8)
        return true;
    enum wrapper kind = unwrap_kind(span_make(head, (size_t)n));
    if (kind == WRAP_ARCHIVE || (kind == WRAP_NONE && !pdata_magic(span_make(head, (size_t)n))))
        return true;
    struct err mine = ERR_INIT;
    /* Of whatever else it is the server will say what is wrong. */
    if (import_sources(m->path, &limits, add_script, m, &mine) || !m->done)
        return true;
    if (m->err->code != ERR_NONE)
        return false;
    return err_set(m->err, mine.code, "%s: %s (--raw sends it as it is)", m->path, mine.text);
}

static bool add_bytes(struct making *m, int fd)
{
    uint64_t total = 0;
    bool ok = add_head(m, m->path, "");
    for (ssize_t n = 1; ok && n > 0;) {
        n = read(fd, m->in, BLOCK);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n < 0)
            ok = err_set(m->err, ERR_IO, "%s: %s", m->path, strerror(errno));
        else
            ok = add(m, span_make(m->in, (size_t)n), false);
        total += n > 0 ? (uint64_t)n : 0;
    }
    if (ok && total == 0)
        ok = err_set(m->err, ERR_EMPTY, "%s: the file is empty", m->path);
    return ok && add(m, SPAN("\r\n"), false);
}

static bool add_file(struct making *m, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(m->err, ERR_IO, "%s: %s", path, strerror(errno));
    m->path = path;
    m->done = false;
    bool ok = (is_stdin || add_named(m, fd)) && (m->done || add_bytes(m, fd));
    if (!is_stdin)
        (void)close(fd);
    return ok;
}

/* As large as a server takes a field of a form. */
static bool add_config(struct making *m, const char *path)
{
    enum { CONFIG_MAX = 64 * 1024 };
    struct sb text = { .cap = CONFIG_MAX };
    struct sb head = { 0 };
    bool ok = fs_read(path, &text, m->err);
    sb_printf(&head, "--%s\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n", m->boundary);
    ok = ok && add(m, sb_span(&head), false) && add(m, sb_span(&text), false) && add(m, SPAN("\r\n"), false);
    sb_release(&head);
    sb_release(&text);
    return ok;
}

static bool add_all(struct making *m, const struct names *files)
{
    if (m->files->config && !add_config(m, m->files->config))
        return false;
    for (size_t i = 0; i < files->count; i++) {
        if (!add_file(m, files->items[i]))
            return false;
    }
    struct sb end = { 0 };
    sb_printf(&end, "--%s--\r\n", m->boundary);
    bool ok = add(m, sb_span(&end), true);
    sb_release(&end);
    return ok;
}

/* --- folders --- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool take_folder(struct names *files, const char *path, struct err *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    size_t from = files->count;
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        struct sb full = { 0 };
        struct stat st;
        sb_printf(&full, "%s/%s", path, entry->d_name);
        /* Links are not followed: a folder is what it holds. */
        if (entry->d_name[0] != '.' && lstat(sb_cstr(&full), &st) == 0 && S_ISREG(st.st_mode))
            VEC_PUSH(files, sb_detach(&full));
        sb_release(&full);
    }
    (void)closedir(dir);
    if (files->count == from)
        return err_set(err, ERR_EMPTY, "%s: there is no file in the folder", path);
    qsort(files->items + from, files->count - from, sizeof *files->items, by_name);
    return true;
}

static bool take_paths(struct names *files, char *const *paths, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        bool plain = strcmp(paths[i], "-") == 0;
        if (!plain && stat(paths[i], &st) != 0)
            return err_set(err, ERR_IO, "%s: %s", paths[i], strerror(errno));
        if (!plain && S_ISDIR(st.st_mode)) {
            if (!take_folder(files, paths[i], err))
                return false;
            continue;
        }
        VEC_PUSH(files, xstrndup(paths[i], strlen(paths[i])));
    }
    return true;
}

/* --- the whole --- */

static bool open_temporary(struct making *m)
{
    FILE *tmp = tmpfile();
    if (!tmp)
        return err_set(m->err, ERR_IO, "cannot make a temporary file: %s", strerror(errno));
    m->b->fd = fcntl(fileno(tmp), F_DUPFD_CLOEXEC, 3);
    (void)fclose(tmp);
    m->b->bytes = m->b->plain_bytes = 0;
    return m->b->fd >= 0 || err_set(m->err, ERR_IO, "cannot make a temporary file: %s", strerror(errno));
}

/* Unpacked again into another file, where packing did more than a server may take. */
static bool unpack(struct making *m)
{
    int packed = m->b->fd;
    uint64_t plain = m->b->plain_bytes;
    ZSTD_DStream *d = ZSTD_createDStream();
    bool ok = d != NULL && open_temporary(m) && lseek(packed, 0, SEEK_SET) == 0;
    ssize_t n = 1;
    while (ok && (n = read(packed, m->in, BLOCK)) > 0) {
        ZSTD_inBuffer in = { m->in, (size_t)n, 0 };
        ZSTD_outBuffer out = { m->out, BLOCK, 0 };
        do {
            out.pos = 0;
            ok = !ZSTD_isError(ZSTD_decompressStream(d, &out, &in)) && write_all(m, m->out, out.pos);
        } while (ok && (in.pos < in.size || out.pos == out.size));
    }
    m->b->plain_bytes = plain;
    m->b->packed = false;
    ok = ok && n == 0 && m->b->bytes == plain;
    (void)ZSTD_freeDStream(d);
    (void)close(packed);
    return ok || m->err->code != ERR_NONE || err_set(m->err, ERR_IO, "cannot read the temporary file back");
}

/* No line of the files may look like the boundary: 128 random bits do not. */
static bool boundary_make(struct making *m)
{
    unsigned char random[16];
    if (!random_bytes(random, sizeof random))
        return err_set(m->err, ERR_IO, "the system gives no random numbers");
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(m->boundary + 2 * i, 3, "%02x", random[i]);
    (void)snprintf(m->b->content_type, sizeof m->b->content_type, "multipart/form-data; boundary=%s", m->boundary);
    return true;
}

bool upload_body_make(const struct upload_files *what, struct upload_body *ret, struct err *err)
{
    struct names files = { 0 };
    struct making m = { .b = ret, .files = what, .err = err };
    *ret = (struct upload_body){ .fd = -1, .packed = true };
    bool ok = take_paths(&files, what->paths, what->count, err) && boundary_make(&m) && open_temporary(&m);
    if (ok && what->name && files.count != 1)
        ok = err_set(err, ERR_USAGE, "--name is for one file, but there are %zu", files.count);
    if (ok) {
        m.in = xcalloc(BLOCK, 1);
        m.out = xcalloc(BLOCK, 1);
        m.zstd = ZSTD_createCStream();
        if (!m.zstd || ZSTD_isError(ZSTD_CCtx_setParameter(m.zstd, ZSTD_c_compressionLevel, LEVEL)))
            fatal_oom();
        ok = add_all(&m, &files) && (ret->plain_bytes / RATIO_MAX < ret->bytes || unpack(&m));
    }
    (void)ZSTD_freeCStream(m.zstd);
    free(m.in);
    free(m.out);
    for (size_t i = 0; i < files.count; i++)
        free(files.items[i]);
    free(files.items);
    return ok;
}

void upload_body_release(struct upload_body *b)
{
    if (b->fd >= 0)
        (void)close(b->fd);
    b->fd = -1;
}
