#include "import/pprof/addr_map.h"

#include <stdlib.h>

#include "base/num.h"
#include "base/vec.h"

void addr_map_release(struct addr_map *m)
{
    free(m->items);
    sb_release(&m->names);
    sb_release(&m->build);
}

/* "00400000-00fcb000", with a colon behind it in the short form. */
static bool read_range(struct span word, struct addr_range *ret)
{
    struct span from, to;
    if (word.len > 0 && word.ptr[word.len - 1] == ':')
        word.len--;
    return span_split(word, '-', &from, &to) && span_hex_to_u64(from, &ret->start) && span_hex_to_u64(to, &ret->end) &&
           ret->end > ret->start;
}

static bool is_permissions(struct span word)
{
    return word.len >= 3 && word.len <= 5 && (word.ptr[0] == 'r' || word.ptr[0] == '-') &&
           (word.ptr[1] == 'w' || word.ptr[1] == '-') && (word.ptr[2] == 'x' || word.ptr[2] == '-');
}

static void add_name(struct addr_map *m, struct span file, struct addr_range *r)
{
    r->file = m->names.len;
    if (span_starts(file, SPAN("$build"))) {
        sb_add(&m->names, sb_span(&m->build));
        file = span_from(file, 6);
    }
    sb_add(&m->names, file);
    r->file_len = m->names.len - r->file;
}

bool addr_map_line(struct addr_map *m, struct span line, const struct limits *lim, struct err *err)
{
    struct addr_range r = { 0 };
    struct span rest = line, word = SPAN(""), file;
    if (span_starts(span_trim(line), SPAN("build="))) {
        sb_reset(&m->build);
        sb_add(&m->build, span_from(span_trim(line), 6));
        return true;
    }
    if (!span_word(&rest, &word) || !read_range(word, &r))
        return true;
    file = span_trim(rest);
    if (span_word(&rest, &word) && is_permissions(word)) {
        bool runs = word.ptr[2] == 'x';
        if (!runs || !span_word(&rest, &word) || !span_hex_to_u64(word, &r.offset))
            return true;
        /* Device and inode, then the name. */
        if (!span_word(&rest, &word) || !span_word(&rest, &word))
            return true;
        (void)span_to_u64(word, &r.inode);
        file = span_trim(rest);
    }
    if (file.len == 0)
        return true;
    if (m->count >= lim->threads || m->names.len + file.len > lim->string_bytes)
        return err_set(err, ERR_LIMIT, "more than %llu mappings", (unsigned long long)lim->threads);
    add_name(m, file, &r);
    VEC_PUSH(m, r);
    return true;
}

struct span addr_map_program(const struct addr_map *m)
{
    return m->count > 0 ? span_sub(sb_span(&m->names), m->items[0].file, m->items[0].file_len) : SPAN("");
}

static int by_start(const void *a, const void *b)
{
    const struct addr_range *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

void addr_map_sort(struct addr_map *m)
{
    if (m->count > 1)
        qsort(m->items, m->count, sizeof *m->items, by_start);
}

static struct addr_range *find(const struct addr_map *m, uint64_t address)
{
    uint32_t lo = 0, hi = m->count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (m->items[mid].start <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo > 0 && address < m->items[lo - 1].end ? &m->items[lo - 1] : NULL;
}

/* The name that the file itself has for the address. */
static bool symbol_of(struct addr_map *m, struct addr_range *r, struct span file, uint64_t address, struct span *ret)
{
    struct symbol_hit hit;
    if (!m->symbols || r->inode == 0 || !span_starts(file, SPAN("/")))
        return false;
    if (!r->dso)
        r->dso = symbols_dso(m->symbols, &(struct symbol_ref){ .path = file, .inode = r->inode });
    if (!symbol_find(r->dso, address - r->start + r->offset, &hit) || hit.name.len == 0)
        return false;
    m->named = true;
    *ret = hit.name;
    return true;
}

void addr_map_frame(struct addr_map *m, uint64_t address, struct frametext *ret, struct sb *buf)
{
    struct addr_range *r = find(m, address);
    struct span name;
    ret->d = (struct frame_desc){ .func = SPAN("[unknown]"), .kind = FRAME_UNKNOWN };
    sb_reset(buf);
    if (!r || r->file_len == 0)
        return;
    struct span file = span_sub(sb_span(&m->names), r->file, r->file_len);
    if (symbol_of(m, r, file, address, &name)) {
        frametext_symbol(name, file, frametext_base(addr_map_program(m)), ret);
        return;
    }
    ret->d.module = file;
    ret->d.kind = frametext_is_kernel_dso(file) ? FRAME_KERNEL : FRAME_NATIVE;
    struct span base = span_sub(frametext_base(file), 0, 250);
    if (base.len > 2 && base.ptr[0] == '[' && base.ptr[base.len - 1] == ']')
        base = span_sub(base, 1, base.len - 2);
    sb_printf(buf, "[%.*s+0x%llx]", SPAN_FMT(base), (unsigned long long)(address - r->start + r->offset));
    ret->d.func = sb_span(buf);
}

void addr_map_note(const struct addr_map *m, struct artefact *a)
{
    if (m->named)
        artefact_problem(a, "names_by_path",
                         "where it was recorded, `pprof -proto BINARY FILE` keeps the names with it",
                         "the profile holds addresses without build-ids: functions are named from this machine's files "
                         "of the same path and inode");
}
