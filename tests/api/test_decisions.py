"""What becomes of a decision: objections, acceptance, waivers, age, looking again, and the change afterwards."""

import datetime
import json
import subprocess

import stetapi

from test_proposals import ProposalCase, proposal
from test_uploads import FOLDED, STAT, stat


def later(**delta):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def retain(database, days, *more):
    return subprocess.run([stetapi.binary(), "retain", "--db", database, "--older-than", str(days), *more],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


class Life(ProposalCase):
    def decision(self, project, **changes):
        self.uploaded(project, "r1", STAT, "&fact.concurrency=one_at_a_time")
        made = self.made(project, **changes)
        return self.decided(made), made

    def step(self, d, name, status, **body):
        answer = self.post(f"/api/v1/decisions/{d['id']}/{name}", json.dumps(body))
        self.assertEqual(answer.status, status, str(answer))
        return answer.json()

    def shown(self, d):
        return self.get("/api/v1/decisions/" + d["id"]).json()

    def sound(self, d):
        got = self.get(f"/api/v1/decisions/{d['id']}/verify").json()
        self.assertTrue(got["ok"], got)

    def test_objection_before_acceptance(self):
        d, made = self.decision("objected")
        self.assertEqual(self.step(d, "objections", 201, text="The load was not real.", run="r1", by="api team")["n"], 1)
        self.assertEqual(self.step(d, "objections", 201, text="Too few samples.")["n"], 2)
        self.step(d, "objections", 422, text="")
        self.step(d, "objections", 404, text="x", run="no-such-run")
        self.step(d, "objections", 404, text="x", profile="no-such-profile")
        self.assertIn("objection 1", self.step(d, "accept", 409)["detail"])
        self.step(d, "objections/1/answer", 200, text="It was the load of a Monday.")
        self.step(d, "objections/1/answer", 409, text="Again.")
        self.step(d, "objections/7/answer", 404, text="x")
        self.step(d, "accept", 409)
        self.step(d, "objections/2/answer", 200, text="Enough for the line.", by="platform team")
        self.step(d, "votes", 200, vote="for", by="api team")
        self.step(d, "votes", 422, vote="maybe")
        accepted = self.step(d, "accept", 200, by="platform team")
        self.subset({"status": "accepted", "votes": [{"vote": "for", "by": "api team"}]}, accepted)
        self.assertEqual([o["state"] for o in accepted["objections"]], ["answered", "answered"])
        self.assertEqual(self.get(f"/api/v1/proposals/{made['id']}").json()["status"], "settled")
        self.assertFalse(self.get("/api/v1/projects/objected/gate").json()["asked"])
        self.step(d, "accept", 409)
        self.sound(d)

    def test_reject_and_reopen(self):
        d, made = self.decision("turned")
        self.assertEqual(self.step(d, "reject", 200, text="No.")["status"], "rejected")
        self.assertEqual(self.step(d, "reopen", 200)["status"], "reopened")
        self.assertTrue(self.get("/api/v1/projects/turned/gate").json()["asked"])
        self.step(d, "accept", 409)
        again = self.decided(made)
        self.assertNotEqual(again["id"], d["id"])
        self.assertEqual(self.shown(d)["status"], "superseded")
        self.step(d, "accept", 409)
        self.assertEqual(self.step(again, "accept", 200)["status"], "accepted")
        self.sound(d)
        self.sound(again)

    def waiver(self, project, **body):
        answer = self.post(f"/api/v1/projects/{project}/waivers",
                           json.dumps({"rule": "gate", "reason": "A launch.", "until": later(days=3), **body}))
        self.assertEqual(answer.status, 201, str(answer))
        return answer.json()

    def test_waiver_of_the_gate(self):
        d, _ = self.decision("waived")
        gate = "/api/v1/projects/waived/gate?enforce=1"
        self.assertEqual(self.get(gate).status, 409)
        asked = self.waiver("waived")
        self.subset({"state": "requested", "owner": None}, asked)
        self.assertEqual(self.get(gate).status, 409)
        self.assertEqual(self.get(gate).json()["waivers"], {"active": 0, "expired": 0, "requested": 1})
        path = f"/api/v1/waivers/{asked['id']}"
        self.assertEqual(self.post(path + "/grant").status, 422)
        self.subset({"state": "active", "owner": "the board"},
                    self.post(path + "/grant", json.dumps({"owner": "the board"})).json())
        self.assertEqual(self.post(path + "/grant", json.dumps({"owner": "x"})).status, 409)
        open_gate = self.get(gate)
        self.subset({"gate": "waived", "exit_code": 0, "waivers": {"active": 1, "expired": 0, "requested": 0}},
                    open_gate.json())
        self.assertEqual(open_gate.status, 200)
        self.assertIn("### Gate: waived", self.get("/api/v1/projects/waived/gate", accept="text/markdown").text())
        for page in ("/", "/projects/waived", "/projects/waived/proposals", f"/proposals/{d['proposal_id']}"):
            answer = self.get(page)
            self.assertEqual(answer.status, 200, page)
            self.assertRegex(answer.text(), r"(?s)<td[^>]*>\s*waived", page)
        shown = self.shown(d)
        self.subset({"gate": "waived", "gate_decided": d["gate"], "waivers": {"active": 1}}, shown)
        analysis = self.get("/api/v1/projects/waived/runs/r1/analysis").json()
        self.assertEqual(analysis["waivers"], {"active": 1, "expired": 0, "requested": 0})
        self.assertNotEqual(analysis["gate"], "waived")
        enforced = self.post("/api/v1/projects/waived/profiles?run=r2&enforce=1", stat(640))
        self.assertEqual((enforced.status, enforced.json()["analysis"]["gate"]), (201, "waived"))
        self.assertEqual(self.post(path + "/end", b'{"text":"over"}').json()["state"], "ended")
        self.assertEqual(self.get(gate).status, 409)
        self.sound(d)

    def test_waiver_of_a_rule(self):
        """A waived rule opens a gate only where another rule carries the verdict."""
        d, _ = self.decision("ruled")
        closing = [r["id"] for r in d["rules"] if r["value"] == 1 and
                   any(e.startswith(("settle", "undecided", "ceil")) for e in r["effect"].split("+"))]
        self.assertTrue(closing)
        for rule in closing:
            w = self.waiver("ruled", rule=rule)
            self.post(f"/api/v1/waivers/{w['id']}/grant", json.dumps({"owner": "x"}))
        self.assertEqual(self.get("/api/v1/projects/ruled/gate?enforce=1").status, 409)
        self.assertEqual(self.shown(d)["waivers"]["active"], len(closing))

    def test_waivers_are_checked(self):
        for change in ({"until": later(days=-1)}, {"until": "tomorrow"}, {"until": None}, {"reason": ""},
                       {"rule": "a b"}, {"rule": "'; DROP TABLE ledger"}, {"rule": None}, {"extra": 1}):
            answer = self.post("/api/v1/projects/checked/waivers", json.dumps(
                {"rule": "gate", "reason": "x", "until": later(days=1), **change}))
            self.assertEqual(answer.status, 422, str(answer))

    def test_waiver_ends_by_itself(self):
        self.decision("ended")
        w = self.waiver("ended", until=later(seconds=2))
        self.post(f"/api/v1/waivers/{w['id']}/grant", json.dumps({"owner": "x"}))
        gate = "/api/v1/projects/ended/gate?enforce=1"
        self.until(lambda: self.get(gate).status == 409, "end of the waiver")
        self.subset({"waivers": {"active": 0, "expired": 1, "requested": 0}}, self.get(gate).json())
        self.assertEqual([x["state"] for x in self.get("/api/v1/projects/ended/waivers").json()["list"]], ["expired"])

    def test_retain(self):
        held = self.uploaded("kept", "r1")
        d = self.decided(self.made("kept"))
        loose = self.uploaded("loose", "r1", stat(333))
        self.assertIn(b"0 uploads", retain(self.server.database, 1).stdout)
        sql = self.database()
        sql.execute("UPDATE profile SET created_us = created_us - 10000000000000 WHERE project IN ('loose')")
        sql.commit()
        done = retain(self.server.database, 30, "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["dropped"]), (0, 1))
        self.assert_problem(self.get(f"/api/v1/profiles/{loose['id']}/raw"), 410, "gone")
        self.assertEqual(self.get("/api/v1/projects/loose/runs/r1/analysis").status, 200)
        self.subset({"raw": False, "sha256": loose["profiles"][0]["sha256"]},
                    self.get(f"/api/v1/profiles/{loose['id']}").json())
        done = json.loads(retain(self.server.database, 0, "--json").stdout)
        self.assertGreaterEqual(done["exempt"], 1)
        self.assertEqual(self.get(f"/api/v1/profiles/{held['id']}/raw").body, STAT)
        self.sound(d)
        self.assertEqual(retain(self.server.database, "x").returncode, 3)
        self.assertEqual(retain(self.server.database + ".none", 1).returncode, 4)

    def test_looking_again(self):
        watch = [{"id": "volume", "title": "Ten million operations a year", "when": "ops_per_year > 10000000"},
                 {"id": "proto", "title": "A prototype shows it", "manual": True}]
        d, made = self.decision("again", watch=watch)
        look = lambda: self.post(f"/api/v1/decisions/{d['id']}/reevaluate").json()
        self.subset({"looked": False, "fired": 0, "reopened": False}, look())
        self.assertEqual(self.post("/api/v1/projects/again/facts", b'{"ops_per_year": 20000000}').status // 100, 2)
        self.subset({"looked": True, "reopened": True}, look())
        shown = self.shown(d)
        self.subset({"status": "reopened", "verdict": d["verdict"], "gate_decided": d["gate"], "chain": d["chain"]}, shown)
        fired = [e for e in shown["log"] if e["watch"] == "volume"]
        self.subset([{"event": "FIRED", "fact": "ops_per_year", "now": 2e7, "line": 1e7}], fired)
        look()
        self.assertEqual(len([e for e in self.shown(d)["log"] if e["watch"] == "volume"]), 1)
        self.post("/api/v1/projects/again/facts", b'{"ops_per_year": 5000000}')
        look()
        self.assertEqual([e["event"] for e in self.shown(d)["log"] if e["watch"] == "volume"], ["FIRED", "CLEARED"])
        new = self.decided(made)
        self.assertEqual(self.shown(d)["superseded_by"], new["id"])
        self.subset({"looked": False}, look())
        self.sound(d)
        self.sound(new)

    def test_drift_is_stale(self):
        d, _ = self.decision("drift")
        self.uploaded("drift", "r2", stat(48000), "&fact.concurrency=one_at_a_time")
        got = self.post(f"/api/v1/decisions/{d['id']}/reevaluate").json()
        self.subset({"looked": True, "stale": True}, got)
        stale = [e for e in self.shown(d)["log"] if e["event"] == "STALE"]
        self.assertEqual(stale[0]["watch"], "drift cpu_share")
        self.assertGreater(stale[0]["now"], 0.7)
        self.assertTrue(self.shown(d)["stale"])
        self.sound(d)

    def test_afterwards(self):
        run = "&fact.concurrency=one_at_a_time&fact.ops=100"
        self.uploaded("after", "before", STAT, run)
        self.post("/api/v1/projects/after/profiles?run=before&clock=cpu", FOLDED)
        d = self.decided(self.made("after", goal="throughput"))
        self.uploaded("after", "after", stat(1620), run)
        got = self.step(d, "outcome", 201, run="after", by="platform team")
        self.assertAlmostEqual(got["real"], 0.1, 6)
        self.subset({"run": "after", "before": "before", "unit": "share"}, got)
        self.assertEqual(got["within"], got["predicted"]["lo"] <= got["real"] <= got["predicted"]["hi"])
        self.assertIn("foreseen", got["text"])
        self.assertEqual(self.shown(d)["outcomes"][0]["text"], got["text"])
        self.step(d, "outcome", 422, run="before")
        self.step(d, "outcome", 404, run="none")
        self.sound(d)

    def test_afterwards_by_the_goal(self):
        """Each goal by its own number; another load, or a mean where the slowest count, is refused with the reason."""
        def time_v(user, elapsed, kbytes):
            return (f'\tCommand being timed: "app"\n\tUser time (seconds): {user}.00\n\tSystem time (seconds): 0.00\n'
                    f"\tPercent of CPU this job got: 99%\n\tElapsed (wall clock) time (h:mm:ss or m:ss): 0:{elapsed}.00\n"
                    f"\tMaximum resident set size (kbytes): {kbytes}\n\tExit status: 0\n").encode()
        declared = "&fact.concurrency=one_at_a_time&scenario=day"
        for goal, want in (("latency", 0.25), ("cost", 0.5), ("throughput", 0.5), ("memory", 0.75), ("tail", None)):
            with self.subTest(goal):
                project = "goal-" + goal
                self.uploaded(project, "before", time_v(32, 40, 400000), declared)
                self.post(f"/api/v1/projects/{project}/profiles?run=before&clock=cpu{declared}", FOLDED)
                facts = {"bus_mem_saving": {"value": 0.7, "lo": 0.6, "hi": 0.8}} if goal == "memory" else {"ops_per_year": 5}
                self.assertEqual(self.post(f"/api/v1/projects/{project}/facts", json.dumps(facts)).status, 201)
                d = self.decided(self.made(project, goal=goal, kind="full_rewrite"))
                self.uploaded(project, "after", time_v(16, 30, 100000), declared)
                self.uploaded(project, "night", time_v(16, 30, 100001), "&fact.concurrency=one_at_a_time&scenario=night")
                if want is None:
                    self.assertIn("mean", self.step(d, "outcome", 422, run="after")["detail"])
                    continue
                self.assertAlmostEqual(self.step(d, "outcome", 201, run="after")["real"], want, 6)
                self.assertIn("scenario 'night'", self.step(d, "outcome", 422, run="night")["detail"])
                self.assertEqual(len(self.shown(d)["outcomes"]), 1)

    def test_memory_that_nobody_foresaw(self):
        d, _ = self.decision("unforeseen", goal="memory")
        self.uploaded("unforeseen", "after", stat(900), "&fact.concurrency=one_at_a_time")
        self.assertIn("bus_mem_saving", self.step(d, "outcome", 422, run="after")["detail"])

    def test_record_for_people(self):
        d, _ = self.decision("people", title="<script>alert(1)</script> & more")
        markdown = self.get(f"/api/v1/decisions/{d['id']}.md")
        self.assertEqual((markdown.status, markdown.headers.get_content_type()), (200, "text/markdown"))
        self.assertIn(d["id"], markdown.text())
        html = self.get(f"/api/v1/decisions/{d['id']}.html")
        self.assertEqual((html.status, html.headers.get_content_type()), (200, "text/html"))
        self.assertNotIn("<script>alert", html.text())
        self.assertEqual(self.get("/api/v1/decisions/none.md").status, 404)


if __name__ == "__main__":
    stetapi.main()
