#!/usr/bin/env python3
"""stet upload against a service: one run for all files, nothing twice, the exit status of the gate, errors in the server's
words, and no token in any output."""

import http.server
import json
import os
import socket
import subprocess
import tempfile
import threading
import unittest

import stetapi

FOLDED = b"main;work 70\nmain;wait 30\n"


def upload(*words, environment=None):
    env = {k: v for k, v in os.environ.items() if k not in ("STET_TOKEN", "STET_SERVER") and not k.lower().endswith("_proxy")}
    return subprocess.run([stetapi.binary(), "upload", *words], capture_output=True, text=True, timeout=stetapi.TIMEOUT_S,
                          check=False, env={**env, **(environment or {})})


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name, data=FOLDED):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(data)
        return path


class Upload(stetapi.ServerCase):
    def setUp(self):
        Files.setUp(self)

    file = Files.file

    def url(self):
        return f"http://{self.server.host}:{self.server.port}"

    def sent(self, *words, status=0, project="demo"):
        done = upload(*words, "--server", self.url(), "--project", project)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def test_one_run_and_nothing_twice(self):
        one, two = self.file("a.folded"), self.file("b \"quoted\".time", b"real 1.00\nuser 0.50\nsys 0.10\n")
        done = self.sent(one, two, "--run", "r1", "--commit", "abc", "--label", "env=ci", "--fact", "ops=5", "--clock", "cpu",
                         project="run")
        link, about, summary = done.stdout.splitlines()
        self.assertTrue(link.startswith(self.url() + "/profiles/"))
        self.assertEqual(self.get(link.removeprefix(self.url())).status, 200)
        self.assertIn("run r1, verdict insufficient_evidence, gate insufficient", about)
        self.assertTrue(summary.endswith("."))
        listed = self.get("/api/v1/projects/run/profiles").json()["profiles"]
        self.assertEqual(sorted(p["name"] for p in listed), ["a.folded", 'b "quoted".time'])
        self.assertEqual({(p["run"], p["commit"]) for p in listed}, {("r1", "abc")})
        self.assertIn('"env": "ci"', json.dumps(self.get(f"/api/v1/profiles/{listed[0]['id']}").json()))
        self.assertEqual(self.get(f"/api/v1/profiles/{listed[0]['id']}/raw").body,
                         FOLDED if listed[0]["name"] == "a.folded" else b"real 1.00\nuser 0.50\nsys 0.10\n")
        again = self.sent(one, two, "--run", "r1", "--clock", "cpu", project="run")
        self.assertIn("the same as an earlier upload", again.stdout)
        self.assertEqual(len(self.get("/api/v1/projects/run/profiles").json()["profiles"]), 2)

    def test_folder_stdin_and_json(self):
        self.file("a.folded")
        self.file("b.folded", FOLDED + b"main;more 5\n")
        document = json.loads(self.sent(self.folder, "--json", project="folder").stdout)
        self.assertEqual([p["name"] for p in document["profiles"]], ["a.folded", "b.folded"])
        done = subprocess.run([stetapi.binary(), "upload", "-", "--server", self.url(), "--project", "pipe", "--json", "--name",
                               "piped.folded"], input=FOLDED, capture_output=True, timeout=stetapi.TIMEOUT_S, check=False)
        self.assertEqual(json.loads(done.stdout)["profiles"][0]["name"], "piped.folded", done.stderr)

    def test_much_of_the_same_passes_the_ratio(self):
        path = self.file("same.folded", b"main;aaaaaaaaaaaaaaaa 1\n" * 400_000)
        document = json.loads(self.sent(path, "--json", project="ratio").stdout)
        self.assertEqual(document["profiles"][0]["bytes"], 24 * 400_000)

    def test_recordings_of_perf_become_text(self):
        path = self.file("frame-pointers.data", stetapi.profile_bytes("formats", "perf-data", "frame-pointers.data"))
        document = json.loads(self.sent(path, "--json", project="perf").stdout)
        self.assertEqual([p["name"] for p in document["profiles"]], ["frame-pointers.data.perf.txt"])
        text = document["analysis"]["artefacts"][0]
        self.assertEqual(text["format"], "perf-script")
        document = json.loads(self.sent(path, "--json", "--raw", project="perf").stdout)
        raw = document["analysis"]["artefacts"][0]
        self.assertEqual((raw["name"], raw["format"]), ("frame-pointers.data", "perf-data"))
        self.assertEqual([(e["event"], e["total"]) for e in raw["events"]], [(e["event"], e["total"]) for e in text["events"]])
        cut = self.file("cut.data", b"PERFILE2" + b"\xff" * 300)
        self.assertIn("--raw", self.sent(cut, status=3, project="perf").stderr)

    def test_gate(self):
        path = self.file("a.folded")
        self.sent(path, "--gate", status=2, project="gate")
        done = self.sent(path, "--enforce", status=2, project="gate")
        self.assertIn("gate insufficient", done.stdout)
        self.sent(path, project="gate")

    def test_refusals_in_the_servers_words(self):
        for name, data, words, says in (
            ("notes.md", b"# nothing\nthat is a profile at all\n", (), "answers 415: notes.md: text of no known profile"),
            ("cut.speedscope.json", b'{"$schema":"https://www.speedscope.app/file-format-schema.json","profiles":[', (), "answers 422"),
            ("a.folded", FOLDED, ("--clock", "moon"), "clock: want cpu, wall or off"),
            ("a.folded", FOLDED, ("--fact", "nope=1"), "nope"),
        ):
            done = self.sent(self.file(name, data), *words, status=3)
            self.assertIn(says, done.stderr)
            self.assertEqual(done.stdout, "")

    def test_too_large(self):
        server = stetapi.Server("--upload-bytes", "1000")
        try:
            path = self.file("big.folded", b"".join(b"main;f%d %d\n" % (i, i * 7919) for i in range(20000)))
            done = upload(path, "--server", f"http://{server.host}:{server.port}", "--project", "p")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("answers 413", done.stderr)
        finally:
            server.stop()
            server.remove()

    def test_usage(self):
        path = self.file("a.folded")
        for words, says in (
            ((path, "--project", "p"), "--server"),
            ((path, "--server", self.url()), "--project"),
            (("--server", self.url(), "--project", "p"), "FILE"),
            ((path, "--server", "ftp://here", "--project", "p"), "http://"),
            ((path, "--server", self.url(), "--project", "p", "--label", "x"), "NAME=VALUE"),
            ((path, "--server", self.url(), "--project", "p", "--token", "a b"), "the token holds"),
            ((path, path, "--server", self.url(), "--project", "p", "--name", "x"), "--name is for one file"),
            ((self.file("empty.folded", b""), "--server", self.url(), "--project", "p"), "empty"),
        ):
            done = upload(*words)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(says, done.stderr)
        self.assertEqual(upload(path + ".not", "--server", self.url(), "--project", "p").returncode, 4)

    def test_nobody_there(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{taken.getsockname()[1]}"
            done = upload(self.file("a.folded"), "--server", address, "--project", "p")
        self.assertEqual(done.returncode, 4)
        self.assertIn("connect", done.stderr.lower())
        self.assertEqual(done.stderr.count("\n"), 1, "nobody is there: not tried again")

    def test_tokens(self):
        server = stetapi.Server()
        try:
            made = subprocess.run([stetapi.binary(), "token", "create", "--db", server.database, "--scopes", "upload"],
                                  capture_output=True, text=True, timeout=stetapi.TIMEOUT_S, check=True)
            token = max(made.stdout.split(), key=len)
            words = (self.file("a.folded"), "--server", f"http://{server.host}:{server.port}", "--project", "p")
            done = upload(*words)
            self.assertEqual(done.returncode, 4, done.stdout)
            self.assertIn("answers 401", done.stderr)
            self.assertIn("STET_TOKEN", done.stderr)
            wrong = upload(*words, "--token", "swordfish")
            self.assertEqual(wrong.returncode, 4)
            self.assertNotIn("swordfish", wrong.stderr + wrong.stdout)
            self.assertEqual(upload(*words, environment={"STET_TOKEN": token}).returncode, 0)
            done = upload(*words, "--token", token)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn(token, done.stdout + done.stderr)
        finally:
            server.stop()
            server.remove()


class Busy(Files):
    """A server that is busy first: the same bytes come again."""

    def test_again(self):
        seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                seen.append((self.path, self.headers.get("Content-Encoding"), self.rfile.read(int(self.headers["Content-Length"]))))
                first = len(seen) == 1
                body = json.dumps({"code": "busy", "detail": "later"} if first else
                                  {"id": "x", "url": "/profiles/x", "run": "r", "duplicate": False,
                                   "analysis": {"verdict": "do_not_migrate", "gate": "fail", "summary": "No."}}).encode()
                self.send_response(503 if first else 201)
                if first:
                    self.send_header("Retry-After", "0")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            done = upload(self.file("a.folded"), "--server", f"http://127.0.0.1:{server.server_port}/", "--project", "a-b",
                          "--branch", "x/y", "--gate")
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("trying again", done.stderr)
        self.assertEqual(len(seen), 2)
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0][:2], ("/api/v1/projects/a-b/profiles?branch=x%2Fy", "zstd"))


if __name__ == "__main__":
    stetapi.main()
