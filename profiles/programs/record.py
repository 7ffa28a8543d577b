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

    def run(self, name, command, attach=(), depth=0, window=False, stop=None, settle=0.15, stdout="out.txt", accounted=None):
        """One execution. Returns its truth; what the program printed is JSON with its requests, where it has any."""
        argv = [PY, "truth.py", "-o", "truth.json", "--depth", str(depth), "--settle", str(settle), "--stdout", stdout]
        argv += [x for c in attach for x in ("--attach", c)]
        argv += ["--window"] if window else []
        argv += ["--stop", str(stop)] if stop is not None else []
        subprocess.run(argv + ["--"] + shlex.split(command), cwd=APP, check=True)
        with open(os.path.join(APP, "truth.json")) as f:
            truth = json.load(f)
        self.note(name, truth, [command] + list(attach), stdout)
        return truth

    def note(self, name, truth, commands, stdout=None):
        entry = {"commands": commands, "truth": {k: truth[k] for k in TRUTH_KEYS if k in truth}}
        if "window" in truth:
            entry["window"] = truth["window"]
        said = {}
        if stdout and os.path.exists(os.path.join(APP, stdout)):
            for line in open(os.path.join(APP, stdout), errors="replace"):
                if line.startswith("{"):
                    try:
                        said.update(json.loads(line))
                    except ValueError:
                        pass
        if "ops" in said:
            entry["requests"] = {"ops": said["ops"], "op_s": said["op_s"]}
        if "self" in said:
            entry["truth"] = said["self"]
        self.doc["runs"][name] = entry
        self.doc["commands"] += [c for c in commands if c not in self.doc["commands"]]

    def done(self, main=None):
        """main: the run whose truth stands for the case."""
        main = main or next(iter(self.doc["runs"]))
        self.doc["main_run"] = main
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


ALL = {"py-cpu-loop": py_cpu_loop, "py-http-wait": py_http_wait, "async-1": lambda: async_case(1), "async-150": lambda: async_case(150)}

if __name__ == "__main__":
    names = list(ALL) if sys.argv[1:] == ["--all"] else sys.argv[1:]
    if names == ["--list"]:
        print("\n".join(ALL))
        names = []
    for n in names:
        ALL[n]()
