/* stet formats: what can be read, what each file proves and what it cannot show. */
#include "base/jsonw.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "import/importer.h"

static void print_json(struct sb *out)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/formats/1");
    jsonw_arr(&w, "formats");
    for (size_t i = 0; i < importer_count; i++) {
        const struct importer *imp = importers[i];
        jsonw_obj(&w, NULL);
        jsonw_strz(&w, "name", imp->name);
        jsonw_strz(&w, "title", imp->title);
        jsonw_strz(&w, "proves", imp->proves);
        jsonw_strz(&w, "cannot", imp->cannot);
        jsonw_strz(&w, "spec_url", imp->spec_url);
        jsonw_strz(&w, "extensions", imp->extensions);
        jsonw_end_obj(&w);
    }
    jsonw_end_arr(&w);
    jsonw_arr(&w, "wrappers");
    static const char *const wrappers[] = { "gzip", "zstd", "xz", "bzip2", "zip", "tar" };
    for (size_t i = 0; i < ARRAY_LEN(wrappers); i++)
        jsonw_strz(&w, NULL, wrappers[i]);
    jsonw_end_arr(&w);
    jsonw_end_obj(&w);
    sb_addc(out, '\n');
}

static void print_text(struct sb *out)
{
    sb_adds(out, "Formats that can be read; the content decides, the name may break a tie.\n\n");
    for (size_t i = 0; i < importer_count; i++) {
        const struct importer *imp = importers[i];
        sb_printf(out, "%-14s %s\n", imp->name, imp->title);
        sb_printf(out, "%-14s   proves: %s\n", "", imp->proves);
        sb_printf(out, "%-14s   cannot show: %s\n", "", imp->cannot);
    }
    sb_adds(out, "\nWrappers that are opened: gzip, zstd, xz, bzip2, zip, tar. An archive or a folder is one run.\n");
}

int cmd_formats(int argc, char **argv)
{
    static const struct arg_option options[] = { { "--json", 1, false } };
    struct args args = { .argc = argc, .argv = argv, .at = 1 };
    struct err err = ERR_INIT;
    bool json = false;
    int id = 0;
    const char *value = NULL;
    enum args_result got;
    while ((got = args_next(&args, options, ARRAY_LEN(options), &id, &value, &err)) == ARGS_OPTION)
        json = true;
    if (got == ARGS_ERROR)
        return cli_usage_error("formats", "%s", err.text);
    if (got == ARGS_PLAIN)
        return cli_usage_error("formats", "takes no argument, got '%s'", value);
    struct sb out = { 0 };
    if (json)
        print_json(&out);
    else
        print_text(&out);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    sb_release(&out);
    return CLI_EXIT_OK;
}
