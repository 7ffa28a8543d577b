/* Reading, checking, and the answer as JSON and as text. */
#include "claims/claims.h"

#include <stdlib.h>

#include "base/jsonw.h"
#include "base/num.h"
#include "claims/check.h"

enum { QUANTITIES_SHOWN = 2000 };

static int by_line(const void *a, const void *b)
{
    const struct claims_finding *x = a;
    const struct claims_finding *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (strcmp(x->code, y->code) != 0)
        return strcmp(x->code, y->code);
    size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
    int order = memcmp(x->text.ptr, y->text.ptr, n);
    return order != 0 ? order : (x->text.len > y->text.len) - (x->text.len < y->text.len);
}

/* A row that another row's function finds. */
void check_none(struct claims *c)
{
    (void)c;
}

bool claims_read(struct span text, const struct claims_evidence *ev, struct claims **ret, struct err *err)
{
    static void (*const runs[])(struct claims *) = {
#define CHECK(id, code, run, about, reason) check_##run,
#include "claims/checks.def"
#undef CHECK
        check_knowledge,
    };
    if (text.len > CLAIMS_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "the text has %zu bytes; want at most %d", text.len, (int)CLAIMS_BYTES_MAX);
    struct claims *c = xcalloc(1, sizeof *c);
    c->evidence = ev ? *ev : (struct claims_evidence){ .ceiling_hi = NUM_UNKNOWN, .cpu_share_hi = NUM_UNKNOWN };
    doc_read(&c->doc, text);
    for (size_t i = 0; i < ARRAY_LEN(runs); i++)
        runs[i](c);
    if (c->findings.count > 1)
        qsort(c->findings.items, c->findings.count, sizeof *c->findings.items, by_line);
    *ret = c;
    return true;
}

void claims_free(struct claims *c)
{
    if (!c)
        return;
    doc_release(&c->doc);
    free(c->findings.items);
    free(c->claims.items);
    free(c);
}

void claims_freep(struct claims **c)
{
    claims_free(*c);
}

size_t claims_finding_count(const struct claims *c)
{
    return c->findings.count;
}

const struct claims_finding *claims_finding_at(const struct claims *c, size_t i)
{
    return &c->findings.items[i];
}

size_t claims_claim_count(const struct claims *c)
{
    return c->claims.count;
}

const struct claim *claims_claim_at(const struct claims *c, size_t i)
{
    return &c->claims.items[i];
}

/* --- JSON --- */

static const char *const dim_names[DIM_N] = {
    [DIM_COUNT] = "count", [DIM_LINES] = "lines",   [DIM_PERCENT] = "percent", [DIM_FACTOR] = "factor",
    [DIM_MONEY] = "money", [DIM_TIME] = "duration", [DIM_BYTES] = "size",      [DIM_SCORE] = "score",
};
static const char *const dim_units[DIM_N] = {
    [DIM_COUNT] = "1",   [DIM_LINES] = "lines", [DIM_PERCENT] = "%",   [DIM_FACTOR] = "x",
    [DIM_MONEY] = "USD", [DIM_TIME] = "s",      [DIM_BYTES] = "bytes", [DIM_SCORE] = "of",
};

static void put_str(struct jsonw *w, const char *key, struct span s)
{
    if (s.len > 0)
        jsonw_str(w, key, s);
    else
        jsonw_null(w, key);
}

static void quantity_json(struct jsonw *w, const struct claims *c, const struct quantity *q)
{
    static const char *const compared[] = { [CMP_NONE] = NULL, [CMP_LT] = "below", [CMP_GT] = "above" };
    struct sb noun = { 0 };
    put_text(&noun, q_noun(c, q), 60);
    jsonw_obj(w, NULL);
    jsonw_int(w, "line", q->line);
    jsonw_str(w, "text", q->text);
    jsonw_strz(w, "kind", dim_names[q->dim]);
    jsonw_strz(w, "unit", dim_units[q->dim]);
    jsonw_num(w, "lo", q->sign < 0 ? -q->lo : q->lo);
    jsonw_num(w, "hi", q->sign < 0 ? -q->hi : q->hi);
    jsonw_bool(w, "about", q->about);
    jsonw_strz(w, "bound", compared[q->cmp]);
    jsonw_num(w, "per_s", q->per_s > 0 ? q->per_s : NUM_UNKNOWN);
    jsonw_bool(w, "changed_from_previous", q->op == '>');
    put_str(w, "of", sb_span(&noun));
    jsonw_end_obj(w);
    sb_release(&noun);
}

static void finding_json(struct jsonw *w, const struct claims_finding *f)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "code", f->code);
    jsonw_int(w, "line", (int64_t)f->line);
    if (f->line2)
        jsonw_int(w, "other_line", (int64_t)f->line2);
    else
        jsonw_null(w, "other_line");
    jsonw_str(w, "text", f->text);
    put_str(w, "stated", f->stated);
    put_str(w, "computed", f->computed);
    jsonw_str(w, "excerpt", f->excerpt);
    put_str(w, "other_excerpt", f->excerpt2);
    jsonw_str(w, "about", f->about);
    jsonw_end_obj(w);
}

static void claim_json(struct jsonw *w, const struct claim *x)
{
    jsonw_obj(w, NULL);
    jsonw_str(w, "text", x->text);
    jsonw_int(w, "line", (int64_t)x->line);
    jsonw_obj(w, "factor");
    jsonw_num(w, "lo", x->factor_lo);
    jsonw_num(w, "hi", x->factor_hi);
    jsonw_end_obj(w);
    jsonw_strz(w, "evidence", claim_source_names[x->source]);
    jsonw_num(w, "ceiling", x->ceiling);
    jsonw_strz(w, "verdict", claim_verdict_names[x->verdict]);
    jsonw_end_obj(w);
}

static void left_out_json(struct jsonw *w, const struct claims *c)
{
    size_t n = c->doc.quantities.count;
    uint64_t hidden = n > QUANTITIES_SHOWN ? n - QUANTITIES_SHOWN : 0;
    jsonw_obj(w, "left_out");
    jsonw_int(w, "quantities", (int64_t)(c->doc.quantities_left_out + hidden));
    jsonw_int(w, "findings", (int64_t)c->findings_left_out);
    jsonw_int(w, "claims", (int64_t)c->claims_left_out);
    jsonw_int(w, "lines_cut", (int64_t)c->doc.lines_cut);
    if (c->doc.unread_from)
        jsonw_int(w, "from_line", (int64_t)c->doc.unread_from);
    else
        jsonw_null(w, "from_line");
    jsonw_end_obj(w);
}

void claims_json(const struct claims *c, struct span file, struct sb *out)
{
    struct jsonw w = { .out = out };
    size_t n = c->doc.quantities.count < QUANTITIES_SHOWN ? c->doc.quantities.count : QUANTITIES_SHOWN;
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/claims/1");
    put_str(&w, "file", file);
    jsonw_int(&w, "lines", (int64_t)c->doc.lines);
    jsonw_int(&w, "checks", (int64_t)claims_check_count);
    jsonw_arr(&w, "quantities");
    for (size_t i = 0; i < n; i++)
        quantity_json(&w, c, &c->doc.quantities.items[i]);
    jsonw_end_arr(&w);
    jsonw_arr(&w, "findings");
    for (size_t i = 0; i < c->findings.count; i++)
        finding_json(&w, &c->findings.items[i]);
    jsonw_end_arr(&w);
    jsonw_arr(&w, "claims");
    for (size_t i = 0; i < c->claims.count; i++)
        claim_json(&w, &c->claims.items[i]);
    jsonw_end_arr(&w);
    jsonw_obj(&w, "ceiling");
    jsonw_bool(&w, "evidence", c->evidence.given);
    jsonw_num(&w, "speedup_hi", c->evidence.ceiling_hi);
    jsonw_num(&w, "cpu_share_hi", c->evidence.cpu_share_hi);
    jsonw_end_obj(&w);
    left_out_json(&w, c);
    jsonw_end_obj(&w);
    sb_addc(out, '\n');
}

/* --- text --- */

static void finding_text(const struct claims_finding *f, struct sb *out)
{
    sb_printf(out, "line %llu: ", (unsigned long long)f->line);
    sb_add(out, f->text);
    sb_printf(out, " [%s]\n", f->code);
    sb_adds(out, "    > ");
    sb_add(out, f->excerpt);
    sb_addc(out, '\n');
    if (f->line2 && f->line2 != f->line) {
        sb_printf(out, "    > line %llu: ", (unsigned long long)f->line2);
        sb_add(out, f->excerpt2);
        sb_addc(out, '\n');
    }
    if (f->computed.len > 0) {
        sb_adds(out, "    stated ");
        sb_add(out, f->stated);
        sb_adds(out, "; computed ");
        sb_add(out, f->computed);
        sb_addc(out, '\n');
    }
}

static void factor_text(const struct claim *x, struct sb *out)
{
    put_factor(out, x->factor_lo);
    if (x->factor_hi != x->factor_lo) {
        sb_addc(out, '-');
        put_factor(out, x->factor_hi);
    }
    sb_addc(out, 'x');
}

static void claim_text(const struct claim *x, struct sb *out)
{
    static const char *const words[CLAIM_VERDICT_COUNT] = { "unproven", "measured, by the text's own word",
                                                            "within the ceiling", "above the ceiling" };
    static const char *const sources[CLAIM_SOURCE_COUNT] = { "no measurement", "borrowed numbers", "own measurement" };
    sb_printf(out, "line %llu: ", (unsigned long long)x->line);
    factor_text(x, out);
    sb_printf(out, ": %s", words[x->verdict]);
    if (num_known(x->ceiling)) {
        sb_adds(out, " of ");
        put_factor(out, x->ceiling);
        sb_addc(out, 'x');
    }
    sb_printf(out, " (%s)\n    > ", sources[x->source]);
    sb_add(out, x->text);
    sb_addc(out, '\n');
}

static void left_out_text(const struct claims *c, struct sb *out)
{
    if (c->doc.quantities_left_out)
        sb_printf(out, "%llu more numbers were not looked at.\n", (unsigned long long)c->doc.quantities_left_out);
    if (c->findings_left_out)
        sb_printf(out, "%llu more findings are not listed.\n", (unsigned long long)c->findings_left_out);
    if (c->claims_left_out)
        sb_printf(out, "%llu more claims are not listed.\n", (unsigned long long)c->claims_left_out);
    if (c->doc.lines_cut)
        sb_printf(out, "Of %llu long lines only the first %d bytes were read.\n", (unsigned long long)c->doc.lines_cut,
                  UNIT_BYTES_MAX);
    if (c->doc.unread_from)
        sb_printf(out, "Nothing was read from line %llu on.\n", (unsigned long long)c->doc.unread_from);
}

void claims_text(const struct claims *c, struct span file, struct sb *out)
{
    if (file.len > 0) {
        sb_add_plain(out, file);
        sb_adds(out, ": ");
    }
    sb_printf(out, "%zu quantities, %zu findings, %zu claims of speed\n", c->doc.quantities.count, c->findings.count,
              c->claims.count);
    if (c->findings.count > 0)
        sb_adds(out, "\nTo look at (arithmetic, units, consistency; no score):\n\n");
    for (size_t i = 0; i < c->findings.count; i++) {
        if (i > 0)
            sb_addc(out, '\n');
        finding_text(&c->findings.items[i], out);
    }
    if (c->claims.count > 0)
        sb_adds(out, c->evidence.given
                         ? "\nClaims of speed, held against the recording:\n\n"
                         : "\nClaims of speed (no recording was given; --evidence FILE holds them against one):\n\n");
    for (size_t i = 0; i < c->claims.count; i++)
        claim_text(&c->claims.items[i], out);
    if (c->evidence.given && !num_known(c->evidence.ceiling_hi))
        sb_adds(out, "\nThe recording gives no ceiling: the CPU share of an operation is not known; `stet analyze` "
                     "says what is missing.\n");
    left_out_text(c, out);
}

/* --- the table of checks --- */

void claims_checks_text(struct sb *out)
{
    for (size_t i = 0; i < claims_check_count; i++) {
        sb_printf(out, "%-28s %s\n", claims_checks[i].code, claims_checks[i].about);
        sb_printf(out, "%-28s   %s\n", "", claims_checks[i].reason);
    }
}

void claims_checks_json(struct sb *out)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/claims-checks/1");
    jsonw_arr(&w, "checks");
    for (size_t i = 0; i < claims_check_count; i++) {
        jsonw_obj(&w, NULL);
        jsonw_strz(&w, "code", claims_checks[i].code);
        jsonw_strz(&w, "about", claims_checks[i].about);
        jsonw_strz(&w, "reason", claims_checks[i].reason);
        jsonw_end_obj(&w);
    }
    jsonw_end_arr(&w);
    jsonw_end_obj(&w);
    sb_addc(out, '\n');
}
