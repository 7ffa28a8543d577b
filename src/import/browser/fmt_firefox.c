/* Processed profiles: what the Firefox Profiler saves, and what samply and other recorders write for it. */
#include "import/browser/gecko_model.h"

static enum sniff firefox_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    bool processed = false;
    if (!gecko_looks_like(head, &processed) || !processed)
        return SNIFF_NO;
    return SNIFF_YES;
}

const struct importer import_firefox = {
    .name = "firefox",
    .title = "Firefox Profiler file (processed; samply)",
    .proves = "time by stack and thread; with CPU use of threads how much of it was running and how much waiting",
    .cannot = "threads that were not recorded; without CPU use, whether a thread ran or waited",
    .spec_url = "https://github.com/firefox-devtools/profiler/blob/main/docs-developer/processed-profile-format.md",
    .extensions = "*.json *.json.gz",
    .sniff = firefox_sniff,
    .parse = gecko_import,
};
