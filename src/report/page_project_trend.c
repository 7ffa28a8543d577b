/* The trend of a project: one strip for CPU and for each kind of waiting and idling, all over the same runs. */
#include "report/html.h"
#include "report/page_rows.h"
#include "report/pages.h"
#include "report/view_read.h"

enum { SERIES_MAX = 12, WAITS_SHOWN = 5, IDLE_SHOWN = 2, TABLE_ROWS_MAX = 60 };
static const double SPLIT_ENOUGH = 0.005;

/* One strip. */
struct series {
    struct span category, words;
    const char *list; /* member of "time" that holds it, NULL for the CPU share */
    struct view_share *points;
    double most; /* largest share, negative when none is known */
};

struct strips {
    struct making *m;
    const struct json *points;
    size_t n;
    struct series items[SERIES_MAX];
    size_t count;
};

static void widest(struct series *s, size_t n)
{
    s->most = -1;
    for (size_t i = 0; i < n; i++) {
        if (num_known(s->points[i].est) && s->points[i].est > s->most)
            s->most = s->points[i].est;
    }
}

static struct view_share one(double x)
{
    return (struct view_share){ x, x, x };
}

static struct series *series_add(struct strips *all, const char *list, struct span category, struct span words)
{
    if (all->count == SERIES_MAX)
        return NULL;
    struct series *s = &all->items[all->count++];
    *s = (struct series){ .category = category, .words = words, .list = list };
    s->points = ARENA_ARRAY(&all->m->arena, all->n, struct view_share);
    return s;
}

/* Time of a run whose kind nobody saw: not split, or not explained. */
static double unsplit(const struct json *time)
{
    double rest = read_num(time, "unknown");
    double sum = num_known(rest) ? rest : 0;
    EACH (kind, json_get(time, "wait")) {
        double share = read_num(kind, "share");
        if (span_is(json_str(json_get(kind, "category")), "w_other"))
            sum += num_known(share) ? share : 1;
    }
    return sum;
}

/* The share of a category in each run. One that a run does not list took no time where all of its time has a kind. */
static void kind_fill(struct strips *all, struct series *s)
{
    size_t i = 0;
    EACH (point, all->points) {
        if (i == all->n)
            break;
        const struct json *time = json_get(point, "time");
        bool split = num_known(read_num(time, "wall_s")) && unsplit(time) < SPLIT_ENOUGH;
        double share = split ? 0 : NUM_UNKNOWN;
        EACH (kind, json_get(time, s->list)) {
            if (span_eq(json_str(json_get(kind, "category")), s->category))
                share = read_num(kind, "share");
        }
        s->points[i++] = one(share);
    }
    widest(s, all->n);
}

static bool series_known(const struct strips *all, const char *list, struct span category)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].list && strcmp(all->items[i].list, list) == 0 && span_eq(all->items[i].category, category))
            return true;
    }
    return false;
}

/* All kinds that any run lists, the largest first; more than `shown` are left out. */
static void kinds_add(struct strips *all, const char *list, size_t shown)
{
    size_t from = all->count;
    EACH (point, all->points) {
        EACH (kind, json_get(json_get(point, "time"), list)) {
            struct span category = json_str(json_get(kind, "category"));
            struct span words = view_clean(&all->m->arena, json_str(json_get(kind, "words")), 60);
            struct series *s = series_known(all, list, category) ? NULL : series_add(all, list, category, words);
            if (s)
                kind_fill(all, s);
        }
    }
    for (size_t i = from + 1; i < all->count; i++) {
        struct series s = all->items[i];
        size_t at = i;
        for (; at > from && all->items[at - 1].most < s.most; at--)
            all->items[at] = all->items[at - 1];
        all->items[at] = s;
    }
    if (all->count > from + shown)
        all->count = from + shown;
}

static void rest_add(struct strips *all, const char *key, const char *words)
{
    struct series *s = series_add(all, key, SPAN("unknown"), span_of(words));
    if (!s)
        return;
    size_t i = 0;
    EACH (point, all->points) {
        if (i < all->n)
            s->points[i++] = one(read_num(json_get(point, "time"), key));
    }
    widest(s, all->n);
    if (s->most <= 0)
        all->count--;
}

static void cpu_add(struct strips *all)
{
    struct series *s = series_add(all, NULL, SPAN("cpu"), SPAN("CPU of the process"));
    size_t i = 0;
    EACH (point, all->points) {
        if (i < all->n)
            s->points[i++] = view_share_of(json_get(point, "cpu_share"));
    }
    widest(s, all->n);
}

static struct span share_words(struct arena *a, const struct view_share *s)
{
    if (!num_known(s->est))
        return SPAN("not known");
    if (num_known(s->lo) && num_known(s->hi) && s->hi - s->lo > 0.0005)
        return view_printf(a, "%.*s, %.*s", SPAN_FMT(html_percent(a, s->est)), SPAN_FMT(html_range(a, s->lo, s->hi)));
    return html_percent(a, s->est);
}

/* The dots of the CPU strip: a link for each run, in the colour and shape of its answer. */
static void dots(struct strips *all, struct tmpl *t, const struct trend_box *box, const struct series *s)
{
    size_t i = 0;
    EACH (point, all->points) {
        if (i == all->n)
            break;
        struct sb path = { 0 };
        struct arena *a = &all->m->arena;
        struct tmpl *d = tmpl_add(t, "DOT");
        struct span commit = page_text(all->m, point, "commit", 40);
        /* Where the share is not known nothing may look like one: the gap itself leads to the run. */
        bool known = num_known(s->points[i].est);
        if (known)
            trend_dot(box, s->points, i, all->n, &path);
        else
            sb_printf(&path, "M%.1f %.0f V0", trend_x(box, i, all->n), box->height);
        tmpl_set(d, "D", sb_span(&path));
        html_setz(d, "SHAPE", known ? "dot" : "gap-hit");
        tmpl_set(d, "URL", page_path(all->m, point, "url"));
        html_setz(d, "STATE", view_state_name(page_row_state(point)));
        tmpl_set(d, "WORDS",
                 view_printf(a, "%.*s%s%.*s, %.*s: CPU %.*s. %.*s", SPAN_FMT(page_text(all->m, point, "run", 60)),
                             commit.len ? ", commit " : "", SPAN_FMT(commit),
                             SPAN_FMT(page_time(all->m, point, "created")), SPAN_FMT(share_words(a, &s->points[i])),
                             SPAN_FMT(view_clean(a, report_headline(point), 60))));
        sb_release(&path);
        i++;
    }
}

static void strip(struct strips *all, struct tmpl *parent, const struct series *s, const struct view *newest)
{
    bool cpu = s->list == NULL;
    struct trend_box box = { .width = 1000, .height = cpu ? 140 : 44, .top = trend_top(s->points, all->n) };
    struct tmpl *t = tmpl_add(parent, "STRIP");
    struct sb path = { 0 };
    tmpl_set(t, "NAME", s->words);
    html_setz(t, "KIND",
              cpu                               ? "cpu"
              : span_is(s->category, "unknown") ? "unknown"
              : strcmp(s->list, "idle") == 0    ? "idle"
              : s->list[0] == 'q'               ? "internal"
                                                : "wait");
    bool kinds = !cpu && (strcmp(s->list, "wait") == 0 || strcmp(s->list, "idle") == 0);
    tmpl_set(t, "SERIES",
             view_printf(&all->m->arena, "%s%s%.*s", cpu ? "cpu" : s->list, kinds ? ":" : "",
                         SPAN_FMT(kinds ? view_clean(&all->m->arena, s->category, 40) : SPAN(""))));
    tmpl_set(t, "MOST", view_printf(&all->m->arena, "%g", box.top));
    tmpl_set(t, "NOW", share_words(&all->m->arena, &s->points[all->n - 1]));
    tmpl_set(t, "TOP", html_percent(&all->m->arena, box.top));
    tmpl_set(t, "HEIGHT", view_printf(&all->m->arena, "%.0f", box.height));
    tmpl_set(t, "WORDS",
             view_printf(&all->m->arena, "%.*s: %.*s", SPAN_FMT(s->words),
                         SPAN_FMT(trend_words(&all->m->arena, s->points, all->n))));
    if (cpu && newest && !newest->overlapping) {
        trend_level(&box, newest->wait_line, &path);
        page_path_section(t, "LEVEL", &path);
        trend_level(&box, newest->cpu_line, &path);
        page_path_section(t, "LEVEL", &path);
    }
    trend_gaps(&box, s->points, all->n, &path);
    page_path_section(t, "GAPS", &path);
    trend_band(&box, s->points, all->n, &path);
    page_path_section(t, "BAND", &path);
    trend_line(&box, s->points, all->n, &path);
    page_path_section(t, "LINE", &path);
    if (cpu)
        dots(all, t, &box, s);
}

/* The same numbers as a table, newest first. */
static void table(struct strips *all, struct tmpl *parent)
{
    struct tmpl *t = tmpl_add(parent, "NUMBERS");
    size_t shown = 0;
    for (size_t k = 0; k < all->count; k++)
        tmpl_set(tmpl_add(t, "COLUMN"), "NAME", all->items[k].words);
    for (size_t i = all->n; i > 0 && shown < TABLE_ROWS_MAX; i--, shown++) {
        const struct json *point = json_first(all->points);
        for (size_t k = 1; k < i; k++)
            point = json_next(point);
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "URL", page_path(all->m, point, "url"));
        tmpl_set(row, "RUN", page_text(all->m, point, "run", 40));
        page_moment(all->m, row, "AT", point, "created");
        for (size_t k = 0; k < all->count; k++) {
            struct tmpl *cell = tmpl_add(row, "CELL");
            tmpl_set(cell, "NAME", all->items[k].words);
            tmpl_set(cell, "VALUE", share_words(&all->m->arena, &all->items[k].points[i - 1]));
        }
    }
}

static void choices(struct making *m, struct tmpl *t, const struct json *trend)
{
    if (json_count(json_get(trend, "choices")) < 2)
        return;
    struct span branch = json_str(json_get(trend, "branch"));
    struct span scenario = json_str(json_get(trend, "scenario"));
    struct tmpl *section = tmpl_add(t, "CHOICES");
    EACH (c, json_get(trend, "choices")) {
        struct span b = page_text(m, c, "branch", 60);
        struct span s = page_text(m, c, "scenario", 60);
        bool chosen =
            span_eq(json_str(json_get(c, "branch")), branch) && span_eq(json_str(json_get(c, "scenario")), scenario);
        struct tmpl *o = tmpl_add(tmpl_add(section, "CHOICE"), chosen ? "CHOSEN" : "OTHER");
        tmpl_set(o, "URL", page_path(m, c, "url"));
        tmpl_set(o, "TEXT",
                 view_printf(&m->arena, "%.*s, %.*s (%.0f)", SPAN_FMT(b.len ? b : SPAN("no branch stated")),
                             SPAN_FMT(s.len ? s : SPAN("no scenario stated")), json_num(json_get(c, "runs"), 0)));
    }
}

void page_trend(struct making *m, struct tmpl *parent, const struct json *trend, const struct view *newest)
{
    struct strips all = { .m = m, .points = json_get(trend, "points") };
    all.n = read_count(all.points, TREND_POINTS_MAX);
    if (all.n == 0)
        return;
    struct tmpl *t = tmpl_include(tmpl_add(parent, "TRENDS"), "TREND", "trend.tpl");
    cpu_add(&all);
    kinds_add(&all, "wait", WAITS_SHOWN);
    rest_add(&all, "queue", "ready, without a core");
    rest_add(&all, "throttled", "stopped by the quota");
    kinds_add(&all, "idle", IDLE_SHOWN);
    rest_add(&all, "unknown", "not explained");
    tmpl_set(t, "API", page_path(m, trend, "api"));
    struct report_asset plot;
    /* A build without npm has no plotting library; then the drawing below is all there is. */
    if (report_static("lib/uplot.js", &plot))
        tmpl_set(tmpl_add(t, "PLOT"), "URL", SPAN("/static/lib/uplot.js"));
    tmpl_set(t, "RUNS", view_printf(&m->arena, "%zu run%s", all.n, all.n == 1 ? "" : "s"));
    choices(m, t, trend);
    for (size_t i = 0; i < all.count; i++)
        strip(&all, t, &all.items[i], newest);
    page_moment(m, t, "FIRST", json_first(all.points), "created");
    const struct json *last = json_first(all.points);
    for (size_t i = 1; i < all.n; i++)
        last = json_next(last);
    if (all.n > 1)
        page_moment(m, t, "LAST", last, "created");
    /* The lines are of a request; where work overlaps this share is the process's, which no line judges. */
    if (newest && newest->overlapping)
        tmpl_show(t, "BUSY");
    else if (newest)
        tmpl_set(tmpl_add(t, "LEVELS"), "VALUES", view_printf(&m->arena, "%g %g", newest->wait_line, newest->cpu_line));
    if (newest && !newest->overlapping)
        tmpl_set(tmpl_add(t, "LINES"), "TEXT",
                 view_printf(&m->arena, "%.*s (%.*s) and %.*s (%.*s)",
                             SPAN_FMT(html_percent(&m->arena, newest->wait_line)), SPAN_FMT(newest->wait_owner),
                             SPAN_FMT(html_percent(&m->arena, newest->cpu_line)), SPAN_FMT(newest->cpu_owner)));
    table(&all, t);
}
