/* data_script.h - a perf.data recording as the text of `perf script`: what `perf script --no-inline --header --ns
 * --show-task-events --show-mmap-events --show-switch-events --show-lost-events -F +pid` prints, in the order of time.
 * Reading the text again gives the profile of the recording, also where its binaries are not at hand. */
#ifndef STET_IMPORT_PERF_DATA_SCRIPT_H
#define STET_IMPORT_PERF_DATA_SCRIPT_H

#include "import/perf/data_feed.h"

typedef bool (*pdata_write_fn)(void *user, struct span text, struct err *err);

/* pdata_script - writes the text in pieces. Errors: those of the importer, and what write returns. */
bool pdata_script(struct source *in, const struct pdata_options *options, pdata_write_fn write, void *user,
                  struct err *err) MUST_CHECK;

#endif
