/* clinic bubbleprof: the parts of its folder, each alone or together, its HTML report, and the data inside that.
 *   <pid>.clinic-bubbleprof-traceevent  JSON: node.async_hooks events, named by the file since other tools write the same
 *   <pid>.clinic-bubbleprof-stacktrace  where resources were made: protocol buffers behind u32be lengths
 *   <pid>.clinic-bubbleprof-systeminfo  JSON: kinds of resources, directories
 *   report and its data                 clusters of nodes of sources {init, before[], after[], destroy} in milliseconds
 * Guarantees: waits of resources lie beside each other and are never made a share of the time; the main thread's CPU clock
 * is a lower bound.
 * Source: https://github.com/clinicjs/node-clinic-bubbleprof/tree/main/format */
#include "import/v8/fmt_chrome_trace.h"

#include <math.h>

#include "base/pb.h"
#include "import/v8/v8_ticks.h"

enum { FRAME_MIN = 9, FRAME_MAX = 16 << 20 };

enum part { PART_NONE, PART_STACKS, PART_INFO, PART_TRACE, PART_HTML, PART_DATA };

static bool has(struct span s, const char *part)
{
    return span_find(s, 0, span_of(part)) < s.len;
}

static size_t frame_length(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* Frames that follow each other, each beginning with the resource's number, a double. */
static bool is_stacks(struct span head)
{
    size_t at = 0;
    uint32_t frames = 0;
    while (at + 4 + FRAME_MIN <= head.len && frames < 64) {
        size_t n = frame_length(span_from(head, at));
        if (n < FRAME_MIN || n > FRAME_MAX || head.ptr[at + 4] != 0x09)
            return false;
        frames++;
        at += 4 + n;
    }
    return frames >= 2;
}

static enum part part_of(struct span head, struct span name)
{
    char first = json_in_first(head);
    if (is_stacks(head))
        return PART_STACKS;
    if (first == '{' && json_in_has_key(head, "providers") && json_in_has_key(head, "mainDirectory"))
        return PART_INFO;
    if ((first == '{' || first == '[') && json_in_has_key(head, "traceEvents") && has(name, "clinic-bubbleprof"))
        return PART_TRACE;
    if ((first == '{' || first == '[') && json_in_has_key(head, "clusterId") && json_in_has_key(head, "nodes"))
        return PART_DATA;
    if (first == '<' && (has(head, "<title>Clinic Bubbleprof") ||
                         (has(head, "id=\"clinic-data\"") && json_in_has_key(head, "clusterId"))))
        return PART_HTML;
    return PART_NONE;
}

static enum sniff bubbleprof_sniff(struct span head, struct span file_name)
{
    return part_of(head, file_name) != PART_NONE ? SNIFF_YES : SNIFF_NO;
}

/* --- stacktrace --- */

static bool read_frame(struct span bytes, double *ret_id, uint64_t *frames, struct err *err)
{
    struct pb in = pb_of(bytes);
    struct pb_field f;
    *ret_id = NUM_UNKNOWN;
    while (pb_next(&in, &f, err)) {
        if (f.number == 1 && f.wire == PB_FIXED64)
            *ret_id = pb_double(&f);
        *frames += f.number == 2 && f.wire == PB_BYTES;
    }
    return err->code == ERR_NONE;
}

/* Each frame is small; one whose length lies is the end of what can be read. */
static bool parse_stacks(struct source *in, struct artefact *a, struct err *err)
{
    uint64_t stacks = 0, frames = 0;
    bool ok = true;
    for (;;) {
        struct span head, frame;
        uint64_t at = source_offset(in);
        if (!source_peek(in, 4, &head, err))
            return false;
        size_t n = head.len == 4 ? frame_length(head) : 0;
        if (head.len < 4)
            break;
        if (n < FRAME_MIN || n > (1 << 20) - 4)
            return err_at_byte(err, ERR_MALFORMED, at, "a frame of %zu bytes", n);
        if (!source_peek(in, 4 + n, &frame, err))
            return false;
        if (frame.len < 4 + n)
            break; /* a process that was killed leaves a part of its last frame */
        double id;
        ok = read_frame(span_from(frame, 4), &id, &frames, err);
        if (!ok) {
            err->byte = (int64_t)at;
            return false;
        }
        stacks++;
        source_skip(in, 4 + n);
    }
    if (stacks == 0)
        return err_set(err, ERR_EMPTY, "no stack");
    artefact_fact_num(a, "x_async_stacks", (double)stacks, "bubbleprof-stacktrace");
    artefact_problem(
        a, "stacks_without_times", "send the -traceevent file of the same folder with it",
        "%llu resources and the code that made them, and no times: this part alone proves nothing about time",
        (unsigned long long)stacks);
    return true;
}

/* --- systeminfo --- */

static bool parse_info(struct source *in, const struct limits *lim, struct artefact *a, struct err *err)
{
    struct jscan *js = json_in_open(in, lim, err);
    struct span key;
    uint32_t kinds = 0;
    jscan_obj(js);
    while (jscan_member(js, &key)) {
        if (span_is(key, "providers") && jscan_peek(js) == JSCAN_ARR) {
            jscan_arr(js);
            for (; jscan_item(js); kinds++)
                jscan_skip(js);
        } else {
            jscan_skip(js);
        }
    }
    bool ok = jscan_end(js);
    jscan_free(js);
    if (ok)
        artefact_fact_num(a, "x_async_providers", kinds, "bubbleprof-systeminfo");
    return ok;
}

/* --- the report's data --- */

struct report {
    struct jscan *js;
    struct trace_async waits;
    struct intern texts;
    struct sb type;
    /* of one source: when it began to wait, and its calls */
    double since_ms, before_ms[256], after_ms[256];
    size_t befores, afters;
    /* of one node */
    double waited_ms;
    uint64_t count;
    double called_ms, first_ms, last_ms; /* of all */
    uint64_t sources;
};

/* Up to 256 calls of a resource are looked at, which is more than the tool draws. */
static size_t read_times(struct report *r, double *to)
{
    double more[64];
    size_t n = 0;
    if (jscan_peek(r->js) != JSCAN_ARR) {
        jscan_skip(r->js);
        return 0;
    }
    jscan_arr(r->js);
    for (size_t got; n < 256 && (got = jscan_doubles(r->js, to + n, 256 - n)) > 0;)
        n += got;
    while (n == 256 && jscan_doubles(r->js, more, ARRAY_LEN(more)) > 0) {
    }
    return n;
}

static void take_source(struct report *r)
{
    double since = r->since_ms;
    for (size_t i = 0; i < r->befores; i++) {
        double before = r->before_ms[i], after = i < r->afters ? r->after_ms[i] : NUM_UNKNOWN;
        if (before >= since) {
            r->waited_ms += before - since;
            r->count++;
        }
        if (after >= before)
            r->called_ms += after - before;
        since = after;
        r->last_ms = fmax(r->last_ms, num_known(after) ? after : before);
    }
    r->first_ms = fmin(r->first_ms, r->since_ms);
    r->sources++;
}

static void read_sources(struct report *r)
{
    struct span key;
    jscan_arr(r->js);
    while (jscan_item(r->js)) {
        r->since_ms = NUM_UNKNOWN;
        r->befores = r->afters = 0;
        jscan_obj(r->js);
        while (jscan_member(r->js, &key)) {
            if (span_is(key, "init"))
                r->since_ms = jscan_double(r->js);
            else if (span_is(key, "before"))
                r->befores = read_times(r, r->before_ms);
            else if (span_is(key, "after"))
                r->afters = read_times(r, r->after_ms);
            else
                jscan_skip(r->js);
        }
        if (jscan_ok(r->js))
            take_source(r);
    }
}

static void read_nodes(struct report *r)
{
    struct span key;
    jscan_arr(r->js);
    while (jscan_item(r->js)) {
        sb_reset(&r->type);
        r->waited_ms = 0;
        r->count = 0;
        jscan_obj(r->js);
        while (jscan_member(r->js, &key)) {
            if (span_is(key, "type") && jscan_peek(r->js) == JSCAN_STR)
                sb_add(&r->type, jscan_str(r->js));
            else if (span_is(key, "sources") && jscan_peek(r->js) == JSCAN_ARR)
                read_sources(r);
            else
                jscan_skip(r->js);
        }
        struct trace_wait *w = trace_wait_of(&r->waits, &r->texts, r->type.len > 0 ? sb_span(&r->type) : SPAN("other"));
        if (w && jscan_ok(r->js) && isfinite(r->waited_ms)) {
            w->waited_us += r->waited_ms * 1e3;
            w->waits += r->count;
        }
    }
}

static void read_clusters(struct report *r)
{
    struct span key;
    jscan_arr(r->js);
    while (jscan_item(r->js)) {
        jscan_obj(r->js);
        while (jscan_member(r->js, &key)) {
            if (span_is(key, "nodes") && jscan_peek(r->js) == JSCAN_ARR)
                read_nodes(r);
            else
                jscan_skip(r->js);
        }
    }
}

static bool parse_data(struct source *in, const struct limits *lim, bool page, struct artefact *a, struct err *err)
{
    struct report r = { .first_ms = NUM_UNKNOWN, .last_ms = NUM_UNKNOWN };
    struct span key;
    r.js = json_in_open(in, lim, err);
    intern_init(&r.texts);
    if (jscan_peek(r.js) == JSCAN_ARR) {
        read_clusters(&r);
    } else {
        jscan_obj(r.js);
        while (jscan_member(r.js, &key)) {
            if (span_is(key, "data") && jscan_peek(r.js) == JSCAN_ARR)
                read_clusters(&r);
            else
                jscan_skip(r.js);
        }
    }
    bool ok = page ? jscan_ok(r.js) : jscan_end(r.js);
    if (ok && r.sources == 0)
        ok = err_set(err, ERR_EMPTY, "no resource in any cluster");
    if (ok) {
        trace_async_report(&r.waits, &r.texts, a, "bubbleprof report: from init or after until before");
        if (isfinite(r.called_ms))
            artefact_fact_num(a, "x_async_called_s", r.called_ms * 1e-3, "bubbleprof report: from before until after");
        if (r.last_ms > r.first_ms && isfinite(r.last_ms - r.first_ms))
            a->span_s = (r.last_ms - r.first_ms) * 1e-3;
    }
    trace_async_release(&r.waits);
    intern_release(&r.texts);
    sb_release(&r.type);
    jscan_free(r.js);
    return ok;
}

/* Steps behind the tag of the data element. */
static bool seek_data(struct source *in, struct err *err)
{
    struct span piece;
    if (!v8_ticks_seek(in, SPAN("id=\"clinic-data\""), 0, err) || !source_peek(in, 256, &piece, err))
        return false;
    size_t close = span_chr(piece, 0, '>');
    if (close == piece.len)
        return err_set(err, ERR_MALFORMED, "the report's data element has no end");
    source_skip(in, close + 1);
    return true;
}

static bool parse_part(enum part part, struct source *in, const struct import_options *opt, struct artefact *out,
                       struct err *err)
{
    switch (part) {
    case PART_STACKS:
        return parse_stacks(in, out, err);
    case PART_INFO:
        return parse_info(in, &opt->limits, out, err);
    case PART_TRACE:
        return trace_parse(in, opt, out, err);
    case PART_HTML:
        return seek_data(in, err) && parse_data(in, &opt->limits, true, out, err);
    case PART_DATA:
        return parse_data(in, &opt->limits, false, out, err);
    case PART_NONE:
        break;
    }
    return err_set(err, ERR_UNRECOGNISED, "no part of a clinic bubbleprof recording");
}

static bool bubbleprof_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span head;
    if (!source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    enum part part = part_of(head, out->name);
    /* The user named the format. */
    char first = json_in_first(head);
    if (part == PART_NONE)
        part = first == '{' || first == '[' ? PART_TRACE : first == '<' ? PART_HTML : PART_STACKS;
    out->clock = CLOCK_ACCT;
    if (!parse_part(part, in, opt, out, err))
        return false;
    out->tool = SPAN("clinic bubbleprof");
    out->event_loop = true;
    out->sees_wait = part == PART_TRACE || part == PART_HTML || part == PART_DATA;
    out->runtime = opt->runtime != RUNTIME_UNKNOWN ? opt->runtime : RUNTIME_NODE;
    return true;
}

const struct importer import_clinic_bubbleprof = {
    .name = "clinic-bubbleprof",
    .title = "clinic bubbleprof: trace events, stacks, system info, HTML report",
    .proves = "what asynchronous resources waited for, by type; CPU against wall of the main thread as a lower bound",
    .cannot = "the CPU share of the process or of a request: waits lie beside each other; what the CPU did",
    .spec_url = "https://github.com/clinicjs/node-clinic-bubbleprof",
    .extensions = "*.clinic-bubbleprof-traceevent *.clinic-bubbleprof-stacktrace *.clinic-bubbleprof-systeminfo "
                  "*.clinic-bubbleprof.html",
    .sniff = bubbleprof_sniff,
    .parse = bubbleprof_parse,
};
