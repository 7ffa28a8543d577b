"""What a file is, said before it is sent: every format by its content, whole and cut off; refusals; nothing is kept."""

import gzip
import io
import os
import random
import unittest
import zipfile

import stetapi

TIME = stetapi.profile_bytes("cases", "py-http-wait", "on-cpu.time.txt")
SVG = stetapi.profile_bytes("cases", "py-http-wait", "on-cpu.svg")
PREFIX = 4 << 20


def samples():
    """(format, path) of each recording below profiles/formats that is no derived file; 0x and clinic sets hold folders."""
    root = os.path.join(stetapi.PROFILES, "formats")
    for name in sorted(os.listdir(root)):
        for folder, _, files in os.walk(os.path.join(root, name)):
            for file in sorted(files):
                yield name, os.path.join(folder, file)


class Recognise(stetapi.ServerCase):
    def ask(self, body, name="upload", complete=None, status=200):
        query = f"?name={stetapi.quoted(name)}" + ("" if complete is None else f"&complete={complete}")
        answer = self.post("/api/v1/recognise" + query, body)
        self.assertEqual(answer.status, status, str(answer))
        return answer.json()

    def test_words_of_a_whole_file(self):
        document = self.ask(SVG, "on-cpu.svg", 1)
        self.subset({"name": "on-cpu.svg", "complete": True, "format": "svg", "clock": "cpu", "sees_wait": False,
                     "refused": None}, document)
        self.assertIn("flame graph by py-spy", document["words"])
        self.assertIn("recorded without --idle", document["words"])
        self.assertIn("shows what the CPU did, not how long the program waited", document["words"])
        self.assertIn("--idle", document["next"]["command"])
        self.assertTrue(document["proves"] and document["cannot"])
        self.assertEqual(len(document["files"]), 1)

    def test_words_are_those_of_the_report(self):
        said = self.ask(SVG, "on-cpu.svg", 1)
        report = self.post("/api/v1/projects/same/profiles?name=on-cpu.svg", SVG).json()["analysis"]["artefacts"][0]
        self.assertTrue(said["words"].startswith(report["words"]), (said["words"], report["words"]))
        self.assertEqual((said["proves"], said["cannot"]), (report["proves"], report["cannot"]))

    def test_totals(self):
        document = self.ask(TIME, "time.txt", 1)
        self.subset({"format": "time", "clock": "acct", "refused": None}, document)
        self.assertIn("shows CPU time against wall time", document["words"])

    def test_beginning_of_a_file(self):
        document = self.ask(SVG[:20000], "on-cpu.svg", 0)
        self.subset({"complete": False, "format": "svg", "clock": "cpu", "sees_wait": False, "refused": None,
                     "next": None}, document)
        self.assertIn("recorded without --idle", document["words"])
        self.assertIn("read from its beginning", document["words"])
        filling = random.Random(1).randbytes(1500000).hex().encode()
        packed = gzip.compress(SVG + b"<!--" + filling + b"-->", compresslevel=1)
        document = self.ask(packed[: len(packed) // 2], "on-cpu.svg.gz", 0)
        self.subset({"complete": False, "format": "svg", "refused": None}, document)
        document = self.ask(b"main;work;compute 90\nmain;work;json.dumps 10\nmain;wo", "stacks.folded", 0)
        self.subset({"format": "folded", "clock": None, "sees_wait": None}, document)
        self.assertIn("the format alone", document["words"])

    def test_archive_is_told_by_its_members(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("run/on-cpu.svg", SVG)
            archive.writestr("run/on-cpu.time.txt", TIME)
        document = self.ask(packed.getvalue(), "run.zip", 1)
        self.assertEqual([f["format"] for f in document["files"]], ["svg", "time"])
        self.assertTrue(document["words"].startswith("2 files: "), document["words"])

    def test_every_format_by_its_content(self):
        seen = set()
        for name, path in samples():
            with open(path, "rb") as file:
                body = file.read(PREFIX + 1)
            whole = len(body) <= PREFIX
            document = self.ask(body[:PREFIX], "unknown", int(whole))
            if document["refused"] is None:
                seen.add(document["format"])
                self.assertTrue(document["words"], path)
            else:
                self.assertTrue(document["refused"]["detail"], path)
        wanted = set(os.listdir(os.path.join(stetapi.PROFILES, "formats")))
        self.assertEqual(wanted - seen, set())

    def test_refusals_say_what_it_is_and_what_to_send(self):
        png = b"\x89PNG\r\n\x1a\n" + bytes(64)
        document = self.ask(png, "photo.png", 1)
        self.assertIsNone(document["format"])
        self.assertIsNone(document["words"])
        self.subset({"code": "unsupported_format", "status": 415}, document["refused"])
        self.assertIn("picture (PNG)", document["refused"]["detail"])
        self.assertEqual(self.ask(b"hello there\n", "notes.txt", 1)["refused"]["code"], "unknown_format")
        broken = self.ask(b'{"nodes":[{"id":1,"callFrame":', "x.cpuprofile", 1)
        self.assertTrue(broken["refused"]["detail"])
        self.assertIsNone(broken["next"])

    def test_limits(self):
        self.assertEqual(self.ask(b"", status=400)["code"], "bad_request")
        self.assertEqual(self.ask(b"x" * (PREFIX + 1), "big", 1, status=413)["code"], "limit_exceeded")
        self.assertEqual(self.ask(b"x", "x", "maybe", status=400)["code"], "bad_request")
        # What would fill the memory when it is opened is known by its beginning, or refused; never more.
        bomb = gzip.compress(b"main;work 1\n" * (6 << 20))
        document = self.ask(bomb, "bomb.gz", 1)
        self.assertTrue(document["refused"] or not document["complete"])

    def test_command_lines_are_masked(self):
        svg = SVG.replace(b"-p 7827", b"-- app --password=hunter2")
        self.assertNotEqual(svg, SVG)
        self.assertNotIn("hunter2", str(self.ask(svg, "x.svg", 1)))
        self.assertNotIn("hunter2", str(self.ask(svg[:6000], "x.svg", 0)))

    def test_nothing_is_kept(self):
        before = self.get("/api/v1/projects").json()
        self.ask(TIME, "time.txt", 1)
        self.assertEqual(self.get("/api/v1/projects").json(), before)


if __name__ == "__main__":
    stetapi.main()
