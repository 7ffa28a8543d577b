/* 0x: the parts of its folder, each alone or together.
 *   ticks.json         stacks in time order (--write-ticks)
 *   stacks.<pid>.json  the tree, merged and not (--tree-debug)
 *   flamegraph.html    the same tree inside the page
 *   meta.json          command line and pid
 * Guarantees: ticks are CPU only; ticks without any frame are counted as unknown. Of a file that holds the tree twice the
 * first one is read.
 * Source: https://github.com/davidmarkclements/0x */
#include "import/v8/v8_ticks.h"

enum part { PART_NONE, PART_TICKS, PART_TREE, PART_PAGE, PART_META };

static bool has(struct span s, const char *part)
{
    return span_find(s, 0, span_of(part)) < s.len;
}

static enum part part_of(struct span head)
{
    char first = json_in_first(head);
    if (first == '[' && v8_ticks_sniff(head))
        return PART_TICKS;
    if (first == '{' && (json_in_has_key(head, "merged") || json_in_has_key(head, "unmerged")) &&
        has(head, "all stacks"))
        return PART_TREE;
    if (first == '{' && json_in_has_key(head, "pathToNodeBinary") && json_in_has_key(head, "workingDir"))
        return PART_META;
    if (first == '<' && has(head, "<html") && has(head, "TACHYONS"))
        return PART_PAGE;
    return PART_NONE;
}

static enum sniff zerox_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    enum part part = part_of(head);
    return part == PART_NONE ? SNIFF_NO : part == PART_TICKS ? SNIFF_MAYBE : SNIFF_YES;
}

/* "merged": {...} or "unmerged": {...}, whichever comes first. */
static bool read_trees(struct v8_ticks *t)
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

static bool parse_meta(struct source *in, const struct import_options *opt, struct artefact *a, struct err *err)
{
    struct jscan *js = json_in_open(in, &opt->limits, err);
    struct span key;
    jscan_obj(js);
    while (jscan_member(js, &key)) {
        if (span_is(key, "title") && jscan_peek(js) == JSCAN_STR)
            a->command = artefact_text(a, jscan_str(js));
        else if (span_is(key, "pid") && jscan_peek(js) == JSCAN_NUM)
            a->pid = jscan_num(js).i;
        else
            jscan_skip(js);
    }
    bool ok = jscan_end(js);
    jscan_free(js);
    if (ok) {
        a->clock = CLOCK_CPU;
        a->runtime = RUNTIME_NODE;
        artefact_fact_text(a, "x_command", a->command, "meta.json title");
    }
    return ok;
}

static bool zerox_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span head;
    if (!source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    out->tool = SPAN("0x");
    enum part part = part_of(head);
    if (part == PART_META)
        return parse_meta(in, opt, out, err);
    if (part == PART_NONE)
        part = json_in_first(head) == '<' ? PART_PAGE : json_in_first(head) == '[' ? PART_TICKS : PART_TREE;
    if (part == PART_PAGE && !v8_ticks_seek(in, SPAN("visualizer({\"merged\""), sizeof "{\"merged\"" - 1, err))
        return false;
    struct v8_ticks t;
    bool ok = v8_ticks_init(&t, in, opt, err);
    if (ok && part == PART_TICKS)
        ok = v8_ticks_read_stacks(&t) && jscan_end(t.js);
    else if (ok)
        ok = read_trees(&t) && (part == PART_PAGE || jscan_end(t.js));
    ok = ok && v8_ticks_finish(&t, out);
    v8_ticks_release(&t);
    return ok;
}

const struct importer import_0x = {
    .name = "0x",
    .title = "0x: ticks, trees and pages",
    .proves = "what the CPU of the JavaScript thread did",
    .cannot = "waiting: the sampler pauses while the loop is idle, so an idle server looks busy; other threads",
    .spec_url = "https://github.com/davidmarkclements/0x",
    .extensions = "ticks.json stacks.*.json flamegraph.html",
    .sniff = zerox_sniff,
    .parse = zerox_parse,
};
