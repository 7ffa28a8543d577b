#!/usr/bin/env python3
"""Speed of the release binary as JSON lines: run.py [--peers] [--mb N] [--repeat N] [--results FILE] [NAME...]. Each line
is one measurement:

{"name", "tool", "bytes", "min_s", "median_s", "mb_s", "rss_bytes"}    and then ratios {"name", "ratio", "of", "to", "target"}
or bounds {"name", "value", "unit", "below"}

A ratio is the median time of the tool that a user would use instead, in the same run, over ours: the two take turns, so
that what else the machine does falls on both. Where that tool is not at hand the ratio is null and "missing" says which;
--peers installs what can be had from its registry first. --results writes the table of RESULTS.md. Inputs are made once
below build/bench/. Never part of the tests: a busy machine is no defect.
"""

import argparse
import collections
import datetime
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
INPUTS = os.path.join(ROOT, "build", "bench")
STET = os.path.join(BUILD, "stet")

os.environ.setdefault("STET_BIN", STET)
sys.path.insert(0, os.path.join(ROOT, "tests", "api"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grow  # noqa: E402 - found beside this tree's tests
import inputs  # noqa: E402
import peers as peer_tools  # noqa: E402
import stetapi  # noqa: E402


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


def told(name, tool, path, runs):
    walls = [wall for wall, _ in runs]
    size = os.path.getsize(path)
    median = statistics.median(walls)
    print(json.dumps({
        "name": name, "tool": tool, "bytes": size, "min_s": round(min(walls), 4), "median_s": round(median, 4),
        "mb_s": round(size / median / 1e6, 1), "rss_bytes": max(rss for _, rss in runs),
    }), flush=True)
    return Result(median, max(rss for _, rss in runs))


def failure(name, tool, failed):
    print(json.dumps({"name": name, "tool": tool, "error": str(failed)}), flush=True)


def repeat(name, tool, command, path, times):
    try:
        if times > 1:
            measured(command)
        return told(name, tool, path, [measured(command) for _ in range(times)])
    except (RuntimeError, OSError) as failed:
        failure(name, tool, failed)
        return None


def in_turns(name, commands, path, times):
    """{tool: Result or None} of commands {tool: command} that take turns, after one run of each to warm up."""
    runs = {tool: [] for tool in commands}
    for turn in range(times + 1):
        for tool, command in commands.items():
            if runs[tool] is None:
                continue
            try:
                run = measured(command)
                if turn > 0 or times == 1:
                    runs[tool].append(run)
            except (RuntimeError, OSError) as failed:
                failure(name, tool, failed)
                runs[tool] = None
        if times == 1:
            break
    return {tool: told(name, tool, path, done) if done else None for tool, done in runs.items()}


TABLE = []  # rows of RESULTS.md


def ratio(name, ours, of, theirs, target):
    TABLE.append((name, ours, of, theirs, target))
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


def text_of(options):
    real = real_script()
    return made(f"script-{options.mb}.txt", "make_script", real, str(options.mb)) if real else None


def bench_collapse(options):
    path = text_of(options)
    if path is None:
        print(json.dumps({"name": "collapse", "error": "no recorded perf-script text in profiles/formats/perf-script"}))
        return
    inferno = options.peers["inferno"] and os.path.join(options.peers["inferno"], "inferno-collapse-perf")
    for threads in ("1", "2"):
        commands = {"stet": [STET, "collapse", "--threads", threads, path]}
        if inferno:
            commands["inferno"] = [inferno, "-n", threads, path]
        got = in_turns(f"collapse-{threads}", commands, path, options.repeat)
        ratio(f"perf script text, {threads} thread{'s' if threads > '1' else ''}", got["stet"], f"inferno-collapse-perf -n {threads}",
              got.get("inferno"), 3)
    commands = {"stet": [STET, "collapse", path]}
    perl = options.peers["flamegraph"] and os.path.join(options.peers["flamegraph"], "stackcollapse-perf.pl")
    if perl:
        commands["stackcollapse-perf.pl"] = ["perl", perl, path]
    got = in_turns("collapse-perl", commands, path, options.repeat if options.slow else 1)
    ratio("perf script text, all threads", got["stet"], "stackcollapse-perf.pl", got.get("stackcollapse-perf.pl"), 18)
    whole = repeat("analyze", "stet", [STET, "analyze", "--json", path], path, min(options.repeat, 3))
    memory("perf-script (collapse)", got["stet"], path)
    memory("perf-script (analyze)", whole, path)


def memory(name, result, path):
    """64 MB plus twice the distinct stacks, as the folded text of them."""
    if result is None:
        return
    # Counted piece by piece: what this program holds counts into the peak of the next one that it starts.
    with subprocess.Popen([STET, "collapse", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        folded = sum(len(piece) for piece in iter(lambda: process.stdout.read(1 << 16), b""))
    limit = round((64 << 20) / 1e6 + 2 * folded / 1e6, 1)
    MEMORY.append((name, os.path.getsize(path), folded, result.rss_bytes, limit))
    bound(f"memory: {name}", round(result.rss_bytes / 1e6, 1), "MB", limit)


MEMORY = []


def bench_json(options, name, path):
    commands = {"stet": [STET, "collapse", path]}
    if options.peers["node"]:
        commands["node"] = [options.peers["node"], "-e", "JSON.parse(require('fs').readFileSync(process.argv[1]))", path]
    got = in_turns(name, commands, path, options.repeat)
    ratio(f"{name}, 100 MB", got["stet"], "node -e JSON.parse", got.get("node"), 3)
    if got["stet"] and got.get("node"):
        TABLE.append((f"{name}, memory", Result(got["stet"].rss_bytes, 0), "node -e JSON.parse (bytes)",
                      Result(got["node"].rss_bytes, 0), 10))
    memory(name, got["stet"], path)


def bench_cpuprofile(options):
    bench_json(options, "cpuprofile", made("v8-100.cpuprofile", "make_cpuprofile", "100"))


def bench_speedscope(options):
    bench_json(options, "speedscope", inputs.made("speedscope-100.json", lambda out: inputs.write_speedscope(out, 100)))


def bench_svg(options):
    source = text_of(options)
    path = os.path.join(INPUTS, f"folded-of-script-{options.mb}.txt")
    if not os.path.exists(path):
        with open(path, "wb") as out:
            subprocess.run([STET, "collapse", source], stdout=out, check=True)
    commands = {"stet": [STET, "convert", "--to", "svg", path]}
    if options.peers["inferno"]:
        commands["inferno"] = [os.path.join(options.peers["inferno"], "inferno-flamegraph"), path]
    got = in_turns("svg", commands, path, options.repeat)
    ratio("folded to SVG", got["stet"], "inferno-flamegraph", got.get("inferno"), 2)


def bench_pprof(options):
    path = inputs.made("pprof-50.pb", lambda out: inputs.write_pprof(out, 50))
    commands = {"stet": [STET, "collapse", path]}
    for view in ("-raw", "-top"):
        if options.peers["go"]:
            commands["pprof " + view] = [options.peers["go"], "tool", "pprof", view, "-output", os.devnull, path]
    got = in_turns("pprof", commands, path, options.repeat if options.slow else 1)
    for view in ("-raw", "-top"):
        ratio("pprof, 50 MB raw", got["stet"], "go tool pprof " + view, got.get("pprof " + view), 5)
    memory("pprof", got["stet"], path)


def bench_perf_data(options):
    perf = options.peers["perf"]
    inferno = options.peers["inferno"] and os.path.join(options.peers["inferno"], "inferno-collapse-perf")
    kinds = (("perf.data, frame pointers, 100 MB", "fp-100.perf.data", 100, ["-F", "15000", "-g", "-e", "cpu-clock"],
              ["-O2", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls"], 20),
             ("perf.data, dwarf stacks", "dwarf-400.perf.data", 400, ["-F", "8000", "--call-graph", "dwarf,4096", "-e", "cpu-clock"],
              ["-O2", "-g", "-fno-optimize-sibling-calls"], 4))
    for name, file, size, flags, built, target in kinds:
        path = inputs.recorded(file, perf, size, flags, built)
        if path is None:
            print(json.dumps({"name": name, "error": "perf cannot record here"}), flush=True)
            continue
        commands = {"stet": [STET, "collapse", path]}
        if inferno:
            commands["perf"] = ["sh", "-c", '"$0" script --no-inline -i "$1" | "$2"', perf, path, inferno]
        got = in_turns(name, commands, path, options.repeat if options.slow else 1)
        ratio(name, got["stet"], "perf script --no-inline | inferno-collapse-perf", got.get("perf"), target)
        memory(name, got["stet"], path)


def bench_memory(options):
    """Formats without a peer: speed and memory alone."""
    others = [("folded", inputs.made("folded-100.txt", lambda out: inputs.write_folded(out, 100))),
              ("chrome-trace", inputs.made("chrome-100.json", lambda out: inputs.write_chrome_trace(out, 100)))]
    for name, path in others:
        memory(name, repeat(name, "stet", [STET, "collapse", path], path, options.repeat), path)
    # These recordings repeat themselves: beside the samples whose order is kept nothing may grow.
    for name, path in grow.grown(100):
        memory(name, repeat(name, "stet", [STET, "analyze", path], path, 1), path)


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


def bench_browser(options):
    """Time and memory to the first flame graph in a browser, beside the embedded speedscope, on 20 and on 200 MB."""
    node = options.peers["node"]
    modules = os.path.join(ROOT, "tests", "browser", "node_modules")
    real = real_script()
    if not node or not os.path.isdir(modules) or not real:
        print(json.dumps({"name": "browser", "error": "needs node, and npm ci in tests/browser"}), flush=True)
        return
    for mb in ("20", "200"):
        path = made(f"script-{mb}.txt", "make_script", real, mb)
        done = subprocess.run([node, os.path.join(ROOT, "tests", "bench", "browser.mjs"), STET, str(min(options.repeat, 3)), path],
                              stdout=subprocess.PIPE, check=True)
        rows = {}
        for line in done.stdout.splitlines():
            print(line.decode(), flush=True)
            row = json.loads(line)
            if "median_s" in row:
                rows[row["tool"]] = Result(row["median_s"], row["memory_bytes"])
        ours, theirs = rows.get("stet"), rows.get("speedscope")
        ratio(f"first flame graph in the browser, {mb} MB", ours, "embedded speedscope", theirs, 1)
        if ours and theirs:
            TABLE.append((f"the same, memory of the page, {mb} MB", Result(ours.rss_bytes, 0), "embedded speedscope (bytes)",
                          Result(theirs.rss_bytes, 0), 1))


def bench_pages(_options):
    """What each kind of page costs the server: p99 of 400 requests in a row, and the first, which nothing is kept for yet."""
    try:
        server = stetapi.Server("--demo")
    except (AssertionError, OSError) as failed:
        print(json.dumps({"name": "pages", "error": str(failed)[:500]}), flush=True)
        return
    try:
        worst = {}
        for name, path in page_paths(server):
            times = []
            for _ in range(400):
                begin = time.perf_counter()
                answer = server.request("GET", path)
                times.append(1000 * (time.perf_counter() - begin))
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status}")
            p99 = sorted(times)[len(times) * 99 // 100]
            worst[name] = p99
            print(json.dumps({"name": "page", "page": name, "path": path, "first_ms": round(times[0], 2),
                              "median_ms": round(statistics.median(times), 2), "p99_ms": round(p99, 2)}), flush=True)
        bound("page-p99", round(max(worst.values()), 2), "ms", 5)
    finally:
        server.stop()
        server.remove()


def page_paths(server):
    """(name, path) of one page of every kind that the samples have."""
    def list_of(path, key):
        return server.request("GET", path).json()[key]
    wait = list_of("/api/v1/projects/py-http-wait/profiles", "profiles")
    stacks = next(p["id"] for p in wait if server.request("GET", f"/api/v1/profiles/{p['id']}/folded").status == 200)
    busy = list_of("/api/v1/projects/async-150/profiles", "profiles")
    head = next(p["id"] for p in busy if server.request("GET", f"/api/v1/profiles/{p['id']}/folded").status == 200)
    proposal = list_of("/api/v1/projects/meter-days/proposals", "proposals")[0]["id"]
    decision = list_of("/api/v1/projects/meter-days/decisions", "decisions")[0]["id"]
    return [("home", "/"), ("project", "/projects/meter-days"), ("run", "/projects/py-http-wait/runs/all-states"),
            ("profile", f"/profiles/{stacks}"), ("flame", f"/profiles/{stacks}/flame"), ("compare", f"/compare?base={stacks}&head={head}"),
            ("proposals", "/projects/meter-days/proposals"), ("proposal", f"/proposals/{proposal}"),
            ("edit", f"/proposals/{proposal}/edit"), ("decision", f"/decisions/{decision}"), ("policies", "/projects/meter-days/policies"),
            ("functions", "/projects/py-http-wait/functions?q=read"), ("search", "/search?q=loads"), ("upload", "/upload")]


def bench_decide(options):
    """`stet decide` on every evaluation below profiles/cases; the slowest is held to the bound."""
    cases = os.path.join(ROOT, "profiles", "cases")
    slowest = 0
    for case in sorted(os.listdir(cases)):
        listed = os.path.join(cases, case, "decisions.json")
        if not os.path.exists(listed):
            continue
        with open(listed, encoding="utf-8") as source:
            doc = json.load(source)
        for d in doc["decisions"]:
            command = [STET, "decide", os.path.join(cases, case, d["proposal"]), "--facts", os.path.join(cases, case, d["facts"]), "--json"]
            command += ["--policy", os.path.join(cases, case, doc["policy"])] if doc["policy"] else []
            for name in d.get("evidence", []):
                command += ["--evidence", os.path.join(cases, case, name)]
            done = repeat(f"decide-{case}-{d['name']}", "stet", command, command[2], options.repeat)
            if done is None:
                bound("decide", None, "s", 0.3)
                return
            slowest = max(slowest, done.median_s)
    bound("decide", round(slowest, 4), "s", 0.3)


def bench_ledger(_options):
    """1,000 decisions decided, verified, and evaluated again after a fact changed; without money, and with few and all draws."""
    for draws in ("0", "2000", "100000"):
        with tempfile.TemporaryDirectory(prefix="stet-bench-") as folder:
            done = subprocess.run([os.path.join(BUILD, "tests", "bench", "decide_many"), "1000", draws, folder],
                                  stdout=subprocess.PIPE, check=True)
        row = json.loads(done.stdout)
        print(json.dumps({"name": "ledger", **row}), flush=True)
        bound(f"ledger, {draws} draws", round(row["decide_s"] + row["verify_s"] + row["again_s"], 2), "s", 10)


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


def bench_roi(_options):
    """100,000 drawn outcomes of a proposal under 0.15 s of one core: a plain one, and one with every input uncertain."""
    for name, path in (("roi", os.path.join("tests", "cli", "cases", "roi", "proposal.json")),
                       ("roi-many-inputs", os.path.join("tests", "bench", "many_inputs.json"))):
        command = [os.path.join(BUILD, "tests", "bench", "roi_draws"), os.path.join(ROOT, path), "21"]
        seconds = [float(x) for x in subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.split()]
        print(json.dumps({"name": name, "tool": "stet", "draws": 100000, "min_s": min(seconds),
                          "median_s": statistics.median(seconds)}), flush=True)
        bound(f"{name}-100k-draws", statistics.median(seconds), "s", 0.15)


def cell(result, in_bytes):
    if result is None:
        return "missing"
    return f"{result.median_s / 1e6:.0f} MB" if in_bytes else f"{result.median_s:.3f} s"


def machine():
    model = "?"
    kb = 0
    with open("/proc/cpuinfo", encoding="utf-8") as source:
        model = next((line.split(":", 1)[1].strip() for line in source if line.startswith("model name")), model)
    with open("/proc/meminfo", encoding="utf-8") as source:
        kb = next((int(line.split()[1]) for line in source if line.startswith("MemTotal")), kb)
    return f"{model}, {os.cpu_count()} CPUs, {kb / 1e6:.0f} GB"


def results_write(path, options):
    """The measured part of RESULTS.md; what is written by hand stands behind the mark."""
    mark = "<!-- written by hand from here on -->"
    kept = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as source:
            kept = source.read().partition(mark)[2]
    stet = peer_tools.version_of([STET, "--version"])
    versions = ", ".join(f"{k} {v}" for k, v in sorted(options.peers["versions"].items()))
    lines = ["# Speed against the tools that a user would use instead", "",
             "Written by `./dev bench --peers --results tests/bench/RESULTS.md`: medians in one run, tools taking turns. Ratios count;",
             "seconds are those of a machine with other work on it.", "",
             f"- machine: {machine()}", f"- date: {datetime.date.today().isoformat()}", f"- versions: stet {stet}, {versions}",
             f"- load average at the end: {os.getloadavg()[0]:.1f}", "",
             "| what | stet | peer | of the peer | ratio | target |", "|---|---|---|---|---|---|"]
    for name, ours, of, theirs, target in TABLE:
        in_bytes = of.endswith("(bytes)")
        times = f"{theirs.median_s / ours.median_s:.1f}" if ours and theirs else "-"
        met = "" if not (ours and theirs) else " (met)" if theirs.median_s / ours.median_s >= target else " (missed)"
        of = of.replace("|", "\\|")
        lines.append(f"| {name} | {cell(ours, in_bytes)} | {of} | {cell(theirs, in_bytes)} | {times} | {target}{met} |")
    lines += ["", "Peak memory, held against 64 MiB plus twice the distinct stacks (their folded text):", "",
              "| format | input | distinct stacks | peak | limit |", "|---|---|---|---|---|"]
    for name, size, folded, rss, limit in MEMORY:
        lines.append(f"| {name} | {size / 1e6:.0f} MB | {folded / 1e6:.1f} MB | {rss / 1e6:.0f} MB | {limit:.0f} MB |")
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n\n" + mark + (kept or "\n"))


BENCHES = {"collapse": bench_collapse, "cpuprofile": bench_cpuprofile, "speedscope": bench_speedscope, "svg": bench_svg,
           "pprof": bench_pprof, "perf-data": bench_perf_data, "memory": bench_memory, "serve": bench_serve, "pages": bench_pages, "browser": bench_browser,
           "record": bench_record, "decide": bench_decide, "ledger": bench_ledger, "roi": bench_roi}


def main():
    parser = argparse.ArgumentParser(description="speed of the release binary as JSON lines")
    parser.add_argument("--mb", type=int, default=500, help="size of the perf-script text (default 500)")
    parser.add_argument("--repeat", type=int, default=5, help="runs a measurement, after one to warm up (default 5)")
    parser.add_argument("--peers", dest="install", action="store_true", help="install the tools compared with, where missing")
    parser.add_argument("--quick", dest="slow", action="store_false", help="peers that take minutes run once")
    parser.add_argument("--results", metavar="FILE", help="write the table of this run to FILE")
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(BENCHES))
    options = parser.parse_args()
    options.peers = peer_tools.find(options.install)
    print(json.dumps({"machine": machine(), "versions": options.peers["versions"]}), flush=True)
    for name in options.names or BENCHES:
        if name not in BENCHES:
            parser.error(f"no bench '{name}'")
        BENCHES[name](options)
    if options.results:
        results_write(options.results, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
