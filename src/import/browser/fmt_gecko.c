/* Raw profiles of the Gecko profiler, as Firefox writes them to a file before its viewer has worked on them. */
#include "import/browser/gecko_model.h"

static enum sniff gecko_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    bool processed = false;
    if (!gecko_looks_like(head, &processed) || processed)
        return SNIFF_NO;
    return json_in_has_key(head, "stackwalk") || json_in_has_key(head, "schema") ? SNIFF_YES : SNIFF_MAYBE;
}

const struct importer import_gecko = {
    .name = "gecko",
    .title = "Gecko profile (raw, MOZ_PROFILER_SHUTDOWN)",
    .proves = "wall time of the recorded threads by stack; with CPU use of threads also how much of it was running",
    .cannot = "threads that were not chosen; without CPU use, whether a thread ran or waited",
    .spec_url = "https://github.com/firefox-devtools/profiler/blob/main/docs-developer/gecko-profile-format.md",
    .extensions = "*.json",
    .sniff = gecko_sniff,
    .parse = gecko_import,
};
