#include "import/perf/data_feature.h"

#include "base/num.h"

enum feature {
    FEATURE_TRACING_DATA = 1,
    FEATURE_BUILD_ID = 2,
    FEATURE_OSRELEASE = 4,
    FEATURE_VERSION = 5,
    FEATURE_ARCH = 6,
    FEATURE_NRCPUS = 7,
    FEATURE_CMDLINE = 11,
    FEATURE_EVENT_DESC = 12,
    FEATURE_CLOCKID = 23,
};

enum { FEATURE_BYTES_MAX = 8 << 20, TRACING_BYTES_MAX = 16 << 20 };

static bool take(struct span *rest, uint64_t n, struct span *ret)
{
    if (n > rest->len)
        return false;
    *ret = span_sub(*rest, 0, (size_t)n);
    *rest = span_from(*rest, (size_t)n);
    return true;
}

static bool take_u32(const struct pdata_file *f, struct span *rest, uint32_t *ret)
{
    struct span v;
    if (!take(rest, 4, &v))
        return false;
    *ret = pdata_u32(f, v.ptr);
    return true;
}

static struct span cut_nul(struct span s)
{
    return span_sub(s, 0, span_chr(s, 0, '\0'));
}

/* A length, and that many bytes with NULs behind the text. */
static bool take_string(const struct pdata_file *f, struct span *rest, struct span *ret)
{
    uint32_t n;
    if (!take_u32(f, rest, &n) || !take(rest, n, ret))
        return false;
    *ret = cut_nul(*ret);
    return true;
}

static void read_string(struct pdata_file *f, struct span body, struct span *ret)
{
    struct span s;
    if (take_string(f, &body, &s))
        *ret = arena_span(&f->arena, s);
}

static void read_cmdline(struct pdata_file *f, struct pdata_meta *m, struct span body)
{
    uint32_t n;
    struct sb line = { .cap = 1 << 20 };
    if (!take_u32(f, &body, &n))
        return;
    struct span word;
    for (uint32_t i = 0; i < n && take_string(f, &body, &word); i++) {
        if (i > 0)
            sb_addc(&line, ' ');
        bool plain = word.len > 0 && span_chr(word, 0, ' ') == word.len && span_chr(word, 0, '\'') == word.len &&
                     span_chr(word, 0, '"') == word.len;
        if (plain)
            sb_add(&line, word);
        else
            sb_add_shell(&line, word);
    }
    /* One line of a header: what would break it is no word of a command. */
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '\n' || line.ptr[i] == '\r')
            line.ptr[i] = ' ';
    }
    m->cmdline = arena_span(&f->arena, sb_span(&line));
    sb_release(&line);
}

static void name_event(struct pdata_file *f, uint32_t event, struct span name)
{
    if (event < f->count && name.len > 0) {
        f->events[event].name = arena_span(&f->arena, name);
        f->events[event].described = true;
    }
}

/* Events stand in the order of the attributes; where there are ids they decide. */
static void read_event_desc(struct pdata_file *f, struct span body)
{
    uint32_t n;
    uint32_t attr_size;
    if (!take_u32(f, &body, &n) || !take_u32(f, &body, &attr_size))
        return;
    for (uint32_t i = 0; i < n; i++) {
        struct span attr;
        struct span name;
        struct span ids;
        uint32_t id_count;
        if (!take(&body, attr_size, &attr) || !take_u32(f, &body, &id_count) || !take_string(f, &body, &name) ||
            !take(&body, (uint64_t)id_count * 8, &ids))
            return;
        uint32_t event = id_count > 0 ? pdata_event_of_id(f, pdata_u64(f, ids.ptr)) : UINT32_MAX;
        name_event(f, event != UINT32_MAX ? event : i, name);
    }
}

static void read_nrcpus(const struct pdata_file *f, struct pdata_meta *m, struct span body)
{
    uint32_t a;
    uint32_t b;
    if (!take_u32(f, &body, &a) || !take_u32(f, &body, &b))
        return;
    /* Writers differ in the order; more are available than online. */
    m->cpus_online = a == 0 || (b != 0 && b < a) ? b : a;
    m->cpus_avail = a > b ? a : b;
}

/* pid, 20 bytes of id (its length behind them where the writer says so), name. */
static void read_build_id(const struct pdata_file *f, struct pdata_spaces *s, uint16_t misc, struct span body)
{
    enum { SIZE_TOLD = 1 << 15, ID_FIELD = 24 };
    struct span pid;
    struct span id;
    if (!take(&body, 4, &pid) || !take(&body, ID_FIELD, &id))
        return;
    struct span name = cut_nul(body);
    if (name.len == 0)
        return;
    (void)f;
    unsigned len = misc & SIZE_TOLD ? (unsigned char)id.ptr[PDATA_BUILD_ID_MAX] : PDATA_BUILD_ID_MAX;
    uint32_t dso = pdata_space_dso(s, name); /* may move them */
    struct pdata_dso *d = &s->dsos[dso];
    d->build_id_len = (unsigned char)(len <= PDATA_BUILD_ID_MAX ? len : PDATA_BUILD_ID_MAX);
    memcpy(d->build_id, id.ptr, PDATA_BUILD_ID_MAX);
    unsigned mode = misc & PDATA_MISC_CPUMODE;
    d->kernel = mode == PDATA_MODE_KERNEL || mode == PDATA_MODE_GUEST_KERNEL;
}

static void read_build_ids(const struct pdata_file *f, struct pdata_spaces *s, struct span body)
{
    while (body.len >= 8) {
        uint16_t misc = pdata_u16(f, body.ptr + 4);
        uint16_t size = pdata_u16(f, body.ptr + 6);
        if (size < 8 || size > body.len)
            return;
        read_build_id(f, s, misc, span_sub(body, 8, size - 8u));
        body = span_from(body, size);
    }
}

/* "offset:32;" or "size:8;" on the line of a field. */
static bool number_after(struct span line, struct span key, uint32_t *ret)
{
    size_t at = span_find(line, 0, key);
    if (at == line.len)
        return false;
    struct span digits = span_from(line, at + key.len);
    uint64_t v;
    if (!span_to_u64(span_sub(digits, 0, span_chr(digits, 0, ';')), &v) || v > UINT16_MAX)
        return false;
    *ret = (uint32_t)v;
    return true;
}

static void read_switch_layout(struct pdata_meta *m, struct span format)
{
    struct pdata_switch_layout l = { 0 };
    struct {
        const char *name;
        uint32_t *at;
    } fields[] = { { " prev_comm[", &l.prev_comm },   { " prev_pid;", &l.prev_pid },   { " prev_prio;", &l.prev_prio },
                   { " prev_state;", &l.prev_state }, { " next_comm[", &l.next_comm }, { " next_pid;", &l.next_pid },
                   { " next_prio;", &l.next_prio } };
    size_t found = 0;
    struct span line;
    while (found < ARRAY_LEN(fields) && span_line(&format, &line) && !span_starts(line, SPAN("print fmt"))) {
        for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
            if (span_find(line, 0, span_of(fields[i].name)) < line.len &&
                number_after(line, SPAN("offset:"), fields[i].at)) {
                found++;
                if (fields[i].at == &l.prev_state && !number_after(line, SPAN("size:"), &l.state_bytes))
                    return;
            }
        }
    }
    if (found == ARRAY_LEN(fields))
        m->layout = l;
}

/* The formats of tracepoints are text inside: "name: sched_switch\nID: 312\n". */
static void read_tracing(struct pdata_file *f, struct pdata_meta *m, struct span blob)
{
    size_t at = 0;
    for (unsigned formats = 0; formats < 4096; formats++) {
        at = span_find(blob, at, SPAN("name: "));
        if (at == blob.len)
            return;
        struct span rest = span_from(blob, at + 6);
        struct span name;
        struct span line;
        struct span id_text;
        uint64_t id;
        at += 6;
        if (!span_line(&rest, &name) || !span_line(&rest, &line) || !span_starts(line, SPAN("ID: ")))
            continue;
        id_text = span_from(line, 4);
        if (!span_to_u64(id_text, &id))
            continue;
        bool is_switch = span_is(name, "sched_switch");
        if (is_switch)
            read_switch_layout(m, rest);
        for (uint32_t e = 0; e < f->count; e++) {
            enum { TRACEPOINT = 2 };
            if (f->events[e].type == TRACEPOINT && f->events[e].config == id && !f->events[e].described)
                name_event(f, e, is_switch ? SPAN("sched:sched_switch") : name);
        }
    }
}

static void read_feature(struct pdata_file *f, struct pdata_meta *m, struct pdata_spaces *s, unsigned id,
                         struct span body)
{
    switch (id) {
    case FEATURE_TRACING_DATA:
        read_tracing(f, m, body);
        break;
    case FEATURE_BUILD_ID:
        read_build_ids(f, s, body);
        break;
    case FEATURE_OSRELEASE:
        read_string(f, body, &m->os_release);
        break;
    case FEATURE_VERSION:
        read_string(f, body, &m->version);
        break;
    case FEATURE_ARCH:
        read_string(f, body, &m->arch);
        break;
    case FEATURE_NRCPUS:
        read_nrcpus(f, m, body);
        break;
    case FEATURE_CMDLINE:
        read_cmdline(f, m, body);
        break;
    case FEATURE_EVENT_DESC:
        read_event_desc(f, body);
        break;
    case FEATURE_CLOCKID:
        m->has_clockid = take_u32(f, &body, &m->clockid);
        break;
    default:
        break; /* machine, topology, the host's name */
    }
}

bool pdata_features(struct pdata_file *f, struct pdata_meta *m, struct pdata_spaces *s, struct err *err)
{
    /* The names of the events first: the formats of tracepoints name only what nobody else did. */
    static const unsigned wanted[] = { FEATURE_EVENT_DESC, FEATURE_TRACING_DATA, FEATURE_BUILD_ID,
                                       FEATURE_OSRELEASE,  FEATURE_VERSION,      FEATURE_ARCH,
                                       FEATURE_NRCPUS,     FEATURE_CMDLINE,      FEATURE_CLOCKID };
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct pdata_section at = f->feature[wanted[i]];
        struct span body;
        size_t max = wanted[i] == FEATURE_TRACING_DATA ? TRACING_BYTES_MAX : FEATURE_BYTES_MAX;
        if (at.size == 0)
            continue;
        if (!pdata_blob(f, at.offset, at.size, max, &body, err))
            return false;
        read_feature(f, m, s, wanted[i], body);
    }
    return true;
}

static void read_update(struct pdata_file *f, struct span body)
{
    enum { UPDATE_NAME = 2 };
    if (body.len < 16 || pdata_u64(f, body.ptr) != UPDATE_NAME)
        return;
    uint32_t event = pdata_event_of_id(f, pdata_u64(f, body.ptr + 8));
    name_event(f, event, cut_nul(span_from(body, 16)));
}

bool pdata_feature_record(struct pdata_file *f, struct pdata_meta *m, struct pdata_spaces *s,
                          const struct pdata_record *r, struct err *err)
{
    struct span body = span_from(r->bytes, 8);
    if (r->type == PDATA_FEATURE && body.len >= 8) {
        uint64_t id = pdata_u64(f, body.ptr);
        if (id < PDATA_FEATURES)
            read_feature(f, m, s, (unsigned)id, span_from(body, 8));
    } else if (r->type == PDATA_EVENT_UPDATE) {
        read_update(f, body);
    } else if (r->type == PDATA_BUILD_ID) {
        read_build_id(f, s, r->misc, body);
    } else if (r->type == PDATA_TRACING_DATA && body.len >= 4) {
        struct span blob;
        if (!pdata_blob(f, r->offset + r->bytes.len, pdata_u32(f, body.ptr), TRACING_BYTES_MAX, &blob, err))
            return false;
        read_tracing(f, m, blob);
    }
    return true;
}

static void header_line(struct sb *out, const char *key, struct span value)
{
    if (value.len > 0)
        sb_printf(out, "# %s : %.*s\n", key, SPAN_FMT(value));
}

void pdata_meta_header(const struct pdata_file *f, const struct pdata_meta *m, struct sb *out)
{
    header_line(out, "os release", m->os_release);
    header_line(out, "perf version", m->version);
    header_line(out, "arch", m->arch);
    if (m->cpus_online > 0)
        sb_printf(out, "# nrcpus online : %u\n# nrcpus avail : %u\n", m->cpus_online, m->cpus_avail);
    header_line(out, "cmdline", m->cmdline);
    for (uint32_t i = 0; i < f->count; i++) {
        const struct pdata_event *e = &f->events[i];
        sb_printf(out, "# event : name = %.*s, , type = %u, config = 0x%llx, { sample_period, sample_freq } = %llu",
                  SPAN_FMT(e->name), e->type, (unsigned long long)e->config, (unsigned long long)e->period);
        if (e->flags & PDATA_FLAG_FREQ)
            sb_adds(out, ", freq = 1");
        sb_addc(out, '\n');
    }
}
