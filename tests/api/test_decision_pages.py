"""Pages of proposals and decisions, decisions as Markdown and as one file: what happened since stands beside the record."""

import json

import stetapi

from test_proposals import PROPOSAL, ProposalCase
from test_service import token
from test_uploads import FOLDED, STAT, stat


class DecisionPages(ProposalCase):
    def page(self, path, status=200, **headers):
        answer = self.get(path, **headers)
        self.assertEqual(answer.status, status, str(answer))
        self.assertNotIn("{{", answer.text())
        return answer

    def decision(self, project, **changes):
        made = self.made(project, **changes)
        self.uploaded(project, "r1")
        return made, self.decided(made, json.dumps({"run": "r1"}))

    def test_a_decision_is_a_page(self):
        made, decided = self.decision("paged")
        answer = self.page(f"/decisions/{decided['id']}")
        self.assertIn("text/html", answer.headers["Content-Type"])
        text = answer.text()
        for want in (PROPOSAL["title"], f'href="/proposals/{made["id"]}"', "How sure:", "What it costs and what it brings",
                     f'href="/api/v1/decisions/{decided["id"]}.md"', decided["chain"]["hash"], 'href="/projects/paged/runs/r1"'):
            self.assertIn(want, text)
        self.assertIn('href="#objections"', text)
        self.assertIn(f'"$STET/api/v1/decisions/{decided["id"]}/objections"', text)
        self.assertIn('"$STET/api/v1/projects/paged/waivers"', text)
        self.assertNotIn(" style=", text)
        # Its own module and that of every page, and nothing inside them.
        self.assertEqual(text.count("<script"), text.count('<script type="module" src="/static/'))
        self.assertEqual(text.count("<h1"), 1)

    def test_as_markdown_and_as_one_file(self):
        _, decided = self.decision("carried")
        path = f"/api/v1/decisions/{decided['id']}"
        record = self.page(path + ".md")
        self.assertIn("text/markdown", record.headers["Content-Type"])
        self.assertTrue(record.text().startswith("---\nstatus: "))
        self.assertIn(f"stet verify {decided['id']}", record.text())
        self.assertIn(decided["chain"]["hash"], record.text())
        self.assertEqual(self.page(f"/decisions/{decided['id']}", Accept="text/markdown").text(), record.text())
        alone = self.page(path + ".html").text()
        self.assertIn("<style>", alone)
        self.assertNotIn("<script", alone)
        self.assertEqual(self.get(path + ".json").json()["id"], decided["id"])

    def test_lists(self):
        made, decided = self.decision("listed")
        self.made("listed", title="<script>alert(1)</script>")
        for path in ("/projects/listed/proposals", "/projects/listed"):
            text = self.page(path).text()
            self.assertIn(f'href="/proposals/{made["id"]}"', text)
            self.assertIn(f'href="/decisions/{decided["id"]}"', text)
            self.assertIn("not decided yet", text)
            self.assertNotIn("<script>", text)
        self.uploaded("none", "r1")
        self.assertIn("No proposal yet.", self.page("/projects/none/proposals").text())
        self.assertIn("Nobody proposed a rewrite here", self.page("/projects/none").text())

    def test_a_proposal_and_its_versions(self):
        made, decided = self.decision("edited")
        answer = self.post(f"/api/v1/proposals/{made['id']}", json.dumps({**PROPOSAL, "title": "Another title"}))
        self.assertIn(answer.status, (200, 201), str(answer))
        text = self.page(f"/proposals/{made['id']}").text()
        self.assertIn("Another title", text)
        self.assertIn("version 2", text)
        self.assertIn(f'href="/decisions/{decided["id"]}"', text)
        old = self.page(f"/proposals/{made['id']}?version=1").text()
        self.assertIn(PROPOSAL["title"], old)
        self.assertIn("This is an older version.", old)
        self.page(f"/proposals/{made['id']}?version=x", status=400)
        self.page(f"/proposals/{made['id']}?version=9", status=404)

    def test_what_happened_since(self):
        made, decided = self.decision("lived")
        path = f"/api/v1/decisions/{decided['id']}"
        answer = self.post(path + "/objections", json.dumps({"text": "It was a <b>quiet</b> day."}))
        self.assertEqual(answer.status, 201, str(answer))
        answer = self.post("/api/v1/projects/lived/waivers",
                           json.dumps({"rule": "gate", "reason": "first try", "until": "2999-01-01T00:00:00Z", "by": "ops"}))
        self.assertEqual(answer.status, 201, str(answer))
        text = self.page(f"/decisions/{decided['id']}").text()
        self.assertIn("1 objection is not answered yet.", text)
        self.assertIn("It was a &lt;b&gt;quiet&lt;/b&gt; day.", text)
        self.assertIn("0 in force, 1 ended or not granted", text)
        self.assertIn("Waivers: 0 in force, 1 asked for", self.page("/projects/lived/proposals").text())
        granted = self.post(f"/api/v1/waivers/{answer.json()['id']}/grant", json.dumps({"owner": "the platform lead"}))
        self.assertEqual(granted.status, 200, str(granted))
        text = self.page(f"/decisions/{decided['id']}").text()
        self.assertIn("Waived by the platform lead until 2999-01-01: first try", text)
        self.assertIn("gate: waived; the evidence says: closed", text)
        self.assertIn("**Gate:** waived; the evidence says: closed", self.get(path + ".md").text())
        self.uploaded("lived", "r1", FOLDED, "&clock=cpu&rate=100")
        again = self.decided(made, json.dumps({"run": "r1"}))
        self.assertNotEqual(again["id"], decided["id"])
        self.assertIn(f'<a href="/decisions/{again["id"]}">See the newest decision</a>',
                      self.page(f"/decisions/{decided['id']}").text())

    def test_what_fired(self):
        made = self.made("fires", watch=[{"id": "rate", "title": "Many <i>messages</i>", "when": "msg_rate_sustained > 10000"},
                                         {"id": "c", "title": "A prototype shows it", "manual": True}])
        decided = self.decided(made)
        path = f"/decisions/{decided['id']}"
        text = self.page(path).text()
        self.assertIn("Many &lt;i&gt;messages&lt;/i&gt;", text)
        self.assertIn("not said yet", text)
        self.assertNotIn("Re-opened", text)
        self.assertEqual(self.post("/api/v1/projects/fires/facts", json.dumps({"msg_rate_sustained": 12000})).status, 201)
        text = self.page(path).text()
        self.assertIn("Re-opened on ", text)
        self.assertIn('<td class="num" data-label="now">12,000 a second</td>', text)
        self.assertIn('<td data-label="state">fired</td>', text)
        project = self.page("/projects/fires").text()
        self.assertIn("Fired on the watch list", project)
        self.assertIn(f'<a href="{path}">Many &lt;i&gt;messages&lt;/i&gt;</a>', project)
        self.assertIn("re-opened", project)
        home = self.page("/").text()
        self.assertIn(f'<a href="{path}">{PROPOSAL["title"]}: decide again</a>', home)
        self.assertIn('<span class="tag asks">trigger fired</span>', home)
        row = home[home.index('<th scope="row"><a href="/projects/fires">fires</a>'):].split("</tr>")[0]
        self.assertIn(PROPOSAL["title"], row)
        self.assertNotIn("nobody asked", row)
        self.assertNotIn("not asked", row)

    def test_what_came_of_it(self):
        run = "&fact.concurrency=one_at_a_time&fact.ops=100"
        made = self.made("built", goal="throughput")
        self.uploaded("built", "before", STAT, run)
        self.uploaded("built", "before", FOLDED, "&clock=cpu")
        decided = self.decided(made)
        self.uploaded("built", "after", stat(1620), run)
        answer = self.post(f"/api/v1/decisions/{decided['id']}/outcome", json.dumps({"run": "after"}))
        self.assertEqual(answer.status, 201, str(answer))
        text = self.page(f"/decisions/{decided['id']}").text()
        self.assertIn("Foreseen, and measured afterwards", text)
        self.assertIn('<td class="num" data-label="measured after">10 % less</td>', text)
        self.assertIn('href="/projects/built/runs/after"', text)
        self.assertIn("measured 10 % less", self.get(f"/api/v1/decisions/{decided['id']}.md").text())

    def test_nothing_there(self):
        for path in ("/decisions/none", "/proposals/none", "/projects/absent/proposals"):
            self.assertIn("Nothing here", self.page(path, status=404).text())
        self.assertEqual(self.get("/api/v1/decisions/none.md").status, 404)


class Seen(ProposalCase):
    def test_a_token_sees_its_projects_alone(self):
        made = self.made("mine")
        self.uploaded("mine", "r1", STAT)
        decided = self.decided(made, json.dumps({"run": "r1"}))
        other = token(self.server.database, "--scopes", "read", "--project", "other")
        mine = token(self.server.database, "--scopes", "read", "--project", "mine")
        for path in (f"/decisions/{decided['id']}", f"/proposals/{made['id']}", f"/api/v1/decisions/{decided['id']}.md"):
            self.assertEqual(self.get(path, Authorization=f"Bearer {other}").status, 404, path)
            self.assertEqual(self.get(path, Authorization=f"Bearer {mine}").status, 200, path)
        self.assertIn(self.get("/projects/mine/proposals", Authorization=f"Bearer {other}").status, (403, 404))


if __name__ == "__main__":
    stetapi.main()
