#include "base/mask.h"

#include "base/cleanup.h"

static const char *const secret_words[] = {
    "password",      "passwd",     "passphrase",  "pwd",    "pass",   "secret",  "token",     "key", "apikey", "auth",
    "authorization", "credential", "credentials", "bearer", "cookie", "session", "signature", "sig", "dsn",
};
/* These betray a secret also as the end of a longer word: PGPASSWORD, authtoken. */
static const char *const secret_ends[] = { "password", "passwd", "passphrase", "secret", "token", "apikey" };
static const char *const token_starts[] = {
    "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk-", "sk_live_", "xoxb-", "xoxp-", "AKIA", "ASIA", "eyJ", "npm_",
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_word(struct span s, const char *word)
{
    size_t i = 0;
    for (; i < s.len && word[i] != '\0'; i++) {
        if (lower(s.ptr[i]) != word[i])
            return false;
    }
    return i == s.len && word[i] == '\0';
}

static bool is_secret_word(struct span word)
{
    for (size_t k = 0; k < ARRAY_LEN(secret_words); k++) {
        if (same_word(word, secret_words[k]))
            return true;
    }
    for (size_t k = 0; k < ARRAY_LEN(secret_ends); k++) {
        size_t n = span_of(secret_ends[k]).len;
        if (word.len > n && same_word(span_from(word, word.len - n), secret_ends[k]))
            return true;
    }
    return false;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

/* "--db-password", "API_KEY", "accessToken": one of the parts is a secret's word. */
static bool names_secret(struct span name)
{
    size_t from = 0;
    for (size_t i = 0; i <= name.len; i++) {
        bool cut = i == name.len || name.ptr[i] == '-' || name.ptr[i] == '_' || name.ptr[i] == '.';
        bool camel = i > 0 && i < name.len && name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' && name.ptr[i - 1] >= 'a' &&
                     name.ptr[i - 1] <= 'z';
        if (!cut && !camel)
            continue;
        if (is_secret_word(span_sub(name, from, i - from)))
            return true;
        from = cut ? i + 1 : i;
    }
    return false;
}

static bool looks_like_token(struct span s)
{
    for (size_t k = 0; k < ARRAY_LEN(token_starts); k++) {
        struct span start = span_of(token_starts[k]);
        if (span_starts(s, start) && s.len >= start.len + 8)
            return true;
    }
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool ends_value(char c)
{
    return is_blank(c) || c == '&' || c == '"' || c == '\'' || c == ';' || c == ',';
}

static size_t value_end(struct span s, size_t from)
{
    /* A quoted value ends at its quote, blanks included. */
    if (from < s.len && (s.ptr[from] == '"' || s.ptr[from] == '\'')) {
        size_t close = span_chr(s, from + 1, s.ptr[from]);
        return close < s.len ? close + 1 : s.len;
    }
    while (from < s.len && !ends_value(s.ptr[from]))
        from++;
    return from;
}

static void add_masked(struct sb *out, struct span value)
{
    if (value.len > 0)
        sb_adds(out, "***");
}

/* "//user:secret@host" at s[i] == '/': copies up to the colon and masks up to the @. Returns the index behind. */
static size_t mask_userinfo(struct span s, size_t i, struct sb *out)
{
    size_t end = i + 2;
    while (end < s.len && s.ptr[end] != '@' && s.ptr[end] != '/' && !is_blank(s.ptr[end]) && s.ptr[end] != '"')
        end++;
    size_t colon = span_chr(span_sub(s, 0, end), i + 2, ':');
    if (end >= s.len || s.ptr[end] != '@' || colon >= end) {
        sb_add(out, span_sub(s, i, 2));
        return i + 2;
    }
    sb_add(out, span_sub(s, i, colon + 1 - i));
    sb_adds(out, "***");
    return end;
}

/* The name in quotes of JSON, plain or itself inside a text: index of the colon behind s[i], else i. */
static size_t quoted_colon(struct span s, size_t i)
{
    size_t at = i;
    while (at < s.len && s.ptr[at] == '\\')
        at++;
    if (at >= s.len || (s.ptr[at] != '"' && s.ptr[at] != '\''))
        return i;
    at++;
    while (at < s.len && is_blank(s.ptr[at]))
        at++;
    return at < s.len && s.ptr[at] == ':' ? at : i;
}

/* A name at s[i]: itself, and a masked value when it names a secret. Returns the index behind. */
static size_t mask_name(struct span s, size_t i, struct sb *out)
{
    size_t end = i;
    while (end < s.len && is_name_char(s.ptr[end]))
        end++;
    struct span name = span_sub(s, i, end - i);
    if (looks_like_token(name)) {
        sb_adds(out, "***");
        return value_end(s, end);
    }
    sb_add(out, name);
    if (!names_secret(name) || end >= s.len)
        return end;
    bool option = name.len > 2 && name.ptr[0] == '-' && name.ptr[1] == '-';
    size_t colon = quoted_colon(s, end);
    size_t value = colon + 1;
    if (s.ptr[value - 1] == ':') {
        while (value < s.len && (is_blank(s.ptr[value]) || s.ptr[value] == '\\'))
            value++;
    } else if (s.ptr[end] != '=' && !(option && is_blank(s.ptr[end]) && value < s.len && s.ptr[value] != '-')) {
        return end;
    }
    sb_add(out, span_sub(s, end, value - end));
    struct span rest = span_from(s, value);
    if (span_starts(rest, SPAN("Bearer ")) || span_starts(rest, SPAN("Basic "))) {
        size_t blank = span_chr(rest, 0, ' ');
        sb_add(out, span_sub(rest, 0, blank + 1));
        value += blank + 1;
    }
    size_t stop = value_end(s, value);
    if (colon > end && stop - value >= 2 && s.ptr[value] == s.ptr[stop - 1]) {
        /* JSON stays JSON. */
        sb_addc(out, s.ptr[value]);
        sb_adds(out, s.ptr[stop - 2] == '\\' ? "***\\" : "***");
        sb_addc(out, s.ptr[stop - 1]);
    } else {
        add_masked(out, span_sub(s, value, stop - value));
    }
    return stop;
}

void mask_command(struct span command, struct sb *out)
{
    size_t i = 0;
    while (i < command.len) {
        if (span_starts(span_from(command, i), SPAN("//"))) {
            i = mask_userinfo(command, i, out);
        } else if (is_name_char(command.ptr[i])) {
            i = mask_name(command, i, out);
        } else {
            sb_addc(out, command.ptr[i]);
            i++;
        }
    }
}
