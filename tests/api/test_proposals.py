"""Proposals: sent, judged field by field, edited with the old kept, decided on, and what they do to the gate."""

import concurrent.futures
import json
import os
import sqlite3

import stetapi

from test_service import token
from test_uploads import FOLDED, STAT, stat

PROPOSAL = {
    "schema": "stet/proposal/1",
    "title": "The parser in a compiled language",
    "kind": "native_extension",
    "from": "python",
    "to": "rust",
    "goal": "latency",
    "components": [{"name": "parser", "match": ["*json*"]}],
    "cost": {"devs": 2, "months": {"lo": 2, "mode": 3, "hi": 6}, "rate_usd_year": 150000, "failure_probability": 0.2},
    "benefit": {"ops_per_year": 1e6, "saved_s_per_op": 0.05, "usd_per_hour": 200},
}


def proposal(**changes):
    return json.dumps({**PROPOSAL, **changes})


class ProposalCase(stetapi.ServerCase):
    def made(self, project, **changes):
        answer = self.post(f"/api/v1/projects/{project}/proposals", proposal(**changes))
        self.assertEqual(answer.status, 201, str(answer))
        return answer.json()

    def uploaded(self, project, run, body=STAT, query=""):
        answer = self.post(f"/api/v1/projects/{project}/profiles?run={run}{query}", body)
        self.assertEqual(answer.status, 201, str(answer))
        return answer.json()

    def decided(self, made, body=b"", status=201):
        answer = self.post(f"/api/v1/proposals/{made['id']}/decide", body)
        self.assertEqual(answer.status, status, str(answer))
        return answer.json()

    def database(self):
        return sqlite3.connect(self.server.database)


class Proposals(ProposalCase):
    def test_sent_and_read(self):
        made = self.made("sent")
        self.subset({"version": 1, "newest": 1, "status": "open", "title": PROPOSAL["title"], "kind": "native_extension",
                     "goal": "latency", "project": "sent", "decision": None, "duplicate": False}, made)
        read = self.get(made["url"]).json()
        self.assertEqual(read["proposal"], PROPOSAL)
        listed = self.get("/api/v1/projects/sent/proposals").json()["proposals"]
        self.assertEqual([p["id"] for p in listed], [made["id"]])
        self.assertIn("sent", [p["name"] for p in self.get("/api/v1/projects").json()["projects"]])

    def test_an_error_for_each_field(self):
        bad = proposal(kind="rewrite_it", goal_gain=7, titel="x", cost={"months": {"lo": 9, "hi": 3}, "devs": -2},
                       benefit={"ops_per_year": "many"})
        answer = self.post("/api/v1/projects/bad/proposals", bad)
        self.assert_problem(answer, 422)
        fields = {e["field"] for e in answer.json()["errors"]}
        for want in ("kind", "goal_gain", "titel", "cost.devs", "benefit.ops_per_year"):
            self.assertIn(want, fields)
        self.assertTrue(any(f.startswith("cost.months") for f in fields), fields)
        self.assertTrue(all(e["text"] for e in answer.json()["errors"]))
        self.assertEqual(self.get("/api/v1/projects/bad/proposals").json()["proposals"], [])

    def test_what_deciding_would_refuse_is_refused_when_sent(self):
        bad = proposal(packs=["score-sheet", "nope"],
                       watch=[{"id": "a", "title": "a", "when": "1 = 1; DROP TABLE watch"},
                              {"id": "b", "title": "b", "when": "no_such_fact > 1"},
                              {"id": "c", "title": "c", "when": "(SELECT 1) = 1"}])
        answer = self.post("/api/v1/projects/refused/proposals", bad)
        self.assert_problem(answer, 422)
        self.assertEqual([e["field"] for e in answer.json()["errors"]],
                         ["packs[1]", "watch[0].when", "watch[1].when", "watch[2].when"])
        made = self.made("refused")
        self.assert_problem(self.post(f"/api/v1/proposals/{made['id']}", bad), 422)
        self.assertEqual(self.get(f"/api/v1/proposals/{made['id']}").json()["version"], 1)

    def test_hostile(self):
        path = "/api/v1/projects/hostile/proposals"
        self.assertIn(self.post(path, b"{").status, (400, 422))
        self.assertIn(self.post(path, b"").status, (400, 422))
        self.assertIn(self.post(path, b"[1]").status, (400, 422))
        self.assertIn(self.post(path, b"\xff\xfe").status, (400, 422))
        self.assertIn(self.post(path, '{"title":NaN}').status, (400, 422))
        self.assertIn(self.post(path, proposal(horizon_years=1e308)).status, (400, 422))
        self.assertIn(self.post(path, "[" * 5000).status, (400, 413, 422))
        self.assertEqual(self.post(path, json.dumps({"title": "x" * 2000000})).status, 413)
        title = "<script>alert(1)</script>"
        made = self.made("hostile", title=title)
        self.assertEqual(made["title"], title)
        self.assertEqual(self.get(made["url"]).headers.get_content_type(), "application/json")

    def test_edit_keeps_the_old(self):
        made = self.made("edits")
        path = f"/api/v1/proposals/{made['id']}"
        second = self.post(path, proposal(title="Second"))
        self.subset({"version": 2, "newest": 2, "title": "Second", "duplicate": False}, second.json())
        self.assertEqual(second.status, 201)
        same = self.request("PUT", path, proposal(title="Second"))
        self.assertEqual((same.status, same.json()["version"], same.json()["duplicate"]), (200, 2, True))
        self.assertEqual(self.get(path + "?version=1").json()["proposal"]["title"], PROPOSAL["title"])
        self.assertEqual(self.get(path).json()["proposal"]["title"], "Second")
        versions = self.get(path + "/versions").json()["versions"]
        self.assertEqual([v["version"] for v in versions], [2, 1])
        for bad, status in (("0", 400), ("x", 400), ("3", 404)):
            self.assertEqual(self.get(path + "?version=" + bad).status, status)
        self.assertEqual(self.post(path, b'{"schema":"stet/proposal/1","kind":"?"}').status, 422)
        self.assertEqual(self.get(path).json()["version"], 2)

    def test_gate_is_asked_while_open(self):
        self.uploaded("gates", "r1")
        before = self.get("/api/v1/projects/gates/gate").json()
        self.subset({"asked": False, "stage": "evidence", "proposals": [], "decision": None}, before)
        made = self.made("gates")
        waits = self.get("/api/v1/projects/gates/gate").json()
        self.subset({"asked": True, "stage": "decision", "gate": "insufficient", "decision": None}, waits)
        self.assertIn(made["id"], waits["summary"])
        self.assert_problem(self.get("/api/v1/projects/gates/gate?enforce=1"), 409, "gate_closed")
        decision = self.decided(made)
        decided = self.get("/api/v1/projects/gates/gate").json()
        self.subset({"asked": True, "stage": "decision", "decision": decision["id"], "gate": decision["gate"],
                     "verdict": decision["verdict"], "url": decision["url"]}, decided)
        self.assertTrue(decided["reasons"])
        self.uploaded("gates", "r2", stat(900))
        self.subset({"stage": "evidence", "run": "r2"}, self.get("/api/v1/projects/gates/gate?run=r2").json())
        self.subset({"stage": "decision", "run": "r1"}, self.get("/api/v1/projects/gates/gate?run=r1").json())
        self.assertEqual(self.post(f"/api/v1/proposals/{made['id']}/withdraw", b'{"text":"not now"}').json()["status"],
                         "withdrawn")
        self.subset({"asked": False, "stage": "evidence"}, self.get("/api/v1/projects/gates/gate").json())
        self.assert_problem(self.post(f"/api/v1/proposals/{made['id']}/decide"), 409, "conflict")
        self.assert_problem(self.post(f"/api/v1/proposals/{made['id']}", proposal(title="again")), 409, "conflict")

    def test_unknown(self):
        for method, path in (("GET", "/api/v1/proposals/none"), ("POST", "/api/v1/proposals/none/decide"),
                             ("POST", "/api/v1/proposals/none"), ("GET", "/api/v1/decisions/none"),
                             ("GET", "/api/v1/decisions/none/verify"), ("POST", "/api/v1/decisions/none/accept"),
                             ("POST", "/api/v1/waivers/none/grant")):
            body = proposal() if path.endswith("proposals/none") else b""
            self.assertEqual(self.request(method, path, body).status, 404, path)
        self.assertEqual(self.post("/api/v1/projects/NO/proposals", proposal()).status, 400)


class Decisions(ProposalCase):
    def test_without_evidence(self):
        made = self.made("bare")
        d = self.decided(made)
        self.subset({"schema": "stet/decision/1", "asked": True, "artefacts": [], "gate_decided": d["gate"],
                     "stage": "decision", "run": None, "status": "proposed", "proposal_id": made["id"],
                     "proposal_version": 1, "superseded_by": None, "stale": False,
                     "waivers": {"active": 0, "expired": 0, "requested": 0}}, d)
        self.assertEqual(d["chain"]["seq"], 2)
        self.assertEqual(len(d["chain"]["hash"]), 64)
        read = self.get("/api/v1/decisions/" + d["id"]).json()
        self.assertEqual({**d, "duplicate": False}, read)
        self.assertEqual(self.get(f"/api/v1/decisions/{d['id']}.json").json(), read)

    def test_on_a_run(self):
        self.uploaded("runs", "old", stat(700), "&fact.concurrency=one_at_a_time")
        self.uploaded("runs", "new", STAT)
        made = self.made("runs")
        self.assertEqual(self.decided(made)["run"], "new")
        old = self.decided(made, b'{"run":"old","by":"the platform team"}')
        self.subset({"run": "old", "by": "the platform team"}, old)
        self.assertIsNone(self.decided(made, b'{"run":null}')["run"])
        self.assert_problem(self.post(f"/api/v1/proposals/{made['id']}/decide", b'{"run":"none"}'), 404)
        listed = self.get("/api/v1/projects/runs/decisions").json()["decisions"]
        self.assertEqual([d["status"] for d in listed], ["proposed", "superseded", "superseded"])
        self.assertEqual(len(self.get("/api/v1/projects/runs/decisions?standing=1").json()["decisions"]), 1)
        self.assertEqual(self.get("/api/v1/decisions/" + old["id"]).json()["superseded_by"], listed[0]["id"])

    def test_order_is_checked(self):
        made = self.made("orders")
        path = f"/api/v1/proposals/{made['id']}/decide"
        for body in (b'{"seed":-1}', b'{"seed":1.5}', b'{"as_of":"yesterday"}', b'{"policy":"standing"}',
                     b'{"policy":["no-such-pack"]}', b'{"runn":"a"}', b"[]", b'{"by":7}', b'{"run":"a b"}'):
            self.assertIn(self.post(path, body).status, (400, 422), body)
        d = self.decided(made, b'{"seed":"18446744073709551615","as_of":"2026-03-31T12:00:00Z","policy":["score-sheet"]}')
        self.assertEqual(d["as_of"][:19], "2026-03-31T12:00:00")

    def test_same_inputs_are_one_decision(self):
        self.uploaded("twice", "r1")
        made = self.made("twice")
        first = self.decided(made)
        again = self.decided(made, status=200)
        self.assertEqual((again["id"], again["duplicate"]), (first["id"], True))
        self.uploaded("twice", "r1", FOLDED, "&clock=cpu")
        other = self.decided(made)
        self.assertNotEqual(other["id"], first["id"])
        self.assertEqual(self.get("/api/v1/decisions/" + first["id"]).json()["superseded_by"], other["id"])
        self.post(f"/api/v1/proposals/{made['id']}", proposal(title="Edited"))
        third = self.decided(made)
        self.assertEqual(third["proposal_version"], 2)
        self.assertEqual(third["chain"]["seq"], other["chain"]["seq"] + 2)

    def test_many_at_once(self):
        self.uploaded("crowd", "r1")
        proposals = [self.made("crowd", title=f"Change {i}") for i in range(6)]
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            decisions = list(pool.map(lambda p: self.post(f"/api/v1/proposals/{p['id']}/decide"), proposals * 2))
        self.assertTrue(all(d.status in (200, 201) for d in decisions), [d.status for d in decisions])
        ids = {d.json()["id"] for d in decisions}
        self.assertEqual(len(ids), len(proposals))
        entries = self.get("/api/v1/projects/crowd/ledger").json()["entries"]
        self.assertEqual([e["seq"] for e in entries], list(range(1, len(entries) + 1)))
        for before, after in zip(entries, entries[1:]):
            self.assertEqual(after["prev"], before["hash"])
        self.assertEqual(sum(e["kind"] == "decision" for e in entries), len(proposals))

    def test_while_uploading(self):
        self.uploaded("busy", "r0")
        made = self.made("busy")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            uploads = [pool.submit(self.post, f"/api/v1/projects/busy/profiles?run=r{i % 3}", stat(100 + i))
                       for i in range(12)]
            decides = [pool.submit(self.post, f"/api/v1/proposals/{made['id']}/decide", b"{}") for _ in range(12)]
        self.assertTrue(all(u.result().status == 201 for u in uploads))
        for d in decides:
            self.assertIn(d.result().status, (200, 201, 409), str(d.result()))
        newest = self.get("/api/v1/projects/busy/decisions").json()["decisions"][0]
        self.assertTrue(self.get(f"/api/v1/decisions/{newest['id']}/verify").json()["ok"])

    def test_evidence_stays(self):
        upload = self.uploaded("held", "r1")
        made = self.made("held")
        d = self.decided(made)
        refused = self.request("DELETE", "/api/v1/profiles/" + upload["id"])
        self.assert_problem(refused, 409, "conflict")
        self.assertIn(d["id"], refused.json()["detail"])
        self.post(f"/api/v1/proposals/{made['id']}/withdraw")
        self.assertEqual(self.request("DELETE", "/api/v1/profiles/" + upload["id"]).status, 204)
        gone = self.get(f"/api/v1/decisions/{d['id']}/verify").json()
        self.assertIsNone(gone["identical"])


class Access(stetapi.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        database = cls.server.database
        cls.admin = token(database, "--scopes", "admin", "--name", "the administrator")
        cls.write = token(database, "--scopes", "write", "--name", "a writer")
        cls.upload = token(database, "--scopes", "upload", "--name", "the pipeline")
        cls.read = token(database, "--scopes", "read")
        cls.other = token(database, "--scopes", "admin", "--project", "other")

    def ask(self, method, path, who, body=b""):
        return self.request(method, path, body, {"Authorization": "Bearer " + who})

    def test_scopes(self):
        path = "/api/v1/projects/mine/proposals"
        for who in (self.read, self.upload, self.other):
            self.assertEqual(self.ask("POST", path, who, proposal()).status, 403)
        self.assertEqual(self.request("POST", path, proposal()).status, 401)
        made = self.ask("POST", path, self.write, proposal()).json()
        self.assertEqual(made["by"], "a writer")
        decide = f"/api/v1/proposals/{made['id']}/decide"
        self.assertEqual(self.ask("POST", decide, self.read).status, 403)
        self.assertEqual(self.ask("POST", decide, self.other).status, 404)
        d = self.ask("POST", decide, self.write).json()
        self.assertEqual(d["by"], "a writer")
        self.assertEqual(self.ask("GET", f"/api/v1/decisions/{d['id']}", self.read).status, 200)
        for path in (f"/api/v1/decisions/{d['id']}", f"/api/v1/decisions/{d['id']}/verify",
                     f"/api/v1/proposals/{made['id']}"):
            self.assertEqual(self.ask("GET", path, self.other).status, 404)
        self.assertEqual(self.ask("POST", f"/api/v1/decisions/{d['id']}/accept", self.upload).status, 403)

    def test_waivers(self):
        path = "/api/v1/projects/waived/waivers"
        body = json.dumps({"rule": "gate", "reason": "A launch.", "until": "2099-01-01T00:00:00Z"})
        self.assertEqual(self.ask("POST", path, self.read, body).status, 403)
        asked = self.ask("POST", path, self.upload, body)
        self.assertEqual(asked.status, 201, str(asked))
        self.assertEqual((asked.json()["state"], asked.json()["asked_by"]), ("requested", "the pipeline"))
        grant = f"/api/v1/waivers/{asked.json()['id']}/grant"
        self.assertEqual(self.ask("POST", grant, self.write).status, 403)
        self.assertEqual(self.ask("POST", grant, self.other).status, 404)
        granted = self.ask("POST", grant, self.admin).json()
        self.assertEqual((granted["state"], granted["owner"]), ("active", "the administrator"))

    def test_other_origin(self):
        answer = self.request("POST", "/api/v1/projects/mine/proposals", proposal(),
                              {"Authorization": "Bearer " + self.admin, "Origin": "http://evil.example"})
        self.assertEqual(answer.status, 403)


if __name__ == "__main__":
    stetapi.main()
