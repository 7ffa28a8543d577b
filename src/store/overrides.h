/* overrides.h - categories that projects corrected, as rows. What is revoked stays. */
#ifndef STET_STORE_OVERRIDES_H
#define STET_STORE_OVERRIDES_H

#include "store/store.h"

struct store_override {
    struct span id, project, kind, pattern, category, reason, by, revoked_by;
    int64_t seq;                    /* within the project, from 1 */
    int64_t created_us, revoked_us; /* revoked 0: it holds */
};
struct store_overrides {
    struct store_override *items; /* free() */
    size_t count, cap;
};

enum store_override_state { OVERRIDES_ALL, OVERRIDES_ACTIVE, OVERRIDES_REVOKED };

/* What became of one that was sent. */
struct store_override_put {
    bool known;          /* one that holds says the same: nothing was written; id is that one's */
    struct span id;      /* in the arena */
    struct span replaced; /* of the one with equal kind and pattern that held so far and is revoked now; "" none */
};
/* store_override_put - adds one; makes the project unless it is there.
 * In:     o->id, texts, created_us; active_max: how many may hold at a time
 * Errors: ERR_CONFLICT when as many hold already */
bool store_override_put(struct store *s, struct arena *arena, const struct store_override *o, int64_t active_max,
                        struct store_override_put *ret, struct err *err) MUST_CHECK;
/* *ret_changed false: it was revoked before. Errors: ERR_NOT_FOUND. */
bool store_override_revoke(struct store *s, struct span project, struct span id, struct span by, int64_t now_us,
                           bool *ret_changed, struct err *err) MUST_CHECK;
/* Errors: ERR_NOT_FOUND; also one of another project. */
bool store_override_get(struct sql *db, struct arena *arena, struct span project, struct span id,
                        struct store_override *ret, struct err *err) MUST_CHECK;
/* Newest first, below before_seq (0 = from the start). */
bool store_override_list(struct sql *db, struct arena *arena, struct span project, enum store_override_state state,
                         int64_t before_seq, int64_t limit, struct store_overrides *ret, struct err *err) MUST_CHECK;
/* Those that hold, oldest first. */
bool store_override_active(struct sql *db, struct arena *arena, struct span project, struct store_overrides *ret,
                           struct err *err) MUST_CHECK;
/* When one was last given or revoked; 0 never. */
bool store_override_changed(struct sql *db, struct span project, int64_t *ret_us, struct err *err) MUST_CHECK;
/* Projects that ever corrected anything. */
struct store_names {
    struct span *items; /* free() */
    size_t count, cap;
};
bool store_override_projects(struct sql *db, struct arena *arena, struct store_names *ret, struct err *err) MUST_CHECK;

#endif
