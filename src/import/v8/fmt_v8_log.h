/* fmt_v8_log.h - the parts of the V8 log reader: ticks on a line of time, the log as text, the log as JSON. */
#ifndef STET_IMPORT_FMT_V8_LOG_H
#define STET_IMPORT_FMT_V8_LOG_H

#include "import/v8/v8_codemap.h"
#include "import/v8/v8_ticks.h"

/* What the virtual machine did at a tick, whatever number its version gives that. */
enum v8_vm {
    V8_VM_JS,
    V8_VM_GC,
    V8_VM_PARSER,
    V8_VM_BYTECODE,
    V8_VM_COMPILER,
    V8_VM_OTHER,
    V8_VM_EXTERNAL,
    V8_VM_ATOMICS,
    V8_VM_IDLE,
    V8_VM_LOGGING
};

/* Ticks in order of time. Each lasts until the next one; where that is more than three intervals away it lasts one. V8's
 * signal is blocked while the event loop sleeps, and comes once as it wakes or goes to sleep: a gap beside an idle tick is
 * sleep, any other one is not known. */
struct v8_line {
    const struct import_options *opt;
    struct err *err;
    struct v8_ticks t; /* builder, thread, column of seconds */
    uint32_t count_column;
    frame_id idle, vm_frame[V8_VM_LOGGING + 1], unknown;
    stack_id idle_stack, missed_stack;
    double interval_us;
    bool interval_said; /* by the log */
    bool open;          /* a tick waits for the next one to end it */
    bool open_idle;
    uint32_t open_row;
    double at_us;
    double first_us;
    uint64_t ticks, idle_ticks, unresolved, backwards;
    double slept_us, missed_us;
};

bool v8_line_init(struct v8_line *l, const struct import_options *opt, struct err *err);
void v8_line_release(struct v8_line *l);
/* What the innermost frame of a tick is. */
enum v8_leaf { V8_LEAF_UNKNOWN, V8_LEAF_NATIVE, V8_LEAF_SCRIPT };
/* A tick: frames from the outermost to the innermost; those that nothing was found for are left out. */
bool v8_line_tick(struct v8_line *l, double at_us, enum v8_vm vm, const frame_id *frames, uint32_t count,
                  enum v8_leaf leaf);
bool v8_line_finish(struct v8_line *l, struct artefact *a);
/* State of a number in the numbering of that version; major 0: unknown, the present one. */
enum v8_vm v8_vm_of(uint64_t number, uint64_t major, uint64_t minor);

/* fmt_v8_log_json.c: the preprocessed form. */
bool v8_log_json_sniff(struct span head);
bool v8_log_json_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err);

#endif
