#include "import/cmdline.h"

#include "base/num.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

bool cmdline_word(struct span *rest, struct span *ret_word)
{
    size_t i = 0;
    while (i < rest->len && is_blank(rest->ptr[i]))
        i++;
    if (i == rest->len)
        return false;
    size_t start = i;
    char quote = 0;
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (is_blank(c))
            break;
        else if (c == '\\' && i + 1 < rest->len)
            i++;
    }
    struct span word = span_sub(*rest, start, i - start);
    if (word.len >= 2 && (word.ptr[0] == '"' || word.ptr[0] == '\'') && word.ptr[word.len - 1] == word.ptr[0])
        word = span_sub(word, 1, word.len - 2);
    *ret_word = word;
    *rest = span_from(*rest, i);
    return true;
}

static struct span base_name(struct span path)
{
    struct span dir;
    struct span name;
    if (span_rsplit(path, '/', &dir, &name))
        path = name;
    if (span_rsplit(path, '\\', &dir, &name))
        path = name;
    return span_ends(path, SPAN(".exe")) ? span_sub(path, 0, path.len - 4) : path;
}

struct span cmdline_program_name(struct span program)
{
    struct span word = SPAN("");
    (void)cmdline_word(&program, &word);
    return base_name(word);
}

/* An option that takes a value: its long and short name. */
struct option {
    const char *long_name;
    char short_name;
    enum { OPT_FLAG, OPT_VALUE } takes;
};

static const struct option pyspy_options[] = {
    { "pid", 'p', OPT_VALUE },         { "output", 'o', OPT_VALUE },
    { "format", 'f', OPT_VALUE },      { "duration", 'd', OPT_VALUE },
    { "rate", 'r', OPT_VALUE },        { "subprocesses", 's', OPT_FLAG },
    { "function", 'F', OPT_FLAG },     { "nolineno", 0, OPT_FLAG },
    { "threads", 't', OPT_FLAG },      { "gil", 'g', OPT_FLAG },
    { "idle", 'i', OPT_FLAG },         { "nonblocking", 0, OPT_FLAG },
    { "native", 'n', OPT_FLAG },       { "capture", 'c', OPT_FLAG },
    { "full-filenames", 0, OPT_FLAG }, { 0 },
};

static const struct option perf_record_options[] = {
    { "event", 'e', OPT_VALUE },
    { "filter", 0, OPT_VALUE },
    { "pid", 'p', OPT_VALUE },
    { "tid", 't', OPT_VALUE },
    { "realtime", 'r', OPT_VALUE },
    { "cpu", 'C', OPT_VALUE },
    { "count", 'c', OPT_VALUE },
    { "output", 'o', OPT_VALUE },
    { "freq", 'F', OPT_VALUE },
    { "mmap-pages", 'm', OPT_VALUE },
    { "call-graph", 0, OPT_VALUE },
    { "uid", 'u', OPT_VALUE },
    { "delay", 'D', OPT_VALUE },
    { "cgroup", 'G', OPT_VALUE },
    { "branch-filter", 'j', OPT_VALUE },
    { "clockid", 'k', OPT_VALUE },
    { "compression-level", 'z', OPT_FLAG },
    { "switch-output", 0, OPT_FLAG },
    { "all-cpus", 'a', OPT_FLAG },
    { "switch-events", 0, OPT_FLAG },
    { "max-size", 0, OPT_VALUE },
    { "num-thread-synthesize", 0, OPT_VALUE },
    { "user-regs", 0, OPT_FLAG },
    { "proc-map-timeout", 0, OPT_VALUE },
    { 0 },
};

static const struct option perf_stat_options[] = {
    { "event", 'e', OPT_VALUE },
    { "filter", 0, OPT_VALUE },
    { "pid", 'p', OPT_VALUE },
    { "tid", 't', OPT_VALUE },
    { "cpu", 'C', OPT_VALUE },
    { "output", 'o', OPT_VALUE },
    { "repeat", 'r', OPT_VALUE },
    { "field-separator", 'x', OPT_VALUE },
    { "interval-print", 'I', OPT_VALUE },
    { "delay", 'D', OPT_VALUE },
    { "cgroup", 'G', OPT_VALUE },
    { "metrics", 'M', OPT_VALUE },
    { "pre", 0, OPT_VALUE },
    { "post", 0, OPT_VALUE },
    { "timeout", 0, OPT_VALUE },
    { "interval-count", 0, OPT_VALUE },
    { "log-fd", 0, OPT_VALUE },
    { "all-cpus", 'a', OPT_FLAG },
    { 0 },
};

static const struct option hyperfine_options[] = {
    { "warmup", 'w', OPT_VALUE },
    { "min-runs", 'm', OPT_VALUE },
    { "max-runs", 'M', OPT_VALUE },
    { "runs", 'r', OPT_VALUE },
    { "setup", 's', OPT_VALUE },
    { "prepare", 'p', OPT_VALUE },
    { "cleanup", 'c', OPT_VALUE },
    { "shell", 'S', OPT_VALUE },
    { "export-json", 0, OPT_VALUE },
    { "export-csv", 0, OPT_VALUE },
    { "export-markdown", 0, OPT_VALUE },
    { "style", 0, OPT_VALUE },
    { "command-name", 'n', OPT_VALUE },
    { "time-unit", 'u', OPT_VALUE },
    { "output", 0, OPT_VALUE },
    { "input", 0, OPT_VALUE },
    { 0 },
};

static const struct option time_options[] = {
    { "format", 'f', OPT_VALUE },
    { "output", 'o', OPT_VALUE },
    { 0 },
};

static const struct option *option_find(const struct option *table, struct span long_name, char short_name)
{
    for (; table->long_name; table++) {
        if (short_name ? table->short_name == short_name : span_is(long_name, table->long_name))
            return table;
    }
    return NULL;
}

static void number(struct span v, double *ret)
{
    double x;
    if (span_to_double(v, &x) && x >= 0)
        *ret = x;
}

static void set_pyspy(struct recorder_options *o, char c, struct span name, struct span v)
{
    uint64_t pid;
    if (c == 'p' || span_is(name, "pid"))
        o->pid = span_to_u64(v, &pid) && pid < INT32_MAX ? (int64_t)pid : -1;
    else if (c == 'r' || span_is(name, "rate"))
        number(v, &o->rate_hz);
    else if (c == 'd' || span_is(name, "duration"))
        number(v, &o->duration_s);
    else if (c == 'i' || span_is(name, "idle"))
        o->idle = true;
    else if (c == 'g' || span_is(name, "gil"))
        o->gil = true;
    else if (c == 'n' || span_is(name, "native"))
        o->native = true;
    else if (c == 't' || span_is(name, "threads"))
        o->threads = true;
    else if (c == 's' || span_is(name, "subprocesses"))
        o->subprocesses = true;
    else if (span_is(name, "nonblocking"))
        o->nonblocking = true;
}

static void set_perf(struct recorder_options *o, char c, struct span name, struct span v)
{
    uint64_t pid;
    if (c == 'p' || span_is(name, "pid"))
        o->pid = span_to_u64(v, &pid) && pid < INT32_MAX ? (int64_t)pid : -1;
    else if (c == 'F' || span_is(name, "freq"))
        number(v, &o->rate_hz);
    else if (v.len > 0 && (c == 'c' || span_is(name, "count")))
        number(v, &o->period);
    else if (c == 'e' || span_is(name, "event"))
        o->event = v;
    else if (c == 'a' || span_is(name, "all-cpus"))
        o->system_wide = true;
    else if (c == 'g' || span_is(name, "call-graph"))
        o->call_graph = true;
    else if (span_is(name, "switch-events"))
        o->switch_events = true;
}

static void set_option(struct recorder_options *o, char c, struct span name, struct span v)
{
    if (span_is(o->tool, "py-spy"))
        set_pyspy(o, c, name, v);
    else if (span_is(o->tool, "perf"))
        set_perf(o, c, name, v);
    else if (span_is(o->tool, "hyperfine") && (c == 'N' || span_is(name, "no-shell")))
        o->no_shell = true;
}

/* `-abc`, `-r100`, `-r 100`: letters up to the first that takes a value. */
static void read_short(struct recorder_options *o, const struct option *table, struct span word, struct span *rest)
{
    for (size_t i = 1; i < word.len; i++) {
        const struct option *opt = option_find(table, SPAN(""), word.ptr[i]);
        struct span value = SPAN("");
        bool takes = opt && opt->takes == OPT_VALUE;
        if (takes) {
            value = span_from(word, i + 1);
            if (value.len > 0 && value.ptr[0] == '=')
                value = span_from(value, 1);
            if (value.len == 0)
                (void)cmdline_word(rest, &value);
        }
        set_option(o, word.ptr[i], SPAN(""), value);
        if (takes)
            return;
    }
}

static void read_options(struct recorder_options *o, const struct option *table, struct span rest)
{
    struct span word;
    struct span before = rest;
    while (cmdline_word(&rest, &word)) {
        if (span_is(word, "--")) {
            o->program = span_trim(rest);
            return;
        }
        if (word.len < 2 || word.ptr[0] != '-') {
            o->program = span_trim(before);
            return;
        }
        if (word.ptr[1] == '-') {
            struct span name = span_from(word, 2);
            struct span value = SPAN("");
            bool inline_value = span_split(name, '=', &name, &value);
            const struct option *opt = option_find(table, name, 0);
            if (opt && opt->takes == OPT_VALUE && !inline_value)
                (void)cmdline_word(&rest, &value);
            set_option(o, 0, name, value);
        } else {
            read_short(o, table, word, &rest);
        }
        before = rest;
    }
}

static const struct option *table_of(struct span tool)
{
    if (span_is(tool, "py-spy"))
        return pyspy_options;
    if (span_starts(tool, SPAN("perf")))
        return perf_record_options;
    if (span_is(tool, "hyperfine"))
        return hyperfine_options;
    return span_is(tool, "time") ? time_options : NULL;
}

/* perf_5.10, perf-6.1: as distributions name it; perf_jit or perf-tests is another program. */
static bool is_versioned_perf(struct span tool)
{
    bool named = span_starts(tool, SPAN("perf_")) || span_starts(tool, SPAN("perf-"));
    return named && tool.len > 5 && tool.ptr[5] >= '0' && tool.ptr[5] <= '9';
}

bool cmdline_recorder(struct span line, struct recorder_options *ret)
{
    *ret = (struct recorder_options){ .tool = { "", 0 },
                                      .verb = { "", 0 },
                                      .program = { "", 0 },
                                      .event = { "", 0 },
                                      .pid = -1,
                                      .rate_hz = NUM_UNKNOWN,
                                      .period = NUM_UNKNOWN,
                                      .duration_s = NUM_UNKNOWN };
    struct span rest = line;
    struct span word;
    /* "sudo -E env X=1 /usr/bin/python3 /opt/bin/py-spy record ...": the recorder is among the first words. */
    for (int i = 0; i < 6 && cmdline_word(&rest, &word); i++) {
        /* "python3 -X perf app.py" records nothing by itself: the word belongs to the option. */
        if (span_is(word, "-X") || span_is(word, "-W")) {
            (void)cmdline_word(&rest, &word);
            continue;
        }
        struct span tool = base_name(word);
        if (is_versioned_perf(tool))
            tool = SPAN("perf");
        const struct option *table = table_of(tool);
        if (!table)
            continue;
        ret->tool = tool;
        bool has_verb = table == pyspy_options || table == perf_record_options;
        struct span after = rest;
        if (has_verb && cmdline_word(&after, &word) && word.len > 0 && word.ptr[0] != '-') {
            ret->verb = word;
            rest = after;
        }
        if (table == perf_record_options && span_is(ret->verb, "stat"))
            table = perf_stat_options;
        read_options(ret, table, rest);
        return true;
    }
    return false;
}

struct runtime_name {
    const char *prefix;
    enum runtime_kind runtime;
};

static const struct runtime_name runtime_names[] = {
    { "python", RUNTIME_PYTHON },   { "pypy", RUNTIME_PYTHON },   { "uvicorn", RUNTIME_PYTHON },
    { "gunicorn", RUNTIME_PYTHON }, { "celery", RUNTIME_PYTHON }, { "uwsgi", RUNTIME_PYTHON },
    { "pytest", RUNTIME_PYTHON },   { "node", RUNTIME_NODE },     { "npm", RUNTIME_NODE },
    { "npx", RUNTIME_NODE },        { "java", RUNTIME_JVM },      { "ruby", RUNTIME_RUBY },
    { "rails", RUNTIME_RUBY },      { "puma", RUNTIME_RUBY },     { "php", RUNTIME_PHP },
    { "dotnet", RUNTIME_DOTNET },
};

enum runtime_kind cmdline_runtime(struct span program)
{
    struct span name = cmdline_program_name(program);
    for (size_t i = 0; i < ARRAY_LEN(runtime_names); i++) {
        struct span prefix = span_of(runtime_names[i].prefix);
        struct span tail = span_from(name, prefix.len);
        /* "python3.11" and "ruby2.7" are, "javascript-thing" is not. */
        bool version = true;
        for (size_t k = 0; k < tail.len; k++)
            version =
                version && ((tail.ptr[k] >= '0' && tail.ptr[k] <= '9') || tail.ptr[k] == '.' || tail.ptr[k] == '-');
        if (span_starts(name, prefix) && version)
            return runtime_names[i].runtime;
    }
    return RUNTIME_UNKNOWN;
}

bool cmdline_is_server(struct span program)
{
    static const char *const names[] = { "uvicorn",        "gunicorn",  "hypercorn", "daphne",       "uwsgi",
                                         "waitress-serve", "nginx",     "haproxy",   "envoy",        "puma",
                                         "unicorn",        "thin",      "php-fpm",   "redis-server", "postgres",
                                         "mysqld",         "memcached", "runserver", "http.server",  "httpd" };
    struct span word;
    struct span previous = SPAN("");
    for (int i = 0; i < 8 && cmdline_word(&program, &word); i++) {
        struct span base = base_name(word);
        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            if (span_is(base, names[k]))
                return true;
        }
        bool rails = (span_is(word, "server") || span_is(word, "s")) && span_is(base_name(previous), "rails");
        if (rails || (span_is(word, "run") && span_is(base_name(previous), "flask")))
            return true;
        previous = word;
    }
    return false;
}
