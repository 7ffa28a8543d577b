"""Large inputs of the bench, made once below build/bench/: the same bytes every time, but for recordings."""

import json
import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "build", "bench")


class Choices:
    """A fixed linear congruence, so that no library's generator matters."""

    def __init__(self, state=1):
        self.state = state

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n


def made(name, write):
    """Path of the input; write(file) makes it when it is not there."""
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, name)
    if not os.path.exists(path):
        with open(path + ".part", "wb") as out:
            write(out)
        os.rename(path + ".part", path)
    return path


def stacks(count, frames):
    """Lists of frame numbers, root first: the root side changes slowly, the leaf side fast."""
    choose = Choices(7)
    shared = [[choose.below(frames) for _ in range(8)] for _ in range(97)]
    return [shared[choose.below(97)] + [choose.below(frames) for _ in range(4 + choose.below(12))] for _ in range(count)]


def frame_name(n):
    return f"app::module{n % 97}::Handler{n}::handle_request"


def write_folded(out, megabytes):
    choose = Choices()
    lists = [";".join(frame_name(f) for f in s) for s in stacks(20000, 4000)]
    size = 0
    while size < megabytes << 20:
        part = "".join(f"{lists[choose.below(len(lists))]} {1 + choose.below(99)}\n" for _ in range(2000)).encode()
        out.write(part)
        size += len(part)


def write_speedscope(out, megabytes):
    choose = Choices()
    lists = [json.dumps(s, separators=(",", ":")) for s in stacks(20000, 4000)]
    names = ",".join(json.dumps({"name": frame_name(n), "file": f"/srv/app/module{n % 97}.py", "line": n % 1301}) for n in range(4000))
    out.write(('{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[' + names +
               ']},"profiles":[{"type":"sampled","name":"main","unit":"seconds","startValue":0,"endValue":1,"samples":[').encode())
    samples = 0
    size = 0
    while size < megabytes << 20:
        part = ",".join(lists[choose.below(len(lists))] for _ in range(2000)).encode()
        out.write((b"," if samples else b"") + part)
        size += len(part)
        samples += 2000
    out.write(b'],"weights":[' + b",".join([b"0.01"] * samples) + b"]}]}")


def write_chrome_trace(out, megabytes):
    choose = Choices()
    out.write(b'{"traceEvents":[{"name":"thread_name","ph":"M","pid":1,"tid":1,"args":{"name":"main"}}')
    size = 0
    at = 0
    while size < megabytes << 20:
        lines = []
        for _ in range(2000):
            n = choose.below(400)
            at += 50 + choose.below(100)
            lines.append(f',\n{{"name":"{frame_name(n)}","cat":"app","ph":"X","ts":{at},"dur":{choose.below(40)},"tts":{at // 2},'
                         f'"tdur":{choose.below(20)},"pid":1,"tid":{1 + n % 4}}}')
        part = "".join(lines).encode()
        out.write(part)
        size += len(part)
    out.write(b"\n]}\n")


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def number(number_, value):
    return varint(number_ << 3) + varint(value)


def write_pprof(out, megabytes):
    """Raw (not compressed) profile.proto of CPU samples."""
    choose = Choices()
    strings = ["", "samples", "count", "cpu", "nanoseconds", "/srv/app/work"]
    out.write(field(1, number(1, 1) + number(2, 2)) + field(1, number(1, 3) + number(2, 4)))
    out.write(field(3, number(1, 1) + number(2, 0x400000) + number(3, 0x900000) + number(5, 5)))
    for n in range(4000):
        strings.append(frame_name(n))
        out.write(field(5, number(1, n + 1) + number(2, n + 6)))
        out.write(field(4, number(1, n + 1) + number(2, 1) + number(3, 0x400000 + n * 64) + field(4, number(1, n + 1) + number(2, n % 1301))))
    lists = [field(1, b"".join(varint(f + 1) for f in reversed(s))) for s in stacks(200000, 4000)]
    size = 0
    while size < megabytes << 20:
        part = b"".join(field(2, lists[choose.below(len(lists))] + field(2, varint(1) + varint(10000000))) for _ in range(2000))
        out.write(part)
        size += len(part)
    for text in strings:
        out.write(field(6, text.encode()))
    out.write(number(9, 1700000000000000000) + number(10, 600000000000) + field(11, number(1, 3) + number(2, 4)) + number(12, 10000000))


WORK = """#include <stdlib.h>
#define CALL(n, m) __attribute__((noinline)) static unsigned long f##n(unsigned long x) { \\
    volatile unsigned long s = x; for (int i = 0; i < 40; i++) s = s * 31 + i; if (s & 1) return m(s) + 1; return m(s ^ 7) + s; }
__attribute__((noinline)) static unsigned long leaf(unsigned long x) { volatile unsigned long s = x; for (int i = 0; i < 400; i++) s = s * 33 + i; return s; }
CALL(0, leaf) CALL(1, f0) CALL(2, f1) CALL(3, f2) CALL(4, f3) CALL(5, f4) CALL(6, f5) CALL(7, f6) CALL(8, f7) CALL(9, f8)
CALL(10, f9) CALL(11, f10) CALL(12, f11) CALL(13, f12) CALL(14, f13) CALL(15, f14) CALL(16, f15) CALL(17, f16) CALL(18, f17)
static unsigned long (*const all[])(unsigned long) = { f2, f4, f6, f8, f10, f12, f14, f16, f18 };
int main(int argc, char **argv) { unsigned long t = 1; long n = argc > 1 ? atol(argv[1]) : 1; for (long i = 0; i < n * 20000; i++) t += all[t % 9](t); return t == 0; }
"""


def recorded(name, perf, megabytes, options, built):
    """perf.data of a program that calls functions, at least that large; None where perf cannot record."""
    path = os.path.join(FOLDER, name)
    if os.path.exists(path):
        return path
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not perf or not compiler:
        return None
    os.makedirs(FOLDER, exist_ok=True)
    source = os.path.join(FOLDER, "work.c")
    with open(source, "w", encoding="ascii") as out:
        out.write(WORK)
    work = os.path.join(FOLDER, f"work-{name.split('.')[0]}")
    subprocess.run([compiler, *built, "-o", work, source], check=True)
    rounds = 20
    while True:
        done = subprocess.run([perf, "record", "-q", *options, "-o", path + ".part", "--", work, str(rounds)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            return None
        size = os.path.getsize(path + ".part")
        if size >= megabytes << 20 or rounds > 100000:
            break
        rounds = int(rounds * min(50, 1.1 * (megabytes << 20) / max(size, 1))) + 1
    os.rename(path + ".part", path)
    return path

