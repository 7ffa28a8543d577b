#!/usr/bin/env python3
"""Sets that do not fit together, recordings that ended early, facts stated by halves: what must not become a verdict.

And the commands that a report asks for: they name the program whose time was taken, repeat what was sent, and measure
what they promise to settle.
"""
import json
import os
import shlex
import subprocess
import tempfile
import unittest

BIN = os.environ["STET_BIN"]
CASES = os.path.join(os.environ["STET_PROFILES"], "cases")
FORMATS = os.path.join(os.environ["STET_PROFILES"], "formats")


def case(path):
    return os.path.join(CASES, path)


def analyse(*words, cwd=None):
    done = subprocess.run([BIN, "analyze", *words, "--json"], capture_output=True, text=True, timeout=120, cwd=cwd, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{words}\nexit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def perf_stat(command, cpu_ms, wall):
    return f"""
 Performance counter stats for '{command}':

          {cpu_ms:,.2f} msec task-clock                #    {cpu_ms / 1000 / wall:.3f} CPUs utilized

       {wall:.9f} seconds time elapsed

"""


class Sets(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def test_two_executions_that_disagree_settle_nothing(self):
        waits = self.write("a.txt", perf_stat("./waits 4", 110, 4))
        computes = self.write("b.txt", perf_stat("./computes 3", 2990, 3))
        for files in ((waits, computes), (computes, waits)):
            doc = analyse(*files)
            self.assertEqual(doc["verdict"], "insufficient_evidence")
            self.assertEqual(doc["gate"], "insufficient")
            self.assertLess(doc["facts"]["cpu_share_lo"], 0.03)
            self.assertGreater(doc["facts"]["cpu_share_hi"], 0.99)
        again = self.write("c.txt", perf_stat("./waits 4", 120, 4.1))
        self.assertEqual(analyse(waits, again)["verdict"], "fix_wait_first")

    def test_a_recording_that_ended_before_its_limit(self):
        """py-spy -d 120 of a process that was over after 30 s: the share is at least what the limit gives."""
        doc = analyse(case("async-150/on-cpu.svg"))
        with open(case("async-150/case.json"), encoding="utf-8") as source:
            truth = json.load(source)["runs"]["on-cpu"]["truth"]["cpu_over_wall"]
        share = doc["time"]["cpu_share"]
        self.assertLessEqual(share["lo"], truth)
        self.assertGreaterEqual(share["hi"], truth)

    def test_requests_of_another_window(self):
        """More CPU per request than the request took: the numbers do not belong together, and nobody is CPU-bound."""
        doc = analyse(case("async-150/perf-stat.txt"), "--fact", "ops=20", "--fact", "op_s=0.5", "--fact",
                      "concurrency=overlapping")
        self.assertIsNone(doc["facts"]["cpu_share_lo"])
        self.assertEqual(doc["verdict"], "insufficient_evidence")
        self.assertNotIn("CPU-bound", doc["summary"])
        self.assertIn("operations_inconsistent", [p["code"] for a in doc["artefacts"] for p in a["problems"]])

    def test_nobody_called(self):
        doc = analyse(case("idle-service/perf-stat.txt"), "--fact", "ops=0")
        self.assertEqual(doc["verdict"], "insufficient_evidence")
        self.assertIn("0 requests", doc["summary"])

    def test_half_a_band_is_stated(self):
        doc = analyse(case("py-http-wait/perf-stat.txt"), "--fact", "cpu_share_hi=0.19", "--fact", "concurrency=one_at_a_time")
        facts = doc["facts"]
        self.assertEqual(facts["cpu_share_hi"], 0.19)
        self.assertLessEqual(facts["cpu_share_lo"], facts["cpu_share_est"])
        self.assertLess(facts["cpu_share_est"], 0.03)
        self.assertNotIn("100 to", doc["summary"])
        doc = analyse(case("py-http-wait/perf-stat.txt"), "--fact", "cpu_share_lo=0.6", "--fact", "concurrency=one_at_a_time")
        facts = doc["facts"]
        self.assertEqual([facts["cpu_share_lo"], facts["cpu_share_est"], facts["cpu_share_hi"]], [0.6, 0.6, 0.6])


    def test_a_command_too_short_to_measure(self):
        short = {"command": "true", "mean": 0.001, "stddev": None, "median": 0.001, "user": 0.0, "system": 0.0,
                 "min": 0.001, "max": 0.001, "times": [0.001]}
        doc = analyse(self.write("short.json", json.dumps({"results": [short]})))
        self.assertEqual(doc["verdict"], "insufficient_evidence")
        self.assertIn("too_short", [p["code"] for a in doc["artefacts"] for p in a["problems"]])

    def test_a_goal_asks_for_what_it_lacks(self):
        pid = self.write("pid.txt", perf_stat("x", 35610, 60).replace("'x'", "process id '4242'"))
        doc = analyse(pid, "--goal", "memory")
        self.assertIn("memory", doc["summary"])
        self.assertEqual([s["settles"] for s in doc["next"]], [["mem_measured"]])
        doc = analyse(pid, "--goal", "throughput")
        self.assertIn("cores", doc["summary"])
        self.assertIn("usable_cores", doc["next"][0]["settles"])
        doc = analyse(pid, "--goal", "throughput", "--fact", "usable_cores=2")
        self.assertAlmostEqual(doc["facts"]["util_est"], 35.61 / 120, places=4)
        self.assertIn("where throughput stops rising", doc["summary"])
        answers = {a["goal"]: a["missing"] for a in analyse(pid)["answers"]}
        self.assertEqual(set(answers["latency"]), {"ops", "op_s"})
        self.assertFalse({"ops", "op_s"} & set(answers["throughput"]))

    def test_no_quota_is_asked_for_where_none_is_set(self):
        doc = analyse(os.path.join(FORMATS, "stet-record", "pid.json"))
        self.assertEqual(doc["facts"]["quota_use"], 0)
        for answer in doc["answers"]:
            self.assertNotIn("quota_use", answer["missing"])


    def test_parked_threads_of_an_undeclared_clock(self):
        doc = analyse(case("py-pool/100hz.speedscope.json.gz"))
        self.assertIsNone(doc["time"]["cpu_share"])
        self.assertIn("wait_frames_in_unknown_clock", [p["code"] for a in doc["artefacts"] for p in a["problems"]])


class Steps(unittest.TestCase):
    def test_threads_of_totals(self):
        """4 cores' worth of CPU and no thread told apart: the step tells them apart."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "stat.txt")
            with open(path, "w", encoding="utf-8") as out:
                out.write(perf_stat("./app 8", 40000, 10))
            doc = analyse(path)
            self.assertEqual(doc["verdict"], "insufficient_evidence")
            self.assertTrue(doc["next"][0]["command"].startswith("stet record"), doc["next"])

    def test_what_was_sent_is_repeated(self):
        with tempfile.TemporaryDirectory() as folder:
            name = "all states.json"
            os.symlink(case("async-150/all-states.speedscope.json"), os.path.join(folder, name))
            doc = analyse(name, "--clock", "wall", cwd=folder)
            words = shlex.split(doc["next"][0]["command"])
            self.assertEqual(words[:2], ["stet", "analyze"])
            self.assertIn(name, words)
            self.assertEqual(words[words.index("--clock") + 1], "wall")
            self.assertNotIn("--json", words)
            values = {"N": "8923", "SECONDS": "0.508"}
            filled = [w.split("=")[0] + "=" + values[w.split("=")[1]] if w.split("=")[-1] in values else w for w in words[2:]]
            self.assertEqual(analyse(*filled, cwd=folder)["verdict"], "fix_wait_first")

    def test_totals_are_no_samples(self):
        """Too few samples: what is asked for takes samples."""
        for file in (case("node-idle/0x.tar.gz"), os.path.join(FORMATS, "pprof", "go-cpu.pb.gz"),
                     case("node-idle/server.cpuprofile")):
            for step in analyse(file)["next"]:
                if "samples_eff" in step["settles"]:
                    self.assertFalse(step["command"].startswith("stet record"), step["command"])

    def test_the_program_whose_time_was_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "stat.txt")
            with open(path, "w", encoding="utf-8") as out:
                out.write(perf_stat("./waits 4", 110, 4))
            doc = analyse(os.path.join(FORMATS, "perf-script", "header.txt"), path)
            self.assertEqual(doc["verdict"], "fix_wait_first")
            for step in doc["next"]:
                self.assertIn("./waits 4", step["command"])


if __name__ == "__main__":
    unittest.main()
