#include "symbol/store.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/num.h"
#include "base/sb.h"
#include "base/vec.h"

enum { STORED_FILES_MAX = 4096, TEXT_BYTES_MAX = 256 << 20 };

enum stored_kind { STORED_ELF, STORED_PERF_MAP, STORED_KALLSYMS };

struct stored {
    enum stored_kind kind;
    struct build_id id; /* ELF, KALLSYMS */
    int64_t pid;        /* PERF_MAP */
    int fd;             /* ELF: an unlinked temporary file; else -1 */
    struct sb text;     /* the others */
    bool has_symtab, has_code;
};

struct symbol_store {
    struct stored *items;
    uint32_t count, cap;
    uint64_t bytes, bytes_max;
    struct stored next; /* under way */
    FILE *file;
};

struct symbol_store *symbol_store_new(uint64_t bytes_max)
{
    struct symbol_store *s = xcalloc(1, sizeof *s);
    s->bytes_max = bytes_max;
    s->next.fd = -1;
    return s;
}

static void stored_release(struct stored *f)
{
    if (f->fd >= 0)
        (void)close(f->fd);
    sb_release(&f->text);
    *f = (struct stored){ .fd = -1 };
}

static void next_drop(struct symbol_store *s)
{
    if (s->file)
        (void)fclose(s->file);
    s->file = NULL;
    stored_release(&s->next);
}

void symbol_store_free(struct symbol_store *s)
{
    if (!s)
        return;
    next_drop(s);
    for (uint32_t i = 0; i < s->count; i++)
        stored_release(&s->items[i]);
    free(s->items);
    free(s);
}

/* perf-4242.map, anywhere. */
static bool name_is_perf_map(struct span name, int64_t *ret_pid)
{
    size_t slash = span_rchr(name, '/');
    struct span base = slash < name.len ? span_from(name, slash + 1) : name;
    if (!span_starts(base, SPAN("perf-")) || !span_ends(base, SPAN(".map")))
        return false;
    return span_to_i64(span_sub(base, 5, base.len - 9), ret_pid) && *ret_pid > 0;
}

/* [kernel.kallsyms]/BUILD-ID/kallsyms */
static bool name_is_kallsyms(struct span name, struct build_id *ret)
{
    struct span folder, file, above, id;
    return span_rsplit(name, '/', &folder, &file) && (span_is(file, "kallsyms") || span_is(file, "elf")) &&
           span_rsplit(folder, '/', &above, &id) && span_ends(above, SPAN("[kernel.kallsyms]")) &&
           build_id_parse(id, ret);
}

bool symbol_store_wants(struct span name, struct span head)
{
    int64_t pid;
    struct build_id id;
    return span_starts(head, span_make(ELFMAG, SELFMAG)) || name_is_perf_map(name, &pid) || name_is_kallsyms(name, &id);
}

bool symbol_store_begin(struct symbol_store *s, struct span name, struct err *err)
{
    next_drop(s);
    if (s->count >= STORED_FILES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d binaries beside the recording", STORED_FILES_MAX);
    if (name_is_perf_map(name, &s->next.pid))
        s->next.kind = STORED_PERF_MAP;
    else if (name_is_kallsyms(name, &s->next.id))
        s->next.kind = STORED_KALLSYMS;
    else
        s->next.kind = STORED_ELF;
    if (s->next.kind != STORED_ELF)
        return true;
    s->file = tmpfile();
    return s->file != NULL || err_set(err, ERR_IO, "cannot make a temporary file");
}

bool symbol_store_add(struct symbol_store *s, struct span bytes, struct err *err)
{
    bool ok = true;
    if (bytes.len > s->bytes_max - s->bytes)
        ok = err_set(err, ERR_LIMIT, "the binaries beside the recording are larger than %llu bytes together",
                     (unsigned long long)s->bytes_max);
    else if (s->file && fwrite(bytes.ptr, 1, bytes.len, s->file) != bytes.len)
        ok = err_set(err, ERR_IO, "cannot write a temporary file");
    else if (!s->file && s->next.text.len + bytes.len > TEXT_BYTES_MAX)
        ok = err_set(err, ERR_LIMIT, "a symbol text larger than %d bytes", TEXT_BYTES_MAX);
    if (!ok) {
        next_drop(s);
        return false;
    }
    if (!s->file)
        sb_add(&s->next.text, bytes);
    s->bytes += bytes.len;
    return true;
}

static bool elf_look(struct stored *f, uint64_t bytes_max)
{
    struct elf_file *elf;
    struct err err = ERR_INIT;
    int fd = dup(f->fd);
    if (fd < 0 || !elf_open_fd(fd, bytes_max, &elf, &err))
        return false;
    bool ok = elf_build_id(elf, &f->id);
    const struct elf_section *symtab = elf_section_find(elf, ".symtab", NULL);
    f->has_symtab = symtab && symtab->type == SHT_SYMTAB;
    f->has_code = elf_section_count(elf) == 0;
    for (uint32_t i = 0; i < elf_section_count(elf); i++) {
        const struct elf_section *sec = elf_section_at(elf, i);
        f->has_code = f->has_code || ((sec->flags & SHF_EXECINSTR) && sec->type == SHT_PROGBITS);
    }
    elf_close(elf);
    return ok;
}

bool symbol_store_end(struct symbol_store *s)
{
    bool ok = true;
    if (s->file) {
        ok = fflush(s->file) == 0;
        s->next.fd = ok ? dup(fileno(s->file)) : -1;
        (void)fclose(s->file);
        s->file = NULL;
        ok = s->next.fd >= 0 && elf_look(&s->next, s->bytes_max);
    }
    if (!ok) {
        next_drop(s);
        return false;
    }
    VEC_PUSH(s, s->next);
    s->next = (struct stored){ .fd = -1 };
    return true;
}

int symbol_store_elf(struct symbol_store *s, const struct build_id *id, bool with_symbols)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const struct stored *f = &s->items[i];
        if (f->kind == STORED_ELF && build_id_equal(&f->id, id) && (with_symbols ? f->has_symtab : f->has_code))
            return dup(f->fd);
    }
    return -1;
}

bool symbol_store_perf_map(const struct symbol_store *s, int64_t pid, struct span *ret)
{
    for (uint32_t i = s->count; i-- > 0;) {
        if (s->items[i].kind == STORED_PERF_MAP && s->items[i].pid == pid) {
            *ret = sb_span(&s->items[i].text);
            return true;
        }
    }
    return false;
}

bool symbol_store_kallsyms(const struct symbol_store *s, const struct build_id *id, struct span *ret)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->items[i].kind == STORED_KALLSYMS && build_id_equal(&s->items[i].id, id)) {
            *ret = sb_span(&s->items[i].text);
            return true;
        }
    }
    return false;
}

uint32_t symbol_store_count(const struct symbol_store *s)
{
    return s->count;
}
