#!/usr/bin/env python3
"""stet formats: each format of the contract has its commands for every platform, and docs/formats.md says the same.

STET_BLESS=1 writes docs/formats.md; the diff is reviewed like code."""

import json
import os
import re
import subprocess
import unittest

TIMEOUT_S = 60
STET = os.environ.get("STET_BIN", "stet")
ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCS = os.path.join(ROOT, "docs", "formats.md")
NAMES = """folded perf-script perf-data perf-stat perf-trace-summary svg speedscope cpuprofile v8-log v8-prof-text clinic-doctor
clinic-flame clinic-bubbleprof 0x pprof gperftools chrome-trace gecko firefox jfr async-profiler-html scalene pyinstrument pstats
austin stackprof stet-record hyperfine time rusage strace-summary strace-log k6 bench-suite bpftrace dtrace""".split()
PLATFORMS = ["Linux", "container", "macOS", "Windows"]


def formats(*arguments):
    done = subprocess.run([STET, "formats", *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    return done.returncode, done.stdout, done.stderr


def sections(text):
    return {part.split("\n", 1)[0]: part for part in re.split(r"^## ", text, flags=re.M)[1:]}


class Formats(unittest.TestCase):
    def test_every_name_and_platform(self):
        for name in NAMES:
            with self.subTest(format=name):
                status, text, error = formats(name, "--json")
                self.assertEqual(status, 0, error)
                (row,) = json.loads(text)["formats"]
                self.assertEqual(row["name"], name)
                self.assertGreater(len(row["add"]), 10)
                self.assertEqual(sorted({r["platform"] for r in row["record"]}), sorted(PLATFORMS))
                for recorder in row["record"]:
                    self.assertTrue(recorder["command"] or recorder["note"], recorder)
                self.assertTrue(any(r["command"] for r in row["record"]), "no platform can record it")
                if row["read"]:
                    self.assertGreater(len(row["proves"]), 10)
                    self.assertGreater(len(row["cannot"]), 10)

    def test_every_importer_is_in_the_table(self):
        listed = [row["name"] for row in json.loads(formats("--json")[1])["formats"]]
        self.assertEqual(sorted(set(listed)), sorted(listed))
        read = os.environ.get("STET_FORMATS", "").replace(",", " ").split()
        for name in read:
            self.assertIn(name, listed)
        for name in listed:
            self.assertIn(name, NAMES)

    def test_one_format_as_text(self):
        status, text, _ = formats("strace-log")
        self.assertEqual(status, 0)
        for part in ("proves", "cannot show", "to decide", "strace -f -T -ttt", *PLATFORMS):
            self.assertIn(part, text)

    def test_usage(self):
        for arguments, says in ((["nothing"], "no format 'nothing'"), (["folded", "svg"], "one name"), (["--out", "xml"], "text, json or md")):
            with self.subTest(arguments=arguments):
                status, _, error = formats(*arguments)
                self.assertEqual(status, 3)
                self.assertIn(says, error)

    def test_docs(self):
        _, now, _ = formats("--out", "md")
        if os.environ.get("STET_BLESS") == "1":
            with open(DOCS, "w", encoding="utf-8") as file:
                file.write(now)
        with open(DOCS, encoding="utf-8") as file:
            docs = file.read()
        self.assertEqual(docs, now, "docs/formats.md is out of date: STET_BLESS=1 ctest -R engine.formats")


if __name__ == "__main__":
    unittest.main(verbosity=2)
