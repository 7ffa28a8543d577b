/* set.h - the files of one run and what is said about them, as the commands that judge a run take them on the command
 * line: options, reading, and the words that repeat them. */
#ifndef STET_CLI_SET_H
#define STET_CLI_SET_H

#include "advise/advise.h"
#include "base/sb.h"
#include "cli/args.h"
#include "import/importer.h"

enum cli_set_option_id {
    SET_OPT_FORMAT = 500,
    SET_OPT_CLOCK,
    SET_OPT_RUNTIME,
    SET_OPT_RATE,
    SET_OPT_DURATION,
    SET_OPT_FACT,
    SET_OPT_FACTS,
    SET_OPT_POLICY,
    SET_OPT_GOAL,
    SET_OPT_SEED,
    SET_OPT_PROCESS,
    SET_OPT_THREADS,
    SET_OPT_LIMIT
};
/* clang-format off */
#define CLI_SET_OPTIONS                                                                                                \
    { "--format", SET_OPT_FORMAT, true }, { "--clock", SET_OPT_CLOCK, true }, { "--runtime", SET_OPT_RUNTIME, true },  \
    { "--rate", SET_OPT_RATE, true }, { "--duration-s", SET_OPT_DURATION, true }, { "--fact", SET_OPT_FACT, true },    \
    { "--facts", SET_OPT_FACTS, true }, { "--policy", SET_OPT_POLICY, true }, { "--goal", SET_OPT_GOAL, true },        \
    { "--seed", SET_OPT_SEED, true }, { "--process", SET_OPT_PROCESS, true },                                          \
    { "--threads", SET_OPT_THREADS, true }, { "--limit", SET_OPT_LIMIT, true }
/* clang-format on */

struct cli_set {
    struct {
        const char **items;
        size_t count, cap;
    } files; /* borrowed from argv */
    const char *format;
    struct import_options import;
    struct fact_set declared;
    struct {
        struct policy_pack **items;
        size_t count, cap;
    } packs;                        /* as chosen, in order; owned. After reading: empty, or with standing in front */
    struct policy_project *project; /* of a .stet.json given as --policy; NULL none */
    int64_t as_of_us;               /* now, where the project's exemptions have to be held against it; else 0 */
    struct span process;
    enum policy_goal goal;
    bool goal_given;
    uint64_t seed;
    bool seed_given;
    struct sb words; /* files and options as sent, in the words of a shell */
    struct artefact_list artefacts;
};
#define CLI_SET_INIT                                                                                                   \
    {                                                                                                                  \
        .import = IMPORT_OPTIONS_DEFAULT, .seed = 1                                                                    \
    }

/* Takes one of the options above, and those of CLI_SYMBOL_OPTIONS; false when id is none of them.
 * name is the option's own, kept for the words. Errors: *ret_ok false, ERR_USAGE or ERR_VALUE */
bool cli_set_option(struct cli_set *s, int id, const char *name, const char *value, bool *ret_ok, struct err *err);
/* One more word that a next step repeats. option may be NULL. */
void cli_set_keep(struct cli_set *s, const char *option, const char *value);
/* Adds a pack by the name or file; a pack that is there already is not added again. The file may also be a project's
 * document (.stet.json): one at most. */
bool cli_set_policy(struct cli_set *s, const char *name, struct err *err) MUST_CHECK;
/* Puts standing in front of what was chosen, and the project's packs, thresholds and goal where nothing else was said.
 * Exemptions that have ended are named on standard error. cli_set_read calls it. */
bool cli_set_policies_settle(struct cli_set *s, struct err *err) MUST_CHECK;
/* Reads all files into s->artefacts. Goal and the facts of a request stand in one place only afterwards. */
bool cli_set_read(struct cli_set *s, struct err *err) MUST_CHECK;
/* What was read and stated, as the stages take it; borrows s. */
void cli_set_input(const struct cli_set *s, struct advise_input *ret);
void cli_set_release(struct cli_set *s);

/* The flame graph of the first file with stacks. Errors: ERR_EMPTY when no file holds stacks */
const struct artefact *cli_set_profile(const struct cli_set *s);
bool cli_set_flame(const struct cli_set *s, bool standalone, struct sb *out, struct err *err) MUST_CHECK;

#endif
