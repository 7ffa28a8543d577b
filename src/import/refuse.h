/* refuse.h - names what a file seems to be when no importer reads it, and what to send instead. */
#ifndef STET_IMPORT_REFUSE_H
#define STET_IMPORT_REFUSE_H

#include "base/err.h"
#include "base/span.h"

/* True when head belongs to something known that is not read here; err (may be NULL) becomes ERR_UNSUPPORTED. */
bool refuse_known(struct span head, struct err *err);

/* The table of what is refused by name (refusals.def), for help and documentation. Texts are static. */
size_t refuse_count(void);
void refuse_row(size_t i, const char **ret_what, const char **ret_good_for, const char **ret_instead);

#endif
