/* dview_life.c - how a decision lives on: what would change it, what is watched, who objects, who waived it, what came
 * of it, and where it stands in the record. */
#include "report/dview.h"

#include "base/sb.h"
#include "report/view_read.h"

enum { ROWS_MAX = 40, NOTICES_MAX = 16, WAIVERS_TOLD = 3 };

/* A time of RFC 3339 to the minute; a date as it is. */
static struct span time_words(struct dview *d, const struct json *obj, const char *key)
{
    struct span t = read_text(&d->v, obj, key, 40);
    if (t.len < 17 || t.ptr[10] != 'T' || !span_ends(t, SPAN("Z")))
        return t;
    if (span_starts(span_from(t, 11), SPAN("00:00")))
        return span_sub(t, 0, 10);
    return view_printf(d->v.arena, "%.*s %.*s UTC", SPAN_FMT(span_sub(t, 0, 10)), SPAN_FMT(span_sub(t, 11, 5)));
}

static struct dview_action *actions(struct dview *d, const struct json *list, size_t *count)
{
    struct dview_action *ret = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct dview_action);
    *count = 0;
    EACH (row, list) {
        if (*count == ROWS_MAX)
            break;
        struct span what = read_text(&d->v, row, "action", 60);
        ret[(*count)++] = (struct dview_action){ dview_name(d->v.arena, what), read_text(&d->v, row, "rule", 30),
                                                 read_text(&d->v, row, "reason", 300) };
    }
    return ret;
}

/* Facts of which everybody has a notion; their ways to another answer stand first. */
static bool plain_fact(struct span fact)
{
    static const char *const plain[] = { "cpu_share", "cpu_queue_share", "wait_share",
                                         "p_roi_pos", "ops_per_year",    "failure_probability",
                                         "pf_mean",   "months",          "usd_per_hour" };
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        if (span_starts(fact, span_of(plain[i])))
            return true;
    }
    return false;
}

/* One way to another answer. Shares and chances are told as an analysis tells them: two ends of one interval are one
 * quantity. */
static struct span flip_text(struct dview *d, const struct json *row)
{
    static const char *const own[] = { "cpu_share", "cpu_queue_share", "wait_share", "p_roi_pos" };
    if (json_kind_of(row) == JSON_STR)
        return view_clean(d->v.arena, json_str(row), 240);
    struct span fact = json_str(json_get(row, "fact"));
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        if (span_starts(fact, span_of(own[i])) && !json_is_null(json_get(row, "at")))
            return read_flip(&d->v, row);
    }
    struct span text = read_text(&d->v, row, "text", 240);
    if (text.len == 0 && !json_is_null(json_get(row, "at")))
        return read_flip(&d->v, row);
    /* One of several in a sentence; a name of capitals keeps them. */
    if (text.len > 1 && text.ptr[0] >= 'A' && text.ptr[0] <= 'Z' && (text.ptr[1] >= 'a' || text.ptr[1] == ' '))
        text = view_printf(d->v.arena, "%c%.*s", text.ptr[0] - 'A' + 'a', SPAN_FMT(span_from(text, 1)));
    return text;
}

static void distance_add(struct dview *d, struct span text)
{
    struct span said = span_sub(text, 0, span_find(text, 0, SPAN(" (now ")));
    bool seen = text.len == 0 || d->distance_count == ROWS_MAX;
    for (size_t i = 0; i < d->distance_count; i++) {
        struct span old = d->distance[i].value;
        seen = seen || span_eq(span_sub(old, 0, span_find(old, 0, SPAN(" (now "))), said);
    }
    if (!seen)
        d->distance[d->distance_count++].value = text;
}

static void distance_make(const struct json *doc, struct dview *d)
{
    const struct json *list = json_get(doc, "distance");
    d->distance = ARENA_ARRAY(d->v.arena, ROWS_MAX, struct view_pair);
    for (int pass = 0; pass < 2; pass++) {
        EACH (row, list) {
            if (plain_fact(json_str(json_get(row, "fact"))) == (pass == 0))
                distance_add(d, flip_text(d, row));
        }
        if (pass == 0)
            d->distance_plain = d->distance_count;
    }
    for (size_t i = 0; json_count(list) == 0 && i < d->v.flips_count; i++)
        distance_add(d, d->v.flips[i].words);
}

static struct span share_words(struct dview *d, double x)
{
    return dview_percent(d->v.arena, &(struct view_share){ NUM_UNKNOWN, x, NUM_UNKNOWN });
}

/* "share of decode reaches 20 %": the condition as people read it, where it is a simple one. */
static struct dview_watch watch_of(struct dview *d, const struct json *row)
{
    struct span kind = json_str(json_get(row, "kind"));
    struct span fact = json_str(json_get(row, "fact"));
    struct span state = json_str(json_get(row, "state"));
    struct dview_watch w = { .id = read_text(&d->v, row, "id", 40),
                             .title = read_text(&d->v, row, "title", 160),
                             .when = read_text(&d->v, row, "when", 200) };
    /* A title stands before a colon or in a cell. */
    while (w.title.len > 0 && w.title.ptr[w.title.len - 1] == '.')
        w.title.len--;
    bool share = span_is(kind, "share");
    const struct json *now = json_get(row, "now");
    const struct json *line = json_get(row, "line");
    if (w.when.len == 0)
        w.when = time_words(d, row, "date");
    if (!json_is_null(now))
        w.now =
            share && json_kind_of(now) == JSON_NUM ? share_words(d, json_num(now, 0)) : read_value(&d->v, fact, now);
    if (!json_is_null(line))
        w.line =
            share && json_kind_of(line) == JSON_NUM ? share_words(d, json_num(line, 0)) : read_value(&d->v, fact, line);
    w.kind = span_is(kind, "date")     ? SPAN("on a date")
             : span_is(kind, "manual") ? SPAN("somebody says so")
             : share                   ? SPAN("share of a part")
                                       : SPAN("a number");
    w.fired = span_is(state, "fired");
    w.state = w.fired ? SPAN("fired") : span_is(state, "clear") ? SPAN("not reached") : SPAN("not measured yet");
    if (!w.fired && span_is(kind, "manual"))
        w.state = SPAN("not said yet");
    else if (!w.fired && span_is(kind, "date"))
        w.state = SPAN("not reached");
    return w;
}

static void watch_make(const struct json *doc, const struct json *meta, struct dview *d)
{
    const struct json *list = json_get(meta, "watch");
    if (json_kind_of(list) != JSON_ARR)
        list = json_get(doc, "watch");
    d->watch = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct dview_watch);
    /* What fired stands first. */
    for (int pass = 0; pass < 2; pass++) {
        EACH (row, list) {
            bool fired = span_is(json_str(json_get(row, "state")), "fired");
            d->watch_fired += pass == 0 && fired;
            if (d->watch_count < ROWS_MAX && fired == (pass == 0))
                d->watch[d->watch_count++] = watch_of(d, row);
        }
    }
}

static void waivers_make(const struct json *doc, const struct json *meta, struct dview *d)
{
    const struct json *list = json_get(meta, "waivers");
    if (json_kind_of(list) != JSON_ARR)
        list = json_get(doc, "waivers");
    d->waivers = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct dview_waiver);
    EACH (row, list) {
        struct span state = json_str(json_get(row, "state"));
        bool counts = span_is(state, "granted") || span_is(state, "active");
        d->waivers_counting += counts;
        d->waivers_total++;
        if (d->waivers_count == ROWS_MAX)
            continue;
        struct dview_waiver w = {
            .rule = read_text(&d->v, row, "rule", 30),
            .owner = read_text(&d->v, row, "owner", 80),
            .reason = read_text(&d->v, row, "reason", 200),
            .until = time_words(d, row, "until"),
            .state = counts                                                   ? SPAN("in force")
                     : span_is(state, "requested") || span_is(state, "asked") ? SPAN("asked for")
                                                                              : view_clean(d->v.arena, state, 20),
            .counts = counts,
        };
        d->waivers[d->waivers_count++] = w;
    }
}

static void objections_make(const struct json *doc, const struct json *meta, struct dview *d)
{
    const struct json *list = json_get(meta, "objections");
    if (json_kind_of(list) != JSON_ARR)
        list = json_get(doc, "objections");
    d->objections = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct dview_objection);
    EACH (row, list) {
        if (d->objections_count == ROWS_MAX)
            break;
        struct dview_objection *o = &d->objections[d->objections_count++];
        *o = (struct dview_objection){
            .text = read_text(&d->v, row, "text", 300),
            .by = read_text(&d->v, row, "by", 80),
            .at = time_words(d, row, "at"),
            .iso = read_text(&d->v, row, "at", 40),
            .answer = read_text(&d->v, row, "answer", 300),
            .url = read_text(&d->v, row, "url", 200),
            .open = !span_is(json_str(json_get(row, "state")), "answered"),
        };
        d->objections_open += o->open;
    }
}

/* --- foreseen and real --- */

static struct span gain_words(struct dview *d, const struct json *value, struct span unit)
{
    struct view_share x = view_share_of(value);
    if (json_kind_of(value) == JSON_NUM)
        x.est = json_num(value, NUM_UNKNOWN);
    if (span_is(unit, "x"))
        return dview_speed(d->v.arena, &x);
    if (unit.len > 0 && !span_is(unit, "share"))
        return dview_quantity(d->v.arena, value, view_clean(d->v.arena, unit, 20));
    struct span saved = dview_percent(d->v.arena, &x);
    return saved.len > 0 ? view_printf(d->v.arena, "%.*s less", SPAN_FMT(saved)) : saved;
}

static struct span audit_verdict(const struct json *row)
{
    const struct json *real = json_get(row, "real");
    double x = json_kind_of(real) == JSON_NUM ? json_num(real, NUM_UNKNOWN) : read_num(real, "est");
    double lo = read_num(json_get(row, "predicted"), "lo");
    double hi = read_num(json_get(row, "predicted"), "hi");
    if (!num_known(x) || !num_known(lo) || !num_known(hi))
        return SPAN("");
    return x < lo   ? SPAN("less than was foreseen")
           : x > hi ? SPAN("more than was foreseen")
                    : SPAN("within what was foreseen");
}

static void audit_make(const struct json *doc, const struct json *meta, struct dview *d)
{
    const struct json *list = json_get(meta, "audit");
    if (json_kind_of(list) != JSON_ARR)
        list = json_get(doc, "audit");
    d->audit = ARENA_ARRAY(d->v.arena, read_count(list, ROWS_MAX), struct dview_audit);
    EACH (row, list) {
        if (d->audit_count == ROWS_MAX || json_kind_of(row) != JSON_OBJ)
            break;
        struct span unit = json_str(json_get(row, "unit"));
        struct dview_audit *a = &d->audit[d->audit_count++];
        *a = (struct dview_audit){
            .scope = read_text(&d->v, row, "scope", 80),
            .at = time_words(d, row, "at"),
            .run = read_text(&d->v, row, "run", 60),
            .url = read_text(&d->v, row, "url", 200),
            .predicted = gain_words(d, json_get(row, "predicted"), unit),
            .real = gain_words(d, json_get(row, "real"), unit),
            .words = audit_verdict(row),
        };
        if (a->words.len == 0)
            a->words = read_text(&d->v, row, "text", 240);
    }
}

static void comparison_make(const struct json *doc, struct dview *d)
{
    const struct json *c = json_get(doc, "comparison");
    struct view_share gain = view_share_of(json_get(c, "ab_gain"));
    if (json_kind_of(c) != JSON_OBJ)
        return;
    if (!num_known(gain.lo) && !num_known(gain.est)) {
        d->comparison = SPAN("The change is built, but no comparison of both versions was given.");
        if (!d->after_build)
            d->comparison = SPAN("");
        return;
    }
    bool less = gain.lo >= 0 || gain.est > 0;
    struct view_share size = less ? gain : (struct view_share){ -gain.hi, -gain.est, -gain.lo };
    struct span scope = json_str(json_get(c, "ab_scope"));
    const char *where = span_is(scope, "component") ? " for the part alone"
                        : span_is(scope, "micro")   ? " in a small benchmark alone"
                        : span_is(scope, "goal")    ? " on what was asked"
                                                    : "";
    d->comparison = view_printf(d->v.arena, "Both versions were measured%s: the new one takes %.*s %s.", where,
                                SPAN_FMT(dview_percent(d->v.arena, &size)), less ? "less" : "more");
    if (gain.lo < 0 && gain.hi > 0)
        d->comparison = view_printf(d->v.arena,
                                    "Both versions were measured, and the difference lies between %.0f and %.0f %%: no "
                                    "gain is shown.",
                                    gain.lo * 100, gain.hi * 100);
}

/* --- state --- */

static void notice(struct dview *d, struct span text)
{
    if (text.len > 0 && d->notices_count < NOTICES_MAX)
        d->notices[d->notices_count++].value = text;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static struct span plain_token(struct dview *d, struct span token, bool gate)
{
    static const char *const words[][2] = {
        { "insufficient_evidence", "not decided yet" },         { "do_not_migrate", "a rewrite would not pay" },
        { "fix_wait_first", "fix the waiting first" },          { "optimise_in_place", "optimise in place first" },
        { "native_extension", "move one part to native code" }, { "full_migration", "a rewrite is supported" },
    };
    static const char *const gates[][2] = { { "fail", "closed" },
                                            { "pass", "open" },
                                            { "insufficient", "closed, not shown yet" } };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_is(token, words[i][0]))
            return span_of(words[i][1]);
    }
    for (size_t i = 0; gate && i < ARRAY_LEN(gates); i++) {
        if (span_is(token, gates[i][0]))
            return span_of(gates[i][1]);
    }
    return span_chr(token, 0, '_') < token.len ? dview_name(d->v.arena, token) : token;
}

/* What the log says of facts and answers by their names, in the words of a page. */
static struct span plain_words(struct dview *d, struct span text)
{
    struct sb sb = { 0 };
    for (size_t i = 0; i < text.len;) {
        size_t n = 0;
        while (i + n < text.len && is_name_byte(text.ptr[i + n]))
            n++;
        if (n == 0) {
            sb_addc(&sb, text.ptr[i++]);
            continue;
        }
        sb_add(&sb, plain_token(d, span_sub(text, i, n), span_ends(sb_span(&sb), SPAN("gate "))));
        i += n;
    }
    struct span kept = view_clean(d->v.arena, sb_span(&sb), 400);
    sb_release(&sb);
    return kept;
}

static void notices_texts(struct dview *d, const struct json *list, const char *prefix)
{
    EACH (row, list) {
        struct span at = json_kind_of(row) == JSON_OBJ ? time_words(d, row, "at") : SPAN("");
        struct span said = json_kind_of(row) == JSON_OBJ ? json_str(json_get(row, "text")) : json_str(row);
        struct span text = view_clean(d->v.arena, plain_words(d, span_sub(said, 0, 2000)), 240);
        if (text.len > 0)
            notice(d, view_printf(d->v.arena, "%s%s%.*s: %.*s", prefix, at.len ? " on " : "", SPAN_FMT(at),
                                  SPAN_FMT(text)));
    }
}

static void notices_make(const struct json *meta, struct dview *d)
{
    d->notices = ARENA_ARRAY(d->v.arena, NOTICES_MAX, struct view_pair);
    if (span_is(d->status, "superseded"))
        notice(d, SPAN("A newer decision takes the place of this one."));
    notices_texts(d, json_get(meta, "reopened"), "Re-opened");
    if (span_is(json_str(json_get(meta, "state")), "reopened") && json_count(json_get(meta, "reopened")) == 0)
        notice(d, SPAN("Re-opened: its reasons are to be looked at again. The answer below is the old one."));
    notices_texts(d, json_get(meta, "stale"), "Out of date");
    notices_texts(d, json_get(meta, "changes"), "Changed since");
    for (size_t i = 0; i < d->waivers_count && i < WAIVERS_TOLD; i++) {
        const struct dview_waiver *w = &d->waivers[i];
        if (w->counts)
            notice(d, view_printf(d->v.arena, "Waived by %.*s until %.*s: %.*s",
                                  SPAN_FMT(w->owner.len ? w->owner : SPAN("an owner not named")),
                                  SPAN_FMT(w->until.len ? w->until : SPAN("a date not given")), SPAN_FMT(w->reason)));
        else if (span_is(w->state, "expired"))
            notice(d, view_printf(d->v.arena, "A waiver by %.*s ended on %.*s and no longer counts.",
                                  SPAN_FMT(w->owner.len ? w->owner : SPAN("an owner not named")),
                                  SPAN_FMT(w->until.len ? w->until : SPAN("a date not given"))));
    }
    if (d->watch_fired > 0 && json_count(json_get(meta, "reopened")) == 0)
        notice(d, view_printf(d->v.arena,
                              "%zu condition%s of the watch list fired: the reasons are to be looked at again.",
                              d->watch_fired, d->watch_fired == 1 ? "" : "s"));
    if (d->objections_open > 0)
        notice(d, view_printf(d->v.arena, "%zu objection%s not answered yet.", d->objections_open,
                              d->objections_open == 1 ? " is" : "s are"));
}

static void record_make(const struct json *doc, const struct json *meta, struct dview *d)
{
    static const char *const statuses[] = { "proposed", "accepted", "rejected", "superseded", "deprecated" };
    struct span given = json_str(json_get(meta, "status"));
    d->status = SPAN("proposed");
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        if (span_is(given, statuses[i]))
            d->status = span_of(statuses[i]);
    }
    d->say = json_get(meta, "say");
    d->id = read_text(&d->v, meta, "id", 60);
    d->project = read_text(&d->v, meta, "project", 63);
    d->decided_by = read_text(&d->v, meta, "decided_by", 100);
    struct span at = read_text(&d->v, meta, "decided_at", 40);
    if (at.len == 0)
        at = read_text(&d->v, doc, "as_of", 40);
    d->date = at.len >= 10 ? span_sub(at, 0, 10) : SPAN("");
    d->verify = read_text(&d->v, meta, "verify", 400);
    const struct json *chain = json_get(meta, "chain");
    d->chain = ARENA_ARRAY(d->v.arena, 8, struct view_pair);
    struct view_pair *c = d->chain;
    double sequence = read_num(chain, "sequence");
    if (num_known(sequence) && sequence < 1e15)
        c[d->chain_count++] =
            (struct view_pair){ SPAN("place in the chain"), view_printf(d->v.arena, "%.0f", sequence) };
    if (json_str(json_get(chain, "hash")).len > 0)
        c[d->chain_count++] = (struct view_pair){ SPAN("hash of this record"), read_text(&d->v, chain, "hash", 80) };
    if (json_str(json_get(chain, "previous")).len > 0)
        c[d->chain_count++] =
            (struct view_pair){ SPAN("hash of the one before"), read_text(&d->v, chain, "previous", 80) };
    const struct json *verified = json_get(meta, "verified");
    if (!json_is_null(verified))
        c[d->chain_count++] =
            (struct view_pair){ SPAN("computed again"), json_bool(verified, false) ? SPAN("the same, byte for byte")
                                                                                   : SPAN("differs: see verify") };
    if (d->sha256.len > 0)
        c[d->chain_count++] = (struct view_pair){ SPAN("proposal"), d->sha256 };
}

/* A goal that nobody asked about and that no number speaks of is named, not given a row. */
static void answers_split(struct dview *d)
{
    struct view *v = &d->v;
    size_t kept = 0;
    struct sb sb = { 0 };
    for (size_t i = 0; i < v->answers_count; i++) {
        const struct view_answer *a = &v->answers[i];
        if (a->asked || a->state != VIEW_UNDECIDED || a->today.len + a->best.len > 0)
            v->answers[kept++] = *a;
        else
            sb_printf(&sb, "%s%.*s", sb.len ? ", " : "", SPAN_FMT(a->goal));
    }
    v->answers_count = kept;
    d->unanswered = view_clean(v->arena, sb_span(&sb), 300);
    sb_release(&sb);
}

void dview_life(const struct json *doc, const struct json *meta, struct dview *d)
{
    answers_split(d);
    record_make(doc, meta, d);
    d->actions = actions(d, json_get(doc, "actions"), &d->actions_count);
    d->blocked = actions(d, json_get(doc, "blocked"), &d->blocked_count);
    d->refuted = actions(d, json_get(doc, "refuted"), &d->refuted_count);
    d->reopen = actions(d, json_get(doc, "reopen"), &d->reopen_count);
    distance_make(doc, d);
    watch_make(doc, meta, d);
    waivers_make(doc, meta, d);
    objections_make(doc, meta, d);
    audit_make(doc, meta, d);
    comparison_make(doc, d);
    notices_make(meta, d);
}
