/* stet formats [NAME]: what can be read, what each file proves and what it cannot show, how to record it on each platform and
 * what to add to decide. --out md is docs/formats.md. */
#include "base/jsonw.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "import/howto.h"
#include "import/importer.h"
#include "import/refuse.h"

static const char *const wrappers[] = { "gzip", "zstd", "xz", "bzip2", "zip", "tar" };

static const char *use_name(enum howto_use use)
{
    return use == HOWTO_START ? "start" : "attach";
}

/* Importers first, in the order of the table; then what the contract names and nothing reads yet. */
static const struct howto_format *format_at(size_t i, const struct importer **ret_importer)
{
    const struct howto_format *f = &howto_formats[i];
    *ret_importer = importer_find(span_of(f->name));
    return f;
}

static void json_format(struct jsonw *w, const struct howto_format *f, const struct importer *imp)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "name", f->name);
    jsonw_bool(w, "read", imp != NULL);
    jsonw_strz(w, "title", imp ? imp->title : "");
    jsonw_strz(w, "proves", imp ? imp->proves : "");
    jsonw_strz(w, "cannot", imp ? imp->cannot : "");
    jsonw_strz(w, "spec_url", imp ? imp->spec_url : NULL);
    jsonw_strz(w, "extensions", imp ? imp->extensions : "");
    jsonw_strz(w, "add", f->add);
    jsonw_arr(w, "record");
    for (size_t i = 0; i < howto_count; i++) {
        const struct howto *h = &howtos[i];
        if (strcmp(h->format, f->name) != 0)
            continue;
        jsonw_obj(w, NULL);
        jsonw_strz(w, "platform", howto_platform_name(h->platform));
        jsonw_strz(w, "use", use_name(h->use));
        jsonw_strz(w, "command", h->command[0] ? h->command : NULL);
        jsonw_strz(w, "note", h->note);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

static void print_json(struct span only, struct sb *out)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/formats/1");
    jsonw_arr(&w, "formats");
    for (size_t i = 0; i < howto_format_count; i++) {
        const struct importer *imp;
        const struct howto_format *f = format_at(i, &imp);
        if ((imp && only.len == 0) || span_is(only, f->name))
            json_format(&w, f, imp);
    }
    jsonw_end_arr(&w);
    jsonw_arr(&w, "wrappers");
    for (size_t i = 0; i < ARRAY_LEN(wrappers); i++)
        jsonw_strz(&w, NULL, wrappers[i]);
    jsonw_end_arr(&w);
    jsonw_end_obj(&w);
    sb_addc(out, '\n');
}

static void print_list(struct sb *out)
{
    sb_adds(out,
            "Formats that can be read; the content decides, the name may break a tie. `stet formats NAME` says how to "
            "record one.\n\n");
    for (size_t i = 0; i < howto_format_count; i++) {
        const struct importer *imp;
        const struct howto_format *f = format_at(i, &imp);
        if (!imp)
            continue;
        sb_printf(out, "%-19s %s\n", f->name, imp->title);
        sb_printf(out, "%-19s   proves: %s\n", "", imp->proves);
        sb_printf(out, "%-19s   cannot show: %s\n", "", imp->cannot);
    }
    sb_adds(
        out,
        "\nWrappers that are opened: gzip, zstd, xz, bzip2, zip, tar. An archive or a folder is one run. Text may be "
        "UTF-8, or UTF-16 with a\nbyte order mark.\n");
}

static void print_one(const struct howto_format *f, const struct importer *imp, struct sb *out)
{
    sb_printf(out, "%s: %s\n\n", f->name, imp ? imp->title : "not read by this version");
    if (imp)
        sb_printf(out, "proves       %s\ncannot show  %s\n", imp->proves, imp->cannot);
    sb_printf(out, "to decide    add %s\n\n", f->add);
    for (size_t i = 0; i < howto_count; i++) {
        const struct howto *h = &howtos[i];
        if (strcmp(h->format, f->name) != 0)
            continue;
        sb_printf(out, "%-10s %s\n", howto_platform_name(h->platform), h->command[0] ? h->command : h->note);
        if (h->command[0] && h->note[0])
            sb_printf(out, "%-10s   (%s)\n", "", h->note);
    }
}

/* A cell of a Markdown table. */
static void cell(struct sb *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            sb_addc(out, '\\');
        sb_addc(out, *text);
    }
}

static void markdown_format(const struct howto_format *f, const struct importer *imp, struct sb *out)
{
    sb_printf(out, "## %s\n\n%s\n\n", f->name, imp->title);
    sb_printf(out, "* proves: %s\n* cannot show: %s\n* to decide, add: %s\n\n", imp->proves, imp->cannot, f->add);
    sb_adds(out, "| platform | command | note |\n|---|---|---|\n");
    for (size_t i = 0; i < howto_count; i++) {
        const struct howto *h = &howtos[i];
        if (strcmp(h->format, f->name) != 0)
            continue;
        sb_printf(out, "| %s | ", howto_platform_name(h->platform));
        if (h->command[0]) {
            sb_adds(out, "`");
            cell(out, h->command);
            sb_adds(out, "`");
        }
        sb_adds(out, " | ");
        cell(out, h->note);
        sb_adds(out, " |\n");
    }
    sb_addc(out, '\n');
}

static void print_markdown(struct sb *out)
{
    sb_adds(out,
            "# Formats\n\nMade by `stet formats --out md`; the tables are src/import/howto.def and "
            "src/import/refusals.def.\nCOMMAND is the program with its arguments, PID a running process, SECONDS how "
            "long to record.\n\n");
    for (size_t i = 0; i < howto_format_count; i++) {
        const struct importer *imp;
        const struct howto_format *f = format_at(i, &imp);
        if (imp)
            markdown_format(f, imp, out);
    }
    sb_adds(out,
            "## Refused by name\n\nKnown files that are no measure of time, or whose stacks another tool has to write "
            "first.\n\n| file | good for | instead |\n|---|---|---|\n");
    const char *last = "";
    for (size_t i = 0; i < refuse_count(); i++) {
        const char *what;
        const char *good_for;
        const char *instead;
        refuse_row(i, &what, &good_for, &instead);
        if (strcmp(what, last) == 0)
            continue; /* another sign of the same file */
        last = what;
        sb_adds(out, "| ");
        cell(out, what);
        sb_adds(out, " | ");
        cell(out, good_for);
        sb_adds(out, " | ");
        cell(out, instead);
        sb_adds(out, " |\n");
    }
}

enum option { OPT_JSON = 1, OPT_OUT };

struct choice {
    bool json, markdown;
    struct span only;
};

static bool take(struct choice *c, enum args_result got, int id, const char *value, struct err *err)
{
    if (got == ARGS_PLAIN && c->only.len > 0)
        return err_set(err, ERR_USAGE, "takes one name, got '%s' as well", value);
    if (got == ARGS_PLAIN) {
        c->only = span_of(value);
        return true;
    }
    c->json = c->json || id == OPT_JSON || (id == OPT_OUT && strcmp(value, "json") == 0);
    c->markdown = c->markdown || (id == OPT_OUT && strcmp(value, "md") == 0);
    return id != OPT_OUT || strcmp(value, "json") == 0 || strcmp(value, "md") == 0 || strcmp(value, "text") == 0 ||
           err_set(err, ERR_USAGE, "--out: want text, json or md, got '%s'", value);
}

int cmd_formats(int argc, char **argv)
{
    static const struct arg_option options[] = { { "--json", OPT_JSON, false }, { "--out", OPT_OUT, true } };
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    struct choice c = { .only = { "", 0 } };
    int id = 0;
    const char *value = NULL;
    enum args_result got;
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, &err)) == ARGS_OPTION ||
           got == ARGS_PLAIN) {
        if (!take(&c, got, id, value, &err))
            return cli_usage_error("formats", "%s", err.text);
    }
    if (got == ARGS_ERROR)
        return cli_usage_error("formats", "%s", err.text);
    const struct importer *imp = NULL;
    const struct howto_format *one = NULL;
    for (size_t i = 0; i < howto_format_count && c.only.len > 0 && !one; i++)
        one = span_is(c.only, howto_formats[i].name) ? format_at(i, &imp) : NULL;
    if (c.only.len > 0 && !one)
        return cli_usage_error("formats", "no format '%.*s'", SPAN_FMT(c.only));
    struct sb out = { 0 };
    if (c.json)
        print_json(c.only, &out);
    else if (c.markdown)
        print_markdown(&out);
    else if (one)
        print_one(one, imp, &out);
    else
        print_list(&out);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    sb_release(&out);
    return CLI_EXIT_OK;
}
