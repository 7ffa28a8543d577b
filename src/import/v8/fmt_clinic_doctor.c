/* clinic doctor: the three parts of its folder, each alone or together, and its HTML report.
 *   <pid>.clinic-doctor-processstat  CPU of the process, loop delay, memory: protocol buffers behind u16be lengths
 *   <pid>.clinic-doctor-systeminfo   JSON: clocks and versions
 *   <pid>.clinic-doctor-traceevent   JSON: V8's trace events; named by the file, since other tools write the same
 * Guarantees: the CPU share is weighed by time and begins after start-up, which its upper end allows for.
 * Source: https://github.com/clinicjs/node-clinic-doctor/tree/main/format */
#include "import/v8/fmt_clinic_doctor.h"

#include <stdlib.h>

#include "base/pb.h"

enum { FRAME_MIN = 18, FRAME_MAX = 4096 };

enum part { PART_NONE, PART_STAT, PART_INFO, PART_TRACE, PART_HTML };

static bool name_has(struct span name, const char *part)
{
    return span_find(name, 0, span_of(part)) < name.len;
}

static size_t frame_length(struct span head, size_t at)
{
    return (size_t)(unsigned char)head.ptr[at] << 8 | (unsigned char)head.ptr[at + 1];
}

/* Frames that follow each other, each beginning with a time and going on with doubles. */
static bool is_stat(struct span head)
{
    size_t at = 0;
    uint32_t frames = 0;
    while (at + 2 + FRAME_MIN <= head.len && frames < 64) {
        size_t n = frame_length(head, at);
        if (n < FRAME_MIN || n > FRAME_MAX || head.ptr[at + 2] != 0x09 || head.ptr[at + 11] != 0x11)
            return false;
        frames++;
        at += 2 + n;
    }
    return frames >= 2;
}

static enum part part_of(struct span head, struct span name)
{
    if (is_stat(head))
        return PART_STAT;
    char first = json_in_first(head);
    if (first == '{' && json_in_has_key(head, "clock") && json_in_has_key(head, "nodeVersions"))
        return PART_INFO;
    if ((first == '{' || first == '[') && json_in_has_key(head, "traceEvents") && name_has(name, "clinic-doctor"))
        return PART_TRACE;
    if (first == '<' && (name_has(head, "<title>Clinic Doctor") ||
                         (name_has(head, "id=\"clinic-data\"") && json_in_has_key(head, "traceEvent"))))
        return PART_HTML;
    return PART_NONE;
}

static enum sniff doctor_sniff(struct span head, struct span file_name)
{
    if (part_of(head, file_name) != PART_NONE)
        return SNIFF_YES;
    return name_has(file_name, "clinic-doctor-processstat") && head.len > 2 ? SNIFF_MAYBE : SNIFF_NO;
}

/* "1234.clinic-doctor-processstat" */
static void pid_from_name(struct artefact *a)
{
    size_t slash = span_rchr(a->name, '/');
    struct span base = slash < a->name.len ? span_from(a->name, slash + 1) : a->name;
    uint64_t pid;
    if (span_to_u64(span_sub(base, 0, span_chr(base, 0, '.')), &pid) && pid <= INT64_MAX)
        a->pid = (int64_t)pid;
}

static void settle(struct artefact *a, const struct import_options *opt)
{
    a->tool = SPAN("clinic doctor");
    a->runtime = opt->runtime != RUNTIME_UNKNOWN ? opt->runtime : RUNTIME_NODE;
    a->event_loop = true;
    a->clock = CLOCK_ACCT;
}

/* --- processstat --- */

static bool read_memory(struct pb *outer, struct span message, double *ret_rss, struct err *err)
{
    struct pb in = pb_inside(outer, message);
    struct pb_field f;
    while (pb_next(&in, &f, err)) {
        if (f.number == 1 && f.wire == PB_FIXED64)
            *ret_rss = pb_double(&f);
    }
    return err->code == ERR_NONE;
}

static bool read_frame(struct span bytes, struct doctor_stat *ret, struct err *err)
{
    *ret = (struct doctor_stat){ NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    struct pb in = pb_of(bytes);
    struct pb_field f;
    while (pb_next(&in, &f, err)) {
        if (f.wire == PB_FIXED64 && f.number >= 1 && f.number <= 3) {
            double *const to[] = { &ret->at_ms, &ret->delay_ms, &ret->cpu };
            *to[f.number - 1] = pb_double(&f);
        } else if (f.wire == PB_BYTES && f.number == 4) {
            if (!read_memory(&in, f.bytes, &ret->rss_bytes, err))
                return false;
        } else if (f.wire == PB_VARINT && f.number == 5) {
            ret->handles = (double)(int32_t)(uint32_t)f.value;
        } else if (f.wire == PB_VARINT && f.number == 6) {
            ret->loop_percent = (double)(int32_t)(uint32_t)f.value;
        }
    }
    return err->code == ERR_NONE;
}

static bool parse_stat(struct source *in, struct artefact *a, struct err *err)
{
    struct doctor_stats stats;
    doctor_stats_init(&stats);
    for (;;) {
        struct span head, frame;
        uint64_t at = source_offset(in);
        if (!source_peek(in, 2, &head, err))
            return false;
        size_t n = head.len == 2 ? frame_length(head, 0) : 0;
        if (head.len < 2 || !source_peek(in, 2 + n, &frame, err))
            break;
        if (frame.len < 2 + n)
            break; /* a process that was killed leaves a part of its last frame */
        struct doctor_stat stat;
        if (n == 0 || !read_frame(span_from(frame, 2), &stat, err) || !doctor_stats_add(&stats, &stat, err)) {
            if (err->code == ERR_NONE)
                (void)err_set(err, ERR_MALFORMED, "an empty frame");
            err->byte = (int64_t)at;
            return false;
        }
        source_skip(in, 2 + n);
    }
    return err->code == ERR_NONE && doctor_stats_finish(&stats, a, err);
}

/* --- systeminfo --- */

static bool parse_info(struct source *in, const struct limits *lim, struct artefact *a, struct err *err)
{
    struct jscan *js = json_in_open(in, lim, err);
    double seconds = NUM_UNKNOWN, nanoseconds = NUM_UNKNOWN, unix_ms = NUM_UNKNOWN;
    struct span key;
    jscan_obj(js);
    while (jscan_member(js, &key)) {
        if (span_is(key, "toolVersion") && jscan_peek(js) == JSCAN_STR) {
            a->tool_version = artefact_text(a, jscan_str(js));
        } else if (span_is(key, "nodeVersions") && jscan_peek(js) == JSCAN_OBJ) {
            jscan_obj(js);
            while (jscan_member(js, &key)) {
                if (span_is(key, "node") && jscan_peek(js) == JSCAN_STR)
                    artefact_fact_text(a, "x_node_version", jscan_str(js), "doctor-systeminfo nodeVersions");
                else
                    jscan_skip(js);
            }
        } else if (span_is(key, "clock") && jscan_peek(js) == JSCAN_OBJ) {
            jscan_obj(js);
            while (jscan_member(js, &key)) {
                if (span_is(key, "unixtime"))
                    unix_ms = jscan_double(js);
                else if (span_is(key, "hrtime") && jscan_peek(js) == JSCAN_ARR) {
                    double pair[2];
                    jscan_arr(js);
                    if (jscan_doubles(js, pair, 2) == 2) {
                        seconds = pair[0];
                        nanoseconds = pair[1];
                    }
                    if (jscan_doubles(js, pair, 1) != 0)
                        (void)jscan_fail(js, ERR_MALFORMED, "hrtime is not a pair");
                } else
                    jscan_skip(js);
            }
        } else {
            jscan_skip(js);
        }
    }
    bool ok = jscan_end(js);
    jscan_free(js);
    double offset = unix_ms * 1e-3 - (seconds + nanoseconds * 1e-9);
    if (ok && num_known(offset))
        artefact_fact_num(a, "x_clock_offset_s", offset, "doctor-systeminfo clock");
    if (ok && a->fact_count == 0)
        return err_set(err, ERR_EMPTY, "no clock and no version");
    return ok;
}

/* --- traceevent --- */

static bool parse_trace(struct source *in, const struct limits *lim, struct artefact *a, struct err *err)
{
    struct jscan *js = json_in_open(in, lim, err);
    struct doctor_trace t = { 0 };
    struct span key;
    jscan_allow_open_end(js);
    if (jscan_peek(js) == JSCAN_ARR) {
        (void)doctor_trace_read(js, &t, lim);
    } else {
        jscan_obj(js);
        while (jscan_member(js, &key)) {
            if (span_is(key, "traceEvents") && t.events == 0)
                (void)doctor_trace_read(js, &t, lim);
            else
                jscan_skip(js);
        }
    }
    bool ok = jscan_end(js);
    if (ok && t.events == 0)
        ok = err_set(err, ERR_EMPTY, "the trace holds no event");
    if (ok) {
        doctor_trace_finish(&t, a);
        artefact_problem(
            a, "trace_without_processstat", "send the whole .clinic-doctor folder",
            "this part holds the pauses of the garbage collector and the main thread's clock between them, a "
            "lower bound; the CPU of the process stands in the part named processstat");
    }
    if (ok && jscan_truncated(js))
        artefact_problem(a, "trace_cut_off", NULL,
                         "the trace stops in the middle: the process was killed while it wrote");
    doctor_trace_release(&t);
    jscan_free(js);
    return ok;
}

/* --- the HTML report --- */

/* Steps over everything up to the end of the tag that holds the data. */
static bool seek_data(struct source *in, struct err *err)
{
    static const char marker[] = "id=\"clinic-data\"";
    for (;;) {
        struct span piece;
        if (!source_peek(in, 1 << 16, &piece, err))
            return false;
        size_t at = span_find(piece, 0, SPAN(marker));
        if (at < piece.len) {
            source_skip(in, at + sizeof marker - 1);
            break;
        }
        if (piece.len < sizeof marker)
            return err_set(err, ERR_MALFORMED, "the report holds no data element");
        source_skip(in, piece.len - sizeof marker + 1);
    }
    struct span piece;
    if (!source_peek(in, 256, &piece, err))
        return false;
    size_t close = span_chr(piece, 0, '>');
    if (close == piece.len)
        return err_set(err, ERR_MALFORMED, "the report's data element has no end");
    source_skip(in, close + 1);
    return true;
}

static bool parse_html(struct source *in, const struct limits *lim, struct artefact *a, struct err *err)
{
    if (!seek_data(in, err))
        return false;
    struct jscan *js = json_in_open(in, lim, err);
    struct doctor_stats stats;
    struct doctor_trace t = { 0 };
    struct span key;
    bool ok = true;
    doctor_stats_init(&stats);
    jscan_obj(js);
    while (ok && jscan_member(js, &key)) {
        if (span_is(key, "traceEvent") && t.events == 0) {
            (void)doctor_trace_read(js, &t, lim);
        } else if (span_is(key, "processStat")) {
            jscan_arr(js);
            while (ok && jscan_item(js)) {
                struct doctor_stat stat;
                ok = doctor_stat_json(js, &stat) && (doctor_stats_add(&stats, &stat, err) || jscan_stop(js));
            }
        } else if (span_is(key, "analysis") && jscan_peek(js) == JSCAN_OBJ) {
            jscan_obj(js);
            while (jscan_member(js, &key)) {
                if (span_is(key, "issueCategory") && jscan_peek(js) == JSCAN_STR)
                    artefact_fact_text(a, "x_doctor_issue", jscan_str(js), "doctor report, a claim of the tool");
                else
                    jscan_skip(js);
            }
        } else {
            jscan_skip(js);
        }
    }
    ok = ok && jscan_ok(js) && doctor_stats_finish(&stats, a, err);
    if (ok && t.events > 0) {
        double span_s = a->span_s;
        doctor_trace_finish(&t, a);
        a->span_s = span_s;
    }
    doctor_trace_release(&t);
    jscan_free(js);
    return ok;
}

static bool doctor_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span head;
    if (!source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    settle(out, opt);
    pid_from_name(out);
    char first = json_in_first(head);
    switch (part_of(head, out->name)) {
    case PART_STAT:
        return parse_stat(in, out, err);
    case PART_INFO:
        return parse_info(in, &opt->limits, out, err);
    case PART_TRACE:
        return parse_trace(in, &opt->limits, out, err);
    case PART_HTML:
        return parse_html(in, &opt->limits, out, err);
    case PART_NONE:
        break;
    }
    /* The user named the format. */
    if (first == '<')
        return parse_html(in, &opt->limits, out, err);
    return first == '{' || first == '[' ? parse_trace(in, &opt->limits, out, err) : parse_stat(in, out, err);
}

const struct importer import_clinic_doctor = {
    .name = "clinic-doctor",
    .title = "clinic doctor: process statistics, trace events, system info, HTML report",
    .proves = "CPU over wall of the node process, loop delay, pauses of the collector",
    .cannot = "what the CPU did, and what was waited for; the CPU share of one request",
    .spec_url = "https://github.com/clinicjs/node-clinic-doctor",
    .extensions =
        "*.clinic-doctor-processstat *.clinic-doctor-systeminfo *.clinic-doctor-traceevent *.clinic-doctor.html",
    .sniff = doctor_sniff,
    .parse = doctor_parse,
};
