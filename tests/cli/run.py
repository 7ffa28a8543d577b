#!/usr/bin/env python3
"""Command line tests: run.py CASE runs tests/cli/cases/CASE in a scratch folder of its own.

cmd           POSIX shell; `stet` is the binary under test, $CASE the case's folder, $PROFILES the recordings
stdin         standard input, empty without
stdout.exact  or stdout.glob: the whole output; in a glob a line is matched by shell patterns and a line `...` stands
              for any number of lines
stderr.exact  or stderr.glob: the same; without either, standard error must be empty
exit          exit status, 0 without

STET_BLESS=1 rewrites the .exact files that are there, and writes stdout.exact for a case that has no stdout file.
"""

import difflib
import fnmatch
import os
import subprocess
import sys
import tempfile

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CASES = os.path.join(ROOT, "tests", "cli", "cases")
TIMEOUT_S = 120


def read(path):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None


def glob_match(patterns, lines):
    """Whether the lines follow the patterns; `...` takes any number of lines. Table of reachable positions."""
    reached = {0}
    for pattern in patterns:
        if pattern == "...":
            reached = set(range(min(reached), len(lines) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(lines) and fnmatch.fnmatchcase(lines[at], pattern)}
    return len(lines) in reached


def check_stream(folder, stream, got, problems):
    exact, glob = (os.path.join(folder, f"{stream}.{kind}") for kind in ("exact", "glob"))
    want = read(exact)
    if os.environ.get("STET_BLESS") == "1" and (want is not None or (stream == "stdout" and read(glob) is None)):
        with open(exact, "w", encoding="utf-8", newline="") as file:
            file.write(got)
        return
    if want is not None:
        if got != want:
            diff = difflib.unified_diff(want.splitlines(), got.splitlines(), f"{stream}.exact", "now", lineterm="", n=2)
            problems.append("\n".join(list(diff)[:60]) or f"{stream}: line ends differ")
        return
    pattern = read(glob)
    if pattern is None:
        pattern = ""
    if not glob_match(pattern.splitlines(), got.splitlines()):
        problems.append(f"{stream} does not match {stream}.glob:\n{got}")


def run(folder):
    problems = []
    script = read(os.path.join(folder, "cmd"))
    if script is None:
        return [f"{folder}: no cmd"]
    with tempfile.TemporaryDirectory() as scratch:
        home = os.path.join(scratch, "work")
        programs = os.path.join(scratch, "bin")
        os.mkdir(home)
        os.mkdir(programs)
        os.symlink(os.environ.get("STET_BIN", "/bin/false"), os.path.join(programs, "stet"))
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("STET_") or k in ("STET_CORPUS", "STET_PROFILES")},
            "PATH": programs + os.pathsep + os.environ["PATH"],
            "CASE": folder,
            "PROFILES": os.environ.get("STET_PROFILES", os.path.join(ROOT, "profiles")),
            "HOME": home,
            "TZ": "UTC",
        }
        done = subprocess.run(
            ["sh", "-c", script], cwd=home, env=environment, capture_output=True, timeout=TIMEOUT_S, check=False,
            input=(read(os.path.join(folder, "stdin")) or "").encode(),
        )
    check_stream(folder, "stdout", done.stdout.decode("utf-8", "replace"), problems)
    check_stream(folder, "stderr", done.stderr.decode("utf-8", "replace"), problems)
    want = (read(os.path.join(folder, "exit")) or "0").strip()
    if str(done.returncode) != want:
        problems.append(f"exit status {done.returncode}, want {want}")
    return problems


def self_test():
    assert glob_match(["a*", "...", "z"], ["ab", "x", "y", "z"])
    assert glob_match(["..."], []) and glob_match([], [])
    assert not glob_match([], ["a"]) and not glob_match(["a"], []) and not glob_match(["...", "z"], ["z", "y"])
    os.environ.pop("STET_BLESS", None)
    with tempfile.TemporaryDirectory() as folder:

        def case(**files):
            for name in os.listdir(folder):
                os.unlink(os.path.join(folder, name))
            for name, text in files.items():
                with open(os.path.join(folder, name.replace("_", ".")), "w", encoding="utf-8") as file:
                    file.write(text)
            return run(folder)

        assert case(cmd="echo a", stdout_exact="a\n") == []
        assert case(cmd="cat; exit 3", stdin="x", stdout_exact="x", exit="3\n") == []
        assert len(case(cmd="echo b", stdout_exact="a\n")) == 1
        assert len(case(cmd="echo b >&2; exit 1")) == 2
        assert case(cmd="echo abc >&2", stderr_glob="a?c\n") == []
        assert len(case(stdout_exact="")) == 1
    print("cli: self-test passed")
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    found = run(os.path.join(CASES, sys.argv[1]))
    for problem in found:
        print(problem, file=sys.stderr)
    sys.exit(1 if found else 0)
