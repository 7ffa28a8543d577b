/* Words and phrases of a text. Groups are found word by word in one pass, so that checks test a bit where they would
 * otherwise search; phrases are only searched where a bit says so. */
#include "claims/doc.h"

#include <assert.h>
#include <pthread.h>

struct lex_entry {
    struct span word; /* without its star */
    uint8_t group;
    bool prefix;
};

enum { ENTRIES_MAX = 1024, FIRST_LETTERS = 128, WORD_MAX = 32 };

static struct {
    struct lex_entry items[ENTRIES_MAX];
    uint16_t begin[FIRST_LETTERS + 1]; /* entries by first byte */
} index_of;
static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static const struct {
    const char *words;
} groups[W_COUNT] = {
#define LEX(id, words) [W_##id] = { words },
#include "claims/lexicon.def"
#undef LEX
};

static bool next_alternative(struct span *rest, struct span *ret)
{
    if (rest->len == 0)
        return false;
    size_t bar = span_chr(*rest, 0, '|');
    *ret = span_sub(*rest, 0, bar);
    *rest = bar < rest->len ? span_from(*rest, bar + 1) : SPAN("");
    return true;
}

/* Made once from a constant table: the same for every thread and every text. */
static void index_make(void)
{
    size_t n = 0;
    for (unsigned c = 0; c < FIRST_LETTERS; c++) {
        index_of.begin[c] = (uint16_t)n;
        for (unsigned g = 0; g < W_COUNT; g++) {
            struct span rest = span_of(groups[g].words);
            struct span word;
            while (next_alternative(&rest, &word)) {
                bool prefix = word.len > 1 && word.ptr[word.len - 1] == '*';
                if (word.len == 0 || (unsigned char)word.ptr[0] != c)
                    continue;
                assert(n < ENTRIES_MAX);
                index_of.items[n++] = (struct lex_entry){ span_sub(word, 0, word.len - prefix), (uint8_t)g, prefix };
            }
        }
    }
    index_of.begin[FIRST_LETTERS] = (uint16_t)n;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void look_up(const char *word, size_t len, uint64_t set[LEX_SETS])
{
    unsigned first = (unsigned char)word[0];
    if (len == 0 || first >= FIRST_LETTERS)
        return;
    for (unsigned i = index_of.begin[first]; i < index_of.begin[first + 1]; i++) {
        const struct lex_entry *e = &index_of.items[i];
        if (e->word.len > len || (e->word.len < len && !e->prefix) || memcmp(e->word.ptr, word, e->word.len) != 0)
            continue;
        set[e->group / 64] |= UINT64_C(1) << (e->group % 64);
    }
}

void lex_words(struct span text, uint64_t set[LEX_SETS])
{
    (void)pthread_once(&index_once, index_make);
    char word[WORD_MAX];
    for (size_t at = 0; at < text.len;) {
        size_t n = 0;
        size_t part = 0; /* where the part behind the last hyphen begins */
        bool hyphen = false;
        if (!word_byte(text.ptr[at])) {
            at++;
            continue;
        }
        while (at < text.len &&
               (word_byte(text.ptr[at]) || (text.ptr[at] == '-' && at + 1 < text.len && word_byte(text.ptr[at + 1])))) {
            char c = lower(text.ptr[at++]);
            if (c == '-') {
                if (part < n && n <= WORD_MAX)
                    look_up(word + part, n - part, set);
                hyphen = true;
                part = n + 1;
            }
            if (n < WORD_MAX)
                word[n] = c;
            n++;
        }
        if (n > WORD_MAX)
            continue;
        look_up(word, n, set);
        if (hyphen && part < n)
            look_up(word + part, n - part, set);
    }
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Length of the text that the phrase matches at a position, 0 = none. */
static size_t phrase_at(struct span text, size_t at, struct span phrase)
{
    bool open = phrase.len > 0 && phrase.ptr[phrase.len - 1] == '*';
    size_t n = phrase.len - open;
    size_t t = at;
    for (size_t p = 0; p < n; p++) {
        if (phrase.ptr[p] == ' ') {
            if (t >= text.len || !blank(text.ptr[t]))
                return 0;
            while (t < text.len && blank(text.ptr[t]))
                t++;
        } else if (t >= text.len || lower(text.ptr[t]) != phrase.ptr[p]) {
            return 0;
        } else {
            t++;
        }
    }
    bool ends_word = n > 0 && word_byte(phrase.ptr[n - 1]);
    if (!open && ends_word && t < text.len && word_byte(text.ptr[t]))
        return 0;
    return t - at;
}

size_t text_find(struct span text, const char *phrases)
{
    size_t best = text.len;
    struct span rest = span_of(phrases);
    struct span phrase;
    while (next_alternative(&rest, &phrase)) {
        for (size_t at = 0; at < best; at++) {
            bool begins = at == 0 || !word_byte(text.ptr[at - 1]) || !word_byte(phrase.ptr[0]);
            if (begins && lower(text.ptr[at]) == phrase.ptr[0] && phrase_at(text, at, phrase) > 0)
                best = at;
        }
    }
    return best;
}

bool text_has(struct span text, const char *phrases)
{
    return text_find(text, phrases) < text.len;
}

bool text_begins(struct span text, const char *phrases)
{
    struct span rest = span_of(phrases);
    struct span phrase;
    while (next_alternative(&rest, &phrase)) {
        if (phrase_at(text, 0, phrase) > 0)
            return true;
    }
    return false;
}
