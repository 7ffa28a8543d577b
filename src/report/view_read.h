/* view_read.h - reading members of a document into the view; for the view's own files. */
#ifndef STET_REPORT_VIEW_READ_H
#define STET_REPORT_VIEW_READ_H

#include "report/report.h"
#include "report/view.h"

/* A cleaned text member, empty when absent. */
struct span read_text(struct view *v, const struct json *obj, const char *key, size_t max);
double read_num(const struct json *obj, const char *key); /* NaN when absent or null */
size_t read_count(const struct json *list, size_t max);
/* The rule of that id, NULL when there is none; whether its value is 1. */
const struct json *read_rule(const struct json *doc, const char *id);
bool read_rule_fired(const struct json *rule); /* is 1 and was not exempted by another rule */
bool read_fired(const struct json *doc, const char *id);
/* A number, text, boolean or null as words, in the unit of the fact of that name. */
struct span read_value(struct view *v, struct span fact, const struct json *value);
/* A missing fact as people call it; the name itself when it has no other. Borrowed. */
struct span read_fact_words(struct span name);
/* Missing facts in words, each once: "requests served, mean response time". */
struct span read_joined(struct view *v, const struct json *list, size_t max);
/* "the CPU share reaches 20 % (now 3.0 %)" of {"fact","now","at"}. */
struct span read_flip(struct view *v, const struct json *row);

/* A loop over the members of an array or object. */
#define EACH(child, list) for (const struct json *child = json_first(list); child; child = json_next(child))

#endif
