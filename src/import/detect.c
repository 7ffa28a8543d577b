#include "import/importer.h"

#include <stdio.h>

#include "import/refuse.h"

#define IMPORTER(id) extern const struct importer import_##id;
#include "import/importers.def"
#undef IMPORTER

const struct importer *const importers[] = {
#define IMPORTER(id) &import_##id,
#include "import/importers.def"
#undef IMPORTER
    NULL,
};
const size_t importer_count = ARRAY_LEN(importers) - 1;

const struct importer *importer_find(struct span name)
{
    for (size_t i = 0; i < importer_count; i++) {
        if (span_is(name, importers[i]->name))
            return importers[i];
    }
    return NULL;
}

/* "*.svg *-processstat": one of the words matches the end of the name. */
static bool name_matches(const char *extensions, struct span file_name)
{
    struct span rest = span_of(extensions);
    struct span word;
    while (span_word(&rest, &word)) {
        if (word.len > 1 && word.ptr[0] == '*' && span_ends(file_name, span_from(word, 1)))
            return true;
    }
    return false;
}

const struct importer *import_detect(struct span head, struct span file_name, struct err *err)
{
    const struct importer *maybe = NULL;
    const struct importer *named = NULL;
    for (size_t i = 0; i < importer_count; i++) {
        switch (importers[i]->sniff(head, file_name)) {
        case SNIFF_YES:
            return importers[i];
        case SNIFF_MAYBE:
            if (!maybe)
                maybe = importers[i];
            if (!named && name_matches(importers[i]->extensions, file_name))
                named = importers[i];
            break;
        case SNIFF_NO:
            break;
        }
    }
    /* A file that another tool's magic claims is never guessed into a weak format. */
    if (maybe && !refuse_known(head, NULL))
        return named ? named : maybe;
    (void)refuse_known(head, err);
    if (err->code == ERR_NONE)
        (void)err_set(err, ERR_UNRECOGNISED,
                      "no known profile or accounting format; `stet formats` lists what can be read");
    return NULL;
}
