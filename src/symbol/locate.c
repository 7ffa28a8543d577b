/* The order is that of perf: files that came along, then debug folders by build-id, ~/.debug, and the path itself.
 * A path out of a recording is joined to a root, must not climb (".."), and what it resolves to must lie below the root. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "symbol/locate.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/num.h"
#include "symbol/store.h"

enum {
    PATH_BYTES_MAX = 4096,
    PERF_MAP_BYTES_MAX = 512 << 20,
    KALLSYMS_BYTES_MAX = 256 << 20,
    VDSO_BYTES_MAX = 1 << 20,
};

static uint64_t elf_bytes_max(const struct symbol_options *opt)
{
    return opt->elf_bytes_max ? opt->elf_bytes_max : SYMBOL_ELF_BYTES_MAX;
}

static bool path_climbs(struct span path)
{
    struct span rest = path;
    while (rest.len > 0) {
        size_t slash = span_chr(rest, 0, '/');
        if (span_is(span_sub(rest, 0, slash), ".."))
            return true;
        rest = span_from(rest, slash + 1);
    }
    return false;
}

/* Below root after links are resolved, and a regular file. */
static bool lies_below(const char *root, const char *path)
{
    char real_root[PATH_MAX], real_path[PATH_MAX];
    struct stat st;
    if (!realpath(root, real_root) || !realpath(path, real_path) || stat(real_path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    size_t len = strlen(real_root);
    if (len > 0 && real_root[len - 1] == '/')
        len--;
    return strncmp(real_root, real_path, len) == 0 && real_path[len] == '/';
}

/* Joins and checks; false when there is no such file that may be opened. */
static bool candidate(const char *root, struct span below, struct sb *out)
{
    sb_reset(out);
    if (below.len == 0 || below.len > PATH_BYTES_MAX || path_climbs(below) || memchr(below.ptr, '\0', below.len))
        return false;
    sb_adds(out, root);
    if (out->len > 0 && out->ptr[out->len - 1] == '/')
        out->len--;
    if (below.ptr[0] != '/')
        sb_addc(out, '/');
    sb_add(out, below);
    return lies_below(root, sb_cstr(out));
}

struct search {
    const struct symbol_options *opt;
    const struct symbol_ref *ref;
    uint32_t *files_left;
    struct located *found;
    struct sb path;
    bool mismatch, refused, unverified;
};

static bool has_symtab(struct elf_file *f)
{
    const struct elf_section *s = elf_section_find(f, ".symtab", NULL);
    return s && s->type == SHT_SYMTAB && s->size > 0;
}

/* Only a file that has contents for its code can be unwound; a debug file has the headers alone. */
static bool has_code(struct elf_file *f)
{
    for (uint32_t i = 0; i < elf_section_count(f); i++) {
        const struct elf_section *s = elf_section_at(f, i);
        if ((s->flags & SHF_EXECINSTR) && s->type == SHT_PROGBITS && s->size > 0)
            return true;
    }
    return elf_section_count(f) == 0;
}

/* Keeps an opened file where it is of use, closes it where not. */
static void take(struct search *s, struct elf_file *f)
{
    bool used = false;
    if (!s->found->runtime && has_code(f)) {
        s->found->runtime = f;
        used = true;
    }
    if (!s->found->debug && has_symtab(f)) {
        s->found->debug = f;
        used = true;
    }
    if (used)
        (*s->files_left)--;
    else
        elf_close(f);
}

static bool open_counted(struct search *s, struct elf_file **ret)
{
    struct err err = ERR_INIT;
    if (*s->files_left == 0) {
        s->refused = true;
        return false;
    }
    if (elf_open_path(sb_cstr(&s->path), elf_bytes_max(s->opt), ret, &err))
        return true;
    s->refused = s->refused || err.code != ERR_IO;
    return false;
}

/* A file at a place that names the build-id, or beside the binary: used when it carries that id. */
static void try_by_id(struct search *s, const char *root, struct span below)
{
    struct elf_file *f;
    struct build_id id;
    if ((s->found->runtime && s->found->debug) || !candidate(root, below, &s->path) || !open_counted(s, &f))
        return;
    if (elf_build_id(f, &id) && build_id_equal(&id, &s->ref->build_id))
        take(s, f);
    else
        elf_close(f);
}

static void try_debug_folders(struct search *s, const char *root)
{
    static const struct {
        const char *before, *after;
    } forms[] = { { "/usr/lib/debug/.build-id/", ".debug" },
                  { "/.build-id/", ".debug" },
                  { "/.build-id/", "/elf" },
                  { "/.build-id/", "" } };
    char hex[2 * BUILD_ID_BYTES_MAX + 1];
    if (s->ref->build_id.len < 2)
        return;
    build_id_hex(&s->ref->build_id, hex);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct sb below = { 0 };
        sb_printf(&below, "%s%.2s/%s%s", forms[i].before, hex, hex + 2, forms[i].after);
        try_by_id(s, root, sb_span(&below));
        sb_release(&below);
    }
}

/* The recorded path itself. */
static void try_path(struct search *s, const char *root)
{
    struct elf_file *f;
    struct build_id id = { .len = 0 };
    struct stat st;
    if (s->found->runtime || !candidate(root, s->ref->path, &s->path) || !open_counted(s, &f))
        return;
    bool has_id = elf_build_id(f, &id);
    if (s->ref->build_id.len > 0) {
        if (has_id && build_id_equal(&id, &s->ref->build_id)) {
            take(s, f);
            return;
        }
        s->mismatch = true;
    } else if (s->opt->local) {
        bool other = s->ref->inode != 0 && stat(sb_cstr(&s->path), &st) == 0 && (uint64_t)st.st_ino != s->ref->inode;
        if (!other) {
            s->unverified = true;
            take(s, f);
            return;
        }
        s->mismatch = true;
    } else {
        s->refused = true;
    }
    elf_close(f);
}

/* What .gnu_debuglink of the recorded file names, beside it and in the debug folder. */
static void try_debuglink(struct search *s, const char *root)
{
    static const struct {
        const char *before, *after;
    } folders[] = { { "", "" }, { "", "/.debug" }, { "/usr/lib/debug", "" } };
    char name[256];
    const struct elf_section *link = elf_section_find(s->found->runtime, ".gnu_debuglink", NULL);
    if (!link || !elf_string(s->found->runtime, link, 0, name, sizeof name) || strchr(name, '/'))
        return;
    struct span dir = span_sub(s->ref->path, 0, span_rchr(s->ref->path, '/'));
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        struct sb below = { 0 };
        sb_printf(&below, "%s%.*s%s/%s", folders[i].before, SPAN_FMT(dir), folders[i].after, name);
        try_by_id(s, root, sb_span(&below));
        sb_release(&below);
    }
}

/* The file that holds the names of the recorded one, by the build-id that the latter carries itself. */
static void try_debug(struct search *s, const char *root)
{
    struct symbol_ref own = *s->ref;
    if (!s->found->runtime || s->found->debug || !elf_build_id(s->found->runtime, &own.build_id))
        return;
    const struct symbol_ref *was = s->ref;
    s->ref = &own;
    try_debug_folders(s, root);
    try_debuglink(s, root);
    s->ref = was;
}

static void try_store(struct search *s)
{
    for (int with_symbols = 0; with_symbols < 2 && s->opt->store && s->ref->build_id.len > 0; with_symbols++) {
        struct elf_file *f;
        struct err err = ERR_INIT;
        int fd = symbol_store_elf(s->opt->store, &s->ref->build_id, with_symbols == 1);
        if (fd < 0)
            return;
        if (*s->files_left > 0 && elf_open_fd(fd, elf_bytes_max(s->opt), &f, &err))
            take(s, f);
        else if (*s->files_left == 0)
            (void)close(fd);
    }
}

static void try_root(struct search *s, const char *root)
{
    /* A root may be the folder of the file itself: what is recorded as ROOT/x is looked for at ROOT/x. */
    struct span path = s->ref->path;
    struct span prefix = span_of(root);
    bool below =
        strcmp(root, "/") != 0 && span_starts(path, prefix) && path.len > prefix.len && path.ptr[prefix.len] == '/';
    try_debug_folders(s, root);
    if (below) {
        struct symbol_ref shorter = *s->ref;
        const struct symbol_ref *was = s->ref;
        shorter.path = span_from(path, prefix.len);
        s->ref = &shorter;
        try_path(s, root);
        try_debug(s, root);
        s->ref = was;
    }
    try_path(s, root);
    try_debug(s, root);
}

static void search_finish(struct search *s)
{
    struct located *l = s->found;
    /* One file may serve as both; it is then closed once. */
    if (l->debug == l->runtime)
        l->debug = NULL;
    if (l->runtime || l->debug)
        l->status = s->unverified ? SYMBOL_UNVERIFIED : SYMBOL_FOUND;
    else
        l->status = s->mismatch ? SYMBOL_MISMATCH : s->refused ? SYMBOL_REFUSED : SYMBOL_MISSING;
    sb_release(&s->path);
}

static void try_home(struct search *s, const char *file)
{
    char hex[2 * BUILD_ID_BYTES_MAX + 1];
    if (!s->opt->local || !s->opt->home || s->ref->build_id.len < 2)
        return;
    struct sb below = { 0 };
    build_id_hex(&s->ref->build_id, hex);
    sb_printf(&below, "/.debug/.build-id/%.2s/%s/%s", hex, hex + 2, file);
    try_by_id(s, s->opt->home, sb_span(&below));
    sb_release(&below);
}

void locate_file(const struct symbol_options *opt, const struct symbol_ref *ref, uint32_t *files_left,
                 struct located *ret)
{
    struct search s = { .opt = opt, .ref = ref, .files_left = files_left, .found = ret };
    *ret = (struct located){ .status = SYMBOL_MISSING };
    s.refused = !opt->local && opt->root_count == 0 && !opt->store;
    try_store(&s);
    for (unsigned i = 0; i < opt->root_count && i < SYMBOL_ROOTS_MAX; i++)
        try_root(&s, opt->roots[i]);
    if (opt->local)
        try_debug_folders(&s, "/");
    try_home(&s, "elf");
    if (opt->local) {
        try_path(&s, "/");
        try_debug(&s, "/");
    }
    search_finish(&s);
}

/* --- vdso --- */

static struct span own_vdso(void)
{
    uintptr_t address = (uintptr_t)getauxval(AT_SYSINFO_EHDR);
    if (address == 0)
        return SPAN("");
    const Elf64_Ehdr *h = (const Elf64_Ehdr *)address; /* the kernel's own image, in our memory */
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0 || h->e_ident[EI_CLASS] != ELFCLASS64)
        return SPAN("");
    uint64_t end = h->e_shoff + (uint64_t)h->e_shentsize * h->e_shnum;
    if (end > VDSO_BYTES_MAX)
        return SPAN("");
    return span_make((const char *)address, (size_t)end);
}

void locate_vdso(const struct symbol_options *opt, const struct symbol_ref *ref, uint32_t *files_left,
                 struct located *ret)
{
    struct search s = { .opt = opt, .ref = ref, .files_left = files_left, .found = ret };
    struct err err = ERR_INIT;
    struct build_id id;
    struct elf_file *f;
    *ret = (struct located){ .status = SYMBOL_MISSING };
    try_store(&s);
    struct span own = opt->local ? own_vdso() : SPAN("");
    if (!ret->runtime && own.len > 0 && *files_left > 0 && elf_open_memory(own, &f, &err)) {
        bool same = ref->build_id.len == 0 || (elf_build_id(f, &id) && build_id_equal(&id, &ref->build_id));
        s.unverified = same && ref->build_id.len == 0;
        s.mismatch = !same;
        if (same)
            take(&s, f);
        else
            elf_close(f);
    }
    try_home(&s, "vdso");
    search_finish(&s);
}

/* --- kernel and JIT --- */

static bool running_kernel_id(struct build_id *ret)
{
    struct sb notes = { .cap = 65536 };
    struct err err = ERR_INIT;
    bool ok = false;
    if (fs_read("/sys/kernel/notes", &notes, &err)) {
        const uint8_t *p = (const uint8_t *)sb_cstr(&notes);
        /* namesz 4, descsz, type 3, "GNU\0": the first note of that type */
        for (size_t at = 0; !ok && at + 16 + BUILD_ID_BYTES_MAX <= notes.len; at += 4) {
            uint32_t head[3];
            memcpy(head, p + at, sizeof head);
            if (head[0] != 4 || head[2] != NT_GNU_BUILD_ID || head[1] == 0 || head[1] > BUILD_ID_BYTES_MAX ||
                memcmp(p + at + 12, "GNU", 4) != 0)
                continue;
            ret->len = (uint8_t)head[1];
            memcpy(ret->bytes, p + at + 16, head[1]);
            ok = true;
        }
    }
    sb_release(&notes);
    return ok;
}

/* Address of _text in a kallsyms text; 0 when it is hidden. */
static uint64_t kernel_text(struct span text)
{
    struct span line;
    while (span_line(&text, &line)) {
        struct span address, type;
        uint64_t value;
        if (!span_ends(line, SPAN("T _text")) && !span_ends(line, SPAN("T _stext")))
            continue;
        if (span_word(&line, &address) && span_word(&line, &type) && span_hex_to_u64(address, &value))
            return value;
    }
    return 0;
}

bool locate_kallsyms(const struct symbol_options *opt, const struct symbol_ref *ref, struct sb *out,
                     uint64_t *ret_delta, enum symbol_status *ret_status)
{
    struct build_id running;
    struct err err = ERR_INIT;
    struct span text;
    *ret_status = SYMBOL_MISSING;
    if (opt->store && ref->build_id.len > 0 && symbol_store_kallsyms(opt->store, &ref->build_id, &text)) {
        sb_add(out, text);
    } else if (!opt->local) {
        *ret_status = SYMBOL_REFUSED;
        return false;
    } else if (ref->build_id.len == 0 || !running_kernel_id(&running) || !build_id_equal(&running, &ref->build_id)) {
        *ret_status = SYMBOL_MISMATCH;
        return false;
    } else {
        out->cap = KALLSYMS_BYTES_MAX;
        if (!fs_read("/proc/kallsyms", out, &err))
            return false;
    }
    uint64_t base = kernel_text(sb_span(out));
    /* The same kernel lies elsewhere after each start (KASLR). */
    *ret_delta = base != 0 && ref->kernel_base != 0 ? ref->kernel_base - base : 0;
    *ret_status = SYMBOL_FOUND;
    return base != 0;
}

/* As perf: a map that somebody else wrote is not believed. */
static bool owned(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0);
}

bool locate_perf_map(const struct symbol_options *opt, int64_t pid, struct sb *out)
{
    char name[64];
    struct sb path = { 0 };
    struct err err = ERR_INIT;
    struct span text;
    bool ok = false;
    out->cap = PERF_MAP_BYTES_MAX;
    if (opt->store && symbol_store_perf_map(opt->store, pid, &text)) {
        sb_add(out, text);
        return true;
    }
    (void)snprintf(name, sizeof name, "/tmp/perf-%lld.map", (long long)pid);
    for (unsigned i = 0; !ok && i < opt->root_count && i < SYMBOL_ROOTS_MAX; i++)
        ok = candidate(opt->roots[i], span_of(name), &path) && fs_read(sb_cstr(&path), out, &err);
    if (!ok && opt->local)
        ok = candidate("/", span_of(name), &path) && owned(sb_cstr(&path)) && fs_read(sb_cstr(&path), out, &err);
    sb_release(&path);
    return ok;
}
