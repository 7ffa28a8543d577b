/* cmdline.h - command lines of recorders and programs, as text or words.
 * A recorder's options are read only up to the first bare `--`, or the first word that is neither an option nor an
 * option's value: what follows belongs to the program. */
#ifndef STET_IMPORT_CMDLINE_H
#define STET_IMPORT_CMDLINE_H

#include "profile/artefact.h"

/* What the options of a recorder say. NaN and TRI_UNKNOWN: not given (or not a recorder we know). */
struct recorder_options {
    struct span tool;    /* "py-spy", "perf", "hyperfine", "time", "" */
    struct span verb;    /* "record", "stat" ... */
    struct span program; /* the recorded program's command line, "" when attached to a pid */
    struct span event;   /* last -e */
    int64_t pid;         /* -p; -1 */
    double rate_hz;      /* -r of py-spy, -F of perf */
    double period;       /* -c of perf */
    double duration_s;   /* -d of py-spy */
    bool idle, gil, native, threads, subprocesses, nonblocking; /* py-spy */
    bool system_wide;                                           /* perf -a */
    bool call_graph;                                            /* perf -g, --call-graph */
    bool switch_events;                                         /* perf --switch-events */
    bool no_shell;                                              /* hyperfine -N */
};

/* cmdline_recorder - reads a recorder's command line. Words are split at blanks outside quotes; spans borrow from line.
 * Out:    true when the first word is a recorder we know (path and interpreter before it are skipped). */
bool cmdline_recorder(struct span line, struct recorder_options *ret);

/* cmdline_word - takes the next shell word off *rest: blanks outside quotes end it, quotes at both ends are removed.
 * False when none is left. */
bool cmdline_word(struct span *rest, struct span *ret_word);

/* cmdline_runtime - runtime named by the program's own command line ("python3 app.py", "java -jar x.jar");
 * RUNTIME_UNKNOWN when its first word tells nothing. */
enum runtime_kind cmdline_runtime(struct span program);

/* cmdline_is_server - true when the command line names a listening server (uvicorn, gunicorn, nginx, "manage.py runserver",
 * "rails server" ...). */
bool cmdline_is_server(struct span program);

/* Last path component of the command's first word: "python3" for "/usr/bin/python3 app.py". */
struct span cmdline_program_name(struct span program);

#endif
