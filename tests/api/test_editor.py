"""Writing a proposal: what it would come to before it is stored, and the form without scripts."""

import json
import re
import urllib.parse

import stetapi

from test_proposals import PROPOSAL, ProposalCase, proposal
from test_service import token
from test_uploads import FOLDED, STAT, multipart

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PREVIEW = "/api/v1/projects/{}/proposals/preview"


def deep(levels):
    return '{"proposal": {"x": ' + "[" * levels + "]" * levels + "}}"


class PreviewCase(ProposalCase):
    def preview(self, project, document, **members):
        return self.post(PREVIEW.format(project), json.dumps({"proposal": document, **members}))


class Previews(PreviewCase):
    def test_the_same_numbers_as_the_decision(self):
        self.uploaded("same", "r1", FOLDED, "&name=a.folded")
        self.uploaded("same", "r1", STAT, "&name=stat.txt")
        made = self.made("same")
        decided = self.decided(made, json.dumps({"seed": 7, "draws": 5000}))
        answer = self.preview("same", PROPOSAL, seed=7, draws=5000)
        self.assertEqual(answer.status, 200, str(answer))
        found = answer.json()
        self.subset({"schema": "stet/preview/1", "draws": 5000, "run": "r1"}, found)
        for name in ("roi", "verdict", "gate", "summary", "facts", "speedup", "operations", "whole", "part"):
            self.assertEqual(found["decision"][name], decided[name], name)
        self.assertEqual(found["words"]["sentence"], decided["summary"])
        for name in ("npv", "tornado"):
            self.assertTrue(found["pictures"][name].startswith("<svg"), name)
            self.assertNotIn("<script", found["pictures"][name])

    def test_nothing_is_stored(self):
        self.uploaded("kept", "r1")
        before = self.get("/api/v1/projects/kept").json()
        ledger = self.get("/api/v1/projects/kept/ledger").json()
        self.assertEqual(self.preview("kept", PROPOSAL, brief=True).status, 200)
        self.assertEqual(self.get("/api/v1/projects/kept").json(), before)
        self.assertEqual(self.get("/api/v1/projects/kept/ledger").json(), ledger)
        self.assertEqual(self.get("/api/v1/projects/kept/proposals").json(), {"proposals": []})
        self.assertEqual(self.preview("never-there", PROPOSAL, brief=True).status, 200)
        self.assertEqual(self.get("/api/v1/projects/never-there").status, 404)

    def test_what_is_not_known_is_named_and_never_zero(self):
        found = self.preview("unknown", {}).json()
        self.assertIsNone(found["words"]["chance"])
        self.assertIn("devs", found["words"]["missing_names"])
        self.assertEqual(found["pictures"], {"npv": None, "tornado": None, "payback": None})
        self.assertIsNone(found["decision"]["roi"])

    def test_every_field_has_its_error(self):
        answer = self.preview("wrong", {**PROPOSAL, "cost": {"devs": -1, "months": {"lo": 3, "hi": 2}}, "goal_gain": 4})
        self.assertEqual(answer.status, 422, str(answer))
        self.assertEqual({e["field"] for e in answer.json()["errors"]}, {"goal_gain", "cost.devs", "cost.months"})

    def test_hostile_bodies(self):
        cases = [
            (b"", 422), (b"{", 400), (b"[]", 400), (b'"x"', 400), (b"{}", 422), (b'{"proposal": 3}', 422),
            (b'{"proposal": null}', 422), (deep(5000).encode(), 413), (b"\xff\xfe{}", 400),
            (b'{"proposal": {}, "draws": 1e9}', 422), (b'{"proposal": {}, "draws": 200000}', 422),
            (b'{"proposal": {}, "draws": "many"}', 422), (b'{"proposal": {}, "seed": -1}', 422),
            (b'{"proposal": {}, "run": 5}', 422), (b'{"proposal": {}, "run": "none"}', 404),
            (b'{"proposal": {"cost": {"devs": NaN}}}', 400), (b'{"proposal": {"cost": {"devs": 1e999}}}', 400),
            (b'{"proposal": {"title": "' + b"a" * 2000000 + b'"}}', 413),
        ]
        for body, status in cases:
            answer = self.post(PREVIEW.format("hostile"), body)
            self.assertEqual(answer.status, status, f"{body[:80]} {answer}")
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json", body[:80])
        self.assertEqual(self.get("/healthz").status, 200)

    def test_names_stay_words_in_pictures(self):
        document = {**PROPOSAL, "title": "</svg><script>x()</script>",
                    "components": [{"name": "<img src=x onerror=x()>", "match": ["*<script>*"]}]}
        found = self.preview("names", document, brief=True)
        self.assertEqual(found.status, 200)
        for svg in found.json()["pictures"].values():
            self.assertNotIn("<script", svg or "")
            self.assertNotIn("<img", svg or "")

    def test_facts_are_listed(self):
        facts = self.get("/api/v1/facts").json()
        self.assertEqual(facts["schema"], "stet/facts/1")
        row = next(f for f in facts["facts"] if f["name"] == "cpu_share_lo")
        self.subset({"group": "time", "unit": "share", "min": 0, "max": 1}, row)


class Forms(PreviewCase):
    def send(self, path, fields, **headers):
        return self.request("POST", path, urllib.parse.urlencode(fields), {**FORM, **headers})

    def document(self, answer):
        self.assertEqual(answer.status, 303, str(answer))
        return self.get("/api/v1" + answer.headers["Location"]).json()["proposal"]

    def test_the_core_fields_become_a_document(self):
        answer = self.send("/projects/plain/proposals/new", {
            "title": "The parser in a compiled language", "kind": "native_extension", "from": "python", "to": "rust",
            "goal": "latency", "goal_gain": "30 %", "components.0.name": "parser", "components.0.match": "*json*\r\n *loads* ",
            "cost.devs": "2", "cost.months": "2..3..6", "cost.rate_usd_year": "150k", "cost.failure_probability": "p10 0.1 p90 0.3",
            "benefit.ops_per_year": "1M", "benefit.saved_s_per_op": "0.05", "benefit.usd_per_hour": "", "risks.0.text": "one",
            "facts.0.name": "load_representative", "facts.0.value": "yes", "phases.1.title": "second row only"})
        self.assertEqual(self.document(answer), {
            "schema": "stet/proposal/1", "title": "The parser in a compiled language", "kind": "native_extension",
            "from": "python", "to": "rust", "goal": "latency", "goal_gain": 0.3,
            "components": [{"name": "parser", "match": ["*json*", "*loads*"]}],
            "cost": {"devs": 2, "months": {"lo": 2, "mode": 3, "hi": 6}, "rate_usd_year": 150000,
                     "failure_probability": {"p10": 0.1, "p90": 0.3}},
            "benefit": {"ops_per_year": 1000000, "saved_s_per_op": 0.05},
            "facts": {"load_representative": True}, "risks": ["one"], "phases": [{"title": "second row only"}]})

    def test_what_the_form_does_not_know_stays(self):
        document = {**PROPOSAL, "x_ticket": {"id": 12345678901234567890, "cost.devs": [1, 2.50]}, "gaps": [{"id": "g", "title": "t"}],
                    "components": [{"name": "a", "match": ["x"], "calls_per_op": 4}, {"name": "b", "match": ["y"]}],
                    "risks": [{"text": "late", "x_owner": "team"}, "plain"], "facts": {"load_representative": True, "runs_n": 4}}
        made = self.made("stays", **{k: v for k, v in document.items() if k not in PROPOSAL or document[k] != PROPOSAL[k]})
        text = self.get(f"/proposals/{made['id']}/edit").text()
        fields = self.fields(text)
        self.assertEqual(fields["components.0.name"], "a")
        self.assertEqual(fields["cost.months"], "2..3..6")
        self.assertEqual(fields["risks.0.text"], "late")
        self.assertEqual((fields["facts.1.name"], fields["facts.1.value"]), ("runs_n", "4"))
        # Sent as it came: the same version again.
        answer = self.send(f"/proposals/{made['id']}/edit", fields)
        self.assertEqual(self.document(answer), document)
        self.assertEqual(self.get(f"/api/v1/proposals/{made['id']}").json()["version"], 1)
        # One field changed, one part removed, one fact taken back.
        fields.update({"cost.devs": "3", "components.1.name": "", "components.1.match": "", "facts.1.name": "", "facts.1.value": "",
                       "risks.0.text": "later"})
        expected = json.loads(json.dumps(document))
        expected["cost"]["devs"] = 3
        expected["components"].pop()
        expected["facts"] = {"load_representative": True}
        expected["risks"][0]["text"] = "later"
        self.assertEqual(self.document(self.send(f"/proposals/{made['id']}/edit", fields)), expected)
        self.assertIn("12345678901234567890", self.get(f"/api/v1/proposals/{made['id']}").text())

    def fields(self, page):
        """What a browser would send of the page's form."""
        import html
        form = page[page.index('id="proposal-form"'):]
        form = form[:form.index("</form>")]
        found = {}
        for tag in re.findall(r"<input [^>]*>", form):
            found[re.search(r'name="([^"]*)"', tag)[1]] = html.unescape(re.search(r'value="([^"]*)"', tag)[1])
        for name, value in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
            found[name] = html.unescape(value)
        for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
            chosen = re.search(r'<option value="([^"]*)" selected', options)
            found[name] = html.unescape(chosen[1]) if chosen else ""
        return found

    def test_faults_stand_beside_their_fields_with_what_was_typed(self):
        answer = self.send("/projects/faults/proposals/new", {"title": "kept", "cost.devs": "two", "cost.months": "3..2",
                                                              "components.0.match": "x"})
        self.assertEqual(answer.status, 422)
        page = answer.text()
        self.assertRegex(page, r'value="two"[^>]*aria-invalid')
        self.assertIn("is no number", page)
        self.assertIn('value="kept"', page)
        self.assertIn('href="#f-cost-devs"', page)
        answer = self.send("/projects/faults/proposals/new", {"title": "kept", "cost.months": "3..2", "components.0.match": "x"})
        self.assertEqual(answer.status, 422)
        self.assertRegex(answer.text(), r'id="f-cost-months-error">lo 3 is above hi 2<')
        self.assertEqual(self.get("/api/v1/projects/faults").status, 404)

    def test_the_document_as_it_stands(self):
        answer = self.send("/projects/as-it-stands/proposals/new",
                           {"source": "document", "document": json.dumps(PROPOSAL), "title": "not this"})
        self.assertEqual(self.document(answer), PROPOSAL)
        answer = self.send("/projects/as-it-stands/proposals/new", {"source": "document", "document": "{"})
        self.assertIn(answer.status, (400, 422))
        answer = self.send("/projects/as-it-stands/proposals/new", {"title": "x", "document": "{\"a\":"})
        self.assertEqual(answer.status, 422, str(answer))

    def test_saved_and_decided_at_once(self):
        self.uploaded("at-once", "r1")
        answer = self.send("/projects/at-once/proposals/new", {"title": "x", "kind": "full_rewrite", "then": "decide", "run": "r1"})
        self.assertEqual(answer.status, 303, str(answer))
        self.assertRegex(answer.headers["Location"], r"^/decisions/")
        self.assertEqual(self.get(answer.headers["Location"]).status, 200)
        made = self.made("at-once")
        answer = self.send(f"/proposals/{made['id']}/decide", {"run": ""})
        self.assertRegex(answer.headers["Location"], r"^/decisions/")

    def test_the_address_fills_in_a_component(self):
        self.uploaded("filled", "r1", FOLDED, "&name=a.folded&runtime=python")
        page = self.get("/projects/filled/proposals/new?run=r1&name=%3Cb%3E&match=*json*&match=x.py").text()
        fields = self.fields(page)
        self.assertEqual((fields["components.0.name"], fields["components.0.match"]), ("<b>", "*json*\nx.py"))
        self.assertEqual((fields["kind"], fields["run"]), ("native_extension", "r1"))
        self.assertNotIn("<b>", page)

    def test_a_foreign_page_cannot_post(self):
        for path in ("/projects/foreign/proposals/new",):
            answer = self.send(path, {"title": "x"}, Origin="http://evil.example")
            self.assertEqual(answer.status, 403)


class Scopes(PreviewCase):
    def test_reading_may_try_but_not_save(self):
        reader = token(self.server.database, "--scopes", "read", "--name", "reader")
        admin = token(self.server.database, "--scopes", "read,upload,write,admin", "--name", "admin")
        headers = {"Authorization": "Bearer " + reader}
        body = json.dumps({"proposal": PROPOSAL, "brief": True})
        self.assertEqual(self.request("POST", PREVIEW.format("p"), body, headers).status, 200)
        self.assertEqual(self.request("POST", PREVIEW.format("p"), body).status, 401)
        page = self.request("GET", "/projects/p/proposals/new", headers=headers)
        self.assertEqual(page.status, 200)
        self.assertNotIn('type="submit" name="then"', page.text())
        self.assertIn("scope write", page.text())
        answer = self.request("POST", "/projects/p/proposals/new", "title=x", {**FORM, **headers})
        self.assertEqual(answer.status, 403)
        page = self.request("GET", "/projects/p/proposals/new", headers={"Authorization": "Bearer " + admin})
        self.assertIn('name="then" value="decide"', page.text())


class Voices(PreviewCase):
    """What is said about a decision, from forms without scripts."""

    def send(self, path, fields, **headers):
        return self.request("POST", path, urllib.parse.urlencode(fields), {**FORM, **headers})

    def closed(self, project):
        self.uploaded(project, "r1")
        return self.decided(self.made(project))["id"]

    def read(self, decision):
        return self.get(f"/api/v1/decisions/{decision}").json()

    def test_an_objection_with_files_becomes_a_run_of_its_own(self):
        decision = self.closed("objected")
        body, kind = multipart([("text", None, b"It computes.\r\nSee the file."), ("by", None, b"somebody"), ("evidence", None, b""),
                                ("file", "other.folded", FOLDED), ("file", "", b"")])
        answer = self.request("POST", f"/decisions/{decision}/objections", body, {"Content-Type": kind})
        self.assertEqual((answer.status, answer.headers["Location"]), (303, f"/decisions/{decision}#objections"), str(answer))
        objection, = self.read(decision)["objections"]
        self.subset({"n": 1, "by": "somebody", "state": "open"}, objection)
        self.assertNotIn(objection["run"], ("", "r1", None))
        self.assertEqual(objection["url"], f"/projects/objected/runs/{objection['run']}")
        page = self.get(f"/decisions/{decision}").text()
        self.assertIn(f'href="{objection["url"]}"', page)
        # Deciding again means the evidence that it was decided on, unless somebody chooses another.
        self.assertIn('<option value="r1" selected>', page)
        self.assertIn("not answered yet", page)
        self.assertNotIn('value="accepted"', page)
        self.assertEqual(self.send(f"/decisions/{decision}/status", {"status": "accepted"}).status, 409)
        answer = self.send(f"/decisions/{decision}/objections/1/answer", {"text": "It is another program.", "by": "x"})
        self.assertEqual(answer.status, 303)
        self.assertEqual(self.read(decision)["objections"][0]["answer"], "It is another program.")
        self.assertEqual(self.send(f"/decisions/{decision}/objections/1/answer", {"text": "again"}).status, 409)

    def test_an_objection_with_a_run_or_words_alone(self):
        decision = self.closed("objected-two")
        self.uploaded("objected-two", "r2")
        self.assertEqual(self.send(f"/decisions/{decision}/objections", {"text": "see r2", "evidence": "r2"}).status, 303)
        self.assertEqual(self.send(f"/decisions/{decision}/objections", {"text": "<script>x()</script>"}).status, 303)
        self.assertEqual([o["run"] for o in self.read(decision)["objections"]], ["r2", None])
        self.assertNotIn("<script>x", self.get(f"/decisions/{decision}").text())
        for fields, status in (({"text": ""}, 422), ({"text": "x", "evidence": "none"}, 404), ({"text": "x" * 5000}, 422)):
            self.assertEqual(self.send(f"/decisions/{decision}/objections", fields).status, status)
        body, kind = multipart([("text", None, b"both"), ("evidence", None, b"r2"), ("file", "a.folded", FOLDED)])
        self.assertEqual(self.request("POST", f"/decisions/{decision}/objections", body, {"Content-Type": kind}).status, 422)
        body, kind = multipart([("text", None, b"broken"), ("file", "a.bin", b"\0\1\2\3")])
        self.assertEqual(self.request("POST", f"/decisions/{decision}/objections", body, {"Content-Type": kind}).status, 415)
        self.assertEqual(len(self.read(decision)["objections"]), 2)

    def test_votes_waivers_and_status(self):
        decision = self.closed("voted")
        path = f"/decisions/{decision}"
        self.assertEqual(self.send(path + "/votes", {"vote": "for", "text": "yes", "by": "x"}).status, 303)
        self.assertEqual(self.send(path + "/votes", {"vote": "maybe"}).status, 422)
        self.assertIn("1 for, 0 against", self.get(path).text())
        self.assertEqual(self.send(path + "/waivers", {"rule": "gate", "reason": "a launch", "until": "2099-01-31", "by": "x"}).status, 303)
        for fields in ({"rule": "gate", "reason": "", "until": "2099-01-31"}, {"rule": "gate", "reason": "x", "until": "2001-01-31"},
                       {"rule": "a b", "reason": "x", "until": "2099-01-31"}, {"rule": "gate", "reason": "x", "until": "soon"}):
            self.assertEqual(self.send(path + "/waivers", fields).status, 422, fields)
        waiver, = self.get("/api/v1/projects/voted/waivers").json()["list"]
        self.subset({"state": "requested", "until": "2099-01-31T23:59:59.000000Z", "reason": "a launch", "asked_by": "x"}, waiver)
        page = self.get(path).text()
        self.assertIn(f'action="{path}/waivers/{waiver["id"]}"', page)
        grant = f"{path}/waivers/{waiver['id']}"
        self.assertEqual(self.send(grant, {"do": "grant"}).status, 422)
        self.assertEqual(self.send(grant, {"do": "grant", "by": "the lead"}).status, 303)
        self.assertEqual(self.read(decision)["gate"], "waived")
        other = self.closed("voted-elsewhere")
        self.assertEqual(self.send(f"/decisions/{other}/waivers/{waiver['id']}", {"do": "end"}).status, 404)
        self.assertEqual(self.send(grant, {"do": "end"}).status, 303)
        self.assertNotEqual(self.read(decision)["gate"], "waived")
        for status in ("accepted", "reopened", "rejected"):
            self.assertEqual(self.send(path + "/status", {"status": status, "text": "why"}).status, 303)
            self.assertEqual(self.read(decision)["status"], status)
        self.assertEqual(self.send(path + "/status", {"status": "superseded"}).status, 422)

    def test_foreign_pages_and_other_methods(self):
        decision = self.closed("guarded")
        for path in ("objections", "votes", "waivers", "status", "objections/1/answer", "waivers/x"):
            answer = self.send(f"/decisions/{decision}/{path}", {"text": "x"}, Origin="http://evil.example")
            self.assertEqual(answer.status, 403, path)
            self.assertEqual(self.get(f"/decisions/{decision}/{path}").status, 405, path)
            self.assertEqual(self.send(f"/decisions/none/{path}", {"text": "x", "vote": "for"}).status, 404, path)

    def test_page_one_has_no_name_of_a_fact(self):
        decision = self.closed("in-words")
        self.uploaded("in-words", "r2", FOLDED, "&name=b.folded")
        self.assertEqual(self.read(decision)["status"], "reopened")
        page = self.get(f"/decisions/{decision}").text()
        sheet = page[page.index('class="sheet decision"'):page.index("</section>")]
        self.assertRegex(sheet, "Re-opened")
        self.assertNotRegex(re.sub("<[^>]*>", " ", sheet), r"[a-z]_[a-z]")


class PolicyPage(PreviewCase):
    def page(self, path, status=200):
        answer = self.get(path)
        self.assertEqual(answer.status, status, str(answer))
        return answer.text()

    def put(self, project, document):
        answer = self.request("PUT", f"/api/v1/projects/{project}/policies", json.dumps(document))
        self.assertIn(answer.status, (200, 201), str(answer))

    def test_what_holds_and_what_held(self):
        self.uploaded("ruled", "r1")
        page = self.page("/projects/ruled/policies")
        self.assertIn("Nothing was set for this project", page)
        self.assertIn('placeholder="0.5, default"', page)
        self.put("ruled", {"schema": "stet/project/1", "packs": ["score-sheet"], "thresholds": {"goal_gain": 0.25}})
        self.put("ruled", {"schema": "stet/project/1", "thresholds": {"goal_gain": 0.25},
                           "rules": "OWN-1 | lost_share > 0.01 | undecided | absence | <b>why</b>\nOWN-2 | runs_n < 2 | ceil:3 | absence | few",
                           "exemptions": [{"rule": "CPU-03", "owner": "<i>", "reason": "x", "until": "2099-01-01"}],
                           "watch": [{"id": "w", "title": "t <u>", "when": "lost_share > 0.5"}]})
        page = self.page("/projects/ruled/policies")
        for text in ("Version 2", "OWN-1", "lost_share &gt; 0.01", "CPU-03", 'value="0.25"', "/projects/ruled/policies?version=1"):
            self.assertIn(text, page)
        for text in ("<b>why", "<i>", "<u>"):
            self.assertNotIn(text, page)
        self.assertIn("\nOWN-2", re.search(r'data-rules="([^"]*)"', page)[1])
        old = self.page("/projects/ruled/policies?version=1")
        self.assertIn("This is an older version", old)
        self.assertIn('data-write=""', old)
        self.assertNotIn("OWN-1", old)
        self.page("/projects/ruled/policies?version=3", 404)
        self.page("/projects/ruled/policies?version=x", 400)
        self.page("/projects/none/policies", 404)


class VoicesByScope(PreviewCase):
    def test_a_reader_sees_what_to_ask_for(self):
        self.uploaded("scoped", "r1")
        decision = self.decided(self.made("scoped"))["id"]
        who = {scope: {"Authorization": "Bearer " + token(self.server.database, "--scopes", scopes, "--name", scope)}
               for scope, scopes in (("admin", "read,upload,write,admin"), ("write", "read,upload,write"),
                                     ("upload", "read,upload"), ("read", "read"))}
        forms = {scope: self.request("GET", f"/decisions/{decision}", headers=headers).text() for scope, headers in who.items()}
        self.assertIn("stet token create --scopes read,upload", forms["read"])
        for scope, there, absent in (("read", [], ['id="object"', "/votes", 'id="settle"']),
                                     ("upload", ['id="object"', "/votes", 'id="waiver"'], ['id="settle"', 'name="by"']),
                                     ("write", ['id="object"', 'id="settle"'], []), ("admin", ['id="settle"'], [])):
            for text in there:
                self.assertIn(text, forms[scope], scope)
            for text in absent:
                self.assertNotIn(text, forms[scope], scope)
        refused = (("read", "votes", "vote=for"), ("upload", "status", "status=accepted"), ("write", "waivers/x", "do=grant"))
        for scope, path, body in refused:
            answer = self.request("POST", f"/decisions/{decision}/{path}", body, {**FORM, **who[scope]})
            self.assertEqual(answer.status, 403, scope)
        answer = self.request("POST", f"/decisions/{decision}/votes", "vote=for&by=another", {**FORM, **who["upload"]})
        self.assertEqual(answer.status, 303)
        read = self.request("GET", f"/api/v1/decisions/{decision}", headers=who["read"]).json()
        self.assertEqual([(v["vote"], v["by"]) for v in read["votes"]], [("for", "upload")])


if __name__ == "__main__":
    stetapi.main()
