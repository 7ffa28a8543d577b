/* demo.h - the recorded cases inside the binary, loaded by the same way that uploads take. */
#ifndef STET_HTTP_DEMO_H
#define STET_HTTP_DEMO_H

#include "http/service.h"

/* Loads every case that is not there yet: one project a case, one run a recording. */
bool demo_load(struct service *s, struct err *err) MUST_CHECK;

#endif
