/* fields.h - a JSON object read by a table of its members: each is checked by itself and every fault is noted with its
 * path, in document order. Tables nest a fixed number of levels, whatever the input. Private to roi/. */
#ifndef STET_ROI_FIELDS_H
#define STET_ROI_FIELDS_H

#include "base/arena.h"
#include "base/json.h"
#include "roi/proposal.h"

struct reader {
    struct arena *arena;
    struct field_errors *errors;
    struct span *unread; /* paths of members of no known name; NULL: such a member is a fault */
    uint32_t unread_count, unread_most;
    char path[160];
    size_t path_len;
};

enum field_type {
    FIELD_QUANTITY, /* struct quantity */
    FIELD_NUMBER,   /* double */
    FIELD_TEXT,     /* struct span */
    FIELD_WORD,     /* struct span, one of `words` */
    FIELD_BOOL,     /* bool */
    FIELD_TEXTS,    /* struct span * and a count: a list of texts, or one text */
    FIELD_OBJECT,   /* by `table` */
    FIELD_LIST,     /* of objects by `table` */
    FIELD_OWN       /* by `own` */
};

struct field_table;
struct field {
    const char *name;
    enum field_type type;
    size_t at;                       /* offset of the member */
    double lo, hi;                   /* range of numbers; hi: bytes of a text, members of a list */
    size_t count_at;                 /* offset of the uint32_t count of a list */
    const struct field_table *table; /* objects and lists */
    const char *words;               /* allowed words, blank-separated */
    void (*own)(struct reader *r, const struct json *v, void *into);
};
struct field_table {
    const struct field *rows;
    size_t count; /* at most 64 */
    size_t size;  /* of the struct that it fills */
};

/* Reads obj into the zeroed struct `into`; null members count as absent. */
void fields_read(struct reader *r, const struct field_table *t, const struct json *obj, void *into);
/* Notes a fault at the reader's path. */
void fields_fault(struct reader *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Goes down to a member ("name") or an item (name NULL); returns what fields_leave wants back. */
size_t fields_enter(struct reader *r, const char *name, size_t index);
void fields_leave(struct reader *r, size_t mark);
/* A text of at most `most` bytes, copied; faults otherwise. */
bool fields_text(struct reader *r, const struct json *v, size_t most, struct span *ret);
const char *fields_kind_word(const struct json *v);
/* Nearest of blank-separated words, or of a table's names; empty when none is near. */
struct span fields_nearest_word(struct span typed, const char *words);
/* Whether value is one of the words; faults with the nearest and the whole list otherwise. */
bool fields_word(struct reader *r, struct span value, const char *words);

#endif
