/* getrusage as programs print it: Python's struct_rusage and times_result, Node's resourceUsage() and cpuUsage() as JSON
 * or as console.log writes them. Keys and numbers are picked out of the text; nothing else in it matters. */
#include <math.h>

#include "import/importer.h"

enum { BYTES_MAX = 1 << 20 };

struct usage {
    double ru_user, ru_sys; /* struct_rusage, seconds */
    double children_user, children_sys;
    double node_user, node_sys;                                        /* microseconds */
    double cpu_user, cpu_sys;                                          /* process.cpuUsage(), microseconds */
    double tick_user, tick_sys, tick_children_user, tick_children_sys; /* times_result, seconds in ticks */
    double rss_kb, voluntary, involuntary, uptime_s, wall_s;
    unsigned structs;
};

static bool is_key(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_number(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

/* Takes the next `key = number` or `"key": number`; braces and words between them are skipped. */
static bool next_pair(struct span *rest, struct span *ret_key, double *ret_value)
{
    for (size_t i = 0; i < rest->len; i++) {
        if (!is_key(rest->ptr[i]) || (i > 0 && is_key(rest->ptr[i - 1])))
            continue;
        size_t end = i;
        while (end < rest->len && is_key(rest->ptr[end]))
            end++;
        size_t at = end;
        while (at < rest->len && (rest->ptr[at] == '"' || rest->ptr[at] == '\'' || rest->ptr[at] == ' '))
            at++;
        if (at == rest->len || (rest->ptr[at] != '=' && rest->ptr[at] != ':'))
            continue;
        at++;
        while (at < rest->len && rest->ptr[at] == ' ')
            at++;
        size_t stop = at;
        while (stop < rest->len && is_number(rest->ptr[stop]))
            stop++;
        if (!span_to_double(span_sub(*rest, at, stop - at), ret_value))
            continue;
        *ret_key = span_sub(*rest, i, end - i);
        *rest = span_from(*rest, stop);
        return true;
    }
    return false;
}

struct target {
    const char *key;
    size_t offset;
};

static void store(struct usage *u, const struct target *table, size_t n, struct span key, double v)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(key, table[i].key)) {
            memcpy((char *)u + table[i].offset, &v, sizeof v);
            return;
        }
    }
}

#define AT(field) offsetof(struct usage, field)

static const struct target plain_targets[] = {
    { "userCPUTime", AT(node_user) },
    { "systemCPUTime", AT(node_sys) },
    { "maxRSS", AT(rss_kb) },
    { "voluntaryContextSwitches", AT(voluntary) },
    { "involuntaryContextSwitches", AT(involuntary) },
    { "uptime", AT(uptime_s) },
    { "wall_s", AT(wall_s) },
    { "elapsed_s", AT(wall_s) },
};
static const struct target struct_targets[] = {
    { "ru_utime", AT(ru_user) },   { "ru_stime", AT(ru_sys) },       { "ru_maxrss", AT(rss_kb) },
    { "ru_nvcsw", AT(voluntary) }, { "ru_nivcsw", AT(involuntary) },
};
static const struct target children_targets[] = {
    { "ru_utime", AT(children_user) },
    { "ru_stime", AT(children_sys) },
};
static const struct target times_targets[] = {
    { "user", AT(tick_user) },
    { "system", AT(tick_sys) },
    { "children_user", AT(tick_children_user) },
    { "children_system", AT(tick_children_sys) },
};
static const struct target cpu_targets[] = {
    { "user", AT(cpu_user) },
    { "system", AT(cpu_sys) },
};

/* Text of one bracket "name(...)" starting at `at`; *ret_end is behind it. */
static struct span bracket(struct span text, size_t at, size_t *ret_end)
{
    size_t open = span_chr(text, at, '(');
    size_t close = span_chr(text, open, ')');
    *ret_end = close < text.len ? close + 1 : text.len;
    return span_sub(text, open + 1, close > open ? close - open - 1 : 0);
}

static void read_pairs(struct usage *u, struct span text, const struct target *table, size_t n)
{
    struct span key;
    double v;
    while (next_pair(&text, &key, &v))
        store(u, table, n, key, v);
}

static void read_structs(struct usage *u, struct span text)
{
    size_t end;
    for (size_t at = span_find(text, 0, SPAN("struct_rusage(")); at < text.len;
         at = span_find(text, end, SPAN("struct_rusage("))) {
        struct span before = span_sub(text, 0, at);
        size_t line = span_rchr(before, '\n');
        struct span label = span_from(before, line < before.len ? line + 1 : 0);
        bool children =
            span_find(label, 0, SPAN("CHILD")) < label.len || span_find(label, 0, SPAN("child")) < label.len;
        struct span inner = bracket(text, at, &end);
        if (children) {
            read_pairs(u, inner, children_targets, ARRAY_LEN(children_targets));
        } else {
            u->structs++;
            read_pairs(u, inner, struct_targets, ARRAY_LEN(struct_targets));
        }
    }
    size_t at = span_find(text, 0, SPAN("times_result("));
    if (at < text.len)
        read_pairs(u, bracket(text, at, &end), times_targets, ARRAY_LEN(times_targets));
}

static void read_node(struct usage *u, struct span text)
{
    read_pairs(u, text, plain_targets, ARRAY_LEN(plain_targets));
    bool python =
        span_find(text, 0, SPAN("times_result(")) < text.len || span_find(text, 0, SPAN("struct_rusage(")) < text.len;
    size_t at = span_find(text, 0, SPAN("cpuUsage"));
    if (!python)
        read_pairs(u, span_from(text, at < text.len ? at + 8 : 0), cpu_targets, ARRAY_LEN(cpu_targets));
}

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (span_find(head, 0, SPAN("struct_rusage(")) < head.len || span_find(head, 0, SPAN("times_result(")) < head.len ||
        (span_find(head, 0, SPAN("userCPUTime")) < head.len && span_find(head, 0, SPAN("systemCPUTime")) < head.len))
        return head.len <= 16384 ? SNIFF_YES : SNIFF_MAYBE;
    struct span t = span_trim(head);
    bool small = t.len < 400 && t.len > 0 && t.ptr[0] == '{' && span_chr(t, 0, '[') == t.len;
    struct usage u = { .cpu_user = NUM_UNKNOWN, .cpu_sys = NUM_UNKNOWN };
    if (small)
        read_pairs(&u, t, cpu_targets, ARRAY_LEN(cpu_targets));
    return small && num_known(u.cpu_user) && num_known(u.cpu_sys) ? SNIFF_MAYBE : SNIFF_NO;
}

static struct usage usage_none(void)
{
    struct usage u = { 0 };
    double *all[] = { &u.ru_user,   &u.ru_sys,    &u.children_user,      &u.children_sys,
                      &u.node_user, &u.node_sys,  &u.cpu_user,           &u.cpu_sys,
                      &u.tick_user, &u.tick_sys,  &u.tick_children_user, &u.tick_children_sys,
                      &u.rss_kb,    &u.voluntary, &u.involuntary,        &u.uptime_s,
                      &u.wall_s };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        *all[i] = NUM_UNKNOWN;
    return u;
}

static bool settle(const struct usage *u, struct artefact *out, struct err *err)
{
    double user = u->ru_user;
    double sys = u->ru_sys;
    double place = 0;
    const char *source = "getrusage, ru_utime + ru_stime";
    if (!num_known(user) && num_known(u->node_user)) {
        user = u->node_user * 1e-6;
        sys = u->node_sys * 1e-6;
        source = "process.resourceUsage(), userCPUTime + systemCPUTime";
    } else if (!num_known(user) && num_known(u->cpu_user)) {
        user = u->cpu_user * 1e-6;
        sys = u->cpu_sys * 1e-6;
        source = "process.cpuUsage(), user + system";
    } else if (!num_known(user)) {
        user = u->tick_user;
        sys = u->tick_sys;
        place = 0.01; /* clock ticks */
        source = "os.times(), user + system";
    }
    if (!num_known(user) || !num_known(sys))
        return err_set(err, ERR_MALFORMED, "want user and system time of getrusage, cpuUsage or times");
    if (!(user >= 0) || !(sys >= 0))
        return err_set(err, ERR_VALUE, "a CPU time below zero");
    struct accounting *c = artefact_acct(out);
    out->clock = CLOCK_ACCT;
    out->tool = SPAN("rusage");
    c->scope = ACCT_PROCESS;
    c->source = span_of(source);
    c->user_s = user;
    c->sys_s = sys;
    c->cpu_s = user + sys;
    c->cpu_lo_s = fmax(0, c->cpu_s - place);
    c->cpu_hi_s = c->cpu_s + 2 * place;
    if (num_known(u->children_user) && num_known(u->children_sys))
        c->children_cpu_s = u->children_user + u->children_sys;
    else if (num_known(u->tick_children_user) && num_known(u->tick_children_sys))
        c->children_cpu_s = u->tick_children_user + u->tick_children_sys;
    c->rss_max_bytes = u->rss_kb * 1024;
    c->voluntary = u->voluntary;
    c->involuntary = u->involuntary;
    return true;
}

/* process.uptime() counts from the start of the process, as its CPU time does. */
static void settle_wall(const struct usage *u, const struct import_options *opt, struct artefact *out)
{
    struct accounting *c = &out->acct[0];
    double wall = num_known(opt->duration_s) ? opt->duration_s : num_known(u->wall_s) ? u->wall_s : u->uptime_s;
    if (num_known(wall) && wall > 0) {
        c->wall_s = c->wall_lo_s = c->wall_hi_s = wall;
        c->whole_life = num_known(u->uptime_s) && wall == u->uptime_s;
        return;
    }
    artefact_problem(
        out, "no_wall",
        "print the time since the start beside it (process.uptime(), time.monotonic()), or say --duration-s",
        "CPU time without the wall time it was used in");
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span text;
    if (!source_all(in, BYTES_MAX, &text, err))
        return false;
    struct usage u = usage_none();
    read_structs(&u, text);
    read_node(&u, text);
    if (num_known(u.node_user) || num_known(u.cpu_user))
        out->runtime = RUNTIME_NODE;
    else if (u.structs > 0 || num_known(u.tick_user))
        out->runtime = RUNTIME_PYTHON;
    if (!settle(&u, out, err))
        return false;
    settle_wall(&u, opt, out);
    if (u.structs > 1)
        artefact_problem(out, "several_reports", "send the last one alone",
                         "the file holds %u resource usages; the last one was read", u.structs);
    return true;
}

const struct importer import_rusage = {
    .name = "rusage",
    .title = "getrusage as printed by Python or Node (struct_rusage, resourceUsage, cpuUsage, os.times)",
    .proves = "CPU seconds of a process, all threads, since its start",
    .cannot = "how long it took, unless the time since the start is printed beside it; where the CPU went",
    .spec_url = "https://man7.org/linux/man-pages/man2/getrusage.2.html",
    .extensions = "*.json *.txt",
    .sniff = sniff,
    .parse = parse,
};
