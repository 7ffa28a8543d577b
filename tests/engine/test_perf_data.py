#!/usr/bin/env python3
"""perf.data without perf: the text that is written of a recording gives the same analysis, a recording of the other
byte order the same text, and with STET_CORPUS every recording there the events of its `perf script` text: thread, CPU,
time, period, event, depth and addresses of each, and each name where both have one."""

import collections
import gzip
import json
import os
import re
import struct
import subprocess
import tempfile
import unittest

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STET = os.environ["STET_BIN"]
SAMPLES = os.path.join(ROOT, "profiles", "formats", "perf-data")
EVENT = re.compile(r"^ *(\S.*?|) +(-?\d+)(?:/(-?\d+))? +(?:\[(\d+)\] +)?(?:(\d+)\.(\d+): +)?(?:(\d+) +)?([^\s()]+?): ?(.*)$")
FRAME = re.compile(r"^\s*([0-9a-f]+) (.*) \((.*)\)$")
BARE = re.compile(r"^\s*([0-9a-f]+)\s*$")
OFFSET = re.compile(r"\+0x[0-9a-f]+$")
PERF_DEPTH = 127
FIELDS = ("comm", "tid", "cpu", "time", "period", "event")


def run(*words, status=0, **options):
    done = subprocess.run([STET, *words], capture_output=True, timeout=300, check=False, **options)
    if done.returncode != status:
        raise AssertionError(f"exit {done.returncode}, want {status}: {words}: {done.stderr.decode()[-2000:]}")
    return done.stdout


def text_of(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        return f.read().decode("utf-8", "replace")


def bytes_of(name):
    with open(os.path.join(SAMPLES, name), "rb") as f:
        return f.read()


def samples():
    return sorted(os.path.join(SAMPLES, n) for n in os.listdir(SAMPLES) if ".data" in n)


def events(text):
    """[fields, [(address, symbol, dso)], bare addresses or not]; side-band lines are left out."""
    found, current = [], None
    for line in text.split("\n"):
        if line.startswith("#") or "PERF_RECORD_" in line:
            continue
        if not line.strip():
            current = None
            continue
        if line[0] == "\t" and current:
            match = FRAME.match(line)
            bare = BARE.match(line)
            if match:
                current[1].append(match.groups())
            elif bare:
                current[1].append((bare.group(1), None, None))
            continue
        match = EVENT.match(line)
        if not match:
            raise AssertionError(f"not a line of perf script: {line[:200]}")
        comm, pid, tid, cpu, seconds, part, period, name, rest = match.groups()
        time = int(seconds) * 1000000 + int(part[:6]) if seconds else None
        current = [(comm.strip(), int(tid or pid), cpu, time, period, name), []]
        single, bare = FRAME.match(rest), BARE.match(rest)
        if single:
            current[1].append(single.groups())
        elif bare:
            current[1].append((bare.group(1), None, None))
        found.append(current)
    return found


def oracle_of(entry):
    """The text beside a recording that has the most fields."""
    names = [e for e in entry.get("expected", []) if re.search(r"\.(perf-script|script|script-switch|script-trace|script-allev)\.txt(\.gz)?$", e)]
    return min(names, key=lambda n: ("allev" not in n, n)) if names else None


def offset_of(symbol):
    match = OFFSET.search(symbol)
    return int(match.group(0)[3:], 16) if match else 0


def differences(mine, theirs, unwound):
    found = collections.Counter()
    if len(mine) != len(theirs):
        found["number of samples"] += 1
    for a, b in zip(mine, theirs):
        for i, field in enumerate(FIELDS):
            if a[0][i] != b[0][i] and not (field in ("period", "cpu") and b[0][i] is None):
                found[field] += 1
        if not unwound:
            continue
        # perf script shows at most 127 frames unless told otherwise.
        if len(a[1]) != len(b[1]) and not (len(b[1]) == PERF_DEPTH and len(a[1]) > PERF_DEPTH):
            found["depth"] += 1
            continue
        for x, y in zip(a[1], b[1]):
            if y[1] is None:
                continue
            named = not x[1].startswith("[") and not y[1].startswith("[")
            found["address"] += x[0].lstrip("0") != y[0].lstrip("0")
            found["file"] += x[2] != y[2]
            # A label inside of a function: which of both perf shows depends on the shape of its tree.
            inner = named and offset_of(x[1]) < offset_of(y[1])
            found["name"] += named and not inner and OFFSET.sub("", x[1]) != OFFSET.sub("", y[1])
    return {k: n for k, n in found.items() if n > 0}


def swap_groups(data, at, size, layout):
    """Reverses the bytes of each integer; layout: widths, repeated from `at` on."""
    end = at + size
    for width in layout:
        if at + width > end:
            return
        data[at:at + width] = data[at:at + width][::-1]
        at += width


def other_order(raw):
    """A little-endian recording of one event with frame pointers as a big-endian machine would have written it."""
    data = bytearray(raw)
    header = struct.unpack_from("<13Q", raw, 0)
    attr_size, (attrs, attrs_size), (start, size) = header[2], header[3:5], header[5:7]
    data[0:8] = data[0:8][::-1]
    swap_groups(data, 8, 64, [8] * 8)
    for i in range(72, 104, 8):
        data[i:i + 8] = data[i:i + 8][::-1]
    for entry in range(attrs, attrs + attrs_size, attr_size):
        ids_at, ids_size = struct.unpack_from("<QQ", raw, entry + attr_size - 16)
        swap_groups(data, ids_at, ids_size, [8] * (ids_size // 8))
        swap_groups(data, entry, attr_size, [4, 4, 8, 8, 8, 8])
        for i in range(entry + 40, entry + 48):
            data[i] = int(f"{data[i]:08b}"[::-1], 2)
        swap_groups(data, entry + 48, attr_size - 48, [4, 4, 8, 8, 8, 8, 4, 4, 8, 4, 2, 2])
        swap_groups(data, entry + attr_size - 16, 16, [8, 8])
    features = sorted(i for i in range(256) if raw[72 + i // 8] >> (i % 8) & 1)
    for n, _ in enumerate(features):
        swap_groups(data, start + size + 16 * n, 16, [8, 8])
    for n, feature in enumerate(features):
        offset, length = struct.unpack_from("<QQ", raw, start + size + 16 * n)
        if feature in (3, 4, 5, 6, 7, 8, 9):
            swap_groups(data, offset, length, [4, 4] if feature == 7 else [4])
        elif feature == 11:
            count, = struct.unpack_from("<I", raw, offset)
            swap_groups(data, offset, 4, [4])
            at = offset + 4
            for _ in range(count):
                swap_groups(data, at, 4, [4])
                at += 4 + struct.unpack_from("<I", raw, at)[0]
        elif feature == 12:
            for i in range(offset, offset + length):
                data[i] = 0
        elif feature == 2:
            at = offset
            while at < offset + length:
                step = struct.unpack_from("<IHH", raw, at)[2]
                swap_groups(data, at, 12, [4, 2, 2, 4])
                at += step
    at = start
    sample_type = struct.unpack_from("<Q", raw, attrs + 24)[0]
    trailer = [4, 4] * (sample_type >> 1 & 1) + [8] * (sample_type >> 2 & 1)
    while at + 8 <= start + size:
        kind, _, step = struct.unpack_from("<IHH", raw, at)
        body = at + 8
        swap_groups(data, at, 8, [4, 2, 2])
        if kind == 9:
            swap_groups(data, body, step - 8, [8] + [4, 4] * (sample_type >> 1 & 1) + [8] * ((step - 8) // 8))
        elif kind < 64:
            fixed = {1: [4, 4, 8, 8, 8], 3: [4, 4], 4: [4, 4, 4, 4, 8], 7: [4, 4, 4, 4, 8], 10: [4, 4, 8, 8, 8, 4, 4, 8, 8, 4, 4], 17: [8, 4, 2, 2]}
            swap_groups(data, body, step - 8 - sum(trailer), fixed.get(kind, []))
            swap_groups(data, at + step - sum(trailer), sum(trailer), trailer)
        at += step
    return bytes(data)


class PerfData(unittest.TestCase):
    def analysis(self, path):
        document = json.loads(run("analyze", "--json", path))
        one = document["artefacts"][0]
        kept = {k: one[k] for k in ("events", "samples", "duration_s", "threads", "lost_share", "command", "clock", "sees_wait")}
        known = {k: document[k] for k in ("cpu", "time", "threads", "process", "top", "verdict", "gate")}
        return {"artefact": kept, **known}

    def test_the_text_of_a_recording_gives_its_analysis(self):
        for path in samples():
            with self.subTest(file=os.path.basename(path)), tempfile.TemporaryDirectory() as folder:
                text = os.path.join(folder, "script.txt")
                run("convert", "--to", "perf-script", "-o", text, path)
                self.assertEqual(self.analysis(text), self.analysis(path))

    def test_the_other_byte_order(self):
        path = os.path.join(SAMPLES, "fixed-period.data")
        with tempfile.TemporaryDirectory() as folder:
            other = os.path.join(folder, "big-endian.data")
            with open(other, "wb") as f:
                f.write(other_order(bytes_of("fixed-period.data")))
            kept = lambda p: [l for l in run("convert", "--to", "perf-script", p).decode().split("\n") if not l.startswith("#")]
            self.assertEqual(kept(other), kept(path))

    def test_a_part_of_a_recording(self):
        raw = bytes_of("frame-pointers.data")
        whole = len(events(run("convert", "--to", "perf-script", "-", input=raw).decode()))
        read = 0
        for length in range(4096, len(raw), 997):
            done = subprocess.run([STET, "convert", "--to", "perf-script", "-"], input=raw[:length], capture_output=True, check=False, timeout=60)
            self.assertIn(done.returncode, (0, 3))
            if done.returncode == 0:
                count = len(events(done.stdout.decode()))
                self.assertGreaterEqual(count, read)
                read = count
        self.assertLessEqual(read, whole)
        self.assertGreater(read, 0)

    def test_collapse_reads_recordings(self):
        for path in samples():
            with self.subTest(file=os.path.basename(path)), tempfile.TemporaryDirectory() as folder:
                text = os.path.join(folder, "script.txt")
                with open(text, "wb") as f:
                    lines = run("convert", "--to", "perf-script", path).decode().split("\n")
                    unnamed = [re.sub(r"^(\s*[0-9a-f]+) \[[^\]]*\+0x[0-9a-f]+\] ", r"\1 [unknown] ", l) for l in lines]
                    f.write("\n".join(unnamed).encode())
                self.assertEqual(run("collapse", path), run("collapse", text))

    def test_corpus(self):
        corpus = os.environ.get("STET_CORPUS")
        if not corpus:
            self.skipTest("STET_CORPUS is not set")
        with open(os.path.join(corpus, "MANIFEST.json"), encoding="utf-8") as f:
            manifest = json.load(f)
        equal = 0
        for entry in manifest["files"]:
            oracle = oracle_of(entry) if entry.get("format") == "perf.data" else None
            if not oracle:
                continue
            with self.subTest(file=entry["path"]):
                mine = events(run("convert", "--to", "perf-script", os.path.join(corpus, entry["path"])).decode("utf-8", "replace"))
                theirs = events(text_of(os.path.join(corpus, oracle)))
                # Stacks that were recorded as memory are cut to their leaf here; perf without the binaries shows none.
                unwound = "dwarf" not in entry["path"] and not entry["path"].endswith("perf.data.true.v2")
                self.assertEqual(differences(mine, theirs, unwound), {})
                equal += 1
        print(f"{equal} recordings equal their perf script text")


if __name__ == "__main__":
    unittest.main(verbosity=2)
