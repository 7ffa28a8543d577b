#include "import/importer.h"

#include <stdio.h>

#include "base/sb.h"
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

/* What can be said of a file that nobody knows: its kind and how it begins. */
static void describe_unknown(struct span head, struct err *err)
{
    enum { SHOWN = 40 };
    struct span text = span_trim(head);
    struct span line = span_sub(text, 0, span_chr(text, 0, '\n'));
    bool binary = memchr(head.ptr, '\0', head.len) != NULL || !span_is_utf8(span_sub(line, 0, SHOWN / 2));
    struct sb shown = { .cap = 200 };
    sb_add_plain(&shown, span_trim(span_sub(line, 0, SHOWN)));
    const char *kind = binary                                                       ? "binary data"
                       : text.len > 0 && (text.ptr[0] == '{' || text.ptr[0] == '[') ? "JSON"
                                                                                    : "text";
    (void)err_set(err, ERR_UNRECOGNISED,
                  "%s of no known profile or accounting format%s%s%s; `stet formats` lists what can be "
                  "read and how to record it",
                  kind, binary ? "" : " (it begins with '", binary ? "" : sb_cstr(&shown), binary ? "" : "')");
    sb_release(&shown);
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
        describe_unknown(head, err);
    return NULL;
}
