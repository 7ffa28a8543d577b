#!/usr/bin/env python3
"""GET /api/v1/compare: what changed between two runs, with intervals; and what is refused in words."""
import os
import urllib.parse

import flamedata
import stetapi

CASES = os.path.join(stetapi.PROFILES, "cases")
UPLOADED = {}


def numbers(document):
    """Every band of the document."""
    if isinstance(document, dict):
        if set(document) == {"lo", "est", "hi"}:
            yield document
        for value in document.values():
            yield from numbers(value)
    elif isinstance(document, list):
        for value in document:
            yield from numbers(value)


class Compare(stetapi.ServerCase):
    arguments = ("--demo",)

    def compare(self, base, head, **headers):
        query = urllib.parse.urlencode({"base": base, "head": head})
        return self.get(f"/api/v1/compare?{query}", **headers)

    def upload(self, project, run, body, **query):
        text = urllib.parse.urlencode({"run": run, **query})
        answer = self.post(f"/api/v1/projects/{project}/profiles?{text}", body)
        self.assertIn(answer.status, (200, 201), answer)
        return answer.json()["id"]

    def test_before_and_after(self):
        d = self.compare("meter-days/before-timed", "meter-days/after-timed").json()
        self.subset({"schema": "stet/compare/1", "base": {"run": "before-timed", "revision": 1}}, d)
        wall = next(s for s in d["seconds"] if s["name"] == "wall_s")
        self.assertGreater(wall["factor"]["est"], 13)
        self.assertLess(wall["factor"]["est"], 15)
        self.assertTrue(wall["more_than_noise"])
        self.assertFalse(wall["assumed"], "hyperfine measured how much runs differ")
        self.assertEqual(wall["direction"], "down")

    def test_numbers_are_bands(self):
        d = self.compare("py-cpu-loop/profiled", "py-native/py-spy").json()
        count = 0
        for band in numbers(d):
            count += 1
            self.assertLessEqual(band["lo"], band["est"], band)
            self.assertLessEqual(band["est"], band["hi"], band)
        self.assertGreater(count, 50)
        for side in ("base", "head"):
            shares = [c[side]["est"] for c in d["cpu"]]
            self.assertAlmostEqual(sum(shares), 1, places=6)
            self.assertLessEqual(sum(f["self"][side]["est"] for f in d["functions"]["movers"]), 1 + 1e-9)
        self.assertIn("program_differs", [w["code"] for w in d["warnings"]])
        self.assertIsNone(d["seconds"][0]["same_work"])

    def test_more_traffic_is_not_more_computing(self):
        d = self.compare("async-1/all-states", "async-150/all-states").json()
        self.assertFalse(d["verdict"]["changed"])
        self.assertEqual(d["verdict"]["head"], "fix_wait_first")
        self.assertIn("load_differs", [w["code"] for w in d["warnings"]])
        busy, request = d["time"]["cpu_share"], d["time"]["rules_share"]
        self.assertGreater(busy["difference"]["est"], 0.5)
        self.assertLess(request["head"]["hi"], 0.02)
        self.assertLess(request["difference"]["est"], 0)
        self.assertNotIn("CPU-bound", " ".join(d["sentences"]))

    def test_the_same_run_twice(self):
        d = self.compare("py-native/py-spy", "py-native/py-spy@1").json()
        self.assertFalse(d["time"]["rules_share"]["more_than_noise"])
        self.assertEqual(d["functions"]["more_than_noise"], 0)
        self.assertEqual(d["rules"], [])
        self.assertFalse(any(c["more_than_noise"] for c in d["cpu"]))

    def test_an_upload_is_compared_as_its_run(self):
        rows = self.get("/api/v1/projects/py-native/profiles").json()["profiles"]
        row = next(r for r in rows if r["run"] == "py-spy" and r["name"].endswith(".speedscope.json"))
        d = self.compare(row["id"], f"{row['id']}@1").json()
        self.subset({"profile": row["id"], "project": "py-native", "run": "py-spy"}, d["base"])
        self.assertEqual(d["base"]["stacks"]["profile"], row["id"])

    def test_unlike_clocks_are_refused(self):
        on_cpu = self.upload("unlike", "on-cpu", b"main;work 80\nmain;read 20\n", clock="cpu")
        off = self.upload("unlike", "off", b"main;work;recv 5000\nmain;read 2000\n", clock="off")
        wall = self.upload("unlike", "wall", b"main;work 80\nmain;recv 20\n", clock="wall")
        answer = self.compare(on_cpu, off)
        self.assert_problem(answer, 422, "wrong_unit")
        self.assertIn("blocked time", answer.json()["detail"])
        self.assertIn("record", answer.json()["detail"])
        self.assert_problem(self.compare("unlike/on-cpu", "unlike/wall"), 422, "wrong_unit")
        self.assertEqual(self.compare(wall, wall).status, 200)

    def test_what_is_missing_is_null(self):
        self.upload("half", "a", b"main;work 80\nmain;read 20\n", clock="cpu")
        self.upload("half", "b", b"main;work 20\nmain;read 80\n", clock="cpu")
        d = self.compare("half/a", "half/b").json()
        share = d["time"]["cpu_share"]
        self.assertIsNone(share["base"])
        self.assertIsNone(share["difference"])
        self.assertIsNone(share["more_than_noise"])
        self.assertIn("how long", share["reason"])
        self.assertTrue(share["settles"])
        self.subset({"time": False, "functions": True}, d["comparable"])
        self.assertEqual(d["refusals"][0]["part"], "time")

    def test_several_runs_of_a_commit(self):
        for run, work in (("1", 80), ("2", 82), ("3", 78)):
            self.upload("several", f"old-{run}", f"main;work {work}\nmain;read {100 - work}\n".encode(), clock="cpu",
                        commit="aaa", scenario="s", **{"fact.cpu_s": work / 100, "fact.wall_s": 1})
        self.upload("several", "new", b"main;work 40\nmain;read 60\n", clock="cpu", commit="bbb", scenario="s",
                    **{"fact.cpu_s": 0.4, "fact.wall_s": 1})
        d = self.compare("several/old-1", "several/new").json()
        self.assertEqual(d["base"]["runs"], 3)
        self.assertEqual(d["head"]["runs"], 1)
        self.assertAlmostEqual(d["time"]["cpu_share"]["base"]["est"], 0.8, places=6)
        # Two runs of one commit stand alone: the other one is no further run of either.
        d = self.compare("several/old-1", "several/old-2").json()
        self.assertEqual(d["base"]["runs"], 1)

    def test_names(self):
        self.upload("names", "r@2", b"main;work 80\n", clock="cpu")
        self.upload("names", "a/b:c", b"main;work 80\nmain;x 3\n", clock="cpu")
        self.assertEqual(self.compare("names/r@2", "names/r@2@1").status, 200)
        self.assertEqual(self.compare("names/a/b:c", "names/a/b:c@1").status, 200)
        self.assert_problem(self.compare("names/r@2", "names/r@7"), 404, "not_found")
        self.assert_problem(self.compare("nowhere", "names/r@2"), 404, "not_found")
        self.assert_problem(self.compare("", "names/r@2"), 400, "bad_request")
        self.assert_problem(self.compare("No!/x", "names/r@2"), 400, "bad_request")
        self.assert_problem(self.get("/api/v1/compare?base=names/r@2"), 400, "bad_request")

    def test_a_share_that_rose_because_the_rest_got_faster(self):
        for run, kept, rest, cpu in (("old", 2000, 2000, 10), ("new", 2000, 400, 6)):
            self.upload("rest", run, f"main;kept {kept}\nmain;rest {rest}\n".encode(), clock="cpu", rate=100,
                        **{"fact.cpu_s": cpu, "fact.wall_s": 20, "fact.ops": 1000, "fact.op_s": 0.02,
                           "fact.concurrency": "overlapping"})
        d = self.compare("rest/old", "rest/new").json()
        cost = next(s for s in d["seconds"] if s["name"] == "op_cpu_s")
        self.assertAlmostEqual(cost["factor"]["est"], 10 / 6, places=3)
        self.assertTrue(cost["more_than_noise"])
        kept = next(f for f in d["functions"]["movers"] if f["function"] == "kept")
        self.assertEqual(kept["self"]["direction"], "up")
        self.assertAlmostEqual(kept["seconds"]["base"]["est"], 0.005, places=6)
        self.assertAlmostEqual(kept["seconds"]["head"]["est"], 0.005, places=6)
        self.assertIn("rose because the rest got faster", kept["note"])

    def test_addresses_of_two_executions_are_one_function(self):
        d = self.compare("meter-days/before-set", "meter-days/after").json()
        names = [f["function"] for f in d["functions"]["movers"]]
        self.assertFalse([n for n in names if n.startswith("0x")])
        ids = urllib.parse.urlencode({side: d[side]["stacks"]["profile"] for side in ("base", "head")})
        flame = flamedata.read(self.get(f"/api/v1/compare/flame?{ids}").body)
        self.assertFalse([i for i in flame.func if flame.text(i).startswith("0x")])

    def test_markdown(self):
        answer = self.compare("meter-days/before-timed", "meter-days/after-timed", Accept="text/markdown")
        self.assertEqual(answer.headers.get_content_type(), "text/markdown")
        self.assertIn("more than noise", answer.text())

    def test_same_bytes(self):
        first = self.compare("meter-days/before-set", "meter-days/after")
        self.assertEqual(first.status, 200)
        self.assertEqual(first.body, self.compare("meter-days/before-set", "meter-days/after").body)


if __name__ == "__main__":
    stetapi.main()
