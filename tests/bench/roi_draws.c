/* Seconds of one core for 100,000 outcomes of a proposal: roi_draws PROPOSAL.json TIMES; one number a line. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/fs.h"
#include "base/num.h"
#include "roi/roi.h"

static double cpu_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool run(const char *path, uint64_t times, struct err *err)
{
    CLEANUP(sb_release) struct sb text = { .cap = 1 << 20 };
    struct field_errors errors = { .items = NULL };
    struct proposal *p = NULL;
    bool ok = fs_read(path, &text, err) && proposal_parse(sb_span(&text), &p, &errors, err);
    for (uint64_t i = 0; ok && i < times; i++) {
        struct roi_plan plan = roi_plan_of(p);
        struct roi_options opt = { .seed = i, .bins = 60 };
        struct roi_result r;
        double begin = cpu_s();
        ok = roi_compute(&plan, NULL, &opt, &r, err);
        if (ok) {
            (void)printf("%.6f\n", cpu_s() - begin);
            roi_release(&r);
        }
    }
    proposal_free(p);
    field_errors_release(&errors);
    return ok;
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    uint64_t times;
    if (argc != 3 || !span_to_u64(span_of(argv[2]), &times)) {
        (void)fputs("usage: roi_draws PROPOSAL.json TIMES\n", stderr);
        return 3;
    }
    if (run(argv[1], times, &err))
        return 0;
    (void)fprintf(stderr, "roi_draws: %s\n", err.text);
    return 4;
}
