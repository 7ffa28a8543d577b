#!/usr/bin/env python3
"""Line coverage of each importer, from the counts that the tests left in a coverage build: coverage.py BUILD [MINIMUM].

An importer is its fmt_<name>*.c and the files beside it that begin with its name; what several share (perf_*, v8_*) is a
row of its own. Exit 1 when a row is below the minimum (85). The least covered other files follow, as a list to read."""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def counted_lines(build):
    """{source below the root: {line: most executions in any object}}"""
    lines = collections.defaultdict(dict)
    objects = sorted(p for p in pathlib.Path(build).rglob("*.gcda") if "stet_core" in str(p))
    for start in range(0, len(objects), 32):
        batch = [str(p.resolve()) for p in objects[start:start + 32]]
        done = subprocess.run(["gcov", "--json-format", "--stdout", *batch], capture_output=True, text=True, check=True)
        for text in done.stdout.splitlines():
            for file in json.loads(text)["files"]:
                path = os.path.relpath(os.path.join(build, file["file"]), ROOT)
                if not path.startswith("src/"):
                    continue
                seen = lines[path]
                for line in file["lines"]:
                    number = line["line_number"]
                    seen[number] = max(seen.get(number, 0), line["count"])
    return lines


def importers():
    text = (ROOT / "src/import/importers.def").read_text(encoding="utf-8")
    return re.findall(r"^IMPORTER\(([a-z0-9_]+)\)", text, re.M)


def row_of(path, names):
    """The importer that a file of a family's folder belongs to, or what the files of that beginning share."""
    parts = pathlib.PurePath(path).parts
    stem = pathlib.PurePath(path).stem
    if parts[:2] != ("src", "import") or len(parts) < 4 or not path.endswith(".c"):
        return None
    bare = stem.removeprefix("fmt_")
    own = [n for n in names if bare == n or bare.startswith(n + "_")]
    return max(own, key=len) if own else f"{parts[2]}/{bare.split('_')[0]}_*"


def share(groups):
    total = sum(len(g) for g in groups)
    return 100 * sum(sum(1 for n in g.values() if n) for g in groups) / total if total else 100.0


def main():
    build, minimum = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 85.0
    lines = counted_lines(build)
    if not lines:
        sys.exit("coverage: no counts: build the preset 'coverage' and run its tests first")
    rows = collections.defaultdict(list)
    names = importers()
    for path, counts in lines.items():
        row = row_of(path, names)
        if row:
            rows[row].append(counts)
    low = [name for name in sorted(rows) if share(rows[name]) < minimum]
    for name in sorted(rows):
        print(f"{share(rows[name]):6.1f} %  {sum(len(g) for g in rows[name]):5} lines  {name}")
    rest = sorted((share([c]), p) for p, c in lines.items() if row_of(p, names) is None and p.endswith((".c", ".cc")))
    print("\nleast covered elsewhere:")
    for percent, path in rest[:15]:
        print(f"{percent:6.1f} %  {path}")
    if low:
        sys.exit(f"coverage: below {minimum:.0f} %: {', '.join(low)}")


if __name__ == "__main__":
    main()
