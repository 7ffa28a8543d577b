#!/usr/bin/env python3
"""What an input may make large: each limit is an option of the command line and of the service, with its default in the help,
and passing it is an error that names it."""

import gzip
import io
import json
import os
import subprocess
import tempfile
import unittest
import zipfile

TIMEOUT_S = 120
STET = os.environ.get("STET_BIN", "stet")

FOLDED = "".join(f"main;f{i};g{i} {i + 1}\n" for i in range(50)).encode()
DEEP = (";".join(f"f{i}" for i in range(100)) + " 1\n").encode()
STRACE = "".join(f"{100 + i} 1700000000.{i:06d} read(0, \"\", 1) = 0 <0.000200>\n" for i in range(50)).encode()
SPANS = json.dumps({"$schema": "https://www.speedscope.app/file-format-schema.json",
                    "shared": {"frames": [{"name": "a"}, {"name": "b"}]},
                    "profiles": [{"type": "sampled", "name": "p", "unit": "seconds", "startValue": 0, "endValue": 100,
                                  "samples": [[i % 2] for i in range(100)], "weights": [1] * 100}]}).encode()


def zip_of(count):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for i in range(count):
            archive.writestr(f"a{i}.folded", FOLDED)
    return packed.getvalue()


class Limits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_stet(self, data, *arguments, command="analyze"):
        path = os.path.join(self.folder, "input")
        with open(path, "wb") as file:
            file.write(data)
        return subprocess.run([STET, command, path, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)

    def refused(self, data, limit, value, *says):
        self.assertEqual(self.run_stet(data).returncode, 0, "the default must suffice")
        done = self.run_stet(data, "--limit", f"{limit}={value}")
        self.assertEqual(done.returncode, 3, done.stderr)
        for part in (str(value), f"limit {limit}", *says):
            self.assertIn(part, done.stderr)

    def test_upload_bytes(self):
        self.refused(FOLDED, "upload_bytes", 100, "larger than")

    def test_expanded_bytes(self):
        self.refused(gzip.compress(FOLDED), "expanded_bytes", 100, "expands to more than")

    def test_expand_ratio(self):
        self.refused(gzip.compress("".join(f"main;f{i % 997};g{i * 7919 % 10007} {i}\n" for i in range(80_000)).encode()), "expand_ratio", 2, "times its size")

    def test_threads(self):
        self.refused(STRACE, "threads", 10, "threads")

    def test_frames(self):
        self.refused(FOLDED, "frames", 20, "distinct frames")

    def test_stacks(self):
        self.refused(FOLDED, "stacks", 20, "distinct stacks")

    def test_stack_depth(self):
        self.refused(DEEP, "stack_depth", 50, "deeper than", "line 1")

    def test_string_bytes(self):
        self.refused(FOLDED, "string_bytes", 64, "names of more than")

    def test_columns(self):
        self.refused(STRACE, "columns", 2, "events")

    def test_cells(self):
        self.refused(STRACE, "cells", 60, "values")

    def test_archive_members(self):
        self.refused(zip_of(6), "archive_members", 3, "members")

    def test_ordered_samples_are_thinned_before_they_are_refused(self):
        done = self.run_stet(SPANS, "--limit", "ordered_samples=60", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_stet(SPANS, "--limit", "ordered_samples=10")
        self.assertEqual(done.returncode, 3)
        self.assertIn("limit ordered_samples", done.stderr)

    def test_names_and_values(self):
        self.assertEqual(self.run_stet(DEEP, "--limit", "stack-depth=200").returncode, 0)
        for assignment, says in (("stack_depth=0", "from 1 to 65536"), ("stack_depth=x", "whole number"),
                                 ("depth=3", "no limit 'depth'"), ("stack_depth", "NAME=VALUE")):
            with self.subTest(assignment=assignment):
                done = self.run_stet(DEEP, "--limit", assignment)
                self.assertEqual(done.returncode, 3)
                self.assertIn(says, done.stderr)

    def test_collapse_and_convert(self):
        for command, more in (("collapse", []), ("convert", ["--to", "speedscope"])):
            with self.subTest(command=command):
                done = self.run_stet(FOLDED, *more, "--limit", "frames=20", command=command)
                self.assertEqual(done.returncode, 3)
                self.assertIn("limit frames", done.stderr)

    def test_service_has_each(self):
        """Same names (less where the service has another word), same defaults."""
        done = subprocess.run([STET, "serve", "--options"], capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
        other = {"threads": "profile-threads", "json_body_bytes": "json-bytes"}
        root = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        with open(os.path.join(root, "src", "base", "limits.def"), encoding="utf-8") as file:
            rows = [line[6:].split(", ") for line in file if line.startswith("LIMIT(")]
        self.assertEqual(len(rows), 15)
        for name, otherwise, *_ in rows:
            default = eval(otherwise.replace("ull", ""))  # shifts of numbers
            key = other.get(name, name.replace("_", "-"))
            with self.subTest(limit=name):
                self.assertIn(f"--{key} N\n", done.stdout)
                after = done.stdout.split(f"--{key} N\n", 1)[1].split("\n", 1)[0]
                self.assertIn(f"(default {default})", after)


if __name__ == "__main__":
    unittest.main(verbosity=2)
