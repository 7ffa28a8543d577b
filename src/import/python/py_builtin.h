/* py_builtin.h - functions that Python's own profilers name without a file: built-in functions and methods of C types.
 * One spelling for all of them ("time.sleep", "_socket.socket.recv_into", "dict.get"), and which of them block. */
#ifndef STET_IMPORT_PYTHON_PY_BUILTIN_H
#define STET_IMPORT_PYTHON_PY_BUILTIN_H

#include "base/arena.h"
#include "profile/builder.h"

struct py_builtin {
    struct frame_desc d; /* native; func in the one spelling, module its first part; texts in arena or static */
    bool blocks;         /* its own time is waiting for something outside the interpreter, or for another thread */
};

/* py_builtin_read - the built-in behind a profiler's name.
 * In:     "<built-in method time.sleep>", "<method 'get' of 'dict' objects>", the same in braces, "<time.sleep>" as Python 2
 *         wrote it, "<built-in method acquire of _thread.lock object at 0x7f>"; or the qualified name alone ("lock.acquire")
 * Owns:   texts are copied into arena */
struct py_builtin py_builtin_read(struct span name, struct arena *arena);

/* A frame of Python code. file may be empty or "<string>"; line 0 = unknown. Borrows its arguments. */
struct frame_desc py_frame(struct span func, struct span file, uint32_t line);

#endif
