/* clinic flame: the parts of its folder, each alone or together, and its HTML report.
 *   <pid>.clinic-flame-samples           ticks, byte for byte as 0x writes them: only the file's name tells them apart
 *   <pid>.clinic-flame-systeminfo        JSON: versions
 *   <pid>.clinic-flame-inlinedfunctions  JSON: functions that were inlined
 * Guarantees: ticks are CPU only; ticks without any frame are counted as unknown.
 * Source: https://github.com/clinicjs/node-clinic-flame */
#include "import/v8/v8_ticks.h"

enum part { PART_NONE, PART_TICKS, PART_INFO, PART_INLINED, PART_PAGE };

static bool has(struct span s, const char *part)
{
    return span_find(s, 0, span_of(part)) < s.len;
}

static enum part part_of(struct span head, struct span name)
{
    char first = json_in_first(head);
    if (first == '[' && has(name, "clinic-flame") && (v8_ticks_sniff(head) || has(name, "clinic-flame-samples")))
        return PART_TICKS;
    if (first == '{' && json_in_has_key(head, "mainDirectory") && json_in_has_key(head, "nodeVersions") &&
        !json_in_has_key(head, "providers") && !json_in_has_key(head, "clock"))
        return PART_INFO;
    if (first == '{' && has(name, "clinic-flame-inlinedfunctions"))
        return PART_INLINED;
    if (first == '<' && has(head, "<title>Clinic Flame"))
        return PART_PAGE;
    return PART_NONE;
}

static enum sniff flame_sniff(struct span head, struct span file_name)
{
    return part_of(head, file_name) != PART_NONE ? SNIFF_YES : SNIFF_NO;
}

static bool parse_info(struct source *in, const struct import_options *opt, struct artefact *a, struct err *err)
{
    struct jscan *js = json_in_open(in, &opt->limits, err);
    struct span key;
    jscan_obj(js);
    while (jscan_member(js, &key)) {
        if (span_is(key, "toolVersion") && jscan_peek(js) == JSCAN_STR) {
            a->tool_version = artefact_text(a, jscan_str(js));
        } else if (span_is(key, "nodeVersions") && jscan_peek(js) == JSCAN_OBJ) {
            jscan_obj(js);
            while (jscan_member(js, &key)) {
                if (span_is(key, "node") && jscan_peek(js) == JSCAN_STR)
                    artefact_fact_text(a, "x_node_version", jscan_str(js), "flame-systeminfo nodeVersions");
                else
                    jscan_skip(js);
            }
        } else {
            jscan_skip(js);
        }
    }
    bool ok = jscan_end(js);
    jscan_free(js);
    if (ok && a->fact_count == 0)
        return err_set(err, ERR_EMPTY, "no version of node");
    return ok;
}

static bool parse_inlined(struct source *in, const struct import_options *opt, struct artefact *a, struct err *err)
{
    struct jscan *js = json_in_open(in, &opt->limits, err);
    struct span key;
    double n = 0;
    jscan_obj(js);
    while (jscan_member(js, &key)) {
        jscan_skip(js);
        n++;
    }
    bool ok = jscan_end(js);
    jscan_free(js);
    if (ok)
        artefact_fact_num(a, "x_inlined_functions", n, "flame-inlinedfunctions");
    return ok;
}

/* module.exports={"appName":...,"merged":{node},"unmerged":{node}} */
static bool read_page(struct v8_ticks *t)
{
    struct span key;
    bool read = false;
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        if (!read && (span_is(key, "merged") || span_is(key, "unmerged")))
            read = v8_ticks_read_tree(t);
        else
            jscan_skip(t->js);
    }
    return jscan_ok(t->js);
}

static bool parse_ticks(struct source *in, bool page, const struct import_options *opt, struct artefact *a,
                        struct err *err)
{
    if (page && !v8_ticks_seek(in, SPAN("module.exports={\"appName\""), sizeof "{\"appName\"" - 1, err))
        return false;
    struct v8_ticks t;
    bool ok = v8_ticks_init(&t, in, opt, err);
    if (ok && page)
        ok = read_page(&t);
    else if (ok)
        ok = v8_ticks_read_stacks(&t) && jscan_end(t.js);
    ok = ok && v8_ticks_finish(&t, a);
    v8_ticks_release(&t);
    return ok;
}

static bool flame_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span head;
    if (!source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    out->tool = SPAN("clinic flame");
    out->runtime = RUNTIME_NODE;
    out->clock = CLOCK_CPU;
    switch (part_of(head, out->name)) {
    case PART_INFO:
        return parse_info(in, opt, out, err);
    case PART_INLINED:
        return parse_inlined(in, opt, out, err);
    case PART_PAGE:
        return parse_ticks(in, true, opt, out, err);
    case PART_TICKS:
    case PART_NONE:
        break;
    }
    return parse_ticks(in, json_in_first(head) == '<', opt, out, err);
}

const struct importer import_clinic_flame = {
    .name = "clinic-flame",
    .title = "clinic flame: samples, system info, HTML report",
    .proves = "what the CPU of the JavaScript thread did",
    .cannot = "waiting: the sampler pauses while the loop is idle, so an idle server looks busy; other threads",
    .spec_url = "https://github.com/clinicjs/node-clinic-flame",
    .extensions =
        "*.clinic-flame-samples *.clinic-flame-systeminfo *.clinic-flame-inlinedfunctions *.clinic-flame.html",
    .sniff = flame_sniff,
    .parse = flame_parse,
};
