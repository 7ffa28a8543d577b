/* What the tests of importers share: import of a text, checks with a tolerance. */
#ifndef TESTS_IMPORT_TEST_H
#define TESTS_IMPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "import/importer.h"

/* Detects (or takes the format by name) and parses; fails the test on an error. Caller frees. */
struct artefact *test_import(const char *format, const char *text, const struct import_options *opt);
/* Expects the failure and gives its error. */
struct err test_import_fails(const char *format, const char *text);
bool test_has_problem(const struct artefact *a, const char *code);
void test_near(double got, double want, double tolerance);
/* Total of the default column; value of one stack given as "root;...;leaf" (0 when absent). */
double test_stack_value(const struct artefact *a, uint32_t column, const char *path);

#endif
