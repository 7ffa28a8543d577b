"""A project's own document: checked when saved, versions, in analyses, with uploads, and the dry run."""

import datetime
import json
import os
import sqlite3
import subprocess
import tempfile
import urllib.parse

import stetapi
from test_facts import STAT

OWN = {"id": "OWN-1", "when": "has_cpu_accounting = 1", "effect": "settle:1", "basis": "evidence",
       "reason": "Nobody rewrites here."}


def document(**members):
    return {"schema": "stet/project/1", **members}


class Base(stetapi.ServerCase):
    def path(self, project, tail="", **query):
        return f"/api/v1/projects/{project}/policies{tail}" + ("?" + urllib.parse.urlencode(query) if query else "")

    def put(self, project, doc, headers=None):
        body = doc if isinstance(doc, bytes) else json.dumps(doc).encode()
        return self.request("PUT", self.path(project), body, headers)

    def saved(self, project, doc, status=201):
        answer = self.put(project, doc)
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def upload(self, project, query="run=r1", body=STAT, status=201, **headers):
        answer = self.post(f"/api/v1/projects/{project}/profiles?{query}", body, **headers)
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def analysis(self, project, run="r1"):
        return self.get(f"/api/v1/projects/{project}/runs/{run}/analysis").json()

    def fields(self, answer, status=422):
        self.assert_problem(answer, status)
        return {e["field"]: e["text"] for e in answer.json()["errors"]}


class Policies(Base):
    def test_a_project_without_its_own(self):
        self.upload("none")
        got = self.get(self.path("none")).json()
        self.subset({"version": 0, "document": None, "exemptions": []}, got)
        self.assertEqual([p["name"] for p in got["packs"]], ["standing"])
        self.assert_problem(self.get(self.path("nowhere")), 404)
        self.assert_problem(self.get(self.path("none", version=3)), 404)

    def test_versions(self):
        self.subset({"version": 1, "unchanged": False}, self.saved("versions", document(packs=["score-sheet"])))
        self.subset({"version": 1, "unchanged": True}, self.saved("versions", document(packs=["score-sheet"]), 200))
        self.subset({"version": 2}, self.saved("versions", document(packs=["exceptions"], goal="cost")))
        now = self.get(self.path("versions")).json()
        self.subset({"version": 2, "protected": True, "origin": "api", "document": document(packs=["exceptions"], goal="cost")}, now)
        self.assertEqual([p["name"] for p in now["packs"]], ["standing", "exceptions"])
        self.assertEqual(self.get(self.path("versions", version=1)).json()["document"], document(packs=["score-sheet"]))
        page = self.get(self.path("versions", versions=1, limit=1)).json()
        self.assertEqual([v["version"] for v in page["versions"]], [2])
        page = self.get(self.path("versions", versions=1, limit=1, cursor=page["next"])).json()
        self.assertEqual(([v["version"] for v in page["versions"]], page["next"]), ([1], None))

    def test_all_that_is_wrong_is_said(self):
        doc = document(
            packs=["score-shet"],
            rules=[{**OWN, "when": "cpu_shar >= 0.5"},
                   {**OWN, "id": "OWN-2", "when": "1 IN (SELECT 1)"},
                   {**OWN, "id": "OWN-3", "when": '"cpu_share_lo" >= 0.5'},
                   {**OWN, "id": "OWN-4", "effect": "explode"}],
            thresholds={"cpu_bound_threshold": 7},
            exemptions=[{"rule": "P001-RULE", "owner": "lead", "reason": "x", "until": "soon"}],
            watch=[{"id": "w", "title": "t", "when": "load_extension('x')"}],
            colour="red",
        )
        errors = self.fields(self.put("wrong", doc))
        self.assertGreaterEqual(len(errors), 8, errors)
        self.assertIn("did you mean", " ".join(errors.values()))
        self.assertIn("cpu_share", " ".join(errors.values()))
        self.assertEqual(self.get(self.path("wrong")).status, 404)
        # A condition that can never be true is found by the deeper check.
        errors = self.fields(self.put("wrong", document(rules=[{**OWN, "when": "cpu_share_lo > 0.9 AND cpu_share_lo < 0.1"}])))
        self.assertIn("OWN-1", errors)

    def test_broken_bodies(self):
        for body in (b"", b"{", b"[]", b"null", b'{"schema":"stet/project/9"}', b"[" * 2000, b'{"schema":1}'):
            answer = self.put("broken", body)
            self.assertIn(answer.status, (400, 413, 422), answer)
            self.assert_problem(answer, answer.status)
        self.assert_problem(self.put("broken", b" " * (1 << 20) + b"{}"), 413)
        self.assertEqual(self.get(self.path("broken")).status, 404)

    def test_rules_reach_the_analysis(self):
        before = self.upload("rules")["analysis"]
        self.assertNotEqual(before["verdict"], "do_not_migrate")
        answer = self.saved("rules", document(rules=[OWN], thresholds={"goal_gain": 0.4}, goal="cost"))
        self.subset({"run": "r1", "status": "done", "revision": 2, "verdict": "do_not_migrate", "gate": "fail"}, answer["analysis"])
        after = self.analysis("rules")
        self.subset({"verdict": "do_not_migrate", "goal": "cost"}, after)
        self.assertIn("project", after["versions"]["policy"])
        inputs = {i["name"]: i for i in after["inputs"]}
        self.subset({"value": 0.4, "origin": "declared", "by": "the project's policy"}, inputs["goal_gain"])
        own = self.upload("rules", "run=r2&fact.goal_gain=0.2")["analysis"]
        self.assertEqual(own["facts"]["goal_gain"], 0.2)
        self.saved("rules", document())
        self.assertEqual(self.analysis("rules")["verdict"], "do_not_migrate")  # an older run stays what it was
        self.assertEqual(self.analysis("rules", "r2")["verdict"], before["verdict"])

    def test_exemptions_end(self):
        exemption = {"rule": "OWN-1", "owner": "lead", "reason": "trial", "until": "2999-01-01"}
        self.saved("ends", document(rules=[OWN], exemptions=[exemption]))
        got = self.upload("ends")["analysis"]
        self.assertNotEqual(got["verdict"], "do_not_migrate")
        self.assertIn("EXEMPT-OWN-1", [r["id"] for r in got["rules"] if r["value"] == 1])
        self.assertEqual(self.get(self.path("ends")).json()["exemptions"][0]["state"], "holds")
        answer = self.saved("ends", document(rules=[OWN], exemptions=[{**exemption, "until": "2020-01-01"}]))
        self.assertTrue(any("ended" in n["text"] for n in answer["notes"]), answer)
        self.assertEqual(self.analysis("ends")["verdict"], "do_not_migrate")
        self.assertEqual(self.get(self.path("ends")).json()["exemptions"][0]["state"], "expired")

    def test_an_exemption_that_ended_closes_the_gate(self):
        exemption = {"rule": "OWN-1", "owner": "lead", "reason": "trial", "until": "2999-01-01T00:00:00Z"}
        self.saved("gone", document(rules=[OWN], exemptions=[exemption]))
        self.upload("gone")
        self.assertNotEqual(self.get("/api/v1/projects/gone/gate").json()["verdict"], "do_not_migrate")
        # As if all of it had been two hours ago, and the exemption had ended one hour ago.
        ended = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        with sqlite3.connect(self.server.database, timeout=30) as db:
            db.execute("UPDATE project_policy SET doc = replace(doc, '2999-01-01T00:00:00Z', ?), given_us = given_us - 7200000000 "
                       "WHERE project = 'gone'", (ended,))
            db.execute("UPDATE run SET changed_us = changed_us - 7200000000 WHERE project = 'gone'")
            db.execute("UPDATE analysis SET created_us = created_us - 7200000000 WHERE project = 'gone'")
        got = self.get("/api/v1/projects/gone/gate").json()
        self.subset({"verdict": "do_not_migrate", "revision": 2}, got)
        self.assertEqual(self.get("/api/v1/projects/gone/gate").json()["revision"], 2)

    def test_dry_run_stores_nothing(self):
        self.upload("dry", "run=r1")
        self.upload("dry", "run=r2", STAT.replace(b"48,000", b"47,000"))
        answer = self.post(self.path("dry", "/dry-run"), json.dumps(document(rules=[OWN])).encode())
        self.assertEqual(answer.status, 200, answer)
        got = answer.json()
        self.subset({"against_version": 0, "analyses": {"checked": 2, "changed": 2, "not_judged": 0}}, got)
        for change in got["changes"]:
            self.subset({"kind": "analysis", "new": {"verdict": "do_not_migrate", "gate": "fail"}, "fires": ["OWN-1"]}, change)
            self.assertEqual(change["old"], change["current"])
        self.assertEqual(self.get(self.path("dry")).json()["version"], 0)
        self.assertEqual(self.analysis("dry")["revision"], 1)
        same = self.post(self.path("dry", "/dry-run"), json.dumps(document(packs=["score-sheet"])).encode()).json()
        self.subset({"analyses": {"checked": 2, "changed": 0}, "changes": []}, same)
        self.fields(self.post(self.path("dry", "/dry-run"), json.dumps(document(rules=[{**OWN, "when": "nonsense"}])).encode()))

    def test_the_document_comes_with_an_upload(self):
        config = json.dumps(document(rules=[OWN]))
        got = self.upload("along", "run=r1&config=" + urllib.parse.quote(config))
        self.subset({"config": {"version": 1, "stored": True, "reason": None}, "analysis": {"verdict": "do_not_migrate"}}, got)
        boundary = "frontier"
        body = (f'--{boundary}\r\nContent-Disposition: form-data; name="config"; filename=".stet.json"\r\n\r\n{config}\r\n'
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="s.txt"\r\n\r\n').encode()
        body += STAT + f"\r\n--{boundary}--\r\n".encode()
        got = self.upload("along", "run=r2", body, content_type=f"multipart/form-data; boundary={boundary}")
        self.subset({"config": {"version": 1, "stored": False, "reason": None}}, got)
        answer = self.post("/api/v1/projects/along/profiles?run=r3&config=" + urllib.parse.quote('{"schema":"stet/project/1","pack":[]}'), STAT)
        self.assertIn("packs", self.fields(answer)["pack"])
        self.assertEqual(self.get("/api/v1/projects/along/runs/r3/analysis").status, 404)

    def test_command_line(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in (("s.txt", STAT), (".stet.json", json.dumps(document(rules=[OWN])).encode()),
                                  ("other.json", json.dumps(document(packs=["exceptions"])).encode()), ("bad.json", b"{}")):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(content)

            def stet(*arguments):
                return subprocess.run([stetapi.binary(), "upload", "s.txt", "--server", f"http://{self.server.host}:{self.server.port}",
                                       "--project", "cli", *arguments], cwd=folder, capture_output=True, text=True, check=False)

            done = stet("--run", "r1", "--gate")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("with the project's policies of ./.stet.json", done.stderr)
            self.assertIn("version 1 now", done.stderr)
            self.assertEqual(stet("--run", "r2", "--no-config").stderr, "")
            done = stet("--run", "r3", "--config", "other.json")
            self.assertIn("version 2 now", done.stderr)
            done = stet("--run", "r4", "--config", "bad.json")
            self.assertEqual(done.returncode, 3, done)
            self.assertIn("schema", done.stderr)
            self.assertEqual(stet("--run", "r5", "--config", "missing.json").returncode, 4)


class Rights(Base):
    """Who may set what with which token."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = {}
        for scope in ("upload", "write", "read"):
            done = subprocess.run([stetapi.binary(), "token", "create", "--db", cls.server.database, "--scopes", scope],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
            cls.tokens[scope] = {"Authorization": "Bearer " + done.stdout.decode().strip()}

    def send(self, project, run, doc, scope):
        answer = self.request("POST", f"/api/v1/projects/{project}/profiles?run={run}&config=" + urllib.parse.quote(json.dumps(doc)),
                              STAT, self.tokens[scope])
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def test_rights(self):
        self.assert_problem(self.put("p", document(), self.tokens["upload"]), 403)
        self.assert_problem(self.put("p", document(), self.tokens["read"]), 403)
        self.assert_problem(self.put("p", document()), 401)
        packs = document(packs=["score-sheet"])
        self.subset({"stored": True, "version": 1}, self.send("p", "r1", packs, "upload")["config"])
        exempt = document(exemptions=[{"rule": "P001-RULE", "owner": "me", "reason": "why not", "until": "2999-01-01"}])
        got = self.send("p", "r2", exempt, "upload")["config"]
        self.assertFalse(got["stored"])
        self.assertIn("need a token that may write", got["reason"])
        self.assertFalse(self.send("p", "r3", document(rules=[OWN]), "upload")["config"]["stored"])
        self.subset({"stored": True, "version": 2}, self.send("p", "r4", exempt, "write")["config"])
        got = self.send("p", "r5", packs, "upload")["config"]
        self.subset({"stored": False, "version": 2}, got)
        self.assertIn("may only upload", got["reason"])
        self.subset({"stored": False, "version": 2, "reason": None}, self.send("p", "r6", exempt, "upload")["config"])
        dry = self.request("POST", self.path("p", "/dry-run"), json.dumps(document()).encode(), self.tokens["upload"])
        self.assertEqual(dry.status, 200, dry)
        self.assert_problem(self.request("POST", self.path("p", "/dry-run"), b"{}", self.tokens["read"]), 403)
        # The standing rule is not lifted by whoever may send profiles.
        fact = b'{"exempt_001":true}'
        self.assert_problem(self.request("POST", "/api/v1/projects/p/facts", fact, self.tokens["upload"]), 403)
        self.assertEqual(self.request("POST", "/api/v1/projects/p/facts", fact, self.tokens["write"]).status, 201)


if __name__ == "__main__":
    stetapi.main()
