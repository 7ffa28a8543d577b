#!/usr/bin/env python3
"""The tree is clean under clang's warnings as well as under the compiler that built it: every C file of the build is
parsed again with the same flags. Exit 77 (skipped) where there is no clang."""

import concurrent.futures
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

import lintlib

SKIPPED = 77


def parse(clang, arguments, folder):
    """Errors of one file, "" when it is clean."""
    done = subprocess.run([clang, "-fsyntax-only", "-Werror", "-fno-color-diagnostics", *arguments], cwd=folder,
                          capture_output=True, text=True, check=False)
    return done.stderr if done.returncode != 0 else ""


def flags(command):
    """Arguments of a compiler call without the compiler, its output and its dependency files."""
    kept, words = [], iter(shlex.split(command)[1:])
    for word in words:
        if word in ("-o", "-MF", "-MT", "-MQ"):
            next(words)
        elif word not in ("-c", "-MD", "-MMD"):
            kept.append(word)
    return kept


def own(path):
    return path.endswith(".c") and "/gen/" not in path


def self_test(clang):
    assert flags("cc -DA -MD -MT x -MF x.d -o x.o -c x.c") == ["-DA", "x.c"]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("good.c", "int f(void);\nint f(void) { return 1; }\n"), ("bad.c", "int f(void) { return 1.5; }\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        assert parse(clang, ["-Wconversion", "good.c"], folder) == ""
        assert "bad.c:1" in parse(clang, ["-Wconversion", "bad.c"], folder)


def main():
    clang = shutil.which("clang")
    database = os.path.join(os.environ.get("STET_BUILD") or os.path.join(lintlib.source_root(), "build", "dev"), "compile_commands.json")
    if clang is None or not os.path.exists(database):
        print("clang: skipped: no clang or no build tree")
        return SKIPPED
    self_test(clang)
    with open(database, encoding="utf-8") as file:
        entries = [e for e in json.load(file) if own(e["file"])]
    workers = os.cpu_count() or 2
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        errors = [e for e in pool.map(lambda e: parse(clang, flags(e["command"]), e["directory"]), entries) if e]
    for error in errors:
        print(error, file=sys.stderr)
    print(f"clang: {len(entries)} files, {len(errors)} with errors")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
