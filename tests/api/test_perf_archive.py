#!/usr/bin/env python3
"""A `perf archive` beside its recording: names and call chains come from it, on the command line and in the service, in
one request or in several in either order. Programs are built, recorded and then taken away. Skipped (77) where perf may
not record or there is no compiler."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

import stetapi

SOURCE = r"""
static __attribute__((noinline)) unsigned long innermost_work(unsigned long x)
{
    for (int i = 0; i < 20000; i++)
        x = x * 33 + (unsigned long)i;
    return x;
}
static __attribute__((noinline)) unsigned long between(unsigned long x) { return innermost_work(x) + 1; }
int main(void)
{
    unsigned long t = 1;
    for (int i = 0; i < 3000; i++)
        t += between(t);
    return t == 42;
}
"""
CHAIN = "main;between;innermost_work"
MADE = {}


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, errors="replace", check=False, **more)


def build_id(program):
    """The build-id as readelf shows it."""
    for line in run("readelf", "-n", program).stdout.splitlines():
        if "Build ID:" in line:
            return line.split()[-1]
    return None


def make(folder):
    """recording and archive of a program that is gone afterwards; None where that cannot be made."""
    home = os.path.join(folder, "home")
    os.mkdir(home)
    program = os.path.join(folder, "program")
    with open(program + ".c", "w", encoding="ascii") as out:
        out.write(SOURCE)
    if not shutil.which("perf") or not shutil.which("gcc") or not shutil.which("readelf"):
        return None
    # Static, so that the archive is all there is: the service opens no library of this machine.
    if run("gcc", "-O2", "-static", "-Wl,--build-id,--eh-frame-hdr", "-o", program, program + ".c").returncode != 0:
        return None
    data = os.path.join(folder, "perf.data")
    run("perf", "record", "-q", "-F", "997", "-e", "cpu-clock:u", "--call-graph", "dwarf", "-o", data, "--", program,
        env={**os.environ, "HOME": home})
    identity = build_id(program)
    if not identity or not os.path.exists(data) or os.path.getsize(data) < 20000:
        return None
    # What `perf archive` writes: the build-id cache below ~/.debug, a folder for each binary.
    archive = os.path.join(folder, "perf.data.tar.bz2")
    with tarfile.open(archive, "w:bz2") as out:
        inside = f"{program.lstrip('/')}/{identity}"
        link = tarfile.TarInfo(f".build-id/{identity[:2]}/{identity[2:]}")
        link.type, link.linkname = tarfile.SYMTYPE, f"../../{inside}"
        out.addfile(link)
        probes = tarfile.TarInfo(inside + "/probes")
        out.addfile(probes)
        out.add(program, inside + "/elf")
    os.unlink(program)
    shutil.rmtree(home)
    os.mkdir(home)
    return {"data": data, "archive": archive, "home": home}


def content(name):
    with open(MADE[name], "rb") as file:
        return file.read()


def problems(document):
    return {p["code"] for a in document["artefacts"] for p in a["problems"]}


def tops(document):
    return {row["frame"] for row in document["top"]}


class CommandLine(unittest.TestCase):
    def analyse(self, *files):
        done = run(stetapi.binary(), "analyze", *files, "--json", env={**os.environ, "HOME": MADE["home"]})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_alone_it_says_what_is_missing(self):
        document = self.analyse(MADE["data"])
        self.assertIn("stacks_not_unwound", problems(document))
        self.assertNotIn("innermost_work", tops(document))

    def test_in_either_order(self):
        for files in (("data", "archive"), ("archive", "data")):
            document = self.analyse(*(MADE[name] for name in files))
            self.assertIn("innermost_work", tops(document))
            self.assertNotIn("stacks_not_unwound", problems(document))

    def test_an_archive_of_both(self):
        both = MADE["archive"] + ".both.tar"
        with tarfile.open(both, "w") as out:
            out.add(MADE["data"], "perf.data")
            with tarfile.open(MADE["archive"]) as binaries:
                for member in binaries:
                    out.addfile(member, binaries.extractfile(member) if member.isfile() else None)
        self.assertIn("innermost_work", tops(self.analyse(both)))
        os.unlink(both)


class Service(stetapi.ServerCase):
    def sent(self, project, name, run_name="r"):
        answer = self.post(f"/api/v1/projects/{project}/profiles?run={run_name}&name={os.path.basename(MADE[name])}",
                           content(name))
        self.assertEqual(answer.status, 201, str(answer))
        return answer.json()

    def folded(self, profile):
        answer = self.get(f"/api/v1/profiles/{profile}/folded")
        self.assertEqual(answer.status, 200, str(answer))
        return answer.text()

    def test_one_request(self):
        for project, names in (("first", ("data", "archive")), ("last", ("archive", "data"))):
            boundary = "archive-and-recording"
            body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
                            f'filename="{os.path.basename(MADE[name])}"\r\n\r\n'.encode() + content(name) + b"\r\n"
                            for name in names) + f"--{boundary}--\r\n".encode()
            answer = self.post(f"/api/v1/projects/{project}/profiles", body,
                               Content_Type=f"multipart/form-data; boundary={boundary}")
            self.assertEqual(answer.status, 201, str(answer))
            document = answer.json()["analysis"]
            self.assertIn("innermost_work", tops(document))
            self.assertNotIn("stacks_not_unwound", problems(document))

    def test_the_archive_comes_later(self):
        early = self.sent("later", "data")
        self.assertIn("stacks_not_unwound", problems(early["analysis"]))
        self.assertNotIn("innermost_work", tops(early["analysis"]))
        late = self.sent("later", "archive")
        self.assertIn("innermost_work", tops(late["analysis"]))
        self.assertNotIn("stacks_not_unwound", problems(late["analysis"]))
        self.assertIn(CHAIN, self.folded(early["id"]))
        # The earlier revision stays what it said.
        before = self.get(f"/api/v1/profiles/{early['id']}/analysis?rev=1").json()
        self.assertNotIn("innermost_work", tops(before))

    def test_the_archive_came_before(self):
        self.sent("before", "archive")
        self.assertIn("innermost_work", tops(self.sent("before", "data")["analysis"]))

    def test_the_archive_of_another_run_is_not_used(self):
        self.sent("other", "archive", run_name="a")
        self.assertNotIn("innermost_work", tops(self.sent("other", "data", run_name="b")["analysis"]))


def main():
    with tempfile.TemporaryDirectory(prefix="stet-archive-") as folder:
        made = make(folder)
        if not made:
            print("skipped: perf may not record here, or no compiler")
            return 77
        MADE.update(made)
        return stetapi.main()


if __name__ == "__main__":
    sys.exit(main())
