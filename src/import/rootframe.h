/* rootframe.h - root frames of folded stacks that are a thread's or process's identity and no function. */
#ifndef STET_IMPORT_ROOTFRAME_H
#define STET_IMPORT_ROOTFRAME_H

#include <stdint.h>

#include "base/span.h"

enum rootframe_form {
    ROOT_NONE,
    ROOT_COMM,        /* "node" (only when the whole file agrees; never recognised alone) */
    ROOT_COMM_PID,    /* "node-412", "node-?" */
    ROOT_COMM_PIDTID, /* "node-412/413", "node-?/413" */
    ROOT_THREAD,  /* py-spy `thread (0x7f..): name`, `Thread 12 "name"`, async-profiler `[name tid=12]`, "[tid=12]" */
    ROOT_PROCESS, /* py-spy `process 12:"python app.py"` */
};

struct rootframe {
    enum rootframe_form form;
    int64_t pid, tid;    /* -1 unknown */
    struct span name;    /* thread or comm */
    struct span command; /* ROOT_PROCESS */
};

/* rootframe_read - the identity in a root frame; form ROOT_NONE when it is a plain function. */
struct rootframe rootframe_read(struct span text);

/* rootframe_may_be_comm - true when text has the shape of a thread name and none of a function. */
bool rootframe_may_be_comm(struct span text);

/* rootframe_is_start - the function a thread starts in ("_start", "start_thread", "ret_from_fork"): what stands below a
 * comm in files of the collapse tools. */
bool rootframe_is_start(struct span text);

#endif
