/* asks.c - open facts in the words of who has to answer. A share of a request follows from operations, their mean time
 * and the window's length, which an access log holds; nobody can be asked for the share itself. */
#include "advise/ctx.h"

static bool follows_from_requests(enum fact_id id)
{
    switch ((int)id) {
    case FACT_cpu_share_lo:
    case FACT_cpu_share_est:
    case FACT_cpu_share_hi:
    case FACT_cpu_queue_share_lo:
    case FACT_cpu_queue_share_est:
    case FACT_cpu_queue_share_hi:
    case FACT_wait_share_lo:
    case FACT_wait_share_est:
    case FACT_wait_share_hi:
    case FACT_amdahl_ceiling_lo:
    case FACT_amdahl_ceiling_est:
    case FACT_amdahl_ceiling_hi:
    case FACT_addr_share_lo:
    case FACT_addr_share_est:
    case FACT_addr_share_hi:
        return true;
    default:
        return false;
    }
}

static void add_once(enum fact_id *list, uint32_t *n, enum fact_id id)
{
    for (uint32_t i = 0; i < *n; i++) {
        if (list[i] == id)
            return;
    }
    list[(*n)++] = id;
}

/* A new list in the result's arena: what follows from requests becomes ops, op_s and, where it is unknown, wall_s. */
static void translate(struct policy_result *p, const struct fact_set *f, enum fact_id **list, uint32_t *n)
{
    enum fact_id *out = ARENA_ARRAY(&p->arena, *n + 3, enum fact_id);
    uint32_t count = 0;
    bool requests = false;
    for (uint32_t i = 0; i < *n; i++)
        requests = requests || follows_from_requests((*list)[i]) || (*list)[i] == FACT_ops || (*list)[i] == FACT_op_s;
    if (!requests)
        return;
    static const enum fact_id instead[] = { FACT_ops, FACT_op_s, FACT_wall_s };
    for (size_t i = 0; i < ARRAY_LEN(instead); i++) {
        if (!f->v[instead[i]].known)
            add_once(out, &count, instead[i]);
    }
    /* Nothing to ask: the numbers are there, and what is open is a matter of measurement after all. */
    if (count == 0)
        return;
    for (uint32_t i = 0; i < *n; i++) {
        if (!follows_from_requests((*list)[i])) /* one number alone settles nothing */
            add_once(out, &count, (*list)[i]);
    }
    *list = out;
    *n = count;
}

/* Of CPU seconds alone: the ceiling follows from a profile of them, and from no request. */
static void translate_cpu(const struct fact_set *f, enum fact_id *list, uint32_t *n)
{
    if (facts_num(f, FACT_has_profile) == 1)
        return;
    uint32_t count = 0;
    for (uint32_t i = 0; i < *n; i++) {
        bool ceiling = list[i] >= FACT_amdahl_ceiling_lo && list[i] <= FACT_amdahl_ceiling_hi;
        add_once(list, &count, ceiling ? FACT_has_profile : list[i]);
    }
    *n = count;
}

void asks_translate(struct policy_result *p, const struct fact_set *facts)
{
    bool overlapping = span_is(facts_text(facts, FACT_concurrency), "overlapping");
    enum policy_goal goal = GOAL_LATENCY;
    (void)policy_goal_find(facts_text(facts, FACT_goal), &goal);
    struct list {
        enum fact_id **items;
        uint32_t *count;
        enum policy_goal goal;
    };
    uint32_t n = 0;
    struct list *lists = ARENA_ARRAY(&p->arena, 1 + p->rule_count + p->open_count + p->answer_count, struct list);
    lists[n++] = (struct list){ &p->ask, &p->ask_count, goal };
    for (uint32_t i = 0; i < p->rule_count; i++)
        lists[n++] = (struct list){ &p->rules[i].missing, &p->rules[i].missing_count, goal };
    for (uint32_t i = 0; i < p->open_count; i++)
        lists[n++] = (struct list){ &p->open[i].facts, &p->open[i].fact_count, goal };
    for (uint32_t i = 0; i < p->answer_count; i++)
        lists[n++] = (struct list){ &p->answers[i].missing, &p->answers[i].missing_count, p->answers[i].goal };
    for (uint32_t i = 0; i < n; i++) {
        bool time = lists[i].goal == GOAL_LATENCY || lists[i].goal == GOAL_STARTUP || lists[i].goal == GOAL_TAIL;
        if (!time)
            translate_cpu(facts, *lists[i].items, lists[i].count);
        else if (overlapping)
            translate(p, facts, lists[i].items, lists[i].count);
    }
}
