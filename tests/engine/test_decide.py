#!/usr/bin/env python3
"""`stet decide` with recordings: the part that a profile shows is open, the whole is not; a pattern that matches nothing
opens nothing; a service that nobody called is not refused; what a request waits for comes first; measured outranks
expected; the same input gives the same bytes.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

BIN = os.environ["STET_BIN"]
CASES = os.path.join(os.environ["STET_PROFILES"], "cases")
STATED = ["program_kind=batch", "concurrency=one_at_a_time", "load_representative=1", "code_changed=0", "evidence_age_days=1",
          "dep_sdk_ready=1", "team_target_devs=2", "gc_tuned=1"]
CHEAP = {"devs": 1, "months": 1, "rate_usd_year": 120000, "failure_probability": 0.05}
BATCH = {"ops_per_year": 100000, "usd_per_hour": 60}


def decide(proposal, files=(), facts=(), *options):
    document = {"schema": "stet/proposal/1", "title": "Another version", "from": "python", "to": "rust", "goal": "latency", **proposal}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "proposal.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(document, out)
        command = [BIN, "decide", path, "--json", "--draws", "20000", *options]
        for f in files:
            command += ["--evidence", os.path.join(CASES, f)]
        for f in facts:
            command += ["--fact", f]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nexit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout.replace(folder, "FOLDER"))


def fired(d):
    return {r["id"] for r in d["rules"] if r["value"] == 1 and not r["exempted"]}


PROFILED = ["gate-opens/profile.speedscope.json", "gate-opens/time.txt", "gate-opens/perf-stat.txt"]
PART = {"name": "distance", "match": ["*distance.py"], "workload_class": "numeric", "calls_per_op": 1000}


class OneFunction(unittest.TestCase):
    def test_the_part_is_open(self):
        d = decide({"kind": "native_extension", "components": [PART], "cost": CHEAP, "benefit": BATCH}, PROFILED, STATED)
        self.assertEqual((d["verdict"], d["gate"], d["reason_rule"]), ("native_extension", "pass", "AD-05"), d["summary"])
        self.assertTrue(d["part"]["open"])
        self.assertFalse(d["whole"]["open"])
        row = next(o for o in d["operations"] if o.get("component") == "distance")
        self.assertLess(row["expected_x"]["hi"], row["ceiling_x"] + 1e-9)
        self.assertLess(1 / (1 - d["facts"]["gain_ext_lo"]), row["expected_x"]["est"])
        self.assertFalse(d["roi"]["own_claim"])

    def test_the_whole_is_closed_and_the_part_open(self):
        d = decide({"kind": "full_rewrite", "components": [PART], "cost": {**CHEAP, "devs": 3, "months": 12},
                    "benefit": {**BATCH, "ops_per_year": 1000000},
                    "alternatives": [{"title": "One function", "kind": "native_extension", "components": [PART], "cost": CHEAP}]},
                   PROFILED, STATED)
        self.assertEqual((d["verdict"], d["gate"]), ("native_extension", "fail"), d["summary"])
        self.assertIn("Closed for the whole, open for the part", d["summary"])
        self.assertEqual(d["p_roi_pos_ext_of"], "One function")
        self.assertLessEqual(len(d["summary"]), 240)

    def test_a_pattern_that_matches_nothing_opens_nothing(self):
        d = decide({"kind": "native_extension", "components": [{**PART, "match": ["*distanse.py"]}], "cost": CHEAP, "benefit": BATCH},
                   PROFILED, STATED)
        self.assertNotEqual(d["gate"], "pass")
        self.assertIsNone(d["facts"]["gain_ext_lo"])
        codes = [p["code"] for a in d["artefacts"] for p in a["problems"]]
        self.assertIn("component_without_frames", codes)

    def test_no_failure_probability_no_gate(self):
        cost = {k: v for k, v in CHEAP.items() if k != "failure_probability"}
        d = decide({"kind": "native_extension", "components": [PART], "cost": cost, "benefit": BATCH}, PROFILED, STATED)
        self.assertEqual((d["gate"], d["potential"]["verdict"]), ("insufficient", "native_extension"), d["summary"])
        self.assertIsNone(d["facts"]["p_roi_pos_ext"])
        self.assertIn("failure probability", d["summary"])

    def test_the_classes_of_the_parts_make_the_factor_of_the_whole(self):
        whole = {"name": "all", "match": ["*"], "workload_class": "numeric"}
        slow = decide({"kind": "full_rewrite"}, PROFILED, STATED)["facts"]["gain_full_lo"]
        fast = decide({"kind": "full_rewrite", "components": [whole]}, PROFILED, STATED)["facts"]["gain_full_lo"]
        self.assertGreater(fast, slow + 0.1)

    def test_calls_across_the_boundary_cost(self):
        def gain(calls):
            d = decide({"kind": "native_extension", "components": [{**PART, "calls_per_op": calls}]}, PROFILED, STATED)
            return d["facts"]["gain_ext_est"]
        self.assertGreater(gain(0), gain(3e7) + 0.2)

    def test_the_same_bytes(self):
        proposal = {"kind": "native_extension", "components": [PART], "cost": CHEAP, "benefit": BATCH}
        self.assertEqual(decide(proposal, PROFILED, STATED), decide(proposal, PROFILED, STATED))

    def test_measured_and_expected_do_not_stand_together(self):
        ab = ["ab_measured=1", "ab_scope=goal", "ab_gain_lo=0.12", "ab_gain_hi=0.25"]
        d = decide({"kind": "full_rewrite", "components": [PART], "cost": CHEAP, "benefit": BATCH, "operations": [{"name": "a run"}]},
                   PROFILED, STATED + ab)
        self.assertEqual(d["comparison"]["stage"], "after_build")
        self.assertNotEqual(d["verdict"], "full_migration", d["summary"])
        self.assertEqual(d["facts"]["gain_full_hi"], 0.25)
        self.assertTrue(all(o["expected_x"] is None for o in d["operations"]))


class OnePrice(unittest.TestCase):
    def test_roi_and_decide_say_the_same(self):
        """Seed and every number of a return, without --seed, from the same document and files."""
        calls = {**PART, "match": ["*"], "calls_per_op": 1e6}
        for kind, more in (("full_rewrite", {}), ("native_extension", {"components": [calls]}), ("runtime_upgrade", {"to": "python"}),
                           ("component_swap", {"components": [PART, {"name": "none", "match": ["nothing*"]}]})):
            document = {"title": "T", "kind": kind, "from": "python", "to": "rust", "goal": "latency", "cost": CHEAP,
                        "benefit": {**BATCH, "saved_s_per_op": 0.1}, **more}
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "proposal.json")
                with open(path, "w", encoding="utf-8") as out:
                    json.dump(document, out)
                files = [word for f in PROFILED for word in ("--evidence", os.path.join(CASES, f))]
                both = [json.loads(subprocess.run([BIN, command, path, "--json", "--draws", "2000", *files], capture_output=True,
                                                  text=True, check=True, timeout=120).stdout) for command in ("roi", "decide")]
            self.assertEqual(both[0]["seed"], both[1]["seed"])
            self.assertEqual(both[1]["seed_text"], str(both[1]["seed"]))
            for member, value in both[1]["roi"].items():
                self.assertEqual(both[0][member], value, (kind, member))


class Waiting(unittest.TestCase):
    def test_a_service_without_requests_is_not_refused(self):
        d = decide({"kind": "full_rewrite", "cost": CHEAP, "benefit": {**BATCH, "ops_per_year": 1000, "op_s": 1}},
                   ["idle-service/perf-stat.txt"], ["concurrency=overlapping"])
        self.assertEqual((d["verdict"], d["gate"]), ("insufficient_evidence", "insufficient"), d["summary"])
        self.assertIsNone(d["facts"]["p_roi_pos_ceiling"])


class Goals(unittest.TestCase):
    def test_a_question_for_no_profile(self):
        d = decide({"kind": "full_rewrite", "goal": "hiring"}, PROFILED, STATED)
        self.assertTrue(d["not_asked"])
        self.assertEqual((d["verdict"], d["gate"], d["flips"]), ("insufficient_evidence", "insufficient", []))
        self.assertIsNone(d["reason_rule"])

    def test_the_callers_goal_stands_over_the_proposals(self):
        d = decide({"kind": "full_rewrite", "goal": "hiring"}, PROFILED, STATED, "--goal", "cost")
        self.assertFalse(d["not_asked"])
        self.assertEqual(d["goal"], "cost")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
