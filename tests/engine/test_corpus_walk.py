#!/usr/bin/env python3
"""Walks every file of a corpus with known results (STET_CORPUS names its folder; else skipped).

- Each file is read as the format that the corpus says, or refused in words; the parts of every report sum up.
- What a file can show (waiting or not) is what the corpus says of it.
- Totals equal those of the decoded text beside a file, where stet reads that text too.
- For each recording with a measured truth, alone and in each meaningful company (accounting of the same workload, all
  files of the same run, a declared length), the CPU share holds the truth within its interval, or its estimate lies
  within 0.03 of it, or it is null and something says what is missing. The table is printed; wrong must be 0.

STET_WALK_LIST=1 prints each judged set."""
import collections
import concurrent.futures
import functools
import json
import os
import subprocess
import sys
import unittest

BIN = os.environ["STET_BIN"]
CORPUS = os.environ.get("STET_CORPUS", "")
LISTING = os.environ.get("STET_WALK_LIST") == "1"
# Under a sanitizer every run costs ten times as much: there each file is read once, and what is said is left to release.
QUICK = bool(os.environ.get("STET_PRESET_SANITIZE"))
NEAR = 0.03

# The corpus's words for a format -> stet's; absent: known, and refused by name or as unknown.
FORMATS = {
    "0x-html": "0x", "0x-ticks": "0x", "0x-tree": "0x", "austin": "austin", "austin-mojo": "austin",
    "bash-time": "time", "bpftrace-map-text": "bpftrace", "chrome-trace": "chrome-trace",
    "clinic-bubbleprof-analysed": "clinic-bubbleprof", "clinic-bubbleprof-html": "clinic-bubbleprof",
    "clinic-bubbleprof-traceevent": "clinic-bubbleprof", "clinic-doctor-html": "clinic-doctor",
    "clinic-doctor-processstat": "clinic-doctor", "clinic-doctor-traceevent": "chrome-trace",
    "clinic-flame-html": "clinic-flame", "clinic-flame-samples": "0x", "contention-text": "pprof",
    "cpuprofile": "cpuprofile", "cprofile-text": "pstats", "dtrace-stacks": "dtrace", "firefox-processed-profile": "firefox",
    "flamegraph-svg": "svg", "folded": "folded", "folded-offcpu": "folded", "gecko-profile": "gecko",
    "gnu-time-default": "time", "gnu-time-v": "time", "go-contention-text": "pprof", "gperftools-cpu": "gperftools",
    "hyperfine-json": "hyperfine", "jfr": "jfr", "node-prof-process": "v8-prof-text", "perf-script-text": "perf-script",
    "perf-stat-csv": "perf-stat", "perf-stat-json": "perf-stat", "perf-stat-text": "perf-stat",
    "perf-trace-summary": "perf-trace-summary", "perf.data": "perf-data", "posix-time-p": "time", "pprof": "pprof",
    "pstats": "pstats", "pyinstrument-session": "pyinstrument", "rusage-json": "rusage", "rusage-text": "rusage",
    "scalene-json": "scalene", "speedscope": "speedscope", "stackprof-json": "stackprof", "strace-log": "strace-log",
    "strace-summary": "strace-summary", "v8-isolate-log": "v8-log", "v8-prof-preprocess-json": "v8-log",
}
# Other names that a reader may rightly give: a part of a clinic folder is one of its tool, a Chrome recording holds a profile.
ALSO = {
    "clinic-doctor-traceevent": {"clinic-doctor"}, "clinic-bubbleprof-traceevent": {"chrome-trace"},
    "clinic-flame-samples": {"clinic-flame"},
    "austin": {"folded"}, # without its header a sample of austin's is a folded stack
}
ACCOUNTING = {"gnu-time-v", "perf-stat-text", "hyperfine-json", "bash-time"}
RUNNING_ONLY = "on-CPU"
SHOWS_WAITING = {"wall", "off-CPU", "on-CPU and off-CPU", "wall, one thread"}


@functools.lru_cache(maxsize=None)
def manifest():
    with open(os.path.join(CORPUS, "MANIFEST.json"), encoding="utf-8") as source:
        return json.load(source)["files"]


def inputs():
    return [e for e in manifest() if e["measures"] not in ("expected output", "truth")]


@functools.lru_cache(maxsize=None)
def analyse(paths, *arguments):
    full = [os.path.join(CORPUS, p) for p in paths]
    done = subprocess.run([BIN, "analyze", *full, "--json", *arguments], capture_output=True, timeout=600, check=False)
    error = done.stderr.decode("utf-8", "replace")
    return done.returncode, (json.loads(done.stdout) if done.returncode == 0 else None), error


def each(jobs, work):
    """work(job) for all jobs on every core; results in the order of the jobs."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(work, jobs))


@functools.lru_cache(maxsize=None)
def truth_document(path):
    with open(os.path.join(CORPUS, path), encoding="utf-8") as source:
        return json.load(source)["runs"]


def truths(entry):
    """CPU over wall of the processes of the entry's run, capped at one core, and of the whole tree."""
    path, _, name = entry["truth"].partition("#runs.")
    run = truth_document(path).get(name) or {}
    found = [min(1.0, p["cpu_over_wall"]) for p in run.get("processes") or () if p.get("cpu_over_wall") is not None]
    tree = run.get("outer_tool_tree")
    if tree and tree.get("wall_s"):
        found.append(min(1.0, (tree["user_s"] + tree["sys_s"]) / tree["wall_s"]))
    return found, run.get("processes") or ()


def parts_problem(doc):
    if doc["cpu"] and abs(sum(r["share_of_cpu"] for r in doc["cpu"]) - 1) > 1e-9:
        return "categories do not sum to 1"
    time = doc["time"]
    if time["cpu_share"]:
        total = time["cpu_share"]["est"] + sum(w["share_of_wall"] for w in time["wait"])
        total += time["runq_share"] + time["throttled_share"] + time["unknown_share"]
        if abs(total - 1) > 1e-9:
            return f"parts of the time sum to {total}"
    if not doc["summary"] or len(doc["summary"]) > 240:
        return f"summary of {len(doc['summary'])} characters"
    return None


class Reading(unittest.TestCase):
    def test_each_file_is_read_or_refused_in_words(self):
        wrong, read, refused = [], 0, 0
        entries = [e for e in manifest() if os.path.isfile(os.path.join(CORPUS, e["path"]))]
        for entry, (status, doc, error) in zip(entries, each(entries, lambda e: analyse((e["path"],)))):
            where, wanted = entry["path"], FORMATS.get(entry["format"])
            if status == 3:
                refused += 1
                if not error.startswith("stet analyze: ") or len(error.strip()) < 40:
                    wrong.append(f"{where}: refusal without words: {error.strip()!r}")
                continue
            if status != 0:
                wrong.append(f"{where}: exit {status}: {error[-500:]}")
                continue
            read += 1
            problem = parts_problem(doc)
            if problem:
                wrong.append(f"{where}: {problem}")
            got = {a["format"] for a in doc["artefacts"]}
            if wanted and not got <= {wanted} | ALSO.get(entry["format"], set()):
                wrong.append(f"{where}: is {wanted}, read as {sorted(got)}")
        print(f"\n{read} read, {refused} refused, {len(entries)} files")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    @unittest.skipIf(QUICK, "judged by the release build")
    def test_waiting_shows_where_it_can(self):
        wrong = []
        for entry in inputs():
            status, doc, _ = analyse((entry["path"],))
            if status != 0:
                continue
            sees = [a["sees_wait"] for a in doc["artefacts"]]
            codes = sorted({p["code"] for a in doc["artefacts"] for p in a["problems"]})
            # The ticks of a V8 log are work, and the gaps between them are waiting.
            if entry["format"] in ("v8-isolate-log", "v8-prof-preprocess-json"):
                continue
            # Counts that end in the scheduler are off-CPU time by their shape: said as an assumption, and without a share.
            if entry["measures"] == RUNNING_ONLY and any(sees) and "off_cpu_unit_assumed" not in codes:
                wrong.append(f"{entry['path']}: holds running code only, sees_wait is true")
            if entry["measures"] in SHOWS_WAITING and not any(sees):
                clocks = {a["clock"] for a in doc["artefacts"]}
                if not codes and clocks != {"unknown"}:
                    wrong.append(f"{entry['path']} ({entry['measures']}): sees_wait is false and no problem says why")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    @unittest.skipIf(QUICK, "judged by the release build")
    def test_totals_of_the_text_beside_it(self):
        wrong, equal = [], 0
        by_path = {e["path"]: e for e in manifest()}
        for entry in inputs():
            if entry["format"] != "perf.data":
                continue
            texts = [p for p in entry.get("expected", ()) if by_path.get(p, {}).get("format") == "perf-script-text"]
            status, doc, _ = analyse((entry["path"],))
            if status != 0 or not texts:
                continue
            for text in texts:
                other_status, other, _ = analyse((text,))
                if other_status != 0:
                    continue
                mine, theirs = doc["artefacts"][0], other["artefacts"][0]
                if mine["samples"] != theirs["samples"]:
                    wrong.append(f"{entry['path']}: {mine['samples']} samples, {theirs['samples']} in {text}")
                else:
                    equal += 1
        print(f"\n{equal} recordings with as many samples as their text")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))


@unittest.skipIf(QUICK, "judged by the release build")
class Truth(unittest.TestCase):
    def sets(self):
        """(name, entries, arguments): each recording alone, with accounting of its workload, with all of its run, and
        with a declared length or clock."""
        cases = collections.defaultdict(list)
        for entry in inputs():
            if entry.get("truth") and entry["format"] in FORMATS:
                cases[entry["truth"].partition("#")[0]].append(entry)
        for case in sorted(cases):
            entries = cases[case]
            runs = collections.defaultdict(list)
            accounts = [e for e in entries if e["format"] in ACCOUNTING]
            for entry in entries:
                runs[entry["truth"]].append(entry)
                yield "alone", [entry], ()
            for _, members in sorted(runs.items()):
                # Go writes its heap beside its CPU: what is refused alone is refused in company.
                members = [m for m in members if analyse((m["path"],))[0] == 0]
                if len(members) > 1:
                    yield "all of one run", members, ()
            for entry in entries:
                if entry["format"] in ACCOUNTING:
                    continue
                for account in accounts:
                    yield f"with {account['format']}", [entry, account], ()
                if entry["measures"] == RUNNING_ONLY and entry["format"] in ("folded", "perf-script-text", "perf.data"):
                    for process in truths(entry)[1]:
                        if process.get("wall_s"):
                            yield "with a declared length", [entry], ("--duration-s", f"{process['wall_s']:.6f}")
                            break

    def judge(self, job):
        kind, entries, arguments = job
        status, doc, error = analyse(tuple(e["path"] for e in entries), *arguments)
        wanted = [t for e in entries for t in truths(e)[0]]
        label = f"{kind}: {' + '.join(e['path'] for e in entries)} {' '.join(arguments)}"
        if status != 0:
            return ("refused" if status == 3 and error.strip() else "wrong"), label, error.strip()[:200]
        if not wanted:
            return "no truth", label, ""
        share = doc["time"]["cpu_share"]
        # A wrong verdict is the worst error, whatever the share says.
        if doc["verdict"] in ("native_extension", "full_migration") and max(wanted) < 0.3:
            return "wrong", label, f"verdict {doc['verdict']} where {max(wanted):.2f} is CPU"
        if doc["verdict"] == "fix_wait_first" and min(wanted) > 0.7:
            return "wrong", label, f"verdict fix_wait_first where {min(wanted):.2f} is CPU"
        if share is None:
            reasons = [p["code"] for a in doc["artefacts"] for p in a["problems"]] + [n["why"] for n in doc["next"]]
            return ("null" if reasons else "wrong"), label, "null without a reason" if not reasons else reasons[0]
        said = f"{share['lo']:.3f}..{share['est']:.3f}..{share['hi']:.3f} against {[round(w, 3) for w in wanted]}"
        inside = any(share["lo"] - 1e-9 <= w <= share["hi"] + 1e-9 for w in wanted)
        near = any(abs(share["est"] - w) <= NEAR for w in wanted)
        if not inside and not near:
            return "wrong", label, said
        return ("wide" if share["hi"] - share["lo"] > 0.9 else "agrees"), label, said

    def test_share_against_the_measured_truth(self):
        jobs = list(self.sets())
        table = collections.defaultdict(collections.Counter)
        wrong = []
        for (kind, entries, _), (outcome, label, said) in zip(jobs, each(jobs, self.judge)):
            table[FORMATS[entries[0]["format"]], kind.split(" with ")[0]][outcome] += 1
            if outcome == "wrong":
                wrong.append(f"{label}\n    {said}")
            if LISTING:
                print(f"{outcome:9} {label}\n          {said}")
        columns = ("agrees", "wide", "null", "refused", "no truth", "wrong")
        print(f"\n{'first of the set':20} {'set':24}" + "".join(f"{c:>9}" for c in columns))
        total = collections.Counter()
        for (name, kind), row in sorted(table.items()):
            total.update(row)
            print(f"{name:20} {kind:24}" + "".join(f"{row[c]:9}" for c in columns))
        print(f"{'all':45}" + "".join(f"{total[c]:9}" for c in columns))
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))
        self.assertGreater(total["agrees"], 100)


if __name__ == "__main__":
    if not CORPUS or not os.path.exists(os.path.join(CORPUS, "MANIFEST.json")):
        print("STET_CORPUS names no corpus: skipped")
        sys.exit(77)
    unittest.main()
