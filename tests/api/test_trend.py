"""Runs over time: one branch and one scenario, never pooled; what a run does not know is a gap. The lists of home."""

import json
import unittest

import stetapi

from test_uploads import stat as task_ms


def stat(share):
    """perf stat of 60 s, that share of them on the CPU."""
    return task_ms(60000 * share).split(b"       1.5")[0]


def query(**members):
    return "&".join(f"{key}={stetapi.quoted(value)}" for key, value in members.items())


class Trend(stetapi.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        profile = stetapi.profile_bytes("cases", "py-http-wait", "on-cpu.svg")
        runs = [("a", stat(0.1), "main", "load"), ("b", profile, "main", "load"), ("c", stat(0.9), "main", "load"),
                ("d", stat(0.5), "main", "batch"), ("e", stat(0.2), "", "")]
        for run, data, branch, scenario in runs:
            parameters = {"run": run, "commit": f"c0ffee{run}", "branch": branch, "scenario": scenario}
            path = "/api/v1/projects/trend/profiles?" + query(**{k: v for k, v in parameters.items() if v})
            answer = cls.server.request("POST", path, data)
            assert answer.status == 201, str(answer)

    def trend(self, path=""):
        answer = self.get(f"/api/v1/projects/trend/trend{path}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def test_how_busy_a_service_was_is_held_against_no_line(self):
        """Of work that overlaps the series is the process's share: with more requests it crosses lines that are of one."""
        for load in ("async-1", "async-150"):
            for name in ("all-states.speedscope.json", "all-states.time.txt"):
                body = stetapi.profile_bytes("cases", load, name)
                answer = self.post(f"/api/v1/projects/busy/profiles?run={load}&name={name}", body)
                self.assertIn(answer.status, (200, 201), answer)
        busy = self.get("/projects/busy").text()
        self.assertIn("this is how busy the process was", busy)
        self.assertIn("CPU of the process", busy)
        self.assertNotIn("data-levels", busy)
        self.assertNotIn('class="level"', busy)
        self.assertNotIn("lines:", busy)
        one = self.get("/projects/trend?branch=main&scenario=load").text()
        self.assertNotIn("this is how busy the process was", one)
        self.assertIn("data-levels", one)

    def test_the_newest_series_is_shown(self):
        document = self.trend()
        self.subset({"project": "trend", "branch": None, "scenario": None, "runs": 1}, document)
        self.assertEqual([p["run"] for p in document["points"]], ["e"])
        self.assertEqual(sorted((c["branch"] or "", c["scenario"] or "", c["runs"]) for c in document["choices"]),
                         [("", "", 1), ("main", "batch", 1), ("main", "load", 3)])

    def test_a_chosen_series(self):
        document = self.trend("?branch=main&scenario=load")
        self.assertEqual([(p["run"], p["commit"]) for p in document["points"]],
                         [("a", "c0ffeea"), ("b", "c0ffeeb"), ("c", "c0ffeec")])
        a, b, c = document["points"]
        self.assertAlmostEqual(a["cpu_share"]["est"], 0.1, places=6)
        self.assertAlmostEqual(c["cpu_share"]["est"], 0.9, places=6)
        self.assertIsNone(b["cpu_share"], "a profile alone does not know the share")
        self.assertIsNone(b["time"]["wall_s"])
        self.subset({"wall_s": 60, "wait": [{"category": "w_other"}]}, a["time"])
        self.assertEqual([p["run"] for p in self.trend("?branch=main&scenario=load&limit=2")["points"]], ["b", "c"])
        self.assertEqual([p["run"] for p in self.trend("?scenario=batch")["points"]], ["d"])
        self.assertEqual(self.trend("?branch=none")["points"], [])

    def test_wrong_questions(self):
        self.assert_problem(self.get("/api/v1/projects/trend/trend?limit=0"), 400)
        self.assert_problem(self.get("/api/v1/projects/trend/trend?limit=501"), 400)
        self.assert_problem(self.get("/api/v1/projects/none/trend"), 404)

    def test_page(self):
        page = self.get("/projects/trend?branch=main&scenario=load").text()
        self.assertIn('data-series="cpu"', page)
        self.assertRegex(page, r'aria-label="CPU of the process: 3 runs, \d+\.\.\d+ %, 1 not known"')
        self.assertIn("main, load (3)", page)
        self.assertIn('href="/projects/trend/runs/b" tabindex="-1"><path class="gap-hit undecided"', page)
        self.assertNotIn("NaN", page)
        self.assertIn(f"http://{self.server.host}:{self.server.port}/api/v1/projects/trend/profiles?run=", page)
        self.assertNotIn("Authorization", page)
        self.assertEqual(self.get("/projects/trend?runs=0").status, 400)
        self.assertIn("?runs=8", self.get("/projects/trend?runs=2").text())


class Lists(stetapi.ServerCase):
    def upload(self, project, data, **parameters):
        answer = self.post(f"/api/v1/projects/{project}/profiles?{query(**parameters)}", data)
        self.assertEqual(answer.status, 201, answer)

    def names(self, path):
        page = self.get(path).text()
        table = page[page.index("<table"):] if "<table" in page else ""
        return [part.split("<")[0].split(">")[1] for part in table.split('<th scope="row"><a href="')[1:]], page

    def test_filter_and_pages(self):
        for i in range(53):
            self.upload(f"p{i:02}", stat(0.01 if i % 2 else 0.9))
        first, page = self.names("/")
        self.assertEqual(len(first), 50)
        more = page.split('<a href="/?after=')[1].split('"')[0]
        rest, _ = self.names("/?after=" + more.replace("&amp;", "&"))
        self.assertEqual(sorted(n for n in first + rest if n != "moves"), [f"p{i:02}" for i in range(53)])
        closed, _ = self.names("/?state=closed")
        self.assertTrue(closed and all(int(name[1:]) % 2 for name in closed if name != "moves"), closed)
        self.assertEqual(self.names("/?q=P07")[0], ["p07"])
        self.assertIn("No project fits that", self.names("/?q=p&state=attention")[1])
        self.assertEqual(self.get("/?state=red").status, 400)
        self.assertEqual(self.get("/?after=x").status, 400)

    def test_four_numbers(self):
        home = self.get("/").text()
        self.assertIn('<form class="quick" action="/answer" method="get">', home)
        page = self.get("/answer?wall_s=60&cpu_s=6&ops=1500&op_s=2.4").text()
        self.assertIn("A request takes 2.4 s and uses 4.0 ms of CPU", page)
        self.assertIn("the form", page)
        self.assertNotIn('data-live="', page)
        self.assertIn("how long", self.get("/answer?cpu_s=5").text())
        for wrong in ("", "?wall_s=abc", "?wall_s=-1", "?wall_s=&cpu_s="):
            self.assertEqual(self.get("/answer" + wrong).status, 400, wrong)
        names = [p["name"] for p in self.get("/api/v1/projects").json()["projects"]]
        self.assertNotIn("four numbers", names)

    def test_attention(self):
        self.upload("moves", stetapi.profile_bytes("cases", "py-http-wait", "on-cpu.svg"), run="a")
        self.upload("moves", stat(0.01), run="b")
        page = self.get("/").text()
        row = page[page.index('<ul class="attention">'):].split("</ul>")[0]
        self.assertIn("gate changed", row)
        self.assertIn('href="/projects/moves/runs/b"', row)
        self.assertIn("closed by evidence with run b", row)
        made = self.post("/api/v1/projects/moves/proposals",
                         json.dumps({"schema": "stet/proposal/1", "title": "Make <b>it</b> fast"})).json()
        decided = self.post(f"/api/v1/proposals/{made['id']}/decide").json()
        self.assertEqual(self.post(f"/api/v1/decisions/{decided['id']}/objections", b'{"text":"no","by":"a"}').status, 201)
        for page in (self.get("/").text(), self.get("/projects/moves").text()):
            self.assertIn(f'<a href="/decisions/{decided["id"]}">Make &lt;b&gt;it&lt;/b&gt; fast: 1 without an answer</a>', page)
        self.assertEqual(self.post(f"/api/v1/decisions/{decided['id']}/objections/1/answer", b'{"text":"yes","by":"b"}').status, 200)
        self.assertNotIn("without an answer", self.get("/").text())
        self.assertEqual(self.names("/?state=attention")[0], ["moves"])


if __name__ == "__main__":
    stetapi.main()
