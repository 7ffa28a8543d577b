/* embed - writes a C table and an assembler file that put files into the binary.
 *
 * embed SYMBOL LIST OUT.c OUT.S     LIST: one `name=path` per line
 *
 * The bytes come in by .incbin: a C array of the same size would cost the compiler a second and 100 MB per MB.
 * Rows are sorted by name, so the output does not depend on the order in which a folder was listed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    char *name;
    const char *path;
};

static int row_compare(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    return strcmp(left->name, right->name);
}

static int fail(const char *what, const char *which)
{
    (void)fprintf(stderr, "embed: %s: %s\n", what, which);
    return EXIT_FAILURE;
}

/* list_read - the whole list as one string, NULL when it cannot be read. Owns: the caller frees it. */
static char *list_read(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return NULL;
    size_t room = 1U << 16;
    size_t len = 0;
    char *text = malloc(room);
    while (text != NULL) {
        len += fread(text + len, 1, room - len - 1, in);
        if (len + 1 < room)
            break;
        room *= 2;
        char *more = realloc(text, room);
        if (more == NULL)
            free(text);
        text = more;
    }
    if (text != NULL)
        text[len] = '\0';
    (void)fclose(in);
    return text;
}

/* rows_split - cuts the list in place. Out: number of rows, or -1 for a line without '='. */
static long rows_split(char *text, struct row *rows)
{
    long count = 0;
    for (char *line = text; *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        if (*line != '\0') {
            char *equals = strchr(line, '=');
            if (equals == NULL)
                return -1;
            *equals = '\0';
            rows[count++] = (struct row){ .name = line, .path = equals + 1 };
        }
        if (end == NULL)
            break;
        line = end + 1;
    }
    return count;
}

static size_t lines_count(const char *text)
{
    size_t count = 1;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static void quoted_write(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            (void)fputc('\\', out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

static void assembler_write(FILE *out, const char *symbol, const struct row *rows, long count)
{
    (void)fputs("    .section .rodata\n", out);
    for (long i = 0; i < count; i++) {
        (void)fprintf(out,
                      "    .balign 16\n    .globl %s_begin_%ld\n    .hidden %s_begin_%ld\n%s_begin_%ld:\n    .incbin ",
                      symbol, i, symbol, i, symbol, i);
        quoted_write(out, rows[i].path);
        (void)fprintf(out, "\n    .globl %s_end_%ld\n    .hidden %s_end_%ld\n%s_end_%ld:\n    .byte 0\n", symbol, i,
                      symbol, i, symbol, i);
    }
    (void)fputs("    .section .note.GNU-stack,\"\",%progbits\n", out);
}

static void table_write(FILE *out, const char *symbol, const struct row *rows, long count)
{
    (void)fputs("#include \"base/embed.h\"\n\n", out);
    for (long i = 0; i < count; i++)
        (void)fprintf(out, "extern const unsigned char %s_begin_%ld[], %s_end_%ld[];\n", symbol, i, symbol, i);
    (void)fprintf(out, "\nEMBED_DECLARE(%s);\nconst size_t %s_count = %ld;\nconst struct embed_file %s[] = {\n", symbol,
                  symbol, count, symbol);
    for (long i = 0; i < count; i++) {
        (void)fputs("    { ", out);
        quoted_write(out, rows[i].name);
        (void)fprintf(out, ", %s_begin_%ld, %s_end_%ld },\n", symbol, i, symbol, i);
    }
    if (count == 0)
        (void)fputs("    { \"\", 0, 0 },\n", out);
    (void)fputs("};\n", out);
}

static int file_close(FILE *out, const char *path)
{
    int bad = ferror(out);
    return fclose(out) != 0 || bad ? fail("cannot write", path) : EXIT_SUCCESS;
}

static int outputs_write(char **argv, const struct row *rows, long count)
{
    FILE *table = fopen(argv[3], "wb");
    if (table == NULL)
        return fail("cannot write", argv[3]);
    table_write(table, argv[1], rows, count);
    int status = file_close(table, argv[3]);
    FILE *assembler = fopen(argv[4], "wb");
    if (assembler == NULL)
        return fail("cannot write", argv[4]);
    assembler_write(assembler, argv[1], rows, count);
    return file_close(assembler, argv[4]) == EXIT_SUCCESS ? status : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return fail("usage", "embed SYMBOL LIST OUT.c OUT.S");
    char *text = list_read(argv[2]);
    struct row *rows = text == NULL ? NULL : calloc(lines_count(text), sizeof *rows);
    if (rows == NULL) {
        free(text);
        return fail("cannot read", argv[2]);
    }
    int status = EXIT_SUCCESS;
    long count = rows_split(text, rows);
    if (count < 0)
        status = fail("want name=path in", argv[2]);
    else
        qsort(rows, (size_t)count, sizeof *rows, row_compare);
    for (long i = 1; i < count; i++) {
        if (strcmp(rows[i - 1].name, rows[i].name) == 0)
            status = fail("two files have one name", rows[i].name);
    }
    if (status == EXIT_SUCCESS)
        status = outputs_write(argv, rows, count);
    free(rows);
    free(text);
    return status;
}
