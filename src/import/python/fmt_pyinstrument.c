/* pyinstrument: its JSON and HTML reports (a tree of calls) and its session files (records in time order).
 * Guarantees:
 *  1. cpu_time and duration of the session are accounting of the process: CPU seconds of all its threads over wall seconds.
 *     A CPU time of exactly 0 is none: older versions write it where they did not measure;
 *  2. stacks are wall time of the thread that was profiled, in every state; waiting shows where a blocking built-in or an
 *     await was sampled, and is the caller's own time where it was not.
 * Source: https://github.com/joerick/pyinstrument, session.py and renderers/jsonrenderer.py
 *
 * Example: duration 4.0, cpu_time 1.0 -> CPU share 0.25, whatever the tree says. */
#include "import/python/fmt_pyinstrument.h"

#include <stdlib.h>

static bool is_page(struct span head)
{
    return json_in_first(head) == '<' && (span_find(head, 0, SPAN("pyinstrumentHTMLRenderer")) < head.len ||
                                          (span_find(head, 0, SPAN("pyinstrument")) < head.len &&
                                           span_find(head, 0, SPAN("window.profileSession")) < head.len));
}

static enum sniff pyinstrument_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (is_page(head))
        return SNIFF_YES;
    if (json_in_first(head) != '{')
        return SNIFF_NO;
    bool times = json_in_has_key(head, "duration") && json_in_has_key(head, "sample_count");
    if (times && (json_in_has_key(head, "root_frame") || json_in_has_key(head, "frame_records") ||
                  json_in_has_key(head, "frame_tree") || json_in_has_key(head, "start_call_stack")))
        return SNIFF_YES;
    return json_in_has_key(head, "root_frame") && json_in_has_key(head, "cpu_time") ? SNIFF_YES : SNIFF_NO;
}

/* Older and newer pages put the session behind one of these. */
static bool seek_session(struct source *in, struct err *err)
{
    static const struct span markers[] = { { "sessionData = ", 14 }, { "window.profileSession = ", 24 } };
    enum { KEEP = 32, PIECE = 1 << 16 };
    for (;;) {
        struct span piece;
        if (!source_peek(in, PIECE, &piece, err))
            return false;
        for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
            size_t at = span_find(piece, 0, markers[i]);
            if (at < piece.len) {
                source_skip(in, at + markers[i].len);
                return true;
            }
        }
        if (piece.len <= KEEP)
            return err_set(err, ERR_MALFORMED, "the page holds no session of pyinstrument");
        source_skip(in, piece.len - KEEP);
    }
}

static double read_number(struct pyi *p)
{
    if (jscan_peek(p->js) == JSCAN_NUM)
        return jscan_double(p->js);
    jscan_skip(p->js);
    return NUM_UNKNOWN;
}

/* Members of the document, of `session` inside it, or of both. */
static void read_members(struct pyi *p, bool outer)
{
    struct span key;
    jscan_obj(p->js);
    while (jscan_member(p->js, &key)) {
        enum jscan_kind kind = jscan_peek(p->js);
        if (span_is(key, "duration"))
            p->duration_s = read_number(p);
        else if (span_is(key, "cpu_time"))
            p->cpu_s = read_number(p);
        else if (span_is(key, "sample_count"))
            p->samples = read_number(p);
        else if ((span_is(key, "target_description") || span_is(key, "program")) && kind == JSCAN_STR)
            p->target = artefact_text(p->a, jscan_str(p->js));
        else if ((span_is(key, "root_frame") || span_is(key, "frame_tree")) && !p->has_tree && !p->has_records)
            (void)pyi_read_tree(p);
        else if (span_is(key, "frame_records") && kind == JSCAN_ARR && !p->has_tree && !p->has_records)
            (void)pyi_read_records(p);
        else if (span_is(key, "session") && kind == JSCAN_OBJ && outer)
            read_members(p, false);
        else
            jscan_skip(p->js);
    }
}

/* --- what the file says of itself --- */

/* "Program: app.py 10" was started by pyinstrument; "Profile at /srv/app.py:14" is a part of something that ran on. */
static void keep_command(struct pyi *p)
{
    struct span t = p->target;
    if (t.len == 0 || span_starts(t, SPAN("Profile at ")) || span_starts(t, SPAN("Block at ")) ||
        span_find(t, 0, SPAN("/pyinstrument")) < t.len)
        return;
    if (span_starts(t, SPAN("Program: ")))
        t = span_from(t, 9);
    struct sb line = { 0 };
    sb_adds(&line, "python3 ");
    sb_add(&line, t);
    p->a->command = artefact_text(p->a, sb_span(&line));
    p->a->one_job = true;
    sb_release(&line);
}

static void keep_accounting(struct pyi *p)
{
    if (!(p->cpu_s > 0) || !(p->duration_s > 0)) {
        artefact_problem(p->a, "no_cpu_time", "record with a newer pyinstrument, or add `time -v` of the same command",
                         "the session holds no CPU time: what its calls waited for and what they computed is not told "
                         "apart");
        return;
    }
    struct accounting *c = artefact_acct(p->a);
    c->scope = ACCT_PROCESS;
    c->source = SPAN("pyinstrument, process_time over the session");
    c->cpu_s = c->cpu_lo_s = c->cpu_hi_s = p->cpu_s;
    c->wall_s = c->wall_lo_s = c->wall_hi_s = p->duration_s;
    c->command = p->a->command;
}

static void describe(struct pyi *p)
{
    struct artefact *a = p->a;
    a->tool = SPAN("pyinstrument");
    a->runtime = RUNTIME_PYTHON;
    a->native_visible = TRI_NO; /* built-ins that were called show, what C code does behind operators does not */
    a->one_thread_of_several = true;
    a->all_states = true;
    a->event_loop = p->awaits;
    keep_command(p);
    keep_accounting(p);
    if (p->duration_s > 0) {
        a->duration_s = a->span_s = p->duration_s;
        a->duration_source = WALL_FILE;
    }
    struct profile_column *col = builder_column_edit(p->b, p->column);
    if (p->samples > 0 && p->duration_s > 0) {
        a->rate_hz = col->rate_hz = p->samples / p->duration_s;
        col->period = p->duration_s / p->samples;
    }
    if (p->duration_s > 0 && p->recorded_s > 0 && p->recorded_s < 0.9 * p->duration_s)
        artefact_problem(a, "time_without_stacks", NULL, "the stacks hold %.3g s of the session's %.3g s",
                         p->recorded_s, p->duration_s);
}

static bool finish(struct pyi *p)
{
    if (!p->has_tree && !p->has_records)
        return err_set(p->err, ERR_MALFORMED, "want root_frame, frame_tree or frame_records");
    if (p->duration_s < 0 || p->cpu_s < 0)
        return err_set(p->err, ERR_VALUE, "a duration or CPU time below zero");
    if (p->has_tree && !pyi_make_tree(p))
        return false;
    if (!(p->recorded_s > 0))
        return err_set(p->err, ERR_EMPTY, "the session holds no sample: the program ended within the first interval");
    describe(p);
    if (!builder_finish(p->b, &p->a->profile, p->err))
        return false;
    if (p->has_tree) { /* rows got their part of the count */
        p->a->profile->samples_known = p->samples >= 1 && p->samples < 9e15;
        p->a->profile->sample_count = p->a->profile->samples_known ? (uint64_t)p->samples : 0;
    }
    import_settle(p->a, p->opt, CLOCK_WALL);
    return true;
}

static bool pyinstrument_parse(struct source *in, const struct import_options *opt, struct artefact *out,
                               struct err *err)
{
    struct span head;
    if (!source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    bool page = json_in_first(head) == '<';
    if (page && !seek_session(in, err))
        return false;
    struct pyi *p = xcalloc(1, sizeof *p);
    p->opt = opt;
    p->a = out;
    p->err = err;
    p->duration_s = p->cpu_s = p->samples = NUM_UNKNOWN;
    p->b = builder_new(&opt->limits);
    if (opt->no_order)
        builder_order_off(p->b);
    p->js = json_in_open(in, &opt->limits, err);
    struct column_desc wall = { SPAN("wall"), UNIT_SECONDS, CLOCK_WALL, NUM_UNKNOWN, NUM_UNKNOWN, true };
    p->column = builder_column(p->b, &wall);
    p->process = builder_process(p->b, -1, SPAN(""), SPAN(""));
    bool ok = builder_thread(p->b, p->process, -1, SPAN("MainThread"), &p->thread, err);
    if (ok)
        read_members(p, true);
    ok = ok && (page ? jscan_ok(p->js) : jscan_end(p->js)) && finish(p);
    jscan_free(p->js);
    builder_free(p->b);
    sb_release(&p->text);
    free(p->nodes.items);
    free(p);
    return ok;
}

const struct importer import_pyinstrument = {
    .name = "pyinstrument",
    .title = "pyinstrument: JSON and HTML reports, session files",
    .proves = "CPU seconds of the process over the wall time of the session; where the profiled thread spent that time",
    .cannot = "what other threads did; whether a call without a blocking built-in in it computed or waited",
    .spec_url = "https://pyinstrument.readthedocs.io/",
    .extensions = "*.pyisession *.json *.html",
    .sniff = pyinstrument_sniff,
    .parse = pyinstrument_parse,
};
