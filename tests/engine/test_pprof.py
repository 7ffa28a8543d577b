#!/usr/bin/env python3
"""pprof in all the shapes that its encoding allows: field order, packing, ids, units, several types, labels that name
threads; and, where STET_CORPUS is set, the totals of every profile there against the decode that stands beside it."""

import gzip
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pprof_wire as wire  # noqa: E402

CORPUS = os.environ.get("STET_CORPUS", "")
UNITS = {"nanoseconds": 1e-9, "microseconds": 1e-6, "milliseconds": 1e-3, "seconds": 1.0}


def plain_cpu():
    w = wire.Writer()
    w.value_type("samples", "count")
    w.value_type("cpu", "nanoseconds")
    w.function(1, "main.main", "/src/main.go")
    w.function(2, "main.work", "/src/main.go")
    w.location(1, (1, 10))
    w.location(2, (2, 20))
    w.sample([2, 1], [3, 30000000])
    w.sample([1], [1, 10000000])
    w.value_type("cpu", "nanoseconds", field=11)
    w.plain(12, 10000000)
    w.plain(10, 1000000000)
    return w


def cpu_words(addresses, version=0):
    """gperftools' words: one sample of one frame for each address."""
    words = [0, 3, version, 10000, 0]
    for address in addresses:
        words += [1, 1, address]
    return struct.pack(f"<{len(words) + 3}Q", *words, 0, 1, 0)


class Pprof(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "profile.pb")

    def dump(self, data, status=0):
        with open(self.path, "wb") as file:
            file.write(data)
        done = subprocess.run([os.environ["STET_GOLDEN_DUMP"], self.path], capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        if status:
            return done.stderr.decode()
        (artefact,) = json.loads(done.stdout)
        return artefact

    def collapse(self, data, *options, status=0):
        with open(self.path, "wb") as file:
            file.write(data)
        done = subprocess.run([os.environ["STET_BIN"], "collapse", self.path, *options], capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def columns(self, data):
        return {(c["event"], c["unit"]): c for c in self.dump(data)["profile"]["columns"]}

    def same(self, data):
        profile = self.dump(data)["profile"]
        self.assertEqual([(c["event"], c["unit"], c["clock"], c["total"]) for c in profile["columns"]],
                         [("cpu", "seconds", "cpu", 0.04), ("samples", "samples", "cpu", 4)])
        self.assertEqual((profile["samples"], profile["rows"]), (4, 2))

    def test_any_order_and_wrapping(self):
        raw = plain_cpu().bytes()
        for data in (raw, gzip.compress(raw), plain_cpu().bytes(strings_first=True),
                     gzip.compress(raw[:40]) + gzip.compress(raw[40:])):
            self.same(data)
        turned = plain_cpu()
        types, rest = turned.fields[:2], turned.fields[2:]
        turned.fields = rest[::-1] + types
        self.same(turned.bytes())

    def test_not_packed_and_ids_apart(self):
        w = wire.Writer()
        w.value_type("samples", "count")
        w.value_type("cpu", "nanoseconds")
        big = 0xffffffff81000000
        w.function(big, "main.main", "/src/main.go")
        w.function(7, "main.work", "/src/main.go")
        w.location(big + 5, (big, 10))
        w.location(900, (7, 20))
        w.sample([900, big + 5], [3, 30000000], packed=False)
        w.sample([big + 5], [1, 10000000], packed=False)
        self.same(w.bytes())

    def test_samples_before_everything(self):
        w = plain_cpu()
        w.fields.sort(key=lambda f: f[0] != (2 << 3 | 2))
        self.same(w.bytes())

    def test_units(self):
        for unit, scale in (("nanoseconds", 1e-9), ("ns", 1e-9), ("Nanosecond", 1e-9), ("microseconds", 1e-6), ("us", 1e-6),
                            ("\u00b5s", 1e-6), ("milliseconds", 1e-3), ("MS", 1e-3), ("seconds", 1), ("s", 1),
                            ("sec", 1), ("minutes", 60)):
            w = wire.Writer()
            w.value_type("cpu", unit)
            w.function(1, "work")
            w.location(1, (1, 1))
            w.sample([1], [2000])
            column = self.columns(w.bytes())["cpu", "seconds"]
            self.assertAlmostEqual(column["total"], 2000 * scale, delta=1e-9 * 2000 * scale, msg=unit)
            self.assertEqual(column["clock"], "cpu")

    def test_types_stay_apart(self):
        w = wire.Writer()
        for name, unit in (("alloc_objects", "count"), ("alloc_space", "bytes"), ("wall", "nanoseconds"),
                           ("lock_time", "nanoseconds"), ("cpu", "nanoseconds"), ("queries", "count"), ("queries", "rows")):
            w.value_type(name, unit)
        w.function(1, "work", "Work.java")
        w.location(1, (1, 1))
        w.sample([1], [1, 2, 3000000000, 4000000000, 5000000000, 6, 7])
        artefact = self.dump(w.bytes())
        got = [(c["event"], c["unit"], c["clock"], c["total"]) for c in artefact["profile"]["columns"]]
        self.assertEqual(got[0], ("cpu", "seconds", "cpu", 5))
        self.assertEqual(sorted(got[1:]), [("alloc_objects", "count", "unknown", 1), ("alloc_space", "bytes", "unknown", 2),
                                           ("lock_time", "seconds", "off", 4), ("queries", "count", "unknown", 6),
                                           ("queries/rows", "count", "unknown", 7), ("wall", "seconds", "wall", 3)])
        w.plain(14, w.text("wall"))
        self.assertEqual(self.dump(w.bytes())["profile"]["columns"][0]["event"], "wall")
        w.fields[-1] = wire.number(14, w.text("alloc_space"))
        self.assertEqual(self.dump(w.bytes())["profile"]["columns"][0]["event"], "cpu")

    def test_labels_and_threads(self):
        w = wire.Writer()
        w.value_type("cpu", "nanoseconds")
        w.function(1, "work", "work.py")
        w.location(1, (1, 1))
        w.sample([1], [1], w.label("thread id", 140000000000001), w.label("thread name", "MainThread"),
                 w.label("thread native id", 41), w.label("endpoint", "GET /"))
        w.sample([1], [2], w.label("Thread_ID", "42"), w.label("thread", "pool-1"), w.label("pid", 7))
        w.sample([1], [4], w.label("thread id", "<12> [#99]"), w.label("bytes", 4096, "bytes"))
        w.sample([1], [8], w.label("thread_name", "named"), w.label("size", 1), w.label("size", 22))
        w.sample([1], [16])
        profile = self.dump(w.bytes())["profile"]
        self.assertEqual([(t["tid"], t.get("name", "")) for t in profile["threads"]],
                         [(41, "MainThread"), (42, "pool-1"), (-1, "<12> [#99]"), (-1, "named"), (-1, "")])
        self.assertEqual([p["pid"] for p in profile["processes"]], [-1, 7])
        self.assertEqual((profile["label_sets"], profile["rows"]), (4, 5))

    def test_rate_of_counted_samples(self):
        w = wire.Writer()
        w.value_type("samples", "count")
        w.function(1, "work", "app.rb")
        w.location(1, (1, 1))
        w.sample([1], [250])
        w.plain(12, 100)
        column = self.columns(w.bytes())["samples", "samples"]
        self.assertEqual((column["rate_hz"], column["clock"]), (100, "unknown"))
        w.value_type("cpu", "nanoseconds", field=11)
        w.fields[-2] = wire.number(12, 10000000)
        column = self.columns(w.bytes())["samples", "samples"]
        self.assertEqual((round(column["rate_hz"], 6), column["clock"]), (100, "cpu"))

    def test_lock_profiles_are_told_apart(self):
        for leaf, code in (("sync.(*Mutex).Unlock", "mutex_blames_unlocker"), ("internal/sync.(*Mutex).Unlock",
                           "mutex_blames_unlocker"), ("sync.(*RWMutex).RUnlock", "mutex_blames_unlocker"),
                           ("sync.(*Mutex).Lock", "go_block_only"), ("runtime.selectgo", "go_block_only")):
            w = wire.Writer()
            w.value_type("contentions", "count")
            w.value_type("delay", "nanoseconds")
            w.function(1, leaf, "/usr/local/go/src/x.go")
            w.location(1, (1, 1))
            w.sample([1], [5, 1000])
            artefact = self.dump(w.bytes())
            self.assertEqual(artefact["clock"], "off")
            self.assertEqual(artefact["profile"]["columns"][0]["event"], "delay")
            self.assertIn(code, [p["code"] for p in artefact["problems"]])

    def test_refusals(self):
        for types, says in (((("goroutine", "count"),), "goroutines, not time"), ((("threadcreate", "count"),), "threads"),
                            ((("inuse_space", "bytes"), ("alloc_objects", "count")), "memory, not time"),
                            ((("cache-misses", "count"),), "nothing that is time")):
            w = wire.Writer()
            for name, unit in types:
                w.value_type(name, unit)
            w.function(1, "work")
            w.location(1, (1, 1))
            w.sample([1], [1] * len(types))
            self.assertIn(says, self.dump(w.bytes(), status=3))
        w = plain_cpu()
        w.sample([1], [1, -5])
        self.assertIn("difference of two profiles", self.dump(w.bytes(), status=3))
        w = plain_cpu()
        w.sample([1], [1])
        self.assertIn("a sample of 1 values after one of 2", self.dump(w.bytes(), status=3))
        raw = plain_cpu().bytes()
        self.assertIn("stands twice", self.dump(raw + raw, status=3))

    def test_long_fields_and_other_text(self):
        w = plain_cpu()
        w.strings[w.text("main.work")] = b"main.w\xff\xferk" + b"x" * 200000
        self.assertEqual(self.columns(w.bytes())["cpu", "seconds"]["total"], 0.04)
        depth = 5000
        w = plain_cpu()
        w.sample([2] * depth, [1, 1])
        self.assertIn("stack deeper than 4096", self.dump(w.bytes(), status=3))

    def test_what_is_no_length(self):
        w = plain_cpu()
        w.fields[-1] = wire.number(10, 1700000000 * 10**9)
        artefact = self.dump(w.bytes())
        self.assertIsNone(artefact.get("duration_s"))
        self.assertIn("duration_implausible", [p["code"] for p in artefact["problems"]])

    def test_one_name_three_times(self):
        w = wire.Writer()
        for _ in range(3):
            w.value_type("cpu", "nanoseconds")
        w.function(1, "work")
        w.location(1, (1, 1))
        w.sample([1], [1000000000, 2000000000, 3000000000])
        self.assertEqual([(c["event"], c["total"]) for c in self.dump(w.bytes())["profile"]["columns"]],
                         [("cpu", 1), ("cpu/nanoseconds", 2), ("cpu/nanoseconds 3", 3)])

    def test_frames_of_libraries(self):
        w = wire.Writer()
        w.value_type("cpu", "nanoseconds")
        for id_, file in ((1, "/usr/bin/python3"), (2, "/usr/lib/libz.so.1"), (3, "[kernel.kallsyms]"), (4, "[vdso]")):
            w.mapping(id_, file)
        w.function(1, "handle", "/app/a.py")
        w.function(2, "vfs_read")
        w.location(1, (1, 3), mapping=1)
        w.location(2, mapping=2)
        w.location(3, (2, 0), mapping=3)
        w.location(4, mapping=3)
        w.location(5, mapping=4)
        w.location(6)
        for leaf in (2, 3, 4, 5, 6):
            w.sample([leaf, 1], [1000000000])
        done = self.collapse(w.bytes(), "--kernel")
        self.assertEqual([line.split(";")[1].rsplit(" ", 1)[0] for line in sorted(done.stdout.splitlines())],
                         ["[libz.so.1]", "[unknown]", "[unknown]_[k]", "vfs_read_[k]"])

    def test_limits(self):
        frames = wire.Writer()
        frames.value_type("cpu", "nanoseconds")
        for i in range(1, 2000):
            frames.function(i, f"work {i}")
            frames.location(i, (i, 1))
            frames.sample([i], [1])
        two = plain_cpu()
        for i in range(3000):
            two.sample([1] * (i // 100 + 1) + [2] * (i % 100), [1, 1])
        text = b"--- contention:\ncycles/second=1\n" + b"".join(b"7 1 @ 0x%x\n" % i for i in range(1, 2000))
        named = b"--- contention:\n7 1 @ 0x1\n" + b"".join(b"#\t0x1\t%s\n" % (b"%d" % i * 400) for i in range(1000, 2000))
        maps = cpu_words(range(1, 3)) + b"".join(b"%x-%x r-xp 00000000 00:00 1 /lib/%d\n" % (i, i + 1, i)
                                                 for i in range(16, 1100))
        for data, limit, says in ((frames.bytes(), "stacks=1000", "more than 1000 "), (two.bytes(), "cells=2000", "values: "),
                                  (frames.bytes(strings_first=True), "string-bytes=1024", "names of more than 1024 bytes"),
                                  (text, "stacks=1000", "more than 1000 distinct stacks"),
                                  (cpu_words(range(1, 2000)), "stacks=1000", "more than 1000 distinct stacks"),
                                  (named, "string-bytes=65536", "names of more than 65536 bytes"),
                                  (maps, "threads=1000", "more than 1000 mappings")):
            with self.subTest(limit=limit, says=says):
                done = self.collapse(data, "--limit", limit, status=3)
                self.assertIn(says, done.stderr)

    def test_maps_of_gperftools(self):
        maps = (b"build=/srv/app\n1000-2000: $build/main\n2000-3000 r--p 00000000 00:00 1 /lib/data\n"
                b"3000-4000 r-xp 00000010 00:00 1 /lib/libz.so.1\n4000-5000 r-xp\n5000-6000 r-xp 00000000\n"
                b"6000-7000 r-xp 00000000 00:00 0 [vdso]\n7000-8000 r-xp 00000000 00:00 0\n9000-8000: /lib/turned\n")
        done = self.collapse(cpu_words((0x1010, 0x2010, 0x3010, 0x4010, 0x6010, 0x7010, 0x9010)) + maps)
        self.assertEqual(sorted(line.rsplit(" ", 1)[0].split(";")[-1] for line in done.stdout.splitlines()),
                         ["[libz.so.1+0x20]", "[main+0x10]", "[unknown]", "[vdso+0x10]"])
        java = b"0x1010 A.run (A.java:3)\n0x1010 B.run (B.java:4)\n0x2010\n"
        done = self.collapse(cpu_words((0x1010, 0x2010), version=1) + java)
        self.assertEqual(sorted(line.rsplit(" ", 1)[0].split(";")[-1] for line in done.stdout.splitlines()),
                         ["A.run (A.java:3)", "[unknown]"])

    def test_names_by_path_and_inode(self):
        program = os.path.realpath(os.environ["STET_BIN"])
        with open(program, "rb") as file:
            head = file.read(4096)
        entry, table = struct.unpack_from("<QQ", head, 24)
        size, count = struct.unpack_from("<HH", head, 54)
        for at in range(table, table + size * count, size):
            kind, _, offset, address, _, _, length = struct.unpack_from("<IIQQQQQ", head, at)[:7]
            if kind == 1 and address <= entry < address + length:
                break
        key, inode = entry - address + offset, os.stat(program).st_ino
        for number, options, named in ((inode, (), True), (inode, ("--no-symbols",), False), (inode + 1, (), False),
                                       (0, (), False)):
            line = f"10000000-20000000 r-xp 00000000 00:00 {number} {program}\n"
            done = self.collapse(cpu_words((0x10000000 + key,)) + line.encode(), *options)
            other = f"[{os.path.basename(program)}+{key:#x}]"
            self.assertEqual(done.stdout.rsplit(" ", 1)[0].split(";")[-1], "_start" if named else other)

    def test_more_labels_than_are_kept(self):
        w = wire.Writer()
        w.value_type("cpu", "nanoseconds")
        w.function(1, "work")
        w.location(1, (1, 1))
        for i in range(100003):
            w.sample([1], [10], w.label("request", i))
        w.sample([1], [10], *[w.label("extra", i) for i in range(40)])
        artefact = self.dump(w.bytes())
        self.assertIn("labels_dropped", [p["code"] for p in artefact["problems"]])
        self.assertAlmostEqual(artefact["profile"]["columns"][0]["total"], 1000040e-9, delta=1e-12)

    def test_what_one_field_and_one_sample_may_hold(self):
        w = plain_cpu()
        w.fields.append(wire.message(20, bytes(17 << 20)))
        self.assertIn("a field of more than 16 MiB", self.dump(w.bytes(), status=3))
        w = plain_cpu()
        w.sample([2] * 4096, [1, 1], packed=False)
        self.assertEqual(self.dump(w.bytes())["profile"]["rows"], 3)
        w.sample([2] * 4097, [1, 1], packed=False)
        self.assertIn("stack deeper than 4096", self.dump(w.bytes(), status=3))

    @unittest.skipUnless(CORPUS, "STET_CORPUS is not set")
    def test_totals_of_the_corpus(self):
        with open(os.path.join(CORPUS, "MANIFEST.json"), encoding="utf-8") as file:
            files = json.load(file)["files"]
        seen = refused = 0
        for entry in files:
            decodes = [e for e in entry.get("expected", []) if re.search(r"raw\.(out\.)?txt(\.gz)?$", e)]
            if entry["format"] not in ("pprof", "gperftools-cpu", "contention-text") or not decodes:
                continue
            with self.subTest(file=entry["path"]):
                want = raw_totals(os.path.join(CORPUS, decodes[-1]))
                done = subprocess.run([os.environ["STET_GOLDEN_DUMP"], os.path.join(CORPUS, entry["path"])],
                                      capture_output=True, timeout=120, check=False)
                if done.returncode != 0:
                    self.assertRegex(done.stderr.decode(), "memory, not time|goroutines, not time|holds no sample")
                    refused += 1
                    continue
                (artefact,) = json.loads(done.stdout)
                got = {c["event"]: c["total"] for c in artefact["profile"]["columns"]}
                for (name, unit), total in want.items():
                    self.assertAlmostEqual(got[name], total * UNITS.get(unit, 1), delta=1e-9 * max(1, total), msg=name)
                    seen += 1
        print(f"pprof: {seen} totals of the corpus equal their decodes, {refused} files refused")
        self.assertGreater(seen, 50)


def raw_totals(path):
    """{(type, unit): sum} of the text of `go tool pprof -raw`."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as file:
        lines = file.read().split("\n")
    at = lines.index("Samples:") + 1
    types = [tuple(re.sub(r"\[.*\]", "", t).split("/")) for t in lines[at].split()]
    sums = [0] * len(types)
    for line in lines[at + 1:]:
        if line == "Locations":
            break
        found = re.match(r" *([-\d ]+): ?", line)
        if found:
            sums = [s + int(v) for s, v in zip(sums, found.group(1).split())]
    return dict(zip(types, sums))


if __name__ == "__main__":
    unittest.main(verbosity=2)
