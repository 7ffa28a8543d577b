#include "classify/rules.h"

#include <pthread.h>
#include <string.h>

#include "base/embed.h"
#include "base/sha256.h"

EMBED_DECLARE(embed_classification);

static const char *const runtime_names[] = {
    [RULE_RUNTIME_PYTHON] = "python", [RULE_RUNTIME_NODE] = "node",     [RULE_RUNTIME_GO] = "go",
    [RULE_RUNTIME_JVM] = "jvm",       [RULE_RUNTIME_RUBY] = "ruby",     [RULE_RUNTIME_PHP] = "php",
    [RULE_RUNTIME_DOTNET] = "dotnet", [RULE_RUNTIME_NATIVE] = "native", [RULE_RUNTIME_KERNEL] = "kernel",
};
_Static_assert(ARRAY_LEN(runtime_names) == RULE_RUNTIME_COUNT, "one name per runtime");

static const char *const kind_names[] = {
    [RULE_FUNCTION] = "function", [RULE_MODULE] = "module", [RULE_DSO] = "dso",
    [RULE_FILE] = "file",         [RULE_COMM] = "comm",
};
_Static_assert(ARRAY_LEN(kind_names) == RULE_KIND_COUNT, "one name per kind");

const char *rule_runtime_name(enum rule_runtime r)
{
    return runtime_names[r];
}

uint32_t classify_rule_count(void)
{
    return rule_count;
}

static char version[13];
static pthread_once_t version_once = PTHREAD_ONCE_INIT;

static void version_make(void)
{
    char hex[65];
    sha256_hex(span_make((const char *)embed_classification[0].begin, embed_size(&embed_classification[0])), hex);
    memcpy(version, hex, 12);
    version[12] = '\0';
}

const char *classify_version(void)
{
    (void)pthread_once(&version_once, version_make);
    return version;
}

bool glob_match(const char *pattern, struct span text)
{
    const char *star = NULL;
    size_t retry = 0;
    size_t i = 0;
    while (i < text.len) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = i;
        } else if (*pattern == '?' || (*pattern != '\0' && *pattern == text.ptr[i])) {
            pattern++;
            i++;
        } else if (star) {
            pattern = star;
            i = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool rule_beats(uint16_t a, uint16_t b)
{
    if (rules[a].literal != rules[b].literal)
        return rules[a].literal > rules[b].literal;
    return a < b;
}

static bool runtime_applies(const struct rule *r, const struct frame_view *v)
{
    switch ((enum rule_runtime)r->runtime) {
    case RULE_RUNTIME_KERNEL:
        return v->kind == FRAME_KERNEL;
    case RULE_RUNTIME_NATIVE:
        return v->kind == FRAME_NATIVE || v->kind == FRAME_UNKNOWN || v->kind == FRAME_META;
    case RULE_RUNTIME_PYTHON:
        return v->runtime == RUNTIME_PYTHON && v->kind != FRAME_KERNEL;
    case RULE_RUNTIME_NODE:
        return v->runtime == RUNTIME_NODE && v->kind != FRAME_KERNEL;
    case RULE_RUNTIME_GO:
        return v->runtime == RUNTIME_GO && v->kind != FRAME_KERNEL;
    case RULE_RUNTIME_JVM:
        return v->runtime == RUNTIME_JVM && v->kind != FRAME_KERNEL;
    case RULE_RUNTIME_RUBY:
        return v->runtime == RUNTIME_RUBY && v->kind != FRAME_KERNEL;
    case RULE_RUNTIME_PHP:
        return v->runtime == RUNTIME_PHP && v->kind != FRAME_KERNEL;
    case RULE_RUNTIME_DOTNET:
        return v->runtime == RUNTIME_DOTNET && v->kind != FRAME_KERNEL;
    case RULE_RUNTIME_COUNT:
        break;
    }
    return false;
}

static bool file_applies(const struct rule *r, const struct frame_view *v)
{
    if (r->file[0] == '\0')
        return true;
    if (v->file.len > 0 && glob_match(r->file, v->file))
        return true;
    return v->file.len == 0 && v->module.len > 0 && glob_match(r->file, v->module);
}

static int compare(const char *name, struct span text)
{
    size_t n = strlen(name);
    int c = memcmp(name, text.ptr, n < text.len ? n : text.len);
    if (c != 0)
        return c;
    return n < text.len ? -1 : n > text.len;
}

static void hit_if(uint16_t rule, const struct frame_view *v, rule_hit_fn hit, void *user)
{
    const struct rule *r = &rules[rule];
    if (runtime_applies(r, v) && file_applies(r, v))
        hit(user, rule);
}

static void match_exact(enum rule_kind kind, struct span text, const struct frame_view *v, rule_hit_fn hit, void *user)
{
    const struct rule_index *x = &rule_indexes[kind];
    uint32_t lo = 0;
    uint32_t hi = x->exact_count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (compare(rules[x->exact[mid]].name, text) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < x->exact_count && compare(rules[x->exact[lo]].name, text) == 0; lo++)
        hit_if(x->exact[lo], v, hit, user);
}

static void match_globs(enum rule_kind kind, struct span text, const struct frame_view *v, rule_hit_fn hit, void *user)
{
    const struct rule_index *x = &rule_indexes[kind];
    unsigned bytes[2] = { 0, (unsigned char)text.ptr[0] };
    for (size_t b = 0; b < (bytes[1] ? 2u : 1u); b++) {
        for (uint32_t i = x->from[bytes[b]]; i < x->from[bytes[b] + 1]; i++) {
            if (glob_match(rules[x->glob[i]].name, text))
                hit_if(x->glob[i], v, hit, user);
        }
    }
}

static bool is_boundary(char c)
{
    return c == '.' || c == '/' || c == ':' || c == '!' || c == '$';
}

/* Module rows are prefixes that end at a segment's end: every such prefix of the text is looked up. */
static void match_module(const struct frame_view *v, rule_hit_fn hit, void *user)
{
    for (size_t n = 1; n <= v->module.len; n++) {
        if (n == v->module.len || is_boundary(v->module.ptr[n]))
            match_exact(RULE_MODULE, span_sub(v->module, 0, n), v, hit, user);
    }
}

/* Recorders name Python functions by their qualified name from 3.11 on ("SocketIO.readinto", "main.<locals>.job"); the
 * table knows the last part. */
static bool unqualified(const struct frame_view *v, struct span *ret)
{
    struct span head;
    return v->runtime == RUNTIME_PYTHON && v->kind != FRAME_NATIVE && v->kind != FRAME_KERNEL && v->file.len > 0 &&
           span_rsplit(v->func, '.', &head, ret) && ret->len > 0;
}

void rules_match_frame(const struct frame_view *v, rule_hit_fn hit, void *user)
{
    struct span last;
    if (v->func.len > 0) {
        match_exact(RULE_FUNCTION, v->func, v, hit, user);
        match_globs(RULE_FUNCTION, v->func, v, hit, user);
    }
    if (unqualified(v, &last)) {
        match_exact(RULE_FUNCTION, last, v, hit, user);
        match_globs(RULE_FUNCTION, last, v, hit, user);
    }
    if (v->dso.len > 0) {
        match_exact(RULE_DSO, v->dso, v, hit, user);
        match_globs(RULE_DSO, v->dso, v, hit, user);
    }
    if (v->file.len > 0) {
        match_exact(RULE_FILE, v->file, v, hit, user);
        match_globs(RULE_FILE, v->file, v, hit, user);
    }
    if (v->module.len > 0)
        match_module(v, hit, user);
}

void rules_match_comm(struct span name, enum runtime_kind runtime, rule_hit_fn hit, void *user)
{
    /* Thread names of the system belong to every program: kernel rows apply whatever the frames are. */
    struct frame_view views[2] = { { .kind = FRAME_MANAGED, .runtime = runtime }, { .kind = FRAME_KERNEL } };
    if (name.len == 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        match_exact(RULE_COMM, name, &views[i], hit, user);
        match_globs(RULE_COMM, name, &views[i], hit, user);
    }
}

static const char *const fallback_names[] = {
#define FALLBACK_ROW(id, text) text,
#include "classify/fallback.def"
#undef FALLBACK_ROW
};

void classify_rule_id(uint32_t rule, struct sb *out)
{
    if (rule >= rule_count) {
        uint32_t at = rule - rule_count;
        sb_adds(out, at < ARRAY_LEN(fallback_names) ? fallback_names[at] : "origin/unknown");
        return;
    }
    const struct rule *r = &rules[rule];
    sb_printf(out, "%s/%s/%s", runtime_names[r->runtime], kind_names[r->kind], r->pattern);
}
