/* What the sample types of a pprof profile mean: units in all spellings, clocks, which one is looked at first. */
#include "import/pprof/fmt_pprof.h"

#include <math.h>

/* a is b in other letters. */
static bool same_letters(struct span a, const char *b)
{
    size_t n = strlen(b);
    if (a.len != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = a.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != b[i])
            return false;
    }
    return true;
}

static bool contains(struct span s, const char *part)
{
    return span_find(s, 0, span_of(part)) < s.len;
}

static void unit_of(struct span unit, enum unit_kind *ret_kind, double *ret_scale)
{
    static const struct {
        const char *name;
        enum unit_kind kind;
        double scale;
    } units[] = {
        { "ns", UNIT_SECONDS, 1e-9 },
        { "nanosecond", UNIT_SECONDS, 1e-9 },
        { "nsec", UNIT_SECONDS, 1e-9 },
        { "nano", UNIT_SECONDS, 1e-9 },
        { "us", UNIT_SECONDS, 1e-6 },
        { "\xc2\xb5s", UNIT_SECONDS, 1e-6 },
        { "\xce\xbcs", UNIT_SECONDS, 1e-6 },
        { "microsecond", UNIT_SECONDS, 1e-6 },
        { "usec", UNIT_SECONDS, 1e-6 },
        { "micro", UNIT_SECONDS, 1e-6 },
        { "ms", UNIT_SECONDS, 1e-3 },
        { "millisecond", UNIT_SECONDS, 1e-3 },
        { "msec", UNIT_SECONDS, 1e-3 },
        { "milli", UNIT_SECONDS, 1e-3 },
        { "s", UNIT_SECONDS, 1 },
        { "sec", UNIT_SECONDS, 1 },
        { "second", UNIT_SECONDS, 1 },
        { "min", UNIT_SECONDS, 60 },
        { "minute", UNIT_SECONDS, 60 },
        { "h", UNIT_SECONDS, 3600 },
        { "hr", UNIT_SECONDS, 3600 },
        { "hour", UNIT_SECONDS, 3600 },
        { "day", UNIT_SECONDS, 86400 },
        { "b", UNIT_BYTES, 1 },
        { "byte", UNIT_BYTES, 1 },
        { "kb", UNIT_BYTES, 1024 },
        { "kilobyte", UNIT_BYTES, 1024 },
        { "mb", UNIT_BYTES, 1048576 },
        { "megabyte", UNIT_BYTES, 1048576 },
        { "gb", UNIT_BYTES, 1073741824 },
        { "cycle", UNIT_CYCLES, 1 },
        { "sample", UNIT_SAMPLES, 1 },
    };
    for (int plural = 0; plural < 2; plural++) {
        if (plural && (unit.len < 4 || (unit.ptr[unit.len - 1] != 's' && unit.ptr[unit.len - 1] != 'S')))
            break;
        struct span word = span_sub(unit, 0, unit.len - (plural ? 1 : 0));
        for (size_t i = 0; i < ARRAY_LEN(units); i++) {
            if (same_letters(word, units[i].name)) {
                *ret_kind = units[i].kind;
                *ret_scale = units[i].scale;
                return;
            }
        }
    }
    *ret_kind = UNIT_COUNT_OTHER;
    *ret_scale = 1;
}

/* "lock" that is none of "clock". */
static bool names_lock(struct span type)
{
    for (size_t at = 0; (at = span_find(type, at, SPAN("lock"))) < type.len; at++) {
        if (at == 0 || type.ptr[at - 1] != 'c')
            return true;
    }
    return false;
}

enum clock_kind pprof_clock_of(struct span type)
{
    static const char *const off[] = { "delay", "mutex", "contention", "off", "wait", "park" };
    bool blocked = names_lock(type);
    for (size_t i = 0; i < ARRAY_LEN(off); i++)
        blocked = blocked || contains(type, off[i]);
    if (blocked)
        return CLOCK_OFF;
    if (contains(type, "wall") || span_is(type, "time"))
        return CLOCK_WALL;
    return contains(type, "cpu") || contains(type, "itimer") || contains(type, "task-clock") ? CLOCK_CPU
                                                                                             : CLOCK_UNKNOWN;
}

static bool is_sample_count(struct span type)
{
    return span_is(type, "samples") || span_is(type, "sample") || span_is(type, "events");
}

static bool refuse(struct pprof *p)
{
    struct sb names = { .cap = 120 };
    bool heap = false, goroutine = false, thread = false;
    for (uint32_t i = 0; i < p->types.count; i++) {
        const struct pprof_column *c = &p->columns[i];
        sb_printf(&names, "%s%.*s", i ? ", " : "", SPAN_FMT(span_sub(c->type, 0, 30)));
        heap = heap || c->unit == UNIT_BYTES || contains(c->type, "alloc") || contains(c->type, "inuse");
        goroutine = goroutine || span_is(c->type, "goroutine") || span_is(c->type, "goroutines");
        thread = thread || span_is(c->type, "threadcreate");
    }
    const char *what = heap        ? "memory, not time"
                       : goroutine ? "one moment's goroutines, not time"
                       : thread    ? "threads as they were created, not time"
                                   : "nothing that is time";
    (void)err_set(p->err, ERR_UNSUPPORTED,
                  "a pprof profile of %s (%s); send a CPU profile (Go: /debug/pprof/profile?seconds=30) or fgprof",
                  what, sb_cstr(&names));
    sb_release(&names);
    return false;
}

/* What our own writer says where names do not: "stet clock=wall time=1 event=NAME". A name is never overruled by another
 * clock, only by none. */
static void take_comment(struct pprof *p, struct span comment)
{
    struct span rest = comment, word, clock, time;
    enum clock_kind kind;
    size_t event = span_find(comment, 0, SPAN(" event="));
    if (event == comment.len || !span_word(&rest, &word) || !span_is(word, "stet") || !span_word(&rest, &clock) ||
        !span_word(&rest, &time) || !span_starts(clock, SPAN("clock=")) ||
        !clock_from_name(span_from(clock, 6), &kind) || kind == CLOCK_ACCT)
        return;
    for (uint32_t i = 0; i < p->types.count; i++) {
        struct pprof_column *c = &p->columns[i];
        if (!span_eq(c->type, span_from(comment, event + 7)) || c->said)
            continue;
        c->said = true;
        c->said_wall = kind == CLOCK_WALL;
        c->is_time = span_is(time, "time=1") && (c->is_time || c->is_samples);
        bool weak = c->clock == CLOCK_UNKNOWN || span_is(c->type, "time");
        c->clock = weak || kind == CLOCK_UNKNOWN ? kind : c->clock;
    }
}

static bool columns_read(struct pprof *p)
{
    struct span unit;
    for (uint32_t i = 0; i < p->types.count; i++) {
        struct pprof_column *c = &p->columns[i];
        if (!pprof_string(p, p->types.items[i].type, &c->type) || !pprof_string(p, p->types.items[i].unit, &unit))
            return false;
        unit_of(unit, &c->unit, &c->scale);
        c->is_time = c->unit == UNIT_SECONDS || (c->unit == UNIT_CYCLES && contains(c->type, "cpu"));
        if (c->is_time)
            c->clock = pprof_clock_of(c->type);
        c->is_samples = c->unit == UNIT_SAMPLES || (c->unit == UNIT_COUNT_OTHER && is_sample_count(c->type));
    }
    for (uint32_t i = 0; i < p->comment_count; i++)
        take_comment(p, pprof_text(p, p->comments[i]));
    return true;
}

bool pprof_columns_plan(struct pprof *p)
{
    enum clock_kind counted = CLOCK_UNKNOWN; /* what the counted samples are samples of */
    bool heap = false, time = false;
    if (!columns_read(p))
        return false;
    for (uint32_t i = 0; i < p->types.count; i++) {
        const struct pprof_column *c = &p->columns[i];
        heap = heap || c->unit == UNIT_BYTES;
        if (c->is_time && c->unit != UNIT_SAMPLES && (counted == CLOCK_UNKNOWN || counted == CLOCK_OFF))
            counted = c->clock;
    }
    if (counted == CLOCK_UNKNOWN)
        counted = pprof_clock_of(pprof_text(p, p->period_type.type));
    for (uint32_t i = 0; i < p->types.count; i++) {
        struct pprof_column *c = &p->columns[i];
        if (c->is_samples && c->said) {
            c->unit = UNIT_SAMPLES;
        } else if (c->is_samples && (!heap || counted != CLOCK_UNKNOWN)) {
            c->unit = UNIT_SAMPLES;
            c->clock = counted;
            c->is_time = true;
        }
        time = time || c->is_time || c->said; /* what we wrote was a profile of something that counts here */
    }
    return time || refuse(p);
}

/* --- making them --- */

struct period {
    struct span type;
    enum unit_kind unit;
    double value;   /* in seconds or as counted; 0 = none */
    double seconds; /* between two samples; 0 = unknown */
};

static struct period period_of(const struct pprof *p)
{
    struct period t = { .type = pprof_text(p, p->period_type.type) };
    struct span unit = pprof_text(p, p->period_type.unit);
    double scale;
    unit_of(unit, &t.unit, &scale);
    t.value = p->period > 0 ? p->period * scale : 0;
    bool hertz = same_letters(unit, "hz") || same_letters(unit, "hertz");
    /* A profile of nothing but counted samples may say its rate where others say a length. */
    bool rate = t.type.len == 0 && p->types.count == 1 && p->columns[0].is_samples && t.value >= 10 && t.value <= 20000;
    if (hertz || rate) {
        t.seconds = t.value > 0 ? 1 / t.value : 0;
        t.value = 0;
    } else if (t.type.len == 0 || (t.unit == UNIT_SECONDS && t.value < 1e-6)) {
        t.value = 0; /* without a meaning, or one that no sampler has (1 ns) */
    } else if (t.unit == UNIT_SECONDS) {
        t.seconds = t.value;
    }
    return t;
}

/* The name in the profile: the type; with its unit where two types share one name. */
static void event_name(const struct pprof *p, uint32_t i, struct sb *out)
{
    const struct pprof_column *c = &p->columns[i];
    uint32_t same = 0;
    sb_reset(out);
    sb_add(out, c->type);
    for (uint32_t k = 0; k < i; k++)
        same += span_eq(p->columns[k].type, c->type) && p->columns[k].unit == c->unit;
    if (same > 0)
        sb_printf(out, "/%.*s", SPAN_FMT(pprof_text(p, p->types.items[i].unit)));
    if (same > 1)
        sb_printf(out, " %u", same + 1);
}

static void make_column(struct pprof *p, uint32_t i, const struct period *t)
{
    struct pprof_column *c = &p->columns[i];
    bool own_period = t->value > 0 && c->unit == t->unit && c->is_time &&
                      (span_eq(c->type, t->type) || c->clock == pprof_clock_of(t->type) || c->clock == CLOCK_WALL);
    double period = own_period ? t->value : c->unit == UNIT_SAMPLES ? 1 : NUM_UNKNOWN;
    bool timed = t->seconds > 0 && c->is_time && c->clock != CLOCK_OFF;
    struct sb name = { 0 };
    event_name(p, i, &name);
    struct column_desc d = { .event = sb_span(&name),
                             .unit = c->unit,
                             .clock = c->clock,
                             .period = period,
                             .rate_hz = timed ? 1 / t->seconds : NUM_UNKNOWN,
                             .is_time = c->is_time };
    c->column = builder_column(p->b, &d);
    sb_release(&name);
}

void pprof_columns_make(struct pprof *p)
{
    struct period t = period_of(p);
    struct span wanted = pprof_text(p, p->default_type);
    bool given = false, cpu_first = false;
    for (uint32_t i = 0; i < p->types.count; i++) {
        const struct pprof_column *c = &p->columns[i];
        given = given || (wanted.len > 0 && span_eq(c->type, wanted) && c->is_time);
        cpu_first = cpu_first || (c->clock == CLOCK_CPU && c->unit == UNIT_SECONDS);
    }
    /* Node's wall times leave idle out, its CPU times do not leave anything out. */
    if (p->runtime == RUNTIME_NODE && cpu_first)
        given = false;
    /* The default type of the file comes first, so that it is the default here as well; without one it is the time,
     * not the count of samples, and CPU before what else is timed. */
    for (uint32_t turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < p->types.count; i++) {
            const struct pprof_column *c = &p->columns[i];
            bool first = given ? span_eq(c->type, wanted) && c->is_time
                               : c->is_time && c->unit != UNIT_SAMPLES && (c->clock == CLOCK_CPU || !cpu_first);
            if (first == (turn == 0))
                make_column(p, i, &t);
        }
    }
}
