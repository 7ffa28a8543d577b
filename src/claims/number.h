/* number.h - digits, units and rates within a text. Each takes a position and says where the thing ends. */
#ifndef STET_CLAIMS_NUMBER_H
#define STET_CLAIMS_NUMBER_H

#include "claims/doc.h"

#define YEAR_S 31557600.0 /* 365.25 days */
#define MONTH_S (YEAR_S / 12)

struct unit_word {
    const char *name;
    enum dim dim;
    double scale;
    const char *shown;
};

struct number {
    double value, step, fine;
    double suffix; /* 1000 of "5k", else 1 */
    size_t end;
    bool fraction, grouped;
};

static inline bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline char byte_at(struct span s, size_t at)
{
    return at < s.len ? s.ptr[at] : '\0';
}

/* Digits with groups of three and a fraction. False for what goes on like a version or a date. */
bool number_read(struct span s, size_t at, struct number *ret);
/* "k", "M", "million" behind a number. */
void number_suffix(struct span s, struct number *n, bool money);
/* The unit at a position, attached or behind one blank or hyphen; *ret_end behind it. NULL: none. */
const struct unit_word *number_unit(struct span s, size_t at, size_t *ret_end);
/* "/hr", " per year": seconds, and *at moves behind it; 0 = none. */
double number_per(struct span s, size_t *at);

#endif
