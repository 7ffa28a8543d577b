"""Base of the API tests: a server of one's own on a free port, and requests without a library.

    class Uploads(stetapi.ServerCase):
        def test_...(self):
            answer = self.post("/api/v1/projects/p/profiles", body)
            self.assertEqual(answer.status, 201, answer)
            self.subset({"duplicate": False}, answer.json())

    if __name__ == "__main__":
        stetapi.main()

STET_BIN is the binary under test; the test owns the server's pid and stops it by that pid.
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROFILES = os.environ.get("STET_PROFILES", os.path.join(ROOT, "profiles"))
TIMEOUT_S = 120
SKIPPED = 77


def binary():
    return os.environ.get("STET_BIN", os.path.join(ROOT, "build", "release", "stet"))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {dict(self.headers)}\n{self.body[:2000].decode('utf-8', 'replace')}"


class Server:
    """stet serve on a free port of loopback, with a database in a scratch folder."""

    def __init__(self, *arguments, folder=None, environment=None, listen="127.0.0.1:0"):
        self.owned = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="stet-api-")
        self.database = os.path.join(self.folder, "stet.db")
        self.log_path = os.path.join(self.folder, "log")
        self.host, self.port = None, None
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [binary(), "serve", "--listen", listen, "--db", self.database, *arguments],
                stdout=subprocess.PIPE, stderr=log, cwd=self.folder, env={**os.environ, **(environment or {})},
            )
        # Reading ends with the line, or at once when the server ends without one.
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace").strip()
            if text.startswith("listening on http://"):
                self.host, _, port = text.removeprefix("listening on http://").rstrip("/").rpartition(":")
                self.port = int(port)
                return
        self.process.wait()
        raise AssertionError(f"the server ended with {self.process.returncode} before it was ready:\n{self.log()}")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)

    def request(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def kill(self):
        """As a power cut: no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(TIMEOUT_S)
        self.process.stdout.close()

    def stop(self):
        """Graceful; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop:\n{self.log()}") from None
        self.process.stdout.close()
        return status

    def remove(self):
        if self.owned:
            shutil.rmtree(self.folder, ignore_errors=True)


class ServerCase(unittest.TestCase):
    """One server for all tests of the class; `arguments` are added to `stet serve`."""

    arguments = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        log = cls.server.log()
        cls.server.remove()
        if status != 0 or "AddressSanitizer" in log or "runtime error:" in log or "LeakSanitizer" in log:
            raise AssertionError(f"the server ended with {status}:\n{log[-8000:]}")

    def request(self, method, path, body=None, headers=None):
        return self.server.request(method, path, body, headers)

    def get(self, path, **headers):
        return self.request("GET", path, headers=header_names(headers))

    def post(self, path, body=b"", **headers):
        return self.request("POST", path, body, header_names(headers))

    def subset(self, want, got, at="$"):
        """Every member of want is in got with that value; lists are compared member by member."""
        if isinstance(want, dict):
            self.assertIsInstance(got, dict, at)
            for key, value in want.items():
                self.assertIn(key, got, at)
                self.subset(value, got[key], f"{at}.{key}")
        elif isinstance(want, list):
            self.assertIsInstance(got, list, at)
            self.assertEqual(len(want), len(got), at)
            for i, value in enumerate(want):
                self.subset(value, got[i], f"{at}[{i}]")
        else:
            self.assertEqual(want, got, at)

    def assert_problem(self, answer, status, code=None):
        """An RFC 9457 error with the members that every error has."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers.get_content_type(), "application/problem+json", answer)
        document = answer.json()
        for member in ("type", "title", "status", "detail", "code"):
            self.assertIn(member, document)
        self.assertEqual(document["status"], status)
        if code is not None:
            self.assertEqual(document["code"], code)
        self.assertTrue(answer.headers.get("X-Request-Id"), answer)

    def until(self, probe, what):
        """For work on other threads: asks until probe() gives something; fails when it takes too long."""
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            found = probe()
            if found:
                return found
        self.fail(f"no {what} within {TIMEOUT_S} s")


def header_names(headers):
    """content_type="x" -> {"Content-Type": "x"}"""
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


def quoted(value):
    return urllib.parse.quote(value, safe="")


def profile_bytes(*parts):
    """A recording below profiles/."""
    with open(os.path.join(PROFILES, *parts), "rb") as file:
        return file.read()


def corpus(test):
    """Folder of real files with known results; the test is skipped, with a line, where there is none."""
    path = os.environ.get("STET_CORPUS")
    if not path or not os.path.isdir(path):
        test.skipTest("STET_CORPUS is not set")
    return path


def main():
    program = unittest.main(verbosity=2, exit=False)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun and len(result.skipped) == result.testsRun else 0)
