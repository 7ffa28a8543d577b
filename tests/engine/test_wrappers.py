#!/usr/bin/env python3
"""Wrappers, folders, pipes and byte order marks: the same profile whatever it comes in, and what cannot be opened is
refused with the reason."""

import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
import unittest
import zipfile

TIMEOUT_S = 120
PLAIN = b"main;work 5\nmain;other 3\n"
TOTAL = 8
TIME = b"real 1.00\nuser 0.50\nsys 0.10\n"


def zip_of(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return packed.getvalue()


def tar_of(mode="w", **members):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name.replace("__", "."))
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


class Wrappers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, data, name="input"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def dump(self, path, **more):
        return subprocess.run([os.environ["STET_GOLDEN_DUMP"], path], capture_output=True, timeout=TIMEOUT_S, check=False, **more)

    def taken(self, path, **more):
        done = self.dump(path, **more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return json.loads(done.stdout)

    def holds_plain(self, path, **more):
        (artefact,) = self.taken(path, **more)
        self.assertEqual(artefact["format"], "folded")
        self.assertEqual(artefact["profile"]["columns"][0]["total"], TOTAL)

    def refused(self, data, says):
        done = self.dump(self.path(data))
        self.assertEqual(done.returncode, 3, done.stderr.decode())
        self.assertIn(says, done.stderr.decode())

    def test_each_wrapper(self):
        packed = {"plain": PLAIN, "gzip": gzip.compress(PLAIN), "xz": lzma.compress(PLAIN), "bzip2": bz2.compress(PLAIN),
                  "zip": zip_of(a__folded=PLAIN), "tar": tar_of(a__folded=PLAIN), "tar.gz": tar_of("w:gz", a__folded=PLAIN),
                  "tar.xz": tar_of("w:xz", a__folded=PLAIN), "gzip in zip": zip_of(a=gzip.compress(PLAIN)),
                  "zip in tar": tar_of(a=zip_of(b=PLAIN)), "two gzips": gzip.compress(gzip.compress(PLAIN)),
                  "gzip in pieces": gzip.compress(PLAIN[:12]) + gzip.compress(PLAIN[12:])}
        if shutil.which("zstd"):
            packed["zstd"] = subprocess.run(["zstd", "-c"], input=PLAIN, capture_output=True, timeout=TIMEOUT_S, check=True).stdout
        for what, data in packed.items():
            with self.subTest(what=what):
                self.holds_plain(self.path(data))
            with self.subTest(what=what, by="standard input"):
                self.holds_plain("-", input=data)

    def test_members_are_one_set(self):
        for what, data in (("zip", zip_of(a__folded=PLAIN, t__txt=TIME)), ("tar", tar_of(a__folded=PLAIN, t__txt=TIME))):
            with self.subTest(what=what):
                self.assertEqual(sorted(a["format"] for a in self.taken(self.path(data))), ["folded", "time"])

    def test_folder(self):
        os.mkdir(os.path.join(self.folder, "set"))
        for name, data in (("set/a.folded", PLAIN), ("set/time.txt", TIME), ("set/.hidden", b"x"), ("set/notes", b"just words\n")):
            self.path(data, name)
        os.symlink("/etc/passwd", os.path.join(self.folder, "set", "link"))
        self.assertEqual(sorted(a["format"] for a in self.taken(os.path.join(self.folder, "set"))), ["folded", "time"])

    def test_named_pipe(self):
        pipe = os.path.join(self.folder, "pipe")
        os.mkfifo(pipe)

        def feed():
            with open(pipe, "wb") as file:
                file.write(gzip.compress(PLAIN))

        feeder = threading.Thread(target=feed)
        feeder.start()
        self.holds_plain(pipe)
        feeder.join()

    def test_a_device_without_end(self):
        done = self.dump("/dev/zero")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"larger than", done.stderr)

    def test_byte_order_mark_and_line_ends(self):
        self.holds_plain(self.path(b"\xef\xbb\xbf" + PLAIN))
        self.holds_plain(self.path(PLAIN.replace(b"\n", b"\r\n")))
        self.holds_plain(self.path(PLAIN[:-1]))

    def test_utf16(self):
        for codec, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
            with self.subTest(codec=codec):
                data = mark + PLAIN.decode().encode(codec)
                self.holds_plain(self.path(data))
                self.holds_plain(self.path(gzip.compress(data)))
                self.holds_plain("-", input=data)
                self.holds_plain(self.path(data + b"\n"))  # half a unit at the end

    def test_utf16_of_every_text_format(self):
        root = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        formats = os.path.join(root, "profiles", "formats")
        seen = set()
        for name in sorted(os.listdir(formats)):
            for sample in sorted(os.listdir(os.path.join(formats, name))):
                path = os.path.join(formats, name, sample)
                if name in seen or sample.endswith((".md", ".args")) or os.path.isdir(path) or os.path.getsize(path) > 500_000:
                    continue
                with open(path, "rb") as file:
                    data = file.read()
                if b"\0" in data or os.path.exists(path + ".args"):
                    continue
                try:
                    text = data.decode("utf-8")
                except UnicodeDecodeError:
                    continue
                plain = self.dump(self.path(data, sample))
                if plain.returncode != 0:
                    continue
                seen.add(name)
                for codec, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
                    with self.subTest(sample=f"{name}/{sample}", codec=codec):
                        other = self.dump(self.path(mark + text.encode(codec), sample))
                        self.assertEqual(other.returncode, 0, other.stderr.decode())
                        self.assertEqual(json.loads(other.stdout), json.loads(plain.stdout))
        self.assertGreaterEqual(len(seen), 15, seen)

    def test_utf16_surrogates_and_errors(self):
        pair, lone = "main;\U0001f600 5\n", b"m\0a\0;\0\x00\xd8x\0 \x003\0\n\0\x00\xdc \x001\0\n\0"
        path = self.path(b"\xff\xfe" + pair.encode("utf-16-le") + lone)
        done = subprocess.run([os.environ["STET_GOLDEN_DUMP"], "--folded", path], capture_output=True, timeout=TIMEOUT_S, check=True)
        text = done.stdout.decode("utf-8")
        for stack in ("main;\U0001f600 5", "ma;\ufffdx 3", "\ufffd 1"):
            self.assertIn(stack, text)
        table = "% time seconds calls syscall\n------ ------- ----- -------\n 1.0 0.5 x read\n"
        self.refused(b"\xff\xfe" + table.encode("utf-16-le"), "line 3")
        json_cut = '{"$schema": "https://www.speedscope.app/file-format-schema.json", "shared": {"frames": [oops'
        self.refused(b"\xfe\xff" + json_cut.encode("utf-16-be"), "bytes are counted in its text as UTF-8")

    def test_packed_in_pieces(self):
        halves = PLAIN[:12], PLAIN[12:]
        for what, pack in (("gzip", gzip.compress), ("xz", lzma.compress), ("bzip2", bz2.compress)):
            with self.subTest(what=what):
                self.holds_plain(self.path(pack(halves[0]) + pack(halves[1])))
                self.holds_plain(self.path(pack(halves[0]) + pack(b"") + pack(halves[1])))
        self.holds_plain(self.path(lzma.compress(PLAIN) + b"\0" * 8))  # padding between streams is part of xz

    def test_nothing_inside(self):
        for what, data in (("empty", b""), ("gzip", gzip.compress(b"")), ("zip", zip_of()), ("tar", tar_of()),
                           ("empty member", zip_of(a=b""))):
            with self.subTest(what=what):
                done = self.dump(self.path(data))
                self.assertEqual(done.returncode, 3)
                self.assertGreater(len(done.stderr), 15)

    def test_encrypted_zip(self):
        data = bytearray(zip_of(a__folded=PLAIN))
        for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
            data[at] |= 1
        self.refused(bytes(data), "encrypted")

    def test_names_that_leave(self):
        for name in ("../a", "/etc/a", "a/../../b", "..\\a"):
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w") as archive:
                info = tarfile.TarInfo(name)
                info.size = len(PLAIN)
                archive.addfile(info, io.BytesIO(PLAIN))
            with self.subTest(name=name):
                self.refused(packed.getvalue(), "leaves")

    def test_cut_and_bombs(self):
        # What does not pack, so that half of it is half of the members.
        noise = "".join(f"main;f{i * 2654435761 % 4294967296:x} {i}\n" for i in range(1, 20000)).encode()
        for what, data in (("gzip", gzip.compress(noise)), ("xz", lzma.compress(noise)), ("bzip2", bz2.compress(noise))):
            with self.subTest(what=what):
                done = self.dump(self.path(data[: len(data) // 2]))
                self.assertEqual(done.returncode, 3, done.stdout[:200])
                self.assertIn("damaged or cut off", done.stderr.decode())
        for what, data in (("gzip", gzip.compress(noise)), ("xz", lzma.compress(noise)), ("bzip2", bz2.compress(noise))):
            with self.subTest(what=what, cut="a second stream"):
                done = self.dump(self.path(data + data[: len(data) // 2]))
                self.assertEqual(done.returncode, 3, done.stdout[:200])
                self.assertIn("damaged or cut off", done.stderr.decode())
        self.refused(gzip.compress(b"main;work 5\n" * 10_000_000), "200 times")
        nested = PLAIN
        for _ in range(5):
            nested = zip_of(a=nested)
        self.refused(nested, "nested more than")


if __name__ == "__main__":
    unittest.main(verbosity=2)
