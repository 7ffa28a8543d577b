"""Corrections of categories: given, listed, revoked; analyses made anew; decisions that stay what they were."""

import json
import sqlite3
import urllib.parse

import stetapi

from test_proposals import ProposalCase
from test_uploads import STAT

# py-spy's raw text: function (file:line). Of 100 samples 30 are of a vendored codec, 10 of its helper.
STACKS = (
    b"main (app.py:1);work (app.py:9);compute (app.py:20) 40\n"
    b"main (app.py:1);work (app.py:9);pack (wire/codec.py:7) 30\n"
    b"main (app.py:1);work (app.py:9);pack (wire/codec.py:7);pad (wire/text.py:3) 10\n"
    b"main (app.py:1);loads (json/__init__.py:346) 20\n"
)
CODEC = {"pattern": "wire/*", "kind": "file", "category": "crypto", "reason": "ours in Rust since May"}


class Overrides(ProposalCase):
    def path(self, project, identity="", **query):
        path = f"/api/v1/projects/{project}/overrides" + (f"/{identity}" if identity else "")
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def send(self, project, body, **query):
        return self.post(self.path(project, **query), json.dumps(body).encode(), content_type="application/json")

    def given(self, project, body=None, **query):
        answer = self.send(project, body or CODEC, **query)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def revoked(self, project, identity, **query):
        answer = self.request("DELETE", self.path(project, identity, **query))
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def upload(self, project, run, body=STACKS, **query):
        more = urllib.parse.urlencode({"clock": "cpu", **query})
        answer = self.post(f"/api/v1/projects/{project}/profiles?run={run}&{more}", body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def analysis(self, project, run, revision=None):
        more = f"?rev={revision}" if revision else ""
        answer = self.get(f"/api/v1/projects/{project}/runs/{run}/analysis{more}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def shares(self, document):
        return {c["category"]: round(c["share_of_cpu"], 6) for c in document["cpu"] if c["share_of_cpu"] > 0}

    def settle(self, project, run, version):
        """Background work goes on by itself: asked again until it is there."""
        for _ in range(2000):
            document = self.analysis(project, run)
            if document["versions"]["overrides"] == version:
                return document
        return self.fail(f"run {run} was not analysed anew")

    def test_given_and_revoked(self):
        first = self.upload("one", "r1")["analysis"]
        self.assertEqual(first["versions"]["overrides"], "none")
        self.assertEqual(first["overrides"], [])
        made = self.given("one", {**CODEC, "by": "platform team"})
        self.subset({"project": "one", "kind": "file", "pattern": "wire/*", "category": "crypto", "active": True,
                     "words": "cryptography, native", "reason": "ours in Rust since May", "by": "platform team",
                     "revoked": None, "duplicate": False, "replaced": None, "revision": first["revision"] + 1,
                     "analysis_url": f"/projects/one/runs/r1?rev={first['revision'] + 1}"}, made)
        document = self.analysis("one", "r1")
        self.assertRegex(document["versions"]["overrides"], "^[0-9a-f]{12}$")
        self.subset([{"pattern": "wire/*", "kind": "file", "category": "crypto", "reason": "ours in Rust since May",
                      "by": "platform team", "at": made["at"]}], document["overrides"])
        self.assertEqual(self.shares(document)["crypto"], 0.4)
        self.assertNotIn("crypto", self.shares(first))
        # Links to the revision before stay as they were.
        old = self.analysis("one", "r1", first["revision"])
        self.assertEqual({**old, "superseded_by": None}, {**first, "superseded_by": None})
        self.assertEqual(old["superseded_by"], first["revision"] + 1)
        gone = self.revoked("one", made["id"])
        self.subset({"id": made["id"], "active": False, "revision": first["revision"] + 2}, gone)
        self.assertIsNotNone(gone["revoked"])
        self.assertEqual(self.shares(self.analysis("one", "r1")), self.shares(first))
        # Doing it again changes nothing, and it stays in the list.
        again = self.revoked("one", made["id"])
        self.subset({"duplicate": True, "revision": first["revision"] + 2, "revoked": gone["revoked"]}, again)
        self.subset([{"id": made["id"], "active": False}], self.get(self.path("one")).json()["overrides"])

    def test_the_same_again_and_another(self):
        self.upload("twice", "r1")
        made = self.given("twice")
        again = self.send("twice", CODEC)
        self.assertEqual(again.status, 200, again)
        self.subset({"id": made["id"], "duplicate": True, "revision": made["revision"]}, again.json())
        other = self.given("twice", {**CODEC, "category": "compress"})
        self.subset({"replaced": made["id"], "revision": made["revision"] + 1}, other)
        states = {o["id"]: o["active"] for o in self.get(self.path("twice")).json()["overrides"]}
        self.assertEqual(states, {made["id"]: False, other["id"]: True})
        self.assertEqual(self.shares(self.analysis("twice", "r1"))["compress"], 0.4)

    def test_functions_of_a_file(self):
        self.upload("function", "r1")
        self.given("function", {"pattern": "pack@wire/*", "kind": "function", "category": "compress"})
        self.given("function", {"pattern": "compute", "kind": "function", "category": "math"})
        self.assertEqual(self.shares(self.analysis("function", "r1")), {"compress": 0.4, "math": 0.4, "serde": 0.2})

    def test_waiting_stays_with_the_clock(self):
        self.upload("clock", "r1")
        self.given("clock", {"pattern": "compute", "kind": "function", "category": "w_db"})
        document = self.analysis("clock", "r1")
        self.assertNotIn("w_db", self.shares(document))
        problems = [p for a in document["artefacts"] for p in a["problems"] if p["code"] == "override_refused"]
        self.assertEqual(len(problems), 1, document["artefacts"])
        self.assertIn("compute", problems[0]["text"])

    def test_other_runs_follow(self):
        for run in ("r1", "r2", "r3"):
            self.upload("many", run, STACKS + f"{run} (app.py:1) 1\n".encode())
        made = self.given("many")
        self.assertTrue(made["analysis_url"].startswith("/projects/many/runs/r3?"), made)
        version = self.analysis("many", "r3")["versions"]["overrides"]
        for run in ("r1", "r2"):
            self.assertAlmostEqual(self.shares(self.settle("many", run, version))["crypto"], 40 / 101, places=5)
        made = self.given("many", {"pattern": "compute", "kind": "function", "category": "math"}, run="r1")
        self.assertTrue(made["analysis_url"].startswith("/projects/many/runs/r1?"), made)
        version = self.analysis("many", "r1")["versions"]["overrides"]
        self.settle("many", "r2", version)
        self.settle("many", "r3", version)
        self.assertEqual(self.send("many", CODEC, run="no-such-run").status, 404)

    def test_pictures_follow_the_revision(self):
        identity = self.upload("picture", "r1")["id"]
        before = self.get(f"/api/v1/profiles/{identity}/flamegraph.svg").text()
        self.given("picture")
        after = self.get(f"/api/v1/profiles/{identity}/flamegraph.svg").text()
        self.assertNotEqual(before, after)
        flame = self.get(f"/api/v1/profiles/{identity}/flame").body
        self.assertIn(b'"project/file/wire/*"', flame)
        self.assertIn(b'"overrides":true', flame)
        self.assertNotIn(b'"project/file', self.get(f"/api/v1/profiles/{identity}/flame?rev=1").body)
        page = self.get("/projects/picture/runs/r1").text()
        self.assertIn("1 category corrected by this project", page)
        self.assertNotIn("corrected by this project", self.get("/projects/picture/runs/r1?rev=1").text())

    def test_refused(self):
        self.upload("refused", "r1")
        good = {"pattern": "main", "kind": "function", "category": "app"}
        for status, change in (
            (422, {"pattern": ""}), (422, {"pattern": "*"}), (422, {"pattern": "**?a**"}), (422, {"pattern": "x" * 301}),
            (422, {"pattern": "a\u0001b"}), (422, {"pattern": "a\nb"}), (422, {"pattern": 5}), (422, {"kind": "comm"}),
            (422, {"kind": None}), (422, {"category": "nothing"}), (422, {"category": "runq"}),
            (422, {"category": "idle_cpu"}), (422, {"category": "meta"}), (422, {"reason": "x" * 2001}),
            (422, {"colour": "red"}),
        ):
            answer = self.send("refused", {**good, **change})
            self.assertEqual(answer.status, status, (change, str(answer)))
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(self.post(self.path("refused"), b"[1]").status, 400)
        self.assertEqual(self.post(self.path("refused"), b"{").status, 400)
        self.assertEqual(self.send("no-such-project", good).status, 404)
        self.assertEqual(self.send("NO", good).status, 400)
        self.assertEqual(self.request("DELETE", self.path("refused", "nothing")).status, 404)
        self.assertEqual(self.get(self.path("refused", "nothing")).status, 404)
        self.assertEqual(self.get(self.path("refused")).json()["overrides"], [])
        made = self.given("refused", good)
        self.upload("stranger", "r1")
        self.assertEqual(self.request("DELETE", self.path("stranger", made["id"])).status, 404)
        for query in ({"limit": 0}, {"limit": "x"}, {"cursor": "x"}, {"state": "x"}):
            self.assertEqual(self.get(self.path("refused", **query)).status, 400, query)

    def test_hostile_patterns_are_inert(self):
        self.upload("hostile", "r1")
        patterns = ["<script>alert(1)</script>", "'; DROP TABLE run; --", "a" + "*a" * 149, "%s%n%x", "\u202e\u00e4\U0001f600",
                    "{{V:u}}", "\\..\\", "[" * 300]
        for pattern in patterns:
            made = self.given("hostile", {"pattern": pattern, "kind": "function", "category": "app", "reason": pattern[:300]})
            self.assertEqual(made["pattern"], pattern)
        document = self.analysis("hostile", "r1")
        self.assertEqual([o["pattern"] for o in document["overrides"]], patterns)
        self.assertNotIn("<script>alert", self.get("/projects/hostile/runs/r1").text())

    def test_lists_come_in_pages_and_end(self):
        self.upload("pages", "r1")
        made = [self.given("pages", {"pattern": f"name{i}", "kind": "function", "category": "dep"}) for i in range(5)]
        self.revoked("pages", made[2]["id"])
        self.assertEqual(len(self.get(self.path("pages", state="active")).json()["overrides"]), 4)
        self.assertEqual([o["id"] for o in self.get(self.path("pages", state="revoked")).json()["overrides"]], [made[2]["id"]])
        got, cursor = [], ""
        while cursor is not None:
            page = self.get(self.path("pages", limit=2, **({"cursor": cursor} if cursor else {}))).json()
            got += [o["id"] for o in page["overrides"]]
            cursor = page["next"]
        self.assertEqual(got, [m["id"] for m in reversed(made)])

    def test_those_of_the_document_come_first(self):
        own = {"schema": "stet/project/1", "overrides": [{"pattern": "wire/*", "kind": "file", "category": "crypto"},
                                                         {"pattern": "compute", "kind": "function", "category": "math"}]}
        answer = self.request("PUT", "/api/v1/projects/own/policies", json.dumps(own).encode())
        self.assertEqual(answer.status, 201, answer)
        self.uploaded("own", "r1", STAT, "&fact.concurrency=one_at_a_time")
        self.upload("own", "r1")
        self.assertEqual(self.shares(self.analysis("own", "r1")), {"crypto": 0.4, "math": 0.4, "serde": 0.2})
        self.given("own", {**CODEC, "category": "compress"})
        document = self.analysis("own", "r1")
        self.assertEqual(self.shares(document), {"compress": 0.4, "math": 0.4, "serde": 0.2})
        self.assertEqual([o["category"] for o in document["overrides"]], ["crypto", "math", "compress"])
        decision = self.decided(self.made("own"))
        self.assertEqual(len(decision["overrides"]), 3)
        self.assertEqual(self.request("PUT", "/api/v1/projects/own/policies", b'{"schema":"stet/project/1"}').status, 201)
        self.subset({"ok": True, "identical": True}, self.get(f"/api/v1/decisions/{decision['id']}/verify").json())
        own["overrides"][0]["kind"] = "nothing"
        refused = self.request("PUT", "/api/v1/projects/own/policies", json.dumps(own).encode())
        self.assertEqual([e["field"] for e in refused.json()["errors"]], ["overrides[0].kind"])

    def test_page_and_forms(self):
        self.upload("forms", "r1")
        page = self.get("/projects/forms/overrides?pattern=pack&kind=function&category=crypto").text()
        self.assertIn("Nothing was corrected yet", page)
        self.assertIn('value="pack"', page)
        self.assertIn('<option value="crypto" selected>', page)
        self.assertNotIn('value="runq"', page)
        form = urllib.parse.urlencode({"pattern": "pack<b>", "kind": "function", "category": "crypto", "reason": "<i>why</i>"})
        answer = self.post("/projects/forms/overrides", form.encode(), content_type="application/x-www-form-urlencoded")
        self.assertEqual((answer.status, answer.headers["Location"]), (303, "/projects/forms/overrides"))
        page = self.get("/projects/forms/overrides").text()
        self.assertIn("pack&lt;b&gt;", page)
        self.assertNotIn("<i>why", page)
        self.assertEqual(len(self.analysis("forms", "r1")["overrides"]), 1)
        self.assertIn('href="/projects/forms/overrides"', self.get("/projects/forms/runs/r1").text())
        identity = self.get(self.path("forms")).json()["overrides"][0]["id"]
        answer = self.post(f"/projects/forms/overrides/{identity}/revoke")
        self.assertEqual(answer.status, 303, answer)
        self.assertEqual(self.analysis("forms", "r1")["overrides"], [])
        self.assertIn("revoked", self.get("/projects/forms/overrides").text())
        bad = self.post("/projects/forms/overrides", b"pattern=*&kind=function&category=app")
        self.assertEqual(bad.status, 422, bad)
        self.assertIn("text/html", bad.headers["Content-Type"])
        self.assertEqual(self.post("/projects/forms/overrides/nothing/revoke").status, 404)

    def test_there_is_a_most(self):
        # A project without a run to analyse, so that this is quick.
        self.upload("most", "r1")
        identity = self.get("/api/v1/projects/most/profiles").json()["profiles"][0]["id"]
        self.assertEqual(self.request("DELETE", f"/api/v1/profiles/{identity}").status // 100, 2)
        at_most = self.get(self.path("most")).json()["at_most"]
        for i in range(at_most):
            self.subset({"revision": None, "analysis_url": None, "analysis": None},
                        self.given("most", {"pattern": f"name{i}", "kind": "dso", "category": "native"}))
        answer = self.send("most", CODEC)
        self.assertEqual(answer.status, 409, answer)
        self.given("most", {"pattern": "name7", "kind": "dso", "category": "crypto"})

    def test_decisions_keep_what_they_rest_on(self):
        self.upload("decided", "r1")
        self.uploaded("decided", "r1", STAT, "&fact.concurrency=one_at_a_time")
        first = self.given("decided")
        decision = self.decided(self.made("decided"))
        self.subset([{"pattern": "wire/*", "category": "crypto"}], decision["overrides"])
        verify = f"/api/v1/decisions/{decision['id']}/verify"
        self.subset({"ok": True, "identical": True}, self.get(verify).json())
        self.revoked("decided", first["id"])
        self.given("decided", {"pattern": "compute", "kind": "function", "category": "math"})
        self.subset({"ok": True, "identical": True, "findings": []}, self.get(verify).json())
        again = self.decided(self.made("decided", title="Again"))
        self.subset([{"pattern": "compute", "category": "math"}], again["overrides"])
        self.subset({"ok": True, "identical": True}, self.get(f"/api/v1/decisions/{again['id']}/verify").json())
        for statement in ("UPDATE category_override SET category = 'app' WHERE id = ?",
                          "UPDATE category_override SET created_us = created_us - 1 WHERE id = ?",
                          "UPDATE category_override SET pattern = 'x' WHERE id = ?",
                          "DELETE FROM category_override WHERE id = ?"):
            with sqlite3.connect(self.server.database) as db:
                row = db.execute("SELECT * FROM category_override WHERE id = ?", (first["id"],)).fetchone()
                db.execute(statement, (first["id"],))
            found = self.get(verify).json()
            self.assertFalse(found["ok"], statement)
            self.assertIn("override", [f["what"] for f in found["findings"]], found)
            with sqlite3.connect(self.server.database) as db:
                db.execute("DELETE FROM category_override WHERE id = ?", (first["id"],))
                db.execute(f"INSERT INTO category_override VALUES ({','.join('?' * len(row))})", row)
        self.subset({"ok": True, "identical": True}, self.get(verify).json())


class Restarted(stetapi.ServerCase):
    def test_what_was_left_behind_is_taken_up(self):
        self.assertEqual(self.post("/api/v1/projects/p/profiles?run=r1&clock=cpu", STACKS).status, 201)
        with sqlite3.connect(self.server.database) as db:
            db.execute("INSERT INTO category_override VALUES ('main', 'p', 'x1', 1, 'function', 'compute', 'math', '', '', "
                       "strftime('%s', 'now') * 1000000 + 60000000, '', 0)")
        folder = self.server.folder
        self.server.owned = False
        self.assertEqual(self.server.stop(), 0)
        type(self).server = stetapi.Server(folder=folder)
        self.server.owned = True
        for _ in range(2000):
            document = self.get("/api/v1/projects/p/runs/r1/analysis").json()
            if document["revision"] == 2:
                break
        self.assertEqual([o["pattern"] for o in document["overrides"]], ["compute"])


if __name__ == "__main__":
    stetapi.main()
