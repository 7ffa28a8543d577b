/* fixture.h - documents of tests/unit/report/fixtures for the tests of this folder. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "base/json.h"
#include "base/sb.h"

/* Parsed fixture; the caller frees it. Fails the test when it cannot be read. */
struct json *fixture(const char *name);
bool holds(const struct sb *text, const char *part);
size_t count_of(const struct sb *text, const char *part);

#endif
