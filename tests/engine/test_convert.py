#!/usr/bin/env python3
"""stet convert: every recording written as a speedscope file and read again keeps totals, stacks, threads and unit;
folded text and pictures hold the same weight; what cannot be written leaves no file."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "golden"))
import run as golden  # noqa: E402

FORMATS = [f for f in os.environ.get("STET_FORMATS", "").split(",") if f]
BYTES_MAX = 4 << 20
PER_FORMAT = 6
TIMEOUT_S = 120


def run(*words, status=0):
    done = subprocess.run(words, capture_output=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != status:
        raise AssertionError(f"exit {done.returncode}, want {status}: {' '.join(words)}: {done.stderr.decode()[-2000:]}")
    return done


def convert(*words, status=0):
    return run(os.environ["STET_BIN"], "convert", *words, status=status)


def dump(path, *words):
    done = subprocess.run([os.environ["STET_GOLDEN_DUMP"], *words, path], capture_output=True, timeout=TIMEOUT_S, check=False)
    return done.stdout.decode() if done.returncode == 0 else None


def stacks_of(path):
    """{event: {stack: value}} of a file's columns; equal stacks of several threads are summed."""
    columns = {}
    for line in dump(path, "--folded").splitlines():
        if line.startswith("# "):
            column = columns.setdefault(line[2:].rsplit(" ", 1)[0], {})
            continue
        stack, value = line.rsplit(" ", 1)
        column[stack] = column.get(stack, 0) + float(value)
    return columns


def threads_of(profile):
    """A thread of which nothing is known is called "all threads" in the viewer."""
    named = ((thread.get("name") or "", thread.get("tid") or -1) for thread in profile["threads"])
    return sorted(("all threads", -1) if thread == ("", -1) else thread for thread in named)


class Convert(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = os.path.join(folder.name, "out")

    def recordings(self):
        """(path, profile) of the smaller recordings with stacks, a few of each format."""
        for name in FORMATS:
            taken = 0
            for path, _ in golden.samples_of(name):
                if taken == PER_FORMAT or not os.path.isfile(path) or os.path.getsize(path) > BYTES_MAX:
                    continue
                text = dump(path)
                found = [a["profile"] for a in json.loads(text) if a.get("profile")] if text else []
                # Names are compared as one text: a file with line ends in names is not for this.
                if len(found) == 1 and found[0]["columns"]:
                    taken += 1
                    yield path, found[0]

    def near(self, got, want, what):
        self.assertAlmostEqual(got, want, delta=1e-6 * max(abs(want), 1e-9), msg=what)

    def test_speedscope_and_back(self):
        seen = 0
        for path, before in self.recordings():
            events = [column["event"] for column in before["columns"]]
            stacks = stacks_of(path)
            for column in before["columns"]:
                if events.count(column["event"]) > 1 or not column["total"] > 0:
                    continue
                with self.subTest(file=os.path.relpath(path, ROOT), event=column["event"]):
                    convert(path, "--to", "speedscope", "--event", column["event"], "-o", self.out)
                    (after,) = [a["profile"] for a in json.loads(dump(self.out, "--format", "speedscope"))]
                    (again,) = after["columns"]
                    self.near(again["total"], column["total"], "total")
                    if column["unit"] in ("seconds", "samples", "bytes"):
                        self.assertEqual(again["unit"], column["unit"])
                    (got,) = stacks_of(self.out).values()
                    want = {k: v for k, v in stacks[column["event"]].items() if v > 0}
                    self.assertEqual(sorted(got), sorted(want))
                    for stack, value in want.items():
                        # Both are printed with nine digits, and a weight is the sum of many samples.
                        self.near(got[stack], value, stack)
                    if len(threads_of(after)) == len(threads_of(before)):
                        self.assertEqual(threads_of(after), threads_of(before))
                    else: # threads without weight in this column have no profile in the file
                        self.assertLess(set(threads_of(after)), set(threads_of(before)))
                    seen += 1
        self.assertGreater(seen, 20, "hardly a recording was converted")

    def test_same_input_same_bytes(self):
        for path, _ in self.recordings():
            for to in ("speedscope", "folded", "svg"):
                self.assertEqual(convert(path, "--to", to).stdout, convert(path, "--to", to).stdout, (path, to))
            return

    def test_folded_sums_to_the_total(self):
        for path, profile in self.recordings():
            with self.subTest(file=os.path.relpath(path, ROOT)):
                lines = convert(path, "--to", "folded", "--event", profile["columns"][0]["event"]).stdout.decode().splitlines()
                total = sum(float(line.rsplit(" ", 1)[1]) for line in lines)
                column = profile["columns"][0]
                scale = 1 if column["unit"] != "seconds" else 1e6 if column["clock"] in ("wall", "off") else 1e9
                # Rounded to whole units a stack.
                self.assertAlmostEqual(total, column["total"] * scale, delta=0.5 * len(lines) + 1e-6 * total)
                self.assertEqual(lines, sorted(lines, key=lambda line: line.rsplit(" ", 1)[0].encode()))

    def test_pictures_are_xml_without_script(self):
        for path, profile in self.recordings():
            with self.subTest(file=os.path.relpath(path, ROOT)):
                text = convert(path, "--to", "svg", "--event", profile["columns"][0]["event"]).stdout
                root = xml.etree.ElementTree.fromstring(text)
                self.assertTrue(root.tag.endswith("svg"))
                self.assertFalse([e for e in root.iter() if e.tag.endswith("script") or e.tag.endswith("style")])

    def test_markup_in_names_stays_text(self):
        source = self.out + ".folded"
        with open(source, "w", encoding="utf-8") as file:
            file.write('main;<script>alert("1")</script>;a&b 5\nmain;</svg> 5\n')
        for to in ("speedscope", "svg"):
            convert(source, "--to", to, "-o", self.out)
            with open(self.out, encoding="utf-8") as file:
                text = file.read()
            if to == "svg":
                self.assertNotIn("<script", text)
                xml.etree.ElementTree.fromstring(text)
            else:
                self.assertIn('<script>alert("1")</script>', [f["name"] for f in json.loads(text)["shared"]["frames"]])

    def test_what_cannot_be_done(self):
        source = self.out + ".folded"
        with open(source, "w", encoding="utf-8") as file:
            file.write("main;work 5\n")
        account = self.out + ".time"
        with open(account, "w", encoding="utf-8") as file:
            file.write("real 1.00\nuser 0.50\nsys 0.10\n")
        for words, status, says in (
            ((source, "--to", "pprof"), 3, "does not write pprof"),
            ((source, "--to", "png"), 3, "folded, speedscope or svg"),
            ((source,), 3, "--to"),
            (("--to", "svg"), 3, "FILE"),
            ((source, source, "--to", "svg"), 3, "one FILE"),
            ((source, "--to", "svg", "--event", "nothing"), 3, "nothing"),
            ((source, "--to", "svg", "--format", "nothing"), 3, "nothing"),
            ((account, "--to", "svg"), 3, "no stacks"),
            ((self.out + ".nowhere", "--to", "svg"), 4, "nowhere"),
        ):
            with self.subTest(words=words):
                done = convert(*words, "-o", self.out, status=status)
                self.assertIn(says, done.stderr.decode())
                self.assertFalse(os.path.exists(self.out))
        convert(source, "--to", "svg", "-o", os.path.join(self.out, "no", "folder"), status=4)
        self.assertIn(b"cannot write standard output", subprocess.run(
            ["sh", "-c", '"$0" convert "$1" --to folded >/dev/full', os.environ["STET_BIN"], source], capture_output=True,
            timeout=TIMEOUT_S, check=False).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
