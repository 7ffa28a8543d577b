#!/usr/bin/env python3
"""`stet collapse` against what the collapse tools of the field write, over a corpus of real files with their results:
STET_CORPUS names its folder (else skipped). Lines are compared byte by byte, sorted.

A result's name tells its option (-collapsed-pid.txt: --pid). Results of inferno for inferno's own inputs are asked for by
--style inferno; all others are those of the Perl scripts. LISTED are the results that no current tool gives, each with
its reason: they must still differ, so that the list stays true."""
import gzip
import json
import os
import re
import subprocess
import sys
import unittest

BIN = os.environ["STET_BIN"]
CORPUS = os.environ.get("STET_CORPUS", "")

# Result, and why it is not ours.
LISTED = [
    (r"FlameGraph/test/results/perf-(java-faults-01|java-stacks-01|vertx-stacks-01)-collapsed-(pid|tid)\.txt",
     "older than the script beside it, which takes the leading L off Java classes under --pid and --tid as well"),
]
# Results that stand at other inputs than their own.
ELSEWHERE = [
    ("brendangregg-FlameGraph/test/perf-rust-Yamakaky-dcpu.txt.gz",
     "jonhoo-inferno/tests/data/collapse-perf/results/perf-rust-Yamakaky-dcpu-collapsed-%s.txt",
     ("pid", "tid", "kernel", "jit", "all", "addrs")),
    ("brendangregg-FlameGraph/example-dtrace-stacks.txt.gz",
     "jonhoo-inferno/tests/data/collapse-dtrace/results/dtrace-example.txt", ("",)),
]


def read(path):
    with open(path, "rb") as source:
        data = source.read()
    return gzip.decompress(data) if path.endswith(".gz") else data


def flags_of(path, expected):
    """Options that make the result, or None when it is none of collapse."""
    inferno = ["--style", "inferno"] if "jonhoo-inferno/tests/data" in expected and "oracle/" not in expected else []
    named = re.search(r"[.-]collapsed(?:-(\w+))?\.txt(\.gz)?$", expected)
    if expected.endswith("/collapse-dtrace/results/flamegraph-bug.txt"):
        return [*inferno, "--includeoffset"]
    if "/collapse-recursive/" in expected:
        return [*inferno, "--recursive"]
    if named:
        return [*inferno, *(["--" + named.group(1)] if named.group(1) else [])]
    if re.search(r"/collapse-\w+/results/|\.folded\.txt(\.gz)?$|\.folded\.out\.txt$", expected):
        return inferno
    return None


def read_formats():
    done = subprocess.run([BIN, "formats", "--json"], capture_output=True, check=True)
    return done.stdout.decode()


def cases():
    with open(os.path.join(CORPUS, "MANIFEST.json"), encoding="utf-8") as source:
        for entry in json.load(source)["files"]:
            for expected in entry.get("expected", []):
                flags = flags_of(entry["path"], expected)
                if flags is not None:
                    yield entry["path"], expected, flags
    for path, pattern, names in ELSEWHERE:
        for name in names:
            expected = pattern % name if "%" in pattern else pattern
            if os.path.exists(os.path.join(CORPUS, expected)) and os.path.exists(os.path.join(CORPUS, path)):
                yield path, expected, flags_of(path, expected)


def listed(expected):
    return next((why for pattern, why in LISTED if re.search(pattern, expected)), None)


class Peers(unittest.TestCase):
    def test_results_of_the_peers(self):
        equal, wrong, known, unread = 0, [], [], 0
        formats = read_formats()
        for path, expected, flags in cases():
            other = re.search(r"dtrace|bpftrace", path)
            if other and f'"{other.group(0)}"' not in formats:
                unread += 1
                continue
            done = subprocess.run([BIN, "collapse", *flags, os.path.join(CORPUS, path)], capture_output=True, timeout=300)
            same = sorted(done.stdout.splitlines()) == sorted(read(os.path.join(CORPUS, expected)).splitlines())
            why = listed(expected)
            if same and not why:
                equal += 1
            elif why and not same and done.returncode == 0:
                known.append(f"  listed: {expected}: {why}")
            else:
                wrong.append(f"  wrong: stet collapse {' '.join(flags)} {path} is not {expected}"
                             f"{' although it is listed' if why else ''} (exit {done.returncode})")
        print(f"collapse: {equal} equal, {len(known)} listed, {len(wrong)} wrong, {unread} of formats not read")
        print("\n".join(known + wrong), flush=True)
        self.assertEqual([], wrong)
        self.assertGreater(equal, 0)


if __name__ == "__main__":
    if not CORPUS or not os.path.exists(os.path.join(CORPUS, "MANIFEST.json")):
        print("STET_CORPUS names no corpus: skipped")
        sys.exit(77)
    unittest.main()
