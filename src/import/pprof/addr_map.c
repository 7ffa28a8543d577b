#include "import/pprof/addr_map.h"

#include <stdlib.h>

#include "base/num.h"
#include "base/vec.h"
#include "import/frametext.h"

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

static const struct addr_range *find(const struct addr_map *m, uint64_t address)
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

struct frame_desc addr_map_frame(const struct addr_map *m, uint64_t address, struct sb *buf)
{
    const struct addr_range *r = find(m, address);
    struct frame_desc d = { .func = SPAN("[unknown]"), .kind = FRAME_UNKNOWN };
    sb_reset(buf);
    if (!r)
        return d;
    d.module = span_sub(sb_span(&m->names), r->file, r->file_len);
    d.kind = frametext_is_kernel_dso(d.module) ? FRAME_KERNEL : FRAME_NATIVE;
    struct span base = span_sub(frametext_base(d.module), 0, 250);
    if (base.len > 2 && base.ptr[0] == '[' && base.ptr[base.len - 1] == ']')
        base = span_sub(base, 1, base.len - 2);
    sb_printf(buf, "[%.*s+0x%llx]", SPAN_FMT(base), (unsigned long long)(address - r->start + r->offset));
    d.func = sb_span(buf);
    return d;
}
