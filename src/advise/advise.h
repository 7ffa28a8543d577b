/* advise.h - the stages in order: evidence from the artefacts of one run, rules over its facts, the document of the
 * contract (schema stet/analysis/1). Nothing here reads a clock or a file; the same input gives the same bytes. */
#ifndef STET_ADVISE_ADVISE_H
#define STET_ADVISE_ADVISE_H

#include "base/sb.h"
#include "classify/classify.h"
#include "facts/facts.h"
#include "policy/policy.h"
#include "policy/project.h"
#include "profile/artefact.h"

struct evidence; /* evidence/evidence.h */

struct advise_input {
    struct artefact *const *artefacts; /* borrowed; all files of one run */
    size_t artefact_count;
    const struct fact_set *declared;        /* origin DECLARED (or FILE for facts sent along); may be NULL */
    const struct policy_pack *const *packs; /* chosen packs; NULL: `standing` */
    size_t pack_count;
    const struct policy_project *project_policy; /* whose packs these are: its exemptions are listed; may be NULL */
    /* Categories that the project corrected, in the order in which they hold; none: the document says so. NULL: it says
     * nothing of them, as documents did before there were any. */
    const struct classify_overrides *overrides;
    enum policy_goal goal;
    bool goal_given;           /* false: latency, shown as assumed */
    struct span process;       /* NAME or PID; empty = the tree with the most CPU */
    enum runtime_kind runtime; /* RUNTIME_UNKNOWN = infer */
    bool asked;                /* somebody asked for the gate */
    uint64_t seed;
    int64_t as_of_us;         /* when the question is asked; 0 = not stated (null) */
    uint64_t revision;        /* 0 on the command line */
    struct span project, run; /* may be empty: for commands and addresses */
    struct span explain;      /* frames to explain; empty = none */
    struct span files;    /* what was sent, with its options, in the words of a shell; empty = the artefacts' names */
    /* Called with the evidence, its functions listed, before anything is judged; NULL: functions are not listed. */
    void (*on_evidence)(void *user, const struct evidence *ev);
    void *on_user;
    struct span platform; /* of the reader, when no file tells: "linux", "darwin", "windows"; may be empty */
};

/* What callers need beside the document. */
struct advise_verdict {
    enum policy_verdict verdict;
    enum policy_gate gate;
    char summary[512];
    char headline[80];
    double cpu_share_lo, cpu_share_est, cpu_share_hi; /* time.cpu_share; NaN unknown */
};

/* advise_analyse - one run, one document.
 * In:     in->artefacts frozen; at least one
 * Out:    *ret_json one JSON object appended; *ret filled
 * Errors: ERR_VALUE (facts that contradict each other, unknown process), ERR_STORE (rules cannot be evaluated)
 * Thread: re-entrant; needs about 1 MB of stack */
bool advise_analyse(const struct advise_input *in, struct sb *ret_json, struct advise_verdict *ret,
                    struct err *err) MUST_CHECK;

/* The facts of an analysis as its rules see them: before anybody proposed a target, a gain that only lacks a speed-up factor
 * is not known, rather than at least nothing. */
void advise_leave_target_open(struct fact_set *f);

/* Exit status of the command line for a gate: 0 pass or waived, 1 fail, 2 insufficient. */
int advise_gate_exit(enum policy_gate gate);

#endif
