"""Functions of a project over its runs: what they cost now, since when, found by name."""

import json
import sqlite3
import urllib.parse

import stetapi

from test_overrides import STACKS


def stacks(loads, n=10000):
    """loads in a hundred samples are of json.loads, the others of a computation."""
    return (f"main (app.py:1);work (app.py:9);compute (app.py:20) {n * (100 - loads) // 100}\n"
            f"main (app.py:1);loads (json/__init__.py:346);decode (json/decoder.py:337) {n * loads // 100}\n").encode()


class Functions(stetapi.ServerCase):
    def upload(self, project, run, body, **query):
        more = urllib.parse.urlencode({"clock": "cpu", "rate": 100, **query})
        answer = self.post(f"/api/v1/projects/{project}/profiles?run={run}&{more}", body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def find(self, project, **query):
        answer = self.get(f"/api/v1/projects/{project}/functions?{urllib.parse.urlencode(query)}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def names(self, project, **query):
        return [f["name"] for f in self.find(project, **query)["functions"]]

    def page(self, path, **query):
        answer = self.get(f"{path}?{urllib.parse.urlencode(query)}")
        self.assertEqual(answer.status, 200, answer)
        self.assertIn("text/html", answer.headers["Content-Type"])
        return answer.text()

    def test_since_when(self):
        for i, loads in enumerate((2, 2, 2, 40, 40)):
            made = self.upload("since", f"r{i}", stacks(loads), commit=f"c{i}")
        document = self.find("since", q="json.loads")
        self.subset({"project": "since", "q": "json.loads", "match": "text", "clock": "cpu", "runs": 5, "matched": 1,
                     "partial": False, "next": None}, document)
        loads = document["functions"][0]
        self.subset({"name": "loads", "place": "json/__init__.py", "category": "serde", "run": "r4", "commit": "c4",
                     "in_newest_run": True, "first_seen": {"run": "r0", "commit": "c0"},
                     "since": {"kind": "changed", "run": "r3", "commit": "c3"},
                     "flame_url": f"/profiles/{made['id']}/flame?q=loads"}, loads)
        self.assertAlmostEqual(loads["total"]["est"], 0.4)
        self.assertLess(loads["total"]["lo"], 0.4)
        self.assertGreater(loads["total"]["hi"], 0.4)
        self.assertEqual(loads["self"]["est"], 0)
        self.assertAlmostEqual(loads["since"]["before"], 0.02)
        self.assertAlmostEqual(loads["highest"]["total"], 0.4)
        self.assertEqual([round(p["total"], 4) for p in loads["trend"]], [0.02, 0.02, 0.02, 0.4, 0.4])
        self.assertEqual([p["run"] for p in loads["trend"]], [f"r{i}" for i in range(5)])
        page = self.page("/projects/since/functions", q="json.loads")
        self.assertIn("r3, commit c3; 2.0 % before", page)
        self.assertIn(f"/profiles/{made['id']}/flame?q=loads", page)
        self.assertEqual(page.count('<rect class="is"'), 5)

    def test_appeared_and_gone(self):
        old = stacks(10, n=1000) * 40
        new = (stacks(10, n=1000) + b"main (app.py:1);fresh (app.py:70) 500\n") * 40
        self.upload("born", "r0", old)
        self.upload("born", "r1", new)
        self.upload("born", "r2", new)
        fresh = self.find("born", q="fresh")["functions"][0]
        self.subset({"since": {"kind": "appeared", "run": "r1", "before": None}, "first_seen": {"run": "r1"}}, fresh)
        self.assertIsNone(fresh["trend"][0]["total"])
        self.upload("born", "r3", old)
        fresh = self.find("born", q="fresh")["functions"][0]
        self.subset({"in_newest_run": False, "run": "r2"}, fresh)
        self.assertIn("not in the newest run, last in r2", self.page("/projects/born/functions", q="fresh"))

    def test_few_samples_tell_nothing(self):
        self.upload("few", "r0", stacks(10, n=100))
        self.upload("few", "r1", stacks(20, n=100))
        self.assertEqual(self.find("few", q="decode")["functions"][0]["since"]["kind"], "first_run")

    def test_ways_to_match(self):
        self.upload("ways", "r0", STACKS)
        for query, want in (
            ({"q": "LOADS"}, ["loads"]),
            ({"q": "oad"}, ["loads"]),
            ({"q": "json.loads"}, ["loads"]),
            ({"q": "wire/"}, ["pack", "pad"]),
            ({"q": "wire.codec.pack"}, ["pack"]),
            ({"q": "p*", "match": "glob"}, ["pack", "pad"]),
            ({"q": "json.*", "match": "glob"}, ["loads"]),
            ({"q": "oads", "match": "glob"}, []),
            ({"q": "json.lo?ds", "match": "glob"}, ["loads"]),
            ({"q": "*.lo*s", "match": "glob"}, ["loads"]),
            ({"q": "son.loads", "match": "glob"}, []),
            ({"q": "json.load", "match": "glob"}, []),
            ({"q": "^pa(ck|d)$", "match": "regexp"}, ["pack", "pad"]),
            ({"q": "nothing of that name"}, []),
            ({"q": ""}, ["main", "work", "compute", "pack", "loads", "pad"]),
        ):
            got = self.names("ways", **query)
            self.assertEqual(sorted(got), sorted(want), query)
        self.assertEqual(self.names("ways")[0], "main")

    def test_names_made_to_hold_a_search_up(self):
        """Long names of short parts, and searches that could begin at each of them."""
        path, name = "a./" * 400, "a." * 190
        frames = [{"id": i + 2, "callFrame": {"functionName": f"{name}{i}", "url": f"file:///{path}x{i}.js", "scriptId": "1",
                                              "lineNumber": 1, "columnNumber": 1}, "hitCount": 1} for i in range(7000)]
        root = {"id": 1, "callFrame": {"functionName": "(root)", "url": "", "scriptId": "0", "lineNumber": -1, "columnNumber": -1},
                "hitCount": 0, "children": [f["id"] for f in frames]}
        profile = {"nodes": [root, *frames], "startTime": 0, "endTime": 7000000, "samples": [f["id"] for f in frames],
                   "timeDeltas": [1000] * len(frames)}
        self.upload("long", "r0", json.dumps(profile).encode())
        for match, q, partial in (("glob", "*a.*a.*a.*a.*x.y", False), ("glob", "a.*a.*a.*a.*zz", False),
                                  ("regexp", "(a|a.|.a|..a)*z$", False), ("regexp", "z" * 200, True)):
            got = self.find("long", match=match, q=q)
            self.assertEqual((got["matched"], got["partial"]), (0, partial), q)
        self.assertEqual(self.find("long", match="glob", q="a.*a.7")["matched"], 1)

    def test_pages_of_a_list(self):
        self.upload("pages", "r0", b"".join(f"main;f{i} {i + 1}\n".encode() for i in range(30)))
        got, cursor = [], "0"
        while cursor is not None:
            part = self.find("pages", limit=7, cursor=cursor)
            got += [f["name"] for f in part["functions"]]
            cursor = part["next"]
        self.assertEqual(got, ["main"] + [f"f{i}" for i in reversed(range(30))])
        self.assertIn("more functions", self.page("/projects/pages/functions"))

    def test_only_the_newest_analysis_counts(self):
        first = self.upload("newest", "r0", STACKS)
        self.post("/api/v1/projects/newest/overrides",
                  json.dumps({"pattern": "compute", "kind": "function", "category": "math"}).encode())
        self.assertEqual(self.find("newest", q="compute")["functions"][0]["category"], "math")
        with sqlite3.connect(self.server.database) as db:
            self.assertEqual(db.execute("SELECT revision FROM function_share WHERE project = 'newest'").fetchall(), [(2,)])
        self.assertEqual(self.request("DELETE", f"/api/v1/profiles/{first['id']}").status // 100, 2)
        self.subset({"runs": 0, "functions": []}, self.find("newest"))
        self.assertIn("No run of this project has stacks", self.page("/projects/newest/functions"))

    def test_all_projects(self):
        self.upload("every-one", "r0", STACKS)
        self.upload("every-two", "r0", stacks(30))
        answer = self.get("/api/v1/functions?q=decode").json()
        self.assertIn(("every-two", "decode"), [(f["project"], f["name"]) for f in answer["functions"]])
        self.assertNotIn("every-one", [f["project"] for f in answer["functions"]])
        self.assertEqual(sorted(p["name"] for p in self.get("/api/v1/functions?q=EVERY").json()["projects"]),
                         ["every-one", "every-two"])
        page = self.page("/search", q="decode")
        self.assertIn("/projects/every-two/functions?q=decode", page)
        self.assertIn('href="/projects/every-one"', self.page("/search", q="every-"))
        self.assertIn("No project and no function", self.page("/search", q="no such thing"))
        self.page("/search")

    def test_refused_and_inert(self):
        hostile = b"main;<script>alert(1)</script> 10\nmain;{{V:u}}\";'</code> 5\n"
        self.upload("hostile", "r0", hostile)
        page = self.page("/projects/hostile/functions", q="<script>")
        self.assertNotIn("<script>alert", page)
        self.assertIn("&lt;script&gt;alert", page)
        self.assertNotIn("<script>alert", self.page("/search", q="<script>alert(1)</script>"))
        for query in ({"match": "x"}, {"clock": "x"}, {"limit": 0}, {"limit": 101}, {"cursor": -1}, {"cursor": "x"},
                      {"q": "x" * 201}, {"q": "(", "match": "regexp"}, {"q": "a{2}", "match": "regexp"}):
            answer = self.get(f"/api/v1/projects/hostile/functions?{urllib.parse.urlencode(query)}")
            self.assertEqual(answer.status, 400, (query, str(answer)))
        self.subset({"q": "", "functions": []}, self.get("/api/v1/functions").json())
        self.assertEqual(self.get("/api/v1/projects/nobody/functions").status, 404)
        self.assertEqual(self.get("/projects/nobody/functions").status, 404)
        for q in ("(a*)*b", "(.*)(.*)(.*)x"):
            self.assertEqual(self.names("hostile", q=q, match="regexp"), [])

    def test_blocked_time_stands_apart(self):
        self.upload("apart", "r0", STACKS)
        self.upload("apart", "r1", b"main;wait 70\nmain;sleep 30\n", clock="off")
        self.assertEqual(self.names("apart", q="wait"), [])
        self.assertEqual(self.names("apart", q="wait", clock="off"), ["wait"])
        self.assertEqual(self.find("apart", clock="cpu")["runs"], 1)


if __name__ == "__main__":
    stetapi.main()
