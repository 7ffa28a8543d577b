/* jcanon.h - one text for one JSON value, so that hashes can be compared: members sorted by name (bytes), no blanks, numbers
 * rounded to 9 significant digits (the last bits of log and exp differ between machines). */
#ifndef STET_BASE_JCANON_H
#define STET_BASE_JCANON_H

#include "base/json.h"
#include "base/sb.h"

/* Appends the canonical text. In: doc as json_parse gives it, at most 128 levels deep; the same name twice in an object
 * keeps its order. */
void jcanon_write(const struct json *doc, struct sb *out);
/* Parses and appends. Errors: those of json_parse. */
bool jcanon_text(struct span json, struct sb *out, struct err *err) MUST_CHECK;
/* SHA-256 of the canonical text, 64 hex digits. */
bool jcanon_sha256(struct span json, char ret_hex[65], struct err *err) MUST_CHECK;

/* The first place, in canonical order, where two values differ. */
struct jcanon_difference {
    struct sb path;  /* "$.facts.cpu_share_lo" */
    struct sb left;  /* canonical text there, cut at 200 bytes; "absent" */
    struct sb right; /* the same of the other */
};
/* True when they differ; the three texts are the caller's (jcanon_difference_release). */
bool jcanon_differs(const struct json *left, const struct json *right, struct jcanon_difference *ret);
void jcanon_difference_release(struct jcanon_difference *d);

/* The members of an object in the order in which they stand, as they are written: for copying a document with some of
 * its members replaced. Texts are borrowed. In: text that json_parse took as an object. */
struct jcanon_member {
    struct span key;   /* between the quotes, escapes as they are */
    struct span value; /* its JSON text */
};
/* Takes the next one off *rest (begin with the whole text); false behind the last. */
bool jcanon_member_next(struct span *rest, struct jcanon_member *ret);
/* The same of a list: begin behind its opening bracket. */
bool jcanon_item_next(struct span *rest, struct span *ret);

#endif
