/* members.h - numbers of benchmark reports, whose spelling varies: latency_p95, latencyP95Ms, latency.p95, p95_s.
 * Names compare without case, '_' and '-'; a unit may end the name or that of the object around it. Private to suite/. */
#ifndef STET_IMPORT_SUITE_MEMBERS_H
#define STET_IMPORT_SUITE_MEMBERS_H

#include "base/json.h"

enum member_unit { MEMBER_PLAIN, MEMBER_MS, MEMBER_MB };

/* A name in its plain letters; cut where it is too long to be one that is looked for. */
struct member_name {
    char text[48];
};
struct member_name member_plain(struct span key);

/* One of the blank-separated plain names as a member of obj, or (like latencyp95) of an object in it.
 * Out: the number in milliseconds or MiB; without a unit of its own a time is in milliseconds, and a size as the object
 *      around it says, else bytes from 100,000 on and MiB below. NaN when there is none, or none that is finite and >= 0.
 * *ret_name (may be NULL): the member's own name, borrowed. */
double member_num(const struct json *obj, const char *names, enum member_unit unit, struct span *ret_name);
/* Whether obj itself, or its summary, holds one of the numbers: a report around several parts does not. */
bool member_has(const struct json *obj, const char *names, enum member_unit unit);
/* An object, an array or a text by one of the plain names; NULL. */
const struct json *member_any(const struct json *obj, const char *names);
/* Whether the plain key holds one of the blank-separated words. */
bool member_says(struct span key, const char *words);

#endif
