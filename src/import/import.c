/* import.c - from a path, a descriptor or memory to artefacts: hash, unwrap, detect, parse.
 * A single file is one artefact; every readable member of an archive or folder is one, and what could not be read
 * there becomes a problem of the first, so that nothing is lost in silence. */
#include "import/importer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sb.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "import/binaries.h"
#include "import/unwrap.h"

enum { FOLDER_DEPTH_MAX = 8 };

struct job {
    const struct import_options *opt;
    const char *format; /* NULL = detect */
    struct span name;   /* of the file */
    const char *whole;  /* SHA-256 of the whole file, NULL for a folder */
    const char *sha256; /* of the whole file ("" when not asked for), NULL inside archives */
    uint64_t bytes;
    bool set; /* archive or folder: unreadable members are reported, not fatal */
    struct artefact_list *out;
    struct sb skipped; /* "name: why; name: why" */
    uint64_t skipped_n;
    struct err first; /* the first reason */
    struct unwrap_state state;
    struct binaries binaries;
    bool replay; /* what was put aside is read now */
};

void artefact_list_release(struct artefact_list *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        artefact_free(l->items[i]);
    free(l->items);
    *l = (struct artefact_list){ 0 };
}

/* --- one member --- */

struct hashed {
    struct source *src;
    struct sha256 *sha;
    uint64_t bytes;
    const struct import_options *opt;
};

static bool hashed_read(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    struct hashed *h = user;
    struct span piece;
    if (!source_peek(h->src, n < (1u << 20) ? n : (1u << 20), &piece, err))
        return false;
    if (piece.len > 0)
        memcpy(buf, piece.ptr, piece.len);
    source_skip(h->src, piece.len);
    if (h->sha)
        sha256_add(h->sha, piece);
    h->bytes += piece.len;
    if (h->opt->progress)
        h->opt->progress(h->opt->progress_user, h->bytes);
    *ret_n = piece.len;
    return true;
}

static bool hashed_at(void *user, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    struct hashed *h = user;
    return source_at(h->src, offset, buf, n, ret_n, err);
}

static bool drain(struct hashed *h, struct err *err)
{
    char buf[16384];
    size_t n = 1;
    while (n > 0) {
        if (!hashed_read(h, buf, sizeof buf, &n, err))
            return false;
    }
    return true;
}

static bool parse_detected(struct job *j, struct span name, struct source *src, struct artefact *a, struct err *err)
{
    struct span head;
    bool utf16;
    if (!source_decode_text(src, &utf16, err) || !source_peek(src, SNIFF_BYTES, &head, err))
        return false;
    if (head.len == 0)
        return err_set(err, ERR_EMPTY, "the file is empty");
    const struct importer *imp = j->format ? importer_find(span_of(j->format)) : import_detect(head, name, err);
    if (!imp)
        return j->format ? err_set(err, ERR_USAGE, "unknown format '%s' (see: stet formats)", j->format) : false;
    a->format = imp->name;
    a->name = artefact_text(a, name);
    if (!imp->parse(src, j->opt, a, err)) {
        if (err->code == ERR_UNRECOGNISED || err->code == ERR_MALFORMED)
            (void)err_wrap(err, "not a readable %s file%s", imp->name,
                           utf16 && err->byte >= 0 ? " (UTF-16; bytes are counted in its text as UTF-8)" : "");
        return false;
    }
    return true;
}

static bool member_parse(struct job *j, struct span name, struct source *src, struct err *err)
{
    struct artefact *a = artefact_new();
    struct hashed h = { .src = src, .opt = j->opt, .sha = j->sha256 || j->opt->no_hash ? NULL : sha256_new() };
    struct source *view = source_new(hashed_read, &h);
    /* What is hashed while it is read has to be read in turn. */
    bool random = j->sha256 && source_has_at(src);
    if (random)
        source_allow_at(view, hashed_at, &h);
    bool ok = parse_detected(j, name, view, a, err);
    source_free(view);
    ok = ok && (random || drain(&h, err));
    if (h.sha)
        sha256_finish(h.sha, a->sha256);
    else if (j->sha256)
        memcpy(a->sha256, j->sha256, strlen(j->sha256) + 1);
    a->bytes = j->sha256 ? j->bytes : h.bytes;
    if (!ok) {
        artefact_free(a);
        return false;
    }
    VEC_PUSH(j->out, a);
    return true;
}

/* Errors of the machine stop the whole; errors of one member's content are noted in a set. */
static bool is_content_error(enum err_code code)
{
    return code == ERR_UNRECOGNISED || code == ERR_UNSUPPORTED || code == ERR_MALFORMED || code == ERR_EMPTY ||
           code == ERR_UNIT || code == ERR_VALUE;
}

static bool on_member(void *user, struct span name, struct source *src, struct err *err)
{
    struct job *j = user;
    bool single = name.len == 0;
    struct span shown = single ? j->name : name;
    if (!single) {
        bool taken = false;
        j->set = true;
        j->sha256 = NULL;
        if (!j->replay && !j->format && !binaries_offer(&j->binaries, name, src, &taken, err))
            return false;
        if (taken)
            return true;
    }
    if (member_parse(j, shown, src, err))
        return true;
    /* perf archive puts an empty list of probes beside each binary. */
    if (j->binaries.symbols && err->code == ERR_EMPTY && span_ends(name, SPAN("/probes"))) {
        *err = ERR_INIT;
        return true;
    }
    (void)err_wrap(err, "%.*s", SPAN_FMT(span_sub(shown, 0, 120)));
    if (!j->set || !is_content_error(err->code))
        return false;
    if (j->skipped_n++ == 0)
        j->first = *err;
    sb_printf(&j->skipped, "%s%s", j->skipped.len ? "; " : "", err->text);
    *err = ERR_INIT;
    return true;
}

/* A file of binaries alone stands in the set, so that its reader sees what it was taken for. */
static void binaries_artefact(struct job *j)
{
    struct artefact *a = artefact_new();
    a->format = "perf-data";
    a->name = artefact_text(a, j->name);
    a->bytes = j->bytes;
    if (j->whole)
        memcpy(a->sha256, j->whole, strlen(j->whole) + 1);
    artefact_problem(a, "binaries_only", "give it together with the perf.data that it belongs to",
                     "%lu binaries, no recording: they name the code of a perf.data in the same set",
                     (unsigned long)j->binaries.taken);
    VEC_PUSH(j->out, a);
}

static bool job_finish(struct job *j, uint32_t before, bool ok, struct err *err)
{
    if (ok && j->binaries.held_count > 0) {
        j->replay = true;
        ok = binaries_replay(&j->binaries, on_member, j, err);
    }
    if (ok && j->out->count == before && j->binaries.taken > 0) {
        j->skipped_n = 0;
        binaries_artefact(j);
    }
    binaries_release(&j->binaries);
    if (ok && j->out->count == before) {
        if (j->skipped_n > 0)
            *err = j->first;
        else
            (void)err_set(err, ERR_EMPTY, "%.*s holds no file", SPAN_FMT(j->name));
        ok = false;
    }
    if (ok && j->skipped_n > 0)
        artefact_problem(j->out->items[before], "members_not_read", NULL, "%llu of the files were not read: %s",
                         (unsigned long long)j->skipped_n, sb_cstr(&j->skipped));
    sb_release(&j->skipped);
    return ok;
}

/* --- descriptors --- */

static bool fd_read(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    int fd = *(const int *)user;
    ssize_t got;
    do {
        got = read(fd, buf, n);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
    *ret_n = (size_t)got;
    return true;
}

static bool fd_seek(void *user, int64_t offset, int whence, int64_t *ret_at)
{
    off_t at = lseek(*(const int *)user, (off_t)offset, whence);
    *ret_at = (int64_t)at;
    return at >= 0;
}

static bool fd_at(void *user, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    *ret_n = 0;
    while (*ret_n < n) {
        ssize_t got = pread(*(const int *)user, buf + *ret_n, n - *ret_n, (off_t)(offset + *ret_n));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
        if (got == 0)
            break;
        *ret_n += (size_t)got;
    }
    return true;
}

static bool fd_hash(int fd, char hex[65], uint64_t *ret_bytes, struct err *err)
{
    struct sha256 *sha = sha256_new();
    char *buf = xcalloc(1, 1 << 18);
    size_t n = 1;
    uint64_t total = 0;
    bool ok = true;
    while (ok && n > 0) {
        ok = fd_read(&fd, buf, 1 << 18, &n, err);
        if (ok) {
            sha256_add(sha, span_make(buf, n));
            total += n;
        }
    }
    free(buf);
    sha256_finish(sha, hex);
    *ret_bytes = total;
    if (ok && lseek(fd, 0, SEEK_SET) != 0)
        ok = err_set(err, ERR_IO, "cannot rewind: %s", strerror(errno));
    return ok;
}

static bool run_input(struct job *j, const struct unwrap_input *in, struct span head, struct err *err)
{
    uint32_t before = j->out->count;
    bool ok;
    j->first = ERR_INIT;
    j->skipped.cap = 1500;
    j->whole = j->sha256;
    j->binaries.symbols = j->opt->symbols;
    j->state = (struct unwrap_state){ .limits = &j->opt->limits };
    if (unwrap_kind(head) == WRAP_NONE) {
        struct source *src = source_new(in->read, in->user);
        if (in->at)
            source_allow_at(src, in->at, in->user);
        ok = on_member(j, SPAN(""), src, err);
        source_free(src);
    } else {
        ok = unwrap_open(in, &j->state, 0, on_member, j, err);
    }
    return job_finish(j, before, ok, err);
}

bool import_fd(int fd, struct span name, const char *format, const struct import_options *opt,
               struct artefact_list *out, struct err *err)
{
    char hex[65] = "";
    char head[512];
    struct job j = { .opt = opt, .format = format, .name = name, .out = out, .sha256 = hex };
    if (lseek(fd, 0, SEEK_SET) != 0)
        return err_set(err, ERR_IO, "cannot rewind: %s", strerror(errno));
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
    j.bytes = (uint64_t)st.st_size;
    if (j.bytes <= opt->limits.upload_bytes && !opt->no_hash && !fd_hash(fd, hex, &j.bytes, err))
        return false;
    if (j.bytes > opt->limits.upload_bytes)
        return err_set(err, ERR_LIMIT, "%.*s is larger than %llu bytes (limit upload_bytes)", SPAN_FMT(name),
                       (unsigned long long)opt->limits.upload_bytes);
    ssize_t n = pread(fd, head, sizeof head, 0);
    if (n < 0)
        return err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
    struct unwrap_input in = { .read = fd_read, .seek = fd_seek, .at = fd_at, .user = &fd };
    return run_input(&j, &in, span_make(head, (size_t)n), err);
}

/* --- memory --- */

struct mem {
    struct span all;
    size_t at;
};

static bool mem_read(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    struct mem *m = user;
    (void)err;
    struct span piece = span_sub(m->all, m->at, n);
    if (piece.len > 0)
        memcpy(buf, piece.ptr, piece.len);
    m->at += piece.len;
    *ret_n = piece.len;
    return true;
}

static bool mem_at(void *user, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    const struct mem *m = user;
    (void)err;
    struct span piece = span_sub(m->all, offset < m->all.len ? (size_t)offset : m->all.len, n);
    if (piece.len > 0)
        memcpy(buf, piece.ptr, piece.len);
    *ret_n = piece.len;
    return true;
}

static bool mem_seek(void *user, int64_t offset, int whence, int64_t *ret_at)
{
    struct mem *m = user;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)m->at : (int64_t)m->all.len;
    if (offset < -base || offset > (int64_t)m->all.len - base)
        return false;
    m->at = (size_t)(base + offset);
    *ret_at = base + offset;
    return true;
}

bool import_memory(struct span bytes, struct span name, const char *format, const struct import_options *opt,
                   struct artefact_list *out, struct err *err)
{
    char hex[65];
    sha256_hex(bytes, hex);
    struct mem m = { .all = bytes };
    struct job j = { .opt = opt, .format = format, .name = name, .out = out, .sha256 = hex, .bytes = bytes.len };
    struct unwrap_input in = { .read = mem_read, .seek = mem_seek, .at = mem_at, .user = &m };
    return run_input(&j, &in, span_sub(bytes, 0, 512), err);
}

/* --- paths --- */

/* A pipe cannot be rewound: its bytes go through an unlinked file. */
static int spool(int in, const struct import_options *opt, struct err *err)
{
    FILE *tmp = tmpfile();
    if (!tmp) {
        (void)err_set(err, ERR_IO, "cannot make a temporary file: %s", strerror(errno));
        return -1;
    }
    char *buf = xcalloc(1, 1 << 18);
    size_t n = 1;
    uint64_t total = 0;
    bool ok = true;
    while (ok && n > 0) {
        ok = fd_read(&in, buf, 1 << 18, &n, err);
        total += n;
        if (ok && total > opt->limits.upload_bytes)
            ok = err_set(err, ERR_LIMIT, "the input is larger than %llu bytes (limit upload_bytes)",
                         (unsigned long long)opt->limits.upload_bytes);
        if (ok && n > 0 && fwrite(buf, 1, n, tmp) != n)
            ok = err_set(err, ERR_IO, "cannot write a temporary file: %s", strerror(errno));
    }
    ok = ok && (fflush(tmp) == 0 || err_set(err, ERR_IO, "cannot write a temporary file: %s", strerror(errno)));
    int fd = ok ? dup(fileno(tmp)) : -1;
    free(buf);
    (void)fclose(tmp);
    return fd;
}

struct names {
    char **items;
    size_t count, cap;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool folder_list(const char *path, unsigned depth, const struct limits *lim, struct names *out, struct err *err)
{
    if (depth > FOLDER_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "%s: folders nested more than %d deep", path, FOLDER_DEPTH_MAX);
    DIR *dir = opendir(path);
    if (!dir)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    bool ok = true;
    struct dirent *entry;
    while (ok && (entry = readdir(dir)) != NULL) {
        struct stat st = { 0 };
        struct sb full = { 0 };
        if (entry->d_name[0] == '.')
            continue;
        sb_printf(&full, "%s/%s", path, entry->d_name);
        /* Links are not followed: a folder is what it holds. */
        if (lstat(full.ptr, &st) == 0 && S_ISDIR(st.st_mode))
            ok = folder_list(full.ptr, depth + 1, lim, out, err);
        else if (S_ISREG(st.st_mode) && out->count >= lim->archive_members)
            ok = err_set(err, ERR_LIMIT, "%s: more than %llu files (limit archive_members)", path, (unsigned long long)lim->archive_members);
        else if (S_ISREG(st.st_mode))
            VEC_PUSH(out, sb_detach(&full));
        sb_release(&full);
    }
    (void)closedir(dir);
    return ok;
}

/* What a folder is read in: binaries and all else first, then the recordings that they belong to. */
enum folder_round { ROUND_ALL, ROUND_BINARIES, ROUND_RECORDINGS };

static bool folder_binary(struct job *j, int fd, const char *path, bool *ret_taken, struct err *err)
{
    struct source *src = source_new(fd_read, &fd);
    bool ok = binaries_offer(&j->binaries, span_of(path), src, ret_taken, err);
    source_free(src);
    if (ok && !*ret_taken && lseek(fd, 0, SEEK_SET) != 0)
        ok = err_set(err, ERR_IO, "cannot rewind: %s", strerror(errno));
    return ok;
}

static bool folder_fd(struct job *j, int fd, const char *path, enum folder_round round, struct err *err)
{
    char head[64];
    bool taken = false;
    if (round != ROUND_ALL) {
        ssize_t n = pread(fd, head, sizeof head, 0);
        bool recording = n > 0 && binaries_wanted_by(span_make(head, (size_t)n));
        if (recording != (round == ROUND_RECORDINGS))
            return true;
        if (!recording && !folder_binary(j, fd, path, &taken, err))
            return false;
    }
    return taken || import_fd(fd, span_of(path), j->format, j->opt, j->out, err);
}

static bool folder_file(struct job *j, const char *path, enum folder_round round, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    bool ok = folder_fd(j, fd, path, round, err);
    (void)close(fd);
    if (ok || !is_content_error(err->code))
        return ok;
    if (j->skipped_n++ == 0)
        j->first = *err;
    sb_printf(&j->skipped, "%s%s", j->skipped.len ? "; " : "", err->text);
    *err = ERR_INIT;
    return true;
}

static bool import_folder(const char *path, const char *format, const struct import_options *opt,
                          struct artefact_list *out, struct err *err)
{
    struct names files = { 0 };
    struct job j = { .opt = opt, .format = format, .name = span_of(path), .out = out, .set = true };
    j.skipped.cap = 1500;
    j.binaries.symbols = opt->symbols;
    bool rounds = opt->symbols && symbols_store(opt->symbols) && !format;
    uint32_t before = out->count;
    bool ok = folder_list(path, 0, &opt->limits, &files, err);
    if (files.count > 0)
        qsort(files.items, files.count, sizeof *files.items, by_name);
    for (size_t i = 0; ok && i < files.count; i++)
        ok = folder_file(&j, files.items[i], rounds ? ROUND_BINARIES : ROUND_ALL, err);
    for (size_t i = 0; ok && rounds && i < files.count; i++)
        ok = folder_file(&j, files.items[i], ROUND_RECORDINGS, err);
    for (size_t i = 0; i < files.count; i++)
        free(files.items[i]);
    free(files.items);
    return job_finish(&j, before, ok, err);
}

bool import_path(const char *path, const char *format, const struct import_options *opt, struct artefact_list *out,
                 struct err *err)
{
    struct stat st;
    bool is_stdin = span_is(span_of(path), "-");
    if (!is_stdin && stat(path, &st) != 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (!is_stdin && S_ISDIR(st.st_mode))
        return import_folder(path, format, opt, out, err);
    int in = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    bool pipe = is_stdin || !S_ISREG(st.st_mode); /* a device may never end: only the spool counts while it reads */
    int fd = pipe ? spool(in, opt, err) : in;
    if (pipe && !is_stdin)
        (void)close(in);
    if (fd < 0)
        return false;
    bool ok = import_fd(fd, is_stdin ? SPAN("standard input") : span_of(path), format, opt, out, err);
    (void)close(fd);
    return ok;
}

bool import_sources(const char *path, const struct limits *limits, import_source_fn each, void *user, struct err *err)
{
    bool standard = span_is(span_of(path), "-");
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    char head[512];
    ssize_t n = pread(fd, head, sizeof head, 0);
    bool ok;
    if (n > 0 && lseek(fd, 0, SEEK_CUR) == 0 && unwrap_kind(span_make(head, (size_t)n)) == WRAP_NONE) {
        struct source *src = source_new(fd_read, &fd);
        source_allow_at(src, fd_at, &fd);
        ok = each(user, SPAN(""), src, err);
        source_free(src);
    } else {
        struct unwrap_input in = { .read = fd_read, .seek = n >= 0 ? fd_seek : NULL, .user = &fd };
        struct unwrap_state state = { .limits = limits };
        ok = unwrap_open(&in, &state, 0, each, user, err);
    }
    if (!standard)
        (void)close(fd);
    return ok;
}
