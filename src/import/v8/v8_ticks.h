/* v8_ticks.h - what 0x and clinic flame share: ticks of V8's --prof sampler as stacks of code objects, and trees of them.
 * The sampler pauses while the event loop polls, so ticks are CPU and never waiting, however idle the program was. */
#ifndef STET_IMPORT_V8_TICKS_H
#define STET_IMPORT_V8_TICKS_H

#include "base/sb.h"
#include "import/json_in.h"

struct v8_ticks {
    const struct import_options *opt;
    struct jscan *js;
    struct err *err;
    struct builder *b;
    thread_id thread;
    uint32_t column;
    uint64_t ticks, empty;
    struct sb name, kind, type;
};

bool v8_ticks_init(struct v8_ticks *t, struct source *in, const struct import_options *opt, struct err *err);
/* The same without a scanner, for text. */
bool v8_ticks_begin(struct v8_ticks *t, const struct import_options *opt, struct err *err);
void v8_ticks_release(struct v8_ticks *t);
/* A code object by type (JS, CODE, CPP, SHARED_LIB) and kind (Opt, Unopt, Builtin ...). Uses b, name and err alone. */
bool v8_ticks_code_frame(struct v8_ticks *t, struct span name, struct span type, struct span kind, frame_id *ret);
/* An array of stacks, root first; a stack without frames is a tick that nothing was found for. */
bool v8_ticks_read_stacks(struct v8_ticks *t);
/* A tree: {name, value, top | onStackTop.base, children}. */
bool v8_ticks_read_tree(struct v8_ticks *t);
/* Freezes the profile and fills in what such ticks prove. */
bool v8_ticks_finish(struct v8_ticks *t, struct artefact *a);

/* True when the head is an array of arrays of code objects. */
bool v8_ticks_sniff(struct span head);
/* Steps the source behind `marker`, less its last `keep` bytes. False: it is not there (ERR_UNRECOGNISED), or the source
 * failed. */
bool v8_ticks_seek(struct source *in, struct span marker, size_t keep, struct err *err);

#endif
