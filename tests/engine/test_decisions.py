#!/usr/bin/env python3
"""The evaluations below profiles/cases/ end to end: what `stet decide` and `stet roi` say of proposals.

Every profiles/cases/<case>/decisions.json lists decisions and what is to come out of each: verdict, gate, fired rules,
numbers with their tolerance, parts of the sentences. What is checked for all of them stands here. The case that was
recorded before and after a change is audited: what the recordings before it predict against what was measured after it.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

BIN = os.environ["STET_BIN"]
CASES = os.path.join(os.environ["STET_PROFILES"], "cases")
RULE_ID = re.compile(r"\b(EV|CPU|WT|AD|AB|ALT|ROI|MEM|P00\d)-[A-Z0-9]+\b")
TIMEOUT_S = 120


def run(*arguments):
    return subprocess.run([BIN, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def folders():
    for name in sorted(os.listdir(CASES)):
        path = os.path.join(CASES, name, "decisions.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as source:
                yield name, json.load(source)


def decisions():
    for folder, doc in folders():
        for d in doc["decisions"]:
            yield folder, doc, d


def in_folder(folder, name):
    return os.path.join(CASES, folder, name)


def decide_arguments(folder, doc, d):
    out = ["decide", in_folder(folder, d["proposal"]), "--facts", in_folder(folder, d["facts"])]
    out += ["--policy", in_folder(folder, doc["policy"])] if doc["policy"] else []
    for name in d.get("evidence", []):
        out += ["--evidence", in_folder(folder, name)]
    return out


def refuse_constant(word):
    raise AssertionError(f"{word} in a document")


def json_of(arguments):
    done = run(*arguments, "--json")
    if done.returncode != 0:
        raise AssertionError(f"stet {' '.join(arguments)}\nexit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout, parse_constant=refuse_constant)


def at(doc, path):
    """The member at "npv.p5"; list members by number."""
    for step in path.split("."):
        doc = doc[int(step)] if isinstance(doc, list) else doc[step]
    return doc


class Decided(unittest.TestCase):
    maxDiff = None
    documents = {}

    @classmethod
    def setUpClass(cls):
        for folder, doc, d in decisions():
            cls.documents[folder, d["name"]] = json_of(decide_arguments(folder, doc, d))

    def each(self, check):
        for folder, _, d in decisions():
            with self.subTest(f"{folder}/{d['name']}"):
                check(self.documents[folder, d["name"]], d["expect"])

    def test_verdict_and_gate(self):
        def check(doc, want):
            self.assertEqual(doc["verdict"], want["verdict"], doc["summary"])
            if "gate" in want:
                self.assertEqual(doc["gate"], want["gate"], doc["summary"])
            self.assertEqual(doc["schema"], "stet/decision/1")
            self.assertEqual(doc["stage"], "decision")

        self.each(check)

    def test_rules(self):
        def check(doc, want):
            value = {r["id"]: r["value"] for r in doc["rules"]}
            fired = sorted(i for i, v in value.items() if v == 1)
            for rule in want.get("fired", []):
                self.assertEqual(value.get(rule), 1, f"{rule} did not fire; fired: {fired}")
            for rule in want.get("silent", []):
                self.assertNotEqual(value.get(rule), 1, f"{rule} fired")
            if doc["verdict"] != "insufficient_evidence":
                carrying = [r["id"] for r in doc["rules"] if r["value"] == 1 and r["basis"] in ("evidence", "input")]
                self.assertTrue(carrying, "a verdict that no rule carries")

        self.each(check)

    def test_beside_the_ladder(self):
        def check(doc, want):
            for member, key in (("actions", "action"), ("blocked", "action"), ("refuted", "rule"), ("reopen", "rule")):
                said = {entry[key] for entry in doc[member]}
                for name in want.get(member, []):
                    self.assertIn(name, said, member)

        self.each(check)

    def test_nothing_is_watched_twice(self):
        def check(doc, want):
            conditions = [w["when"] for w in doc["watch"] if w["kind"] == "condition"]
            self.assertEqual(len(conditions), len(set(conditions)), conditions)

        self.each(check)

    def test_numbers(self):
        def check(doc, want):
            for path, (value, tolerance) in want.get("near", {}).items():
                self.assertAlmostEqual(at(doc, path), value, delta=tolerance, msg=path)
            for path in want.get("null", []):
                self.assertIsNone(at(doc, path), path)

        self.each(check)

    def test_sentences(self):
        def check(doc, want):
            sentences = [doc["summary"], doc["question"]]
            sentences += [doc[m]["sentence"] for m in ("whole", "part") if doc.get(m)]
            for text in sentences:
                self.assertNotRegex(text, RULE_ID)
                self.assertNotRegex(text, r"\b(nan|inf|null)\b")
            self.assertLessEqual(len(doc["summary"]), 240)
            for path, parts in want.get("says", {}).items():
                for part in parts:
                    self.assertIn(part, at(doc, path), path)

        self.each(check)

    def test_nothing_measured_is_no_yes_and_no_measured_no(self):
        for folder, doc, d in decisions():
            with self.subTest(f"{folder}/{d['name']}"):
                made = self.documents[folder, d["name"]]
                if made["artefacts"]:
                    continue
                facts = made["facts"]
                compared = facts.get("ab_measured") == 1 or facts.get("suite_measured") == 1
                if not compared:
                    self.assertFalse(made["migration_allowed"], "open without a measurement")

    def test_same_input_same_bytes(self):
        folder, doc, d = next((f, c, x) for f, c, x in decisions() if x.get("evidence"))
        arguments = [*decide_arguments(folder, doc, d), "--json"]
        self.assertEqual(run(*arguments).stdout, run(*arguments).stdout)

    def test_reports(self):
        for folder, doc, d in decisions():
            with self.subTest(f"{folder}/{d['name']}"):
                for out in ("text", "md"):
                    done = run(*decide_arguments(folder, doc, d), "--out", out)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertTrue(done.stdout.strip())


class Returns(unittest.TestCase):
    """More draws than usual: with 100,000 the long tail of cost varies by some percent between two right runs."""

    DRAWS = "500000"

    def test_numbers(self):
        checked = 0
        for folder, _, d in decisions():
            want = d["expect"]
            if "roi" not in want:
                continue
            with self.subTest(f"{folder}/{d['name']}"):
                doc = json_of(["roi", in_folder(folder, d["proposal"]), "--draws", self.DRAWS])
                for path, (value, tolerance) in want["roi"].items():
                    self.assertAlmostEqual(at(doc, path), value, delta=tolerance, msg=path)
                for path in want.get("roi_true", []):
                    self.assertIs(at(doc, path), True, path)
                checked += 1
        self.assertGreaterEqual(checked, 4)

    def test_arithmetic_of_the_walkthroughs(self):
        """A proposal of the folder with some members set otherwise: what the walkthrough mends, priced by `stet roi`."""
        for folder, doc in folders():
            for variant in doc.get("returns", []):
                with self.subTest(f"{folder}: {variant['title']}"), tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                    with open(in_folder(folder, variant["base"]), encoding="utf-8") as source:
                        proposal = json.load(source)
                    for path, value in variant["set"].items():
                        parent, _, name = path.rpartition(".")
                        at(proposal, parent)[name] = value
                    json.dump(proposal, file)
                    file.flush()
                    made = json_of(["roi", file.name])
                    for path, (value, tolerance) in variant["expect"].items():
                        self.assertAlmostEqual(at(made, path), value, delta=tolerance, msg=path)

    def test_every_proposal_is_priced_or_says_what_is_missing(self):
        for folder, _ in folders():
            for name in sorted(os.listdir(os.path.join(CASES, folder))):
                if name.endswith("proposal.json"):
                    with self.subTest(f"{folder}/{name}"):
                        doc = json_of(["roi", in_folder(folder, name)])
                        self.assertTrue(doc["p_roi_pos"] is not None or doc["missing"], "neither a chance nor what is missing")


class Walkthroughs(unittest.TestCase):
    def test_files_are_there_and_used(self):
        for folder, doc in folders():
            with self.subTest(folder):
                there = set(os.listdir(os.path.join(CASES, folder)))
                self.assertTrue({"README.md", "proposal.json", "facts.json"} <= there)
                used = {d[k] for d in doc["decisions"] for k in ("proposal", "facts")}
                lying = {f for f in there if f.endswith((".facts.json", "proposal.json"))} - used
                self.assertFalse(lying, "no decision uses them")
                if doc["policy"]:
                    done = run("policy", "check", in_folder(folder, doc["policy"]))
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_numbered_corrections_leave_none_out(self):
        numbers = []
        for folder, _ in folders():
            with open(in_folder(folder, "README.md"), encoding="utf-8") as source:
                numbers += [int(n) for n in re.findall(r"^\| (\d+) \|", source.read(), re.M)]
        if numbers:
            self.assertEqual(sorted(numbers), list(range(1, max(numbers) + 1)))


class Audit(unittest.TestCase):
    """What the recordings before a change predict holds the gain that was measured after it."""

    @staticmethod
    def seconds(folder, name):
        with open(in_folder(folder, name), encoding="utf-8") as source:
            return json.load(source)["results"][0]["times"]

    def test_prediction_holds(self):
        checked = 0
        for folder, doc, d in decisions():
            if not os.path.exists(in_folder(folder, "after.hyperfine.json")):
                continue
            before, after = (self.seconds(folder, f"{s}.hyperfine.json") for s in ("before", "after"))
            real = 1 - (sum(after) / len(after)) / (sum(before) / len(before))
            made = json_of(decide_arguments(folder, doc, d))
            for component in made["components"]:
                with self.subTest(f"{folder}/{d['name']}/{component['name']}"):
                    self.assertLessEqual(component["gain_lo"], real)
                    self.assertLessEqual(real, component["gain_hi"])
                    checked += 1
        self.assertGreater(checked, 0)

    def test_comparison_outranks_the_profile(self):
        for folder, doc, d in decisions():
            if not os.path.exists(in_folder(folder, "after.hyperfine.json")):
                continue
            before, after = (self.seconds(folder, f"{s}.hyperfine.json") for s in ("before", "after"))
            worst, best = 1 - max(after) / min(before), 1 - min(after) / max(before)
            arguments = decide_arguments(folder, doc, d)
            arguments += ["--fact", "ab_measured=1", "--fact", "ab_scope=goal", "--fact", f"ab_gain_lo={worst:.6f}", "--fact", f"ab_gain_hi={best:.6f}"]
            made = json_of(arguments)
            with self.subTest(f"{folder}/{d['name']}"):
                fired = {r["id"] for r in made["rules"] if r["value"] == 1}
                self.assertIn("AB-01", fired)
                self.assertEqual(made["comparison"]["stage"], "after_build")


if __name__ == "__main__":
    if not os.path.isdir(CASES):
        print("no cases here: skipped")
        sys.exit(77)
    unittest.main()
