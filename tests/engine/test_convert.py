#!/usr/bin/env python3
"""stet convert: every recording written as a speedscope or pprof file and read again keeps totals, stacks, threads and unit,
pprof all columns, clocks and states as well; `go tool pprof` shows our totals, where Go is at hand; folded text and pictures
hold the same weight; what cannot be written leaves no file."""

import functools
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "golden"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pprof_wire  # noqa: E402
import run as golden  # noqa: E402

GO = shutil.which("go") or ("/usr/local/go/bin/go" if os.path.exists("/usr/local/go/bin/go") else None)

SANITIZED = bool(os.environ.get("STET_PRESET_SANITIZE"))
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
    # The dump that results are held against opens no other file either.
    return run(os.environ["STET_BIN"], "convert", "--no-symbols", *words, status=status)


@functools.cache
def dump_of_sample(path):
    """Recordings of the tree stay as they are, and several tests look at each."""
    return dump(path)


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


def columns_of(profile):
    return {(c["event"], c["unit"]): (c["clock"], c.get("is_time", False)) for c in profile["columns"]}


def threads_with_ids(profile):
    return {(t.get("name", ""), t["tid"], profile["processes"][t["process"]]["pid"]) for t in profile["threads"]}


class Convert(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = os.path.join(folder.name, "out")

    def recordings(self):
        """(path, profile) of the smaller recordings with stacks, a few of each format, weight in the first column."""
        for name in FORMATS:
            taken = 0
            if name == "perf-data":
                continue # names come from the binaries of this machine, for the command line alone
            # Under a sanitizer a dump costs ten times as much: two samples of each format there.
            for path, _ in list(golden.samples_of(name))[:2 if SANITIZED else None]:
                if taken == PER_FORMAT or not os.path.isfile(path) or os.path.getsize(path) > BYTES_MAX:
                    continue
                text = dump_of_sample(path)
                found = [a["profile"] for a in json.loads(text) if a.get("profile")] if text else []
                # Names are compared as one text: a file with line ends in names is not for this.
                if len(found) == 1 and found[0]["columns"] and found[0]["columns"][0]["total"] > 0:
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

    def pprof_again(self, path):
        convert(path, "--to", "pprof", "-o", self.out)
        (artefact,) = json.loads(dump(self.out, "--format", "pprof"))
        return artefact

    def test_pprof_and_back(self):
        seen = 0
        for path, before in self.recordings():
            if not any(c["total"] > 0 for c in before["columns"]):
                continue
            with self.subTest(file=os.path.relpath(path, ROOT)):
                artefact = self.pprof_again(path)
                after = artefact["profile"]
                for column, (clock, is_time) in columns_of(before).items():
                    self.assertIn(column, columns_of(after))
                    # What nobody knew may show from the frames.
                    if clock != "unknown":
                        self.assertEqual(columns_of(after)[column], (clock, is_time))
                totals = {(c["event"], c["unit"]): c for c in after["columns"]}
                for column in before["columns"]:
                    again = totals[column["event"], column["unit"]]
                    # Whole nanoseconds, whole counts, a row.
                    step = 1e-9 if column["unit"] == "seconds" else 1
                    self.assertAlmostEqual(again["total"], column["total"], delta=0.5 * step * before["rows"] + 1e-9 * column["total"])
                    self.assertEqual(sorted(again["by_state"]), sorted(column["by_state"]))
                self.assertLessEqual(threads_with_ids(after), threads_with_ids(before))
                stacks, again = stacks_of(path), stacks_of(self.out)
                for event, want in stacks.items():
                    step = 2e-9 if "seconds" in event else 1
                    self.assertEqual({k for k, v in want.items() if v > step} - set(again[event]), set(), event)
                seen += 1
        self.assertGreater(seen, 20, "hardly a recording was converted")

    def test_pprof_of_the_same_kind(self):
        folder = os.path.join(ROOT, "profiles", "formats", "pprof")
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if not name.endswith(".pb.gz") or dump(path) is None:
                continue
            with self.subTest(file=name):
                before, after = pprof_wire.read(path), None
                convert(path, "--to", "pprof", "-o", self.out)
                after = pprof_wire.read(self.out)
                self.assertEqual(sorted(after["types"]), sorted(before["types"]))
                order = [before["types"].index(t) for t in after["types"]]
                for i, at in enumerate(order):
                    self.assertEqual(sum(v[i] for _, v, _ in after["samples"]), sum(v[at] for _, v, _ in before["samples"]))
                self.assertEqual(after["duration_ns"], before["duration_ns"])
                self.assertEqual({tuple(f[:3] for f in stack) for stack, _, _ in after["samples"]} if name.startswith("go") else 0,
                                 {tuple(f[:3] for f in stack) for stack, _, _ in before["samples"]} if name.startswith("go") else 0)
                if name.startswith("go-cpu"):
                    self.assertEqual({l.get("stage") for _, _, l in after["samples"]}, {l.get("stage") for _, _, l in before["samples"]})

    def test_labels_survive(self):
        w = pprof_wire.Writer()
        w.value_type("cpu", "nanoseconds")
        w.function(1, "main", "/srv/app/a.c")
        w.function(2, "inner", "/srv/app/a.c")
        w.mapping(1, "/srv/app/a")
        w.location(1, (2, 5), (1, 9), mapping=1)
        w.location(2, (1, 3), mapping=1)
        w.sample([1, 2], [7], w.label("thread", "one"), w.label("tid", 4), w.label("pid", 2), w.label("endpoint", "GET /"))
        w.sample([2], [8], w.label("thread", "two"), w.label("tid", 5), w.label("pid", 2), w.label("bytes", 10, "bytes"))
        source = self.out + ".pb"
        with open(source, "wb") as file:
            file.write(w.bytes())
        convert(source, "--to", "pprof", "-o", self.out)
        got = pprof_wire.read(self.out)
        self.assertEqual([labels for _, _, labels in got["samples"]],
                         [{"thread": "one", "thread_id": 4, "process_id": 2, "endpoint": "GET /"},
                          {"thread": "two", "thread_id": 5, "process_id": 2, "bytes": "10 bytes"}])
        self.assertEqual(got["samples"][0][0], [("main", "/srv/app/a.c", 3, "/srv/app/a"), ("main", "/srv/app/a.c", 9, "/srv/app/a"),
                                                ("inner", "/srv/app/a.c", 5, "/srv/app/a")])
        with open(self.out, "rb") as file:
            self.assertEqual(pprof_wire.fields_of(gzip.decompress(file.read()))[-1][0], 6, "strings stand last")

    def test_from_format_to_format(self):
        source = self.out + ".folded"
        with open(source, "w", encoding="utf-8") as file:
            file.write("main;a;b 3\nmain;a 4\nmain;c (x.py:7) 5\n")
        want = {"main;a;b": 3.0, "main;a": 4.0, "main;c (x.py:7)": 5.0}
        for way in (("speedscope",), ("pprof",), ("speedscope", "pprof"), ("pprof", "speedscope"), ("pprof", "folded", "speedscope")):
            here = source
            for n, to in enumerate(way + ("folded",)):
                there = f"{self.out}.{n}"
                convert(here, "--to", to, "-o", there)
                here = there
            with open(here, encoding="utf-8") as file:
                got = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in file}
            self.assertEqual(got, want, way)

    @unittest.skipUnless(GO, "go is not at hand")
    def test_go_shows_our_totals(self):
        folder = os.path.join(ROOT, "profiles", "formats")
        seen = 0
        for sample in ("pprof/go-cpu.pb.gz", "pprof/node-cpu.pb.gz", "perf-script/header.txt", "speedscope/py-spy.speedscope.json",
                       "folded/perf-inferno.folded", "gperftools/burn.prof"):
            path = os.path.join(folder, sample)
            if not os.path.exists(path):
                continue
            with self.subTest(file=sample):
                convert(path, "--to", "pprof", "-o", self.out)
                (artefact,) = json.loads(dump(self.out))
                column = artefact["profile"]["columns"][0]
                done = subprocess.run([GO, "tool", "pprof", "-raw", "-symbolize=none", self.out], capture_output=True, text=True,
                                      timeout=TIMEOUT_S, check=False)
                if "no such tool" in done.stderr:
                    self.skipTest("go has no pprof tool")
                self.assertEqual(done.returncode, 0, done.stderr)
                lines = done.stdout.split("\n")
                at = lines.index("Samples:") + 1
                types = [re.sub(r"\[.*\]", "", t) for t in lines[at].split()]
                which = [t.split("/")[0] for t in types].index(column["event"])
                values = [re.match(r" *([-\d ]+):", l) for l in lines[at + 1:lines.index("Locations")]]
                total = sum(int(v.group(1).split()[which]) for v in values if v)
                self.assertAlmostEqual(total * (1e-9 if column["unit"] == "seconds" else 1), column["total"], delta=1e-6)
                top = subprocess.run([GO, "tool", "pprof", "-top", "-symbolize=none", self.out], capture_output=True, text=True,
                                     timeout=TIMEOUT_S, check=False)
                self.assertIn(f"Type: {column['event']}", top.stdout)
                seen += 1
        self.assertGreater(seen, 4)

    def test_same_input_same_bytes(self):
        for path, _ in self.recordings():
            for to in ("speedscope", "pprof", "folded", "svg"):
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
            ((source, "--to", "png"), 3, "folded, speedscope, pprof, svg"),
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
