/* fs.h - whole small files. */
#ifndef STET_BASE_FS_H
#define STET_BASE_FS_H

#include "base/err.h"
#include "base/sb.h"

/* Appends the file ("-": standard input) to out, at most out->cap bytes. Errors: ERR_IO, ERR_LIMIT. */
bool fs_read(const char *path, struct sb *out, struct err *err) MUST_CHECK;
/* Writes a file anew, or reports why not; a failure leaves no half-written file behind. Errors: ERR_IO, ERR_DISK_FULL. */
bool fs_write(const char *path, struct span bytes, struct err *err) MUST_CHECK;

#endif
