/* builder.h - fills a profile. One builder per profile; hot calls (builder_stack_child, builder_add) are O(1).
 * Limits are checked here, before anything grows: errors are ERR_LIMIT. */
#ifndef STET_PROFILE_BUILDER_H
#define STET_PROFILE_BUILDER_H

#include "profile/profile.h"

struct builder;

struct builder *builder_new(const struct limits *lim);
void builder_free(struct builder *b); /* NULL is fine; also frees an unfinished profile */

str_id builder_str(struct builder *b, struct span s);
struct span builder_str_get(const struct builder *b, str_id s);

struct frame_desc {
    struct span func, file, module;
    uint32_t line;
    enum frame_kind kind;
    uint8_t flags;
};
/* Frame of that description, made when new. Owns: copies the texts. */
bool builder_frame(struct builder *b, const struct frame_desc *d, frame_id *ret, struct err *err) MUST_CHECK;
/* Child of parent with that frame (the prefix tree), made when new. Root is {0}. */
bool builder_stack_child(struct builder *b, stack_id parent, frame_id frame, stack_id *ret, struct err *err) MUST_CHECK;
/* The same for a child of which the caller knows that it is new: no look-up. */
bool builder_stack_new(struct builder *b, stack_id parent, frame_id frame, stack_id *ret, struct err *err) MUST_CHECK;
uint32_t builder_stack_count(const struct builder *b); /* with the root */
uint32_t builder_frame_count(const struct builder *b);
uint32_t builder_stack_depth(const struct builder *b, stack_id s);

process_id builder_process(struct builder *b, int64_t pid, struct span name, struct span command);
/* Same (process, tid, name) gives the same thread. */
bool builder_thread(struct builder *b, process_id process, int64_t tid, struct span name, thread_id *ret,
                    struct err *err) MUST_CHECK;
/* Later knowledge about a process. */
void builder_process_command(struct builder *b, process_id process, struct span command);

struct column_desc {
    struct span event;
    enum unit_kind unit;
    enum clock_kind clock;
    double period;  /* NUM_UNKNOWN */
    double rate_hz; /* NUM_UNKNOWN */
    bool is_time;
};
/* Index; same event+unit = same column. Beyond limits.columns or limits.cells the answer is 0, and the next builder_row
 * or builder_finish fails. */
uint32_t builder_column(struct builder *b, const struct column_desc *d);
struct profile_column *builder_column_edit(struct builder *b, uint32_t column); /* until finish */
uint32_t builder_column_count(const struct builder *b);

/* Label set from n pairs (key, value); same pairs, same id. */
uint32_t builder_labels(struct builder *b, const struct span *pairs, size_t n);

struct sample_desc {
    stack_id stack;
    thread_id thread;
    enum sample_state state;
    uint32_t labels;
};
/* Row of the sample, made when new. */
bool builder_row(struct builder *b, const struct sample_desc *d, uint32_t *ret_row, struct err *err) MUST_CHECK;
/* Adds value (finite, >= 0, else ERR_VALUE) to a row's column. */
bool builder_value(struct builder *b, uint32_t row, uint32_t column, double value, struct err *err) MUST_CHECK;
/* Counts n samples of the row. */
void builder_samples(struct builder *b, uint32_t row, uint64_t n);
/* Appends to the time order (thinned beyond limits.ordered_samples). Only for inputs that have an order. */
void builder_order(struct builder *b, uint32_t row, double weight);
/* From now on builder_order keeps nothing: for callers that only want sums. */
void builder_order_off(struct builder *b);

/* Freezes. On success *ret is the caller's (profile_free) and the builder is empty. */
bool builder_finish(struct builder *b, struct profile **ret, struct err *err) MUST_CHECK;

#endif
