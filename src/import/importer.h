/* importer.h - one importer a format: content sniffing and parsing into an artefact. To add a format: write
 * src/import/fmt_<name>.c with `const struct importer import_<id>` and a row in importers.def. */
#ifndef STET_IMPORT_IMPORTER_H
#define STET_IMPORT_IMPORTER_H

#include "base/limits.h"
#include "import/source.h"
#include "profile/artefact.h"

enum { SNIFF_BYTES = 64 * 1024 }; /* an importer sees at most this much of the head */

/* NO: not mine. MAYBE: could be, weaker claims lose to stronger ones (a tie is broken by the file name, then by order).
 * YES: certainly mine, also when the rest turns out to be broken. */
enum sniff { SNIFF_NO, SNIFF_MAYBE, SNIFF_YES };

struct import_options {
    struct limits limits;
    bool clock_given;
    enum clock_kind clock;     /* declared by the user */
    enum runtime_kind runtime; /* RUNTIME_UNKNOWN = infer */
    double rate_hz;            /* NaN = as the file says */
    double duration_s;         /* NaN = as the file says */
    struct span process;       /* name or pid to choose among several process trees; empty = most CPU */
    bool no_hash;              /* leave artefact.sha256 empty: one pass less over a large file */
    bool no_order;             /* the time order of samples is not asked for: none need be kept */
    unsigned threads;          /* that may read large text; 0 and 1: none but the caller's */
    struct span event;         /* for collapse: only this event; empty = default */
    struct symbols *symbols;   /* names for recordings that hold addresses alone (symbol/symbols.h); NULL: none */
    void (*progress)(void *user, uint64_t bytes); /* NULL, or called now and then with bytes consumed */
    void *progress_user;
};
#define IMPORT_OPTIONS_DEFAULT                                                                                         \
    ((struct import_options){ .limits = LIMITS_DEFAULT,                                                                \
                              .rate_hz = NUM_UNKNOWN,                                                                  \
                              .duration_s = NUM_UNKNOWN,                                                               \
                              .process = { "", 0 },                                                                    \
                              .event = { "", 0 } })

struct importer {
    const char *name;       /* contract name */
    const char *title;      /* for `stet formats`: "py-spy, inferno and FlameGraph SVG" */
    const char *proves;     /* one line: what a file of this kind proves */
    const char *cannot;     /* one line: what it cannot show */
    const char *spec_url;   /* public description of the format, or NULL */
    const char *extensions; /* usual names, for help only: "*.folded *.txt" */
    enum sniff (*sniff)(struct span head, struct span file_name);
    /* Fills `out` (fresh from artefact_new; name, bytes and sha256 are set by the caller). Errors: ERR_UNRECOGNISED (not
     * mine after all), ERR_MALFORMED with line or byte, ERR_LIMIT, ERR_VALUE, ERR_UNSUPPORTED (known, refused by name). */
    bool (*parse)(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err);
};

extern const struct importer *const importers[];
extern const size_t importer_count;
const struct importer *importer_find(struct span name); /* by contract name; NULL */
/* Importer for the content, or NULL with ERR_UNRECOGNISED / ERR_UNSUPPORTED naming what it seems to be and what to send. */
const struct importer *import_detect(struct span head, struct span file_name, struct err *err);

/* All artefacts of one file: wrappers opened, archive members one by one. Caller frees each and the array. */
struct artefact_list {
    struct artefact **items;
    uint32_t count, cap;
};
void artefact_list_release(struct artefact_list *l);
/* path "-" is standard input; a folder is read as an archive of its files. format NULL = detect. */
bool import_path(const char *path, const char *format, const struct import_options *opt, struct artefact_list *out,
                 struct err *err) MUST_CHECK;
/* From an open file descriptor (a spool file), named as the client named it. */
bool import_fd(int fd, struct span name, const char *format, const struct import_options *opt,
               struct artefact_list *out, struct err *err) MUST_CHECK;
/* Every member of a file ("-": standard input) as a source, wrappers opened, for who needs no artefact. name is "" for a
 * file that is no archive. */
typedef bool (*import_source_fn)(void *user, struct span name, struct source *in, struct err *err);
bool import_sources(const char *path, const struct limits *limits, import_source_fn each, void *user,
                    struct err *err) MUST_CHECK;
bool import_memory(struct span bytes, struct span name, const char *format, const struct import_options *opt,
                   struct artefact_list *out, struct err *err) MUST_CHECK;

/* Shared afterwork of importers, so that each trap is handled in one place (clock.c): settles artefact clock, sees_wait,
 * runtime, event_loop and the problem wait_frames_in_unknown_clock from the profile, metadata and options (method 1.3).
 * Call as the last step of a profile importer, with what the metadata said (CLOCK_UNKNOWN: nothing). */
void import_settle(struct artefact *a, const struct import_options *opt, enum clock_kind from_metadata);

#endif
