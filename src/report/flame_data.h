/* flame_data.h - one or two profiles as the parallel arrays that the browser's flame graph reads.
 *
 * Little-endian records: u32 type, u32 length, payload, zeros up to a multiple of 8 (length is without them), so that
 * typed arrays can be laid on the bytes as they arrive.
 *   1 HEAD  JSON, schema stet/flame/1
 *   2 STRS  u32 count, u32 offset[count + 1], bytes
 *   3 FRMS  u32 func[n], file[n], module[n], line[n]; u8 kind[n] (enum frame_kind); n = "frames" of HEAD; frame 0 is the
 *           root's and has no names
 *   4 NODE  u32 first, count; u32 parent[count], frame[count]; f32 total[sets][count]; u16 rule[count] (65535 none), zeros
 *           up to 4; u8 category[count] (255 none), zeros up to 4. Heaviest first, node 0 is the root and its own parent
 *   5 ROWS  u32 first, count; u32 node[count], thread[count]; f32 value[sets][count]; u16 rule[count], zeros up to 4;
 *           u8 category[count], zeros up to 4. Weight that ended in a node, by thread and category
 *   6 ORDR  u32 n; u32 row[n]; f32 weight[n]: rows in the order of time
 *   7 DONE  empty
 * A node has the category of the heaviest row that ends in its frame; where more than nine tenths of a node's weight is
 * waiting or idle, the heaviest of those. */
#ifndef STET_REPORT_FLAME_DATA_H
#define STET_REPORT_FLAME_DATA_H

#include "base/json.h"
#include "base/sb.h"
#include "classify/classify.h"
#include "profile/artefact.h"

#define FLAME_DATA_TYPE "application/vnd.stet.flame"

enum { FLAME_DATA_SETS = 2 };

struct flame_data_set {
    struct span id, name;        /* of the upload, as shown */
    const struct artefact *file; /* with a frozen profile, secrets masked */
    const struct classification *cls;
    uint32_t column;
    enum clock_kind clock; /* of the column, as an analysis inferred it */
};

/* An artefact with stacks of an upload that holds several. */
struct flame_data_choice {
    struct span name;
    uint32_t index;
};

struct flame_data_input {
    struct flame_data_set sets[FLAME_DATA_SETS]; /* base and head where there are two */
    uint32_t set_count;
    bool lines; /* frames of different lines are told apart */

    /* HEAD alone. */
    struct span project, run;
    const struct json *doc; /* analysis of the set (the head's, of two), or NULL */
    const struct flame_data_choice *choices;
    uint32_t choice_count, choice; /* choice: the one that is shown */
    bool overrides;                /* categories of the project had a say */
};

/* flame_data_write - Out: the records, appended. Errors: ERR_VALUE (no such column), ERR_UNIT (two sets of unlike units
 * or clocks), ERR_EMPTY (nothing has weight), ERR_LIMIT (out has a cap that does not suffice). Cost: O(stacks + rows). */
bool flame_data_write(const struct flame_data_input *in, struct sb *out, struct err *err) MUST_CHECK;

/* The column that is shown where none is asked for: profile_column_default, else the first with weight, else 0. */
uint32_t flame_data_column(const struct profile *p);

#endif
