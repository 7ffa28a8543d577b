/* The log of V8's sampler (node --prof, 0x): code as it is made, moved and deleted, and ticks with addresses.
 * Guarantees: an address means the code that lay there when the tick was taken. Ticks carry times, so that the gaps between
 * them show how long the event loop slept; everything is about the one thread of the isolate. Text lines; streams.
 * Source: https://github.com/v8/v8/blob/main/tools/tickprocessor.mjs, https://v8.dev/docs/profile */
#include "import/v8/fmt_v8_log.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

enum { STACK_MAX = 4096, FIELDS_MAX = 12 };

struct v8_log {
    struct v8_line line;
    struct source *in;
    struct err *err;
    uint64_t major, minor;
    struct v8_codemap code, libraries;
    struct {
        struct v8_code {
            frame_id frame;
            bool js;
        } * items;
        uint32_t count, cap;
    } codes;
    struct sb text; /* unescaped fields of one line, each ended by NUL */
    struct span field[FIELDS_MAX];
    uint32_t fields;
    struct span rest; /* of a tick: its stack */
    uint64_t *stack;
    frame_id *frames;
    uint64_t code_range; /* where V8 puts code that it makes; 0 unknown */
    uint64_t dropped;    /* lines that were no whole record */
};

static bool starts_log(struct span head)
{
    if (span_starts(head, SPAN("v8-version,")))
        return true;
    /* Logs of before 2015 say no version. */
    bool early = span_starts(head, SPAN("shared-library,")) || span_starts(head, SPAN("code-creation,")) ||
                 span_starts(head, SPAN("profiler,"));
    return early && (span_find(head, 0, SPAN("\ncode-creation,")) < head.len ||
                     span_find(head, 0, SPAN("\ntick,0x")) < head.len);
}

static enum sniff log_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (starts_log(head))
        return SNIFF_YES;
    return json_in_first(head) == '{' && v8_log_json_sniff(head) ? SNIFF_YES : SNIFF_NO;
}

/* --- fields --- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* n hex digits at the front; -1: they are not there. */
static int32_t hex_value(struct span s, size_t n)
{
    int32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = i < s.len ? hex_digit(s.ptr[i]) : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static void add_utf8(struct sb *to, uint32_t c)
{
    if (c < 0x80) {
        sb_addc(to, (char)c);
    } else if (c < 0x800) {
        sb_addc(to, (char)(0xc0 | c >> 6));
        sb_addc(to, (char)(0x80 | (c & 0x3f)));
    } else {
        sb_addc(to, (char)(0xe0 | c >> 12));
        sb_addc(to, (char)(0x80 | (c >> 6 & 0x3f)));
        sb_addc(to, (char)(0x80 | (c & 0x3f)));
    }
}

/* Takes an escape off s, which begins with a backslash: \x2C \u00e9 \n \\. */
static size_t add_escape(struct sb *to, struct span s)
{
    char kind = s.len > 1 ? s.ptr[1] : '\0';
    int32_t value = kind == 'x' ? hex_value(span_from(s, 2), 2) : kind == 'u' ? hex_value(span_from(s, 2), 4) : -1;
    if (value > 0) {
        add_utf8(to, value >= 0xd800 && value < 0xe000 ? 0xfffd : (uint32_t)value);
        return kind == 'x' ? 4 : 6;
    }
    sb_addc(to, kind == 'n' ? '\n' : kind == '\\' ? '\\' : '\\');
    return kind == 'n' || kind == '\\' ? 2 : 1;
}

/* One field off *rest, appended to `to`: quoted (old, "" is a quote) or with escapes (new). False: none is left. */
static bool take_field(struct span *rest, struct sb *to)
{
    size_t i = 0;
    if (!rest->ptr)
        return false;
    if (rest->len > 0 && rest->ptr[0] == '"') {
        for (i = 1; i < rest->len; i++) {
            bool quote = rest->ptr[i] == '"';
            if (quote && !(i + 1 < rest->len && rest->ptr[i + 1] == '"'))
                break;
            i += quote;
            sb_addc(to, rest->ptr[i]);
        }
        i = span_chr(*rest, i < rest->len ? i : rest->len, ',');
    } else {
        while (i < rest->len && rest->ptr[i] != ',') {
            if (rest->ptr[i] == '\\')
                i += add_escape(to, span_from(*rest, i));
            else
                sb_addc(to, rest->ptr[i++]);
        }
    }
    *rest = i < rest->len ? span_from(*rest, i + 1) : (struct span){ NULL, 0 };
    return true;
}

/* Up to `max` fields behind the record's name; what is left stays in l->rest. */
static void split(struct v8_log *l, struct span line, uint32_t max)
{
    size_t at[FIELDS_MAX + 1];
    sb_reset(&l->text);
    l->rest = line;
    l->fields = 0;
    at[0] = 0;
    while (l->fields < max && take_field(&l->rest, &l->text))
        at[++l->fields] = l->text.len;
    for (uint32_t i = 0; i < l->fields; i++)
        l->field[i] = span_sub(sb_span(&l->text), at[i], at[i + 1] - at[i]);
}

static bool number(struct v8_log *l, uint32_t ix, uint64_t *ret)
{
    struct span s = ix < l->fields ? l->field[ix] : SPAN("");
    return span_starts(s, SPAN("0x")) ? span_hex_to_u64(s, ret) : span_to_u64(s, ret);
}

/* --- code --- */

static bool code_add(struct v8_log *l, struct v8_codemap *m, uint64_t start, uint64_t size, struct span name,
                     struct span type, struct span kind)
{
    struct v8_code code = { .js = span_is(type, "JS") };
    if (m->ranges >= l->line.opt->limits.frames * 4 || l->codes.count >= UINT32_MAX / 2)
        return err_at_line(l->err, ERR_LIMIT, source_lines(l->in), "more than %llu pieces of code",
                           (unsigned long long)l->line.opt->limits.frames * 4);
    if (!v8_ticks_code_frame(&l->line.t, name, type, kind, &code.frame))
        return false;
    VEC_PUSH(&l->codes, code);
    v8_codemap_add(m, start, size, l->codes.count - 1);
    return true;
}

/* shared-library,path,start,end,slide */
static bool read_library(struct v8_log *l)
{
    uint64_t start, end;
    if (!number(l, 1, &start) || !number(l, 2, &end) || end <= start) {
        l->dropped += l->fields < 3;
        return true;
    }
    return code_add(l, &l->libraries, start, end - start, l->field[0], SPAN("SHARED_LIB"), SPAN(""));
}

/* code-creation,type,[kind],[time],address,size,name[,function,tier] */
static bool read_creation(struct v8_log *l)
{
    uint64_t start, size;
    uint32_t at = 1; /* old logs lack the time, the oldest ones the kind as well */
    while (at < 3 && at < l->fields && !span_starts(l->field[at], SPAN("0x")))
        at++;
    if (!number(l, at, &start) || !number(l, at + 1, &size) || at + 2 >= l->fields) {
        l->dropped++;
        return true;
    }
    struct span type = l->field[0], name = l->field[at + 2];
    bool js = at + 3 < l->fields || span_is(type, "LazyCompile") || span_is(type, "Function") ||
              span_is(type, "Script") || span_is(type, "Eval") || span_is(type, "JS");
    if (!js)
        return code_add(l, &l->code, start, size, name, SPAN("CODE"), type);
    struct span tier = at + 4 < l->fields ? l->field[at + 4] : SPAN("");
    /* The oldest logs write the mark before the name. */
    if (tier.len == 0 && name.len > 0 && (name.ptr[0] == '*' || name.ptr[0] == '~')) {
        tier = span_sub(name, 0, 1);
        name = span_from(name, 1);
    }
    struct span kind = span_is(tier, "*") || span_is(tier, "+") ? SPAN("Opt")
                       : span_is(tier, "~")                     ? SPAN("Unopt")
                                                                : SPAN("");
    return code_add(l, &l->code, start, size, name, SPAN("JS"), kind);
}

static void read_move(struct v8_log *l)
{
    uint64_t from, to;
    struct v8_code_range r;
    if (number(l, 0, &from) && number(l, 1, &to)) {
        if (v8_codemap_take(&l->code, from, &r))
            v8_codemap_add(&l->code, to, r.size, r.code);
    } else {
        l->dropped++;
    }
}

/* --- ticks --- */

static const struct v8_code *code_at(const struct v8_log *l, uint64_t address)
{
    const struct v8_code_range *r = v8_codemap_find(&l->code, address);
    if (!r)
        r = v8_codemap_find(&l->libraries, address);
    return r ? &l->codes.items[r->code] : NULL;
}

/* V8 may run a copy of its builtins that lies inside the range of made code, and the log names the original only: what ran
 * there while scripts ran, and is no code of the log, is one of them. */
static bool is_builtin_copy(const struct v8_log *l, uint64_t pc, enum v8_vm vm)
{
    const uint64_t range_max = 512ull << 20;
    return vm == V8_VM_JS && l->code_range != 0 && pc >= l->code_range && pc - l->code_range < range_max;
}

/* Entries are addresses, or differences to the entry before. False: a word that is none ("overflow"). */
static bool read_entry(struct span word, uint64_t *address)
{
    uint64_t n;
    if (word.len < 2)
        return false;
    bool minus = word.ptr[0] == '-', relative = minus || word.ptr[0] == '+';
    if (!span_hex_to_u64(relative ? span_from(word, 1) : word, &n))
        return false;
    *address = !relative ? n : minus ? *address - n : *address + n;
    return true;
}

/* Innermost first, as the log has it. Returns how many; *ret_pc: the first one is what ran. */
static uint32_t read_stack(struct v8_log *l, uint64_t pc, bool external, uint64_t top)
{
    uint32_t n = 0;
    uint64_t address = pc;
    struct span word;
    /* Inside a callback the callback itself is what ran; a top of stack is a caller that made no frame. */
    l->stack[n++] = external ? top : pc;
    const struct v8_code *caller = !external && top != 0 ? code_at(l, top) : NULL;
    if (caller && caller->js)
        l->stack[n++] = top;
    while (n < STACK_MAX && l->rest.ptr) {
        size_t comma = span_chr(l->rest, 0, ',');
        word = span_sub(l->rest, 0, comma);
        l->rest = comma < l->rest.len ? span_from(l->rest, comma + 1) : (struct span){ NULL, 0 };
        if (read_entry(word, &address))
            l->stack[n++] = address;
    }
    return n;
}

/* tick,pc,time,is external,callback or top of stack,state,stack... */
static bool read_tick(struct v8_log *l)
{
    uint64_t pc, time, external, top, state;
    if (!number(l, 0, &pc) || !number(l, 1, &time) || !number(l, 2, &external) || !number(l, 3, &top) ||
        !number(l, 4, &state)) {
        l->dropped++;
        return true;
    }
    uint32_t n = read_stack(l, pc, external != 0, top), count = 0;
    enum v8_leaf leaf = V8_LEAF_UNKNOWN;
    for (uint32_t i = n; i-- > 0;) {
        const struct v8_code *code = code_at(l, l->stack[i]);
        if (code)
            l->frames[count++] = code->frame;
        if (i == 0)
            leaf = !code ? V8_LEAF_UNKNOWN : code->js ? V8_LEAF_SCRIPT : V8_LEAF_NATIVE;
    }
    enum v8_vm vm = v8_vm_of(state, l->major, l->minor);
    if (leaf == V8_LEAF_UNKNOWN && is_builtin_copy(l, l->stack[0], vm)) {
        if (!v8_ticks_code_frame(&l->line.t, SPAN("unnamed"), SPAN("CODE"), SPAN("Builtin"), &l->frames[count++]))
            return false;
        leaf = V8_LEAF_NATIVE;
    }
    if (!v8_line_tick(&l->line, (double)time, vm, l->frames, count, leaf)) {
        if (l->err->line == 0)
            l->err->line = source_lines(l->in);
        return false;
    }
    return true;
}

/* --- lines --- */

static bool read_line(struct v8_log *l, struct span line)
{
    size_t comma = span_chr(line, 0, ',');
    struct span name = span_sub(line, 0, comma), rest = span_from(line, comma + 1);
    uint64_t n;
    struct v8_code_range gone;
    if (comma == line.len)
        return true;
    if (span_is(name, "tick")) {
        split(l, rest, 5);
        return read_tick(l);
    }
    if (span_is(name, "code-creation")) {
        split(l, rest, FIELDS_MAX);
        return read_creation(l);
    }
    if (span_is(name, "code-move")) {
        split(l, rest, 2);
        read_move(l);
    } else if (span_is(name, "code-delete")) {
        split(l, rest, 1);
        if (number(l, 0, &n))
            (void)v8_codemap_take(&l->code, n, &gone);
    } else if (span_is(name, "shared-library")) {
        split(l, rest, 4);
        return read_library(l);
    } else if (span_is(name, "new")) {
        split(l, rest, 2);
        if (l->fields == 2 && span_is(l->field[0], "CodeRange"))
            (void)number(l, 1, &l->code_range);
    } else if (span_is(name, "v8-version")) {
        split(l, rest, 2);
        (void)(number(l, 0, &l->major) && number(l, 1, &l->minor));
    } else if (span_is(name, "profiler")) {
        split(l, rest, 2);
        if (l->fields == 2 && span_is(l->field[0], "begin") && number(l, 1, &n) && n > 0 && n < 60000000)
            l->line.interval_us = (double)n;
    }
    return true;
}

/* "isolate0x5594f0-4711-v8.log", as node names them. */
static void pid_from_name(struct artefact *a)
{
    struct span head, pid;
    uint64_t n;
    size_t at = span_find(a->name, 0, SPAN("-v8.log"));
    if (at < a->name.len && span_rsplit(span_sub(a->name, 0, at), '-', &head, &pid) && span_to_u64(pid, &n) &&
        n <= INT64_MAX)
        a->pid = (int64_t)n;
}

static bool parse_text(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct v8_log l = { .in = in, .err = err };
    l.stack = xcalloc(STACK_MAX, sizeof *l.stack);
    l.frames = xcalloc(STACK_MAX + 1, sizeof *l.frames);
    bool ok = v8_line_init(&l.line, opt, err), eof = false;
    struct span line;
    while (ok && !eof) {
        ok = source_line(in, &line, &eof, err);
        if (ok && !eof)
            ok = read_line(&l, line);
    }
    ok = ok && v8_line_finish(&l.line, out);
    if (ok && l.dropped > 0)
        artefact_problem(out, "lines_cut_off", NULL, "%llu lines of the log are not whole and were left out",
                         (unsigned long long)l.dropped);
    if (ok) {
        if (l.major > 0) {
            sb_reset(&l.text);
            sb_printf(&l.text, "V8 %llu.%llu", (unsigned long long)l.major, (unsigned long long)l.minor);
            out->tool_version = artefact_text(out, sb_span(&l.text));
        }
        pid_from_name(out);
    }
    v8_line_release(&l.line);
    v8_codemap_release(&l.code);
    v8_codemap_release(&l.libraries);
    free(l.codes.items);
    sb_release(&l.text);
    free(l.stack);
    free(l.frames);
    return ok;
}

static bool log_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span head;
    if (!source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    return json_in_first(head) == '{' ? v8_log_json_parse(in, opt, out, err) : parse_text(in, opt, out, err);
}

const struct importer import_v8_log = {
    .name = "v8-log",
    .title = "V8 isolate log (node --prof), also preprocessed",
    .proves =
        "what the JavaScript thread did, with native libraries; how long its event loop slept, from gaps between ticks",
    .cannot = "other threads (pool, GC helpers, workers); whether a synchronous call computed or waited",
    .spec_url = "https://v8.dev/docs/profile",
    .extensions = "*-v8.log v8.log isolate*.json",
    .sniff = log_sniff,
    .parse = log_parse,
};
