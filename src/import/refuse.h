/* refuse.h - names what a file seems to be when no importer reads it, and what to send instead. */
#ifndef STET_IMPORT_REFUSE_H
#define STET_IMPORT_REFUSE_H

#include "base/err.h"
#include "base/span.h"

/* True when head belongs to something known that is not read here; err (may be NULL) becomes ERR_UNSUPPORTED. */
bool refuse_known(struct span head, struct err *err);

#endif
