/* frametext.h - a frame as profilers print it, taken apart: function, file, line, module, kind and flags, normalised as
 * the classification expects (no offsets, no tier marks, no argument lists, dotted Java names).
 * Spans point into the raw text or into `buf`; they live as long as both. */
#ifndef STET_IMPORT_FRAMETEXT_H
#define STET_IMPORT_FRAMETEXT_H

#include "profile/builder.h"

struct frametext {
    struct frame_desc d;
    bool separator; /* "-", "," or "--": divides user from kernel frames or target from waker, is no frame itself */
    bool waker_end; /* "--": what follows is the waker's stack */
    char buf[1024]; /* rewritten names (Java) */
};

/* frametext_read - a frame of folded stacks, SVG titles or speedscope names: `name (file.py:12)`, `func_[k]`,
 * `JS:~fn /a.js:1:2`, `java/io/PrintStream.print_[j]`, `[libc.so.6]`, `py::fn:file`. */
void frametext_read(struct span raw, struct frametext *ret);

/* frametext_symbol - a symbol with its DSO, as perf prints them. own_binary: basename of the program's binary or "". */
void frametext_symbol(struct span symbol, struct span dso, struct span own_binary, struct frametext *ret);

/* frametext_is_kernel_entry - system call, interrupt and exception entries: frames behind (leafward of) them are kernel. */
bool frametext_is_kernel_entry(struct span func);

/* frametext_is_kernel_dso - "[kernel.kallsyms]", "[ext4]", "/lib/modules/.../x.ko", "vmlinux". */
bool frametext_is_kernel_dso(struct span dso);

/* frametext_base - last path component. */
struct span frametext_base(struct span path);

#endif
