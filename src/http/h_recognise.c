/* What a file is, said before it is sent: POST /api/v1/recognise. The body is the file, or its beginning; nothing of it is
 * kept. Of a whole file the words are those of the report's "what each file proves", since it is read as for a report; of a
 * beginning they are what the beginning holds: its format, and the recorder's command line where that stands in front. */
#include "advise/artefact_words.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"
#include "import/cmdline.h"
#include "import/importer.h"
#include "import/unwrap.h"
#include "report/view.h"
#include "symbol/symbols.h"

enum {
    BODY_BYTES_MAX = 4 << 20,
    EXPANDED_BYTES_MAX = 64 << 20,
    ORDERED_MAX = 1 << 20,
    FILES_MAX = 20,
    PROBLEMS_MAX = 3,
    DOC_DEPTH_MAX = 64
};

struct recognised {
    struct span bytes, name;
    bool complete;
};

/* --- the answer --- */

/* "flame graph by py-spy, 100 Hz, recorded without --idle: shows what the CPU did, not how long the program waited". */
static void clock_add(struct sb *words, const char *clock)
{
    struct span shows = view_clock_words(span_of(clock), true);
    struct span hides = view_clock_words(span_of(clock), false);
    if (shows.len > 0)
        sb_printf(words, ": shows %.*s, not %.*s", SPAN_FMT(shows), SPAN_FMT(hides));
}

/* Totals are told by what they hold; a profile that comes with totals shows both. */
static void shown_add(struct sb *words, const struct artefact *a)
{
    bool cpu = a->acct_count > 0 && num_known(a->acct[0].cpu_s);
    bool wall = a->acct_count > 0 && num_known(a->acct[0].wall_s);
    if (a->clock == CLOCK_CPU && cpu && wall)
        sb_printf(words, ": shows %.*s, and %.*s", SPAN_FMT(view_clock_words(SPAN("cpu"), true)),
                  SPAN_FMT(view_clock_words(SPAN("acct"), true)));
    else if (a->clock != CLOCK_ACCT || (cpu && wall))
        clock_add(words, clock_name(a->clock));
}

static void kind_write(struct jsonw *w, const struct importer *imp, const struct sb *words)
{
    jsonw_strz(w, "format", imp ? imp->name : NULL);
    jsonw_strz(w, "title", imp ? imp->title : NULL);
    jsonw_text(w, "words", sb_span(words));
    jsonw_strz(w, "proves", imp ? imp->proves : NULL);
    jsonw_strz(w, "cannot", imp ? imp->cannot : NULL);
}

static void refused_write(struct jsonw *w, const struct err *why)
{
    if (why->code == ERR_NONE) {
        jsonw_null(w, "refused");
        return;
    }
    jsonw_obj(w, "refused");
    jsonw_strz(w, "code", err_slug(why->code));
    jsonw_int(w, "status", err_http_status(why->code));
    jsonw_strz(w, "detail", why->text);
    jsonw_end_obj(w);
}

/* --- a whole file --- */

static void file_words(const struct artefact *a, struct sb *words)
{
    artefact_words(a, words);
    shown_add(words, a);
}

static void file_write(struct jsonw *w, const struct artefact *a)
{
    struct sb words = { 0 };
    file_words(a, &words);
    jsonw_obj(w, NULL);
    jsonw_str(w, "name", a->name);
    kind_write(w, importer_find(span_of(a->format)), &words);
    jsonw_strz(w, "clock", clock_name(a->clock));
    jsonw_bool(w, "sees_wait", a->sees_wait);
    jsonw_arr(w, "problems");
    for (uint32_t i = 0; i < a->problem_count && i < PROBLEMS_MAX; i++) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "text", a->problems[i].text);
        jsonw_text(w, "fix", a->problems[i].fix);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_end_obj(w);
    sb_release(&words);
}

/* The first step that a report of this file alone would name. */
static void next_write(struct service *s, struct jsonw *w, const struct artefact_list *list)
{
    struct advise_input in = { .artefacts = list->items, .artefact_count = list->count, .seed = 1 };
    struct advise_verdict verdict;
    struct sb text = { 0 };
    struct err ignored = ERR_INIT;
    CLEANUP(json_freep) struct json *doc = NULL;
    bool ok = s->analyse(&in, &text, &verdict, &ignored) && json_parse(sb_span(&text), DOC_DEPTH_MAX, &doc, &ignored);
    const struct json *step = ok ? json_first(json_get(doc, "next")) : NULL;
    if (step) {
        double takes = json_num(json_get(step, "takes_s"), NUM_UNKNOWN);
        jsonw_obj(w, "next");
        jsonw_text(w, "why", json_str(json_get(step, "why")));
        jsonw_text(w, "command", json_str(json_get(step, "command")));
        jsonw_text(w, "text", json_str(json_get(step, "text")));
        jsonw_text(w, "settles", json_str(json_get(step, "settles_words")));
        jsonw_num(w, "takes_s", takes);
        jsonw_end_obj(w);
    } else {
        jsonw_null(w, "next");
    }
    sb_release(&text);
}

static void whole_write(struct service *s, struct jsonw *w, const struct artefact_list *list)
{
    const struct artefact *first = list->items[0];
    struct sb words = { .cap = 2000 };
    if (list->count > 1)
        sb_printf(&words, "%u files: ", list->count);
    file_words(first, &words);
    if (list->count > 1)
        sb_printf(&words, "; and %u more", list->count - 1);
    kind_write(w, importer_find(span_of(first->format)), &words);
    sb_release(&words);
    jsonw_strz(w, "clock", clock_name(first->clock));
    jsonw_bool(w, "sees_wait", first->sees_wait);
    jsonw_arr(w, "files");
    for (uint32_t i = 0; i < list->count && i < FILES_MAX; i++)
        file_write(w, list->items[i]);
    jsonw_end_arr(w);
    next_write(s, w, list);
}

/* --- the beginning of a file --- */

struct beginning {
    struct span name;
    const struct importer *imp;
    struct sb words;
    struct err why; /* of the first member that cannot be used */
    const char *clock;
    bool seen;
};

/* A recorder's command line as it stands in a picture's title or a header line; "" without one. */
static struct span recorder_in(struct span head)
{
    static const char *const marks[] = { "py-spy record", "# cmdline : " };
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        size_t at = span_find(head, 0, span_of(marks[i]));
        if (at == head.len)
            continue;
        struct span line = span_from(head, i == 0 ? at : at + strlen(marks[i]));
        size_t end = 0;
        while (end < line.len && end < 2000 && line.ptr[end] != '\n' && line.ptr[end] != '<' && line.ptr[end] != '"')
            end++;
        return span_trim(span_sub(line, 0, end));
    }
    return SPAN("");
}

static void beginning_words(struct beginning *b, struct span head)
{
    struct span recorder = recorder_in(head);
    struct recorder_options opt;
    sb_adds(&b->words, artefact_short_name(b->imp->name));
    if (recorder.len == 0 || !cmdline_recorder(recorder, &opt)) {
        sb_adds(&b->words, "; its beginning tells the format alone, the whole file will tell more");
        return;
    }
    sb_printf(&b->words, " by %.*s", SPAN_FMT(span_sub(opt.tool, 0, 60)));
    if (opt.pid > 0)
        sb_printf(&b->words, ", pid %lld", (long long)opt.pid);
    artefact_recorder_words(recorder, &b->words);
    b->clock = !span_is(opt.tool, "py-spy") ? NULL : opt.idle ? "wall" : "cpu";
    if (b->clock)
        clock_add(&b->words, b->clock);
    sb_adds(&b->words, "; read from its beginning");
}

/* Looks at the head of the first member that is known, and then stops: what follows may be cut off. */
static bool beginning_member(void *user, struct span name, struct source *src, struct err *err)
{
    struct beginning *b = user;
    struct span head;
    bool utf16;
    struct err why = ERR_INIT;
    if (!source_decode_text(src, &utf16, err) || !source_peek(src, SNIFF_BYTES, &head, err))
        return false;
    const struct importer *imp = head.len > 0 ? import_detect(head, name.len > 0 ? name : b->name, &why) : NULL;
    if (!b->seen)
        b->why = why;
    b->seen = true;
    if (!imp)
        return name.len > 0;
    b->imp = imp;
    b->why = ERR_INIT;
    beginning_words(b, head);
    return err_set(err, ERR_LIMIT, "seen enough");
}

struct begun {
    struct span all;
    size_t at;
};

static bool begun_read(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    struct begun *m = user;
    struct span piece = span_sub(m->all, m->at, n);
    (void)err;
    if (piece.len > 0)
        memcpy(buf, piece.ptr, piece.len);
    m->at += piece.len;
    *ret_n = piece.len;
    return true;
}

static void beginning_look(const struct recognised *r, const struct limits *lim, struct beginning *b)
{
    struct begun bytes = { .all = r->bytes };
    struct err end = ERR_INIT;
    if (unwrap_kind(span_sub(r->bytes, 0, 512)) == WRAP_NONE) {
        struct source *src = source_memory(r->bytes);
        (void)(beginning_member(b, SPAN(""), src, &end));
        source_free(src);
        return;
    }
    struct unwrap_input in = { .read = begun_read, .user = &bytes };
    struct unwrap_state state = { .limits = lim };
    if (!unwrap_open(&in, &state, 0, beginning_member, b, &end) && !b->seen)
        b->why = end;
}

static void beginning_write(const struct recognised *r, const struct limits *lim, struct jsonw *w, struct err *ret_why)
{
    struct beginning b = { .name = r->name, .why = ERR_INIT };
    beginning_look(r, lim, &b);
    *ret_why = b.why;
    /* A whole file that is broken has shown all that it had to tell. */
    if (r->complete)
        sb_reset(&b.words);
    kind_write(w, b.imp, &b.words);
    jsonw_strz(w, "clock", b.clock);
    if (b.clock)
        jsonw_bool(w, "sees_wait", strcmp(b.clock, "wall") == 0);
    else
        jsonw_null(w, "sees_wait");
    jsonw_arr(w, "files");
    jsonw_end_arr(w);
    jsonw_null(w, "next");
    sb_release(&b.words);
}

/* --- the handler --- */

static struct limits narrow(const struct limits *of)
{
    struct limits lim = *of;
    lim.expanded_bytes = lim.expanded_bytes < EXPANDED_BYTES_MAX ? lim.expanded_bytes : EXPANDED_BYTES_MAX;
    lim.ordered_samples = lim.ordered_samples < ORDERED_MAX ? lim.ordered_samples : ORDERED_MAX;
    return lim;
}

static bool recognise_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct recognised *r = user;
    struct service *s = rq->service;
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    struct artefact_list list = { 0 };
    struct err why = ERR_INIT;
    struct err of_beginning = ERR_INIT;
    struct jsonw w = { .out = body };
    (void)db;
    opt.limits = narrow(&s->limits);
    struct symbol_options names = { .set_bytes_max = opt.limits.expanded_bytes, .elf_bytes_max = opt.limits.elf_bytes };
    opt.symbols = symbols_new(&names);
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "name", r->name);
    jsonw_int(&w, "bytes_seen", (int64_t)r->bytes.len);
    bool whole = r->complete && import_memory(r->bytes, r->name, NULL, &opt, &list, &why) && list.count > 0;
    jsonw_bool(&w, "complete", whole);
    if (whole)
        whole_write(s, &w, &list);
    else
        beginning_write(r, &opt.limits, &w, &of_beginning);
    /* A file that is too large to be opened here may still be known by its beginning. */
    if (!whole && (!r->complete || why.code == ERR_LIMIT))
        why = of_beginning;
    refused_write(&w, &why);
    jsonw_end_obj(&w);
    artefact_list_release(&list);
    symbols_free(opt.symbols);
    return err_http_status(why.code) < 500 || err_set(err, why.code, "%s", why.text);
}

bool h_recognise(struct request *rq, struct reply *rp, struct err *err)
{
    char name[256];
    struct span given = pairs_get(&rq->query, "name");
    struct span complete = pairs_get(&rq->query, "complete");
    struct recognised r = { .complete = span_is(complete, "1") };
    if (complete.len > 0 && !r.complete && !span_is(complete, "0"))
        return err_set(err, ERR_BAD_REQUEST, "complete: want 0 or 1");
    if (!rq->has_body)
        return err_set(err, ERR_BAD_REQUEST, "send the file, or at most its first %d bytes, as the body",
                       BODY_BYTES_MAX);
    spool_name(given.ptr ? given : SPAN("upload"), name);
    r.name = span_of(name);
    if (!body_small(rq, BODY_BYTES_MAX, &r.bytes, err))
        return false;
    if (r.bytes.len == 0)
        return err_set(err, ERR_EMPTY, "%s is empty", name);
    reply_type(rp, 200, "application/json");
    return page_render(rq, recognise_render, &r, &rp->body, err);
}
