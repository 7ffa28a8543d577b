#!/usr/bin/env python3
"""stet claims over whole documents: hostile ones are bounded and say what was left out; README files of this repository give
no finding; and, where STET_SEEDS names a folder of proposals (*.txt, *.md), those give some."""

import glob
import json
import os
import resource
import subprocess
import sys
import tempfile
import unittest

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STET = os.environ.get("STET_BIN", os.path.join(ROOT, "build", "release", "stet"))
TIMEOUT_S = 300
MEGABYTE = 1 << 20
SANITIZED = bool(os.environ.get("STET_PRESET_SANITIZE"))


def claims(data, *arguments, memory=None):
    """The document that stet claims makes of these bytes."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "p.md")
        with open(path, "wb") as file:
            file.write(data)
        done = subprocess.run([STET, "claims", path, "--json", *arguments], capture_output=True, timeout=TIMEOUT_S,
                              preexec_fn=limit if memory else None)
    if done.returncode != 0:
        raise AssertionError(f"exit status {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


HOSTILE = {
    "a million numbers": b" ".join(b"%d" % (i * 7919 % 1000003) for i in range(1400000)),
    "no line end": b"some words of 5 ms faster if migrate " * 300000,
    "line ends alone": b"\n" * (10 * MEGABYTE),
    "bars alone": b"|" * (10 * MEGABYTE),
    "rows": b"| a | b | c | speedup |\n|---|---|---|---|\n" + b"| a | 5 ms | 6 ms | 4x faster |\n" * 300000,
    "tables of phases": b"## plan 3 months\n\n" + b"| phase | duration |\n|---|---|\n| a | 5 months |\n| a | 5 months |\n| a | 5 months |\n\n" * 100000,
    "quotes in quotes": b">" * (10 * MEGABYTE),
    "NUL": b"\0" * (10 * MEGABYTE),
    "bytes that are no text": bytes((i * 131 + (i >> 8) * 31) & 255 for i in range(10 * MEGABYTE)),
    "one number": b"9" * (10 * MEGABYTE),
    "huge products": (b"9" * 308 + b" x " + b"9" * 308 + b" = 5\n") * 15000,
    "arrows": b"5 ms -> " * 1200000,
    "headings": b"# a 5 months\n" * 700000,
    "the same finding": b"Saves 6M x 50 ms = 95 hours\n\n" * 300000,
    "other findings": b"".join(b"Saves %dM x 50 ms = 95 hours\n\n" % i for i in range(1000, 200000)),
}


class Claims(unittest.TestCase):
    def test_hostile_texts_are_bounded(self):
        address_space = None if SANITIZED else 512 * MEGABYTE
        for name, data in HOSTILE.items():
            data = data[: 2 * MEGABYTE] if SANITIZED else data
            with self.subTest(name):
                document = claims(data, memory=address_space)
                self.assertLessEqual(len(document["quantities"]), 2000)
                self.assertLessEqual(len(document["findings"]), 500)
                self.assertLessEqual(len(document["claims"]), 500)

    def test_what_is_left_out_is_said(self):
        left_out = claims(HOSTILE["a million numbers"])["left_out"]
        self.assertGreater(left_out["quantities"], 1000000)
        left_out = claims(HOSTILE["other findings"])["left_out"]
        self.assertGreater(left_out["findings"], 1000)
        self.assertGreater(claims(b"a\n\n" * 300000)["left_out"]["from_line"], 100000)
        self.assertEqual(claims(b"| 5 | 6 " * 10000)["left_out"]["lines_cut"], 1)

    def test_too_large_is_refused(self):
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(40 * MEGABYTE)
            done = subprocess.run([STET, "claims", file.name], capture_output=True, timeout=TIMEOUT_S)
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_documents_of_this_repository_give_no_finding(self):
        paths = glob.glob(os.path.join(ROOT, "*.md")) + glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True)
        paths += glob.glob(os.path.join(ROOT, "tests", "*", "*.md"))
        self.assertGreater(len(paths), 5)
        for path in paths:
            with self.subTest(path), open(path, "rb") as file:
                self.assertEqual([], claims(file.read())["findings"])

    def test_scripts_are_text(self):
        text = "# <script>alert(1)</script>\n\nSaves 6M x 50 ms = 95 hours <b onload=x>\x1b[31m\u202e\n".encode()
        document = claims(text)
        self.assertEqual(1, len(document["findings"]))
        with tempfile.NamedTemporaryFile(suffix=".md") as file:
            file.write(text)
            file.flush()
            plain = subprocess.run([STET, "claims", file.name], capture_output=True, timeout=TIMEOUT_S).stdout
        self.assertNotIn(b"\x1b", plain)
        self.assertNotIn("\u202e".encode(), plain)

    def test_proposals_given(self):
        folder = os.environ.get("STET_SEEDS")
        if not folder or not os.path.isdir(folder):
            self.skipTest("STET_SEEDS is not set")
        paths = sorted(glob.glob(os.path.join(folder, "*.txt")) + glob.glob(os.path.join(folder, "*.md")))
        found = set()
        for path in paths:
            with open(path, "rb") as file:
                data = file.read()
            document = claims(data)
            lines = data.count(b"\n") + 1
            for finding in document["findings"]:
                self.assertTrue(1 <= finding["line"] <= lines, finding)
                found.add((path, finding["code"], finding["line"]))
            self.assertEqual(document, {**claims(data), "file": document["file"]})
        self.assertGreaterEqual(len(found), 20)


if __name__ == "__main__":
    print("test_claims: STET_SEEDS is", "set" if os.environ.get("STET_SEEDS") else "not set", file=sys.stderr)
    unittest.main()
