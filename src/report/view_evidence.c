#include "report/view_read.h"

#include <math.h>

#include "base/sb.h"
#include "classify/classify.h"
#include "report/fmt.h"

enum { FILES_MAX = 200, PARTS_MAX = 64, TOP_MAX = 30, THREADS_MAX = 20, COMPONENTS_MAX = 12, LEVERS_MAX = 8 };

static struct span taken(struct view *v, struct sb *sb)
{
    struct span kept = view_clean(v->arena, sb_span(sb), 400);
    sb_release(sb);
    return kept;
}

static struct span category_text(struct view *v, const struct json *row)
{
    struct span words = read_text(v, row, "words", 60);
    if (words.len > 0)
        return words;
    enum category c;
    struct span name = json_str(json_get(row, "category"));
    return category_from_name(name, &c) ? span_of(category_words(c)) : view_clean(v->arena, name, 60);
}

/* Only letters and underscores: the name becomes part of a class attribute. */
static struct span category_id(struct view *v, const struct json *row)
{
    enum category c;
    (void)v;
    return category_from_name(json_str(json_get(row, "category")), &c) ? span_of(category_name(c)) : SPAN("unknown");
}

static struct span category_klass(const struct json *row)
{
    enum category c;
    return category_from_name(json_str(json_get(row, "category")), &c)
               ? span_of(category_class_name(category_class_of(c)))
               : SPAN("meta");
}

struct span view_clock_words(struct span clock, bool proves)
{
    static const char *const words[][3] = {
        { "cpu", "what the CPU did", "how long the program waited" },
        { "wall", "computing and waiting of the recorded threads", "work outside the recorded threads" },
        { "acct", "CPU time against wall time", "what the CPU time went to" },
        { "off", "where the program was blocked", "how much CPU it used" },
        { "unknown", "names and their shares of this file", "whether waiting is part of it" },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_is(clock, words[i][0]))
            return span_of(words[i][proves ? 1 : 2]);
    }
    return SPAN("");
}

static struct span file_words(struct view *v, const struct json *art)
{
    struct span given = read_text(v, art, "words", 160);
    if (given.len > 0)
        return given;
    struct sb sb = { 0 };
    sb_add(&sb, json_str(json_get(art, "format")));
    struct span tool = json_str(json_get(art, "tool"));
    if (tool.len > 0 && !span_eq(tool, json_str(json_get(art, "format"))))
        sb_printf(&sb, " by %.*s", SPAN_FMT(span_sub(tool, 0, 60)));
    double rate = read_num(art, "rate_hz");
    if (rate > 0) {
        sb_adds(&sb, ", ");
        fmt_number(&sb, rate);
        sb_adds(&sb, " Hz");
    }
    if (span_is(json_str(json_get(art, "clock")), "wall"))
        sb_adds(&sb, ", waiting included");
    else if (span_is(json_str(json_get(art, "clock")), "cpu"))
        sb_adds(&sb, ", running threads");
    return taken(v, &sb);
}

static struct span file_detail(struct view *v, const struct json *art, struct span words)
{
    struct sb sb = { 0 };
    double samples = read_num(art, "samples");
    double eff = read_num(art, "n_eff");
    double wall = num_known(read_num(art, "wall_s")) ? read_num(art, "wall_s") : read_num(art, "duration_s");
    bool said = span_find(words, 0, SPAN("wall ")) < words.len;
    if (num_known(wall) && !said) {
        sb_adds(&sb, "wall ");
        fmt_seconds(&sb, wall);
    }
    if (num_known(read_num(art, "cpu_s")) && !said) {
        sb_adds(&sb, sb.len ? ", CPU " : "CPU ");
        fmt_seconds(&sb, read_num(art, "cpu_s"));
    }
    if (num_known(samples)) {
        sb_adds(&sb, sb.len ? ", " : "");
        fmt_number(&sb, samples);
        sb_adds(&sb, samples == 1 ? " sample" : " samples");
        if (num_known(eff)) {
            sb_adds(&sb, ", worth about ");
            fmt_number(&sb, eff < 10 ? round(eff) : eff);
            sb_adds(&sb, " independent");
        }
    }
    double lost = read_num(art, "lost_share");
    if (lost > 0) {
        sb_adds(&sb, sb.len ? ", lost " : "lost ");
        fmt_percent(&sb, lost);
    }
    return taken(v, &sb);
}

/* Each problem once, in the words of the first that says it. */
static struct span file_problems(struct view *v, const struct json *art)
{
    struct sb sb = { 0 };
    size_t n = 0;
    EACH (p, json_get(art, "problems")) {
        struct span text = span_sub(json_str(json_get(p, "text")), 0, 300);
        struct span fix = span_sub(json_str(json_get(p, "fix")), 0, 300);
        if (text.len == 0 || span_find(sb_span(&sb), 0, text) < sb.len)
            continue;
        if (++n > 4)
            break;
        sb_printf(&sb, "%s%.*s", sb.len ? ". " : "", SPAN_FMT(text));
        if (fix.len > 0)
            sb_printf(&sb, ": %.*s", SPAN_FMT(fix));
    }
    struct span kept = view_clean(v->arena, sb_span(&sb), 1200);
    sb_release(&sb);
    return kept;
}

static struct span base_name(struct span path)
{
    size_t slash = span_rchr(path, '/');
    return slash < path.len ? span_from(path, slash + 1) : path;
}

/* Without the folders, unless another file of the set is called the same. */
static struct span short_name(const struct json *list, struct span path)
{
    struct span base = base_name(path);
    size_t same = 0;
    EACH (art, list)
        same += span_eq(base_name(json_str(json_get(art, "name"))), base);
    return same == 1 && base.len > 0 ? base : path;
}

static void files_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "artefacts");
    v->files = ARENA_ARRAY(v->arena, read_count(list, FILES_MAX), struct view_file);
    EACH (art, list) {
        if (v->files_count == FILES_MAX)
            break;
        struct view_file *f = &v->files[v->files_count++];
        struct span clock = json_str(json_get(art, "clock"));
        f->name = view_clean(v->arena, short_name(list, json_str(json_get(art, "name"))), 60);
        f->format = read_text(v, art, "format", 30);
        f->words = file_words(v, art);
        f->detail = file_detail(v, art, f->words);
        f->proves = read_text(v, art, "proves", 200);
        f->cannot = read_text(v, art, "cannot", 200);
        if (f->proves.len == 0)
            f->proves = view_clock_words(clock, true);
        if (f->cannot.len == 0)
            f->cannot = view_clock_words(clock, false);
        bool declared = json_bool(json_get(art, "declared"), false);
        bool other = span_is(json_str(json_get(art, "execution")), "other");
        f->origin = other                             ? SPAN("another execution of the program")
                    : span_is(f->format, "declared") ? SPAN("stated in the form")
                    : declared                       ? SPAN("clock declared")
                                                     : SPAN("read from the file");
        f->sha256 = read_text(v, art, "sha256", 64);
        f->problems = file_problems(v, art);
    }
}

static struct view_part *part_add(struct view_part *list, size_t *count, struct span name, struct span klass,
                                  struct span words, double share, double seconds)
{
    if (*count >= PARTS_MAX || !(share > 0 || seconds > 0))
        return NULL;
    struct view_part *p = &list[(*count)++];
    *p = (struct view_part){ .name = name,
                             .klass = klass,
                             .words = words,
                             .share = share,
                             .seconds = seconds,
                             .lo = NUM_UNKNOWN,
                             .hi = NUM_UNKNOWN,
                             .touch_lo = NUM_UNKNOWN,
                             .touch_hi = NUM_UNKNOWN };
    return p;
}

static double seconds_of(const struct json *row, double share, double wall_s)
{
    double given = read_num(row, "seconds");
    return num_known(given) ? given : share * wall_s;
}

static void time_parts(const struct json *time, struct view *v)
{
    v->time = ARENA_ARRAY(v->arena, PARTS_MAX, struct view_part);
    v->idle = ARENA_ARRAY(v->arena, PARTS_MAX, struct view_part);
    size_t *n = &v->time_count;
    double est = v->cpu_share.est;
    /* The row stands there even when the program did not run at all. */
    if (v->time_known)
        v->time[(*n)++] = (struct view_part){ .name = SPAN("cpu"),
                                              .klass = SPAN("cpu"),
                                              .words = SPAN("CPU"),
                                              .share = est,
                                              .seconds = num_known(v->cpu_s) && est < 1 ? v->cpu_s : est * v->wall_s,
                                              .lo = v->cpu_share.lo,
                                              .hi = v->cpu_share.hi,
                                              .touch_lo = NUM_UNKNOWN,
                                              .touch_hi = NUM_UNKNOWN };
    EACH (row, json_get(time, "wait")) {
        double share = read_num(row, "share_of_wall");
        struct view_part *p = part_add(v->time, n, category_id(v, row), category_klass(row), category_text(v, row),
                                       share, seconds_of(row, share, v->wall_s));
        if (p && num_known(read_num(row, "lo"))) {
            p->lo = read_num(row, "lo");
            p->hi = read_num(row, "hi");
        }
    }
    double runq = read_num(time, "runq_share");
    double throttled = read_num(time, "throttled_share");
    double unknown = read_num(time, "unknown_share");
    part_add(v->time, n, SPAN("runq"), SPAN("internal_wait"), SPAN("ready, waiting for a core"), runq,
             runq * v->wall_s);
    part_add(v->time, n, SPAN("throttled"), SPAN("internal_wait"), SPAN("stopped by the CPU quota"), throttled,
             throttled * v->wall_s);
    part_add(v->time, n, SPAN("unknown"), SPAN("meta"), SPAN("not known"), unknown, unknown * v->wall_s);
    EACH (row, json_get(time, "idle"))
        part_add(v->idle, &v->idle_count, category_id(v, row), category_klass(row), category_text(v, row),
                 read_num(row, "share_of_wall"), read_num(row, "seconds"));
}

static void time_make(const struct json *doc, struct view *v)
{
    const struct json *time = json_get(doc, "time");
    const struct json *facts = json_get(doc, "facts");
    v->wall_s = read_num(time, "wall_s");
    v->cpu_s = read_num(time, "cpu_s");
    v->cpu_share = view_share_of(json_get(time, "cpu_share"));
    v->time_known = num_known(v->cpu_share.lo) && num_known(v->cpu_share.est) && num_known(v->cpu_share.hi);
    v->rules_share = (struct view_share){ read_num(facts, "cpu_share_lo"), read_num(facts, "cpu_share_est"),
                                          read_num(facts, "cpu_share_hi") };
    v->overlapping = span_is(json_str(json_get(facts, "concurrency")), "overlapping");
    v->time_note = read_text(v, time, "words", 200);
    const struct json *op = json_get(doc, "operation");
    v->ops = num_known(read_num(op, "ops")) ? read_num(op, "ops") : read_num(facts, "ops");
    v->op_s = num_known(read_num(op, "op_s")) ? read_num(op, "op_s") : read_num(facts, "op_s");
    v->op_cpu_s = view_share_of(json_get(op, "cpu_s"));
    if (!num_known(v->op_cpu_s.est) && num_known(v->op_s) && num_known(v->rules_share.est))
        v->op_cpu_s = (struct view_share){ v->rules_share.lo * v->op_s, v->rules_share.est * v->op_s,
                                           v->rules_share.hi * v->op_s };
    v->op_queue_hi = read_num(facts, "cpu_queue_share_hi");
    time_parts(time, v);
}

static int by_share(const struct view_part *a, const struct view_part *b)
{
    return a->share < b->share ? 1 : a->share > b->share ? -1 : 0;
}

/* Stable, so that rows of equal share keep the document's order. */
static void sort_parts(struct view_part *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct view_part moved = list[i];
        size_t k = i;
        for (; k > 0 && by_share(&list[k - 1], &moved) > 0; k--)
            list[k] = list[k - 1];
        list[k] = moved;
    }
}

static void touch_make(const struct json *doc, struct view *v)
{
    v->touch = view_share_of(json_get(doc, "cpu_addressable"));
    if (!num_known(v->touch.lo) && v->cpu_count > 0) {
        v->touch = (struct view_share){ 0, NUM_UNKNOWN, 0 };
        for (size_t i = 0; i < v->cpu_count; i++) {
            v->touch.lo += v->cpu[i].share * v->cpu[i].touch_lo;
            v->touch.hi += v->cpu[i].share * v->cpu[i].touch_hi;
        }
    }
    v->ceiling = view_share_of(json_path(doc, "speedup.ceiling"));
    if (v->cpu_count == 0 || !num_known(v->touch.hi))
        return;
    struct sb sb = { 0 };
    bool native_hidden = json_num(json_path(doc, "facts.native_visible"), 1) == 0;
    if (native_hidden && v->touch.lo < 0.05) {
        sb_adds(&sb, "a rewrite could touch: not known (native code was not recorded)");
    } else if (num_known(v->touch.est)) {
        sb_adds(&sb, "a rewrite could touch ");
        fmt_percent(&sb, v->touch.est);
        sb_adds(&sb, " of it (");
        fmt_percent_range(&sb, v->touch.lo, v->touch.hi);
        sb_adds(&sb, ")");
    } else {
        sb_adds(&sb, "a rewrite could touch ");
        fmt_percent_range(&sb, v->touch.lo, v->touch.hi);
        sb_adds(&sb, " % of it");
    }
    double seconds = v->touch.est * v->cpu_s;
    /* Where work overlaps, the process' seconds say nothing about one request. */
    if (num_known(seconds) && num_known(v->wall_s) && !native_hidden && !v->overlapping) {
        sb_adds(&sb, ", ");
        fmt_seconds(&sb, seconds);
        sb_adds(&sb, " of ");
        fmt_seconds(&sb, v->wall_s);
    }
    if (num_known(v->ceiling.hi)) {
        sb_adds(&sb, ": ");
        fmt_ceiling(&sb, v->ceiling.hi);
        sb_adds(&sb, " at most");
    }
    v->touch_words = taken(v, &sb);
}

/* Shares that rest on somebody's word are told apart from those of the table. */
static void corrected_make(const struct json *doc, struct view *v)
{
    enum { NAMED = 3 };
    const struct json *list = json_get(doc, "overrides");
    size_t n = json_count(list);
    size_t named = 0;
    struct sb sb = { 0 };
    if (n == 0)
        return;
    sb_printf(&sb, "%zu %s corrected by this project: ", n, n == 1 ? "category" : "categories");
    EACH (o, list) {
        if (named == NAMED)
            break;
        struct span pattern = read_text(v, o, "pattern", 80);
        struct span words = read_text(v, o, "words", 60);
        sb_printf(&sb, "%s%.*s is %.*s", named++ > 0 ? "; " : "", SPAN_FMT(pattern), SPAN_FMT(words));
    }
    if (n > named)
        sb_printf(&sb, "; and %zu more", n - named);
    v->corrected_words = taken(v, &sb);
}

/* A tracer alone: what it counts are calls. */
static bool traced_calls(const struct json *doc)
{
    const struct json *first = json_first(json_get(doc, "artefacts"));
    return first && !json_next(first) && span_is(json_str(json_get(first, "format")), "pstats");
}

static void cpu_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "cpu");
    v->cpu = ARENA_ARRAY(v->arena, PARTS_MAX, struct view_part);
    EACH (row, list) {
        double share = read_num(row, "share_of_cpu");
        struct view_part *p = part_add(v->cpu, &v->cpu_count, category_id(v, row), category_klass(row),
                                       category_text(v, row), share, read_num(row, "seconds"));
        if (!p)
            continue;
        p->lo = read_num(row, "interval_lo");
        p->hi = read_num(row, "interval_hi");
        p->touch_lo = json_num(json_get(row, "addressable_lo"), 0);
        p->touch_hi = json_num(json_get(row, "addressable_hi"), 1);
    }
    sort_parts(v->cpu, v->cpu_count);
    const struct json *samples = json_get(doc, "samples");
    const struct json *facts = json_get(doc, "facts");
    v->samples_raw = num_known(read_num(samples, "raw")) ? read_num(samples, "raw") : read_num(facts, "samples_raw");
    v->samples_eff = num_known(read_num(samples, "eff")) ? read_num(samples, "eff") : read_num(facts, "samples_eff");
    v->sample_words = read_text(v, samples, "words", 200);
    if (v->sample_words.len == 0 && num_known(v->samples_raw) && num_known(v->samples_eff)) {
        struct sb sb = { 0 };
        fmt_number(&sb, v->samples_raw);
        sb_adds(&sb, traced_calls(doc) ? " traced calls, worth about " : " samples, worth about ");
        fmt_number(&sb, v->samples_eff >= 1 ? round(v->samples_eff) : v->samples_eff);
        sb_adds(&sb, " independent ones (neighbours resemble each other)");
        v->sample_words = taken(v, &sb);
    }
    touch_make(doc, v);
    corrected_make(doc, v);
}

static void top_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "top");
    v->top = ARENA_ARRAY(v->arena, read_count(list, TOP_MAX), struct view_top);
    EACH (row, list) {
        if (v->top_count == TOP_MAX)
            break;
        struct view_top *t = &v->top[v->top_count++];
        t->frame = read_text(v, row, "frame", 120);
        t->name = category_id(v, row);
        t->words = category_text(v, row);
        struct span file = read_text(v, row, "file", 120);
        double line = read_num(row, "line");
        t->place =
            file.len > 0 && line > 0 && line < 1e9 ? view_printf(v->arena, "%.*s:%.0f", SPAN_FMT(file), line) : file;
        t->self = read_num(row, "self_share");
        t->total = read_num(row, "total_share");
    }
}

static void levers_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "levers");
    v->levers = ARENA_ARRAY(v->arena, LEVERS_MAX, struct view_lever);
    EACH (row, list) {
        if (v->levers_count == LEVERS_MAX)
            break;
        v->levers[v->levers_count++] = (struct view_lever){
            .name = read_text(v, row, "name", 80),
            .assumes = read_text(v, row, "assumes", 120),
            .run_s = read_num(row, "run_s"),
            .saves_s = read_num(row, "saves_s"),
            .speedup = view_share_of(json_get(row, "speedup")),
        };
    }
}

static void threads_make(const struct json *doc, struct view *v)
{
    const struct json *list = json_get(doc, "threads");
    v->threads = ARENA_ARRAY(v->arena, read_count(list, THREADS_MAX), struct view_thread);
    EACH (row, list) {
        if (v->threads_count == THREADS_MAX)
            break;
        /* Files without threads have one without a name: no row for that. */
        if (json_str(json_get(row, "name")).len + json_str(json_get(row, "process")).len == 0)
            continue;
        v->threads[v->threads_count++] = (struct view_thread){ .process = read_text(v, row, "process", 60),
                                                               .name = read_text(v, row, "name", 60),
                                                               .samples = read_num(row, "samples"),
                                                               .cpu_share = read_num(row, "cpu_share") };
    }
    list = json_get(doc, "components");
    v->components = ARENA_ARRAY(v->arena, read_count(list, COMPONENTS_MAX), struct view_component);
    EACH (row, list) {
        if (v->components_count == COMPONENTS_MAX)
            break;
        v->components[v->components_count++] = (struct view_component){ .name = read_text(v, row, "name", 80),
                                                                        .share = read_num(row, "share_of_cpu"),
                                                                        .native_share = read_num(row, "native_share"),
                                                                        .ceiling_hi = read_num(row, "ceiling_hi"),
                                                                        .gain_lo = read_num(row, "gain_lo"),
                                                                        .gain_hi = read_num(row, "gain_hi") };
    }
}

void view_evidence(const struct json *doc, struct view *v)
{
    files_make(doc, v);
    time_make(doc, v);
    cpu_make(doc, v);
    top_make(doc, v);
    levers_make(doc, v);
    threads_make(doc, v);
}
