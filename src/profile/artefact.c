#include "profile/artefact.h"

#include <stdlib.h>

#include "base/sb.h"

struct artefact *artefact_new(void)
{
    struct artefact *a = xcalloc(1, sizeof *a);
    a->format = "";
    a->name = a->tool = a->tool_version = a->recorder = a->command = a->platform = SPAN("");
    a->native_visible = TRI_UNKNOWN;
    a->rate_hz = a->duration_s = a->span_s = a->lost_share = a->dropped_share = NUM_UNKNOWN;
    a->pid = -1;
    return a;
}

void artefact_free(struct artefact *a)
{
    if (!a)
        return;
    profile_free(a->profile);
    free(a->acct);
    free(a->facts);
    free(a->problems);
    arena_release(&a->arena);
    free(a);
}

struct accounting *artefact_acct(struct artefact *a)
{
    a->acct = xrealloc(a->acct, a->acct_count + 1, sizeof *a->acct);
    struct accounting *c = &a->acct[a->acct_count++];
    *c = (struct accounting){ .scope = ACCT_PROCESS, .runs = 1, .pid = -1 };
    double *unknown[] = { &c->cpu_s,        &c->cpu_lo_s,       &c->cpu_hi_s,         &c->user_s,
                          &c->sys_s,        &c->children_cpu_s, &c->wall_s,           &c->wall_lo_s,
                          &c->wall_hi_s,    &c->share_lo,       &c->share_hi,         &c->share_run_lo,
                          &c->share_run_hi, &c->runq_s,         &c->throttled_s,      &c->quota_cpus,
                          &c->cpus_online,  &c->cpus_allowed,   &c->voluntary,        &c->involuntary,
                          &c->processes,    &c->busy_threads,   &c->max_thread_cpu_s, &c->mem_stall_share,
                          &c->rss_max_bytes };
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        *unknown[i] = NUM_UNKNOWN;
    c->command = c->source = SPAN("");
    return c;
}

static struct artefact_fact *fact_add(struct artefact *a, const char *name, const char *source)
{
    a->facts = xrealloc(a->facts, a->fact_count + 1, sizeof *a->facts);
    struct artefact_fact *f = &a->facts[a->fact_count++];
    *f = (struct artefact_fact){ .name = artefact_text(a, span_of(name)),
                                 .source = artefact_text(a, span_of(source)),
                                 .num = NUM_UNKNOWN,
                                 .text = SPAN("") };
    return f;
}

void artefact_fact_num(struct artefact *a, const char *name, double value, const char *source)
{
    fact_add(a, name, source)->num = value;
}

void artefact_fact_text(struct artefact *a, const char *name, struct span value, const char *source)
{
    struct artefact_fact *f = fact_add(a, name, source);
    f->is_text = true;
    f->text = artefact_text(a, value);
}

void artefact_problem(struct artefact *a, const char *code, const char *fix, const char *fmt, ...)
{
    struct sb text = { .cap = 2000 };
    va_list args;
    va_start(args, fmt);
    sb_vprintf(&text, fmt, args);
    va_end(args);
    for (uint32_t i = 0; i < a->problem_count; i++) {
        if (span_is(span_of(a->problems[i].code), code) && span_eq(a->problems[i].text, sb_span(&text))) {
            sb_release(&text);
            return;
        }
    }
    a->problems = xrealloc(a->problems, a->problem_count + 1, sizeof *a->problems);
    a->problems[a->problem_count++] = (struct artefact_problem){ .code = code,
                                                                 .text = artefact_text(a, sb_span(&text)),
                                                                 .fix = artefact_text(a, span_of(fix)) };
    sb_release(&text);
}

struct span artefact_text(struct artefact *a, struct span s)
{
    return arena_span(&a->arena, s);
}
