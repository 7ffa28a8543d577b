"""What re-opens decisions: conditions, shares of components, dates, manual triggers, age and drift; the dry run over decisions."""

import json
import os
import sqlite3
import subprocess
import urllib.parse

import stetapi

from test_project_policies import OWN, document
from test_proposals import ProposalCase
from test_uploads import FOLDED, stat

RATE = {"id": "rate", "title": "Messages above ten thousand a second", "when": "msg_rate_sustained > 10000 AND msg_rate_window_s >= 60"}
PROVEN = {"id": "proto", "title": "The prototype is proven", "manual": True}
PARSER = {"id": "parser", "title": "The parser takes half of the CPU", "when": "component_cpu_share_lo > 0.5", "component": ["json*"]}


class Watch(ProposalCase):
    def json(self, method, path, body=None, status=200):
        answer = self.request(method, path, None if body is None else json.dumps(body).encode())
        self.assertEqual(answer.status, status, answer)
        return answer.json() if answer.body else None

    def tell(self, project, **facts):
        return self.json("POST", f"/api/v1/projects/{project}/facts", facts, 201)

    def policies(self, project, **members):
        return self.json("PUT", f"/api/v1/projects/{project}/policies", document(**members), 201)

    def watched(self, project, **query):
        tail = "?" + urllib.parse.urlencode(query) if query else ""
        return self.json("GET", f"/api/v1/projects/{project}/watch{tail}")["watch"]

    def one(self, project, title):
        return next(w for w in self.watched(project) if w["title"] == title)

    def log(self, project):
        return self.json("GET", f"/api/v1/projects/{project}/watch/log")["log"]

    def decision(self, made):
        return self.json("GET", f"/api/v1/decisions/{made['id']}")

    def test_a_decision_brings_its_conditions(self):
        made = self.decided(self.made("brings", watch=[{"id": "a", "title": RATE["title"], "when": RATE["when"]},
                                                       {"id": "b", "title": "Later", "date": "2999-01-01"},
                                                       {"id": "c", "title": PROVEN["title"], "manual": True}],
                                      packs=["score-sheet"]))
        rows = self.watched("brings", decision=made["id"])
        self.assertEqual({w["kind"] for w in rows} >= {"condition", "date", "manual"}, True, rows)
        self.assertIn("policy/P000-W1", [w["origin"] and w["condition"] and "policy/P000-W1" for w in rows if w["condition"] == "becomes_daemon = 1"])
        got = self.tell("brings", msg_rate_sustained=12000, msg_rate_window_s=300)
        self.assertEqual([(e["event"], e["decision"]) for e in got["watch"]], [("FIRED", made["id"])])
        self.assertIn("12000", got["watch"][0]["text"])
        after = self.decision(made)
        self.subset({"status": "reopened", "verdict": made["verdict"]}, after)
        self.assertEqual([e["event"] for e in after["log"]], ["FIRED"])
        self.subset({"state": "fired", "fact": "msg_rate_sustained", "now": 12000, "line": 10000}, self.one("brings", RATE["title"]))
        # Twice is once, until it is clear.
        self.assertEqual(self.tell("brings", msg_rate_sustained=13000)["watch"], [])
        got = self.tell("brings", msg_rate_sustained=100)
        self.assertEqual([e["event"] for e in got["watch"]], ["CLEARED"])
        self.assertEqual(self.decision(made)["status"], "reopened")
        # Unknown again is not clear and not met.
        self.assertEqual(self.tell("brings", msg_rate_sustained=None)["watch"], [])
        self.assertEqual(self.one("brings", RATE["title"])["state"], "unknown")
        self.assertEqual([e["event"] for e in self.tell("brings", msg_rate_sustained=20000)["watch"]], ["FIRED"])
        self.assertEqual([e["event"] for e in self.log("brings")], ["FIRED", "CLEARED", "FIRED"])
        self.assertEqual(self.json("GET", f"/api/v1/decisions/{made['id']}/verify")["ok"], True)

    def test_exceptions_of_the_project_hold_for_all(self):
        self.policies("all", watch=[RATE, PROVEN])
        first, second = self.decided(self.made("all")), self.decided(self.made("all", title="Another"))
        self.assertEqual({w["decision"] for w in self.watched("all") if w["origin"] == "policy"}, {None})
        got = self.tell("all", msg_rate_sustained=12000, msg_rate_window_s=60)
        self.assertEqual(len(got["watch"]), 1)
        self.assertEqual({self.decision(d)["status"] for d in (first, second)}, {"reopened"})
        # Taken out of the document, it is watched no longer; what it logged stays.
        self.policies("all", watch=[PROVEN])
        self.assertEqual([w["title"] for w in self.watched("all") if w["origin"] == "policy"], [PROVEN["title"]])
        self.assertEqual(len(self.log("all")), 1)

    def test_manual_triggers(self):
        made = self.decided(self.made("manual"))
        row = self.json("POST", "/api/v1/projects/manual/watch", {"title": "Proven", "manual": True, "decision": made["id"]}, 201)
        self.subset({"kind": "manual", "state": "clear", "decision": made["id"], "origin": "api"}, row)
        told = {"by": "the device team", "note": "4x in the field"}
        self.subset({"state": "fired", "note": "4x in the field"}, self.json("POST", f"/api/v1/watch/{row['id']}/fire", told))
        self.json("POST", f"/api/v1/watch/{row['id']}/fire", told)
        events = self.log("manual")
        self.assertEqual(len(events), 1)
        self.subset({"event": "FIRED", "by": "the device team", "text": "4x in the field"}, events[0])
        self.assertEqual(self.decision(made)["status"], "reopened")
        self.json("POST", f"/api/v1/watch/{row['id']}/clear")
        self.assertEqual([e["event"] for e in self.log("manual")], ["CLEARED", "FIRED"])
        self.assertEqual(self.request("DELETE", f"/api/v1/watch/{row['id']}").status, 204)
        self.assert_problem(self.get(f"/api/v1/watch/{row['id']}"), 404)
        self.assertEqual(len(self.log("manual")), 2)
        condition = self.json("POST", "/api/v1/projects/manual/watch", RATE, 201)
        self.assert_problem(self.post(f"/api/v1/watch/{condition['id']}/fire"), 409)

    def test_what_people_add_follows_the_decision(self):
        proposed = self.made("follows")
        made = self.decided(proposed)
        self.json("POST", "/api/v1/projects/follows/watch", {**RATE, "decision": made["id"]}, 201)
        self.tell("follows", msg_rate_sustained=12000, msg_rate_window_s=60)
        again = self.decided(proposed)
        self.assertNotEqual(again["id"], made["id"])
        rows = [w for w in self.watched("follows") if w["origin"] == "api"]
        self.assertEqual([(w["decision"], w["state"]) for w in rows], [(again["id"], "fired")])
        self.assertEqual(self.decision(again)["status"], "proposed")

    def test_a_rejected_decision_that_is_reopened_is_watched_again(self):
        made = self.decided(self.made("again", watch=[{k: v for k, v in RATE.items()}]))
        self.tell("again", msg_rate_window_s=60)
        self.json("POST", f"/api/v1/decisions/{made['id']}/reject", {})
        self.tell("again", msg_rate_sustained=5)
        self.assertEqual(self.watched("again", decision=made["id"]), [])
        self.json("POST", f"/api/v1/decisions/{made['id']}/reopen", {})
        got = self.tell("again", msg_rate_sustained=20000)
        self.assertEqual([(e["event"], e["decision"]) for e in got["watch"]], [("FIRED", made["id"])])
        self.assertTrue(self.json("GET", f"/api/v1/decisions/{made['id']}/verify")["ok"])

    def test_what_is_told_of_a_trigger_is_checked(self):
        self.made("asked")
        row = self.json("POST", "/api/v1/projects/asked/watch", {"title": "Proven", "manual": True}, 201)
        path = f"/api/v1/watch/{row['id']}/fire"
        for body, status, word in (({"who": "x"}, 422, "who"), ({"note": 5}, 422, "note"), ({"by": []}, 422, "by"),
                                   ([1], 400, "object")):
            answer = self.post(path, json.dumps(body))
            self.assert_problem(answer, status)
            self.assertIn(word, answer.json()["detail"])
        self.assertEqual(self.post(path, b"{").status, 400)
        self.assertEqual(self.log("asked"), [])

    def test_bad_items(self):
        self.made("bad")
        path = "/api/v1/projects/bad/watch"
        for item, field in (({"title": "x", "when": "msg_rate > 1"}, "watch[0].when"),
                            ({"title": "x", "when": "1; DROP TABLE watch"}, "watch[0].when"),
                            ({"title": "x", "when": "(SELECT 1) = 1"}, "watch[0].when"),
                            ({"title": "x", "when": "load_extension('x') = 1"}, "watch[0].when"),
                            ({"title": "x", "date": "soon"}, "watch[0].date"),
                            ({"title": "x", "colour": "red", "manual": True}, "watch[0].colour"),
                            ({"title": "x"}, "watch[0]"), ({"manual": True}, "watch[0].title")):
            answer = self.post(path, json.dumps(item).encode())
            self.assert_problem(answer, 422)
            fields = [e["field"] for e in answer.json()["errors"]]
            self.assertTrue(any(f.startswith(field) for f in fields), (item, fields))
        answer = self.post(path, json.dumps({"title": "x", "when": "fsm_nodes > 3 AND fsm_nodes < 2"}).encode())
        self.assert_problem(answer, 422)
        for body in (b"", b"{", b"[]", b"[" * 5000):
            self.assertIn(self.post(path, body).status, (400, 413))
        self.assert_problem(self.post(path, b" " * (1 << 20) + b"{}"), 413)
        self.assert_problem(self.post(path, json.dumps({**RATE, "decision": "nope"}).encode()), 404)
        self.assert_problem(self.post("/api/v1/projects/nowhere/watch", json.dumps(RATE).encode()), 404)
        script = "<script>alert(1)</script>"
        row = self.json("POST", path, {"title": script, "manual": True}, 201)
        self.assertEqual(self.json("GET", f"/api/v1/watch/{row['id']}")["title"], script)
        self.assert_problem(self.get(path + "?state=asleep"), 400)
        self.assert_problem(self.get(path + "?limit=x"), 400)

    def test_dates_come(self):
        made = self.decided(self.made("dates"))
        self.json("POST", "/api/v1/projects/dates/watch", {"title": "Not yet", "date": "2999-01-01"}, 201)
        row = self.json("POST", "/api/v1/projects/dates/watch", {"title": "Long ago", "date": "2020-01-01"}, 201)
        self.subset({"state": "fired", "note": "2020-01-01 has come"}, row)
        self.assertEqual(self.decision(made)["status"], "reopened")
        self.assertEqual(self.one("dates", "Not yet")["state"], "clear")

    def test_shares_of_components(self):
        folded = b"main;work;compute 900\nmain;work;json_parse 100\n"
        self.uploaded("shares", "r1", folded, "&clock=cpu")
        self.policies("shares", watch=[PARSER])
        made = self.decided(self.made("shares"))
        self.uploaded("shares", "r2", b"main;work;compute 800\nmain;work;json_parse 200\n", "&clock=cpu")
        row = self.one("shares", PARSER["title"])
        self.subset({"kind": "share", "state": "clear", "component": ["json*"], "fact": "component_cpu_share_lo", "line": 0.5}, row)
        self.assertLess(row["now"], 0.25)
        self.uploaded("shares", "r3", b"main;work;compute 1000\nmain;work;json_parse 19000\n", "&clock=cpu")
        row = self.one("shares", PARSER["title"])
        self.assertEqual(row["state"], "fired")
        self.assertGreater(row["now"], 0.5)
        self.assertEqual(self.decision(made)["status"], "reopened")
        self.uploaded("shares", "r4", b"main;work;compute 800\nmain;work;json_parse 200\n", "&clock=cpu")
        self.assertEqual([e["event"] for e in self.log("shares")], ["CLEARED", "FIRED"])

    def test_drift_makes_stale(self):
        self.uploaded("drift", "r1", stat(6000), "&fact.concurrency=one_at_a_time")
        made = self.decided(self.made("drift"))
        self.assertFalse(self.decision(made)["stale"])
        self.uploaded("drift", "r2", stat(54000), "&fact.concurrency=one_at_a_time")
        after = self.decision(made)
        self.assertTrue(after["stale"], after["log"])
        entry = next(e for e in after["log"] if e["event"] == "STALE")
        self.assertIn("outside", entry["text"])
        self.assertEqual(after["verdict"], made["verdict"])
        # Once is enough, and another scenario is another question.
        self.uploaded("drift", "r3", stat(55000), "&fact.concurrency=one_at_a_time")
        self.assertEqual([e["event"] for e in self.decision(made)["log"]].count("STALE"), 1)
        self.uploaded("scenario", "r1", stat(6000), "&scenario=a&fact.concurrency=one_at_a_time")
        other = self.decided(self.made("scenario"))
        self.uploaded("scenario", "r2", stat(54000), "&scenario=b&fact.concurrency=one_at_a_time")
        self.assertFalse(self.decision(other)["stale"])

    def test_age_makes_stale(self):
        self.uploaded("age", "r1", stat(6000), "&fact.concurrency=one_at_a_time&fact.evidence_age_days=181")
        made = self.decided(self.made("age"))
        self.watched("age")
        after = self.decision(made)
        self.assertTrue(after["stale"])
        self.assertIn("more than 180", after["log"][0]["text"])

    def test_another_answer_reopens(self):
        made = self.decided(self.made("answer"))
        self.assertEqual(made["verdict"], "do_not_migrate")
        # No condition is watched for it: the engine itself gives another answer.
        self.policies("answer", rules=[{**OWN, "when": "fsm_nodes > 7", "effect": "settle:3", "basis": "input"}])
        self.assertEqual(self.decision(made)["status"], "proposed")
        self.tell("answer", fsm_nodes=8)
        after = self.decision(made)
        self.subset({"status": "reopened", "verdict": "do_not_migrate"}, after)
        self.assertIn("would be optimise_in_place", after["log"][0]["text"])
        self.tell("answer", fsm_nodes=8)
        self.assertEqual(len(self.decision(made)["log"]), 1)

    def test_the_dry_run_shows_decisions(self):
        made = self.decided(self.made("dry"))
        own = {**OWN, "when": "has_profile IS NOT 7", "effect": "settle:3"}
        got = self.json("POST", "/api/v1/projects/dry/policies/dry-run", document(rules=[own]))
        self.subset({"decisions": {"checked": 1, "changed": 1, "not_judged": 0}}, got)
        change = next(c for c in got["changes"] if c["kind"] == "decision")
        self.subset({"id": made["id"], "old": {"verdict": made["verdict"]}, "new": {"verdict": "optimise_in_place"}, "fires": ["OWN-1"]}, change)
        self.assertEqual(change["old"]["verdict"], change["current"]["verdict"])
        self.assertEqual(self.decision(made)["verdict"], made["verdict"])
        self.assertEqual(self.json("GET", "/api/v1/projects/dry/policies")["version"], 0)

    def test_pages_of_a_long_list(self):
        self.made("pages")
        for i in range(5):
            self.json("POST", "/api/v1/projects/pages/watch", {"title": f"t{i}", "manual": True}, 201)
        titles, cursor = [], ""
        while True:
            page = self.json("GET", "/api/v1/projects/pages/watch?limit=2&cursor=" + urllib.parse.quote(cursor))
            titles += [w["title"] for w in page["watch"]]
            cursor = page["next"]
            if not cursor:
                break
        self.assertEqual(sorted(titles), [f"t{i}" for i in range(5)])

    def test_command_line(self):
        self.decided(self.made("cli"))
        self.json("POST", "/api/v1/projects/cli/watch", RATE, 201)
        self.tell("cli", msg_rate_sustained=12000, msg_rate_window_s=60)

        def stet(*arguments):
            return subprocess.run([stetapi.binary(), "watch", "--project", "cli", *arguments], capture_output=True, text=True,
                                  check=False, env={**os.environ, "STET_SERVER": "", "STET_TOKEN": ""})

        server = f"http://{self.server.host}:{self.server.port}/"
        texts = [stet("--server", server), stet("--db", self.server.database)]
        for done in texts:
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("fired    " + RATE["title"], done.stdout)
            self.assertIn("msg_rate_sustained is 12000, the line is 10000", done.stdout)
        self.assertEqual(texts[0].stdout, texts[1].stdout)
        listed = json.loads(stet("--db", self.server.database, "--json", "--state", "fired").stdout)
        self.assertEqual([w["title"] for w in listed["watch"]], [RATE["title"]])
        self.assertEqual(json.loads(stet("--server", server, "--json").stdout)["watch"], self.watched("cli"))
        self.assertEqual(stet("--server", server, "--db", "x").returncode, 3)
        self.assertEqual(stet("--state", "asleep").returncode, 3)
        self.assertNotEqual(subprocess.run([stetapi.binary(), "watch", "--project", "none", "--server", server],
                                           capture_output=True, check=False).returncode, 0)


class Many(ProposalCase):
    """A thousand decisions are looked at in one go: one sandbox, one transaction."""

    def test_many_decisions(self):
        made = self.made("many", watch=[{"id": "a", "title": RATE["title"], "when": RATE["when"]}], packs=["score-sheet"])
        first = self.decided(made)
        with sqlite3.connect(self.server.database, timeout=30) as db:
            columns = [r[1] for r in db.execute("PRAGMA table_info(decision)")]
            proposal = [r[1] for r in db.execute("PRAGMA table_info(proposal)")]
            for i in range(299):
                for table, names, key, new in (("proposal", proposal, made["id"], {"id": f"p{i}"}),
                                               ("decision", columns, first["id"], {"id": f"d{i}", "proposal_id": f"p{i}"})):
                    chosen = ", ".join(f"'{new[n]}'" if n in new else n for n in names)
                    db.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {table} WHERE id = ?", (key,))
                db.execute("INSERT INTO proposal_version SELECT tenant_id, ?, version, title, kind, goal, sha256, given_by, created_us, doc "
                           "FROM proposal_version WHERE proposal_id = ?", (f"p{i}", made["id"]))
        answer = self.post("/api/v1/projects/many/facts", b'{"msg_rate_sustained":12000,"msg_rate_window_s":60}')
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(len(answer.json()["watch"]), 300)
        self.assertEqual(self.get("/api/v1/decisions/d7").json()["status"], "reopened")
        dry = self.post("/api/v1/projects/many/policies/dry-run", json.dumps(document(rules=[{**OWN, "when": "has_profile IS NOT 7", "effect": "settle:3"}])).encode())
        self.assertEqual(dry.status, 200, dry)
        self.subset({"checked": 300, "changed": 300, "not_judged": 0}, dry.json()["decisions"])


if __name__ == "__main__":
    stetapi.main()
