#!/usr/bin/env python3
"""Real files of known truth that are not part of the tree: STET_CORPUS names their folder (else skipped).

Accounting of a whole life must give the measured CPU share; samples of running code alone must give none."""
import json
import os
import subprocess
import sys
import unittest

BIN = os.environ["STET_BIN"]
CORPUS = os.environ.get("STET_CORPUS", "")
ACCOUNTING = {"bash-time", "hyperfine-json", "perf-stat-text", "gnu-time-v", "gnu-time-default", "posix-time-p"}
ON_CPU = {"folded", "perf-script-text", "flamegraph-svg"}


def manifest():
    with open(os.path.join(CORPUS, "MANIFEST.json"), encoding="utf-8") as source:
        return json.load(source)["files"]


def analyse(path):
    done = subprocess.run([BIN, "analyze", path, "--json"], capture_output=True, text=True, timeout=300)
    return done.returncode, (json.loads(done.stdout) if done.returncode == 0 else None), done.stderr


def run_of(entry):
    file, _, where = entry["truth"].partition("#runs.")
    with open(os.path.join(CORPUS, file), encoding="utf-8") as source:
        return json.load(source)["runs"].get(where) or {}


def truth_of(entry):
    return run_of(entry).get("processes")


class Truth(unittest.TestCase):
    def test_accounting(self):
        checked = 0
        for entry in manifest():
            doctor = entry["format"] == "clinic-doctor-processstat"
            if not entry.get("truth") or not (entry["format"] in ACCOUNTING or doctor):
                continue
            processes = truth_of(entry)
            if not processes:
                continue
            with self.subTest(entry["path"]):
                status, doc, error = analyse(os.path.join(CORPUS, entry["path"]))
                self.assertEqual(status, 0, error)
                share = doc["time"]["cpu_share"]
                self.assertIsNotNone(share)
                wanted = [min(1.0, p["cpu_over_wall"]) for p in processes]
                # hyperfine times the whole command; the processes' own clocks began after the interpreter's start.
                outer = run_of(entry).get("outer_tool_tree")
                if entry["format"] == "hyperfine-json" and outer:
                    wanted.append((outer["user_s"] + outer["sys_s"]) / outer["wall_s"])
                slack = 0.05 if doctor else 0.02
                fits = any(share["lo"] - 1e-9 <= w <= share["hi"] + 1e-9 and share["hi"] - share["lo"] <= 0.1
                           or abs(share["est"] - w) <= slack for w in wanted)
                self.assertTrue(fits, f"{share} against {wanted}")
                checked += 1
        self.assertGreater(checked, 20)

    def test_on_cpu_samples_alone(self):
        checked = 0
        for entry in manifest():
            if entry["format"] not in ON_CPU or entry.get("measures") != "on-CPU":
                continue
            with self.subTest(entry["path"]):
                status, doc, error = analyse(os.path.join(CORPUS, entry["path"]))
                if status != 0:
                    self.assertEqual(status, 3, error)
                    continue
                if doc["artefacts"][0]["duration_s"] is not None or doc["artefacts"][0]["sees_wait"]:
                    continue
                checked += 1
                self.assertIsNone(doc["time"]["cpu_share"])
                self.assertIsNone(doc["facts"]["cpu_share_est"])
                if not any(r["id"] == "AD-01" and r["value"] == 1 for r in doc["rules"]):
                    self.assertEqual(doc["gate"], "insufficient")
        self.assertGreater(checked, 20)


if __name__ == "__main__":
    if not CORPUS or not os.path.exists(os.path.join(CORPUS, "MANIFEST.json")):
        print("STET_CORPUS names no corpus: skipped")
        sys.exit(77)
    if os.environ.get("STET_PRESET_SANITIZE"):
        print("what is said of the corpus is judged by the release build: skipped")
        sys.exit(77)
    unittest.main()
