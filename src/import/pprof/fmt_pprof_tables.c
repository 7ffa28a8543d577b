/* Tables of a pprof profile and the frames behind its locations. */
#include "import/pprof/fmt_pprof.h"

#include <stdlib.h>

#include "base/vec.h"
#include "import/frametext.h"
#include "import/json_in.h"

/* --- ids --- */

static uint32_t id_hash(uint64_t id)
{
    id *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(id >> 32);
}

static uint32_t ids_find(const struct pprof_ids *t, uint64_t id)
{
    if (!t->scattered)
        return id >= 1 && id <= t->count ? (uint32_t)(id - 1) : UINT32_MAX;
    for (uint32_t at = id_hash(id) & (t->slots - 1); t->slot[at] != 0; at = (at + 1) & (t->slots - 1)) {
        if (t->ids[t->slot[at] - 1] == id)
            return t->slot[at] - 1;
    }
    return UINT32_MAX;
}

static void ids_put(struct pprof_ids *t, uint32_t ix)
{
    uint32_t at = id_hash(t->ids[ix]) & (t->slots - 1);
    while (t->slot[at] != 0)
        at = (at + 1) & (t->slots - 1);
    t->slot[at] = ix + 1;
}

/* False when the id is known already. Some writers leave ids out: the first entry of id 0 is used, the others are not. */
static bool ids_add(struct pprof_ids *t, uint64_t id)
{
    if (ids_find(t, id) != UINT32_MAX)
        return false;
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 256;
        t->ids = xrealloc(t->ids, t->cap, sizeof *t->ids);
    }
    t->ids[t->count++] = id;
    if (!t->scattered && id == t->count)
        return true;
    if (!t->scattered || t->count * 2 > t->slots) {
        t->scattered = true;
        t->slots = t->slots ? t->slots : 256;
        while (t->slots < t->count * 2)
            t->slots *= 2;
        free(t->slot);
        t->slot = xcalloc(t->slots, sizeof *t->slot);
        for (uint32_t i = 0; i < t->count; i++)
            ids_put(t, i);
    } else {
        ids_put(t, t->count - 1);
    }
    return true;
}

static void ids_release(struct pprof_ids *t)
{
    free(t->ids);
    free(t->slot);
}

void pprof_release(struct pprof *p)
{
    ids_release(&p->mapping_ids);
    ids_release(&p->location_ids);
    ids_release(&p->function_ids);
    free(p->strings.items);
    free(p->types.items);
    free(p->mappings.items);
    free(p->locations.items);
    free(p->functions.items);
    free(p->frames.items);
}

/* --- strings --- */

struct span pprof_text(const struct pprof *p, uint64_t ix)
{
    return ix < p->strings.count ? p->strings.items[ix] : SPAN("");
}

bool pprof_string(struct pprof *p, uint64_t ix, struct span *ret)
{
    if (ix >= p->strings.count && !(ix == 0 && p->strings.count == 0))
        return err_set(p->err, ERR_MALFORMED, "string %llu is used, but there are only %u", (unsigned long long)ix,
                       p->strings.count);
    *ret = pprof_text(p, ix);
    return true;
}

/* --- the first walk --- */

static bool full(struct pprof *p, uint32_t count, const char *what)
{
    if (count < p->opt->limits.stacks)
        return false;
    (void)err_set(p->err, ERR_LIMIT, "more than %llu %s", (unsigned long long)p->opt->limits.stacks, what);
    return true;
}

static bool read_type(struct pprof *p, struct span message, struct pprof_type *ret)
{
    struct pb in = pb_inside(&p->all, message);
    struct pb_field f;
    *ret = (struct pprof_type){ 0, 0 };
    while (pb_next(&in, &f, p->err)) {
        if (f.number == 1 && f.wire == PB_VARINT)
            ret->type = f.value;
        else if (f.number == 2 && f.wire == PB_VARINT)
            ret->unit = f.value;
    }
    return p->err->code == ERR_NONE;
}

/* Numbers of an entry: field `i` of the message into ret[i]. */
static bool read_numbers(struct pprof *p, struct span message, uint64_t *ret, uint32_t n)
{
    struct pb in = pb_inside(&p->all, message);
    struct pb_field f;
    while (pb_next(&in, &f, p->err)) {
        if (f.number < n && f.wire == PB_VARINT)
            ret[f.number] = f.value;
    }
    return p->err->code == ERR_NONE;
}

static bool bad_id(struct pprof *p, const char *what, uint64_t id)
{
    return err_at_byte(p->err, ERR_MALFORMED, pb_offset(&p->all), "%s %llu stands twice", what, (unsigned long long)id);
}

static bool read_mapping(struct pprof *p, struct span message)
{
    uint64_t v[6] = { 0 };
    if (!read_numbers(p, message, v, 6) || full(p, p->mappings.count, "mappings"))
        return false;
    if (!ids_add(&p->mapping_ids, v[1]))
        return v[1] == 0 || bad_id(p, "mapping", v[1]);
    VEC_PUSH(&p->mappings, v[5]);
    return true;
}

static bool read_location(struct pprof *p, struct span message)
{
    uint64_t v[3] = { 0 };
    if (!read_numbers(p, message, v, 3) || full(p, p->locations.count, "locations"))
        return false;
    if (!ids_add(&p->location_ids, v[1]))
        return v[1] == 0 || bad_id(p, "location", v[1]);
    struct pprof_location l = { .mapping = v[2], .message = message };
    VEC_PUSH(&p->locations, l);
    return true;
}

static bool read_function(struct pprof *p, struct span message)
{
    uint64_t v[5] = { 0 };
    if (!read_numbers(p, message, v, 5) || full(p, p->functions.count, "functions"))
        return false;
    if (!ids_add(&p->function_ids, v[1]))
        return v[1] == 0 || bad_id(p, "function", v[1]);
    struct pprof_function f = { v[2], v[3], v[4] };
    VEC_PUSH(&p->functions, f);
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
        p->samples++;
        return true;
    case PPROF_MAPPING:
        return read_mapping(p, f->bytes);
    case PPROF_LOCATION:
        return read_location(p, f->bytes);
    case PPROF_FUNCTION:
        return read_function(p, f->bytes);
    case PPROF_STRING:
        if (full(p, p->strings.count, "strings"))
            return false;
        VEC_PUSH(&p->strings, f->bytes);
        return true;
    case PPROF_PERIOD_TYPE:
        return read_type(p, f->bytes, &p->period_type);
    default:
        return true;
    }
}

bool pprof_tables(struct pprof *p)
{
    struct pb_field f;
    struct pb in = p->all;
    while (pb_next(&in, &f, p->err)) {
        p->all.at = in.at;
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
    }
    p->all.at = p->all.start;
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
    if (p->runtime == RUNTIME_NODE && file.len == 0 && name.len > 0 && name.ptr[0] == '(') {
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
static bool add_line(struct pprof *p, struct span message, struct span module, bool inlined)
{
    uint64_t v[3] = { 0 };
    struct span name = SPAN(""), file = SPAN("");
    if (!read_numbers(p, message, v, 3))
        return false;
    uint32_t ix = ids_find(&p->function_ids, v[1]);
    if (v[1] != 0 && ix == UINT32_MAX)
        return err_set(p->err, ERR_MALFORMED, "function %llu is used, but is not there", (unsigned long long)v[1]);
    if (ix != UINT32_MAX) {
        const struct pprof_function *f = &p->functions.items[ix];
        if (!pprof_string(p, f->name, &name) || !pprof_string(p, f->file, &file) ||
            (name.len == 0 && !pprof_string(p, f->system_name, &name)))
            return false;
    }
    return add_frame(p, name, file, module, v[2] < UINT32_MAX ? (uint32_t)v[2] : 0, inlined);
}

/* Lines stand innermost first; frames are kept outermost first. */
static bool load_lines(struct pprof *p, struct pprof_location *l, struct span module)
{
    enum { LINES_MAX = 1024 };
    struct span lines[LINES_MAX];
    uint32_t n = 0;
    struct pb in = pb_inside(&p->all, l->message);
    struct pb_field f;
    while (pb_next(&in, &f, p->err)) {
        if (f.number != 4 || f.wire != PB_BYTES)
            continue;
        if (n == LINES_MAX)
            return err_set(p->err, ERR_LIMIT, "a location of more than %d inlined functions", LINES_MAX);
        lines[n++] = f.bytes;
    }
    if (p->err->code != ERR_NONE)
        return false;
    for (uint32_t i = n; i-- > 0;) {
        if (!add_line(p, lines[i], module, i + 1 < n))
            return false;
    }
    if (n > 0)
        return true;
    /* No symbol: the library is all there is to tell. */
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

bool pprof_stack(struct pprof *p, uint64_t location_id, stack_id *stack)
{
    uint32_t ix = ids_find(&p->location_ids, location_id);
    if (ix == UINT32_MAX)
        return err_set(p->err, ERR_MALFORMED, "location %llu is used, but is not there",
                       (unsigned long long)location_id);
    struct pprof_location *l = &p->locations.items[ix];
    if (l->count == 0) {
        struct span module = SPAN("");
        uint32_t m = ids_find(&p->mapping_ids, l->mapping);
        if (l->mapping != 0 && m == UINT32_MAX)
            return err_set(p->err, ERR_MALFORMED, "mapping %llu is used, but is not there",
                           (unsigned long long)l->mapping);
        if (m != UINT32_MAX && !pprof_string(p, p->mappings.items[m], &module))
            return false;
        l->first = p->frames.count;
        if (!load_lines(p, l, module))
            return false;
        l->count = p->frames.count - l->first;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        if (!builder_stack_child(p->b, *stack, p->frames.items[l->first + i], stack, p->err))
            return false;
    }
    return true;
}
