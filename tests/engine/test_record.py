#!/usr/bin/env python3
"""stet record, and web/record.sh that does the same without stet: what they write about programs whose use of CPU is
known from getrusage, and how they end."""

import ctypes
import json
import math
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORMATS = [f for f in os.environ.get("STET_FORMATS", "").split(",") if f]
TIMEOUT_S = 120
PR_SET_CHILD_SUBREAPER = 36

# Uses CPU in itself, in a thread and in a child, waits a little, and writes what the kernel says it used.
PROGRAM = """
import json, os, resource, sys, threading, time
def burn(seconds, clock):
    begin = clock()
    while clock() - begin < seconds:
        pass
burn(0.15, time.process_time)
thread = threading.Thread(target=burn, args=(0.1, time.thread_time))
thread.start()
thread.join()
child = os.fork()
if child == 0:
    burn(0.4, time.process_time)
    os._exit(0)
os.waitpid(child, 0)
threading.Event().wait(0.3)
own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump({"pid": os.getpid(), "child": child, "own_s": own.ru_utime + own.ru_stime,
               "children_s": children.ru_utime + children.ru_stime}, file)
sys.exit(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
"""
# A child that has ended and is waited for late: it stays listed meanwhile.
LATE = """
import os, threading, time
child = os.fork()
if child == 0:
    while time.process_time() < 0.2:
        pass
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
threading.Event().wait(0.5)
os.waitpid(child, 0)
"""
# Busy in one thread until standard input closes; says when it has begun.
BUSY = """
import os, sys, threading
def until_closed():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=until_closed).start()
print("busy", flush=True)
while True:
    pass
"""
SECRETS = ["--password=hunter-1", "--api-key", "hunter-2", "https://bob:hunter-3@example.org/?token=hunter-4&page=1",
           "PGPASSWORD=hunter-5", "Authorization: Bearer hunter-6", '{"client_secret": "hunter-7"}', "ghp_hunterhunter8"]


def numbers_of(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from numbers_of(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


def depth_of(value):
    if isinstance(value, (dict, list)):
        items = value.values() if isinstance(value, dict) else value
        return 1 + max((depth_of(item) for item in items), default=0)
    return 0


def catches(pid, number):
    """Whether the process has a handler for the signal by now."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def naps(pid):
    """Whether the process has a child named sleep by now."""
    for child in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{child}/stat", encoding="utf-8", errors="replace") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name == "sleep" and int(rest.split()[1]) == pid:
            return True
    return False


class Recorder:
    """The tests of both recorders; a subclass says how to start its own."""

    maxDiff = None
    clock_s = 0.0  # how coarsely lengths are known

    def setUp(self):
        # Orphans come to this process, so that what a recorder leaves behind is seen.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = os.path.join(self.folder, "recording.json")
        self.truth_path = os.path.join(self.folder, "truth.json")

    def run_it(self, *arguments, **more):
        return subprocess.run([*self.recorder(), "-o", self.out, *arguments], capture_output=True, text=True,
                              timeout=TIMEOUT_S, check=False, **more)

    def read(self):
        with open(self.out, encoding="utf-8") as file:
            return json.load(file)

    def record(self, *arguments, status=0, **more):
        done = self.run_it(*arguments, **more)
        self.assertEqual(done.returncode, status, done.stderr)
        document = self.read()
        self.check(document)
        return document, done

    def truth(self):
        with open(self.truth_path, encoding="utf-8") as file:
            return json.load(file)

    def check(self, document):
        """What every recording promises, whatever was recorded."""
        for key in ("schema", "mode", "complete", "command", "pid", "started", "wall_s", "interval_s", "cpus", "processes"):
            self.assertIn(key, document)
        self.assertEqual(document["schema"], "stet/record/1")
        self.assertRegex(document["started"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertLessEqual(depth_of(document), 8)
        for number in numbers_of(document):
            self.assertTrue(math.isfinite(number) and number >= 0, number)
        tick = 1 / document["hz"]
        latest = document["wall_s"] + document["interval_s"]
        self.assertEqual(document["processes"][0]["pid"], document["pid"])
        for process in document["processes"]:
            self.assertLessEqual(process["from_s"], process["to_s"])
            self.assertLessEqual(process["to_s"], latest)
            self.assertTrue(process["name"])
            own = process["user_s"] + process["sys_s"]
            of_threads = sum(t["user_s"] + t["sys_s"] for t in process["threads"])
            gone = process["threads_gone"]
            of_threads += gone["user_s"] + gone["sys_s"]
            self.assertLessEqual(of_threads, own + tick * (len(process["threads"]) + 1) + 1e-6, process)
            for thread in process["threads"]:
                self.assertLessEqual(thread["from_s"], thread["to_s"])
                self.assertLessEqual(thread["to_s"], latest)
                span = thread["to_s"] - thread["from_s"] + 2 * tick + 2 * self.clock_s
                self.assertLessEqual(thread["user_s"] + thread["sys_s"], span, thread)
                if thread["run_s"] is not None:
                    self.assertLessEqual(thread["run_s"], span, thread)
        if "stet-record" in FORMATS:
            self.imported = self.import_it()

    def import_it(self):
        done = subprocess.run([os.environ["STET_GOLDEN_DUMP"], self.out], capture_output=True, text=True,
                              timeout=TIMEOUT_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        (artefact,) = json.loads(done.stdout)
        self.assertEqual(artefact["format"], "stet-record")
        return artefact

    def nothing_left(self):
        """No process of the recorder is alive or a zombie."""
        with self.assertRaises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)

    def start(self, *arguments, **more):
        """A recorder that the test ends; whatever happens, nothing of it outlives the test."""
        recorder = subprocess.Popen([*self.recorder(), "-o", self.out, *arguments], **more)

        def end():
            for stream in (recorder.stdin, recorder.stdout):
                if stream:
                    stream.close()
            if recorder.poll() is None:
                recorder.kill()
                recorder.wait()

        self.addCleanup(end)
        return recorder

    def orphans_end(self):
        """What came to this process ends by itself, a nap of the script for one."""
        until = time.monotonic() + TIMEOUT_S
        while True:
            try:
                if os.waitpid(-1, os.WNOHANG) == (0, 0):
                    self.assertLess(time.monotonic(), until, "a process that does not end")
                    os.sched_yield()
            except ChildProcessError:
                return

    def cpu_of_tree(self, document):
        """Of a root whose children have no children: what it waited for, or what their rows say, never both."""
        root, *rest = document["processes"]
        waited = (root["children_user_s"] or 0) + (root["children_sys_s"] or 0)
        return root["user_s"] + root["sys_s"] + max(waited, sum(p["user_s"] + p["sys_s"] for p in rest))

    def program(self, *more):
        return [sys.executable, "-c", PROGRAM, self.truth_path, *more]

    def test_command_with_thread_and_child(self):
        document, _ = self.record("--", *self.program())
        truth = self.truth()
        self.assertEqual(document["mode"], "command")
        self.assertIs(document["complete"], True)
        self.assertEqual(document["exit"], {"code": 0, "signal": None})
        self.assertEqual(document["pid"], truth["pid"])
        root = document["processes"][0]
        tree = self.cpu_of_tree(document)
        # The truth was written just before the end; ticks are 0.01 s a counter.
        self.assertAlmostEqual(tree, truth["own_s"] + truth["children_s"], delta=0.06)
        self.assertGreater(document["wall_s"] + self.clock_s, truth["own_s"] - 0.1 + 0.3)
        self.assertIn(truth["child"], [p["pid"] for p in document["processes"]])
        child = next(p for p in document["processes"] if p["pid"] == truth["child"])
        self.assertEqual(child["ppid"], truth["pid"])
        self.assertIs(child["exited"], True)
        self.assertLessEqual(child["user_s"] + child["sys_s"], truth["children_s"] + 0.02)
        if "stet-record" in FORMATS:
            (account,) = self.imported["accounting"]
            self.assertAlmostEqual(account["cpu_s"], truth["own_s"] + truth["children_s"], delta=0.06)
            self.assertAlmostEqual(account["wall_s"], document["wall_s"], delta=1e-6)
        self.nothing_left()

    def test_children_of_children_count_once(self):
        """Shells between the recorder and the program: all end within one reading of each other."""
        program = " ".join(shlex.quote(word) for word in self.program())
        document, _ = self.record("--", "sh", "-c", f"sh -c {shlex.quote(program + '; true')}; true")
        truth = self.truth()
        self.assertIs(document["complete"], True)
        if "stet-record" in FORMATS:
            (account,) = self.imported["accounting"]
            self.assertAlmostEqual(account["cpu_s"], truth["own_s"] + truth["children_s"], delta=0.08)

    def test_child_that_is_waited_for_late_counts_once(self):
        document, _ = self.record("--", sys.executable, "-c", LATE)
        children = [p["pid"] for p in document["processes"] if p["ppid"] == document["pid"]]
        self.assertEqual(len(children), len(set(children)), children)

    def test_standard_streams_belong_to_the_command(self):
        _, done = self.record("--", "sh", "-c", "read line; echo \"got $line\"; echo oops >&2", input="hello\n")
        self.assertEqual(done.stdout, "got hello\n")
        self.assertEqual(done.stderr, "oops\n")

    def test_exit_status_is_told(self):
        document, done = self.record("--", *self.program("7"))
        self.assertEqual(document["exit"], {"code": 7, "signal": None})
        self.assertIn("status 7", done.stderr)
        self.assertIn(self.out, done.stderr)

    def test_killed_command(self):
        document, _ = self.record("--", sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual(document["exit"], {"code": None, "signal": 9})
        self.nothing_left()

    def test_command_that_is_over_at_once(self):
        document, _ = self.record("--", "true")
        self.assertEqual(document["exit"], {"code": 0, "signal": None})
        self.assertEqual(document["command"], ["true"])

    def test_command_that_is_not_there(self):
        done = self.run_it("--", "no-such-program-here")
        self.assertEqual(done.returncode, 4)
        self.assertIn("no-such-program-here", done.stderr)
        self.assertFalse(os.path.exists(self.out))
        self.nothing_left()

    def test_words_with_quotes_and_newlines(self):
        words = ["true", 'a"b', "c\\d", "e\nf", "g\th", "h\u00e9", "", "-x"]
        document, _ = self.record("--", *words)
        self.assertEqual(document["command"], words)

    def test_secrets_are_masked(self):
        document, _ = self.record("--", *self.program("0"), *SECRETS)
        self.assertNotIn("hunter", json.dumps(document))
        self.assertIn("page=1", document["command"][-5])
        self.assertIn("***", document["command"][-1])

    def test_secrets_of_a_running_process_are_masked(self):
        with subprocess.Popen([sys.executable, "-c", BUSY, *SECRETS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as busy:
            busy.stdout.readline()
            document, _ = self.record("--pid", str(busy.pid), "--seconds", "1")
            busy.stdin.close()
        self.assertNotIn("hunter", json.dumps(document))
        self.assertEqual(document["command"][:2], [sys.executable, "-c"])

    def test_pid_for_a_second(self):
        with subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as busy:
            busy.stdout.readline()
            document, _ = self.record("--pid", str(busy.pid), "--seconds", "1")
            self.assertIsNone(busy.poll())
            busy.stdin.close()
        self.assertEqual(document["mode"], "pid")
        self.assertIs(document["complete"], True)
        self.assertIsNone(document["exit"])
        self.assertGreaterEqual(document["wall_s"] + self.clock_s, 1)
        root = document["processes"][0]
        self.assertIs(root["exited"], False)
        self.assertEqual(len(root["threads"]), 2)
        main = next(t for t in root["threads"] if t["tid"] == busy.pid)
        if main["run_s"] is not None:
            # A thread that never waits runs or stands in the run queue, on however busy a machine.
            self.assertAlmostEqual(main["run_s"] + main["runq_s"], main["to_s"] - main["from_s"], delta=0.2)
        self.nothing_left()

    def test_pid_that_is_not_there(self):
        ended = subprocess.Popen(["true"])
        ended.wait()
        done = self.run_it("--pid", str(ended.pid))
        self.assertEqual(done.returncode, 4)
        self.assertIn(str(ended.pid), done.stderr)

    def test_process_that_ends_meanwhile(self):
        with subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as busy:
            busy.stdout.readline()
            recorder = self.start("--pid", str(busy.pid))
            self.when_ready(recorder)
            busy.stdin.close()
            busy.wait()
            self.assertEqual(recorder.wait(TIMEOUT_S), 0)
        document = self.read()
        self.check(document)
        self.assertIs(document["complete"], False)
        self.assertIs(document["processes"][0]["exited"], True)
        self.nothing_left()

    def when_ready(self, recorder):
        """Returns once the recorder listens to signals (it then stands before its first or a later reading)."""
        while not catches(recorder.pid, self.stop_signal):
            self.assertIsNone(recorder.poll(), "the recorder has ended")
            os.sched_yield()

    def test_signal_ends_a_recording_of_a_pid(self):
        with subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as busy:
            busy.stdout.readline()
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(signal=number.name):
                    recorder = self.start("--pid", str(busy.pid))
                    self.when_ready(recorder)
                    recorder.send_signal(number)
                    self.assertEqual(recorder.wait(TIMEOUT_S), 0)
                    document = self.read()
                    self.check(document)
                    self.assertEqual(document["pid"], busy.pid)
            busy.stdin.close()
        self.nothing_left()

    def test_seconds_end_the_recording_and_not_the_command(self):
        recorder = self.start("--seconds", "1", "--", sys.executable, "-c", BUSY, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
        recorder.stdout.readline()
        document = self.when_written(recorder)
        self.check(document)
        self.assertEqual(document["mode"], "command")
        self.assertIs(document["complete"], False)
        self.assertIsNone(document["exit"])
        self.assertIs(document["processes"][0]["exited"], False)
        os.kill(document["pid"], 0)
        recorder.stdin.close()
        self.assertEqual(recorder.wait(TIMEOUT_S), 0)
        self.orphans_end()

    def test_usage(self):
        for words in ((), ("--pid", "x"), ("--pid",), ("--pid", "1", "--", "true"), ("--seconds", "0", "--", "true"),
                      ("--what", "1")):
            with self.subTest(words=words):
                done = self.run_it(*words)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertTrue(done.stderr.strip())

    def test_output_that_cannot_be_written(self):
        self.out = os.path.join(self.folder, "nowhere", "recording.json")
        self.assertEqual(self.run_it("--", "true").returncode, 4)


class Native(Recorder, unittest.TestCase):
    stop_signal = signal.SIGINT

    def recorder(self):
        return [os.environ["STET_BIN"], "record"]

    def when_written(self, recorder):
        self.assertEqual(recorder.wait(TIMEOUT_S), 0)
        return self.read()

    def test_series_goes_with_the_counters(self):
        document, _ = self.record("--", *self.program())
        series = document["series"]
        self.assertEqual(len({len(column) for column in series.values()}), 1)
        for key in ("t_s", "cpu_s"):
            self.assertEqual(series[key], sorted(series[key]), key)
        self.assertGreater(len(series["t_s"]), 2)

    def test_standard_output(self):
        done = subprocess.run([*self.recorder(), "-o", "-", "--", "true"], capture_output=True, timeout=TIMEOUT_S, check=True)
        with open(self.out, "wb") as file:
            file.write(done.stdout)
        self.check(self.read())


class Script(Recorder, unittest.TestCase):
    """web/record.sh, by the strictest shell at hand."""

    stop_signal = signal.SIGTERM
    clock_s = 0.01

    def recorder(self):
        return ["sh", os.path.join(ROOT, "web", "record.sh")]

    def when_ready(self, recorder):
        # The traps stand before the first reading, which takes a while; the first nap stands behind it.
        while not naps(recorder.pid):
            self.assertIsNone(recorder.poll(), "the recorder has ended")
            os.sched_yield()

    def nothing_left(self):
        self.orphans_end()

    def when_written(self, recorder):
        # The script stays for its command; the file is there when the time is over.
        while True:
            self.assertIsNone(recorder.poll(), "the recorder has ended")
            try:
                document = self.read()
            except (OSError, ValueError):
                document = None
            if isinstance(document, dict):
                return document
            os.sched_yield()

    def test_same_as_the_binary(self):
        """Both recorders on the same program: the same CPU, by clocks of 0.01 s a counter."""
        document, _ = self.record("--", *self.program())
        mine = self.cpu_less_truth(document)
        done = subprocess.run([os.environ["STET_BIN"], "record", "-o", self.out, "--", *self.program()],
                              capture_output=True, timeout=TIMEOUT_S, check=True)
        self.assertEqual(done.returncode, 0)
        self.assertAlmostEqual(mine, self.cpu_less_truth(self.read()), delta=0.06)

    def cpu_less_truth(self, document):
        truth = self.truth()
        return self.cpu_of_tree(document) - truth["own_s"] - truth["children_s"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
