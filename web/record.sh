#!/bin/sh
# record.sh - what `stet record` measures, for machines without stet: CPU, run-queue delay and wall time of a program
# and its children, from /proc and the cgroup. Needs Linux, sh, awk, cat, sleep and date; no root for your own processes.
#
#   sh record.sh --pid PID [--seconds N] [-o FILE]      a running process: for N seconds, until it ends, or Ctrl-C
#   sh record.sh [--seconds N] [-o FILE] -- COMMAND...  started here and measured from start to end
#
# Writes FILE (stet-record.json) for stet to read beside a profile. Sends nothing. Values of passwords, tokens and keys
# in command lines become ***. Reads once a second (more often at first); CPU is known to 0.01 s, run queue to 1 ns.

fail() { # status, text
    printf 'record.sh: %s\n' "$2" >&2
    exit "$1"
}

# --- arguments ---

pid='' seconds='' out=stet-record.json
while [ $# -gt 0 ]; do
    case $1 in
        --) shift; break ;;
        --pid | --seconds | -o) [ $# -ge 2 ] || fail 3 "$1 wants a value" ;;
        *) fail 3 "want --pid PID or -- COMMAND..., got '$1'" ;;
    esac
    case $1 in
        --pid) pid=$2 ;;
        --seconds) seconds=$2 ;;
        -o) out=$2 ;;
    esac
    shift 2
done
case $pid in *[!0-9]*) fail 3 "--pid wants a process id, got '$pid'" ;; esac
case $seconds in *[!0-9]* | 0*) fail 3 "--seconds wants a whole number above 0, got '$seconds'" ;; esac
[ -n "$pid" ] || [ $# -gt 0 ] || fail 3 "want --pid PID or -- COMMAND..."
[ -z "$pid" ] || [ $# -eq 0 ] || fail 3 "--pid and a command exclude each other"
[ -r /proc/self/stat ] || fail 4 "no /proc here: this works on Linux only"
[ -z "$pid" ] || [ -r "/proc/$pid/stat" ] || fail 4 "no readable process with pid $pid"
[ -n "$pid" ] || command -v "$1" >/dev/null || fail 4 "cannot start '$1': not found"
(: >"$out") || fail 4 "cannot write $out"

# --- one reading ---

clock() { # now: hundredths of a second since boot, the clock of process start times
    read -r now rest </proc/uptime
    now=${now%.*}${now#*.}
}

tree() { # the tasks of a process and of all its children, as folders
    for task in "/proc/$1"/task/[0-9]*; do
        echo "$task"
        kids=''
        { read -r kids <"$task/children"; } 2>/dev/null
        for kid in $kids; do
            tree "$kid"
        done
    done
}

group() { # version and folder of the cgroup that counts CPU: "2 /sys/fs/cgroup/app"
    while IFS=: read -r rest names path; do
        case ,$names, in
            *,cpu,*) set -- "$@" "1 /sys/fs/cgroup/cpu$path" "1 /sys/fs/cgroup/cpu" ;;
            ,,) set -- "$@" "2 /sys/fs/cgroup$path" "2 /sys/fs/cgroup" ;;
        esac
    done <"/proc/$pid/cgroup"
    for found in "$@"; do
        [ ! -r "${found#* }/cpu.stat" ] || { echo "$found"; return; }
    done
}

# What is known stays in lines "key <tab> first <tab> last"; a reading makes new lines of the old ones and of the task
# folders behind them. What is born during the recording counts from 0, whatever it had used when first seen.
merge='
function put(key, value, from_zero) {
    if (!(key in last)) {
        first[key] = from_zero ? 0 : value
        keys[++count] = key
    }
    last[key] = value
}
function escaped(s) {
    gsub(/[\\"]/, "\\\\&", s)
    gsub(/\t/, "\\t", s)
    gsub(/[\001-\037\177]/, "?", s)
    return s
}
function words_of(pid,    from, line, text, n) {
    from = "cat -v /proc/" pid "/cmdline 2>/dev/null"
    while ((from | getline line) > 0)
        text = text (n++ ? "\\n" : "") escaped(line)
    close(from)
    return text
}
function read_keyed(path, prefix, wanted, from_zero,    line, f) {
    while ((getline line < path) > 0) {
        split(line, f, /[: \t]+/)
        if (index(wanted, " " f[1] " "))
            put(prefix f[1], f[2], from_zero)
    }
    close(path)
}
function read_task(path,    part, line, name, f, process, key, w) {
    split(path, part, "/") # "", proc, PID, task, TID
    line = ""
    getline line < (path "/stat")
    close(path "/stat")
    if (!match(line, /\(.*\)/))
        return
    name = escaped(substr(line, RSTART + 1, RLENGTH - 2))
    split(substr(line, RSTART + RLENGTH + 1), f, " ")
    key = "t/" owner[part[3]] "/" part[5] ":" f[20] "/"
    put(key "name", name, 0)
    put(key "born", f[20], 0)
    put(key "seen", now, 0)
    put(key "user", f[12], born)
    put(key "sys", f[13], born)
    put(key "minflt", f[8], born)
    put(key "majflt", f[10], born)
    if ((getline line < (path "/schedstat")) > 0) {
        split(line, w, " ")
        put(key "run", w[1], born)
        put(key "runq", w[2], born)
    }
    close(path "/schedstat")
    read_keyed(path "/status", key, " voluntary_ctxt_switches nonvoluntary_ctxt_switches ", born)
}
function read_process(id,    path, line, name, f, key) {
    path = "/proc/" id
    line = ""
    getline line < (path "/stat")
    close(path "/stat")
    if (!match(line, /\(.*\)/))
        return
    name = escaped(substr(line, RSTART + 1, RLENGTH - 2))
    split(substr(line, RSTART + RLENGTH + 1), f, " ")
    owner[id] = id ":" f[20]
    key = "p/" owner[id] "/"
    if (!((key "name") in last) || last[key "name"] != name)
        put(key "command", words_of(id), 0)
    put(key "name", name, 0)
    put(key "ppid", f[2], 0)
    put(key "born", f[20], 0)
    put(key "seen", now, 0)
    put(key "user", f[12], born)
    put(key "sys", f[13], born)
    put(key "children_user", f[14], born)
    put(key "children_sys", f[15], born)
    put(key "minflt", f[8], born)
    put(key "majflt", f[10], born)
    read_keyed(path "/status", key, " VmHWM ", 0)
    read_keyed(path "/io", key, " rchar wchar read_bytes write_bytes ", born)
}
BEGIN { FS = "\t" }
NF == 3 { first[$1] = $2; last[$1] = $3; keys[++count] = $1; next }
/^now / { split($0, f, " "); now = f[2]; born = f[3]; put("now", now, 0); next }
/^cgroup / {
    split($0, f, " ")
    put("g/version", f[2], 0)
    read_keyed(f[3] "/cpu.stat", "g/", " nr_periods nr_throttled throttled_usec throttled_time user_usec system_usec ", 0)
    line = ""
    getline line < (f[3] "/cpu.max")
    put("g/quota", line, 0)
    line = ""
    getline line < (f[3] "/cpu.cfs_quota_us")
    getline line2 < (f[3] "/cpu.cfs_period_us")
    put("g/cfs", line " " line2, 0)
    next
}
/^\/proc/ {
    split($0, f, "/")
    if (!(f[3] in owner))
        read_process(f[3])
    if (f[3] in owner)
        read_task($0)
}
END {
    for (i = 1; i <= count; i++)
        print keys[i] "\t" first[keys[i]] "\t" last[keys[i]]
}'

# --- the document ---

document='
function text(s) { return "\"" s "\"" }
function used(key) { return key in last ? last[key] - first[key] : 0 }
function part(key, scale) {
    return key in last ? sprintf(scale == 1 ? "%.0f" : scale == hz ? "%.2f" : "%.9f", used(key) / scale) : "null"
}
function known(key) { return key in last ? last[key] : "null" }
function at_least_0(x) { return x > 0 ? x : 0 }
function at(ticks) { return at_least_0(ticks - start * hz / 100) / hz }
function clip(x) { return sprintf("%.2f", x < wall ? x : wall) }
function seconds(s,    f) { sub(/,/, ".", s); split(s, f, "m"); return f[1] * 60 + f[2] }
# Secrets: NAME=x, NAME: x, ?name=x&, //user:x@host, well-known tokens; rather too many than too few.
function mask(s,    low, from, done) {
    while (match(s, /\/\/[^\/:@ ]*:[^@* ][^@ ]*@/) || match(s, /\/\/[^\/:@ ]*:\*[^@* ][^@ ]*@/)) {
        from = index(substr(s, RSTART + 2), ":") + RSTART + 1
        s = substr(s, 1, from) "***" substr(s, RSTART + RLENGTH - 1)
    }
    done = ""
    while (match(low = tolower(s), secret "[a-z0-9_.-]*[\\\\\"]*[=:] *((bearer|basic) +)?[\\\\\"]*")) {
        done = done substr(s, 1, RSTART + RLENGTH - 1)
        s = substr(s, RSTART + RLENGTH)
        if (match(s, /^[^ &;,\\"\047]+/)) {
            done = done "***"
            s = substr(s, RLENGTH + 1)
        }
    }
    s = done s
    gsub(/(ghp_|gho_|ghs_|github_pat_|glpat-|sk-|sk_live_|xoxb-|xoxp-|AKIA|ASIA|eyJ|npm_)[A-Za-z0-9_.-]+/, "***", s)
    return s
}
function words(list, n,    i, line, next_secret) {
    for (i = 1; i <= n; i++) {
        line = line (i > 1 ? "," : "") text(next_secret && list[i] !~ /^-/ ? "***" : mask(list[i]))
        next_secret = list[i] ~ /^--/ && list[i] !~ /[=:]/ && tolower(list[i]) ~ secret
    }
    return "[" line "]"
}
function process_words(id,    list, n, s) {
    if (id == root && given > 0)
        return words(word, given)
    s = last["p/" id "/command"]
    n = split(s, list, /\^@/)
    return words(list, n > 0 && list[n] == "" ? n - 1 : n)
}
function thread(key, name_tid,    id) {
    split(name_tid, id, ":")
    used_user += used(key "user")
    used_sys += used(key "sys")
    runq += used(key "runq") / 1e9
    if (!((key "runq") in last))
        runq_known = 0
    return "{\"tid\":" id[1] ",\"name\":" text(last[key "name"]) ",\"from_s\":" clip(at(last[key "born"])) \
        ",\"to_s\":" clip((last[key "seen"] - start) / 100) \
        ",\"user_s\":" part(key "user", hz) ",\"sys_s\":" part(key "sys", hz) \
        ",\"run_s\":" part(key "run", 1e9) ",\"runq_s\":" part(key "runq", 1e9) \
        ",\"voluntary\":" part(key "voluntary_ctxt_switches", 1) \
        ",\"involuntary\":" part(key "nonvoluntary_ctxt_switches", 1) \
        ",\"minflt\":" part(key "minflt", 1) ",\"majflt\":" part(key "majflt", 1) "}"
}
# What the children of a process used, by its own count or by their rows, whichever is newer (of times: "user" or "sys").
function below(row, which,    i, p, sum, waited) {
    split(list[row], p, ":")
    for (i = row + 1; i <= processes; i++)
        if (last["p/" list[i] "/ppid"] == p[1])
            sum += used("p/" list[i] "/" which) + below(i, which)
    waited = used("p/" list[row] "/children_" which)
    return waited > sum ? waited : sum + 0
}
function process(id,    key, p, i, threads, user, sys, ended) {
    key = "p/" id "/"
    split(id, p, ":")
    used_user = used_sys = runq = 0
    runq_known = tasks[id] > 0
    for (i = 1; i <= tasks[id]; i++)
        threads = threads (i > 1 ? ",\n    " : "") thread("t/" id "/" task[id, i] "/", task[id, i])
    user = part(key "user", hz)
    sys = part(key "sys", hz)
    ended = last[key "seen"] < last["now"]
    if (id == root && code != "") { # the command: its total as waited for, less what its own children used
        user = at_least_0(total_user - below(1, "user") / hz)
        sys = at_least_0(total_sys - below(1, "sys") / hz)
        ended = 1
        last[key "seen"] = start + wall * 100
    }
    return "  {\"pid\":" p[1] ",\"ppid\":" known(key "ppid") ",\"name\":" text(last[key "name"]) \
        ",\"command\":" process_words(id) ",\n   \"from_s\":" clip(at(last[key "born"])) \
        ",\"to_s\":" clip((last[key "seen"] - start) / 100) ",\"exited\":" (ended ? "true" : "false") \
        ",\"user_s\":" user ",\"sys_s\":" sys \
        ",\"children_user_s\":" part(key "children_user", hz) ",\"children_sys_s\":" part(key "children_sys", hz) \
        ",\"runq_s\":" (runq_known ? sprintf("%.9f", runq) : "null") \
        ",\"minflt\":" part(key "minflt", 1) ",\"majflt\":" part(key "majflt", 1) \
        ",\n   \"read_bytes\":" part(key "read_bytes", 1) ",\"write_bytes\":" part(key "write_bytes", 1) \
        ",\"rchar\":" part(key "rchar", 1) ",\"wchar\":" part(key "wchar", 1) \
        ",\"rss_kb_max\":" known(key "VmHWM") \
        ",\n   \"threads\":[" threads "],\n   \"threads_gone\":{\"n\":0" \
        ",\"user_s\":" at_least_0(user - used_user / hz) ",\"sys_s\":" at_least_0(sys - used_sys / hz) ",\"runq_s\":0}}"
}
function cpus(list,    i, n, f, e, sum) { # "0-3,8"
    n = split(list, f, ",")
    for (i = 1; i <= n; i++)
        sum += split(f[i], e, "-") > 1 ? e[2] - e[1] + 1 : 1
    return sum > 0 ? sum : "null"
}
function cgroup(    q, throttled) {
    if (!("g/version" in last))
        return "null"
    split(last["g/version"] == 2 ? last["g/quota"] : last["g/cfs"], q, " ")
    throttled = "g/throttled_usec" in last ? part("g/throttled_usec", 1e6) : part("g/throttled_time", 1e9)
    return "{\"version\":" last["g/version"] ",\"quota\":" (q[1] > 0 && q[2] > 0 ? q[1] / q[2] : "null") \
        ",\"periods\":" part("g/nr_periods", 1) ",\"throttled\":" part("g/nr_throttled", 1) ",\"throttled_s\":" throttled \
        ",\"user_s\":" part("g/user_usec", 1e6) ",\"sys_s\":" part("g/system_usec", 1e6) "}"
}
function unseen(id,    name) { # the row of a command of which only the total is known
    list[++processes] = id
    name = word[1]
    sub(/.*\//, "", name)
    last["p/" id "/name"] = name
    last["p/" id "/born"] = start * hz / 100
    return id
}
BEGIN {
    FS = "\t"
    secret = "(pass|pwd|secret|token|key|auth|credential|bearer|cookie|session|signature|sig|dsn)"
    given = ARGC - 1
    for (i = 1; i < ARGC; i++) {
        word[i] = ARGV[i]
        gsub(/[\\"]/, "\\\\&", word[i])
        gsub(/\n/, "\\n", word[i])
        gsub(/\t/, "\\t", word[i])
        gsub(/[\001-\037\177]/, "?", word[i])
    }
    ARGC = 1 # the words are no files
}
NF == 3 {
    first[$1] = $2
    last[$1] = $3
    split($1, k, "/")
    if (k[1] == "p" && k[3] == "ppid")
        list[++processes] = k[2]
    if (k[1] == "t" && k[4] == "name")
        task[k[2], ++tasks[k[2]]] = k[3]
    next
}
/^[0-9]+m/ { split($0, k, " "); total_user = seconds(k[1]); total_sys = seconds(k[2]); next } # of times: children last
/^[0-9]+$/ { pid = $0 } # of a command that was gone before the first reading
/^ended / { split($0, k, " "); code = k[2]; stop = k[3] }
END {
    if (processes == 0 && (mode == "pid" || code == ""))
        exit 1
    root = processes ? list[1] : unseen(pid ":")
    split(root, k, ":")
    wall = (stop != "" ? stop : last["now"]) - start
    wall = (wall > 0 ? wall : 1) / 100 # not longer than a tick of that clock
    complete = code != "" || (mode == "pid" && last["p/" root "/seen"] == last["now"])
    signal = code > 128 ? code - 128 : "null"
    print "{\"schema\":\"stet/record/1\",\"tool\":\"record.sh\",\"mode\":\"" mode "\",\"complete\":" (complete ? "true" : "false") ","
    print " \"command\":" process_words(root) ",\"pid\":" k[1] ","
    ended = "{\"code\":" (code > 128 ? "null" : code) ",\"signal\":" signal "}"
    print " \"exit\":" (code == "" ? "null" : ended) ","
    printf " \"started\":\"%s\",\"wall_s\":%.2f,\"interval_s\":1,\"hz\":%d,\n", started, wall, hz
    printf " \"cpus\":{\"online\":%s,\"allowed\":%s},\n \"processes\":[\n", cpus(online), cpus(allowed)
    for (i = 1; i <= processes; i++)
        print process(list[i]) (i < processes ? "," : "")
    print " ],\n \"cgroup\":" cgroup() ",\"psi\":null,\"series\":null,"
    print " \"notes\":[{\"code\":\"coarse_clock\",\"text\":\"lengths and CPU are known to 0.01 s\"}]}"
}'

# --- watching ---

watch() { # reads until stopped, the time is over or the process is gone; the lines stay in $state
    readings=0 where=$(group 2>/dev/null)
    while :; do
        line=''
        { read -r line <"/proc/$pid/stat"; } 2>/dev/null # before the reading, which then tells that the process is gone
        clock
        born=$((mode_command || readings > 0))
        # Ctrl-C on a terminal ends the awk as well: then the lines of the reading before stay.
        fresh=$({
            printf '%s\n' "$state" "now $now $born" ${where:+"cgroup $where"}
            tree "$pid"
        } | LC_ALL=C awk "$merge") && state=$fresh
        readings=$((readings + 1))
        case ${line##*) } in '' | Z* | X*) return ;; esac
        left=$((readings > 10 ? 100 : 10))
        [ -z "$seconds" ] || [ $((start + seconds * 100 - now)) -gt $left ] || left=$((start + seconds * 100 - now))
        [ -z "$stop" ] && [ $left -gt 0 ] || return
        sleep "$((left / 100)).$((left % 100 / 10))$((left % 10))" &
        wait $! || kill $! 2>/dev/null
    done
}

write() { # standard input: lines of the state and of the end; arguments: the command's words
    LC_ALL=C awk -v mode="$mode" -v start="$start" -v started="$started" -v hz="$hz" -v online="$online" \
        -v allowed="$allowed" "$document" "$@"
}

hz=$(getconf CLK_TCK 2>/dev/null || echo 100)
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
online='' allowed=''
{ read -r online </sys/devices/system/cpu/online; } 2>/dev/null
while read -r name value; do
    [ "$name" != Cpus_allowed_list: ] || allowed=$value
done <"/proc/${pid:-self}/status"
clock
start=$now stop='' state=''

if [ -n "$pid" ]; then
    mode=pid mode_command=0
    trap 'stop=1' INT TERM
    watch
    document=$(printf '%s\n' "$state" | write) || fail 4 "pid $pid ended before it could be read"
    printf '%s\n' "$document" >"$out" || fail 4 "cannot write $out"
    exit 0
fi

# The command runs in the foreground, so that the terminal and Ctrl-C are its own; the watching stands beside it, learns
# the process id from $out, and leaves its lines there.
mode=command mode_command=1
{
    trap 'stop=1' TERM
    until read -r pid <"$out" || [ -n "$stop" ]; do
        sleep 0.02
    done
    watch
    if [ -n "$stop" ] || [ ! -d "/proc/$pid" ]; then
        printf '%s\n' "$pid" "$state" >"$out"
        exit 0
    fi
    document=$(printf '%s\n' "$state" | write "$@") && printf '%s\n' "$document" >"$out"
    exit 7 # the time was over: all is written
} &
watcher=$!
trap : INT
exec 3>&1
end=$(
    trap : INT
    sh -c 'echo $$ >"$0"; exec "$@"' "$out" "$@" >&3 3>&-
    code=$?
    clock
    times # of the command alone: no other child of this subshell
    echo "ended $code $now"
)
kill "$watcher" 2>/dev/null
wait "$watcher"
if [ $? -ne 7 ]; then
    document=$({ cat "$out"; printf '%s\n' "$end"; } | write "$@") || fail 4 "'$1' ended before it could be read"
    printf '%s\n' "$document" >"$out" || fail 4 "cannot write $out"
fi
code=${end##*ended }
code=${code% *}
[ "$code" -eq 0 ] || printf 'record.sh: the command ended with status %s; its recording is in %s\n' "$code" "$out" >&2
exit 0
