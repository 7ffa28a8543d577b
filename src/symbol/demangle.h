/* demangle.h - C++ and Rust names as perf shows them: without parameters and return types. */
#ifndef STET_SYMBOL_DEMANGLE_H
#define STET_SYMBOL_DEMANGLE_H

#include "base/sb.h"

/* Appends the readable name and returns true, or appends nothing and returns false when the name is not mangled or is
 * not understood. Long names are cut at the cap of out. Thread: re-entrant */
bool demangle(const char *mangled, struct sb *out);

/* The C++ runtime's demangler, with parameters and return type (demangle_cxx.cc). Bounded input. */
bool demangle_cxx(const char *mangled, struct sb *out);
/* Name part of a demangled C++ function: "int f<int>(int) const [clone .cold]" gives "f<int>". */
struct span demangle_bare(struct span full);
/* Legacy Rust: `full` is the demangled C++ form a::b::h0123456789abcdef. False when it is no such name. */
bool demangle_rust_legacy(struct span full, struct sb *out);

#endif
