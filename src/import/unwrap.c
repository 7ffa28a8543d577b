#include "import/unwrap.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

enum { PIECE = 256 * 1024, NEST_MAX = 3 };
/* Below this size a high ratio is no bomb: ten identical lines pack well, too. */
enum { RATIO_FLOOR_BYTES = 1 << 20 };

/* One opened wrapper: feeds libarchive from `in`, and is itself the input of what it holds. */
struct layer {
    const struct unwrap_input *in;
    struct unwrap_state *state;
    struct archive *archive;
    char *piece;
    uint64_t packed; /* bytes taken from `in` */
    uint64_t out;    /* bytes handed out */
    struct err *err; /* of the read callback, which libarchive cannot carry */
    bool failed;
};

enum wrapper unwrap_kind(struct span head)
{
    static const struct {
        struct span magic;
        enum wrapper kind;
    } magics[] = {
        { { "\x1f\x8b", 2 }, WRAP_FILTER },
        { { "\x28\xb5\x2f\xfd", 4 }, WRAP_FILTER },
        { { "BZh", 3 }, WRAP_FILTER },
        { { "\xfd"
            "7zXZ\0",
            6 },
          WRAP_FILTER },
        { { "PK\x03\x04", 4 }, WRAP_ARCHIVE },
        { { "PK\x05\x06", 4 }, WRAP_ARCHIVE },
    };
    for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
        if (span_starts(head, magics[i].magic))
            return magics[i].kind;
    }
    if (span_eq(span_sub(head, 257, 5), SPAN("ustar")))
        return WRAP_ARCHIVE;
    return WRAP_NONE;
}

static la_ssize_t on_read(struct archive *a, void *user, const void **ret)
{
    struct layer *l = user;
    size_t n = 0;
    if (!l->in->read(l->in->user, l->piece, PIECE, &n, l->err)) {
        l->failed = true;
        archive_set_error(a, EIO, "read failed");
        return -1;
    }
    l->packed += n;
    *ret = l->piece;
    return (la_ssize_t)n;
}

static la_int64_t on_seek(struct archive *a, void *user, la_int64_t offset, int whence)
{
    struct layer *l = user;
    int64_t at = 0;
    (void)a;
    return l->in->seek(l->in->user, offset, whence, &at) ? at : ARCHIVE_FATAL;
}

static bool layer_error(struct layer *l, struct err *err)
{
    if (l->failed)
        return false; /* err is set already */
    const char *why = archive_error_string(l->archive);
    return err_at_byte(err, ERR_MALFORMED, l->packed, "the wrapper is damaged or cut off near byte %llu: %s",
                       (unsigned long long)l->packed, why ? why : "unknown reason");
}

static bool layer_open(struct layer *l, struct err *err)
{
    struct archive *a = archive_read_new();
    if (!a)
        fatal_oom();
    l->archive = a;
    l->piece = xcalloc(1, PIECE);
    l->err = err;
    (void)archive_read_support_filter_gzip(a);
    (void)archive_read_support_filter_zstd(a);
    (void)archive_read_support_filter_xz(a);
    (void)archive_read_support_filter_bzip2(a);
    (void)archive_read_support_format_tar(a);
    (void)archive_read_support_format_zip(a);
    (void)archive_read_support_format_raw(a);
    (void)archive_read_support_format_empty(a);
    (void)archive_read_set_read_callback(a, on_read);
    if (l->in->seek)
        (void)archive_read_set_seek_callback(a, on_seek);
    (void)archive_read_set_callback_data(a, l);
    return archive_read_open1(a) == ARCHIVE_OK || layer_error(l, err);
}

static void layer_close(struct layer *l)
{
    (void)archive_read_free(l->archive);
    free(l->piece);
}

/* source_read_fn over the data of the current entry. */
static bool entry_read(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    struct layer *l = user;
    l->err = err;
    la_ssize_t got = archive_read_data(l->archive, buf, n);
    if (got < 0)
        return layer_error(l, err);
    l->out += (uint64_t)got;
    l->state->expanded += (uint64_t)got;
    const struct limits *lim = l->state->limits;
    if (l->state->expanded > lim->expanded_bytes)
        return err_set(err, ERR_LIMIT, "expands to more than %llu bytes (limit expanded_bytes)", (unsigned long long)lim->expanded_bytes);
    if (l->out > RATIO_FLOOR_BYTES && l->out / lim->expand_ratio > l->packed)
        return err_set(err, ERR_LIMIT, "expands to more than %llu times its size (limit expand_ratio)",
                       (unsigned long long)lim->expand_ratio);
    *ret_n = (size_t)got;
    return true;
}

/* Absolute names and `..` are never needed by an evidence set, and always by an attack. */
static bool name_is_safe(struct span name)
{
    struct span rest = name;
    if (name.len == 0 || name.ptr[0] == '/' || name.ptr[0] == '\\')
        return false;
    while (rest.len > 0) {
        size_t n = 0;
        while (n < rest.len && rest.ptr[n] != '/' && rest.ptr[n] != '\\')
            n++;
        if (span_is(span_sub(rest, 0, n), ".."))
            return false;
        rest = span_from(rest, n + 1);
    }
    return true;
}

/* Resource forks and folder settings that desktop systems add to archives. */
static bool name_is_noise(struct span name)
{
    size_t slash = span_rchr(name, '/');
    struct span base = slash < name.len ? span_from(name, slash + 1) : name;
    return span_starts(name, SPAN("__MACOSX/")) || span_starts(base, SPAN("._")) || span_is(base, ".DS_Store");
}

static bool open_named(const struct unwrap_input *in, struct unwrap_state *state, unsigned depth, struct span outer,
                       unwrap_member_fn each, void *user, struct err *err);

/* Gives a peeked source to libarchive as plain bytes. */
static bool source_as_input(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    struct source *src = user;
    struct span piece;
    if (!source_peek(src, n < PIECE ? n : PIECE, &piece, err))
        return false;
    if (piece.len > 0)
        memcpy(buf, piece.ptr, piece.len);
    source_skip(src, piece.len);
    *ret_n = piece.len;
    return true;
}

/* The member itself, or what its own wrapper holds. */
static bool member_give(struct layer *l, struct span name, unsigned depth, unwrap_member_fn each, void *user,
                        struct err *err)
{
    struct source *src = source_new(entry_read, l);
    struct span head;
    bool ok = source_peek(src, 512, &head, err);
    if (ok && unwrap_kind(head) != WRAP_NONE) {
        struct unwrap_input inner = { .read = source_as_input, .user = src };
        ok = open_named(&inner, l->state, depth + 1, name, each, user, err);
    } else if (ok) {
        ok = each(user, name, src, err);
    }
    source_free(src);
    return ok;
}

static bool entry_give(struct layer *l, struct archive_entry *entry, struct span outer, unsigned depth,
                       unwrap_member_fn each, void *user, struct err *err)
{
    bool plain = archive_format(l->archive) == ARCHIVE_FORMAT_RAW;
    if (plain)
        return member_give(l, outer, depth, each, user, err);
    if (archive_entry_filetype(entry) != AE_IFREG)
        return true;
    struct span name = span_of(archive_entry_pathname(entry));
    if (!name_is_safe(name))
        return err_set(err, ERR_MALFORMED, "a member of the archive has a name that leaves it: '%.*s'",
                       SPAN_FMT(span_sub(name, 0, 100)));
    if (name_is_noise(name))
        return true;
    if (archive_entry_is_encrypted(entry))
        return err_set(err, ERR_UNSUPPORTED, "the archive is encrypted; send it without a password");
    if (++l->state->members > l->state->limits->archive_members)
        return err_set(err, ERR_LIMIT, "more than %llu members in the archive (limit archive_members)",
                       (unsigned long long)l->state->limits->archive_members);
    return member_give(l, name, depth, each, user, err);
}

static bool open_named(const struct unwrap_input *in, struct unwrap_state *state, unsigned depth, struct span outer,
                       unwrap_member_fn each, void *user, struct err *err)
{
    if (depth >= NEST_MAX)
        return err_set(err, ERR_LIMIT, "wrappers nested more than %d deep", NEST_MAX);
    struct layer l = { .in = in, .state = state };
    bool ok = layer_open(&l, err);
    while (ok) {
        struct archive_entry *entry = NULL;
        l.err = err;
        int rc = archive_read_next_header(l.archive, &entry);
        if (rc == ARCHIVE_EOF)
            break;
        if (rc < ARCHIVE_WARN)
            ok = layer_error(&l, err);
        else
            ok = entry_give(&l, entry, outer, depth, each, user, err);
    }
    layer_close(&l);
    return ok;
}

bool unwrap_open(const struct unwrap_input *in, struct unwrap_state *state, unsigned depth, unwrap_member_fn each,
                 void *user, struct err *err)
{
    return open_named(in, state, depth, SPAN(""), each, user, err);
}
