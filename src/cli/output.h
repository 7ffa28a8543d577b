/* output.h - where a document goes and how text is told to look. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/err.h"
#include "base/span.h"
#include "report/report.h"

/* output_text_options - colour only on a terminal and without NO_COLOR; ASCII where the locale is not UTF-8.
 * In:     path NULL = standard output */
struct report_text_options output_text_options(const char *path);

/* output_write - the whole text to the file, or to standard output when path is NULL.
 * Errors: ERR_IO of the file; a standard output that fails is cli_run's to tell */
bool output_write(const char *path, struct span text, struct err *err) MUST_CHECK;

#endif
