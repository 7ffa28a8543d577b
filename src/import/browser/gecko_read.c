/* gecko_read.c - tables of a Firefox profile, streamed: only the columns that are needed are kept. */
#include "import/browser/gecko_model.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

/* A thread takes half a kilobyte before its first sample: fewer than other formats may have. */
enum { PROCESS_DEPTH_MAX = 4, COLUMNS_MAX = 64, THREADS_MAX = 100000 };

/* One column that the reader wants: its name in the file, and where its values go. */
struct want {
    const char *name;
    struct gecko_ints *ints;
    struct gecko_nums *nums; /* either */
};

static void push(struct gecko_model *m, const struct want *w, double value, uint64_t most, const char *what)
{
    uint32_t count = w->ints ? w->ints->count : w->nums->count;
    if (count >= most) {
        (void)jscan_fail(m->js, ERR_LIMIT, "more than %llu %s", (unsigned long long)most, what);
        return;
    }
    if (w->nums)
        VEC_PUSH(w->nums, value);
    else
        VEC_PUSH(w->ints, value >= 0 && value <= INT32_MAX && value == floor(value) ? (int32_t)value : GECKO_NULL);
}

/* Numbers and booleans; anything else is as good as null. */
static double cell(struct jscan *js)
{
    switch (jscan_peek(js)) {
    case JSCAN_NUM:
    case JSCAN_NULL:
        return jscan_double(js);
    case JSCAN_BOOL:
        return jscan_bool(js) ? 1 : 0;
    case JSCAN_STR:
    case JSCAN_OBJ:
    case JSCAN_ARR:
    case JSCAN_END:
        break;
    }
    jscan_skip(js);
    return NUM_UNKNOWN;
}

static const struct want *wanted(const struct want *list, size_t n, struct span name)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(name, list[i].name))
            return &list[i];
    }
    return NULL;
}

static void read_schema(struct gecko_model *m, const struct want *list, size_t n, const struct want *at[COLUMNS_MAX])
{
    struct span key;
    jscan_obj(m->js);
    while (jscan_member(m->js, &key)) {
        const struct want *w = wanted(list, n, key);
        double place = cell(m->js);
        if (w && place >= 0 && place < COLUMNS_MAX && place == floor(place))
            at[(size_t)place] = w;
    }
}

/* Rows of a raw table; trailing nulls of a row may be left out. */
static void read_rows(struct gecko_model *m, const struct want *const at[COLUMNS_MAX], uint64_t most, const char *what)
{
    jscan_arr(m->js);
    while (jscan_item(m->js)) {
        uint32_t i = 0;
        jscan_arr(m->js);
        while (jscan_item(m->js)) {
            if (i < COLUMNS_MAX && at[i])
                push(m, at[i], cell(m->js), most, what);
            else
                jscan_skip(m->js);
            i++;
        }
        for (; i < COLUMNS_MAX; i++) {
            if (at[i])
                push(m, at[i], NUM_UNKNOWN, most, what);
        }
    }
}

/* What a sample's weight counts. */
static void read_weight_type(struct gecko_model *m, enum gecko_weight *type)
{
    if (jscan_peek(m->js) != JSCAN_STR) {
        jscan_skip(m->js);
        return;
    }
    struct span s = jscan_str(m->js);
    *type = span_is(s, "tracing-ms") ? GECKO_WEIGHT_MS
            : span_is(s, "bytes")    ? GECKO_WEIGHT_BYTES
                                     : GECKO_WEIGHT_SAMPLES;
}

/* A table as rows under a schema, or as columns. type: of a samples table only. */
static void read_table(struct gecko_model *m, const struct want *list, size_t n, uint64_t most, const char *what,
                       enum gecko_weight *type)
{
    const struct want *at[COLUMNS_MAX] = { NULL };
    bool schema = false;
    struct span key;
    if (jscan_peek(m->js) != JSCAN_OBJ) {
        jscan_skip(m->js);
        return;
    }
    jscan_obj(m->js);
    while (jscan_member(m->js, &key)) {
        const struct want *w = wanted(list, n, key);
        if (span_is(key, "schema") && jscan_peek(m->js) == JSCAN_OBJ) {
            read_schema(m, list, n, at);
            schema = true;
        } else if (span_is(key, "data") && jscan_peek(m->js) == JSCAN_ARR && !w) {
            if (!schema) {
                (void)jscan_fail(m->js, ERR_MALFORMED, "the data of the %s stand before their schema", what);
                return;
            }
            read_rows(m, at, most, what);
        } else if (w && jscan_peek(m->js) == JSCAN_ARR) {
            m->processed = true;
            jscan_arr(m->js);
            while (jscan_item(m->js))
                push(m, w, cell(m->js), most, what);
        } else if (type && span_is(key, "weightType")) {
            read_weight_type(m, type);
        } else {
            jscan_skip(m->js);
        }
    }
}

static struct span text(struct gecko_model *m)
{
    if (jscan_peek(m->js) != JSCAN_STR) {
        jscan_skip(m->js);
        return SPAN("");
    }
    struct span s = jscan_str(m->js);
    if (m->arena.total + s.len > m->lim->string_bytes) {
        (void)jscan_fail(m->js, ERR_LIMIT, "names of more than %llu bytes", (unsigned long long)m->lim->string_bytes);
        return SPAN("");
    }
    return arena_span(&m->arena, s);
}

static void read_strings(struct gecko_model *m, struct gecko_texts *out)
{
    if (jscan_peek(m->js) != JSCAN_ARR) {
        jscan_skip(m->js);
        return;
    }
    jscan_arr(m->js);
    while (jscan_item(m->js)) {
        /* Strings also name markers: more of them than frames. */
        if (out->count >= m->lim->frames * 4) {
            (void)jscan_fail(m->js, ERR_LIMIT, "more than %llu strings", (unsigned long long)m->lim->frames * 4);
            return;
        }
        struct span s = text(m);
        VEC_PUSH(out, s);
    }
}

static void read_libs(struct gecko_model *m, struct gecko_texts *out, uint32_t process)
{
    if (jscan_peek(m->js) != JSCAN_ARR) { /* the oldest files hold them as a text */
        jscan_skip(m->js);
        return;
    }
    jscan_arr(m->js);
    while (jscan_item(m->js)) {
        struct span key, name = SPAN(""), path = SPAN("");
        double start = NUM_UNKNOWN, end = NUM_UNKNOWN;
        if (jscan_peek(m->js) != JSCAN_OBJ || out->count >= m->lim->frames) {
            jscan_skip(m->js);
            continue;
        }
        jscan_obj(m->js);
        while (jscan_member(m->js, &key)) {
            if (span_is(key, "name"))
                name = text(m);
            else if (span_is(key, "path"))
                path = text(m);
            else if (span_is(key, "start"))
                start = cell(m->js);
            else if (span_is(key, "end"))
                end = cell(m->js);
            else
                jscan_skip(m->js);
        }
        VEC_PUSH(out, path.len > 0 ? path : name);
        if (start >= 0 && end > start && end < 1.8e19)
            VEC_PUSH(&m->libs,
                     ((struct gecko_lib){ (uint64_t)start, (uint64_t)end, path.len > 0 ? path : name, process }));
    }
}

/* True when the member was one of the tables. */
static bool read_tables(struct gecko_model *m, struct span key, struct gecko_tables *t, uint32_t process)
{
    if (span_is(key, "stringTable") || span_is(key, "stringArray")) {
        read_strings(m, &t->strings);
    } else if (span_is(key, "frameTable")) {
        const struct want list[] = { { "location", &t->frame_location, NULL },
                                     { "func", &t->frame_func, NULL },
                                     { "line", &t->frame_line, NULL } };
        read_table(m, list, ARRAY_LEN(list), m->lim->frames, "frames", NULL);
    } else if (span_is(key, "funcTable")) {
        const struct want list[] = { { "name", &t->func_name, NULL },         { "fileName", &t->func_file, NULL },
                                     { "source", &t->func_source, NULL },     { "lineNumber", &t->func_line, NULL },
                                     { "resource", &t->func_resource, NULL }, { "isJS", &t->func_js, NULL } };
        read_table(m, list, ARRAY_LEN(list), m->lim->frames, "functions", NULL);
    } else if (span_is(key, "resourceTable")) {
        const struct want list[] = { { "name", &t->resource_name, NULL }, { "lib", &t->resource_lib, NULL } };
        read_table(m, list, ARRAY_LEN(list), m->lim->frames, "resources", NULL);
    } else if (span_is(key, "stackTable")) {
        const struct want list[] = { { "frame", &t->stack_frame, NULL },
                                     { "prefix", &t->stack_prefix, NULL },
                                     { "prefixOffset", &t->stack_offset, NULL } };
        read_table(m, list, ARRAY_LEN(list), m->lim->stacks, "stacks", NULL);
    } else if (span_is(key, "sources")) {
        const struct want list[] = { { "filename", &t->source_file, NULL } };
        read_table(m, list, ARRAY_LEN(list), m->lim->frames, "sources", NULL);
    } else if (span_is(key, "libs")) {
        read_libs(m, &t->libs, process);
    } else {
        return false;
    }
    return true;
}

/* Ids are numbers, or texts in newer files ("1234", and "1234.1" for what was merged). */
static int64_t read_id(struct gecko_model *m)
{
    if (jscan_peek(m->js) == JSCAN_STR) {
        struct span s = jscan_str(m->js);
        int64_t id = -1;
        return span_to_i64(span_sub(s, 0, span_chr(s, 0, '.')), &id) && id >= 0 ? id : -1;
    }
    double id = cell(m->js);
    return id >= 0 && id < 9e15 ? (int64_t)id : -1;
}

static void read_samples(struct gecko_model *m, struct gecko_thread *t)
{
    const struct want list[] = { { "stack", &t->stack, NULL },
                                 { "time", NULL, &t->time },
                                 { "timeDeltas", NULL, &t->delta_time },
                                 { "threadCPUDelta", NULL, &t->cpu },
                                 { "weight", NULL, &t->weight } };
    read_table(m, list, ARRAY_LEN(list), m->lim->ordered_samples, "samples of one thread", &t->weight_type);
}

static void read_thread(struct gecko_model *m, uint32_t process)
{
    if (m->threads.count >= THREADS_MAX || m->threads.count >= m->lim->threads) {
        (void)jscan_fail(m->js, ERR_LIMIT, "more than %u threads", m->threads.count);
        return;
    }
    struct gecko_thread *t = xcalloc(1, sizeof *t);
    t->pid = t->tid = -1;
    t->process = process;
    VEC_PUSH(&m->threads, t);
    struct span key;
    jscan_obj(m->js);
    while (jscan_member(m->js, &key)) {
        if (read_tables(m, key, &t->own, process))
            continue;
        if (span_is(key, "samples"))
            read_samples(m, t);
        else if (span_is(key, "name"))
            t->name = text(m);
        else if (span_is(key, "processName"))
            t->process_name = text(m);
        else if (span_is(key, "pid"))
            t->pid = read_id(m);
        else if (span_is(key, "tid"))
            t->tid = read_id(m);
        else
            jscan_skip(m->js);
    }
}

static void read_sample_units(struct gecko_model *m)
{
    struct span key;
    if (jscan_peek(m->js) != JSCAN_OBJ) {
        jscan_skip(m->js);
        return;
    }
    jscan_obj(m->js);
    while (jscan_member(m->js, &key)) {
        if (span_is(key, "threadCPUDelta"))
            m->cpu_unit = text(m);
        else
            jscan_skip(m->js);
    }
}

static void read_meta(struct gecko_model *m)
{
    struct span key;
    m->has_meta = true;
    jscan_obj(m->js);
    while (jscan_member(m->js, &key)) {
        if (span_is(key, "interval"))
            m->interval_ms = cell(m->js);
        else if (span_is(key, "product"))
            m->product = text(m);
        else if (span_is(key, "misc"))
            m->version = text(m);
        else if (span_is(key, "gcpoison"))
            m->of_gecko = num_known(cell(m->js));
        else if (span_is(key, "oscpu"))
            m->oscpu = text(m);
        else if (span_is(key, "importedFrom"))
            m->imported_from = text(m);
        else if (span_is(key, "sampleUnits"))
            read_sample_units(m);
        else if (span_is(key, "preprocessedProfileVersion"))
            m->processed = num_known(cell(m->js)) || m->processed;
        else
            jscan_skip(m->js);
    }
}

static void read_pauses(struct gecko_model *m)
{
    jscan_arr(m->js);
    while (jscan_item(m->js)) {
        struct gecko_pause p = { NUM_UNKNOWN, NUM_UNKNOWN };
        struct span key;
        if (jscan_peek(m->js) != JSCAN_OBJ) {
            jscan_skip(m->js);
            continue;
        }
        jscan_obj(m->js);
        while (jscan_member(m->js, &key)) {
            double value = cell(m->js);
            if (span_is(key, "startTime"))
                p.from = value;
            else if (span_is(key, "endTime"))
                p.to = value;
        }
        /* Each sample is held against all of them; a recording has a handful. */
        if (p.to > p.from && m->pauses.count < 1000)
            VEC_PUSH(&m->pauses, p);
    }
}

static void read_shared(struct gecko_model *m)
{
    struct span key;
    jscan_obj(m->js);
    while (jscan_member(m->js, &key)) {
        if (!read_tables(m, key, &m->shared, 0))
            jscan_skip(m->js);
    }
}

static void read_process(struct gecko_model *m);

/* Old recorders put the profile of another process among the threads, as a text of JSON. */
static void read_embedded(struct gecko_model *m)
{
    struct span s = jscan_str(m->js);
    struct jscan *outer = m->js;
    char *copy = xcalloc(s.len + 1, 1);
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    struct source *in = source_memory(span_make(copy, s.len));
    m->js = json_in_open(in, m->lim, m->err);
    m->depth++;
    read_process(m);
    m->depth--;
    bool ok = jscan_end(m->js);
    jscan_free(m->js);
    source_free(in);
    free(copy);
    m->js = outer;
    if (!ok)
        (void)jscan_stop(m->js);
}

static void read_threads(struct gecko_model *m, uint32_t process)
{
    jscan_arr(m->js);
    while (jscan_item(m->js)) {
        if (jscan_peek(m->js) == JSCAN_STR && m->depth < PROCESS_DEPTH_MAX)
            read_embedded(m);
        else if (jscan_peek(m->js) == JSCAN_OBJ)
            read_thread(m, process);
        else
            jscan_skip(m->js);
    }
}

/* One process. Its own processes lie inside it, to a depth that no browser reaches. */
static void read_process(struct gecko_model *m)
{
    struct span key;
    uint32_t process = m->processes++;
    jscan_obj(m->js);
    while (jscan_member(m->js, &key)) {
        enum jscan_kind kind = jscan_peek(m->js);
        if (span_is(key, "meta") && kind == JSCAN_OBJ && !m->has_meta) {
            read_meta(m);
        } else if (span_is(key, "threads") && kind == JSCAN_ARR) {
            read_threads(m, process);
        } else if (span_is(key, "processes") && kind == JSCAN_ARR && m->depth < PROCESS_DEPTH_MAX) {
            m->depth++;
            jscan_arr(m->js);
            while (jscan_item(m->js))
                read_process(m);
            m->depth--;
        } else if (span_is(key, "profile") && kind == JSCAN_OBJ && m->depth < PROCESS_DEPTH_MAX) {
            m->depth++; /* as the old performance panel saved it */
            read_process(m);
            m->depth--;
        } else if (span_is(key, "shared") && kind == JSCAN_OBJ) {
            read_shared(m);
        } else if (span_is(key, "pausedRanges") && kind == JSCAN_ARR) {
            read_pauses(m);
        } else if (!read_tables(m, key, &m->shared, process)) {
            jscan_skip(m->js);
        }
    }
}

static int by_address(const void *a, const void *b)
{
    const struct gecko_lib *x = a, *y = b;
    if (x->process != y->process)
        return x->process < y->process ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

bool gecko_read(struct gecko_model *m)
{
    read_process(m);
    if (!jscan_end(m->js))
        return false;
    if (m->libs.count > 0)
        qsort(m->libs.items, m->libs.count, sizeof *m->libs.items, by_address);
    if (m->threads.count == 0)
        return err_set(m->err, ERR_UNRECOGNISED, "no threads: not a profile of Firefox");
    return true;
}

static void tables_release(struct gecko_tables *t)
{
    struct gecko_ints *const ints[] = { &t->frame_location, &t->frame_func,    &t->frame_line,   &t->func_name,
                                        &t->func_file,      &t->func_source,   &t->func_line,    &t->func_resource,
                                        &t->func_js,        &t->resource_name, &t->resource_lib, &t->stack_frame,
                                        &t->stack_prefix,   &t->stack_offset,  &t->source_file };
    for (size_t i = 0; i < ARRAY_LEN(ints); i++)
        free(ints[i]->items);
    free(t->strings.items);
    free(t->libs.items);
}

static void thread_free(struct gecko_thread *t)
{
    tables_release(&t->own);
    free(t->stack.items);
    free(t->time.items);
    free(t->delta_time.items);
    free(t->cpu.items);
    free(t->weight.items);
    free(t);
}

bool gecko_import(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct gecko_model m = { .lim = &opt->limits, .err = err, .interval_ms = NUM_UNKNOWN };
    m.js = json_in_open(in, &opt->limits, err);
    bool ok = gecko_read(&m) && gecko_make(&m, opt, out);
    jscan_free(m.js);
    for (uint32_t i = 0; i < m.threads.count; i++)
        thread_free(m.threads.items[i]);
    free(m.threads.items);
    free(m.pauses.items);
    free(m.libs.items);
    tables_release(&m.shared);
    arena_release(&m.arena);
    return ok;
}

bool gecko_looks_like(struct span head, bool *ret_processed)
{
    if (json_in_first(head) != '{')
        return false;
    bool meta = json_in_has_key(head, "meta") &&
                (json_in_has_key(head, "stackwalk") || json_in_has_key(head, "preprocessedProfileVersion") ||
                 json_in_has_key(head, "processType"));
    bool tables = json_in_has_key(head, "stackTable") && json_in_has_key(head, "frameTable");
    /* The libraries of a large process may fill the whole head. */
    bool libs = json_in_has_key(head, "libs") && json_in_has_key(head, "breakpadId");
    *ret_processed = json_in_has_key(head, "preprocessedProfileVersion") || json_in_has_key(head, "funcTable") ||
                     json_in_has_key(head, "stringArray");
    return meta || tables || libs;
}
