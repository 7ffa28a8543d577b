/* off_frames.h - kernel frames that tell why a thread left the CPU, by name, in stacks of off-CPU time. */
#ifndef STET_IMPORT_STACKS_OFF_FRAMES_H
#define STET_IMPORT_STACKS_OFF_FRAMES_H

#include "base/span.h"

/* The scheduler and what calls it to wait: stacks of off-CPU time end in one of these. */
bool off_frames_is_leaf(struct span func);
/* The thread was preempted: it could run on. */
bool off_frames_is_preempted(struct span func);

#endif
