/* What is known about tools and libraries, held against what a text says of them. */
#include "claims/check.h"

#include <stdio.h>

#include "base/num.h"

enum { PROSE = 1, CODE = 2, ANY = 3 };

static const struct known {
    enum check check;
    unsigned kinds;
    const char *first, *second, *without;
    enum lex needs;
    const char *sentence;
} known[] = {
#define KNOW(id, code, kinds, first, second, without, needs, sentence, source)                                         \
    { CHECK_KNOW_##id, kinds, first, second, without, W_##needs, sentence },
#include "claims/knowledge.def"
#undef KNOW
};

static bool is_code(const struct unit *u)
{
    return u->kind == UNIT_CODE || u->kind == UNIT_LISTING;
}

static bool digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

void check_knowledge(struct claims *c)
{
    for (size_t k = 0; k < ARRAY_LEN(known); k++) {
        const struct known *x = &known[k];
        for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, x->needs); i++) {
            const struct unit *u = unit_at(c, i);
            if (!(x->kinds & (is_code(u) ? CODE : PROSE)) || !text_has(u->text, x->first) ||
                (x->second[0] && !text_has(u->text, x->second)) || (x->without[0] && text_has(u->text, x->without)))
                continue;
            struct note n = { .check = x->check, .unit = (int32_t)i, .unit2 = NONE };
            sb_adds(&n.text, x->sentence);
            note_put(c, &n);
            break; /* once is enough */
        }
    }
}

/* A heading, or the first line, says that something is to be decided. */
static bool is_proposal(const struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if ((i == 0 || u->kind == UNIT_HEADING) &&
            (unit_word(u, W_MIGRATE) || text_has(u->text, "assessment|evaluation|proposal|decision|decided")))
            return true;
    }
    return false;
}

/* --- py-spy record without --idle, as proof that the program waits --- */

void check_pyspy_idle(struct claims *c)
{
    bool bound = is_proposal(c) && lex_in(c->doc.lex, W_PYSPY) && lex_in(c->doc.lex, W_MIGRATE) &&
                 lex_in(c->doc.lex, W_IO) && lex_in(c->doc.lex, W_BOTTLENECK);
    bool children = false;
    for (size_t i = 0; i < c->doc.units.count && bound && !children; i++)
        children = unit_word(unit_at(c, i), W_SUBPROCESS) && text_has(unit_at(c, i)->text, "subprocess|subprocesses");
    for (size_t i = 0; i < c->doc.units.count && bound; i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_PYSPY) || !text_has(u->text, "py-spy record") || text_has(u->text, "--idle|--gil"))
            continue;
        struct note n = NOTE(PYSPY_IDLE, (int32_t)i);
        sb_adds(&n.stated, "py-spy record");
        sb_adds(&n.computed, "py-spy record --idle");
        if (children && !text_has(u->text, "--subprocesses"))
            sb_adds(&n.computed, " --subprocesses");
        sb_adds(
            &n.text,
            "0 samples of waiting are in a py-spy recording without --idle, so it can neither show nor refute that the "
            "program waits");
        if (children && !text_has(u->text, "--subprocesses"))
            sb_adds(&n.text, "; children are seen with --subprocesses only");
        sb_addc(&n.text, '.');
        note_put(c, &n);
        return;
    }
}

/* --- fn drop { kill } without wait --- */

void check_drop_kill(struct claims *c)
{
    int32_t drop = NONE;
    int32_t kill = NONE;
    bool waits = false;
    for (size_t i = 0; i <= c->doc.units.count; i++) {
        const struct unit *u = i < c->doc.units.count ? unit_at(c, i) : NULL;
        bool code = u && u->kind == UNIT_CODE;
        bool begins = code && text_has(u->text, "fn drop|impl drop for");
        /* The end of the block, or another function. */
        if (drop != NONE && (!code || (!begins && text_has(u->text, "fn")) || (begins && kill != NONE))) {
            if (kill != NONE && !waits) {
                struct note n = NOTE(DROP_KILL, kill);
                n.unit2 = drop;
                sb_adds(&n.stated, "kill()");
                sb_adds(&n.computed, "kill() and wait()");
                sb_adds(
                    &n.text,
                    "1 zombie stays for each child that is killed and never waited for; kill() in drop without wait() "
                    "does not clean up.");
                note_put(c, &n);
            }
            drop = kill = NONE;
            waits = false;
        }
        if (begins)
            drop = (int32_t)i;
        if (drop != NONE && code && text_has(u->text, ".kill()"))
            kill = (int32_t)i;
        if (drop != NONE && code && text_has(u->text, ".wait()|.try_wait()|.wait_with_output()|waitpid"))
            waits = true;
    }
}

/* --- pyo3 0.N beside pyo3-asyncio 0.M --- */

/* The first "0.N" behind a position: N, or -1. */
static int minor_version(struct span s, size_t from)
{
    for (size_t at = from; at + 2 < s.len; at++) {
        if (s.ptr[at] != '0' || s.ptr[at + 1] != '.' || !digit(s.ptr[at + 2]) || (at > 0 && digit(s.ptr[at - 1])))
            continue;
        int n = s.ptr[at + 2] - '0';
        return at + 3 < s.len && digit(s.ptr[at + 3]) ? n * 10 + (s.ptr[at + 3] - '0') : n;
    }
    return -1;
}

void check_pyo3_pair(struct claims *c)
{
    int core = -1;
    int async = -1;
    int32_t async_at = NONE;
    int32_t core_at = NONE;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_PYO3); i++) {
        const struct unit *u = unit_at(c, i);
        if (!is_code(u) || !unit_word(u, W_PYO3))
            continue;
        if (text_begins(u->text, "pyo3 =")) {
            core = minor_version(u->text, 4);
            core_at = (int32_t)i;
        } else if (text_begins(u->text, "pyo3-asyncio")) {
            async = minor_version(u->text, 12);
            async_at = (int32_t)i;
        }
    }
    if (core < 0 || async < 0 || core == async)
        return;
    struct note n = NOTE(PYO3_PAIR, async_at);
    n.unit2 = core_at;
    sb_printf(&n.stated, "pyo3 0.%d with pyo3-asyncio 0.%d", core, async);
    sb_printf(&n.computed, "pyo3-asyncio 0.%d needs pyo3 0.%d", async, async);
    sb_printf(&n.text,
              "2 versions of pyo3 (0.%d and, through pyo3-asyncio 0.%d, 0.%d) cannot be linked into one program.", core,
              async, async);
    if (core >= 21)
        sb_adds(&n.text, " From 0.21 on the crate is pyo3-async-runtimes.");
    note_put(c, &n);
}

/* --- json.dumps as an argument of a native module --- */

/* "name.func(": the module, when the text imports it. */
static struct span called_module(struct span s)
{
    size_t dot = span_chr(s, 0, '.');
    size_t from = dot;
    while (from > 0 && ((s.ptr[from - 1] | 0x20) >= 'a' || s.ptr[from - 1] == '_') && (s.ptr[from - 1] | 0x20) <= 'z')
        from--;
    return dot < s.len && span_chr(s, dot, '(') < s.len ? span_sub(s, from, dot - from) : SPAN("");
}

static bool imported(const struct claims *c, struct span module)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if (u->kind == UNIT_CODE && text_begins(u->text, "import") && span_find(u->text, 0, module) < u->text.len)
            return true;
    }
    return false;
}

void check_serialised_twice(struct claims *c)
{
    bool native = lex_in(c->doc.lex, W_PYO3) && lex_in(c->doc.lex, W_JSON);
    unsigned budget = CANDIDATES_MAX;
    for (size_t i = 0; i < c->doc.units.count && native && budget > 0; i++) {
        const struct unit *u = unit_at(c, i);
        size_t at = u->kind == UNIT_CODE ? text_find(u->text, "json.dumps(") : u->text.len;
        if (at == u->text.len || span_chr(u->text, 0, '=') < at)
            continue;
        budget--;
        for (size_t k = i; k + 3 > i && k < c->doc.units.count && unit_at(c, k)->kind == UNIT_CODE; k--) {
            struct span line = unit_at(c, k)->text;
            struct span module = called_module(k == i ? span_sub(line, 0, at) : line);
            if (module.len >= 5 && !span_is(module, "json") && !span_is(module, "logger") && imported(c, module)) {
                struct note n = NOTE(SERIALISED_TWICE, (int32_t)i);
                n.unit2 = k == i ? NONE : (int32_t)k;
                sb_adds(&n.text, "2 passes over the same value: it is written as JSON before the call and parsed again "
                                 "behind it, work "
                                 "that the present program does not have.");
                note_put(c, &n);
                return;
            }
            if (k == 0)
                break;
        }
    }
}

/* --- work of native libraries --- */

static const struct {
    const char *phrases, *name, *in;
} natives[] = {
    { "key generation|cryptographic|crypto operations|encryption|token generation", "cryptography",
      "OpenSSL or another C library" },
    { "checksumming|checksums|hashing|sha-256|sha256", "hashing", "C or assembly" },
    { "sqlite", "SQLite", "C" },
    { "gzip|zlib|zstd|compression", "compression", "C" },
    { "image processing|image resizing|jpeg decoding", "image processing", "C" },
    { "numpy|scipy|pandas", "array work", "C and Fortran" },
};

/* In a list of what is to be written anew. */
static bool candidate(const struct claims *c, size_t i)
{
    const struct unit *u = unit_at(c, i);
    if (u->kind != UNIT_ITEM)
        return false;
    for (size_t k = i; k-- > 0 && i - k < 12;) {
        const struct unit *v = unit_at(c, k);
        if (v->section != u->section)
            return false;
        if (v->kind == UNIT_ITEM && v->text.ptr[v->text.len - 1] != ':')
            continue;
        return text_has(v->text, "candidates for|candidate for|modules for");
    }
    return false;
}

void check_native_already(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_MIGRATE); i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_NATIVE_LIB) || !candidate(c, i) ||
            text_has(u->text, "already native|native already|already in c"))
            continue;
        for (size_t k = 0; k < ARRAY_LEN(natives); k++) {
            if (!text_has(u->text, natives[k].phrases))
                continue;
            struct note n = NOTE(NATIVE_ALREADY, (int32_t)i);
            sb_printf(&n.text,
                      "0 s of native time can be won: %s usually runs in %s already; measure the native share first.",
                      natives[k].name, natives[k].in);
            note_put(c, &n);
            break;
        }
    }
}

/* --- tools that draw no collector --- */

void check_gc_tools(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_GC); i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_ZEROX) || is_code(u) || !text_has(u->text, "0x|clinic"))
            continue;
        for (size_t k = i; k < c->doc.units.count && k <= i + 1 && unit_at(c, k)->section == u->section; k++) {
            const struct unit *v = unit_at(c, k);
            if (!unit_word(v, W_GC) || !text_has(v->text, "gc|garbage collection") || !unit_quantity(c, v, DIM_PERCENT))
                continue;
            struct note n = NOTE(GC_TOOLS, (int32_t)i);
            n.unit2 = k == i ? NONE : (int32_t)k;
            sb_adds(&n.stated, "0x, clinic");
            sb_adds(&n.computed, ".cpuprofile, --trace-gc, or perf");
            sb_adds(&n.text, "0 frames of the collector are drawn by 0x and clinic flame, and clinic doctor counts "
                             "pauses of wall time; a "
                             "share of CPU in GC comes from a .cpuprofile, --trace-gc or perf.");
            note_put(c, &n);
            return;
        }
    }
}

/* --- memory of a module in the interpreter's process --- */

void check_same_process(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_PYO3); i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q =
            unit_word(u, W_MEMORY) && unit_word(u, W_LESS) ? unit_quantity(c, u, DIM_PERCENT) : NULL;
        if (!q || q->hi < 30 || is_code(u) || !text_has(u->text, "reduction|less|lower") || unit_word(u, W_MEASURED))
            continue;
        struct note n = NOTE(SAME_PROCESS, (int32_t)i);
        put_quantity(&n.stated, q);
        put_quantity(&n.text, q);
        sb_adds(&n.text, " less memory is stated for a module that is loaded into the interpreter's process: the "
                         "interpreter and its "
                         "heap stay.");
        note_put(c, &n);
        return;
    }
}

/* --- simulated answers --- */

void check_mock(struct claims *c)
{
    int32_t bound = NONE;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_MOCK) && bound == NONE; i++) {
        const struct unit *u = unit_at(c, i);
        if (u->qn > 0 && text_has(u->text, "network-bound|i/o-bound|io-bound") && !is_code(u) &&
            q_at(c, u, 0)->dim == DIM_TIME)
            bound = (int32_t)i;
    }
    for (size_t i = 0; i < c->doc.units.count && bound != NONE; i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_MOCK) ||
            !text_has(u->text, "--mock|mock responses|mocked responses|simulated responses|simulated answers"))
            continue;
        struct note n = NOTE(MOCK, (int32_t)i);
        n.unit2 = bound;
        sb_adds(&n.text, "0 s of network are in a simulated answer: a run with it cannot show that the work is bound "
                         "by the network.");
        note_put(c, &n);
        return;
    }
}
