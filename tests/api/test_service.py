"""Routes, access, pages, survival and the graceful stop."""

import concurrent.futures
import gzip
import json
import os
import socket
import subprocess
import tempfile
import shutil
import unittest

import stetapi

from test_uploads import STAT, stat

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def token(database, *arguments):
    done = subprocess.run([stetapi.binary(), "token", "create", "--db", database, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


class Routes(stetapi.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        answer = cls.server.request("POST", "/api/v1/projects/demo/profiles?run=a", STAT)
        assert answer.status == 201, str(answer)
        cls.profile = answer.json()
        proposal = json.dumps({"schema": "stet/proposal/1", "title": "Routes"})
        cls.proposal = cls.server.request("POST", "/api/v1/projects/routes/proposals", proposal).json()
        cls.decision = cls.server.request("POST", f"/api/v1/proposals/{cls.proposal['id']}/decide").json()

    def fill(self, pattern):
        link = self.post("/api/v1/projects/demo/runs/a/share").json()["url"].removeprefix("/s/") if "{link}" in pattern else ""
        thing = self.proposal if "/proposals/" in pattern else self.decision if "/decisions/" in pattern else self.profile
        if "/overrides/" in pattern:
            given = {"pattern": "main", "kind": "function", "category": "app"}
            thing = self.post("/api/v1/projects/demo/overrides", json.dumps(given)).json()
        watch = ""
        if "{watch}" in pattern:
            watch = self.post("/api/v1/projects/demo/watch", b'{"title":"t","manual":true}').json()["id"]
        return (pattern.replace("{folder}/{file}", "ui/copy.js").replace("{watch}", watch).replace("{project}", "demo").replace("{run}", "a").replace("{id}", thing["id"])
                .replace("{file}", "app.css").replace("{name}", "op_s").replace("{link}", link))

    def test_every_get(self):
        document = self.get("/api/v1/openapi.json").json()
        self.assertEqual(document["openapi"][:2], "3.")
        paths = [p for p, methods in document["paths"].items() if "get" in methods]
        self.assertGreater(len(paths), 20)
        optional = {"/record.sh", "/speedscope/{file}", "/api/v1/projects/{project}/overrides/{id}"}
        stackless = {"/api/v1/profiles/{id}/" + kind for kind in ("folded", "speedscope.json", "pprof", "flamegraph.svg", "flame")}
        stackless.add("/profiles/{id}/flame")
        questions = {"/answer", "/api/v1/compare", "/api/v1/compare/flame"}  # nothing without what is asked
        for pattern in paths:
            if pattern == "/api/v1/events":  # has no end: test_events.py
                continue
            answer = self.get(self.fill(pattern))
            want = {404} if pattern in stackless else {400} if pattern in questions else {200, 404} if pattern in optional else {200}
            self.assertIn(answer.status, want, f"{pattern}: {answer}")
            self.assertTrue(answer.headers["X-Request-Id"], pattern)
            for name, value in SECURITY.items():
                self.assertEqual(answer.headers[name], value, pattern)
            self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"], pattern)
            head = self.request("HEAD", self.fill(pattern))
            self.assertEqual((head.status, head.body), (answer.status, b""), pattern)
            self.assertEqual(self.request("PATCH", self.fill(pattern)).status, 405, pattern)

    def test_parallel(self):
        paths = ["/", "/projects/demo", self.profile["url"], "/api/v1/projects", "/metrics", "/healthz", "/upload",
                 "/projects/demo/runs/a", "/api/v1/projects/demo/gate"] * 20
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(self.get, paths))
        for path, answer in zip(paths, answers):
            self.assertEqual(answer.status, 200, path)
        self.assertEqual(len({a.headers["X-Request-Id"] for a in answers}), len(answers))

    def test_missing(self):
        for path in ("/nope", "/projects/none", "/profiles/none", "/api/v1/nope", "/api/v1/projects/none", "/s/none",
                     "/api/v1/projects/demo/wishes", "/api/v1/compare?base=a&head=b", "/static/none",
                     "/projects/demo/runs/none", f"/api/v1/profiles/{self.profile['id']}/pprof"):
            self.assertEqual(self.get(path).status, 404, path)
        self.assertEqual(self.get("/nope").headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(self.get("/api/v1/nope").headers["Content-Type"], "application/problem+json")
        answer = self.request("DELETE", "/api/v1/projects/demo")
        self.assertEqual((answer.status, answer.json()["code"]), (405, "method_not_allowed"))
        self.assertIn("GET", answer.headers["Allow"])

    def test_bad_paths(self):
        for path in ("/%00", "/a%zz", "//", "/a//b", "/../etc/passwd", "/static/../x", "/projects/%ff", "/projects/."):
            answer = self.raw(path)
            self.assertIn(b" 400 ", answer.split(b"\r\n")[0], path)
        self.assertEqual(self.get("/projects/demo%2F").status, 400)

    def raw(self, path, host=None, version="1.1", extra=""):
        with socket.create_connection((self.server.host, self.server.port), timeout=60) as s:
            host = f"Host: {host or f'{self.server.host}:{self.server.port}'}\r\n" if host != "" else ""
            s.sendall(f"GET {path} HTTP/{version}\r\n{host}{extra}Connection: close\r\n\r\n".encode())
            data = b""
            while piece := s.recv(65536):
                data += piece
            return data

    def test_host(self):
        for host in ("evil.example", f"evil.example:{self.server.port}", "127.0.0.1:1", "127.0.0.1"):
            self.assertIn(b" 403 ", self.raw("/", host=host).split(b"\r\n")[0], host)
        self.assertIn(b" 200 ", self.raw("/", host=f"localhost:{self.server.port}").split(b"\r\n")[0])
        self.assertIn(b" 400 ", self.raw("/", host="").split(b"\r\n")[0])
        twice = self.raw("/", extra="Host: evil.example\r\n")
        self.assertIn(b" 400 ", twice.split(b"\r\n")[0])

    def test_origin(self):
        path = "/api/v1/projects/origin/profiles"
        own = f"http://{self.server.host}:{self.server.port}"
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Sec-Fetch-Site": "same-site"}, {"Origin": own, "Sec-Fetch-Site": "cross-site"}):
            answer = self.request("POST", path, STAT, headers)
            self.assertEqual((answer.status, answer.json()["code"]), (403, "forbidden"), headers)
        self.assertEqual(self.request("GET", "/", headers={"Origin": "http://evil.example"}).status, 200)
        answer = self.request("POST", path, STAT, {"Origin": own, "Sec-Fetch-Site": "same-origin"})
        self.assertEqual(answer.status, 201, str(answer))

    def test_paging(self):
        for i in range(7):
            self.assertEqual(self.post(f"/api/v1/projects/pages/profiles?run=r{i}", stat(100 + i)).status, 201)
        seen, cursor = [], ""
        while True:
            page = self.get(f"/api/v1/projects/pages/profiles?limit=3&cursor={cursor}").json()
            seen += [p["id"] for p in page["profiles"]]
            if not page["next"]:
                break
            cursor = page["next"]
        self.assertEqual(len(seen), 7)
        self.assertEqual(len(set(seen)), 7)
        for bad in ("limit=0", "limit=x", "limit=9999", "cursor=x"):
            self.assertEqual(self.get("/api/v1/projects/pages/profiles?" + bad).status, 400, bad)
        names, cursor = [], ""
        while True:
            page = self.get(f"/api/v1/projects?limit=1&cursor={cursor}").json()
            names += [p["name"] for p in page["projects"]]
            if not page["next"]:
                break
            cursor = page["next"]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("pages", names)

    def test_gate(self):
        plain = self.get("/api/v1/projects/demo/gate?run=a")
        self.assertEqual(plain.status, 200)
        document = plain.json()
        self.assertEqual(set(document) & {"gate", "verdict", "reasons", "url"}, {"gate", "verdict", "reasons", "url"})
        enforced = self.get("/api/v1/projects/demo/gate?run=a&enforce=1")
        if document["gate"] not in ("pass", "waived"):
            self.assertEqual(enforced.status, 409)
            self.assertEqual(enforced.headers["Content-Type"], "application/problem+json")
            self.subset({"status": 409, "gate": document["gate"], "url": document["url"]}, enforced.json())
        self.assertEqual(self.get("/api/v1/projects/demo/gate?run=none").status, 404)
        self.assertEqual(self.get("/api/v1/projects/demo/gate?enforce=2").status, 400)
        self.assertEqual(self.get(document["url"]).status, 200)

    def test_facts_form(self):
        self.assertEqual(self.post("/api/v1/projects/form/profiles?run=a", STAT).status, 201)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.request("POST", "/projects/form/runs/a/facts", "fact.ops=25&fact.op_s=2.4&fact.wall_s=", form)
        self.assertEqual(answer.status, 303, str(answer))
        self.assertTrue(answer.headers["Location"].endswith("rev=2"), answer.headers["Location"])
        self.assertEqual(self.get(answer.headers["Location"]).status, 200)
        for bad in ("fact.ops=-1", "fact.nope=1", "", "fact.ops="):
            answer = self.request("POST", "/projects/form/runs/a/facts", bad, form)
            self.assertIn(answer.status, (400, 422), bad)
        self.assertEqual(self.get("/api/v1/projects/form/runs/a/analysis").json()["revision"], 2)

    def test_share(self):
        answer = self.post("/api/v1/projects/demo/runs/a/share?rev=1")
        self.assertEqual(answer.status, 201, str(answer))
        page = self.get(answer.json()["url"])
        self.assertEqual(page.status, 200)
        self.assertNotIn(b'action="/projects', page.body)
        self.assertEqual(self.post("/api/v1/projects/demo/runs/none/share").status, 404)

    def test_metrics(self):
        text = self.get("/metrics").text()
        for name in ("stet_uploads_total", "stet_upload_bytes_total", "stet_request_seconds_count",
                     'stet_project_gate{project="demo"'):
            self.assertIn(name, text)

    def test_search(self):
        self.assertEqual(self.post("/api/v1/projects/needle-1/profiles", STAT).status, 201)
        page = self.get("/?q=NEEDLE").text()
        self.assertIn("/projects/needle-1", page)
        self.assertNotIn("/projects/demo", page)
        self.assertIn("No project of that name", self.get("/?q=%3Cscript%3E").text())

    def test_markdown_pages(self):
        """What a job prints with one curl, from the address that an upload answers."""
        for path in (self.profile["url"], "/projects/demo/runs/a", "/projects/demo"):
            answer = self.request("GET", path, headers={"Accept": "text/markdown"})
            self.assertEqual((answer.status, answer.headers.get_content_type()), (200, "text/markdown"), path)
            self.assertIn(self.profile["analysis"]["summary"].split(":")[-1].strip(), answer.text())

    def test_openapi_query(self):
        paths = self.get("/api/v1/openapi.json").json()["paths"]
        names = {p["name"] for p in paths["/api/v1/projects/{project}/profiles"]["post"]["parameters"]}
        for name in ("project", "run", "name", "format", "clock", "rate", "duration_s", "commit", "branch", "scenario",
                     "enforce"):
            self.assertIn(name, names)

    def test_encodings(self):
        plain = self.get("/static/app.css")
        self.assertNotIn("Content-Encoding", plain.headers)
        self.assertEqual(plain.headers["Vary"], "Accept-Encoding")
        packed = self.request("GET", "/static/app.css", headers={"Accept-Encoding": "br;q=1.0, gzip;q=0.8"})
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertEqual(int(packed.headers["Content-Length"]), len(packed.body))
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertEqual(self.request("GET", "/", headers={"Accept-Encoding": "zstd"}).headers["Content-Encoding"], "zstd")
        head = self.request("HEAD", "/static/app.css", headers={"Accept-Encoding": "gzip"})
        self.assertEqual((head.headers["Content-Length"], head.body), (packed.headers["Content-Length"], b""))
        raw = self.request("GET", f"/api/v1/profiles/{self.profile['id']}/raw", headers={"Accept-Encoding": "gzip"})
        self.assertNotIn("Content-Encoding", raw.headers, "raw bytes leave as they came")

    def test_static(self):
        answer = self.get("/static/app.css")
        self.assertEqual(answer.status, 200)
        again = self.request("GET", "/static/app.css", headers={"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))

    def test_many_headers(self):
        extra = "".join(f"X-H{i}: 1\r\n" for i in range(80))
        self.assertIn(b" 400 ", self.raw("/healthz", extra=extra).split(b"\r\n")[0])


class Access(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stet-access-")
        self.database = os.path.join(self.folder, "stet.db")

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def test_tokens(self):
        admin = token(self.database, "--scopes", "admin")
        up = token(self.database, "--scopes", "upload", "--project", "mine")
        read = token(self.database, "--scopes", "read", "--project", "mine")
        server = stetapi.Server(folder=self.folder)
        try:
            def status(method, path, key=None, body=None, cookie=None):
                headers = {"Authorization": "Bearer " + key} if key else {}
                if cookie:
                    headers["Cookie"] = "stet_token=" + cookie
                return server.request(method, path, body, headers).status

            mine, other = "/api/v1/projects/mine/profiles", "/api/v1/projects/other/profiles"
            self.assertEqual(status("POST", mine, None, STAT), 401)
            self.assertEqual(status("POST", mine, "stet_wrong", STAT), 401)
            self.assertEqual(status("POST", mine, read, STAT), 403)
            self.assertEqual(status("POST", other, up, STAT), 403)
            self.assertEqual(status("POST", mine, up, STAT), 201)
            self.assertEqual(status("POST", other, admin, STAT), 201)
            self.assertEqual(status("GET", "/"), 401)
            self.assertEqual(status("GET", "/", read), 200)
            self.assertEqual(status("GET", "/", cookie=read), 200)
            self.assertEqual(status("GET", "/healthz"), 200)
            self.assertEqual(status("GET", "/api/v1/projects/other", read), 403)
            self.assertEqual(status("GET", mine, up), 403)
            listed = server.request("GET", "/api/v1/projects", headers={"Authorization": "Bearer " + read}).json()
            self.assertEqual([p["name"] for p in listed["projects"]], ["mine"])
            profiles = server.request("GET", other, headers={"Authorization": "Bearer " + admin}).json()["profiles"]
            path = "/api/v1/profiles/" + profiles[0]["id"]
            self.assertEqual(status("GET", path, read), 404)
            self.assertEqual(status("GET", path + "/raw", read), 404)
            self.assertEqual(status("GET", "/profiles/" + profiles[0]["id"], read), 404)
            self.assertEqual(status("DELETE", path, read), 403)
            self.assertEqual(status("DELETE", path, admin), 204)
            login = server.request("POST", "/login", "token=" + read,
                                   {"Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual(login.status, 303)
            self.assertIn("HttpOnly", login.headers["Set-Cookie"])
            # A link opens one report, and nothing else, without a token.
            link = server.request("POST", "/api/v1/projects/mine/runs/" + server.request(
                "GET", "/api/v1/projects/mine", headers={"Authorization": "Bearer " + admin}).json()["run"] + "/share",
                headers={"Authorization": "Bearer " + admin}).json()["url"]
            self.assertEqual(status("GET", link), 200)
            self.assertNotIn(link, server.log())
            listing = subprocess.run([stetapi.binary(), "token", "list", "--db", self.database],
                                     stdout=subprocess.PIPE, check=True).stdout.decode()
            self.assertNotIn(admin, listing)
            first = listing.split()[0]
            subprocess.run([stetapi.binary(), "token", "revoke", first, "--db", self.database], check=True)
            self.assertEqual(status("GET", "/", admin), 401)
        finally:
            self.assertEqual(server.stop(), 0)

    def test_other_addresses(self):
        def refused(*arguments):
            done = subprocess.run([stetapi.binary(), "serve", "--listen", "0.0.0.0:0", "--db", self.database, *arguments],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=stetapi.TIMEOUT_S)
            return done.returncode, done.stderr.decode()

        code, text = refused()
        self.assertEqual(code, 3, text)
        self.assertIn("token", text)
        server = stetapi.Server("--open", folder=self.folder, listen="0.0.0.0:0")
        server.host = "127.0.0.1"
        try:
            self.assertEqual(server.request("GET", "/").status, 200)
            self.assertEqual(server.request("GET", "/", headers={"Host": "evil.example"}).status, 403)
        finally:
            self.assertEqual(server.stop(), 0)
        token(self.database)
        server = stetapi.Server("--hosts", "stet.example", folder=self.folder, listen="0.0.0.0:0")
        server.host = "127.0.0.1"
        try:
            self.assertEqual(server.request("GET", "/").status, 401)
            self.assertEqual(server.request("GET", "/healthz", headers={"Host": "stet.example"}).status, 200)
        finally:
            self.assertEqual(server.stop(), 0)

    def test_usage(self):
        for arguments in (["--listen", "nonsense"], ["--nope"], ["--threads", "0"], ["extra"], ["--config", "/nonexistent"]):
            done = subprocess.run([stetapi.binary(), "serve", "--db", self.database, *arguments], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=stetapi.TIMEOUT_S)
            self.assertEqual(done.returncode, 3, (arguments, done.stderr))

    def test_configuration(self):
        path = os.path.join(self.folder, "stet.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# limits\nupload-bytes = 100\n")
        server = stetapi.Server("--config", path, folder=self.folder, environment={"STET_JSON_BYTES": "4096"})
        try:
            self.assertEqual(server.request("POST", "/api/v1/projects/p/profiles", STAT).status, 413)
        finally:
            self.assertEqual(server.stop(), 0)


class Survival(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stet-survival-")

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def test_kill(self):
        server = stetapi.Server(folder=self.folder)
        kept = []
        for i in range(20):
            answer = server.request("POST", f"/api/v1/projects/kill/profiles?run=r{i % 3}", stat(500 + i))
            self.assertEqual(answer.status, 201, str(answer))
            kept.append((answer.json(), stat(500 + i)))
        server.kill()
        server = stetapi.Server(folder=self.folder)
        try:
            for document, body in kept:
                self.assertEqual(server.request("GET", f"/api/v1/profiles/{document['id']}/raw").body, body)
                again = server.request("GET", f"/api/v1/profiles/{document['id']}/analysis?rev={document['analysis']['revision']}")
                stored = again.json()
                stored["superseded_by"] = None
                self.assertEqual(stored, document["analysis"])
        finally:
            self.assertEqual(server.stop(), 0)

    def test_accepted_work_is_taken_up(self):
        server = stetapi.Server(folder=self.folder)
        ids = [server.request("POST", "/api/v1/projects/later/profiles", stat(700 + i), {"Prefer": "respond-async"}).json()["id"]
               for i in range(10)]
        server.kill()
        server = stetapi.Server(folder=self.folder)
        try:
            for profile in ids:
                while (status := server.request("GET", "/api/v1/profiles/" + profile).json()["status"]) in ("queued", "running"):
                    pass
                self.assertEqual(status, "done")
        finally:
            self.assertEqual(server.stop(), 0)

    def test_graceful(self):
        """A request under way at the stop gets its answer; a later one does not get in."""
        server = stetapi.Server(folder=self.folder)
        with socket.create_connection((server.host, server.port), timeout=60) as s:
            s.sendall((f"POST /api/v1/projects/stop/profiles HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
                       f"Content-Length: {len(STAT)}\r\nExpect: 100-continue\r\n\r\n").encode())
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 100 "))
            server.process.terminate()
            while True:
                try:
                    answer = server.request("GET", "/healthz")
                except OSError:
                    break
                if answer.status == 503:
                    break
            s.sendall(STAT)
            data = b""
            while piece := s.recv(65536):
                data += piece
            self.assertTrue(data.startswith(b"HTTP/1.1 201 "), data[:200])
            body = data.split(b"\r\n\r\n", 1)[1]
            self.assertTrue(json.loads(body)["id"])
        self.assertEqual(server.stop(), 0)


    def test_samples_are_loaded_once(self):
        """A second start leaves the samples as they were: no new revision, no change of order."""
        listed = []
        for _ in range(2):
            server = stetapi.Server("--demo", folder=self.folder)
            try:
                listed.append(server.request("GET", "/api/v1/projects?limit=500").json())
            finally:
                self.assertEqual(server.stop(), 0)
        self.assertEqual(listed[0], listed[1])

    def test_one_server_a_database(self):
        server = stetapi.Server(folder=self.folder)
        try:
            second = subprocess.run([stetapi.binary(), "serve", "--listen", "127.0.0.1:0", "--db", server.database],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=stetapi.TIMEOUT_S)
            self.assertEqual((second.returncode, second.stdout), (4, b""))
            self.assertIn(str(server.process.pid), second.stderr.decode())
            token(server.database)
        finally:
            self.assertEqual(server.stop(), 0)

    def test_stalled_body(self):
        """A body that does not come on is given up, in whatever read it stalls."""
        server = stetapi.Server("--body-rate", "100000000", folder=self.folder)
        try:
            for head in ("Content-Length: 1000000\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n10000\r\nabc"):
                with socket.create_connection((server.host, server.port), timeout=stetapi.TIMEOUT_S) as s:
                    s.sendall((f"POST /api/v1/projects/slow/profiles HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
                               + head).encode())
                    self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 408 "))
            self.assertEqual(server.request("GET", "/api/v1/projects/slow").status, 404)
        finally:
            self.assertEqual(server.stop(), 0)


class Demo(stetapi.ServerCase):
    arguments = ("--demo",)

    def test_samples(self):
        projects = self.get("/api/v1/projects?limit=500").json()["projects"]
        files = {name: os.listdir(os.path.join(stetapi.PROFILES, "cases", name)) for name in os.listdir(os.path.join(stetapi.PROFILES, "cases"))}
        cases = [name for name in files if {"case.json", "decisions.json"} & set(files[name])]
        self.assertEqual(sorted(p["name"] for p in projects), sorted(cases))
        for project in projects:
            if "case.json" in files[project["name"]]:
                self.assertIsNotNone(project["revision"], project["name"])
            self.assertEqual(self.get(project["url"]).status, 200)
        self.assertIn("open: a rewrite may be proposed", self.get("/").text())


if __name__ == "__main__":
    stetapi.main()
