/* decide.h - a proposal, the evidence and the policies make a decision document. Nothing here reads a clock or a file;
 * the same input gives the same bytes. The document is a superset of the analysis document: the same members at top
 * level (stage "decision", schema "stet/decision/1"), and beside them
 *
 *  "proposal"     {"title","scope","kind","from","to","goal","goal_gain","sha256","components":[...],"claims":[...],"risks":[...],"phases":[...]}
 *  "question"     one sentence: what was asked
 *  "not_asked"    true when the goal is none of speed, capacity, cost, memory: not a question for a profile
 *  "whole","part" {"open":bool,"sentence"}; part null where no component is in question; "scope_sentence" says both
 *  "roi"          schema stet/roi/1, or null with "roi_missing":[inputs]
 *  "alternatives" [{"title","kind","covers":..,"gain":{lo,est,hi}|null,"saved_s_per_op","roi":{..}|null,"own":bool,"bound":bool,"text"}],
 *                 own = of the proposal, bound = what it saves is the most that it can be
 *  "operations"   [{"name","op_s","claimed_s","claimed_x","ceiling_x","expected_x":{lo,est,hi}|null,"saved_s":{..}|null,"text"}]
 *                 components as well: {"component":name,...}
 *  "benefits"     [{"kind":"time|compute|memory|density|latency|incidents|other","usd_year","text"}]; never blended
 *  "claims"       [{"text","factor":{lo,hi},"component","operation","outside","evidence","ceiling_x",
 *                  "verdict":"above_ceiling|within_ceiling|unproven|measured"}]; outside: why nothing recorded bounds it, or null
 *  "score"        {"green":[{"name","present":bool|null}],"red":[...],"green_n","red_n","independent"} or null (pack score-sheet)
 *  "gaps"         [{"id","title","status","booked"}] with "v_open_count"
 *  "actions"      [{"action","rule","reason"}]; "blocked": the same; "refuted": [{"rule","reason"}]; "reopen": [{"rule","reason"}]
 *  "watch"        [{"id","title","kind":"condition|share|date|manual","when","fact","now","line","state":"clear|fired|unknown"}]
 *  "comparison"   {"stage":"before_build|after_build","ab_scope","ab_gain":{lo,hi}|null} or null
 *  "missing_inputs" [names], "defaults" [{"name","value"}]
 *  "exemptions", "waivers" [{"rule","owner","reason","until","state"}]
 *  "distance"     flips of the deciding facts in words: [{"fact","now","at","factor","verdict","text"}], the main reason's
 *                 first; ops_per_year through the return, and where cost and benefit are equal
 *  "roi_missing"  inputs without which the return stays unknown; "cannot_open": a sentence where the failure probability
 *                 alone keeps P(ROI>0) below the line; "p_roi_pos_full_of", "p_roi_pos_ext_of": whose chance the rules read
 *  "ignored_facts" [{"name","why"}] of the proposal: it lifts no rule, and the simulation stands over its own chances
 *  "not_read"     paths of members of the proposal that have no known name; "seed_text" beside "seed" above 2^53
 *  "speed_range"  {"lo","mode","hi","source"}; "watch_fired", "waivers_held": counts
 *  "packs"        [{"name","version"}] with "project_policy": hash of the project's document; "open_rules" as in policy eval
 */
#ifndef STET_ADVISE_DECIDE_H
#define STET_ADVISE_DECIDE_H

#include "advise/advise.h"
#include "roi/proposal.h"
#include "roi/roi.h"

/* Leave to go on against the answer, granted by somebody for a time. It changes the gate, never the verdict: `waived`
 * where the gate would be open without that rule (or, for the whole gate, in any case). */
struct decide_waiver {
    struct span rule; /* id; empty = the whole gate */
    struct span owner, reason;
    int64_t until_us; /* last moment at which it holds; what is asked at no stated moment holds no waiver */
};

struct decide_input {
    const struct proposal *proposal;
    /* As for an analysis; artefacts may be none. declared: facts of the project and the caller, over those of the
     * proposal. packs: chosen by the caller beside standing, those of the project and those of the proposal; what is
     * there already is not joined twice. goal of the proposal unless goal_given, then that of the project, whose
     * thresholds, exemptions and watch list (base.project_policy) hold as well. */
    struct advise_input base;
    const struct policy_project *project; /* the same as base.project_policy, where that is NULL */
    bool packs_settled; /* base.packs is the whole set in its order, as a stored decision has it: none is joined */
    const struct decide_waiver *waivers;
    size_t waiver_count;
    bool seed_given; /* false: from the document and the hashes of the evidence */
    uint32_t draws;  /* 0 = 100,000 */
};

struct decide_verdict {
    struct advise_verdict v;
    bool part_open; /* closed for the whole, open for the part */
    bool not_asked;
    uint32_t waivers_held, watch_fired;
    uint64_t seed; /* as used; readers of JSON keep 53 bits of a number at most */
};

/* What a decision prices the proposal with: the evidence's gain, and what project or caller state over its inputs. */
struct decide_pricing {
    struct roi_evidence evidence;
    struct proposal_benefit benefit;
    struct quantity horizon, discount;
    uint64_t seed;
};
/* decide_pricing - the same figures for who prices alone.
 * In:     as decide_make; component: the part that is replaced, "" = what the proposal's kind names
 * Errors: as decide_make */
bool decide_pricing(const struct decide_input *in, struct span component, struct decide_pricing *ret,
                    struct err *err) MUST_CHECK;

/* decide_make - one decision document.
 * Out:    *ret_json one JSON object appended; *ret filled
 * Errors: ERR_VALUE (facts that contradict each other, a pack that is not known, a component without a pattern),
 *         ERR_STORE (rules cannot be evaluated)
 * Thread: re-entrant; needs about 1 MB of stack */
bool decide_make(const struct decide_input *in, struct sb *ret_json, struct decide_verdict *ret,
                 struct err *err) MUST_CHECK;

#endif
