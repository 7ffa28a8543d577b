#!/usr/bin/env python3
"""A flight recording of async-profiler and the page that its own converter made of it hold the same stacks."""
import os
import subprocess
import unittest

BIN = os.environ["STET_BIN"]
FORMATS = os.path.join(os.environ["STET_PROFILES"], "formats")


def collapsed(*path):
    done = subprocess.run([BIN, "collapse", os.path.join(FORMATS, *path)], capture_output=True, text=True, check=True)
    return sorted(done.stdout.splitlines())


class Pair(unittest.TestCase):
    def test_recording_and_page(self):
        recording = collapsed("jfr", "async-profiler-wall.jfr.gz")
        self.assertGreater(len(recording), 20)
        self.assertEqual(recording, collapsed("async-profiler-html", "async-profiler-wall.html"))


if __name__ == "__main__":
    unittest.main()
