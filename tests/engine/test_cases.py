#!/usr/bin/env python3
"""The recorded cases end to end: what `stet analyze` says of files whose truth is known.

Every run of every profiles/cases/<case>/case.json is analysed as one evidence set. Accounting of the whole life must
meet the measured truth; samples of running code alone must give no share; one client at 1 and at 150 requests in flight
gets one verdict; nobody's service is not "waiting"; and what a report asks for next must settle it or shorten its list.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

BIN = os.environ["STET_BIN"]
PROFILES = os.environ["STET_PROFILES"]
CASES = os.path.join(PROFILES, "cases")
WHOLE_LIFE = {"time", "hyperfine", "stet-record"}
ON_CPU_ONLY = {"svg", "folded", "perf-script"}


def clocks(files):
    """What case.json states where a file cannot tell: py-spy's speedscope does not say --idle."""
    for case, name, spec, run, listed in runs():
        for f in listed:
            if f.get("clock") and os.path.join(CASES, case, f["path"]) in files:
                return ["--clock", f["clock"]]
    return []


def analyse(files, facts=None):
    command = [BIN, "analyze", *files, "--json", *clocks(files)]
    for name, value in (facts or {}).items():
        command += ["--fact", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nexit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def runs():
    for case in sorted(os.listdir(CASES)):
        path = os.path.join(CASES, case, "case.json")
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as source:
            spec = json.load(source)
        for name, run in spec["runs"].items():
            files = [f for f in spec["files"] if f.get("run") == name]
            if files:
                yield case, name, spec, run, files


def paths(case, files):
    return [os.path.join(CASES, case, f["path"]) for f in files]


def on_cpu_samples():
    """Recordings of running code of several recorders, pictures and folded stacks among them."""
    for name in ("folded/py-spy-raw", "folded/perf-periods", "folded/perf-inferno", "svg/", "perf-script/default",
                 "perf-script/header", "perf-script/fields"):
        folder, _, start = name.partition("/")
        base = os.path.join(PROFILES, "formats", folder)
        for file in sorted(os.listdir(base)):
            if file.startswith(start) and file != "README.md":
                yield os.path.join(base, file)


def find(case, run):
    for c, n, spec, r, files in runs():
        if (c, n) == (case, run):
            return spec, r, files
    raise AssertionError(f"no run {run} of case {case}")


class Document(unittest.TestCase):
    """What holds for every document, whatever the files are."""

    def check_sums(self, doc, label):
        cpu = doc["cpu"]
        if cpu:
            self.assertAlmostEqual(sum(row["share_of_cpu"] for row in cpu), 1, delta=1e-9, msg=label)
            for row in cpu:
                self.assertGreaterEqual(row["share_of_cpu"], 0, label)
        time = doc["time"]
        if time["cpu_share"]:
            share = time["cpu_share"]
            self.assertTrue(0 <= share["lo"] <= share["est"] <= share["hi"] <= 1, f"{label}: {share}")
            parts = share["est"] + sum(w["share_of_wall"] for w in time["wait"])
            parts += time["runq_share"] + time["throttled_share"] + time["unknown_share"]
            self.assertAlmostEqual(parts, 1, delta=1e-9, msg=f"{label}: {time}")

    def check_summary(self, doc, label):
        text = doc["summary"]
        self.assertLessEqual(len(text), 240, f"{label}: {text}")
        self.assertNotRegex(text, r"\b(EV|CPU|WT|AD|AB|ALT|ROI|P001)-(\d|RULE)", f"{label}: {text}")
        self.assertNotRegex(text, r"(?i)\b(rust|golang|c\+\+|java|zig|obviously|just|never)\b", f"{label}: {text}")
        named = re.search(r"\d", text) or any(w in text for w in ("requests", "perf stat", "py-spy", "stet record"))
        self.assertTrue(named, f"{label}: no number and nothing missing is named: {text}")

    def test_every_run(self):
        for case, name, spec, run, files in runs():
            label = f"{case}/{name}"
            with self.subTest(label):
                for facts in ({}, run.get("facts", {})):
                    doc = analyse(paths(case, files), facts)
                    self.check_sums(doc, label)
                    self.check_summary(doc, label)
                    fired = [r for r in doc["rules"] if r["value"] == 1 and r["basis"] in ("evidence", "input")]
                    if doc["verdict"] != "insufficient_evidence":
                        self.assertTrue(fired, f"{label}: verdict without a fired rule")
                    elif doc["gate"] == "insufficient":
                        self.assertTrue(doc["next"], f"{label}: undecided and nothing to do next")

    def test_same_input_same_bytes(self):
        spec, run, files = find("py-cpu-loop", "profiled")
        command = [BIN, "analyze", *paths("py-cpu-loop", files), "--json", "--seed", "7"]
        first = subprocess.run(command, capture_output=True, check=True).stdout
        second = subprocess.run(command, capture_output=True, check=True).stdout
        self.assertEqual(first, second)


class Truth(unittest.TestCase):
    def test_whole_life(self):
        """CPU over wall of the execution, by accounting: within 0.02, or inside an interval of at most 0.1."""
        checked = 0
        for case, name, spec, run, files in runs():
            formats = {f["format"] for f in files}
            truth = run.get("truth")
            whole = formats & WHOLE_LIFE or ("perf-stat" in formats and "window" not in run)
            if not truth or not whole:
                continue
            with self.subTest(f"{case}/{name}"):
                share = analyse(paths(case, files))["time"]["cpu_share"]
                self.assertIsNotNone(share)
                want = min(1.0, truth["cpu_over_wall"])
                inside = share["lo"] - 1e-9 <= want <= share["hi"] + 1e-9 and share["hi"] - share["lo"] <= 0.1
                self.assertTrue(inside or abs(share["est"] - want) <= 0.02, f"{share} against {want}")
                checked += 1
        self.assertGreater(checked, 5)

    def test_samples_of_running_code_alone(self):
        checked = 0
        for case, name, spec, run, files in runs():
            alone = [f for f in files if f["format"] in ON_CPU_ONLY]
            for file in alone:
                with self.subTest(f"{case}/{file['path']}"):
                    doc = analyse(paths(case, [file]))
                    if doc["artefacts"][0]["duration_s"] is not None:
                        continue
                    self.assertIsNone(doc["time"]["cpu_share"])
                    self.assertIsNone(doc["facts"]["cpu_share_lo"])
                    settled = [r for r in doc["rules"] if r["id"] == "AD-01" and r["value"] == 1]
                    if not settled:
                        self.assertEqual(doc["gate"], "insufficient")
                    checked += 1
        for file in on_cpu_samples():
            with self.subTest(file):
                doc = analyse([file])
                if doc["artefacts"][0]["duration_s"] is not None:
                    continue
                self.assertIsNone(doc["time"]["cpu_share"])
                self.assertIsNone(doc["facts"]["cpu_share_lo"])
                checked += 1
        self.assertGreater(checked, 5)


class Traps(unittest.TestCase):
    def test_traffic_never_flips_a_verdict(self):
        seen = {}
        for case in ("async-1", "async-150"):
            for name in ("on-cpu", "all-states", "perf-stat"):
                spec, run, files = find(case, name)
                doc = analyse(paths(case, files), {"concurrency": "overlapping"} | run["facts"])
                seen[case, name] = doc["verdict"]
                share = doc["facts"]["cpu_share_est"]
                self.assertIsNotNone(share, f"{case}/{name}")
                self.assertLess(share, 0.02, f"{case}/{name}")
        self.assertEqual(set(seen.values()), {"fix_wait_first"}, seen)

    def test_overlapping_work_asks_for_requests(self):
        for case in ("async-1", "async-150"):
            spec, run, files = find(case, "perf-stat")
            doc = analyse(paths(case, files), {"concurrency": "overlapping"})
            self.assertEqual(doc["verdict"], "insufficient_evidence")
            self.assertIsNone(doc["facts"]["cpu_share_est"])
            self.assertTrue(set(doc["open"]) <= {"ops", "op_s", "wall_s"}, doc["open"])
            self.assertTrue({"ops", "op_s"} <= set(doc["open"]), doc["open"])

    def test_a_service_that_nobody_called_is_not_waiting(self):
        for name in ("perf-stat", "all-states", "doctor"):
            spec, run, files = find("idle-service", name)
            doc = analyse(paths("idle-service", files), {"concurrency": "overlapping"})
            self.assertEqual(doc["verdict"], "insufficient_evidence", name)
            self.assertEqual(doc["gate"], "insufficient", name)

    def test_the_gate_opens(self):
        spec, run, files = find("gate-opens", "profiled")
        more = find("gate-opens", "repeated")[2]
        doc = analyse(paths("gate-opens", files) + paths("gate-opens", more))
        self.assertEqual(doc["gate"], "pass", doc["summary"])

    def test_parked_workers_are_no_waiting(self):
        spec, run, files = find("py-pool", "25hz")
        doc = analyse(paths("py-pool", files))
        self.assertGreater(doc["time"]["cpu_share"]["est"], 0.8)
        self.assertTrue(any(i["category"] == "idle_pool" for i in doc["time"]["idle"]), doc["time"])

    def test_native_code_is_nothing_to_win(self):
        spec, run, files = find("py-native", "py-spy")
        doc = analyse(paths("py-native", files))
        self.assertGreater(doc["facts"]["native_cpu_share_lo"], 0.5)
        self.assertEqual(doc["gate"], "fail", doc["summary"])


    def test_a_bound_for_every_share(self):
        """Samples of running code alone may refuse where what a change can touch is too small whatever the share is."""
        with tempfile.NamedTemporaryFile("w", suffix=".folded") as file:
            file.write("solve;[libopenblas.so.0] 2950\nsolve;main 50\n")
            file.flush()
            stated = subprocess.run([BIN, "analyze", file.name, "--clock", "cpu", "--rate", "100", "--gate", "--json"],
                                    capture_output=True, text=True, timeout=60)
            doc = json.loads(stated.stdout)
            self.assertIsNone(doc["time"]["cpu_share"])
            self.assertEqual((doc["verdict"], doc["gate"], stated.returncode), ("optimise_in_place", "fail", 1), doc["summary"])
            self.assertEqual(doc["reason_rule"], "AD-01")
            unstated = analyse([file.name])
            self.assertEqual(unstated["gate"], "insufficient", unstated["summary"])


class ClosedLoop(unittest.TestCase):
    """Following the first next step settles the question, or leaves fewer open ones."""

    def follow(self, before, after, label):
        settled = after["verdict"] != "insufficient_evidence"
        shorter = len(after["open"]) < len(before["open"])
        self.assertTrue(settled or shorter, f"{label}: {before['open']} -> {after['open']} ({after['summary']})")

    def test_on_cpu_picture_then_what_it_asks_for(self):
        for case in ("py-http-wait", "async-1", "async-150"):
            spec, run, files = find(case, "on-cpu")
            picture = paths(case, [f for f in files if f["format"] == "svg"])
            before = analyse(picture)
            self.assertEqual(before["verdict"], "insufficient_evidence", case)
            first = before["next"][0]
            numbers = run.get("facts") or run["requests"]
            more = []
            if "--idle" in first["command"]:
                spec2, run2, files2 = find(case, "all-states")
                more = paths(case, [f for f in files2 if f["format"] == "speedscope"])
                numbers = run2.get("facts") or run2["requests"]
            else:
                self.assertIn("ops=", first["command"], case)
            after = analyse(picture + more, {k: numbers[k] for k in ("ops", "op_s", "wall_s") if k in numbers})
            self.follow(before, after, case)
            self.assertEqual(after["verdict"], "fix_wait_first", f"{case}: {after['summary']}")

    def test_profile_then_accounting(self):
        spec, run, files = find("py-cpu-loop", "profiled")
        profile = paths("py-cpu-loop", [f for f in files if f["format"] == "speedscope"])
        before = analyse(profile)
        self.assertEqual(before["verdict"], "insufficient_evidence")
        after = analyse(paths("py-cpu-loop", files))
        self.follow(before, after, "py-cpu-loop")

    def test_accounting_then_requests(self):
        for case in ("async-1", "async-150"):
            spec, run, files = find(case, "perf-stat")
            before = analyse(paths(case, files), {"concurrency": "overlapping"})
            after = analyse(paths(case, files), {"concurrency": "overlapping"} | run["facts"])
            self.follow(before, after, case)
            self.assertNotEqual(after["verdict"], "insufficient_evidence")


if __name__ == "__main__":
    if not os.path.isdir(CASES):
        print("no recorded cases here: skipped")
        sys.exit(77)
    unittest.main()
