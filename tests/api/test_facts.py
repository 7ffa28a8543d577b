"""Facts of the world: values, units, intervals, scopes, history, and how they reach an analysis."""

import json
import urllib.parse

import stetapi

STAT = (
    b" Performance counter stats for 'python3 app.py':\n\n"
    b"         48,000.00 msec task-clock                #    0.800 CPUs utilized\n\n"
    b"      60.000000000 seconds time elapsed\n\n"
    b"      47.000000000 seconds user\n       1.000000000 seconds sys\n\n"
)
FOLDED = b"main;work;compute 90\nmain;work;json.dumps 10\n"


class Facts(stetapi.ServerCase):
    def path(self, project, name="", **query):
        path = f"/api/v1/projects/{project}/facts" + (f"/{name}" if name else "")
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def tell(self, project, facts, **query):
        return self.post(self.path(project, **query), json.dumps(facts).encode(), content_type="application/json")

    def told(self, project, facts, **query):
        answer = self.tell(project, facts, **query)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def holds(self, project, **query):
        return {(f["name"], f["scope"]): f for f in self.get(self.path(project, **query)).json()["facts"]}

    def upload(self, project, query, body=STAT):
        answer = self.post(f"/api/v1/projects/{project}/profiles?{query}", body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def analysis(self, project, run):
        return self.get(f"/api/v1/projects/{project}/runs/{run}/analysis").json()

    def inputs(self, document):
        return {i["name"]: i for i in document["inputs"]}

    def test_kinds_of_values(self):
        document = self.told("kinds", {"dep_sdk_ready": True, "fsm_nodes": 3, "product_stage": "beta", "dep_gap_years": None})
        self.assertEqual(document["stored"], 4)
        now = self.holds("kinds")
        self.subset({"value": 1, "unit": "bool", "source": None}, now["dep_sdk_ready", "project"])
        self.assertEqual(now["fsm_nodes", "project"]["value"], 3)
        self.assertEqual(now["product_stage", "project"]["value"], "beta")
        self.assertIsNone(now["dep_gap_years", "project"]["value"])
        self.assertIsNone(document["analysis"])

    def test_the_answer_names_the_rows(self):
        for want in ([1, 2], [3, 4]):
            answer = self.post("/api/v1/projects/rows/facts", b'{"ops_per_year": 5, "msg_rate_sustained": 7}')
            self.assertEqual([f["seq"] for f in answer.json()["facts"]], want, answer)

    def test_units_are_converted(self):
        self.told("units", {
            "op_s": {"value": 75, "unit": "ms"},
            "bus_p95_ms": {"value": 0.06, "unit": "s"},
            "pf_mean": {"value": 35, "unit": "%"},
            "evidence_age_days": {"value": 48, "unit": "h"},
            "msg_rate_sustained": {"value": 720000, "unit": "1/min"},
        })
        now = self.holds("units")
        self.subset({"value": 0.075, "unit": "s", "given_unit": "ms"}, now["op_s", "project"])
        self.assertEqual(now["bus_p95_ms", "project"]["value"], 60)
        self.assertEqual(now["pf_mean", "project"]["value"], 0.35)
        self.assertEqual(now["evidence_age_days", "project"]["value"], 2)
        self.assertAlmostEqual(now["msg_rate_sustained", "project"]["value"], 12000)

    def test_an_interval_fills_the_band(self):
        self.told("band", {"bus_gain_x": {"value": 3.2, "lo": 3.0, "hi": 3.5, "source": "bus suite"}})
        now = self.holds("band")
        self.assertEqual([now[f"bus_gain_x_{end}", "project"]["value"] for end in ("lo", "est", "hi")], [3.0, 3.2, 3.5])
        self.assertEqual(now["bus_gain_x_lo", "project"]["source"], "bus suite")
        self.told("band", {"bus_gain_x": 2.0})
        now = self.holds("band")
        self.assertEqual([now[f"bus_gain_x_{end}", "project"]["value"] for end in ("lo", "est", "hi")], [None, 2.0, None])
        self.told("band", {"ops_per_year": {"value": 1e6, "lo": 5e5, "hi": 2e6}})
        self.subset({"value": 1e6, "lo": 5e5, "hi": 2e6}, self.holds("band")["ops_per_year", "project"])
        self.assertEqual(len(self.get(self.path("band", "bus_gain_x")).json()["facts"]), 3)

    def test_every_name_has_its_error_and_nothing_is_stored(self):
        cases = {
            "cpu_shar_lo": (1, "did you mean 'cpu_share_lo'"),
            "op_ms": (75, "'op_s' is in s"),
            "op_s": ({"value": 75, "unit": "furlong"}, "unit 'furlong' does not fit: op_s is in s"),
            "wall_s": ("75 ms", "want a number in s"),
            "pf_mean": (35, "percent stand with"),
            "dep_sdk_ready": (2, "neither true nor false"),
            "goal": ("beauty", "none of: latency"),
            "fsm_nodes": ({"value": 3, "lo": 4, "hi": 5}, "lo <= value <= hi"),
            "cpu_share_lo": ({"value": 0.3, "lo": 0.2, "hi": 0.4}, "as 'cpu_share'"),
            "bus_p95_ms": ({"value": 3, "time": "2999-01-01"}, "in the future"),
            "msg_errors": ({"value": 3, "scope": "planet=earth"}, "want project, run=R"),
            "msg_p95_ms": ({"value": 3, "scope": "run=a b"}, "run: want"),
            "v_open_count": ({"value": 3, "colour": "red"}, "none of value, unit"),
            "agents_concurrent": ([1], "want a number"),
            "environment": ({"value": "prod", "unit": "s"}, "no unit"),
            "bus_agents_tested": ({}, "want a member value"),
            "nonsense_beyond_all_names": (1, "unknown fact"),
        }
        answer = self.tell("bad", {"team_target_devs": 1, **{name: value for name, (value, _) in cases.items()}})
        self.assert_problem(answer, 422, "bad_value")
        errors = {e["field"]: e["text"] for e in answer.json()["errors"]}
        self.assertEqual(set(errors), set(cases))
        for name, (_, text) in cases.items():
            self.assertIn(text, errors[name], name)
        self.assertEqual(self.get(self.path("bad")).status, 404)

    def test_broken_bodies(self):
        for body in (b"", b"{", b"[]", b"3", b"{}", b'{"op_s":NaN}', b'{"op_s":1} x', b"[" * 5000):
            answer = self.post(self.path("broken"), body)
            self.assertIn(answer.status, (400, 413), answer)
            self.assert_problem(answer, answer.status)
        self.assert_problem(self.post(self.path("broken"), b'{"op_s":1,"op_s":2}'), 422)
        self.assert_problem(self.post(self.path("broken"), b" " * (1 << 20) + b"{}"), 413)
        self.assert_problem(self.tell("broken", {"op_s": 1e308}), 422)
        self.assert_problem(self.tell("broken", {"op_s": -1}), 422)
        self.assert_problem(self.tell("Not-A-Project", {"op_s": 1}), 400)
        script = "<script>alert(1)</script>'; DROP TABLE fact; --"
        self.told("inert", {"scope": script, "op_s": {"value": 1, "source": script}})
        self.assertEqual(self.holds("inert")["scope", "project"]["value"], script)

    def test_latest_time_holds_and_history_is_kept(self):
        for day, value in ((1, 10), (3, 30), (2, 20)):
            self.told("past", {"fsm_nodes": {"value": value, "time": f"2026-01-0{day}"}})
        self.assertEqual(self.holds("past")["fsm_nodes", "project"]["value"], 30)
        seen, cursor = [], ""
        while True:
            query = {"history": 1, "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = self.get(self.path("past", "fsm_nodes", **query)).json()
            seen += [(f["value"], f["time"][:10]) for f in page["facts"]]
            cursor = page["next"]
            if not cursor:
                break
        self.assertEqual(seen, [(30, "2026-01-03"), (20, "2026-01-02"), (10, "2026-01-01")])
        self.assert_problem(self.get(self.path("past", "fsm_node", history=1)), 404)
        self.assert_problem(self.get(self.path("past", "fsm_nodes", history=1, cursor="x")), 400)
        self.assert_problem(self.get(self.path("past", "fsm_nodes", limit=0)), 400)
        self.assert_problem(self.get(self.path("past", scope="moon")), 400)
        self.assert_problem(self.get(self.path("nowhere")), 404)

    def test_lists_go_on_behind_the_cursor(self):
        self.told("pages", {"fsm_nodes": 1, "msg_errors": 2, "v_open_count": {"value": 3, "scope": "run=a.b"}})
        names, cursor = [], ""
        while True:
            page = self.get(self.path("pages", limit=1, **({"cursor": cursor} if cursor else {}))).json()
            names += [f["name"] for f in page["facts"]]
            cursor = page["next"]
            if not cursor:
                break
        self.assertEqual(names, ["fsm_nodes", "msg_errors", "v_open_count"])

    def test_contradictions_are_refused(self):
        self.told("fits", {"cpu_share": {"value": 0.3, "lo": 0.2, "hi": 0.4}})
        answer = self.tell("fits", {"cpu_share_lo": 0.9})
        self.assert_problem(answer, 422)
        self.assertIn("lies above", answer.json()["errors"][0]["text"])
        # Told afterwards about an earlier time: history.
        self.told("fits", {"cpu_share_lo": {"value": 0.9, "time": "2020-01-01"}})
        self.assertEqual(self.holds("fits")["cpu_share_lo", "project"]["value"], 0.2)

    def test_facts_reach_the_analysis(self):
        self.upload("flow", "run=r1")
        before = self.analysis("flow", "r1")
        self.assertIsNone(before["facts"].get("team_target_devs"))
        document = self.told("flow", {"concurrency": {"value": "one_at_a_time", "source": "the team", "time": "2026-02-01"}})
        self.subset({"run": "r1", "status": "done", "revision": 2}, document["analysis"])
        after = self.analysis("flow", "r1")
        self.assertEqual(after["revision"], 2)
        entry = self.inputs(after)["concurrency"]
        self.subset({"value": "one_at_a_time", "origin": "declared"}, entry)
        self.assertIn("the team", entry["by"])
        self.assertTrue(entry["at"].startswith("2026-02-01"), entry)
        self.assertEqual(self.get("/api/v1/projects/flow/runs/r1/analysis?rev=1").json()["superseded_by"], 2)
        # The same again changes nothing, so there is no new revision.
        self.told("flow", {"concurrency": "one_at_a_time"})
        self.assertEqual(self.analysis("flow", "r1")["revision"], 2)

    def test_nearer_facts_win(self):
        self.told("near", {"load_model": "of-project", "product_stage": "p", "environment": "p", "scope": "p"})
        self.told("near", {"product_stage": {"value": "s", "scope": "scenario=steady"},
                           "environment": {"value": "s", "scope": "scenario=steady"}})
        self.told("near", {"environment": "r"}, scope="run=r1")
        self.told("near", {"environment": "other"}, scope="run=r2")
        document = self.upload("near", "run=r1&scenario=steady&fact.scope=own")["analysis"]
        got = {n: i["value"] for n, i in self.inputs(document).items()}
        self.subset({"load_model": "of-project", "product_stage": "s", "environment": "r", "scope": "own"}, got)

    def test_what_files_measured_stays(self):
        plain = self.upload("plain", "run=r1")["analysis"]
        self.assertIsNotNone(plain["time"]["cpu_share"])
        self.told("measured", {"cpu_s": 1, "wall_s": 1000, "gc_cpu_share": {"value": 0.2, "lo": 0.1, "hi": 0.3}})
        document = self.upload("measured", "run=r1")["analysis"]
        self.assertEqual(document["time"]["cpu_share"], plain["time"]["cpu_share"])
        self.assertEqual(document["facts"]["gc_cpu_share_lo"], 0.1)
        self.assertEqual(self.inputs(document)["gc_cpu_share_lo"]["origin"], "declared")
        self.assertEqual(document["facts"]["declared_measures"], 1)

    def test_the_world_never_refuses_an_upload(self):
        self.told("clash", {"wait_share": {"value": 0.9, "lo": 0.85, "hi": 0.95}, "samples_eff": 1e6})
        document = self.upload("clash", "run=r1&fact.cpu_share_lo=0.8&fact.cpu_share_hi=0.9")["analysis"]
        self.assertEqual(document["facts"]["cpu_share_lo"], 0.8)
        self.upload("clash", "run=r2&format=folded", FOLDED)

    def test_null_takes_a_fact_back(self):
        self.told("back", {"product_stage": "beta"})
        self.assertIn("product_stage", self.inputs(self.upload("back", "run=r1")["analysis"]))
        self.told("back", {"product_stage": None})
        self.assertNotIn("product_stage", self.inputs(self.analysis("back", "r1")))
        history = self.get(self.path("back", "product_stage", history=1)).json()["facts"]
        self.assertEqual([f["value"] for f in history], [None, "beta"])

    def test_a_long_history_is_paged(self):
        for start in range(0, 60, 20):
            for i in range(start, start + 20):
                self.told("long", {"msg_errors": {"value": i, "time": f"2026-01-01T00:00:{i:02}Z"}})
        page = self.get(self.path("long", "msg_errors", history=1, limit=50)).json()
        self.assertEqual([f["value"] for f in page["facts"]], list(range(59, 9, -1)))
        page = self.get(self.path("long", "msg_errors", history=1, limit=50, cursor=page["next"])).json()
        self.assertEqual([f["value"] for f in page["facts"]], list(range(9, -1, -1)))
        self.assertIsNone(page["next"])


if __name__ == "__main__":
    stetapi.main()
