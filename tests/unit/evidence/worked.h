/* The sets of the worked examples, and their verdict by the rules. */
#ifndef TESTS_EVIDENCE_WORKED_H
#define TESTS_EVIDENCE_WORKED_H

#include "made.h"
#include "policy/policy.h"

/* Facts that every worked example takes for granted and no file of it holds. */
#define COMMON "load_representative=1 runs_n=3 evidence_age_days=1 code_changed=0 dep_sdk_ready=1 team_target_devs=2 "

/* Evaluates e's facts at the decision stage. `fires` and `silent`: blank-separated ids. */
void worked_verdict(const struct evidence *e, const char *packs, enum policy_verdict verdict, const char *fires,
                    const char *silent);
enum policy_gate worked_gate(const struct evidence *e, enum policy_stage stage);
enum policy_verdict worked_potential(const struct evidence *e, enum fact_id *ret_first_missing);

#define APP "run@/srv/app/main.py;work@/srv/app/main.py"
#define VM "run@/srv/app/main.py;_PyEval_EvalFrameDefault {python3.11}"
#define STARTUP "_find_and_load@<frozen importlib._bootstrap>"
#define KNET "run@/srv/app/main.py;entry_SYSCALL_64 [k];tcp_sendmsg [k]"
#define KMM "run@/srv/app/main.py;asm_exc_page_fault [k];clear_page_erms [k]"
#define BLAS "run@/srv/app/main.py;dgemm_kernel_HASWELL {libopenblas64_p.so.0}"

#endif
