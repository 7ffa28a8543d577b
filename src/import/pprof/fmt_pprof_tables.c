/* Tables of a pprof profile and the frames behind its locations. */
#include "import/pprof/fmt_pprof.h"

#include <stdlib.h>

#include "base/vec.h"
#include "import/frametext.h"
#include "import/json_in.h"

enum { FIELD_PEEK = 64 * 1024, FIELD_MAX = 16 << 20, LINES_MAX = 1024 };

void pprof_release(struct pprof *p)
{
    pprof_stage_release(&p->stage);
    pprof_ids_release(&p->mapping_ids);
    pprof_ids_release(&p->location_ids);
    pprof_ids_release(&p->function_ids);
    sb_release(&p->strings.bytes);
    free(p->strings.items);
    free(p->types.items);
    free(p->mappings.items);
    free(p->locations.items);
    free(p->lines.items);
    free(p->functions.items);
    free(p->frames.items);
    sb_release(&p->places);
}

/* --- strings --- */

struct span pprof_text(const struct pprof *p, uint64_t ix)
{
    if (ix >= p->strings.count)
        return SPAN("");
    uint64_t from = p->strings.items[ix];
    uint64_t to = ix + 1 < p->strings.count ? p->strings.items[ix + 1] : p->strings.bytes.len;
    return span_sub(sb_span(&p->strings.bytes), (size_t)from, (size_t)(to - from));
}

bool pprof_string(struct pprof *p, uint64_t ix, struct span *ret)
{
    if (ix >= p->strings.count && !(ix == 0 && p->strings.count == 0))
        return err_set(p->err, ERR_MALFORMED, "string %llu is used, but there are only %u", (unsigned long long)ix,
                       p->strings.count);
    *ret = pprof_text(p, ix);
    return true;
}

/* --- the walk --- */

static bool full(struct pprof *p, uint32_t count, const char *what)
{
    if (count < p->opt->limits.stacks)
        return false;
    (void)err_set(p->err, ERR_LIMIT, "more than %llu %s", (unsigned long long)p->opt->limits.stacks, what);
    return true;
}

/* Numbers of an entry: field `i` of the message into ret[i]. */
static bool read_numbers(struct pprof *p, struct span message, uint64_t *ret, uint32_t n)
{
    struct pb in = pb_inside(&p->here, message);
    struct pb_field f;
    while (pb_next(&in, &f, p->err)) {
        if (f.number < n && f.wire == PB_VARINT)
            ret[f.number] = f.value;
    }
    return p->err->code == ERR_NONE;
}

static bool read_type(struct pprof *p, struct span message, struct pprof_type *ret)
{
    uint64_t v[3] = { 0 };
    if (!read_numbers(p, message, v, 3))
        return false;
    *ret = (struct pprof_type){ v[1], v[2] };
    return true;
}

/* True when the entry is to be kept. Some writers leave ids out: the first entry of id 0 is used, the others are not. */
static bool id_is_new(struct pprof *p, struct pprof_ids *ids, uint64_t id, const char *what)
{
    if (pprof_ids_find(ids, id) == UINT32_MAX) {
        (void)pprof_ids_put(ids, id);
        return true;
    }
    if (id != 0)
        (void)err_at_byte(p->err, ERR_MALFORMED, pb_offset(&p->here),
                          "%s %llu stands twice; of two profiles in one file send each by itself", what,
                          (unsigned long long)id);
    return false;
}

static bool read_mapping(struct pprof *p, struct span message)
{
    uint64_t v[6] = { 0 };
    if (!read_numbers(p, message, v, 6) || full(p, p->mappings.count, "mappings"))
        return false;
    if (!id_is_new(p, &p->mapping_ids, v[1], "mapping"))
        return v[1] == 0;
    VEC_PUSH(&p->mappings, v[5]);
    return true;
}

static bool read_line(struct pprof *p, struct span message)
{
    uint64_t v[3] = { 0 };
    if (!read_numbers(p, message, v, 3) || full(p, p->lines.count, "lines"))
        return false;
    struct pprof_line line = { v[1], v[2] < UINT32_MAX ? (uint32_t)v[2] : 0 };
    VEC_PUSH(&p->lines, line);
    return true;
}

static bool read_location(struct pprof *p, struct span message)
{
    struct pprof_location l = { .line_first = p->lines.count };
    uint64_t id = 0;
    struct pb in = pb_inside(&p->here, message);
    struct pb_field f;
    while (pb_next(&in, &f, p->err)) {
        if (f.number == 1 && f.wire == PB_VARINT)
            id = f.value;
        else if (f.number == 2 && f.wire == PB_VARINT)
            l.mapping = f.value;
        else if (f.number == 4 && f.wire == PB_BYTES && !read_line(p, f.bytes))
            return false;
    }
    l.line_count = p->lines.count - l.line_first;
    if (p->err->code == ERR_NONE && l.line_count > LINES_MAX)
        return err_set(p->err, ERR_LIMIT, "a location of more than %d inlined functions", LINES_MAX);
    if (p->err->code != ERR_NONE || full(p, p->locations.count, "locations"))
        return false;
    if (!id_is_new(p, &p->location_ids, id, "location"))
        return id == 0;
    VEC_PUSH(&p->locations, l);
    return true;
}

static bool read_function(struct pprof *p, struct span message)
{
    uint64_t v[5] = { 0 };
    if (!read_numbers(p, message, v, 5) || full(p, p->functions.count, "functions"))
        return false;
    if (!id_is_new(p, &p->function_ids, v[1], "function"))
        return v[1] == 0;
    struct pprof_function f = { v[2], v[3], v[4] };
    VEC_PUSH(&p->functions, f);
    return true;
}

static bool read_string(struct pprof *p, struct span text)
{
    if (full(p, p->strings.count, "strings"))
        return false;
    if (p->strings.bytes.len + text.len > p->opt->limits.string_bytes)
        return err_set(p->err, ERR_LIMIT, "names of more than %llu bytes",
                       (unsigned long long)p->opt->limits.string_bytes);
    VEC_PUSH(&p->strings, p->strings.bytes.len);
    sb_add(&p->strings.bytes, text);
    return true;
}

static bool read_bytes_field(struct pprof *p, const struct pb_field *f)
{
    struct pprof_type type;
    switch (f->number) {
    case PPROF_SAMPLE_TYPE:
        if (p->types.count >= PPROF_TYPES_MAX)
            return err_set(p->err, ERR_LIMIT, "more than %d sample types", PPROF_TYPES_MAX);
        if (!read_type(p, f->bytes, &type))
            return false;
        VEC_PUSH(&p->types, type);
        return true;
    case PPROF_SAMPLE:
        return pprof_sample(p, f->bytes);
    case PPROF_MAPPING:
        return read_mapping(p, f->bytes);
    case PPROF_LOCATION:
        return read_location(p, f->bytes);
    case PPROF_FUNCTION:
        return read_function(p, f->bytes);
    case PPROF_STRING:
        return read_string(p, f->bytes);
    case PPROF_PERIOD_TYPE:
        return read_type(p, f->bytes, &p->period_type);
    default:
        return true;
    }
}

/* Bytes of the field in front, 0 where its head is broken or cut: reading it will say how. */
static uint64_t field_size(struct span head)
{
    struct pb in = pb_of(head);
    struct err none = ERR_INIT;
    uint64_t tag, len;
    if (!pb_varint(&in, &tag, &none) || (tag & 7) != PB_BYTES || !pb_varint(&in, &len, &none))
        return 0;
    return len <= FIELD_MAX ? pb_offset(&in) + len : UINT64_MAX;
}

/* The next field whole in memory; false at the end and on errors. */
static bool next_field(struct pprof *p, struct source *in, struct pb_field *ret)
{
    struct span head;
    size_t want = FIELD_PEEK;
    for (;;) {
        if (!source_peek(in, want, &head, p->err))
            return false;
        uint64_t size = field_size(head);
        p->here = pb_of(head);
        p->here.base = source_offset(in);
        /* A piece shorter than asked for is the end of the file: what does not fit there is cut off. */
        if (size <= want || head.len < want)
            break;
        if (size == UINT64_MAX)
            return err_at_byte(p->err, ERR_LIMIT, source_offset(in), "a field of more than %d MiB", FIELD_MAX >> 20);
        want = (size_t)size;
    }
    if (!pb_next(&p->here, ret, p->err))
        return false;
    source_skip(in, (size_t)(p->here.at - p->here.start));
    return true;
}

bool pprof_read(struct pprof *p, struct source *in)
{
    struct pb_field f;
    while (next_field(p, in, &f)) {
        if (f.wire == PB_BYTES && !read_bytes_field(p, &f))
            return false;
        if (f.wire != PB_VARINT)
            continue;
        if (f.number == PPROF_DURATION)
            p->duration_ns = (double)(int64_t)f.value;
        else if (f.number == PPROF_PERIOD)
            p->period = (double)(int64_t)f.value;
        else if (f.number == PPROF_DEFAULT_TYPE)
            p->default_type = f.value;
        else if (f.number == PPROF_COMMENT && p->comment_count < PPROF_COMMENTS_MAX)
            p->comments[p->comment_count++] = f.value;
    }
    return p->err->code == ERR_NONE;
}

/* --- frames --- */

enum runtime_kind pprof_runtime(const struct pprof *p)
{
    uint32_t go = 0, node = 0, python = 0, jvm = 0, ruby = 0, dotnet = 0, php = 0;
    for (uint32_t i = 0; i < p->functions.count; i++) {
        struct span file = pprof_text(p, p->functions.items[i].file);
        struct span name = pprof_text(p, p->functions.items[i].name);
        go +=
            span_ends(file, SPAN(".go")) || span_starts(name, SPAN("runtime.mcall")) || span_is(name, "runtime.goexit");
        node += span_ends(file, SPAN(".js")) || span_ends(file, SPAN(".mjs")) || span_ends(file, SPAN(".cjs")) ||
                span_ends(file, SPAN(".ts")) || span_starts(file, SPAN("node:")) ||
                span_starts(file, SPAN("internal/"));
        python += span_ends(file, SPAN(".py")) || span_starts(file, SPAN("<frozen "));
        jvm += span_ends(file, SPAN(".java")) || span_ends(file, SPAN(".kt")) || span_starts(name, SPAN("java/")) ||
               span_starts(name, SPAN("java."));
        ruby += span_ends(file, SPAN(".rb"));
        dotnet += span_ends(file, SPAN(".cs")) || span_starts(name, SPAN("System.Private.CoreLib!")) ||
                  span_starts(name, SPAN("System.Threading.")) || span_starts(name, SPAN("Microsoft.AspNetCore."));
        php += span_ends(file, SPAN(".php"));
    }
    const struct {
        uint32_t n;
        enum runtime_kind runtime;
    } all[] = { { go, RUNTIME_GO },     { node, RUNTIME_NODE },     { python, RUNTIME_PYTHON }, { jvm, RUNTIME_JVM },
                { ruby, RUNTIME_RUBY }, { dotnet, RUNTIME_DOTNET }, { php, RUNTIME_PHP } };
    uint32_t best = 0;
    enum runtime_kind runtime = RUNTIME_UNKNOWN;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i].n > best) {
            best = all[i].n;
            runtime = all[i].runtime;
        }
    }
    return runtime;
}

/* A function of the profile as a frame; its texts live in the message or in `text`. */
static void describe(struct pprof *p, struct span name, struct span file, struct span module, uint32_t line,
                     struct frametext *text)
{
    struct span own = p->mappings.count > 0 ? frametext_base(pprof_text(p, p->mappings.items[0])) : SPAN("");
    bool go_file = span_ends(file, SPAN(".go")) || span_ends(file, SPAN(".s"));
    if (module.len > 0 && frametext_is_kernel_dso(module)) {
        frametext_symbol(name, module, own, text);
        text->d.file = file;
        text->d.line = line;
    } else if (p->runtime == RUNTIME_NODE && file.len == 0 && name.len > 0 && name.ptr[0] == '(') {
        text->d = json_in_node_frame(name, file, line, false);
    } else if (p->runtime == RUNTIME_NODE && (file.len > 0 || module.len == 0)) {
        text->d = json_in_node_frame(name, file, line, false);
    } else if (p->runtime == RUNTIME_GO && (go_file || file.len == 0)) {
        text->d = (struct frame_desc){ name, file, SPAN(""), line, FRAME_MANAGED, 0 };
    } else if (p->runtime != RUNTIME_UNKNOWN && p->runtime != RUNTIME_GO && file.len > 0 && module.len == 0) {
        text->d = (struct frame_desc){ name, file, SPAN(""), line, FRAME_MANAGED, 0 };
    } else if (module.len == 0 && file.len == 0) {
        frametext_read(name, text);
    } else {
        frametext_symbol(name, module, own, text);
        text->d.file = file;
        text->d.line = line;
        if (p->runtime == RUNTIME_PYTHON && span_ends(file, SPAN(".py")))
            text->d.kind = FRAME_MANAGED;
    }
    if (text->d.func.len == 0)
        text->d.func = SPAN("[unknown]");
}

static bool add_frame(struct pprof *p, struct span name, struct span file, struct span module, uint32_t line,
                      bool inlined)
{
    struct frametext text;
    frame_id frame;
    memset(&text, 0, sizeof text);
    describe(p, name, file, module, line, &text);
    if (inlined)
        text.d.flags |= FRAME_INLINED;
    if (!builder_frame(p->b, &text.d, &frame, p->err))
        return false;
    VEC_PUSH(&p->frames, frame);
    return true;
}

/* One line of a location: a function, inlined into the next line's. */
static bool add_line(struct pprof *p, const struct pprof_line *line, struct span module, bool inlined)
{
    struct span name = SPAN(""), file = SPAN("");
    uint32_t ix = pprof_ids_find(&p->function_ids, line->function);
    if (line->function != 0 && ix == UINT32_MAX)
        return err_set(p->err, ERR_MALFORMED, "function %llu is used, but is not there",
                       (unsigned long long)line->function);
    if (ix != UINT32_MAX) {
        const struct pprof_function *f = &p->functions.items[ix];
        if (!pprof_string(p, f->name, &name) || !pprof_string(p, f->file, &file) ||
            (name.len == 0 && !pprof_string(p, f->system_name, &name)))
            return false;
    }
    return add_frame(p, name, file, module, line->line, inlined);
}

/* No symbol: the library is all there is to tell. */
static bool add_unnamed(struct pprof *p, struct span module)
{
    struct sb text = { .cap = 300 };
    struct span base = frametext_base(module);
    if (base.len > 0 && base.ptr[0] != '[')
        sb_printf(&text, "[%.*s]", SPAN_FMT(span_sub(base, 0, 250)));
    struct frame_desc d = { text.len > 0 ? sb_span(&text) : SPAN("[unknown]"), SPAN(""), module, 0,
                            module.len > 0 ? FRAME_NATIVE : FRAME_UNKNOWN,     0 };
    if (module.len > 0 && frametext_is_kernel_dso(module))
        d.kind = FRAME_KERNEL;
    frame_id frame;
    bool ok = builder_frame(p->b, &d, &frame, p->err);
    sb_release(&text);
    if (ok)
        VEC_PUSH(&p->frames, frame);
    return ok;
}

/* Lines stand innermost first; frames are kept outermost first. */
static bool load_lines(struct pprof *p, struct pprof_location *l)
{
    struct span module = SPAN("");
    uint32_t m = pprof_ids_find(&p->mapping_ids, l->mapping);
    if (l->mapping != 0 && m == UINT32_MAX)
        return err_set(p->err, ERR_MALFORMED, "mapping %llu is used, but is not there", (unsigned long long)l->mapping);
    if (m != UINT32_MAX && !pprof_string(p, p->mappings.items[m], &module))
        return false;
    l->first = p->frames.count;
    for (uint32_t i = l->line_count; i-- > 0;) {
        if (!add_line(p, &p->lines.items[l->line_first + i], module, i + 1 < l->line_count))
            return false;
    }
    if (l->line_count == 0 && !add_unnamed(p, module))
        return false;
    l->count = p->frames.count - l->first;
    return true;
}

bool pprof_place(struct pprof *p, uint64_t location_id, stack_id *stack)
{
    uint32_t at = pprof_ids_find(&p->location_ids, location_id);
    if (at == UINT32_MAX)
        return err_set(p->err, ERR_MALFORMED, "location %llu is used, but is not there",
                       (unsigned long long)location_id);
    struct pprof_location *l = &p->locations.items[at];
    if (l->count == 0 && !load_lines(p, l))
        return false;
    for (uint32_t i = 0; i < l->count; i++) {
        if (!builder_stack_child(p->b, *stack, p->frames.items[l->first + i], stack, p->err))
            return false;
    }
    return true;
}
