/* clock.c - the afterwork shared by profile importers (import_settle): which clock sampled, whether waiting shows, which
 * runtime ran, whether a loop or server is named. Each trap of method 1.3 is handled here once. */
#include "import/cmdline.h"
#include "import/frametext.h"
#include "import/importer.h"

#include <stdlib.h>

/* What the frames of a profile say, in one pass. */
struct evidence {
    bool v8_idle;                       /* a pseudo frame "(idle)" with weight */
    double kernel_leaf;                 /* share of samples whose leaf is kernel */
    double wait_leaf;                   /* share of samples whose leaf looks like waiting */
    double runtime[RUNTIME_KIND_COUNT]; /* weight of frames that name a runtime */
    bool loop;
    bool native_below_managed; /* a native or kernel frame below (leafward of) a managed one */
    bool managed;
};

static bool any_prefix(struct span s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_starts(s, span_of(list[i])))
            return true;
    }
    return false;
}

static bool any_equal(struct span s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(s, list[i]))
            return true;
    }
    return false;
}

/* Qualified names of Python 3.11 and later, without their class: "readinto" of "SocketIO.readinto". */
static struct span unqualified(struct span func, struct span file)
{
    struct span head;
    struct span last;
    return span_ends(file, SPAN(".py")) && span_rsplit(func, '.', &head, &last) ? last : func;
}

/* Leaves that block: their weight in a file of unknown clock is suspicious, never a proof. */
static bool is_wait_shape(struct span func, struct span file)
{
    static const char *const exact[] = {
        "recv",
        "recvfrom",
        "recvmsg",
        "recv_into",
        "__recv",
        "__libc_recv",
        "__GI___recv",
        "accept",
        "accept4",
        "__accept",
        "select",
        "__select",
        "pselect",
        "poll",
        "__poll",
        "__GI___poll",
        "ppoll",
        "epoll_wait",
        "epoll_pwait",
        "kevent",
        "__GI_epoll_wait",
        "nanosleep",
        "__nanosleep",
        "clock_nanosleep",
        "__clock_nanosleep",
        "usleep",
        "sleep",
        "Sleep",
        "futex_wait",
        "__futex_abstimed_wait_common",
        "__lll_lock_wait",
        "do_futex_wait",
        "pthread_cond_wait",
        "__pthread_cond_wait",
        "pthread_cond_timedwait",
        "__pthread_cond_timedwait",
        "sem_wait",
        "do_sys_poll",
        "java.net.SocketInputStream.socketRead0",
        "sun.nio.ch.EPoll.wait",
        "sun.nio.ch.EPollArrayWrapper.epollWait",
        "PyThread_acquire_lock_timed",
        "jdk.internal.misc.Unsafe.park",
        "sun.misc.Unsafe.park",
        "java.lang.Object.wait",
        "java.lang.Thread.sleep",
        "java.lang.Object.wait0",
        "java.lang.Thread.sleep0",
        "readinto",
        "waitpid",
        "wait4",
        "__GI___wait4",
    };
    if (any_equal(func, exact, ARRAY_LEN(exact)))
        return true;
    struct span base = frametext_base(file);
    func = unqualified(func, file);
    if (span_is(base, "threading.py"))
        return span_is(func, "wait") || span_is(func, "_wait_for_tstate_lock") || span_is(func, "join");
    if (span_is(base, "socket.py") || span_is(base, "ssl.py"))
        return span_is(func, "readinto") || span_is(func, "read") || span_is(func, "recv") || span_is(func, "accept") ||
               span_is(func, "recv_into");
    return span_is(base, "selectors.py") && (span_is(func, "select") || span_is(func, "poll"));
}

static bool is_loop_frame(struct span func, struct span file)
{
    static const char *const names[] = {
        "serve_forever",
        "run_forever",
        "_run_once",
        "onconnection",
        "parserOnIncoming",
        "parserOnHeadersComplete",
        "parserOnMessageComplete",
        "ngx_worker_process_cycle",
        "ngx_process_events_and_timers",
        "net/http.(*conn).serve",
        "net/http.(*Server).Serve",
        "net/http.(*Server).ListenAndServe",
        "aeProcessEvents",
        "event_base_loop",
        "g_main_context_iteration",
        "ev_run",
        "ServerLoop",
    };
    static const char *const prefixes[] = { "io.netty.channel.nio.NioEventLoop.",
                                            "io.netty.channel.epoll.EpollEventLoop.",
                                            "org.apache.tomcat.util.net.",
                                            "org.eclipse.jetty.io.",
                                            "io.undertow.server.",
                                            "org.xnio.nio.",
                                            "google.golang.org/grpc.(*Server)" };
    static const char *const files[] = {
        "uvicorn/server.py", "gunicorn/workers",   "gunicorn/arbiter.py", "hypercorn/",
        "daphne/",           "waitress/server.py", "werkzeug/serving.py", "wsgiref/simple_server.py",
        "http/server.py",    "socketserver.py",    "tornado/ioloop.py"
    };
    if (any_equal(unqualified(func, file), names, ARRAY_LEN(names)) || any_prefix(func, prefixes, ARRAY_LEN(prefixes)))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (span_find(file, 0, span_of(files[i])) < file.len)
            return true;
    }
    return false;
}

static enum runtime_kind runtime_of_module(struct span module)
{
    struct span base = frametext_base(module);
    if (span_starts(base, SPAN("libpython")) || span_starts(base, SPAN("python")))
        return RUNTIME_PYTHON;
    if (span_is(base, "libjvm.so"))
        return RUNTIME_JVM;
    if (span_is(base, "node") || span_starts(base, SPAN("libnode.")))
        return RUNTIME_NODE;
    if (span_starts(base, SPAN("libruby")) || span_is(base, "ruby"))
        return RUNTIME_RUBY;
    if (span_is(base, "libcoreclr.so") || span_is(base, "libclrjit.so"))
        return RUNTIME_DOTNET;
    if (span_starts(base, SPAN("php")) || span_starts(base, SPAN("libphp")))
        return RUNTIME_PHP;
    return RUNTIME_UNKNOWN;
}

static enum runtime_kind runtime_of_file(struct span file)
{
    static const struct {
        const char *ending;
        enum runtime_kind runtime;
    } endings[] = { { ".py", RUNTIME_PYTHON }, { ".pyx", RUNTIME_PYTHON }, { ".js", RUNTIME_NODE },
                    { ".mjs", RUNTIME_NODE },  { ".cjs", RUNTIME_NODE },   { ".ts", RUNTIME_NODE },
                    { ".java", RUNTIME_JVM },  { ".kt", RUNTIME_JVM },     { ".scala", RUNTIME_JVM },
                    { ".rb", RUNTIME_RUBY },   { ".php", RUNTIME_PHP },    { ".cs", RUNTIME_DOTNET },
                    { ".go", RUNTIME_GO } };
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        if (span_ends(file, span_of(endings[i].ending)))
            return endings[i].runtime;
    }
    if (span_starts(file, SPAN("node:")) || span_starts(file, SPAN("internal/")))
        return RUNTIME_NODE;
    return span_starts(file, SPAN("<frozen ")) ? RUNTIME_PYTHON : RUNTIME_UNKNOWN;
}

static enum runtime_kind runtime_of_func(struct span func)
{
    static const char *const go[] = { "runtime.main",     "runtime.goexit",       "runtime.mcall",
                                      "runtime.schedule", "runtime.findRunnable", "runtime.gcBgMarkWorker",
                                      "runtime.mallocgc" };
    static const char *const jvm[] = { "java.",   "javax.", "jdk.",         "sun.",
                                       "kotlin.", "scala.", "JavaThread::", "JavaMain" };
    static const char *const py[] = { "_PyEval_EvalFrameDefault", "PyEval_EvalCode", "_PyRun_", "Py_RunMain",
                                      "pymain_" };
    static const char *const node[] = { "Builtins_", "v8::internal::",      "node::",
                                        "v8::",      "(garbage collector)", "(program)" };
    if (any_equal(func, go, ARRAY_LEN(go)) || span_starts(func, SPAN("net/http.(")))
        return RUNTIME_GO;
    if (any_prefix(func, jvm, ARRAY_LEN(jvm)))
        return RUNTIME_JVM;
    if (any_prefix(func, py, ARRAY_LEN(py)))
        return RUNTIME_PYTHON;
    if (any_prefix(func, node, ARRAY_LEN(node)))
        return RUNTIME_NODE;
    return span_starts(func, SPAN("rb_vm_exec")) || span_starts(func, SPAN("vm_exec_core")) ? RUNTIME_RUBY
                                                                                            : RUNTIME_UNKNOWN;
}

static enum runtime_kind runtime_of_frame(const struct profile *p, const struct profile_frame *f)
{
    enum runtime_kind r = runtime_of_file(profile_str(p, f->file));
    if (r == RUNTIME_UNKNOWN)
        r = runtime_of_module(profile_str(p, f->module));
    return r != RUNTIME_UNKNOWN ? r : runtime_of_func(profile_str(p, f->func));
}

/* One byte a frame: what the frame's texts say, so that stacks only look it up. */
enum { NOTE_WAIT = 1, NOTE_LOOP = 2, NOTE_IDLE = 4, NOTE_RUNTIME_SHIFT = 4 };

static uint8_t *frame_notes(const struct profile *p)
{
    uint8_t *notes = xcalloc(p->frame_count + 1, 1);
    for (uint32_t i = 0; i < p->frame_count; i++) {
        const struct profile_frame *f = &p->frames[i];
        struct span func = profile_str(p, f->func);
        struct span file = profile_str(p, f->file);
        unsigned note = (unsigned)runtime_of_frame(p, f) << NOTE_RUNTIME_SHIFT;
        note |= f->kind != FRAME_KERNEL && is_wait_shape(func, file) ? NOTE_WAIT : 0;
        note |= is_loop_frame(func, file) ? NOTE_LOOP : 0;
        note |= span_is(func, "(idle)") ? NOTE_IDLE : 0;
        notes[i] = (uint8_t)note;
    }
    return notes;
}

static double row_weight(const struct profile *p, uint32_t column, uint32_t row)
{
    return column == UINT32_MAX ? (double)p->row_samples[row] : p->row_value[column][row];
}

/* The leaf, or what called it where the leaf has an address and no name: at most four frames up. */
static bool waits_at(const struct profile *p, const uint8_t *notes, stack_id s)
{
    for (int depth = 0; depth < 4 && s.ix != 0; depth++, s = p->stacks[s.ix].parent) {
        if (notes[p->stacks[s.ix].frame.ix] & NOTE_WAIT)
            return true;
        if (!span_starts(profile_str(p, profile_frame_of(p, s)->func), SPAN("0x")))
            break;
    }
    return false;
}

static struct evidence gather(const struct profile *p)
{
    struct evidence e = { 0 };
    uint8_t *notes = frame_notes(p);
    uint32_t column = profile_column_default(p);
    double total = 0;
    for (uint32_t r = 0; r < p->row_count; r++) {
        double w = row_weight(p, column, r);
        if (p->row_stack[r].ix == 0 || !(w > 0))
            continue;
        total += w;
        const struct profile_frame *leaf = profile_frame_of(p, p->row_stack[r]);
        unsigned leaf_note = notes[p->stacks[p->row_stack[r].ix].frame.ix];
        e.kernel_leaf += leaf->kind == FRAME_KERNEL ? w : 0;
        e.wait_leaf += waits_at(p, notes, p->row_stack[r]) ? w : 0;
        e.v8_idle = e.v8_idle || (leaf_note & NOTE_IDLE);
        bool native = leaf->kind == FRAME_NATIVE || leaf->kind == FRAME_KERNEL;
        unsigned seen = 0; /* a runtime counts once a stack */
        for (stack_id s = p->row_stack[r]; s.ix != 0; s = p->stacks[s.ix].parent) {
            unsigned note = notes[p->stacks[s.ix].frame.ix];
            unsigned runtime = note >> NOTE_RUNTIME_SHIFT;
            if (!(seen & 1u << runtime))
                e.runtime[runtime] += w;
            seen |= 1u << runtime;
            e.loop = e.loop || (note & NOTE_LOOP);
            bool managed = p->frames[p->stacks[s.ix].frame.ix].kind == FRAME_MANAGED;
            e.managed = e.managed || managed;
            e.native_below_managed = e.native_below_managed || (managed && native);
        }
    }
    free(notes);
    if (total > 0) {
        e.kernel_leaf /= total;
        e.wait_leaf /= total;
        for (int k = 0; k < RUNTIME_KIND_COUNT; k++)
            e.runtime[k] /= total;
    }
    return e;
}

static enum runtime_kind infer_runtime(const struct artefact *a, const struct evidence *e)
{
    enum runtime_kind named = a->command.len > 0 ? cmdline_runtime(a->command) : RUNTIME_UNKNOWN;
    if (named != RUNTIME_UNKNOWN)
        return named;
    int best = RUNTIME_UNKNOWN;
    for (int k = 1; k < RUNTIME_KIND_COUNT; k++) {
        if (e->runtime[k] > (best ? e->runtime[best] : 0.01))
            best = k;
    }
    if (best != RUNTIME_UNKNOWN)
        return (enum runtime_kind)best;
    /* An interpreter without symbols: its thread is still called python3 or node. */
    for (uint32_t i = 0; i < a->profile->thread_count; i++) {
        enum runtime_kind r = cmdline_runtime(profile_str(a->profile, a->profile->threads[i].name));
        if (r != RUNTIME_UNKNOWN)
            return r;
    }
    /* Symbols and DSOs and nothing managed in sight: a native program. */
    if (e->managed)
        return RUNTIME_UNKNOWN;
    for (uint32_t i = 0; i < a->profile->frame_count; i++) {
        if (a->profile->frames[i].kind == FRAME_NATIVE)
            return RUNTIME_NATIVE;
    }
    return RUNTIME_UNKNOWN;
}

/* Columns of time whose clock nobody knew take the settled one; the others keep their own. */
static void settle_columns(struct profile *p, enum clock_kind clock, bool declared)
{
    uint32_t main = profile_column_default(p);
    for (uint32_t c = 0; c < p->column_count; c++) {
        struct profile_column *col = &p->columns[c];
        if (col->is_time && (col->clock == CLOCK_UNKNOWN || (declared && c == main)))
            col->clock = clock;
    }
}

void import_settle(struct artefact *a, const struct import_options *opt, enum clock_kind from_metadata)
{
    struct profile *p = a->profile;
    if (!p)
        return;
    struct evidence e = gather(p);
    uint32_t main = profile_column_default(p);
    enum clock_kind clock = from_metadata;
    bool by_content = false;
    if (clock == CLOCK_UNKNOWN && main != UINT32_MAX)
        clock = p->columns[main].clock;
    if (clock == CLOCK_UNKNOWN && main != UINT32_MAX) {
        by_content = true;
        clock = e.v8_idle ? CLOCK_WALL : e.kernel_leaf > 0 ? CLOCK_CPU : CLOCK_UNKNOWN;
    }
    if (opt->clock_given) {
        clock = opt->clock;
        a->clock_declared = true;
    }
    a->clock = clock;
    settle_columns(p, clock, opt->clock_given);
    a->sees_wait = a->sees_wait || a->all_states || clock == CLOCK_WALL || clock == CLOCK_OFF;
    /* Samplers that see the kernel show `recv` as kernel CPU; those that do not may have sampled sleepers. */
    bool known_sampler = span_is(a->tool, "perf") || span_is(a->tool, "0x") || span_is(a->tool, "clinic flame") ||
                         span_is(a->tool, "node --prof-process");
    bool suspicious = clock == CLOCK_UNKNOWN || (clock == CLOCK_CPU && (by_content || !known_sampler));
    if (!opt->clock_given && suspicious && e.wait_leaf > 0.05 && e.kernel_leaf < e.wait_leaf)
        artefact_problem(
            a, "wait_frames_in_unknown_clock", "recorded with --idle, or of all threads? then say --clock wall",
            "%.0f %% of the samples end in frames that look like waiting, but nothing in the file says that "
            "waiting was sampled",
            e.wait_leaf * 100);
    if (opt->runtime != RUNTIME_UNKNOWN)
        a->runtime = opt->runtime;
    else if (a->runtime == RUNTIME_UNKNOWN)
        a->runtime = infer_runtime(a, &e);
    a->event_loop = a->event_loop || e.loop || cmdline_is_server(a->command);
    if (a->native_visible == TRI_UNKNOWN && e.managed)
        a->native_visible = e.native_below_managed ? TRI_YES : TRI_NO;
    if (num_known(opt->rate_hz))
        a->rate_hz = opt->rate_hz;
    if (num_known(opt->duration_s)) {
        a->duration_s = opt->duration_s;
        a->duration_source = WALL_DECLARED;
    }
}
