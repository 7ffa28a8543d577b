/* fmt_chrome_trace.h - the parts of the trace event reader: one event, spans of threads, profiles sampled inside a trace. */
#ifndef STET_IMPORT_FMT_CHROME_TRACE_H
#define STET_IMPORT_FMT_CHROME_TRACE_H

#include "import/v8/fmt_clinic_doctor.h"
#include "import/v8/fmt_cpuprofile.h"

#define TRACE_NONE UINT32_MAX

/* One event as it stands in the file; texts live until the next one. NaN: not given. */
struct trace_event {
    double ts_us, dur_us, tts_us, tdur_us;
    int64_t pid, tid; /* texts that are no numbers have numbers below -1 */
    char phase;       /* '\0': none */
    struct sb name, category, id;
    struct sb value; /* args.name of metadata */
    struct sb file;  /* args.filename or args.url */
    uint32_t line;
    double weight;
    struct sb frame; /* `sf` of a sample */
};

/* A thread by pid and tid. CPU clocks are those of its earliest and latest event that carries one. */
struct trace_thread {
    int64_t pid, tid;
    uint32_t process; /* index */
    uint32_t name;    /* in `texts`, 0 none */
    double first_us, last_us;
    double first_cpu_at_us, first_cpu_us, last_cpu_at_us, last_cpu_us;
    /* open spans */
    struct {
        struct trace_open {
            uint32_t label;
            stack_id stack;
        } * items;
        uint32_t count, cap;
    } open;
    double at_us, cpu_at_us; /* up to here its time is given away; NaN before the first edge */
    double inside_us, inside_cpu_us;
    uint32_t last_frame; /* of its last sample, in `texts` */
    double last_sample_us;
};

struct trace_process {
    int64_t pid;
    uint32_t name;
};

/* Beginning or end of a span. */
struct trace_edge {
    double ts_us, cpu_us;
    double dur_us; /* of a complete event; -1: an event of its own */
    uint32_t thread, label, seq;
};

struct trace_edges {
    struct trace_edge *items;
    uint32_t count, cap;
};

/* What a stack of a thread sums up to. */
struct trace_cell {
    uint32_t thread, stack; /* stack: index of the builder, or text of a sample's frame */
    double wall_us, cpu_us;
    uint64_t samples;
};

struct trace_cells {
    struct trace_cell *items;
    uint32_t count, cap;
    uint32_t *slot; /* open addressing, index + 1 */
    uint32_t slots;
};

/* A function that spans name. */
struct trace_label {
    uint32_t name; /* in `texts`: what an end must name to match */
    frame_id frame;
};

/* A profile that came inside the trace. */
struct trace_profile {
    int64_t pid;
    uint32_t id;     /* in `texts` */
    uint32_t thread; /* of its "Profile" event, else of its first piece */
    struct v8_profile *v;
};

struct trace_frame {
    uint32_t id, name, parent; /* in `texts`; parent 0: none */
    stack_id stack;
    bool linked, open;
};

/* Asynchronous resources: since when each waits, and what the types waited. */
struct trace_resource {
    uint64_t id;
    double since_us;
};

struct trace_wait {
    uint32_t name;
    uint64_t waits;
    double waited_us;
};

struct trace_async {
    struct trace_resource *items;
    uint32_t count, cap;
    uint32_t *slot; /* open addressing, index + 1 */
    uint32_t slots;
    struct trace_wait *types;
    uint32_t type_count;
};

struct trace {
    const struct import_options *opt;
    struct jscan *js;
    struct err *err;
    struct artefact *a;
    struct builder *spans, *samples;
    uint32_t profile_column;
    struct intern texts;  /* names, categories, ids */
    struct intern labels; /* name, file and line of a span's function; index into label */
    struct {
        struct trace_label *items;
        uint32_t count, cap;
    } label;
    struct {
        struct trace_thread *items;
        uint32_t count, cap;
    } threads;
    struct {
        struct trace_process *items;
        uint32_t count, cap;
    } processes;
    struct intern thread_keys, process_keys;
    uint32_t last_thread; /* of the last event */
    struct trace_edges begins, ends;
    double emitted_us; /* edges up to here have left; NaN before */
    uint32_t seq;
    struct trace_cells cells, sampled;
    struct {
        struct trace_profile *items;
        uint32_t count, cap;
    } profiles;
    struct v8_profile *piece; /* of the event that is read */
    bool has_piece;
    struct {
        struct trace_frame *items;
        uint32_t count, cap;
    } frames;
    uint32_t *frame_of; /* by text, index + 1 */
    uint32_t frame_of_size;
    struct doctor_trace pauses;
    struct trace_async resources;
    struct trace_event e;
    uint64_t events, edges, mismatched, unopened, unclosed, late, async, untimed;
    bool pyspy, node, server;
};

/* fmt_chrome_trace_event.c: the next event (or sample) of an array. */
bool trace_read_event(struct trace *t);
/* Its thread, made when new; TRACE_NONE when the limit is passed (the scanner has stopped). */
uint32_t trace_thread_of(struct trace *t, int64_t pid, int64_t tid);
/* A number of microseconds, written as a number or as text. */
double trace_number(struct jscan *js);

/* fmt_chrome_trace_spans.c */
bool trace_span_add(struct trace *t, uint32_t thread);
bool trace_spans_finish(struct trace *t);
/* Sum for a stack of a thread, made when new. */
struct trace_cell *trace_cell_of(struct trace_cells *c, uint32_t thread, uint32_t stack);

/* fmt_chrome_trace_async.c: b and e events of node.async_hooks; what was waited for, as facts and one sentence. */
void trace_async_event(struct trace *t);
/* Waits of a type, made when new; NULL beyond 256 types. Their facts and sentence. */
struct trace_wait *trace_wait_of(struct trace_async *s, struct intern *texts, struct span type);
void trace_async_report(struct trace_async *s, const struct intern *texts, struct artefact *a, const char *source);
void trace_async_release(struct trace_async *s);

/* The whole reader, for formats that hold such events. */
bool trace_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err);

/* fmt_chrome_trace_profiles.c */
bool trace_profile_event(struct trace *t, uint32_t thread);
/* `samples` and `stackFrames` beside the events. */
bool trace_read_samples(struct trace *t);
bool trace_read_frames(struct trace *t);
/* Threads of the finished profile. */
bool trace_builder_thread(struct trace *t, struct builder *b, uint32_t thread, thread_id *ret);
/* Rows of everything that was sampled. False: failed; *ret_any: there is something. */
bool trace_profiles_finish(struct trace *t, bool *ret_any);
bool trace_samples_finish(struct trace *t, bool *ret_any);

#endif
