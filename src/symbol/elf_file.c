/* Invariants:
 * 1. Nothing is read but through elf_read, which checks against the size taken at opening.
 * 2. Section and segment tables are decoded once, into the machine's byte order, at most ELF_*_MAX of them.
 * 3. Blocks that were read stay until the file is closed: memory is at most the file's size, and in practice the part
 *    of it that was asked for. */
#include "symbol/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_BITS = 16,
    BLOCK_BYTES = 1 << BLOCK_BITS,
    NOTE_BYTES_MAX = 1 << 16,
    NOTE_ROUNDS_MAX = 256,
};

struct elf_file {
    int fd;            /* -1: image */
    struct span image; /* borrowed */
    uint64_t size;
    uint8_t **blocks; /* NULL until read */
    bool is_64, swap;
    uint16_t machine, type;
    struct elf_section *sections;
    uint32_t section_count, names_index;
    struct elf_segment *segments;
    uint32_t segment_count;
};

/* --- build-ids --- */

bool build_id_equal(const struct build_id *a, const struct build_id *b)
{
    uint8_t n = a->len < b->len ? a->len : b->len;
    if (n == 0 || memcmp(a->bytes, b->bytes, n) != 0)
        return false;
    const struct build_id *longer = a->len > b->len ? a : b;
    for (uint8_t i = n; i < longer->len; i++) {
        if (longer->bytes[i] != 0)
            return false;
    }
    return true;
}

void build_id_hex(const struct build_id *id, char out[2 * BUILD_ID_BYTES_MAX + 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (uint8_t i = 0; i < id->len; i++) {
        out[at++] = digits[id->bytes[i] >> 4];
        out[at++] = digits[id->bytes[i] & 15];
    }
    out[at] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool build_id_parse(struct span hex, struct build_id *ret)
{
    struct build_id id = { .len = (uint8_t)(hex.len / 2) };
    if (hex.len == 0 || hex.len % 2 != 0 || hex.len > (size_t)2 * BUILD_ID_BYTES_MAX)
        return false;
    for (size_t i = 0; i < hex.len; i += 2) {
        int hi = hex_value(hex.ptr[i]), lo = hex_value(hex.ptr[i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        id.bytes[i / 2] = (uint8_t)(hi << 4 | lo);
    }
    *ret = id;
    return true;
}

/* --- bytes --- */

static const uint8_t *block_get(struct elf_file *f, uint64_t index)
{
    if (f->blocks[index])
        return f->blocks[index];
    uint64_t from = index << BLOCK_BITS;
    size_t want = f->size - from < BLOCK_BYTES ? (size_t)(f->size - from) : BLOCK_BYTES;
    uint8_t *block = xcalloc(1, want);
    size_t have = 0;
    while (have < want) {
        ssize_t got = pread(f->fd, block + have, want - have, (off_t)(from + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            free(block);
            return NULL;
        }
        have += (size_t)got;
    }
    f->blocks[index] = block;
    return block;
}

bool elf_read(struct elf_file *f, uint64_t offset, void *buf, size_t len)
{
    if (offset > f->size || len > f->size - offset)
        return false;
    if (f->fd < 0) {
        if (len > 0)
            memcpy(buf, f->image.ptr + offset, len);
        return true;
    }
    uint8_t *out = buf;
    while (len > 0) {
        const uint8_t *block = block_get(f, offset >> BLOCK_BITS);
        size_t at = (size_t)(offset & (BLOCK_BYTES - 1));
        size_t part = BLOCK_BYTES - at < len ? BLOCK_BYTES - at : len;
        if (!block)
            return false;
        memcpy(out, block + at, part);
        out += part;
        offset += part;
        len -= part;
    }
    return true;
}

const struct elf_segment *elf_segment_of_address(const struct elf_file *f, uint64_t address)
{
    for (uint32_t i = 0; i < f->segment_count; i++) {
        const struct elf_segment *s = &f->segments[i];
        if (s->type == PT_LOAD && address >= s->address && address - s->address < s->memory_size)
            return s;
    }
    return NULL;
}

const struct elf_segment *elf_segment_of_mapping(const struct elf_file *f, uint64_t file_offset)
{
    enum { PAGE = 4096 };
    for (uint32_t i = 0; i < f->segment_count; i++) {
        const struct elf_segment *s = &f->segments[i];
        /* The mapping begins at the page that the segment begins in. */
        uint64_t from = s->offset & ~(uint64_t)(PAGE - 1);
        if (s->type == PT_LOAD && (s->flags & PF_X) && file_offset >= from &&
            file_offset - from < s->file_size + (s->offset - from))
            return s;
    }
    return NULL;
}

bool elf_read_address(struct elf_file *f, uint64_t address, void *buf, size_t len)
{
    const struct elf_segment *s = elf_segment_of_address(f, address);
    if (!s || len > s->memory_size - (address - s->address))
        return false;
    uint64_t at = address - s->address;
    size_t in_file = at >= s->file_size ? 0 : s->file_size - at < len ? (size_t)(s->file_size - at) : len;
    if (in_file > 0 && (s->offset > f->size || !elf_read(f, s->offset + at, buf, in_file)))
        return false;
    if (in_file < len)
        memset((uint8_t *)buf + in_file, 0, len - in_file);
    return true;
}

/* --- decoding --- */

static uint64_t field(const struct elf_file *f, const uint8_t *p, unsigned bytes)
{
    uint64_t value = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    bool big = f->swap;
#else
    bool big = !f->swap;
#endif
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | p[big ? i : bytes - 1 - i];
    return value;
}

static void section_decode(const struct elf_file *f, const uint8_t *p, struct elf_section *ret)
{
    unsigned w = f->is_64 ? 8 : 4;
    const uint8_t *q = p + 8;
    ret->name = field(f, p, 4);
    ret->type = (uint32_t)field(f, p + 4, 4);
    ret->flags = field(f, q, w);
    ret->address = field(f, q + w, w);
    ret->offset = field(f, q + 2 * w, w);
    ret->size = field(f, q + 3 * w, w);
    ret->link = (uint32_t)field(f, q + 4 * w, 4);
    ret->info = (uint32_t)field(f, q + 4 * w + 4, 4);
    ret->entry_size = field(f, q + 5 * w + 8, w);
}

static void segment_decode(const struct elf_file *f, const uint8_t *p, struct elf_segment *ret)
{
    ret->type = (uint32_t)field(f, p, 4);
    if (f->is_64) {
        ret->flags = (uint32_t)field(f, p + 4, 4);
        ret->offset = field(f, p + 8, 8);
        ret->address = field(f, p + 16, 8);
        ret->file_size = field(f, p + 32, 8);
        ret->memory_size = field(f, p + 40, 8);
    } else {
        ret->offset = field(f, p + 4, 4);
        ret->address = field(f, p + 8, 4);
        ret->file_size = field(f, p + 16, 4);
        ret->memory_size = field(f, p + 20, 4);
        ret->flags = (uint32_t)field(f, p + 24, 4);
    }
}

static bool sections_read(struct elf_file *f, uint64_t offset, uint64_t count, uint64_t entry, uint64_t names)
{
    size_t least = f->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    uint8_t raw[sizeof(Elf64_Shdr)];
    if (offset == 0)
        return true;
    if (entry < least || !elf_read(f, offset, raw, least))
        return false;
    struct elf_section first;
    section_decode(f, raw, &first);
    /* Numbers that do not fit the header stand in the first section. */
    if (count == 0)
        count = first.size;
    if (names == SHN_XINDEX)
        names = first.link;
    if (count > ELF_SECTIONS_MAX || count > (f->size - offset) / entry)
        return false;
    f->sections = xcalloc((size_t)count + 1, sizeof *f->sections);
    for (uint64_t i = 0; i < count; i++) {
        if (!elf_read(f, offset + i * entry, raw, least))
            return false;
        section_decode(f, raw, &f->sections[i]);
    }
    f->section_count = (uint32_t)count;
    f->names_index = (uint32_t)names;
    return true;
}

static bool segments_read(struct elf_file *f, uint64_t offset, uint64_t count, uint64_t entry)
{
    size_t least = f->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    uint8_t raw[sizeof(Elf64_Phdr)];
    if (offset == 0 || count == 0)
        return true;
    if (entry < least || count > ELF_SEGMENTS_MAX || offset > f->size || count > (f->size - offset) / entry)
        return false;
    f->segments = xcalloc((size_t)count, sizeof *f->segments);
    for (uint64_t i = 0; i < count; i++) {
        if (!elf_read(f, offset + i * entry, raw, least))
            return false;
        segment_decode(f, raw, &f->segments[i]);
    }
    f->segment_count = (uint32_t)count;
    return true;
}

static bool headers_read(struct elf_file *f, struct err *err)
{
    uint8_t h[sizeof(Elf64_Ehdr)] = { 0 };
    if (!elf_read(f, 0, h, sizeof(Elf32_Ehdr)) || memcmp(h, ELFMAG, SELFMAG) != 0)
        return err_set(err, ERR_MALFORMED, "not an ELF file");
    f->is_64 = h[EI_CLASS] == ELFCLASS64;
    if ((h[EI_CLASS] != ELFCLASS64 && h[EI_CLASS] != ELFCLASS32) ||
        (h[EI_DATA] != ELFDATA2LSB && h[EI_DATA] != ELFDATA2MSB) || (f->is_64 && !elf_read(f, 0, h, sizeof h)))
        return err_set(err, ERR_MALFORMED, "an ELF file of no known class or byte order");
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    f->swap = h[EI_DATA] == ELFDATA2MSB;
#else
    f->swap = h[EI_DATA] == ELFDATA2LSB;
#endif
    unsigned w = f->is_64 ? 8 : 4;
    const uint8_t *after = h + 24 + 3 * w + 4; /* e_ehsize and what follows */
    f->type = (uint16_t)field(f, h + 16, 2);
    f->machine = (uint16_t)field(f, h + 18, 2);
    uint64_t segments = field(f, h + 24 + w, w), sections = field(f, h + 24 + 2 * w, w);
    if (!segments_read(f, segments, field(f, after + 4, 2), field(f, after + 2, 2)))
        return err_set(err, ERR_MALFORMED, "the ELF program headers lie outside the file");
    /* A file whose section headers were cut off can still be unwound. */
    if (!sections_read(f, sections, field(f, after + 8, 2), field(f, after + 6, 2), field(f, after + 10, 2))) {
        free(f->sections);
        f->sections = NULL;
        f->section_count = 0;
    }
    return true;
}

/* --- opening --- */

bool elf_open_fd(int fd, uint64_t bytes_max, struct elf_file **ret, struct err *err)
{
    struct elf_file *f = xcalloc(1, sizeof *f);
    struct stat st;
    f->fd = fd;
    bool ok = true;
    if (fstat(fd, &st) != 0)
        ok = err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
    else if (!S_ISREG(st.st_mode) || st.st_size <= 0)
        ok = err_set(err, ERR_MALFORMED, "not an ELF file");
    else if ((uint64_t)st.st_size > bytes_max)
        ok = err_set(err, ERR_LIMIT, "an ELF file larger than %llu bytes", (unsigned long long)bytes_max);
    if (ok) {
        f->size = (uint64_t)st.st_size;
        f->blocks = xcalloc((size_t)(f->size >> BLOCK_BITS) + 1, sizeof *f->blocks);
        ok = headers_read(f, err);
    }
    if (!ok) {
        elf_close(f);
        return false;
    }
    *ret = f;
    return true;
}

bool elf_open_path(const char *path, uint64_t bytes_max, struct elf_file **ret, struct err *err)
{
    /* O_NONBLOCK: a fifo in the place of a binary must not hold us up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return elf_open_fd(fd, bytes_max, ret, err);
}

bool elf_open_memory(struct span image, struct elf_file **ret, struct err *err)
{
    struct elf_file *f = xcalloc(1, sizeof *f);
    f->fd = -1;
    f->image = image;
    f->size = image.len;
    if (!headers_read(f, err)) {
        elf_close(f);
        return false;
    }
    *ret = f;
    return true;
}

void elf_close(struct elf_file *f)
{
    if (!f)
        return;
    if (f->blocks) {
        for (uint64_t i = 0; i <= f->size >> BLOCK_BITS; i++)
            free(f->blocks[i]);
    }
    free(f->blocks);
    free(f->sections);
    free(f->segments);
    if (f->fd >= 0)
        (void)close(f->fd);
    free(f);
}

uint16_t elf_machine(const struct elf_file *f)
{
    return f->machine;
}

uint16_t elf_type(const struct elf_file *f)
{
    return f->type;
}

bool elf_is_64(const struct elf_file *f)
{
    return f->is_64;
}

uint64_t elf_size(const struct elf_file *f)
{
    return f->size;
}

/* --- sections and segments --- */

uint32_t elf_section_count(const struct elf_file *f)
{
    return f->section_count;
}

const struct elf_section *elf_section_at(const struct elf_file *f, uint32_t index)
{
    return index < f->section_count ? &f->sections[index] : NULL;
}

uint32_t elf_segment_count(const struct elf_file *f)
{
    return f->segment_count;
}

const struct elf_segment *elf_segment_at(const struct elf_file *f, uint32_t index)
{
    return index < f->segment_count ? &f->segments[index] : NULL;
}

bool elf_string(struct elf_file *f, const struct elf_section *strings, uint64_t offset, char *buf, size_t size)
{
    enum { STEP = 64 };
    if (!strings || offset >= strings->size || strings->offset > f->size)
        return false;
    uint64_t room = strings->size - offset;
    if (room > f->size - strings->offset)
        room = f->size - strings->offset;
    if (offset >= f->size - strings->offset)
        return false;
    if (room > f->size - strings->offset - offset)
        room = f->size - strings->offset - offset;
    size_t have = 0;
    while (have < size - 1 && have < room) {
        size_t part = size - 1 - have < STEP ? size - 1 - have : STEP;
        if (part > room - have)
            part = (size_t)(room - have);
        if (!elf_read(f, strings->offset + offset + have, buf + have, part))
            return false;
        const char *end = memchr(buf + have, '\0', part);
        if (end)
            return true;
        have += part;
    }
    buf[have] = '\0';
    return true;
}

void elf_section_name(struct elf_file *f, const struct elf_section *s, char *buf, size_t size)
{
    if (!elf_string(f, elf_section_at(f, f->names_index), s->name, buf, size))
        buf[0] = '\0';
}

const struct elf_section *elf_section_find(struct elf_file *f, const char *name, uint32_t *ret_index)
{
    char buf[64];
    for (uint32_t i = 1; i < f->section_count; i++) {
        elf_section_name(f, &f->sections[i], buf, sizeof buf);
        if (strcmp(buf, name) == 0) {
            if (ret_index)
                *ret_index = i;
            return &f->sections[i];
        }
    }
    return NULL;
}

bool elf_symbol_at(struct elf_file *f, const struct elf_section *table, uint64_t index, struct elf_symbol *ret)
{
    uint8_t p[sizeof(Elf64_Sym)];
    size_t entry = f->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    if (index >= table->size / entry || table->offset > f->size ||
        !elf_read(f, table->offset + index * entry, p, entry))
        return false;
    ret->name = (uint32_t)field(f, p, 4);
    if (f->is_64) {
        ret->info = p[4];
        ret->other = p[5];
        ret->section = (uint16_t)field(f, p + 6, 2);
        ret->value = field(f, p + 8, 8);
        ret->size = field(f, p + 16, 8);
    } else {
        ret->value = field(f, p + 4, 4);
        ret->size = field(f, p + 8, 4);
        ret->info = p[12];
        ret->other = p[13];
        ret->section = (uint16_t)field(f, p + 14, 2);
    }
    return true;
}

bool elf_relocation_symbol(struct elf_file *f, const struct elf_section *table, uint64_t index, uint64_t *ret_symbol)
{
    uint8_t p[sizeof(Elf64_Rela)];
    unsigned w = f->is_64 ? 8 : 4;
    size_t entry = (size_t)w * (table->type == SHT_RELA ? 3 : 2);
    if (index >= table->size / entry || table->offset > f->size ||
        !elf_read(f, table->offset + index * entry, p, entry))
        return false;
    uint64_t info = field(f, p + w, w);
    *ret_symbol = f->is_64 ? info >> 32 : info >> 8;
    return true;
}

/* --- notes --- */

static bool notes_scan(struct elf_file *f, uint64_t offset, uint64_t size, struct build_id *ret)
{
    uint64_t at = 0;
    if (size > NOTE_BYTES_MAX)
        size = NOTE_BYTES_MAX;
    for (unsigned round = 0; round < NOTE_ROUNDS_MAX && at + 12 <= size; round++) {
        uint8_t head[16];
        if (offset > f->size || !elf_read(f, offset + at, head, 12))
            return false;
        uint64_t name = field(f, head, 4), data = field(f, head + 4, 4), type = field(f, head + 8, 4);
        uint64_t data_at = at + 12 + ((name + 3) & ~3ull);
        if (type == NT_GNU_BUILD_ID && name == 4 && elf_read(f, offset + at + 12, head, 4) &&
            memcmp(head, "GNU", 4) == 0 && data > 0 && data <= BUILD_ID_BYTES_MAX) {
            ret->len = (uint8_t)data;
            return elf_read(f, offset + data_at, ret->bytes, (size_t)data);
        }
        at = data_at + ((data + 3) & ~3ull);
    }
    return false;
}

bool elf_build_id(struct elf_file *f, struct build_id *ret)
{
    struct build_id id = { .len = 0 };
    for (uint32_t i = 0; i < f->segment_count; i++) {
        if (f->segments[i].type == PT_NOTE && notes_scan(f, f->segments[i].offset, f->segments[i].file_size, &id)) {
            *ret = id;
            return true;
        }
    }
    /* Debug files and relocatable ones: their note segment may be empty. */
    for (uint32_t i = 0; i < f->section_count; i++) {
        if (f->sections[i].type == SHT_NOTE && notes_scan(f, f->sections[i].offset, f->sections[i].size, &id)) {
            *ret = id;
            return true;
        }
    }
    return false;
}
