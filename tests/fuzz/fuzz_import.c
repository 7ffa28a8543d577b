/* One importer, or detection and wrappers for the target `detect`. After a success the frozen invariants hold, sums are
 * finite and what folded export wrote can be read back with the same weight; after a failure the error says something. */
#include "fuzz.h"
#ifdef FUZZ_TARGET
#include "mutate.h"
#endif

#include "import/importer.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Small, so that a target reaches the limits itself and stays inside its memory. */
static struct import_options options_small(void)
{
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    opt.limits.upload_bytes = 4u << 20;
    opt.limits.expanded_bytes = 16u << 20;
    opt.limits.threads = 10000;
    opt.limits.frames = 100000;
    opt.limits.stacks = 200000;
    opt.limits.stack_depth = 512;
    opt.limits.ordered_samples = 100000;
    opt.limits.archive_members = 100;
    opt.limits.string_bytes = 32u << 20;
    return opt;
}

static void profile_check(struct profile *p, const struct limits *lim)
{
    struct err err = ERR_INIT;
    bool frozen = profile_freeze(p, lim, &err);
    assert(frozen);
    for (uint32_t c = 0; c < p->column_count; c++) {
        double sum = 0;
        for (uint32_t r = 0; r < p->row_count; r++)
            sum += p->row_value[c][r];
        assert(isfinite(sum) && isfinite(p->columns[c].total));
        assert(fabs(sum - p->columns[c].total) <= 1e-6 * fmax(1.0, fabs(sum)));
    }
}

static void artefact_check(const struct artefact *a, const struct limits *lim)
{
    assert(a->format != NULL && a->format[0] != '\0');
    assert(a->profile != NULL || a->acct_count > 0 || a->fact_count > 0 || a->problem_count > 0);
    if (a->profile != NULL)
        profile_check(a->profile, lim);
    for (uint32_t i = 0; i < a->acct_count; i++) {
        assert(!(a->acct[i].cpu_s < 0) && !isinf(a->acct[i].cpu_s));
        assert(!(a->acct[i].wall_s < 0) && !isinf(a->acct[i].wall_s));
    }
}

#ifdef FUZZ_TARGET
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
/* One change in four is libFuzzer's own, which also breaks what the mutator keeps. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size_t n = 0;
    if (strcmp(FUZZ_TARGET_NAME, "perf-data") == 0 && seed % 4 != 0)
        n = mutate_perf_data(data, size, max, seed / 4);
    else if (strcmp(FUZZ_TARGET_NAME, "pprof") == 0 && seed % 4 != 0)
        n = mutate_pprof(data, size, max, seed / 4);
    else if (strcmp(FUZZ_TARGET_NAME, "jfr") == 0 && seed % 4 != 0)
        n = mutate_jfr(data, size, max, seed / 4);
    return n > 0 ? n : LLVMFuzzerMutate(data, size, max);
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct import_options opt = options_small();
    struct artefact_list list = { 0 };
    struct err err = ERR_INIT;
    const char *format = strcmp(FUZZ_TARGET_NAME, "detect") == 0 ? NULL : FUZZ_TARGET_NAME;
    struct span bytes = span_make((const char *)data, size);
    if (import_memory(bytes, SPAN("unknown"), format, &opt, &list, &err)) {
        assert(list.count > 0);
        for (uint32_t i = 0; i < list.count; i++)
            artefact_check(list.items[i], &opt.limits);
    } else {
        assert(err.code != ERR_NONE && err.text[0] != '\0');
    }
    artefact_list_release(&list);
    return 0;
}
