#!/usr/bin/env python3
"""Speed of the release binary as JSON lines: run.py [--mb N] [--repeat N] [NAME...]. Each line is one measurement:

{"name", "tool", "bytes", "min_s", "median_s", "mb_s", "rss_bytes"}    and then ratios {"name", "ratio", "of", "to", "target"}
or bounds {"name", "value", "unit", "below"}

A ratio is the median time of the tool that a user would use instead, in the same run, over ours; where that tool is not
at hand the ratio is null and "missing" says which. Inputs are made once below build/bench/. Never part of the tests: a
busy machine is no defect.
"""

import argparse
import collections
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
INPUTS = os.path.join(ROOT, "build", "bench")
STET = os.path.join(BUILD, "stet")

os.environ.setdefault("STET_BIN", STET)
sys.path.insert(0, os.path.join(ROOT, "tests", "api"))
import stetapi  # noqa: E402 - found beside this tree's tests


Result = collections.namedtuple("Result", "median_s rss_bytes")


def measured(command, output=os.devnull):
    """(wall seconds, peak resident bytes) of one run; the output goes to a file, as a user's would."""
    with open(output, "wb") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]}: exit {process.returncode}: {error[:500].decode('utf-8', 'replace')}")
    return wall, usage.ru_maxrss * 1024


def repeat(name, tool, command, path, times):
    runs = []
    try:
        if times > 1:
            measured(command)
        runs = [measured(command) for _ in range(times)]
    except (RuntimeError, OSError) as failed:
        print(json.dumps({"name": name, "tool": tool, "error": str(failed)}), flush=True)
        return None
    walls = [wall for wall, _ in runs]
    size = os.path.getsize(path)
    median = statistics.median(walls)
    print(json.dumps({
        "name": name, "tool": tool, "bytes": size, "min_s": round(min(walls), 4), "median_s": round(median, 4),
        "mb_s": round(size / median / 1e6, 1), "rss_bytes": max(rss for _, rss in runs),
    }), flush=True)
    return Result(median, max(rss for _, rss in runs))


def ratio(name, ours, of, theirs, target):
    line = {"name": name, "ratio": round(theirs.median_s / ours.median_s, 2) if ours and theirs else None,
            "of": of, "to": "stet", "target": target}
    if theirs is None:
        line["missing"] = f"{of} is not at hand"
    print(json.dumps(line), flush=True)


def bound(name, value, unit, below):
    print(json.dumps({"name": name, "value": value, "unit": unit, "below": below}), flush=True)


def made(name, program, *arguments):
    """An input that a generator writes to standard output, kept for the next run."""
    os.makedirs(INPUTS, exist_ok=True)
    path = os.path.join(INPUTS, name)
    if not os.path.exists(path):
        with open(path + ".part", "wb") as out:
            subprocess.run([os.path.join(BUILD, "tests", "bench", program), *arguments], stdout=out, check=True)
        os.rename(path + ".part", path)
    return path


def real_script():
    """Some recorded perf-script text with symbols and modules."""
    folder = os.path.join(ROOT, "profiles", "formats", "perf-script")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        opener = gzip.open if name.endswith(".gz") else open
        with opener(path, "rb") as file:
            text = file.read()
        if b"\t" in text and b"+0x" in text and b"(" in text:
            os.makedirs(INPUTS, exist_ok=True)
            plain = os.path.join(INPUTS, "real.script")
            with open(plain, "wb") as out:
                out.write(text)
            return plain
    return None


def perl_collapse():
    """stackcollapse-perf.pl of the FlameGraph project, from PATH or STET_FLAMEGRAPH."""
    beside = os.path.join(os.environ.get("STET_FLAMEGRAPH", ""), "stackcollapse-perf.pl")
    return shutil.which("stackcollapse-perf.pl") or (beside if os.path.isfile(beside) else None)


def bench_collapse(options):
    real = real_script()
    if real is None:
        print(json.dumps({"name": "collapse", "error": "no recorded perf-script text in profiles/formats/perf-script"}))
        return
    path = made(f"script-{options.mb}.txt", "make_script", real, str(options.mb))
    ours = repeat("collapse", "stet", [STET, "collapse", path], path, options.repeat)
    perl = perl_collapse()
    theirs = repeat("collapse", "stackcollapse-perf.pl", ["perl", perl, path], path, 1) if perl else None
    ratio("collapse", ours, "stackcollapse-perf.pl", theirs, 15)
    inferno = shutil.which("inferno-collapse-perf")
    theirs = repeat("collapse", "inferno", [inferno, "-n", "1", path], path, options.repeat) if inferno else None
    ratio("collapse", ours, "inferno-collapse-perf -n 1", theirs, 2)
    whole = repeat("analyze", "stet", [STET, "analyze", "--json", path], path, min(options.repeat, 3))
    for name, result in (("collapse-memory", ours), ("analyze-memory", whole)):
        bound(name, round(result.rss_bytes / 1e6, 1) if result else None, "MB", 300)


def bench_cpuprofile(options):
    path = made("v8-100.cpuprofile", "make_cpuprofile", "100")
    ours = repeat("cpuprofile", "stet", [STET, "collapse", path], path, options.repeat)
    node = shutil.which("node")
    script = "JSON.parse(require('fs').readFileSync(process.argv[1]))"
    theirs = repeat("cpuprofile", "node", [node, "-e", script, path], path, options.repeat) if node else None
    ratio("cpuprofile", ours, "node -e JSON.parse", theirs, 3)


def tree_paths(server):
    """Reports of every sample project, as pages and as documents."""
    names = [p["name"] for p in server.request("GET", "/api/v1/projects").json()["projects"]]
    paths = [f"/projects/{stetapi.quoted(name)}" for name in names]
    for name in names:
        for run in server.request("GET", f"/api/v1/projects/{stetapi.quoted(name)}").json()["runs"]:
            run = stetapi.quoted(run["run"])
            paths += [f"/projects/{name}/runs/{run}", f"/api/v1/projects/{name}/runs/{run}/analysis"]
    return ["/", *paths]


def bench_serve(_options):
    """500 requests/s over loopback, open loop: a request's time runs from when it was due."""
    try:
        server = stetapi.Server("--demo")
    except (AssertionError, OSError) as failed:
        print(json.dumps({"name": "serve", "error": str(failed)[:500]}), flush=True)
        return
    try:
        paths = tree_paths(server)
        load = os.path.join(BUILD, "tests", "bench", "http_load")
        results = []
        for warm, seconds in ((True, 2), (False, 10), (False, 10), (False, 10)):
            done = subprocess.run([load, str(server.port), "500", str(seconds), "16", *paths], stdout=subprocess.PIPE, check=True)
            if not warm:
                results.append({"name": "serve", "rate": 500, "paths": len(paths), **json.loads(done.stdout)})
                print(json.dumps(results[-1]), flush=True)
        failed = sum(r["errors"] for r in results)
        bound("serve-errors", failed, "requests", 1)
        bound("serve-p99", statistics.median(r["p99_ms"] for r in results), "ms", 10)
    finally:
        server.stop()
        server.remove()


def bench_record(_options):
    """CPU of the recorder itself beside a process with some threads and a child, in percent of a core."""
    program = ("import subprocess,sys,threading\n"
               "stop=threading.Event()\n"
               "[threading.Thread(target=stop.wait).start() for _ in range(8)]\n"
               "child=subprocess.Popen(['cat'],stdin=subprocess.PIPE)\n"
               "sys.stdin.read(); stop.set(); child.stdin.close(); child.wait()\n")
    target = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    try:
        recorder = subprocess.Popen([STET, "record", "--pid", str(target.pid), "--seconds", "20", "-o", "/dev/null"])
        begin = time.perf_counter()
        _, status, usage = os.wait4(recorder.pid, 0)
        wall = time.perf_counter() - begin
        recorder.returncode = os.waitstatus_to_exitcode(status)
        cpu = 100 * (usage.ru_utime + usage.ru_stime) / wall
        bound("record-cpu", round(cpu, 4) if status == 0 and wall > 10 else None, "% of a core", 0.5)
    finally:
        target.stdin.close()
        target.wait()


BENCHES = {"collapse": bench_collapse, "cpuprofile": bench_cpuprofile, "serve": bench_serve, "record": bench_record}


def main():
    parser = argparse.ArgumentParser(description="speed of the release binary as JSON lines")
    parser.add_argument("--mb", type=int, default=500, help="size of the perf-script text (default 500)")
    parser.add_argument("--repeat", type=int, default=5, help="runs a measurement, after one to warm up (default 5)")
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(BENCHES))
    options = parser.parse_args()
    for name in options.names or BENCHES:
        if name not in BENCHES:
            parser.error(f"no bench '{name}'")
        BENCHES[name](options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
