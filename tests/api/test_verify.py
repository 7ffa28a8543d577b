"""Verification: a decision made anew is the same, and whatever another hand changed is named."""

import concurrent.futures
import json
import sqlite3
import subprocess
import unittest

import stetapi

from test_proposals import ProposalCase, proposal
from test_uploads import FOLDED, STAT, stat

# Statement, what the answer must name. {d} decision, {p} proposal, {u} upload, {k} project.
TAMPERED = [
    ("UPDATE decision SET doc = replace(doc, '\"gate\"', '\"gata\"') WHERE id = '{d}'", "column doc"),
    ("UPDATE decision SET doc = doc || ' ' WHERE id = '{d}'", "column doc"),
    ("UPDATE decision SET frozen = replace(frozen, 'rust', 'rusty') || ' ' WHERE id = '{d}'", "column frozen"),
    ("UPDATE decision SET verdict = 'full_migration' WHERE id = '{d}'", "verdict"),
    ("UPDATE decision SET gate = 'pass' WHERE id = '{d}'", "gate"),
    ("UPDATE decision SET summary = 'Yes.' WHERE id = '{d}'", "summary"),
    ("UPDATE decision SET made_by = 'somebody else' WHERE id = '{d}'", "made_by"),
    ("UPDATE decision SET run = 'other' WHERE id = '{d}'", "column run"),
    ("UPDATE decision SET created_us = created_us - 1 WHERE id = '{d}'", "created_us"),
    ("UPDATE decision SET input_key = 'x' WHERE id = '{d}'", "input_key"),
    ("UPDATE decision SET status = 'accepted' WHERE id = '{d}'", "status"),
    ("UPDATE decision SET stale = 1 WHERE id = '{d}'", "stale"),
    ("UPDATE decision SET superseded_by = 'x' WHERE id = '{d}'", "superseded_by"),
    ("UPDATE decision SET ledger_seq = 1 WHERE id = '{d}'", "ledger_seq"),
    ("UPDATE ledger SET hash = prev WHERE ref = '{d}'", "hash of entry"),
    ("UPDATE ledger SET prev = 'x' WHERE ref = '{d}'", "prev of entry"),
    ("UPDATE ledger SET body = replace(body, 'verdict', 'Verdict') WHERE ref = '{d}'", "entry"),
    ("UPDATE ledger SET kind = 'status' WHERE ref = '{d}' AND kind = 'decision'", "entry"),
    ("UPDATE ledger SET given_by = 'x' WHERE ref = '{d}'", "column by"),
    ("UPDATE ledger SET at_us = at_us + 1 WHERE ref = '{d}'", "column at"),
    ("DELETE FROM ledger WHERE seq = 1 AND project = '{k}'", "missing"),
    ("DELETE FROM ledger WHERE project = '{k}' AND seq = (SELECT MAX(seq) FROM ledger WHERE project = '{k}')", "missing"),
    ("UPDATE ledger SET seq = seq + 100 WHERE project = '{k}' AND ref = '{d}'", "missing"),
    ("UPDATE ledger_head SET hash = 'x' WHERE project = '{k}'", "head"),
    ("DELETE FROM ledger_head WHERE project = '{k}'", "head"),
    ("UPDATE proposal_version SET doc = replace(doc, '0.05', '0.50') WHERE proposal_id = '{p}'", "proposal"),
    ("UPDATE proposal_version SET title = 'Another' WHERE proposal_id = '{p}'", "title"),
    ("UPDATE proposal_version SET sha256 = 'x' WHERE proposal_id = '{p}'", "sha256"),
    ("DELETE FROM proposal_version WHERE proposal_id = '{p}'", "missing"),
    ("UPDATE proposal SET status = 'withdrawn' WHERE id = '{p}'", "status"),
    ("UPDATE decision_evidence SET upload_sha256 = 'x' WHERE decision_id = '{d}'", "upload"),
    ("DELETE FROM decision_evidence WHERE decision_id = '{d}'", "evidence"),
    ("UPDATE profile SET sha256 = 'x' WHERE id = '{u}'", "upload"),
    ("UPDATE profile SET clock = 'wall' WHERE id = '{u}'", "upload"),
    ("UPDATE profile SET process = 'init' WHERE id = '{u}'", "upload"),
    ("UPDATE raw SET bytes = CAST('nothing' AS BLOB) WHERE profile_id = '{u}'", "raw"),
    ("DELETE FROM raw WHERE profile_id = '{u}'", "raw"),
    ("UPDATE artefact SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || X'00' AS BLOB) WHERE profile_id = '{u}'", "artefact"),
    ("UPDATE fact SET value = '1' WHERE project = '{k}'", "ops_per_year"),
    ("UPDATE fact SET source = 'elsewhere' WHERE project = '{k}'", "ops_per_year"),
    ("UPDATE fact SET time_us = time_us - 1 WHERE project = '{k}'", "ops_per_year"),
    ("DELETE FROM fact WHERE project = '{k}'", "ops_per_year"),
    ("UPDATE fact_now SET seq = seq + 1 WHERE project = '{k}' AND name = 'ops_per_year'", "marked as the one"),
    ("UPDATE fact_now SET time_us = time_us + 9 WHERE project = '{k}' AND name = 'ops_per_year'", "marked as the one"),
    ("DELETE FROM fact_now WHERE project = '{k}'", "marked as the one"),
    ("UPDATE project_policy SET doc = '{{}}' WHERE project = '{k}'", "project's policies"),
    ("UPDATE project_policy SET given_by = 'x' WHERE project = '{k}'", "project's policies"),
    ("UPDATE project_policy SET given_us = 1 WHERE project = '{k}'", "project's policies"),
    ("UPDATE project_policy SET protected = 0 WHERE project = '{k}'", "project's policies"),
    ("DELETE FROM project_policy WHERE project = '{k}'", "project's policies"),
    ("UPDATE watch SET condition = 'msg_rate_sustained > 1' WHERE decision = '{d}'", "condition of"),
    ("UPDATE watch SET title = 'x' WHERE decision = '{d}'", "title of"),
    ("UPDATE watch SET kind = 'manual' WHERE decision = '{d}'", "kind of"),
    ("UPDATE watch SET component = '[\"x\"]' WHERE decision = '{d}'", "component of"),
    ("UPDATE watch SET date_us = 5 WHERE decision = '{d}'", "date of"),
    ("UPDATE watch SET state = 'fired' WHERE decision = '{d}'", "state of"),
    ("UPDATE watch SET removed_us = 5 WHERE decision = '{d}'", "no longer watched"),
    ("DELETE FROM watch WHERE decision = '{d}'", "no longer watched"),
    ("UPDATE proposal SET project = 'x' WHERE id = '{p}'", "column project"),
    ("UPDATE proposal SET created_us = 5 WHERE id = '{p}'", "created_us"),
    ("UPDATE proposal_version SET created_us = 5 WHERE proposal_id = '{p}'", "created_us"),
    ("UPDATE profile SET project = 'x' WHERE id = '{u}'", "column project"),
    ("UPDATE profile SET raw_kept = 0 WHERE id = '{u}'", "raw_kept"),
    ("UPDATE kept SET bytes = CAST(bytes || X'0a' AS BLOB)", "pack"),
    ("DELETE FROM kept", "kept"),
]


def command(*arguments):
    return subprocess.run([stetapi.binary(), "verify", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)


class Verify(ProposalCase):
    def settled(self, project):
        upload = self.uploaded(project, "r1", STAT, "&fact.concurrency=one_at_a_time")
        self.assertEqual(self.post(f"/api/v1/projects/{project}/facts", b'{"ops_per_year": 20000000}').status // 100, 2)
        own = b'{"schema": "stet/project/1", "packs": ["score-sheet"]}'
        self.assertEqual(self.request("PUT", f"/api/v1/projects/{project}/policies", own).status, 201)
        made = self.made(project, watch=[{"id": "rate", "title": "Rate", "when": "msg_rate_sustained > 10000"}])
        decision = self.decided(made)
        # From here on its conditions are watched.
        self.assertEqual(self.post(f"/api/v1/projects/{project}/facts", b'{"msg_rate_sustained": 5}').status, 201)
        return decision, made, upload

    def verify(self, decision):
        answer = self.get(f"/api/v1/decisions/{decision['id']}/verify")
        self.assertEqual(answer.status, 200, str(answer))
        return answer.json()

    def test_identical(self):
        d, made, _ = self.settled("same")
        self.post("/api/v1/projects/same/profiles?run=r1&clock=cpu", FOLDED)
        self.post("/api/v1/projects/same/profiles?run=r2", stat(500))
        self.post(f"/api/v1/proposals/{made['id']}", proposal(title="Edited"))
        got = self.verify(d)
        self.subset({"ok": True, "identical": True, "hash": d["chain"]["hash"], "seq": d["chain"]["seq"],
                     "findings": [], "difference": None}, got)

    def test_samples_and_facts(self):
        self.post("/api/v1/projects/samples/profiles?run=r1", STAT)
        self.post("/api/v1/projects/samples/profiles?run=r1&clock=cpu&fact.concurrency=one_at_a_time", FOLDED)
        d = self.decided(self.made("samples"), b'{"policy":["score-sheet","exceptions"],"seed":7}')
        self.subset({"ok": True, "identical": True}, self.verify(d))

    def test_what_is_told_later_is_no_change_of_what_was_told(self):
        d, _, upload = self.settled("told")
        facts = "/api/v1/projects/told/facts"
        for body in ({"ops_per_year": 3}, {"ops_per_year": {"value": 7, "time": "2020-01-01T00:00:00Z"}},
                     {"ops_per_year": None}, {"ops_per_year": {"value": 9, "scope": "run=r1"}},
                     {"msg_rate_sustained": 50000}, {"msg_rate_sustained": 1}):
            self.assertEqual(self.post(facts, json.dumps(body)).status, 201)
            self.subset({"ok": True, "identical": True, "findings": []}, self.verify(d))
        self.request("PUT", "/api/v1/projects/told/policies", b'{"schema": "stet/project/1"}')
        self.assertEqual(self.post(f"/api/v1/projects/told/runs/other/profiles/{upload['id']}").status, 200)
        self.subset({"ok": True, "identical": True, "findings": []}, self.verify(d))

    def test_while_others_write(self):
        """Entries that come while the chain is read are not entries that are missing."""
        d, _, _ = self.settled("busy")
        vote = f"/api/v1/decisions/{d['id']}/votes"
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            votes = [pool.submit(self.post, vote, json.dumps({"vote": "for", "text": str(i)})) for i in range(60)]
            answers = [self.verify(d) for _ in range(15)]
            self.assertEqual({v.result().status for v in votes}, {200})
        self.assertEqual([a["findings"] for a in answers if not a["ok"]], [])

    def test_no_evidence(self):
        self.subset({"ok": True, "identical": True}, self.verify(self.decided(self.made("none"))))

    def test_what_was_changed_is_named(self):
        d, made, upload = self.settled("tampered")
        self.assertTrue(self.verify(d)["ok"])
        names = {"d": d["id"], "p": made["id"], "u": upload["id"], "k": "tampered"}
        for statement, want in TAMPERED:
            with self.subTest(statement):
                sql = self.database()
                self.addCleanup(sql.close)
                sql.execute("PRAGMA foreign_keys = OFF")
                before = list(sql.iterdump())
                changed = sql.execute(statement.format(**names)).rowcount
                sql.commit()
                self.assertGreater(changed, 0)
                got = self.verify(d)
                self.assertFalse(got["ok"], statement)
                texts = " | ".join(f"{f['what']} {f['where']} {f['text']}" for f in got["findings"])
                self.assertIn(want, texts)
                tables = [row[0] for row in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                for table in tables:
                    sql.execute(f"DELETE FROM {table}")
                for line in before:
                    if line.startswith("INSERT INTO"):
                        sql.execute(line)
                sql.commit()
                sql.close()
        self.assertTrue(self.verify(d)["ok"])

    def test_first_difference(self):
        """A document that was exchanged together with all hashes still is not what the inputs give."""
        import hashlib
        d, _, _ = self.settled("forged")
        sql = self.database()
        doc = sql.execute("SELECT doc FROM decision WHERE id = ?", (d["id"],)).fetchone()[0]
        body, prev, seq = sql.execute("SELECT body, prev, seq FROM ledger WHERE ref = ?", (d["id"],)).fetchone()
        forged = doc.replace('"stage":"', '"stage":"no ', 1)
        self.assertNotEqual(forged, doc)
        body = json.loads(body)
        body["doc_sha256"] = hashlib.sha256(forged.encode()).hexdigest()
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256((prev + text).encode()).hexdigest()
        sql.execute("UPDATE decision SET doc = ? WHERE id = ?", (forged, d["id"]))
        sql.execute("UPDATE ledger SET body = ?, hash = ? WHERE ref = ?", (text, digest, d["id"]))
        sql.execute("UPDATE ledger_head SET hash = ? WHERE project = 'forged' AND seq = ?", (digest, seq))
        sql.commit()
        got = self.verify(d)
        self.subset({"ok": False, "identical": False, "difference": {"path": "$.stage"}}, got)
        self.assertIn("no ", got["difference"]["stored"])

    def test_another_engine(self):
        d, _, _ = self.settled("older")
        sql = self.database()
        frozen = sql.execute("SELECT frozen FROM decision WHERE id = ?", (d["id"],)).fetchone()[0]
        self.assertIn('"stet":"', frozen)
        sql.close()
        # What an older version would have left: the same chain over another version's name.
        import hashlib
        sql = self.database()
        body, prev, seq = sql.execute("SELECT body, prev, seq FROM ledger WHERE ref = ?", (d["id"],)).fetchone()
        old = frozen.replace('"stet":"', '"stet":"0.0.', 1)
        body = json.loads(body)
        body["frozen_sha256"] = hashlib.sha256(old.encode()).hexdigest()
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256((prev + text).encode()).hexdigest()
        sql.execute("UPDATE decision SET frozen = ? WHERE id = ?", (old, d["id"]))
        sql.execute("UPDATE ledger SET body = ?, hash = ? WHERE ref = ?", (text, digest, d["id"]))
        sql.execute("UPDATE ledger_head SET hash = ? WHERE project = 'older' AND seq = ?", (digest, seq))
        sql.commit()
        got = self.verify(d)
        self.subset({"ok": True, "identical": None, "findings": []}, got)
        self.assertIn("other engine", got["note"])


class Command(ProposalCase):
    def test_whole_database(self):
        self.uploaded("cli", "r1")
        made = [self.made("cli", title=f"Change {i}") for i in range(3)]
        decisions = [self.decided(m) for m in made]
        done = command("--db", self.server.database)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn(b"3 decisions", done.stdout)
        one = command("--db", self.server.database, "--json", decisions[1]["id"])
        self.assertEqual(one.returncode, 0)
        self.subset({"ok": True, "identical": True}, json.loads(one.stdout)["decisions"][0])
        sql = self.database()
        sql.execute("UPDATE decision SET verdict = 'full_migration' WHERE id = ?", (decisions[1]["id"],))
        sql.commit()
        done = command("--db", self.server.database)
        self.assertEqual(done.returncode, 1)
        self.assertIn(decisions[1]["id"].encode(), done.stdout)
        self.assertIn(b"verdict", done.stdout)
        self.assertEqual(command("--db", self.server.database, decisions[0]["id"]).returncode, 0)
        sql.execute("UPDATE decision SET verdict = ? WHERE id = ?", (decisions[1]["verdict"], decisions[1]["id"]))
        sql.execute("DELETE FROM ledger WHERE project = 'cli' AND seq = 2")
        sql.commit()
        done = command("--db", self.server.database, "--json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing", json.loads(done.stdout)["chains"][0]["findings"][0]["text"])
        self.assertEqual(command("--db", self.server.database + ".none").returncode, 4)
        self.assertEqual(command("--db", self.server.database, "no-such-decision").returncode, 4)
        self.assertEqual(command("--nonsense").returncode, 3)


if __name__ == "__main__":
    stetapi.main()
