#!/usr/bin/env python3
"""Hostile inputs: whatever the bytes are, an importer ends with a profile or with a clear error, in bounded time and
memory. Broken inputs are made here from the recordings, by fixed rules, so a failure can be repeated by its name."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "golden"))
import run as golden  # noqa: E402

TIMEOUT_S = 120
SANITIZED = bool(os.environ.get("STET_PRESET_SANITIZE"))
RSS_BYTES_MAX = 1 << 30
STACK_DEPTH_MAX = 4096
MUTATED_BYTES_MAX = 1 << 20
FORMATS = [f for f in os.environ.get("STET_FORMATS", "").split(",") if f]


class Noise:
    """A fixed stream of numbers: the same input is broken in the same places on every machine."""

    def __init__(self, seed):
        self.state = seed * 2 + 1

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % limit


def broken_variants(data):
    """(name, bytes): cut short, bits flipped, a run of bytes lost, doubled or zeroed."""
    size = len(data)
    for part in (1, 7, 31, 50, 77, 99):
        yield f"cut at {part} %", data[: size * part // 100]
    yield "last byte lost", data[:-1]
    for seed in range(6):
        noise, flipped = Noise(seed), bytearray(data)
        for _ in range(1 + seed * 4):
            flipped[noise.below(size)] ^= 1 << noise.below(8)
        yield f"bits flipped, seed {seed}", bytes(flipped)
    for seed in range(3):
        noise = Noise(100 + seed)
        begin = noise.below(size)
        end = min(size, begin + 1 + noise.below(200))
        yield f"bytes lost, seed {seed}", data[:begin] + data[end:]
        yield f"bytes doubled, seed {seed}", data[:end] + data[begin:end] + data[end:]
        yield f"bytes zeroed, seed {seed}", data[:begin] + bytes(end - begin) + data[end:]


class HostileCase(unittest.TestCase):
    def dump(self, data, *arguments):
        """Runs the importer over the bytes. Out: (exit status, message)."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "input")
            with open(path, "wb") as file:
                file.write(data)
            with open(os.path.join(folder, "out"), "wb") as out, open(os.path.join(folder, "err"), "wb") as err:
                process = subprocess.Popen([os.environ["STET_GOLDEN_DUMP"], *arguments, path], stdout=out, stderr=err)
                try:
                    _, raw, usage = wait4(process)
                except subprocess.TimeoutExpired:
                    self.fail(f"not done within {TIMEOUT_S} s")
            with open(os.path.join(folder, "err"), "rb") as err:
                message = err.read().decode("utf-8", "replace")
            with open(os.path.join(folder, "out"), "rb") as out:
                self.output = out.read()
        status = os.waitstatus_to_exitcode(raw)
        self.assertIn(status, (0, 3), f"exit {status}: {message[-3000:]}")
        if status == 3:
            self.assertGreater(len(message.strip()), 10, "an error that says nothing")
            self.assertFalse([c for c in message if ord(c) < 32 and c != "\n"], "control bytes of the input in a message")
        if not SANITIZED:
            self.assertLess(usage.ru_maxrss * 1024, RSS_BYTES_MAX)
        return status, message

    def needs(self, name):
        if name not in FORMATS:
            self.skipTest(f"no importer of {name} in this build")

    def refused(self, data, *arguments, says=()):
        status, message = self.dump(data, *arguments)
        self.assertEqual(status, 3, "taken, though it must be refused")
        for word in says:
            self.assertIn(word, message)
        return message

    def taken(self, data, *arguments):
        status, message = self.dump(data, *arguments)
        self.assertEqual(status, 0, message)
        return json.loads(self.output)


def wait4(process):
    """As os.wait4 with a time limit; the process is ended by its own pid."""
    import threading

    timer = threading.Timer(TIMEOUT_S, process.kill)
    timer.start()
    try:
        pid, raw, usage = os.wait4(process.pid, 0)
    finally:
        alive = timer.is_alive()
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(raw)
    if not alive:
        raise subprocess.TimeoutExpired("golden_dump", TIMEOUT_S)
    return pid, raw, usage


class Broken(HostileCase):
    """Every format: the smallest recording of each kind, broken in many ways."""

    def test_broken_recordings(self):
        for name in FORMATS:
            files = [p for p, _ in golden.samples_of(name) if os.path.isfile(p) and os.path.getsize(p) <= MUTATED_BYTES_MAX]
            for path in sorted(files, key=os.path.getsize)[:2]:
                with open(path, "rb") as file:
                    data = file.read()
                for what, bytes_now in broken_variants(data):
                    with self.subTest(format=name, file=os.path.basename(path), what=what):
                        self.dump(bytes_now, "--format", name)

    def test_nothing_and_noise(self):
        noise = Noise(7)
        random = bytes(noise.below(256) for _ in range(5000))
        for name in FORMATS:
            for what, data in (("empty", b""), ("newline", b"\n"), ("zeros", bytes(4096)), ("noise", random)):
                with self.subTest(format=name, what=what):
                    self.refused(data, "--format", name)
        for what, data in (("empty", b""), ("zeros", bytes(4096)), ("noise", random)):
            with self.subTest(what=what):
                self.refused(data)


class Folded(HostileCase):
    def setUp(self):
        self.needs("folded")

    def test_a_million_deep(self):
        self.refused(b";".join([b"f"] * 1_000_000) + b" 1\n", "--format", "folded", says=[str(STACK_DEPTH_MAX)])

    def test_numbers(self):
        for value in (b"nan", b"-1", b"1e999", b"inf", b"0x10", b"99999999999999999999999999999999999999999999999999"):
            with self.subTest(value=value):
                self.dump(b"main;work " + value + b"\n", "--format", "folded")
        # What is no number may be left out, and is said; it never becomes weight.
        for value in (b"nan", b"-1", b"1e999", b"inf"):
            with self.subTest(value=value):
                status, _ = self.dump(b"main;work 5\nmain;work " + value + b"\n", "--format", "folded")
                if status == 0:
                    (artefact,) = json.loads(self.output)
                    self.assertEqual(artefact["profile"]["columns"][0]["total"], 5)
                    self.assertTrue(artefact["problems"])

    def test_a_line_without_end(self):
        self.refused(b"a" * (80 << 20), "--format", "folded")

    def test_markup_in_a_name_is_kept_as_text(self):
        self.taken(b"main;<script>alert(1)</script> 5\nmain;\"'&<b> 2\n", "--format", "folded")


class Speedscope(HostileCase):
    def setUp(self):
        self.needs("speedscope")

    def document(self, **changes):
        profile = {"type": "sampled", "name": "t", "unit": "seconds", "startValue": 0, "endValue": 2,
                   "samples": [[0], [0, 1]], "weights": [1, 1]}
        profile.update(changes)
        return json.dumps({"$schema": "https://www.speedscope.app/file-format-schema.json",
                           "shared": {"frames": [{"name": "a"}, {"name": "b"}]}, "profiles": [profile]}).encode()

    def test_good(self):
        self.taken(self.document())

    def test_bad_values(self):
        for changes in ({"samples": [[0], [2]]}, {"samples": [[-1], [0]]}, {"weights": [1, -1]}, {"weights": [1]},
                        {"weights": [1, 1e308 * 10]}, {"unit": "parsecs"}, {"samples": [[0], [0] * 5000]}):
            with self.subTest(changes=str(changes)[:60]):
                self.refused(self.document(**changes))

    def test_deep_json(self):
        self.refused(b'{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":' + b"[" * 1_000_000)


class Svg(HostileCase):
    def setUp(self):
        self.needs("svg")

    def test_entities_are_refused(self):
        bomb = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
        text = (f'<?xml version="1.0"?><!DOCTYPE svg [{bomb}]><svg xmlns="http://www.w3.org/2000/svg">'
                "<g><title>&a9;</title></g></svg>")
        self.refused(text.encode(), "--format", "svg")

    def test_outside_entity_is_not_read(self):
        self.refused(b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                     b'<svg xmlns="http://www.w3.org/2000/svg"><g><title>&x;</title></g></svg>', "--format", "svg")
        self.assertNotIn(b"root:", self.output)


class Wrappers(HostileCase):
    def test_gzip_bomb(self):
        packed = gzip.compress(bytes(1 << 20) * 300, 9)
        self.refused(packed)
        self.refused(gzip.compress(packed, 9))

    def test_nested_without_end(self):
        data = b"main;work 5\n"
        for _ in range(40):
            data = gzip.compress(data)
        self.refused(data)

    def test_names_that_climb_out(self):
        for name in ("../../etc/passwd", "/etc/cron.d/x", "a/../../b", "..\\..\\x"):
            with self.subTest(name=name):
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as archive:
                    archive.writestr(name, "main;work 5\nmain;other 3\n")
                self.dump(packed.getvalue())

    def test_links_and_devices_in_a_tar(self):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("device", tarfile.CHRTYPE)):
                member = tarfile.TarInfo(name)
                member.type, member.linkname = kind, "/etc/passwd"
                archive.addfile(member)
        self.refused(packed.getvalue())
        self.assertNotIn(b"root:", self.output)

    def test_many_members(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for i in range(20000):
                archive.writestr(f"f{i}", "")
        self.refused(packed.getvalue())

    def test_cut_archives(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.folded", "main;work 5\n" * 1000)
        whole = packed.getvalue()
        for part in (3, 30, 60, 90, 99):
            with self.subTest(part=part):
                self.dump(whole[: len(whole) * part // 100])
        squeezed = gzip.compress(b"main;work 5\n" * 1000)
        for cut in (5, 12, len(squeezed) // 2, len(squeezed) - 4):
            with self.subTest(cut=cut):
                self.refused(squeezed[:cut])


if __name__ == "__main__":
    unittest.main(verbosity=2)
