#!/usr/bin/env python3
"""Speed of the release binary as JSON lines: run.py [--mb N] [--repeat N] [NAME...]. Each line is one measurement:

{"name", "tool", "bytes", "min_s", "median_s", "mb_s", "rss_bytes"}    and then ratios {"name", "ratio", "of", "to", "target"}

A ratio is the median time of the tool that a user would use instead, in the same run, over ours; where that tool is not
at hand the ratio is null. Inputs are made once below build/bench/. Never part of the tests: a busy machine is no defect.
"""

import argparse
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
    return median


def ratio(name, ours, of, theirs, target):
    value = round(theirs / ours, 2) if ours and theirs else None
    print(json.dumps({"name": name, "ratio": value, "of": of, "to": "stet", "target": target}), flush=True)


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


def bench_cpuprofile(options):
    path = made("v8-100.cpuprofile", "make_cpuprofile", "100")
    ours = repeat("cpuprofile", "stet", [STET, "collapse", path], path, options.repeat)
    node = shutil.which("node")
    script = "JSON.parse(require('fs').readFileSync(process.argv[1]))"
    theirs = repeat("cpuprofile", "node", [node, "-e", script, path], path, options.repeat) if node else None
    ratio("cpuprofile", ours, "node -e JSON.parse", theirs, 3)


BENCHES = {"collapse": bench_collapse, "cpuprofile": bench_cpuprofile}


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
