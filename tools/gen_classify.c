/* gen_classify - turns classification.csv into the C tables of src/classify/rules.h.
 * usage: gen_classify classification.csv out.c
 * Rows keep the file's order (a row's index is its id and the last tie-breaker). Per kind of match the rows with a
 * pattern free of wildcards are sorted for binary search; the others are chained by the first byte of their text. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 4000, FIELD_MAX = 400 };

struct row {
    char runtime[FIELD_MAX], kind[FIELD_MAX], pattern[FIELD_MAX], category[FIELD_MAX], position[FIELD_MAX];
    char name[FIELD_MAX], file[FIELD_MAX]; /* pattern split at @ (functions only) */
};

static struct row rows[ROWS_MAX];
static int row_count;

static void die(const char *path, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: %s\n", path, line, what);
    exit(1);
}

/* Takes one CSV field off *p. */
static void field(const char **p, char *out, const char *path, int line)
{
    size_t n = 0;
    bool quoted = **p == '"';
    if (quoted)
        (*p)++;
    for (; **p && **p != '\n' && **p != '\r'; (*p)++) {
        if (quoted && **p == '"' && (*p)[1] != '"')
            break;
        if (quoted && **p == '"')
            (*p)++;
        else if (!quoted && **p == ',')
            break;
        if (n + 1 >= FIELD_MAX)
            die(path, line, "field too long");
        out[n++] = **p;
    }
    out[n] = '\0';
    if (quoted && **p == '"')
        (*p)++;
    if (**p == ',')
        (*p)++;
}

static bool has_wildcard(const char *s)
{
    return strpbrk(s, "*?") != NULL;
}

static void split_function(struct row *r)
{
    char *at = strchr(r->pattern, '@');
    memcpy(r->name, r->pattern, sizeof r->name);
    if (strcmp(r->kind, "function") != 0 || at == NULL || at == r->pattern)
        return;
    r->name[at - r->pattern] = '\0';
    memcpy(r->file, at + 1, strlen(at + 1) + 1);
}

static void read_rows(const char *path)
{
    FILE *in = fopen(path, "r");
    char line[2000];
    int line_no = 0;
    if (in == NULL)
        die(path, 0, "cannot open");
    while (fgets(line, sizeof line, in)) {
        const char *p = line;
        if (++line_no == 1 || line[0] == '\n')
            continue;
        if (row_count == ROWS_MAX)
            die(path, line_no, "too many rows");
        struct row *r = &rows[row_count++];
        field(&p, r->runtime, path, line_no);
        field(&p, r->kind, path, line_no);
        field(&p, r->pattern, path, line_no);
        field(&p, r->category, path, line_no);
        field(&p, r->position, path, line_no);
        if (r->pattern[0] == '\0' || r->position[0] == '\0')
            die(path, line_no, "want runtime,kind,pattern,category,position,note");
        split_function(r);
    }
    (void)fclose(in);
}

static void put_string(FILE *out, const char *s)
{
    (void)fputc('"', out);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            (void)fputc('\\', out);
        if (*s == '?')
            (void)fputc('\\', out); /* no trigraphs */
        (void)fputc(*s, out);
    }
    (void)fputc('"', out);
}

static void put_upper(FILE *out, const char *prefix, const char *s)
{
    (void)fputs(prefix, out);
    for (; *s; s++)
        (void)fputc(isalnum((unsigned char)*s) ? toupper((unsigned char)*s) : '_', out);
}

static int literal_length(const char *s)
{
    int n = 0;
    for (; *s; s++)
        n += *s != '*' && *s != '?';
    return n;
}

static void put_rows(FILE *out)
{
    (void)fputs("const struct rule rules[] = {\n", out);
    for (int i = 0; i < row_count; i++) {
        const struct row *r = &rows[i];
        (void)fputs("    { ", out);
        put_string(out, r->pattern);
        (void)fputs(", ", out);
        put_string(out, r->name);
        (void)fputs(", ", out);
        put_string(out, r->file);
        put_upper(out, ", RULE_RUNTIME_", r->runtime);
        put_upper(out, ", RULE_", r->kind);
        put_upper(out, ", CAT_", r->category);
        put_upper(out, ", POSITION_", r->position);
        (void)fprintf(out, ", %d },\n", literal_length(r->pattern));
    }
    (void)fprintf(out, "};\nconst uint32_t rule_count = %d;\n\n", row_count);
}

static int by_name(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;
    int c = strcmp(rows[x].name, rows[y].name);
    return c != 0 ? c : x - y;
}

static void put_list(FILE *out, const char *symbol, const char *kind, const int *list, int n)
{
    (void)fprintf(out, "static const uint16_t %s_%s[] = { ", symbol, kind);
    for (int i = 0; i < n; i++)
        (void)fprintf(out, "%d, ", list[i]);
    (void)fputs("0 };\n", out);
}

/* exact: sorted by name. glob: by first byte (0 = begins with a wildcard), from[c]..from[c + 1]. */
static void put_index(FILE *out, const char *kind, int *ret_exact)
{
    static int exact[ROWS_MAX], glob[ROWS_MAX];
    int from[258] = { 0 };
    int exact_n = 0;
    int glob_n = 0;
    for (int i = 0; i < row_count; i++) {
        if (strcmp(rows[i].kind, kind) == 0 && !has_wildcard(rows[i].name))
            exact[exact_n++] = i;
    }
    qsort(exact, (size_t)exact_n, sizeof exact[0], by_name);
    for (int c = 0; c < 256; c++) {
        from[c] = glob_n;
        for (int i = 0; i < row_count; i++) {
            unsigned char first = (unsigned char)rows[i].name[0];
            if (first == '*' || first == '?')
                first = 0;
            if (strcmp(rows[i].kind, kind) == 0 && has_wildcard(rows[i].name) && first == c)
                glob[glob_n++] = i;
        }
    }
    from[256] = glob_n;
    put_list(out, "exact", kind, exact, exact_n);
    put_list(out, "glob", kind, glob, glob_n);
    (void)fprintf(out, "static const uint16_t from_%s[] = { ", kind);
    for (int c = 0; c <= 256; c++)
        (void)fprintf(out, "%d, ", from[c]);
    (void)fputs("};\n", out);
    *ret_exact = exact_n;
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = { "function", "module", "dso", "file", "comm" };
    int exact[5];
    if (argc != 3)
        die("gen_classify", 0, "usage: gen_classify classification.csv out.c");
    read_rows(argv[1]);
    FILE *out = fopen(argv[2], "w");
    if (out == NULL)
        die(argv[2], 0, "cannot write");
    (void)fputs("/* Generated from classification.csv by tools/gen_classify.c. */\n"
                "#include \"classify/rules.h\"\n\n",
                out);
    put_rows(out);
    for (int k = 0; k < 5; k++)
        put_index(out, kinds[k], &exact[k]);
    (void)fputs("\nconst struct rule_index rule_indexes[] = {\n", out);
    for (int k = 0; k < 5; k++) {
        put_upper(out, "    [RULE_", kinds[k]);
        (void)fprintf(out, "] = { exact_%s, %d, glob_%s, from_%s },\n", kinds[k], exact[k], kinds[k], kinds[k]);
    }
    (void)fputs("};\n", out);
    return fclose(out) == 0 ? 0 : 1;
}
