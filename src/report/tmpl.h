/* tmpl.h - HTML templates that escape by context. The templates stand inside the binary, below their file names.
 * Sole user of the template library: tmpl.cc. Values are copied; every one is escaped where it is put in.
 * Thread: dictionaries belong to one thread; rendering is re-entrant. */
#ifndef STET_REPORT_TMPL_H
#define STET_REPORT_TMPL_H

#include "base/err.h"
#include "base/sb.h"

struct tmpl; /* a dictionary; parts of one are owned by it */

struct tmpl *tmpl_new(void);
void tmpl_free(struct tmpl *t);
void tmpl_freep(struct tmpl **t);
void tmpl_set(struct tmpl *t, const char *name, struct span value);
/* Shows the section once more, with a dictionary of its own. */
struct tmpl *tmpl_add(struct tmpl *t, const char *section);
void tmpl_show(struct tmpl *t, const char *section);
/* The template `file` where `marker` stands, with a dictionary of its own. */
struct tmpl *tmpl_include(struct tmpl *t, const char *marker, const char *file);
/* Errors: ERR_VALUE when there is no such template or it is broken. */
bool tmpl_render(const char *file, struct tmpl *t, struct sb *out, struct err *err) MUST_CHECK;

#endif
