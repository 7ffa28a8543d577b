#!/usr/bin/python3
"""Makes the recordings of this folder again: record.py, as root (py-spy attaches to a process).

Runs in /srv/app/meter-days with the programs of this folder, first without the extension ("before"), then with it
("after"); both do the same command over the same readings. Needs Debian 12 with gcc, python3-dev, hyperfine, linux-perf
and time, and py-spy (pip) in PATH. A machine with other work starves the program: everything runs at NICE, and an
execution that got less than OWN_CORE of a core is done again, at most TRIES times.
"""
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "..", "..", "programs")
sys.path.insert(0, PROGRAMS)
import record  # noqa: E402

APP = "/srv/app/meter-days"
OWN_CORE = 0.95
TRIES = 6
NICE = -15
COMMAND = record.PY + " meter_days.py readings.csv shapes.csv labels.csv"
BUILD = "sh build.sh"
READINGS = "/usr/bin/python3 make_days.py 120 60 readings.csv shapes.csv"
SOURCES = ("meter_days.py", "warp.py", "make_days.py", "warp_native.c", "build.sh")


class Folder(record.Case):
    """A case whose folder holds more than its recordings."""

    def __init__(self, *args):
        rmtree, record.shutil.rmtree = record.shutil.rmtree, lambda *a, **k: None
        makedirs, record.os.makedirs = record.os.makedirs, lambda *a, **k: None
        super().__init__(*args)
        record.shutil.rmtree, record.os.makedirs = rmtree, makedirs

    def again(self, name, *args, share=OWN_CORE, **kw):
        for _ in range(TRIES):
            print(name, "load", open("/proc/loadavg").read().split()[0], flush=True)
            truth = self.run(name, *args, **kw)
            if truth["cpu_over_wall"] >= share:
                return
            print(name, "had", truth["cpu_over_wall"], "of a core: again", flush=True)
        raise SystemExit(f"{name}: the machine was too busy {TRIES} times")

    def done(self, main=None):
        """perf starts in a twentieth of a second, much of a run of one: what was counted around both is not the program's."""
        super().done(main)
        for run in self.doc["runs"].values():
            if run["commands"][0].startswith("perf stat"):
                run["tools_and_program"] = run.pop("truth")
        # What a decision rests on: profile, accounting and repetitions, sent as one run.
        self.doc["runs"]["before-set"] = {"commands": [], "note": "files of the runs before and before-timed, sent as one"}
        self.doc["files"] += [dict(f, run="before-set") for f in self.doc["files"] if f["run"] in ("before", "before-timed")]
        self.doc["main_run"] = "before-set"
        with open(os.path.join(self.dir, "case.json"), "w") as out:
            json.dump(self.doc, out, indent=1)
            out.write("\n")


def version_of(case, stage, rate, repeats, share):
    """One execution under py-spy and time -v, one under perf stat, and some under hyperfine. The share of a core is that
    of the profiled execution: py-spy stops its target for a moment when it starts, much of a short one. perf stat without
    -r: perf 6.1 prints the CPU time of the last repetition beside the mean wall time of all."""
    case.again(stage, f"/usr/bin/time -v -o {stage}.time.txt {COMMAND}",
               [f"py-spy record --native -r {rate} -d 120 -f speedscope -o {stage}.speedscope.json -p {{pid}}"], depth=1, settle=0.05,
               share=share)
    case.keep(stage, f"{stage}.speedscope.json", "speedscope")
    case.keep(stage, f"{stage}.time.txt", "time")
    case.again(f"{stage}-counted", f"perf stat -e task-clock,context-switches -o {stage}.perf-stat.txt -- {COMMAND}")
    case.keep(f"{stage}-counted", f"{stage}.perf-stat.txt", "perf-stat")
    case.again(f"{stage}-timed", f"hyperfine -N --warmup 1 --runs {repeats} --export-json {stage}.hyperfine.json '{COMMAND}'")
    case.doc["runs"][f"{stage}-timed"]["note"] = f"one execution more than the {repeats} in the file, and hyperfine itself"
    case.keep(f"{stage}-timed", f"{stage}.hyperfine.json", "hyperfine")


def main():
    os.nice(NICE)
    shutil.rmtree(APP, ignore_errors=True)
    os.makedirs(APP)
    for name in SOURCES:
        shutil.copy(os.path.join(HERE, name), APP)
    shutil.copy(os.path.join(PROGRAMS, "truth.py"), APP)
    record.APP = APP
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    case = Folder("meter-days", "Day shapes of electricity meters: one function in native code, before and after",
                  "A batch job names the shape of every day of 120 meters by time warping. It was recorded in plain Python and again with the one function in C: "
                  "py-spy --native with time -v of one execution, perf stat of a second and hyperfine of more, each before and after.",
                  {"program_kind": "batch", "concurrency": "one_at_a_time", "goal": "latency", "goal_gain": 0.5, "load_representative": 1,
                   "code_changed": 0, "evidence_age_days": 1, "dep_sdk_ready": 1, "team_target_devs": 1},
                  ("python", "py-spy", "time", "perf", "hyperfine"))
    case.doc["programs"] = ["profiles/cases/meter-days/" + name for name in SOURCES] + ["profiles/programs/truth.py"]
    case.doc["prepare"] = [READINGS]
    subprocess.run(READINGS, shell=True, cwd=APP, check=True)
    version_of(case, "before", 100, 5, 0.9)
    subprocess.run(BUILD, shell=True, cwd=APP, check=True)
    case.doc["build"] = [BUILD]
    version_of(case, "after", 250, 10, 0.78)
    case.done("before")


if __name__ == "__main__":
    main()
