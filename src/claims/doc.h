/* doc.h - a Markdown or plain text cut into units (a sentence, a table row, a line of a listing or of code) with the
 * words and quantities in each. Spans point into the text; nothing is copied. */
#ifndef STET_CLAIMS_DOC_H
#define STET_CLAIMS_DOC_H

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

enum {
    UNITS_MAX = 200000,
    QUANTITIES_MAX = 50000,
    UNIT_QUANTITIES_MAX = 64,
    UNIT_BYTES_MAX = 4000,
    NONE = -1,
    LEX_SETS = 3
};

enum unit_kind {
    UNIT_TEXT,
    UNIT_HEADING, /* level 1..6; 7 = a line that is bold as a whole */
    UNIT_ITEM,    /* first sentence of a list item */
    UNIT_ROW,     /* of a pipe table, without its delimiter row */
    UNIT_LISTING, /* line of a fenced block without a language */
    UNIT_CODE     /* line of a fenced block with a language */
};

enum dim { DIM_COUNT, DIM_LINES, DIM_PERCENT, DIM_FACTOR, DIM_MONEY, DIM_TIME, DIM_BYTES, DIM_SCORE, DIM_N };
enum cmp { CMP_NONE, CMP_LT, CMP_GT };

/* Values in base units: USD, seconds, bytes, percent as written, factor as written; SCORE: lo of hi. */
struct quantity {
    double lo, hi;
    double scale;     /* one written unit in base units: 3600 for hours */
    double step;      /* place of the last digit that is not a trailing zero, base units */
    double fine;      /* place of the last digit written: 1000 of "110k", where step is 10,000 */
    double corrected; /* what a check computed in its place, base units; NaN = nothing */
    double per_s;     /* "/hr", "per year": seconds; 0 = none */
    struct span text;
    const char *unit; /* as shown: "hours", "%" */
    uint32_t at;      /* offset in the unit's text */
    uint32_t end;     /* behind the whole quantity */
    int32_t unit_ix;
    uint32_t line;
    uint8_t dim, cmp;
    bool range, about, plus; /* "5-10", "~5", "5+" */
    int8_t sign;             /* +1 or -1 when written */
    char op;                 /* to the one before in the unit: > * + / = v (against) or 0 */
};

struct unit {
    struct span text;
    uint64_t words[LEX_SETS];
    uint32_t line;
    int32_t section;  /* index of sections */
    int32_t part;     /* bold line above, within the section, or NONE */
    int32_t table;    /* of a row */
    uint32_t para;    /* units of one paragraph or list item share it */
    uint32_t ordinal; /* of a numbered item, else 0 */
    uint32_t q0;
    uint16_t qn;
    uint8_t kind, level;
};

struct section {
    int32_t heading; /* unit, NONE for the text before the first heading */
    int32_t parent;
    int32_t first, end; /* units [first, end) up to the next heading of the same or a higher level */
    uint8_t level;
};

struct table {
    int32_t header, first, end; /* units; body rows [first, end) */
};

struct doc {
    struct span text;
    struct arena arena;
    struct {
        struct unit *items;
        size_t count, cap;
    } units;
    struct {
        struct section *items;
        size_t count, cap;
    } sections;
    struct {
        struct table *items;
        size_t count, cap;
    } tables;
    struct {
        struct quantity *items;
        size_t count, cap;
    } quantities;
    uint64_t lines;
    uint64_t quantities_left_out;
    uint64_t lines_cut;     /* long lines of which only the first UNIT_BYTES_MAX bytes were read */
    uint64_t unread_from;   /* line from which on nothing was read; 0 = all was */
    uint64_t lex[LEX_SETS]; /* words of the whole text */
};

void doc_read(struct doc *d, struct span text);
void doc_release(struct doc *d);

/* --- scan.c --- */
/* Finds the quantities of a unit and adds them. */
void scan_unit(struct doc *d, int32_t unit_ix);

/* --- lexicon.c --- */
enum lex {
#define LEX(id, words) W_##id,
#include "claims/lexicon.def"
#undef LEX
    W_COUNT
};
_Static_assert(W_COUNT <= 64 * LEX_SETS, "the set of words is too small");
/* The groups of lexicon.def that have a word in the text. */
void lex_words(struct span text, uint64_t set[LEX_SETS]);
static inline bool lex_in(const uint64_t set[LEX_SETS], enum lex w)
{
    return (set[w / 64] >> (w % 64) & 1u) != 0;
}
static inline bool unit_word(const struct unit *u, enum lex w)
{
    return lex_in(u->words, w);
}
/* True when a phrase (lower case, alternatives separated by '|', one blank for any run of blanks) begins at a word's
 * beginning; a '*' is not needed: a phrase may end within a word only when it ends in '*'. */
bool text_has(struct span text, const char *phrases);
/* Offset of the first of them, or text.len. */
size_t text_find(struct span text, const char *phrases);
/* The text begins with one of them. */
bool text_begins(struct span text, const char *phrases);

/* --- doc.c: reading --- */
/* Cell k of a row, trimmed, without emphasis marks; empty behind the last. */
struct span row_cell(const struct unit *row, unsigned k);
unsigned row_cells(const struct unit *row);
/* Cell that the offset lies in. */
unsigned row_cell_at(const struct unit *row, uint32_t at);
/* Text without emphasis marks and blanks at both ends. */
struct span text_bare(struct span s);
/* "name" of "**name:** rest" or "name: rest"; empty without one. */
struct span unit_label(const struct unit *u);
/* Nearest section of level <= 6 of a unit encloses the other. */
bool section_within(const struct doc *d, int32_t inner, int32_t outer);

/* One glyph at a position: ASCII as it is, else one of these; *ret_len bytes. */
enum { GLYPH_ARROW = 1, GLYPH_TIMES, GLYPH_GE, GLYPH_LE, GLYPH_OTHER };
int glyph_at(struct span s, size_t at, unsigned *ret_len);

#endif
