/* fmt_cpuprofile.h - the parts of the V8 CPU profile reader: the node table, and the samples in time order. */
#ifndef STET_IMPORT_FMT_CPUPROFILE_H
#define STET_IMPORT_FMT_CPUPROFILE_H

#include "base/sb.h"
#include "import/json_in.h"

/* V8_RUN samples are taken at a time; a sample that came late moves back at most V8_LATE places. */
enum { V8_NO_NODE = -1, V8_RUN = 1024, V8_LATE = 256 };

struct v8_node {
    int64_t parent_id; /* -1: none named */
    uint32_t id;
    int32_t parent; /* index, V8_NO_NODE */
    uint32_t hits;  /* hitCount */
    frame_id frame;
    stack_id stack;
    bool root, idle, program;
    bool named;  /* findable by id */
    bool linked; /* stack is set */
};

/* What a sample touches. */
struct v8_sum {
    double weight_us; /* time that was spent at the node */
    uint32_t samples;
    uint32_t row; /* index + 1 once there is one */
};

struct v8_link {
    uint32_t parent; /* index */
    uint32_t child_id;
};

/* Nodes by id. Ids are arbitrary; children and parents may stand in either order. */
struct v8_nodes {
    struct v8_node *items;
    uint32_t count, cap;
    struct {
        struct v8_link *items;
        uint32_t count, cap;
    } links;
    uint32_t *slot; /* open addressing by id, index + 1; filled once scattered */
    uint32_t slots, named;
    bool scattered; /* some id is not its place in the file, counted from 1 */
};

/* A sample at its time. */
struct v8_at {
    double us;
    uint32_t node;
};

struct v8_profile {
    const struct import_options *opt;
    struct builder *b;
    struct jscan *js;
    struct err *err;
    struct v8_nodes nodes;
    struct sb func, url;

    struct v8_sum *sums; /* by node, once linked */
    uint32_t *ids;       /* node of each sample in file order: its id, or its index when the nodes came before */
    uint64_t id_count, id_size;
    double *times; /* kept only where they stand before the samples or the nodes */
    uint64_t time_count, time_size;
    bool has_ids, has_times;
    bool ids_resolved; /* ids holds indexes */
    bool absolute;     /* `timestamps` of the old form, not `timeDeltas` */
    bool linked;       /* stacks are known */
    bool chunked;      /* comes in pieces inside a trace: lists may follow lists, nothing is weighed before the end */
    bool extra;        /* one time more than samples */
    double start_us, end_us; /* NaN unknown */

    /* Samples leave in time order, each lasting until the next. */
    double clock_us;
    double first_us; /* NaN before the first sample */
    struct v8_at run[V8_RUN + V8_LATE + 1];
    uint32_t run_count;
    uint64_t emitted, late;
    thread_id thread;
    uint32_t column;
};

/* A reader that fills `b`; all of it outlives the reader. thread and column are set by the caller. */
struct v8_profile *v8_profile_new(const struct import_options *opt, struct builder *b, struct jscan *js,
                                  struct err *err);
void v8_profile_free(struct v8_profile *v); /* NULL is fine */
/* The members of a profile whose object is open, up to its end. */
void v8_profile_members(struct v8_profile *v);
/* After the last member: values into the column, problems into `a`.
 * Out: number of samples, wall seconds (NaN unknown). Errors: ERR_EMPTY without a sample, ERR_UNRECOGNISED without nodes,
 * what does not fit together. */
bool v8_profile_settle(struct v8_profile *v, struct artefact *a, uint64_t *ret_samples, double *ret_wall_s);
/* Moves what `piece` read to the end of `v`, which is chunked, and leaves the piece empty. */
bool v8_profile_append(struct v8_profile *v, struct v8_profile *piece);

void v8_nodes_release(struct v8_nodes *n);
/* Appends the nodes of `from`, whose ids must be new. */
bool v8_nodes_append(struct v8_profile *v, const struct v8_nodes *from);
/* True while each id is its node's place in the file, counted from 1, as V8 writes them. */
bool v8_nodes_counted(const struct v8_nodes *n);
/* Index of the node with that id, or V8_NO_NODE. */
int32_t v8_nodes_find(const struct v8_nodes *n, uint32_t id);
/* The `nodes` array of the present form. False: failed. */
bool v8_read_nodes(struct v8_profile *v);
/* The `head` tree of the old form. */
bool v8_read_head(struct v8_profile *v);
/* Parents from children, stacks from parents. Errors: ERR_MALFORMED for a node with two parents or a circle. */
bool v8_nodes_link(struct v8_profile *v);
/* Row of a node, made when new. */
bool v8_node_row(struct v8_profile *v, uint32_t node, uint32_t *ret_row);

/* From a sample's node id to its index. */
bool v8_resolve(struct v8_profile *v, uint32_t *id);
/* The `samples` array, and `timeDeltas` or `timestamps`. */
bool v8_read_samples(struct v8_profile *v);
bool v8_read_times(struct v8_profile *v);
/* Samples and times of a later piece. */
bool v8_samples_append(struct v8_profile *v, const struct v8_profile *piece);
/* After the last member: what could not be streamed, and the last sample up to the end time. */
bool v8_emit_rest(struct v8_profile *v);

#endif
