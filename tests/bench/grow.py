"""Small recordings of profiles/formats/ grown to any size: their own samples again and again, with times that go on where
the format has any. The distinct stacks stay those of the recording, so memory must not grow with the file."""

import gzip
import itertools
import json
import os
import re

import inputs

FORMATS = os.path.join(inputs.ROOT, "profiles", "formats")


def sample(name):
    path = os.path.join(FORMATS, name)
    opener = gzip.open if name.endswith(".gz") else open
    with opener(path, "rb") as file:
        return file.read()


def again(out, piece, megabytes, ahead=0):
    """piece, a function of the turn's number that gives bytes, until the output is that large."""
    size = ahead
    for turn in itertools.count():
        part = piece(turn)
        out.write(part)
        size += len(part)
        if size >= megabytes << 20:
            return turn + 1


def lines_again(name, head_lines, timed=None, step=0.0):
    """Text whose lines behind the head are repeated; timed finds the time of a line, each turn is `step` later."""
    def write(out, megabytes):
        lines = sample(name).splitlines(keepends=True)
        body = lines[head_lines:]
        out.writelines(lines[:head_lines])
        if timed is None:
            again(out, lambda turn: b"".join(body) * 16, megabytes)
        else:
            again(out, lambda turn: b"".join(timed(line, turn * step) for line in body), megabytes)
    return write


def later_tick(line, by):
    found = re.match(rb"(tick,0x[0-9a-f]+,)(\d+)(.*)", line, re.S)
    return found.group(1) + str(int(found.group(2)) + int(by)).encode() + found.group(3) if found else b""


def v8_log(out, megabytes):
    text = sample("v8-log/server.v8.log.gz")
    lines = text.splitlines(keepends=True)
    end = max(int(line.split(b",")[2]) for line in lines if line.startswith(b"tick,"))
    out.write(text)
    ticks = [line for line in lines if line.startswith(b"tick,")]
    again(out, lambda turn: b"".join(later_tick(line, (turn + 1) * end) for line in ticks), megabytes, len(text))


def later_stamp(line, by):
    found = re.match(rb"((?:\d+ +)?)(\d+\.\d{6})( .*)", line, re.S)
    return found.group(1) + b"%.6f" % (float(found.group(2)) + by) + found.group(3) if found else line


def strace_log(out, megabytes):
    body = [line for line in sample("strace-log/unix-time.txt").splitlines(keepends=True) if b"exit" not in line]
    again(out, lambda turn: b"".join(later_stamp(line, turn * 10) for line in body), megabytes)


def gecko(name):
    def write(out, megabytes):
        document = json.loads(sample(name))
        thread = max(document["threads"], key=lambda t: len(t["samples"]["data"]))
        rows = thread["samples"]["data"]
        at = thread["samples"]["schema"]["time"]
        span = rows[-1][at] - rows[0][at] + 1
        head, tail = json.dumps(document).split(json.dumps(rows))
        out.write(head.encode() + b"[" + json.dumps(rows)[1:-1].encode())

        def turn_of(turn):
            moved = [[round(v + (turn + 1) * span, 3) if i == at else v for i, v in enumerate(row)] for row in rows]
            return b"," + json.dumps(moved)[1:-1].encode()

        again(out, turn_of, megabytes)
        out.write(b"]" + tail.encode())
    return write


def chunks(name):
    """Flight recordings are chunks, each whole in itself."""
    def write(out, megabytes):
        text = sample(name)
        again(out, lambda turn: text, megabytes)
    return write


def gperftools(out, megabytes):
    """Records are words: count, depth, addresses; the end is a record of its own, and behind it the maps."""
    text = sample("gperftools/burn.prof")
    word = lambda at: int.from_bytes(text[at:at + 8], "little")
    end = 40
    while not (word(end) == 0 and word(end + 8) == 1 and word(end + 16) == 0):
        end += 16 + 8 * word(end + 8)
    out.write(text[:40])
    again(out, lambda turn: text[40:end] * 64, megabytes)
    out.write(text[end:])


def stackprof(out, megabytes):
    document = json.loads(sample("stackprof/wall.json"))
    arrays = ("raw", "raw_sample_timestamps", "raw_timestamp_deltas")
    size = sum(len(json.dumps(document[a])) for a in arrays)
    turns = (megabytes << 20) // size + 1
    out.write(b"{")
    for key, value in document.items():
        out.write(b"" if key == "version" else b",")
        out.write(json.dumps(key).encode() + b":")
        if key not in arrays:
            out.write(json.dumps(value * turns if key == "samples" else value).encode())
            continue
        text = json.dumps(value, separators=(",", ":"))[1:-1].encode()
        out.write(b"[" + text)
        for _ in range(turns - 1):
            out.write(b"," + text)
        out.write(b"]")
    out.write(b"}")


def pyinstrument(out, megabytes):
    """A tree whose root has ever more children of the same shape."""
    document = json.loads(sample("pyinstrument/mixed.json"))
    child = json.dumps(document["root_frame"]["children"][0]).encode()
    document["root_frame"]["children"] = ["HERE"]
    head, tail = json.dumps(document).encode().split(b'"HERE"')
    out.write(head + child)
    again(out, lambda turn: b"," + child, megabytes)
    out.write(tail)


GROWN = {
    "austin": lines_again("austin/mixed-wall.austin", 4),
    "bpftrace": lines_again("bpftrace/off-cpu-ns.txt", 1),
    "gecko": gecko("gecko/firefox-wall.json.gz"),
    "gperftools": gperftools,
    "jfr": chunks("jfr/openjdk-17.jfr.gz"),
    "pyinstrument": pyinstrument,
    "stackprof": stackprof,
    "strace-log": strace_log,
    "v8-log": v8_log,
}


def grown(megabytes):
    """(format, path) of each."""
    for name, write in GROWN.items():
        yield name, inputs.made(f"grown-{megabytes}.{name}", lambda out, write=write: write(out, megabytes))
