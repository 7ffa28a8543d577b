#include "record/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Files of /proc come a page at a time: a read that gives less than half a page was the last, and most are. Asking
 * again would be a good part of the recorder's own cost. */
static bool read_file(const char *path, char *buf, size_t size, struct span *ret)
{
    enum { HALF_PAGE = 2048 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t n = 0;
    ssize_t got;
    do {
        got = read(fd, buf + n, size - n);
        n += got > 0 ? (size_t)got : 0;
    } while (got >= HALF_PAGE && n < size);
    (void)close(fd);
    *ret = span_make(buf, n);
    return n > 0;
}

static void task_path(char *path, size_t size, int64_t pid, int64_t tid, const char *file)
{
    if (tid > 0)
        (void)snprintf(path, size, "/proc/%lld/task/%lld/%s", (long long)pid, (long long)tid, file);
    else
        (void)snprintf(path, size, "/proc/%lld/%s", (long long)pid, file);
}

bool proc_stat(int64_t pid, int64_t tid, struct proc_stat *ret)
{
    char path[96];
    char buf[2048];
    struct span text;
    task_path(path, sizeof path, pid, tid, "stat");
    if (!read_file(path, buf, sizeof buf, &text))
        return false;
    /* The name may hold blanks and parentheses: it ends at the last one. */
    size_t open_at = span_chr(text, 0, '(');
    size_t close_at = span_rchr(text, ')');
    if (open_at >= close_at || close_at == text.len)
        return false;
    *ret = (struct proc_stat){ 0 };
    struct span name = span_sub(text, open_at + 1, close_at - open_at - 1);
    memcpy(ret->name, name.ptr, name.len < sizeof ret->name - 1 ? name.len : sizeof ret->name - 1);
    struct span rest = span_from(text, close_at + 1);
    struct span word;
    uint64_t fields[22] = { 0 }; /* ppid is field 4 of proc(5), here number 1 */
    for (size_t i = 0; i < ARRAY_LEN(fields) && span_word(&rest, &word); i++) {
        if (i == 0)
            ret->state = word.ptr[0];
        else
            (void)span_to_u64(word, &fields[i]);
    }
    ret->ppid = (int64_t)fields[1];
    ret->minflt = fields[7];
    ret->majflt = fields[9];
    ret->utime = fields[11];
    ret->stime = fields[12];
    ret->cutime = fields[13];
    ret->cstime = fields[14];
    ret->threads = fields[17];
    ret->start = fields[19];
    ret->rss_pages = (int64_t)fields[21];
    return true;
}

bool proc_schedstat(int64_t pid, int64_t tid, uint64_t *ret_run_ns, uint64_t *ret_wait_ns)
{
    char path[96];
    char buf[128];
    struct span text;
    struct span run;
    struct span wait;
    task_path(path, sizeof path, pid, tid, "schedstat");
    return read_file(path, buf, sizeof buf, &text) && span_word(&text, &run) && span_word(&text, &wait) &&
           span_to_u64(run, ret_run_ns) && span_to_u64(wait, ret_wait_ns);
}

/* "Key:   123 kB" or "key 123": the number behind key. */
static bool keyed(struct span text, const char *key, struct span *ret)
{
    struct span line;
    struct span want = span_of(key);
    while (span_line(&text, &line)) {
        if (!span_starts(line, want))
            continue;
        struct span rest = span_from(line, want.len);
        if (rest.len > 0 && rest.ptr[0] != ' ' && rest.ptr[0] != '\t' && want.ptr[want.len - 1] != ':')
            continue;
        return span_word(&rest, ret);
    }
    return false;
}

static bool keyed_u64(struct span text, const char *key, uint64_t *ret)
{
    struct span word;
    return keyed(text, key, &word) && span_to_u64(word, ret);
}

bool proc_switches(int64_t pid, int64_t tid, uint64_t *ret_voluntary, uint64_t *ret_involuntary)
{
    char path[96];
    char buf[8192];
    struct span text;
    task_path(path, sizeof path, pid, tid, "status");
    return read_file(path, buf, sizeof buf, &text) && keyed_u64(text, "voluntary_ctxt_switches:", ret_voluntary) &&
           keyed_u64(text, "nonvoluntary_ctxt_switches:", ret_involuntary);
}

bool proc_io(int64_t pid, uint64_t *ret_read, uint64_t *ret_write, uint64_t *ret_rchar, uint64_t *ret_wchar)
{
    char path[96];
    char buf[1024];
    struct span text;
    task_path(path, sizeof path, pid, 0, "io");
    return read_file(path, buf, sizeof buf, &text) && keyed_u64(text, "read_bytes:", ret_read) &&
           keyed_u64(text, "write_bytes:", ret_write) && keyed_u64(text, "rchar:", ret_rchar) &&
           keyed_u64(text, "wchar:", ret_wchar);
}

double proc_rss_peak_kb(int64_t pid)
{
    char path[96];
    char buf[8192];
    struct span text;
    uint64_t kb;
    task_path(path, sizeof path, pid, 0, "status");
    return read_file(path, buf, sizeof buf, &text) && keyed_u64(text, "VmHWM:", &kb) ? (double)kb : NUM_UNKNOWN;
}

/* "0-3,8": how many. */
double proc_cpus_allowed(int64_t pid)
{
    char path[96];
    char buf[8192];
    struct span text;
    struct span list;
    double n = 0;
    task_path(path, sizeof path, pid, 0, "status");
    if (!read_file(path, buf, sizeof buf, &text) || !keyed(text, "Cpus_allowed_list:", &list))
        return NUM_UNKNOWN;
    while (list.len > 0) {
        size_t comma = span_chr(list, 0, ',');
        struct span from;
        struct span to;
        struct span part = span_sub(list, 0, comma);
        uint64_t lo;
        uint64_t hi;
        if (!span_split(part, '-', &from, &to))
            from = to = part;
        if (!span_to_u64(from, &lo) || !span_to_u64(to, &hi) || hi < lo)
            return NUM_UNKNOWN;
        n += (double)(hi - lo + 1);
        list = span_from(list, comma + 1);
    }
    return n > 0 ? n : NUM_UNKNOWN;
}

bool proc_cmdline(int64_t pid, struct sb *out)
{
    char path[96];
    char buf[65536];
    struct span text;
    task_path(path, sizeof path, pid, 0, "cmdline");
    if (!read_file(path, buf, sizeof buf, &text))
        return false;
    sb_add(out, text);
    return true;
}

bool proc_each_thread(int64_t pid, proc_each_fn each, void *user)
{
    char path[96];
    task_path(path, sizeof path, pid, 0, "task");
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        int64_t tid;
        if (span_to_i64(span_of(entry->d_name), &tid))
            each(user, tid);
    }
    (void)closedir(dir);
    return true;
}

struct child_scan {
    int64_t pid;
    proc_each_fn each;
    void *user;
    bool any;
};

static void on_thread_children(void *user, int64_t tid)
{
    struct child_scan *scan = user;
    char path[96];
    char buf[65536];
    struct span text;
    struct span word;
    task_path(path, sizeof path, scan->pid, tid, "children");
    errno = 0;
    bool read = read_file(path, buf, sizeof buf, &text);
    if (read || errno == 0) /* without a child the file is there and empty */
        scan->any = true;
    if (!read)
        return;
    while (span_word(&text, &word)) {
        int64_t child;
        if (span_to_i64(word, &child))
            scan->each(scan->user, child);
    }
}

bool proc_each_child(int64_t pid, proc_each_fn each, void *user)
{
    struct child_scan scan = { .pid = pid, .each = each, .user = user };
    return proc_each_thread(pid, on_thread_children, &scan) && scan.any;
}

/* --- cgroup --- */

static bool has_controller(struct span list, const char *name)
{
    struct span rest = list;
    while (rest.len > 0) {
        size_t comma = span_chr(rest, 0, ',');
        if (span_is(span_sub(rest, 0, comma), name))
            return true;
        rest = span_from(rest, comma + 1);
    }
    return false;
}

static void folder_set(char *out, size_t size, const char *root, struct span path, const char *probe)
{
    char file[700];
    (void)snprintf(out, size, "%s%.*s", root, SPAN_FMT(span_sub(path, 0, 400)));
    (void)snprintf(file, sizeof file, "%s/%s", out, probe);
    /* Inside a container the path is the host's, while the mount shows the own group at its root. */
    if (access(file, R_OK) != 0)
        (void)snprintf(out, size, "%s", root);
    (void)snprintf(file, sizeof file, "%s/%s", out, probe);
    if (access(file, R_OK) != 0)
        out[0] = '\0';
}

void cgroup_find(int64_t pid, struct cgroup *ret)
{
    char path[96];
    char buf[16384];
    struct span text;
    struct span line;
    *ret = (struct cgroup){ 0 };
    task_path(path, sizeof path, pid, 0, "cgroup");
    if (!read_file(path, buf, sizeof buf, &text))
        return;
    while (span_line(&text, &line)) {
        size_t first = span_chr(line, 0, ':');
        size_t second = span_chr(line, first + 1, ':');
        if (second >= line.len)
            continue;
        struct span controllers = span_sub(line, first + 1, second - first - 1);
        struct span group = span_from(line, second + 1);
        if (span_is(group, "/"))
            group = SPAN("");
        if (controllers.len == 0 && ret->version == 0) {
            folder_set(ret->path, sizeof ret->path, "/sys/fs/cgroup", group, "cpu.stat");
            folder_set(ret->memory_path, sizeof ret->memory_path, "/sys/fs/cgroup", group, "memory.current");
            ret->version = ret->path[0] ? 2 : 0;
        } else if (has_controller(controllers, "cpu")) {
            folder_set(ret->path, sizeof ret->path, "/sys/fs/cgroup/cpu", group, "cpu.stat");
            if (!ret->path[0])
                folder_set(ret->path, sizeof ret->path, "/sys/fs/cgroup/cpu,cpuacct", group, "cpu.stat");
            ret->version = ret->path[0] ? 1 : ret->version;
        } else if (has_controller(controllers, "memory")) {
            folder_set(ret->memory_path, sizeof ret->memory_path, "/sys/fs/cgroup/memory", group,
                       "memory.usage_in_bytes");
        }
    }
}

double cgroup_number(const char *folder, const char *file, const char *key)
{
    char path[700];
    char buf[4096];
    struct span text;
    struct span word;
    double v;
    if (folder[0] == '\0')
        return NUM_UNKNOWN;
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    if (!read_file(path, buf, sizeof buf, &text))
        return NUM_UNKNOWN;
    if (!(key ? keyed(text, key, &word) : span_word(&text, &word)))
        return NUM_UNKNOWN;
    return span_to_double(word, &v) ? v : NUM_UNKNOWN;
}

static double cgroup_quota(const struct cgroup *g)
{
    if (g->version == 2) {
        char path[700];
        char buf[128];
        struct span text;
        struct span quota;
        struct span period;
        double q;
        double p;
        (void)snprintf(path, sizeof path, "%s/cpu.max", g->path);
        if (!read_file(path, buf, sizeof buf, &text) || !span_word(&text, &quota) || !span_word(&text, &period) ||
            !span_to_double(quota, &q) || !span_to_double(period, &p) || !(p > 0))
            return NUM_UNKNOWN;
        return q / p;
    }
    double q = cgroup_number(g->path, "cpu.cfs_quota_us", NULL);
    double p = cgroup_number(g->path, "cpu.cfs_period_us", NULL);
    return num_known(q) && q > 0 && p > 0 ? q / p : NUM_UNKNOWN;
}

double cgroup_throttled_s(const struct cgroup *g)
{
    if (g->version == 0)
        return NUM_UNKNOWN;
    return g->version == 2 ? cgroup_number(g->path, "cpu.stat", "throttled_usec") / 1e6
                           : cgroup_number(g->path, "cpu.stat", "throttled_time") / 1e9;
}

void cgroup_read(const struct cgroup *g, struct cgroup_cpu *ret)
{
    *ret = (struct cgroup_cpu){ NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    if (g->version == 0)
        return;
    ret->quota_cpus = cgroup_quota(g);
    ret->periods = cgroup_number(g->path, "cpu.stat", "nr_periods");
    ret->throttled = cgroup_number(g->path, "cpu.stat", "nr_throttled");
    ret->throttled_s = cgroup_throttled_s(g);
    if (g->version == 2) {
        ret->user_s = cgroup_number(g->path, "cpu.stat", "user_usec") / 1e6;
        ret->sys_s = cgroup_number(g->path, "cpu.stat", "system_usec") / 1e6;
    }
}

double pressure_total_s(const char *what, const char *line)
{
    char path[96];
    char buf[512];
    struct span text;
    struct span row;
    (void)snprintf(path, sizeof path, "/proc/pressure/%s", what);
    if (!read_file(path, buf, sizeof buf, &text))
        return NUM_UNKNOWN;
    while (span_line(&text, &row)) {
        size_t at = span_find(row, 0, SPAN("total="));
        uint64_t us;
        if (span_starts(row, span_of(line)) && at < row.len && span_to_u64(span_from(row, at + 6), &us))
            return (double)us / 1e6;
    }
    return NUM_UNKNOWN;
}
