#!/usr/bin/python3
"""Makes the demo cases below profiles/cases again: runs the programs, the recorders and the truth beside them.

record.py CASE...|--all|--list      called by ../record_all.sh, which prepares the working directory and the tools

Every command runs in /srv/app, so that the recordings hold no path of the machine that made them. A case has one or
more runs (executions of the program); every file belongs to one run, and every run has its own truth.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(os.path.dirname(HERE), "cases")
APP = "/srv/app"
PY = "/usr/bin/python3"
TRUTH_KEYS = ("wall_s", "user_s", "sys_s", "cpu_s", "cpu_over_wall", "source")


def sh(command, **kw):
    return subprocess.run(command, shell=True, cwd=APP, check=False, **kw)


def version(command):
    try:
        text = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "absent"
    found = re.search(r"\d+(\.\d+)+", text.stdout + text.stderr)
    return found.group(0) if found else "unknown"


VERSIONS = {"python": PY + " --version", "py-spy": "py-spy --version", "perf": "perf --version", "time": "dpkg-query -W time",
            "hyperfine": "hyperfine --version", "node": "node --version", "clinic": "clinic --version", "0x": "0x --version"}


class Case:
    def __init__(self, name, title, what, declare=None, tools=()):
        self.doc = {"name": name, "title": title, "what": what, "declare": declare or {}, "tools": {t: version(VERSIONS[t]) for t in tools},
                    "programs": [], "files": [], "runs": {}, "commands": []}
        self.dir = os.path.join(CASES, name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)

    def programs(self, *names):
        self.doc["programs"] += ["profiles/programs/" + n for n in names]

    def keep(self, run, path, fmt, name=None, gz=False):
        """Takes a recorded file (or folder) out of /srv/app into the case."""
        src, name = os.path.join(APP, path), name or os.path.basename(path)
        if gz:
            subprocess.run(["gzip", "-9nf", src], check=True)
            src, name = src + ".gz", name + ".gz"
        dst = os.path.join(self.dir, name)
        shutil.rmtree(dst, ignore_errors=True)
        shutil.move(src, dst)
        self.doc["files"].append({"path": name, "format": fmt, "run": run})

    def pack(self, run, folder, fmt, name):
        """A folder as one archive, for those that hold large files."""
        src = os.path.join(APP, folder)
        subprocess.run(["tar", "--sort=name", "--owner=root:0", "--group=root:0", "-czf", os.path.join(self.dir, name),
                        "-C", os.path.dirname(src), os.path.basename(src)], check=True)
        shutil.rmtree(src)
        self.doc["files"].append({"path": name, "format": fmt, "run": run})

    def run(self, name, command, attach=(), depth=0, window=False, stop=None, settle=0.15, stdout="out.txt", load=None):
        """One execution. Returns its truth; what the program or the load printed is JSON with the requests, where there are any."""
        for old in (stdout, "load.txt"):
            if os.path.exists(os.path.join(APP, old)):
                os.unlink(os.path.join(APP, old))
        caller = subprocess.Popen(shlex.split(load), cwd=APP, stdout=open(os.path.join(APP, "load.txt"), "wb")) if load else None
        argv = [PY, "truth.py", "-o", "truth.json", "--depth", str(depth), "--settle", str(settle), "--stdout", stdout]
        argv += [x for c in attach for x in ("--attach", c)]
        argv += ["--window"] if window else []
        argv += ["--stop", str(stop)] if stop is not None else []
        subprocess.run(argv + ["--"] + shlex.split(command), cwd=APP, check=True)
        if caller:
            caller.wait()
        with open(os.path.join(APP, "truth.json")) as f:
            truth = json.load(f)
        self.note(name, truth, [command] + list(attach) + ([load] if load else []), stdout)
        return truth

    def note(self, name, truth, commands, stdout=None):
        entry = {"commands": commands, "truth": {k: truth[k] for k in TRUTH_KEYS if k in truth}}
        if "window" in truth:
            entry["window"] = truth["window"]
        said = {}
        for path in (os.path.join(APP, x) for x in (stdout, "load.txt") if x):
            for line in open(path, errors="replace") if os.path.exists(path) else ():
                if line.startswith("{"):
                    said.update(json.loads(line))
        if "ops" in said:
            entry["requests"] = {"ops": said["ops"], "op_s": said["op_s"]}
        if "self" in said:
            entry["tools_and_program"] = entry["truth"]
            entry["truth"] = said["self"]
        self.doc["runs"][name] = entry
        self.doc["commands"] += [c for c in commands if c not in self.doc["commands"]]

    def done(self, main=None):
        """main: the run whose truth stands for the case."""
        main = main or next(iter(self.doc["runs"]))
        self.doc["main_run"] = main
        # py-spy's speedscope files do not say whether --idle was given: the uploader has to.
        for file in self.doc["files"]:
            if file["format"] == "speedscope" and "--idle" in " ".join(self.doc["runs"][file["run"]]["commands"]):
                file["clock"] = "wall"
        self.doc["truth"] = self.doc["runs"][main]["truth"]
        self.doc["requests"] = self.doc["runs"][main].get("requests")
        with open(os.path.join(self.dir, "case.json"), "w") as f:
            json.dump(self.doc, f, indent=1)
            f.write("\n")
        print(self.doc["name"], json.dumps({k: (v["truth"].get("wall_s"), v["truth"].get("cpu_s"), v.get("requests"), v.get("window")) for k, v in self.doc["runs"].items()}))


class Background:
    def __init__(self, command, wait=0.6):
        self.p = subprocess.Popen(shlex.split(command), cwd=APP)
        time.sleep(wait)

    def __enter__(self):
        return self

    def __exit__(self, *a):
        self.p.terminate()
        self.p.wait()


TIME = "/usr/bin/time -v -o %s "


def py_cpu_loop():
    c = Case("py-cpu-loop", "CPU-bound loop in pure Python",
             "A prime counter without input or output: one job at a time, on CPU from start to end. Three executions: one with py-spy --native and "
             "time -v, one under perf stat, and three repetitions under hyperfine (no profiler in the last two).",
             {"program_kind": "batch", "concurrency": "one_at_a_time"}, ("python", "py-spy", "time", "perf", "hyperfine"))
    c.programs("sieve.py", "truth.py")
    cmd = PY + " sieve.py 4500000"
    c.run("profiled", TIME % "time.txt" + cmd, ["py-spy record --native -r 100 -d 60 -f speedscope -o profile.speedscope.json -p {pid}"], depth=1)
    c.keep("profiled", "profile.speedscope.json", "speedscope")
    c.keep("profiled", "time.txt", "time")
    c.run("perf-stat", "perf stat -e task-clock,context-switches,page-faults -o perf-stat.txt -- " + cmd)
    c.keep("perf-stat", "perf-stat.txt", "perf-stat")
    c.run("hyperfine", f"hyperfine -N --warmup 0 --runs 3 --export-json hyperfine.json '{cmd}'")
    c.keep("hyperfine", "hyperfine.json", "hyperfine")
    c.doc["runs"]["hyperfine"]["note"] = "three executions and hyperfine itself; the mean of one stands in the file"
    c.done("profiled")


def py_http_wait():
    c = Case("py-http-wait", "Python worker waiting on a slow HTTP upstream",
             "A worker fetches one document after the other from an upstream that needs 0.35 s for each, and adds up its numbers: one job at a time, "
             "nearly all of it waiting. Three executions: on-CPU samples (py-spy's default) as SVG, samples of every state (py-spy --idle), and perf stat alone.",
             {"program_kind": "worker", "concurrency": "one_at_a_time"}, ("python", "py-spy", "time", "perf"))
    c.programs("http_worker.py", "upstream.py", "truth.py")
    cmd = PY + " http_worker.py 9101 50"
    with Background(PY + " upstream.py 9101 0.35 6000"):
        c.run("on-cpu", TIME % "on-cpu.time.txt" + cmd, ["py-spy record -r 100 -d 120 -o on-cpu.svg -p {pid}"], depth=1)
        c.keep("on-cpu", "on-cpu.svg", "svg")
        c.keep("on-cpu", "on-cpu.time.txt", "time")
        c.run("all-states", TIME % "all-states.time.txt" + cmd,
              ["py-spy record --idle -r 100 -d 120 -f speedscope -o all-states.speedscope.json -p {pid}"], depth=1)
        c.keep("all-states", "all-states.speedscope.json", "speedscope")
        c.keep("all-states", "all-states.time.txt", "time")
        c.run("perf-stat", "perf stat -e task-clock,context-switches -o perf-stat.txt -- " + cmd)
        c.keep("perf-stat", "perf-stat.txt", "perf-stat")
    c.done("all-states")


def async_case(n):
    c = Case(f"async-{n}", f"Async client with {n} request{'s' if n > 1 else ''} in flight",
             f"One asyncio process, {n} request{'s' if n > 1 else ''} in flight: each takes 2 to 3 ms of CPU here and half a second upstream. The program prints how many "
             "were answered and their mean response time. Three executions: py-spy's default as SVG, py-spy --idle as speedscope, and perf stat alone.",
             {"program_kind": "worker", "concurrency": "overlapping", "load_model": "closed"}, ("python", "py-spy", "time", "perf"))
    c.programs("async_client.py", "upstream.py", "truth.py")
    cmd = PY + f" async_client.py 9102 {n} 30"
    with Background(PY + " upstream.py 9102 0.5 2800"):
        c.run("on-cpu", TIME % "on-cpu.time.txt" + cmd, ["py-spy record -r 100 -d 120 -o on-cpu.svg -p {pid}"], depth=1)
        c.keep("on-cpu", "on-cpu.svg", "svg")
        c.keep("on-cpu", "on-cpu.time.txt", "time")
        c.run("all-states", TIME % "all-states.time.txt" + cmd,
              ["py-spy record --idle -r 100 -d 120 -f speedscope -o all-states.speedscope.json -p {pid}"], depth=1)
        c.keep("all-states", "all-states.speedscope.json", "speedscope")
        c.keep("all-states", "all-states.time.txt", "time")
        c.run("perf-stat", "perf stat -e task-clock,context-switches -o perf-stat.txt -- " + cmd)
        c.keep("perf-stat", "perf-stat.txt", "perf-stat")
    for run in c.doc["runs"].values():
        run["facts"] = dict(run["requests"], wall_s=run["truth"]["wall_s"])
    c.done("all-states")


def py_native():
    c = Case("py-native", "Python program that spends its CPU in a C library (zlib)",
             "Packs generated records with zlib at level 9. Two executions of the same command: py-spy --native with time -v, and perf with frames of Python "
             "(-X perf_jit, call graph by DWARF, perf inject --jit) with time -v.",
             {"program_kind": "batch", "concurrency": "one_at_a_time"}, ("py-spy", "perf", "time"))
    py = "/usr/local/bin/python3.13"
    c.doc["tools"]["python"] = version(py + " --version")
    c.programs("archive.py", "truth.py")
    c.run("py-spy", TIME % "py-spy.time.txt" + py + " archive.py 800",
          ["py-spy record --native -r 100 -d 60 -f speedscope -o py-spy.speedscope.json -p {pid}"], depth=1)
    c.keep("py-spy", "py-spy.speedscope.json", "speedscope")
    c.keep("py-spy", "py-spy.time.txt", "time")
    c.run("perf", TIME % "perf.time.txt" + py + " -X perf_jit archive.py 800",
          ["perf record -k 1 -F 49 --call-graph dwarf,16384 -e cpu-clock -o perf.data -p {pid}"], depth=1)
    steps = ["perf inject -i perf.data --jit -o perf.jit.data", "perf script -i perf.jit.data --no-inline > perf-script.txt"]
    for s in steps:
        sh(s)
    c.doc["runs"]["perf"]["commands"] += steps
    c.doc["commands"] += steps
    c.keep("perf", "perf-script.txt", "perf-script", gz=True)
    c.keep("perf", "perf.time.txt", "time")
    sh("rm -f perf.data perf.jit.data; rm -f /tmp/jit-*.dump /tmp/jitted-*.so")
    c.done("py-spy")


def py_pool():
    c = Case("py-pool", "Thread pool mostly parked", "32 workers of a ThreadPoolExecutor wait for tasks while the main thread computes: 33 threads, one core's worth of CPU. Two executions: "
             "py-spy --idle --native at 25 Hz with time -v, and the same at 100 Hz, where the stops of the sampler take a quarter of the wall time from the program.",
             {"program_kind": "batch", "concurrency": "one_at_a_time"}, ("python", "py-spy", "time"))
    c.programs("pool.py", "truth.py")
    for run, hz, seconds in (("25hz", 25, 20), ("100hz", 100, 10)):
        c.run(run, TIME % f"{run}.time.txt" + PY + f" pool.py 32 {seconds + 1.5}",
              [f"py-spy record --idle --native -r {hz} -d {seconds} -f speedscope -o {run}.speedscope.json -p {{pid}}"], depth=1, window=True)
        c.keep(run, f"{run}.speedscope.json", "speedscope", gz=True)
        c.keep(run, f"{run}.time.txt", "time")
    c.done("25hz")


def gate_opens():
    c = Case("gate-opens", "Name matching: one pure-Python function holds nearly all of the CPU",
             "A batch job that compares names by edit distance; edit_distance() in distance.py is the component. The profiled execution (py-spy --native, ordered samples, time -v) "
             "and three repetitions of the same command under perf stat -r 3 without a profiler.",
             {"program_kind": "batch", "concurrency": "one_at_a_time", "goal": "latency", "goal_gain": 0.3, "load_representative": 1, "code_changed": 0,
              "evidence_age_days": 1, "dep_sdk_ready": 1, "team_target_devs": 2}, ("python", "py-spy", "perf", "time"))
    c.programs("match_names.py", "distance.py", "truth.py")
    c.doc["proposal"] = {"title": "Edit distance as a native extension", "kind": "native_extension", "from": "python",
                         "components": [{"name": "distance", "match": ["edit_distance (distance.py*)"]}]}
    cmd = PY + " match_names.py 5200 1500"
    c.run("profiled", TIME % "time.txt" + cmd, ["py-spy record --native -r 100 -d 120 -f speedscope -o profile.speedscope.json -p {pid}"], depth=1)
    c.keep("profiled", "profile.speedscope.json", "speedscope")
    c.keep("profiled", "time.txt", "time")
    c.run("repeated", "perf stat -r 3 -e task-clock,context-switches -o perf-stat.txt -- " + cmd)
    c.doc["runs"]["repeated"]["note"] = "three executions and perf itself; the mean of one stands in the file"
    c.keep("repeated", "perf-stat.txt", "perf-stat")
    c.done("profiled")


def newest(suffix):
    found = [os.path.join(".clinic", n) for n in os.listdir(os.path.join(APP, ".clinic")) if n.endswith(suffix)]
    return max(found, key=lambda n: os.path.getmtime(os.path.join(APP, n)))


def clinic(c, run, tool, command, load=None):
    c.run(run, f"clinic {tool} --collect-only -- {command}", load=load)
    folder = newest(f".clinic-{tool}")
    c.pack(run, folder, f"clinic-{tool}", f"{run}.clinic-{tool}.tar.gz")
    sh("rm -rf .clinic node_trace.*.log")


def node_gc():
    c = Case("node-gc", "Node service with much garbage", "An HTTP service that keeps sessions as object trees and copies them for each request; eight users ask without pause. Two executions: "
             "node --cpu-prof with time -v, and clinic doctor (CPU, memory, loop delay, GC events).",
             {"program_kind": "server", "concurrency": "overlapping", "load_model": "closed"}, ("node", "clinic", "time"))
    c.programs("http_service.js", "http_load.py", "truth.py")
    load = PY + " http_load.py 9105 8 %d 0"
    c.run("cpu-prof", TIME % "time.txt" + "node --cpu-prof --cpu-prof-dir cpuprof --cpu-prof-interval 5000 http_service.js 9105 15 gc", depth=1, load=load % 15)
    c.keep("cpu-prof", "cpuprof/" + os.listdir(APP + "/cpuprof")[0], "cpuprofile", "server.cpuprofile")
    c.keep("cpu-prof", "time.txt", "time")
    clinic(c, "doctor", "doctor", "node http_service.js 9105 12 gc", load % 14)
    c.done("cpu-prof")


def node_idle():
    c = Case("node-idle", "Node service with few requests", "An HTTP service that renders a small page; two users ask twice a second. Five executions: node --cpu-prof with time -v, perf stat on the "
             "running process, clinic doctor, clinic flame and 0x.",
             {"program_kind": "server", "concurrency": "overlapping", "load_model": "open"}, ("node", "clinic", "0x", "perf", "time"))
    c.programs("http_service.js", "http_load.py", "truth.py")
    load = PY + " http_load.py 9106 2 %d 0.5"
    cmd = "node http_service.js 9106 %d light"
    c.run("cpu-prof", TIME % "time.txt" + "node --cpu-prof --cpu-prof-dir cpuprof --cpu-prof-interval 5000 http_service.js 9106 15 light", depth=1, load=load % 15)
    c.keep("cpu-prof", "cpuprof/" + os.listdir(APP + "/cpuprof")[0], "cpuprofile", "server.cpuprofile")
    c.keep("cpu-prof", "time.txt", "time")
    c.run("perf-stat", cmd % 15, ["perf stat -e task-clock,context-switches -o perf-stat.txt -p {pid} -- sleep 12"], window=True, settle=1, load=load % 15)
    c.doc["runs"]["perf-stat"]["note"] = "requests of the whole execution; the window of perf stat is 12 s of its 15 s"
    c.keep("perf-stat", "perf-stat.txt", "perf-stat")
    clinic(c, "doctor", "doctor", cmd % 15, load % 15)
    clinic(c, "flame", "flame", cmd % 12, load % 12)
    c.run("0x", "0x --write-ticks -D zx -- node http_service.js 9106 12 light", load=load % 12)
    sh("rm -f zx/isolate*")  # the V8 logs that 0x made the ticks from: megabytes, and nothing that the ticks do not hold
    c.pack("0x", "zx", "0x", "0x.tar.gz")
    c.done("cpu-prof")


def idle_service():
    c = Case("idle-service", "A service that nobody called", "Nobody asked anything while it was measured, so nothing can be said about a request. Three executions: a Python service blocked in accept() "
             "under perf stat -p (<not counted>: it never ran), the same under py-spy --idle with time -v, and an uncalled Node service under clinic doctor.",
             {"program_kind": "server", "concurrency": "overlapping"}, ("python", "node", "perf", "py-spy", "clinic", "time"))
    c.programs("quiet_service.py", "http_service.js", "truth.py")
    cmd = PY + " quiet_service.py 9107"
    c.run("perf-stat", cmd, ["perf stat -e task-clock,context-switches -o perf-stat.txt -p {pid} -- sleep 10"], window=True, settle=1, stop=0)
    c.keep("perf-stat", "perf-stat.txt", "perf-stat")
    c.run("all-states", TIME % "time.txt" + cmd, ["py-spy record --idle -r 100 -d 10 -f speedscope -o all-states.speedscope.json -p {pid}"],
          depth=1, window=True, settle=1, stop=0)
    c.keep("all-states", "all-states.speedscope.json", "speedscope")
    c.keep("all-states", "time.txt", "time")
    clinic(c, "doctor", "doctor", "node http_service.js 9108 12 light")
    c.done("perf-stat")


ALL = {"py-cpu-loop": py_cpu_loop, "py-http-wait": py_http_wait, "async-1": lambda: async_case(1), "async-150": lambda: async_case(150),
       "py-pool": py_pool, "gate-opens": gate_opens, "py-native": py_native, "node-gc": node_gc, "node-idle": node_idle, "idle-service": idle_service}

if __name__ == "__main__":
    names = list(ALL) if sys.argv[1:] == ["--all"] else sys.argv[1:]
    if names == ["--list"]:
        print("\n".join(ALL))
        names = []
    for n in names:
        ALL[n]()
