#include "advise/compare_ctx.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advise/ctx.h"

struct span compare_text(struct compare *c, const char *fmt, ...)
{
    struct sb s = { .cap = 1000 };
    va_list args;
    va_start(args, fmt);
    sb_vprintf(&s, fmt, args);
    va_end(args);
    struct span text = arena_span(&c->arena, sb_span(&s));
    sb_release(&s);
    return text;
}

static struct span note_text(struct compare *c, const char *fmt, va_list args) PRINTF_LIKE(2, 0);
static struct span note_text(struct compare *c, const char *fmt, va_list args)
{
    struct sb s = { .cap = 1000 };
    sb_vprintf(&s, fmt, args);
    struct span text = arena_span(&c->arena, sb_span(&s));
    sb_release(&s);
    return text;
}

void compare_refuse(struct compare *c, const char *part, const char *code, const char *fix, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct span text = note_text(c, fmt, args);
    va_end(args);
    if (c->refusal_count < COMPARE_NOTES_MAX)
        c->refusals[c->refusal_count++] =
            (struct compare_note){ part, code, text, arena_span(&c->arena, span_of(fix)) };
}

void compare_warn(struct compare *c, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct span text = note_text(c, fmt, args);
    va_end(args);
    if (c->warning_count < COMPARE_NOTES_MAX)
        c->warnings[c->warning_count++] = (struct compare_note){ NULL, code, text, SPAN("") };
}

struct share compare_share_of(const struct json *v)
{
    struct share s = { json_num(json_get(v, "lo"), NUM_UNKNOWN), json_num(json_get(v, "est"), NUM_UNKNOWN),
                       json_num(json_get(v, "hi"), NUM_UNKNOWN) };
    return share_known(s) && num_known(s.est) ? s : SHARE_UNKNOWN;
}

double compare_fact(const struct compare_side *s, const char *name)
{
    return json_num(json_get(json_get(s->doc, "facts"), name), NUM_UNKNOWN);
}

struct span compare_fact_text(const struct compare_side *s, const char *name)
{
    return json_str(json_get(json_get(s->doc, "facts"), name));
}

struct span compare_command(const struct compare_side *s)
{
    for (const struct json *a = json_first(json_get(s->doc, "artefacts")); a; a = json_next(a)) {
        struct span command = json_str(json_get(a, "command"));
        if (command.len > 0)
            return command;
    }
    return SPAN("");
}

void compare_settle(struct compare_change *x)
{
    if (!share_known(x->diff)) {
        x->more = TRI_UNKNOWN;
        return;
    }
    if (num_known(x->chance))
        x->more = x->chance < 0.05 ? TRI_YES : TRI_NO;
    else
        x->more = x->diff.lo > 0 || x->diff.hi < 0 ? TRI_YES : TRI_NO;
}

/* Nothing was compared: the refusals in one text, with what to send instead. */
static bool refuse_all(const struct compare *c, struct err *err)
{
    struct sb s = { 0 };
    for (uint32_t i = 0; i < c->refusal_count; i++) {
        sb_printf(&s, "%s%.*s", i > 0 ? "; " : "", SPAN_FMT(c->refusals[i].text));
        if (c->refusals[i].fix.len > 0 && i == 0) /* the first one is about what both have */
            sb_printf(&s, ": %.*s", SPAN_FMT(c->refusals[i].fix));
    }
    bool ok = err_set(err, ERR_UNIT, "%s", sb_cstr(&s));
    sb_release(&s);
    return ok;
}

bool compare_make(const struct compare_input *in, struct sb *ret_json, struct err *err)
{
    struct compare *c = xcalloc(1, sizeof *c);
    c->in = in;
    compare_alike(c);
    bool ok = true;
    if (!c->can.time && !c->can.cpu && !c->can.functions && !c->can.seconds) {
        ok = refuse_all(c, err);
    } else {
        compare_time(c);
        compare_seconds(c);
        compare_functions(c);
        compare_function_notes(c);
        struct jsonw w = { .out = ret_json };
        compare_document(c, &w);
    }
    free(c->functions);
    arena_release(&c->arena);
    free(c);
    return ok;
}

/* As the document was made: what somebody stated stands among its inputs. */
static bool declared_of(const struct json *doc, struct fact_set *facts, struct err *err)
{
    for (const struct json *i = json_first(json_get(doc, "inputs")); i; i = json_next(i)) {
        struct span origin = json_str(json_get(i, "origin"));
        const struct json *value = json_get(i, "value");
        enum fact_id id;
        char by[100];
        if (!span_is(origin, "declared") || !fact_find(json_str(json_get(i, "name")), &id))
            continue;
        (void)snprintf(by, sizeof by, "%.*s", SPAN_FMT(span_sub(json_str(json_get(i, "by")), 0, 90)));
        if (fact_infos[id].kind == FACT_TEXT)
            facts_set_text(facts, id, json_str(value), ORIGIN_DECLARED, by);
        else
            facts_set_num(facts, id, json_num(value, NUM_UNKNOWN), ORIGIN_DECLARED, by);
    }
    return facts_check(facts, err);
}

bool compare_evidence(const struct json *doc, const struct evidence_input *of, struct evidence **ret, struct err *err)
{
    struct fact_set *facts = xcalloc(1, sizeof *facts);
    struct evidence_input in = *of;
    bool ok = declared_of(doc, facts, err);
    in.declared = facts;
    in.functions = true;
    ok = ok && evidence_build(&in, ret, err);
    free(facts);
    return ok;
}
