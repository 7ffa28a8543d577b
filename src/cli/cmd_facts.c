/* stet facts: the dictionary that rules, --fact and proposals share. */
#include <stdio.h>

#include "base/sb.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "facts/facts.h"

static void range_text(struct sb *out, const struct fact_info *f)
{
    if (f->kind == FACT_BOOL)
        sb_adds(out, "0 or 1");
    else if (f->kind == FACT_TEXT)
        sb_adds(out, f->words[0] ? f->words : "a word");
    else if (f->hi >= 1e15)
        sb_printf(out, "%g and more, %s", f->lo, f->unit);
    else
        sb_printf(out, "%g to %g, %s", f->lo, f->hi, f->unit);
}

static void print_text(struct sb *out)
{
    sb_adds(out, "Facts that rules read. Unknown is null, never 0. Declare one with --fact NAME=VALUE.\n");
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_info *f = &fact_infos[i];
        if (i == 0 || f->group != fact_infos[i - 1].group)
            sb_printf(out, "\n%s\n", fact_group_name(f->group));
        sb_printf(out, "  %-24s %s (", f->name, f->meaning);
        range_text(out, f);
        sb_printf(out, ")\n  %-24s   from: %s\n", "", f->measured);
    }
}

int cmd_facts(int argc, char **argv)
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
        return cli_usage_error("facts", "%s", err.text);
    if (got == ARGS_PLAIN)
        return cli_usage_error("facts", "takes no argument, got '%s'", value);
    struct sb out = { 0 };
    if (json) {
        facts_names_json(&out);
        sb_addc(&out, '\n');
    } else {
        print_text(&out);
    }
    (void)fwrite(out.ptr, 1, out.len, stdout);
    sb_release(&out);
    return CLI_EXIT_OK;
}
