"""Uploads: every way of sending, identity, runs, facts, limits, broken and hostile bodies, raw exactness."""

import gzip
import json
import shutil
import socket
import subprocess
import unittest
import zlib

import stetapi

STAT = (
    b" Performance counter stats for 'python3 app.py':\n\n"
    b"          1,800.00 msec task-clock                #    0.030 CPUs utilized\n\n"
    b"      60.000000000 seconds time elapsed\n\n"
    b"       1.500000000 seconds user\n       0.300000000 seconds sys\n\n"
)
FOLDED = b"main;work;compute 90\nmain;work;json.dumps 10\n"
PROBLEM = "application/problem+json"


def stat(task_ms):
    return STAT.replace(b"1,800.00", b"%d.00" % task_ms)


def multipart(parts, boundary="frontier"):
    body = b""
    for name, file, content in parts:
        head = f'Content-Disposition: form-data; name="{name}"'
        if file is not None:
            head += f'; filename="{file}"'
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Uploads(stetapi.ServerCase):
    arguments = ("--upload-bytes", "20000000")

    def path(self, project, query=""):
        return f"/api/v1/projects/{project}/profiles" + ("?" + query if query else "")

    def accepted(self, answer, status=201):
        self.assertEqual(answer.status, status, str(answer))
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        return answer.json()

    def refused(self, answer, status, code=None):
        self.assertEqual(answer.status, status, str(answer))
        self.assertEqual(answer.headers["Content-Type"], PROBLEM)
        document = answer.json()
        self.assertEqual(set(document) & {"type", "title", "status", "detail", "code"},
                         {"type", "title", "status", "detail", "code"})
        self.assertEqual(document["status"], status)
        if code:
            self.assertEqual(document["code"], code)
        return document

    def test_raw_body(self):
        document = self.accepted(self.post(self.path("raw", "run=r1&name=stat.txt"), STAT))
        self.subset({"project": "raw", "run": "r1", "duplicate": False}, document)
        self.assertEqual(document["analysis"]["schema"], "stet/analysis/1")
        self.assertEqual(document["analysis"]["revision"], 1)
        self.assertIsNone(document["analysis"]["superseded_by"])
        self.assertEqual(self.get(document["url"]).status, 200)
        profile = self.get("/api/v1/profiles/" + document["id"]).json()
        self.subset({"status": "done", "name": "stat.txt", "format": "perf-stat", "bytes": len(STAT)}, profile)
        raw = self.get(f"/api/v1/profiles/{document['id']}/raw")
        self.assertEqual(raw.body, STAT)
        self.assertIn("attachment", raw.headers["Content-Disposition"])
        self.assertIn("sandbox", raw.headers["Content-Security-Policy"])

    def test_codings_are_one_upload(self):
        first = self.accepted(self.post(self.path("coded"), STAT))
        self.assertTrue(first["run"])
        for coding, body in (("gzip", gzip.compress(STAT)), ("gzip", gzip.compress(STAT[:50]) + gzip.compress(STAT[50:])),
                             ("deflate", zlib.compress(STAT)), ("identity", STAT)):
            again = self.accepted(self.request("POST", self.path("coded"), body, {"Content-Encoding": coding}), 200)
            self.subset({"id": first["id"], "run": first["run"], "duplicate": True}, again)
        self.assertEqual(self.get(f"/api/v1/profiles/{first['id']}/raw").body, STAT)

    @unittest.skipUnless(shutil.which("zstd"), "no zstd program to make a body with")
    def test_zstd(self):
        body = subprocess.run(["zstd", "-q", "-c"], input=STAT, stdout=subprocess.PIPE, check=True).stdout
        self.accepted(self.request("POST", self.path("zstd"), body, {"Content-Encoding": "zstd"}))

    def test_chunked(self):
        pieces = iter([STAT[:10], STAT[10:200], STAT[200:]])
        # http.client chunks a body of unknown length by itself
        self.accepted(self.request("POST", self.path("chunked"), pieces, {}))

    def test_multipart_is_one_run(self):
        body, kind = multipart([("run", None, b"set/1"), ("file", "a.txt", STAT), ("fact.ops", None, b"5"),
                                ("file", "b.txt", stat(900))])
        document = self.accepted(self.request("POST", self.path("forms"), body, {"Content-Type": kind}))
        self.assertEqual(document["run"], "set/1")
        self.assertEqual([p["name"] for p in document["profiles"]], ["a.txt", "b.txt"])
        self.assertEqual(len(document["analysis"]["artefacts"]), 2)
        run = self.get("/api/v1/projects/forms/runs/set%2F1/analysis")
        self.assertEqual(run.json(), document["analysis"])

    def test_form_of_the_page(self):
        body, kind = multipart([("project", None, b"paged"), ("file", "a.txt", STAT), ("file", "", b"")])
        answer = self.request("POST", "/upload", body, {"Content-Type": kind})
        self.assertEqual(answer.status, 303, str(answer))
        self.assertEqual(self.get(answer.headers["Location"]).status, 200)
        more, kind = multipart([("file", "b.txt", stat(2))])
        run = self.get("/api/v1/projects/paged").json()["run"]
        answer = self.request("POST", f"/projects/paged/runs/{run}/files", more, {"Content-Type": kind})
        self.assertEqual(answer.status, 303, str(answer))
        self.assertEqual(len(self.get(f"/api/v1/projects/paged/runs/{run}/analysis").json()["artefacts"]), 2)

    def test_expect_continue(self):
        with socket.create_connection((self.server.host, self.server.port), timeout=60) as s:
            s.sendall((f"POST {self.path('expect')} HTTP/1.1\r\nHost: {self.server.host}:{self.server.port}\r\n"
                       f"Content-Length: {len(STAT)}\r\nExpect: 100-continue\r\n\r\n").encode())
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 100 Continue"))
            s.sendall(STAT)
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 201 "))

    def test_expect_too_large(self):
        with socket.create_connection((self.server.host, self.server.port), timeout=60) as s:
            s.sendall((f"POST {self.path('expect')} HTTP/1.1\r\nHost: {self.server.host}:{self.server.port}\r\n"
                       "Content-Length: 900000000\r\nExpect: 100-continue\r\n\r\n").encode())
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 413 "))

    def test_identity(self):
        first = self.accepted(self.post(self.path("same", "run=a&fact.ops=5&label.team=x&commit=c1"), STAT))
        again = self.accepted(self.post(self.path("same", "run=a&fact.op_s=2&branch=main"), STAT), 200)
        self.subset({"id": first["id"], "duplicate": True, "run": "a"}, again)
        profile = self.get("/api/v1/profiles/" + first["id"]).json()
        self.subset({"facts": {"op_s": "2"}, "labels": {}, "commit": None, "branch": "main"}, profile)
        self.assertNotIn("ops", profile["facts"])
        for query in ("run=b", "run=a&rate=49", "run=a&duration_s=3", "run=a&clock=wall", "run=a&format=perf-stat"):
            other = self.accepted(self.post(self.path("same", query), STAT))
            self.assertNotEqual(other["id"], first["id"], query)
        # Without a run it is that of the newest identical upload; another file opens another run.
        self.assertEqual(self.accepted(self.post(self.path("same"), STAT), 200)["run"], "b")
        self.assertNotIn(self.accepted(self.post(self.path("same"), stat(5)))["run"], ("a", "b"))

    def test_revisions(self):
        first = self.accepted(self.post(self.path("revs", "run=a"), STAT))
        second = self.accepted(self.post(self.path("revs", "run=a"), stat(7)))
        self.assertEqual(second["analysis"]["revision"], 2)
        self.assertEqual(len(second["analysis"]["artefacts"]), 2)
        old = self.get(f"/api/v1/profiles/{first['id']}/analysis?rev=1").json()
        self.subset({"revision": 1, "superseded_by": 2}, old)
        self.assertEqual(len(old["artefacts"]), 1)
        self.assertEqual(self.get(f"/api/v1/profiles/{first['id']}/analysis").json(), second["analysis"])
        self.assertEqual(self.get(f"/api/v1/profiles/{second['id']}/analysis?rev=1").status, 404)
        for page in (first["url"], second["url"], "/projects/revs/runs/a?rev=1", "/projects/revs/runs/a"):
            self.assertEqual(self.get(page).status, 200, page)
        # Nothing changed: nothing new is claimed.
        self.assertEqual(self.accepted(self.post(self.path("revs", "run=a"), STAT), 200)["analysis"]["revision"], 2)

    def test_join(self):
        alone = self.accepted(self.post(self.path("join"), STAT))
        self.accepted(self.post(self.path("join", "run=set"), stat(3)))
        answer = self.post(f"/api/v1/projects/join/runs/set/profiles/{alone['id']}")
        self.assertEqual(answer.status, 200, str(answer))
        joined = answer.json()
        self.assertEqual(len(joined["analysis"]["artefacts"]), 2)
        self.assertEqual(self.get(f"/api/v1/profiles/{alone['id']}/analysis").json(), joined["analysis"])
        before = self.get(f"/api/v1/profiles/{alone['id']}/analysis?rev=1").json()
        self.assertEqual(len(before["artefacts"]), 1)
        self.assertEqual(before["superseded_by"], joined["analysis"]["revision"])
        self.assertEqual([r["run"] for r in self.get("/api/v1/projects/join").json()["runs"]], ["set"])
        self.refused(self.post("/api/v1/projects/join/runs/set/profiles/nope"), 404)

    def test_async(self):
        answer = self.request("POST", self.path("later"), STAT, {"Prefer": "respond-async"})
        document = self.accepted(answer, 202)
        self.assertNotIn("analysis", document)
        self.subset({"status": "done"}, self.finished(document["id"]))
        # What turns out to be unreadable is told by the status.
        answer = self.request("POST", self.path("later"), b"\x00\x01 nothing", {"Prefer": "respond-async"})
        profile = self.finished(self.accepted(answer, 202)["id"])
        self.subset({"status": "failed", "error": {"status": 415}}, profile)

    def finished(self, profile):
        while True:
            document = self.get("/api/v1/profiles/" + profile).json()
            if document["status"] not in ("queued", "running"):
                return document

    def test_enforce(self):
        answer = self.post(self.path("enforced", "run=a&enforce=1"), STAT)
        self.assertIn(answer.status, (201, 409), str(answer))
        gate = answer.json()["analysis"]["gate"]
        self.assertEqual(answer.status, 201 if gate in ("pass", "waived") else 409)
        self.assertTrue(answer.json()["id"])

    def test_markdown(self):
        answer = self.request("POST", self.path("md"), STAT, {"Accept": "text/markdown"})
        self.assertEqual(answer.status, 201)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/markdown"))
        for path in ("/api/v1/projects/md/gate", ):
            answer = self.request("GET", path, headers={"Accept": "text/markdown, */*"})
            self.assertTrue(answer.headers["Content-Type"].startswith("text/markdown"), path)

    def test_delete(self):
        first = self.accepted(self.post(self.path("gone", "run=a"), STAT))
        second = self.accepted(self.post(self.path("gone", "run=a"), stat(8)))
        self.assertEqual(self.request("DELETE", "/api/v1/profiles/" + first["id"]).status, 204)
        self.refused(self.get("/api/v1/profiles/" + first["id"]), 404, "not_found")
        self.refused(self.get(f"/api/v1/profiles/{first['id']}/raw"), 404)
        self.assertEqual(self.get("/api/v1/profiles/" + second["id"]).status, 200)
        self.assertEqual(self.request("DELETE", "/api/v1/profiles/" + second["id"]).status, 204)
        self.assertEqual(self.get("/api/v1/projects/gone/gate").status, 404)

    def test_gate_of_what_cannot_be_read(self):
        profile = self.post("/api/v1/projects/unread/profiles?run=a&format=cpuprofile", b'{"nodes":[1', prefer="respond-async").json()
        self.until(lambda: self.get("/api/v1/profiles/" + profile["id"]).json()["status"] == "failed", "failure")
        gate = self.get("/api/v1/projects/unread/gate?run=a&enforce=1")
        self.assertEqual(gate.status, 409)
        self.assertIn("could be read", gate.json()["reasons"][0])
        self.assertIn("could not be analysed", self.get(f"/profiles/{profile['id']}").text())

    def test_left_run(self):
        """What a file leaves behind is analysed without it; its old revision says where it went on."""
        self.post("/api/v1/projects/leave/profiles?run=a", stat(4100))
        moved = self.post("/api/v1/projects/leave/profiles?run=a", stat(4200)).json()
        joined = self.post(f"/api/v1/projects/leave/runs/b/profiles/{moved['id']}").json()
        self.assertGreater(joined["analysis"]["revision"], moved["analysis"]["revision"])
        old = self.get(f"/api/v1/profiles/{moved['id']}/analysis?rev={moved['analysis']['revision']}").json()
        self.assertIsNotNone(old["superseded_by"])
        self.assertIn("ewer evidence", self.get(moved["url"]).text())
        left = self.until(lambda: (d := self.get("/api/v1/projects/leave/runs/a/analysis").json())["revision"]
                          > moved["analysis"]["revision"] and d, "analysis of what was left")
        self.assertEqual(len(left["artefacts"]), 1)

    def test_secrets(self):
        """A password in a command line is in the bytes that were sent and nowhere else."""
        command = "python3 app.py --password=swordfish7 --token swordfish8 https://bob:swordfish9@host/"
        sent = {
            "folded": f'process 12:"{command}";main (app.py:1);run (app.py:2) 100\n',
            "speedscope": json.dumps({
                "$schema": "https://www.speedscope.app/file-format-schema.json", "exporter": "py-spy@0.3.14",
                "profiles": [{"type": "sampled", "name": f'Process 77 Thread 88 "{command}"', "unit": "seconds",
                              "startValue": 0, "endValue": 2, "samples": [[0], [0, 1]], "weights": [1, 1]}],
                "shared": {"frames": [{"name": "main"}, {"name": "run"}]}, "name": command}),
            "svg": stetapi.profile_bytes("cases", "py-http-wait", "on-cpu.svg").decode().replace(
                "py-spy record ", f"py-spy record -- {command} ", 1),
        }
        for run, body in sent.items():
            answer = self.post(f"/api/v1/projects/secrets/profiles?clock=cpu&run={run}", body.encode())
            self.assertEqual(answer.status, 201, str(answer))
            profile = f"/api/v1/profiles/{answer.json()['id']}"
            self.assertEqual(self.get(profile + "/raw").text(), body)
            shown = [answer.json()["url"], "/projects/secrets", f"/projects/secrets/runs/{run}",
                     f"/projects/secrets/runs/{run}/report.html", "/api/v1/projects/secrets/profiles", profile] + [
                         profile + what for what in ("/analysis", "/folded", "/speedscope.json", "/pprof", "/flamegraph.svg", "/flame")]
            shown.append(f"/profiles/{answer.json()['id']}/flame")
            for path in shown:
                for accept in ("*/*", "text/markdown"):
                    answer = self.request("GET", path, headers={"Accept": accept})
                    self.assertNotIn(b"swordfish", answer.body, f"{run}: {path} as {accept}")

    def test_bad_parameters(self):
        for query in ("run=a%20b", "run=" + "x" * 101, "clock=moon", "rate=-1", "rate=x", "duration_s=0", "runtime=cobol",
                      "label.a%20b=1", "commit=%3C", "fact.ops=-5&run=a", "fact.nope=1", "run=%ff", "run=%00"):
            answer = self.post(self.path("bad", query), STAT)
            self.assertIn(answer.status, (400, 422), f"{query}: {answer}")
            self.refused(answer, answer.status)
        for project in ("Bad", "-x", ".x", "a" * 64, "a%2Fb"):
            self.refused(self.post(f"/api/v1/projects/{project}/profiles", STAT), 400, "bad_request")
        self.refused(self.post(self.path("bad", "format=nope"), STAT), 415, "unknown_format")
        # Nothing of that was kept.
        self.refused(self.get("/api/v1/projects/bad"), 404)

    def test_unreadable(self):
        self.refused(self.post(self.path("junk"), b"\x89PNG\r\n\x1a\n" + b"\0" * 100), 415)
        self.refused(self.post(self.path("junk"), b"\0\1\2\3" * 50), 415)
        self.refused(self.post(self.path("junk"), b""), 422, "empty")
        self.refused(self.post(self.path("junk", "format=cpuprofile"), b'{"nodes":[{'), 422)
        body, kind = multipart([("file", "a.txt", STAT), ("file", "b.bin", b"\0\1\2" * 40)])
        self.refused(self.request("POST", self.path("junk"), body, {"Content-Type": kind}), 415)
        self.assertEqual(self.get("/api/v1/projects/junk").json()["profiles"], 0)

    def test_a_broken_neighbour_leaves_what_was_there(self):
        first = self.accepted(self.post(self.path("beside", "run=a&name=a.txt"), STAT))
        body, kind = multipart([("file", "a.txt", STAT), ("file", "b.bin", b"\0\1\2" * 40)])
        self.refused(self.request("POST", self.path("beside", "run=a"), body, {"Content-Type": kind}), 415)
        self.subset({"status": "done", "error": None}, self.get("/api/v1/profiles/" + first["id"]).json())
        self.assertEqual(self.get("/api/v1/projects/beside").json()["profiles"], 1)

    def test_bad_bodies(self):
        cases = (
            (b"not gzip at all", {"Content-Encoding": "gzip"}, 400),
            (gzip.compress(STAT)[:-9], {"Content-Encoding": "gzip"}, 400),
            (STAT, {"Content-Encoding": "br"}, 415),
            (b"x", {"Content-Encoding": "zstd"}, 400),
            (b"--x\r\n", {"Content-Type": "multipart/form-data"}, 400),
            (b"--x\r\n", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
            (multipart([("other", None, b"1")])[0], {"Content-Type": multipart([])[1]}, 400),
            (gzip.compress(b"\0" * 30_000_000), {"Content-Encoding": "gzip"}, 413),
        )
        for body, headers, status in cases:
            self.refused(self.request("POST", self.path("bodies"), body, headers), status)
        self.assertEqual(self.get("/healthz").status, 200)

    def test_limit(self):
        document = self.refused(self.post(self.path("large"), b"x" * 20_000_001), 413, "limit_exceeded")
        self.assertIn("20000000", document["detail"])
        pieces = (b"x" * 1_000_000 for _ in range(21))
        answer = self.request("POST", self.path("large"), pieces, {})
        self.refused(answer, 413)

    def test_no_length(self):
        with socket.create_connection((self.server.host, self.server.port), timeout=60) as s:
            s.sendall(f"POST {self.path('nolen')} HTTP/1.1\r\nHost: {self.server.host}:{self.server.port}\r\n\r\n".encode())
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 411 "))

    def test_broken_off(self):
        with socket.create_connection((self.server.host, self.server.port), timeout=60) as s:
            s.sendall((f"POST {self.path('cut')} HTTP/1.1\r\nHost: {self.server.host}:{self.server.port}\r\n"
                       "Content-Length: 100000\r\n\r\nabc").encode())
            s.shutdown(socket.SHUT_WR)
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 400 "))
        self.assertEqual(self.get("/api/v1/projects/cut").status, 404)

    def test_two_lengths(self):
        for extra in ("Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"):
            with socket.create_connection((self.server.host, self.server.port), timeout=60) as s:
                s.sendall((f"POST {self.path('smuggle')} HTTP/1.1\r\nHost: {self.server.host}:{self.server.port}\r\n"
                           f"{extra}\r\n0\r\n\r\n").encode())
                self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 400 "), extra)

    def test_hostile_names(self):
        name = '../../etc/<script>alert(1)</script>"\r\nX: y'
        body, kind = multipart([("file", name.replace('"', '\\"').replace("\r\n", ""), STAT)])
        document = self.accepted(self.request("POST", self.path("names"), body, {"Content-Type": kind}))
        self.assertNotIn("/", document["profiles"][0]["name"])
        page = self.get(document["url"])
        self.assertNotIn(b"<script>alert", page.body)
        raw = self.get(f"/api/v1/profiles/{document['id']}/raw")
        self.assertNotIn("<", raw.headers["Content-Disposition"])

    def test_large_exactness(self):
        lines = b"".join(b"main;f%d;g%d %d\n" % (i % 997, i % 4999, 1 + i % 7) for i in range(200_000))
        document = self.accepted(self.post(self.path("exact", "name=a.folded"), lines))
        self.assertEqual(self.get(f"/api/v1/profiles/{document['id']}/raw").body, lines)
        for kind in ("folded", "speedscope.json", "pprof", "flamegraph.svg"):
            answer = self.get(f"/api/v1/profiles/{document['id']}/{kind}")
            self.assertEqual(answer.status, 200, kind)
            self.assertTrue(answer.body)
        json.loads(self.get(f"/api/v1/profiles/{document['id']}/speedscope.json").body)
        # What comes out goes in again, with the same stacks and sum.
        answer = self.get(f"/api/v1/profiles/{document['id']}/pprof")
        self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
        again = self.accepted(self.post(self.path("exact", "name=a.pb.gz&run=again"), answer.body))
        of = lambda d: [(e["event"], e["total"]) for e in d["analysis"]["artefacts"][0]["events"]]
        self.assertEqual(of(again), of(document))
        self.assertEqual(self.get(f"/api/v1/profiles/{again['id']}/folded").body,
                         self.get(f"/api/v1/profiles/{document['id']}/folded").body)


if __name__ == "__main__":
    stetapi.main()
