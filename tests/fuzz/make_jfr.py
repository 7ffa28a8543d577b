#!/usr/bin/env python3
"""Writes small flight recordings into a folder: the seeds of the fuzz target jfr. make_jfr.py FOLDER

Each holds a description of a few types and what of it matters to the reader: both widths of integers, all encodings of
texts, wall and CPU samples of async-profiler and newer JDKs, waits, loads, a chunk that is still open, types in circles."""
import pathlib
import struct
import sys

STRING, LONG, INT, BOOL, BYTE, FLOAT = 1, 2, 3, 4, 5, 6
SYMBOL, CLASS, METHOD, TRACE, FRAME, FRAMETYPE, THREAD, STATE, LOOP = 10, 11, 12, 13, 14, 15, 16, 17, 18
EXEC, WALL, SLEEP, LOAD, CPUINFO, JVM, SETTING, CPUTIME, NATIVE, ALLOC, OS = range(30, 41)
NAMES = {STRING: "java.lang.String", LONG: "long", INT: "int", BOOL: "boolean", BYTE: "byte", FLOAT: "float",
         SYMBOL: "jdk.types.Symbol", CLASS: "java.lang.Class", METHOD: "jdk.types.Method", TRACE: "jdk.types.StackTrace",
         FRAME: "jdk.types.StackFrame", FRAMETYPE: "jdk.types.FrameType", THREAD: "java.lang.Thread",
         STATE: "jdk.types.ThreadState", LOOP: "test.Loop", EXEC: "jdk.ExecutionSample", WALL: "profiler.WallClockSample",
         SLEEP: "jdk.ThreadSleep", LOAD: "jdk.CPULoad", CPUINFO: "jdk.CPUInformation", JVM: "jdk.JVMInformation",
         SETTING: "jdk.ActiveSetting", CPUTIME: "jdk.CPUTimeSample", NATIVE: "jdk.NativeMethodSample",
         ALLOC: "jdk.ObjectAllocationInNewTLAB", OS: "jdk.OSInformation"}
SAMPLE = [("startTime", LONG, ""), ("sampledThread", THREAD, "c"), ("stackTrace", TRACE, "c"), ("state", STATE, "c")]
FIELDS = {
    SYMBOL: [("string", STRING, "")], CLASS: [("name", SYMBOL, "c"), ("modifiers", INT, "")],
    METHOD: [("type", CLASS, "c"), ("name", SYMBOL, "c"), ("hidden", BOOL, "")],
    TRACE: [("truncated", BOOL, ""), ("frames", FRAME, "a")],
    FRAME: [("method", METHOD, "c"), ("lineNumber", INT, ""), ("bytecodeIndex", INT, ""), ("type", FRAMETYPE, "c")],
    FRAMETYPE: [("description", STRING, "")], STATE: [("name", STRING, "")],
    THREAD: [("osName", STRING, ""), ("osThreadId", LONG, ""), ("javaName", STRING, ""), ("javaThreadId", LONG, "")],
    LOOP: [("a", LOOP, ""), ("b", LOOP, "a")], EXEC: SAMPLE, NATIVE: SAMPLE, WALL: SAMPLE + [("samples", INT, "")],
    SLEEP: [("startTime", LONG, ""), ("duration", LONG, ""), ("eventThread", THREAD, "c"), ("stackTrace", TRACE, "c")],
    LOAD: [("startTime", LONG, ""), ("jvmUser", FLOAT, ""), ("jvmSystem", FLOAT, ""), ("machineTotal", FLOAT, "")],
    CPUINFO: [("startTime", LONG, ""), ("hwThreads", INT, "")], OS: [("startTime", LONG, ""), ("osVersion", STRING, "")],
    JVM: [("startTime", LONG, ""), ("javaArguments", STRING, ""), ("pid", LONG, "")],
    SETTING: [("startTime", LONG, ""), ("id", LONG, ""), ("name", STRING, ""), ("value", STRING, "")],
    CPUTIME: [("startTime", LONG, ""), ("stackTrace", TRACE, "c"), ("eventThread", THREAD, "c"), ("samplingPeriod", LONG, "")],
    ALLOC: [("startTime", LONG, "")],
}


class Writer:
    def __init__(self, fixed=False):
        self.fixed, self.events = fixed, []

    def integer(self, value, width):
        if self.fixed:
            return value.to_bytes(width, "big")
        out = bytearray()
        while value > 0x7f and len(out) < 8:
            out.append(value & 0x7f | 0x80)
            value >>= 7
        return bytes(out + bytes([value]))

    def long(self, value):
        return self.integer(value, 8)

    def int(self, value):
        return self.integer(value, 4)

    def text(self, value, encoding=3):
        if encoding in (0, 1):
            return bytes([encoding])
        if encoding == 2:
            return b"\2" + self.long(value)
        if encoding == 4:
            return b"\4" + self.int(len(value)) + b"".join(self.integer(ord(c), 2) for c in value)
        raw = value.encode("latin-1" if encoding == 5 else "utf-8")
        return bytes([encoding]) + self.int(len(raw)) + raw

    def event(self, type_id, body):
        content = self.long(type_id) + body
        for width in (1, 2, 3, 4):
            size = self.int(len(content) + width) if not self.fixed else self.int(len(content) + 4)
            if len(size) == width:
                self.events.append(size + content)
                return

    def metadata(self, types):
        strings = []

        def index(s):
            if s not in strings:
                strings.append(s)
            return self.int(strings.index(s))

        def element(name, attributes, children):
            out = index(name) + self.int(len(attributes))
            for key, value in attributes:
                out += index(key) + index(value)
            return out + self.int(len(children)) + b"".join(children)

        classes = []
        for t in types:
            fields = []
            for name, of, how in FIELDS.get(t, []):
                extra = [("constantPool", "true")] if how == "c" else [("dimension", "1")] if how == "a" else []
                fields.append(element("field", [("name", name), ("class", str(of))] + extra, []))
            classes.append(element("class", [("name", NAMES[t]), ("id", str(t))], fields))
        tree = element("root", [], [element("metadata", [], classes), element("region", [("locale", "en")], [])])
        head = self.long(1) + self.long(0) + self.long(1) + self.int(len(strings))
        self.event(0, head + b"".join(self.text(s) for s in strings) + tree)

    def checkpoint(self, pools):
        body = self.long(1) + self.long(0) + self.long(0) + b"\0" + self.int(len(pools))
        for type_id, entries in pools:
            body += self.long(type_id) + self.int(len(entries)) + b"".join(self.long(k) + v for k, v in entries)
        self.event(1, body)

    def chunk(self, open_end=False, version=2):
        body = b"".join(self.events)
        size = 0 if open_end else 68 + len(body)
        return (b"FLR\0" + struct.pack(">HHQQQQQQQ", version, 0, size, 0, 0, 1700000000 * 10**9, 4 * 10**9, 1000, 10**9)
                + struct.pack(">I", 0 if self.fixed else 1) + body)


def pools(w, encoding=3):
    frame = lambda method, line, kind: w.long(method) + w.int(line) + w.int(1) + w.long(kind)
    return [
        (SYMBOL, [(1, w.text("app/Shop", encoding)), (2, w.text("price", encoding)), (3, w.text("java/lang/Thread")),
                  (4, w.text("sleep")), (5, w.text("libc.so.6")), (6, w.text("__memcpy"))]),
        (CLASS, [(1, w.long(1) + w.int(1)), (2, w.long(3) + w.int(1)), (3, w.long(5) + w.int(0))]),
        (METHOD, [(1, w.long(1) + w.long(2) + b"\0"), (2, w.long(2) + w.long(4) + b"\0"), (3, w.long(3) + w.long(6) + b"\0")]),
        (FRAMETYPE, [(1, w.text("JIT compiled")), (2, w.text("Native")), (3, w.text("C++")), (4, w.text("Kernel")),
                     (5, w.text("Inlined")), (6, w.text("Interpreted"))]),
        (STATE, [(1, w.text("STATE_RUNNABLE")), (2, w.text("STATE_SLEEPING"))]),
        (THREAD, [(1, w.text("main") + w.long(77) + w.text("main", encoding) + w.long(1)),
                  (2, w.text("G1") + w.long(78) + w.text("", 0) + w.long(0))]),
        (STRING, [(9, w.text("Shop pooled 4"))]),
        (TRACE, [(1, b"\0" + w.int(2) + frame(1, 12, 1) + frame(1, 20, 6)), (2, b"\1" + w.int(2) + frame(2, 0, 2) + frame(1, 3, 5)),
                 (3, b"\0" + w.int(3) + frame(3, 0, 4) + frame(3, 0, 3) + frame(3, 0, 2))]),
    ]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    everything = list(NAMES)

    def put(name, w, **how):
        (folder / name).write_bytes(w.chunk(**how))

    def sample(w, kind, at, thread, trace, state, tail=b""):
        w.event(kind, w.long(at) + w.long(thread) + w.long(trace) + w.long(state) + tail)

    def floats(*values):
        return b"".join(struct.pack(">f", v) for v in values)

    def jdk(w, encoding):
        w.event(SETTING, w.long(1) + w.long(EXEC) + w.text("period", encoding) + w.text("20 ms", 5))
        w.event(JVM, w.long(1) + w.text("Shop half 4", encoding) + w.long(4242))
        w.event(CPUINFO, w.long(1) + w.int(2))
        w.event(OS, w.long(1) + w.text("Linux 6.1"))
        for i in range(4):
            w.event(LOAD, w.long(1000 + i * 10**9) + floats(0.0 if i == 0 else 0.25, 0.05, 0.5))
            sample(w, EXEC, 2000 + i * 10**7, 1, 1, 1)
        sample(w, NATIVE, 5000, 1, 2, 1)
        w.event(SLEEP, w.long(3000) + w.long(10**8) + w.long(1) + w.long(2))

    for name, fixed, encoding in (("jdk.jfr", False, 3), ("fixed.jfr", True, 5), ("chars.jfr", False, 4)):
        w = Writer(fixed)
        jdk(w, encoding)
        w.checkpoint(pools(w, encoding))
        w.metadata(everything)
        put(name, w)
    w = Writer()
    w.metadata(everything)
    w.event(JVM, w.long(1) + w.text(9, 2) + w.long(4242))
    for i in range(3):
        sample(w, WALL, 2000 + i, 1 + i % 2, 1 + i, 1 + i % 2, w.int(1 + i * 7))
    w.checkpoint(pools(w))
    put("async-wall.jfr", w)
    put("open.jfr", w, open_end=True)
    w = Writer()
    w.metadata(everything)
    w.checkpoint(pools(w))
    w.event(CPUTIME, w.long(9) + w.long(1) + w.long(1) + w.long(10**7))
    sample(w, EXEC, 2000, 1, 1, 2)
    sample(w, EXEC, 2001, 9, 99, 99)
    put("cpu-time.jfr", w)
    w = Writer()
    w.metadata(everything)
    w.event(ALLOC, w.long(1))
    put("allocations.jfr", w)
    w.checkpoint([(LOOP, [(1, b"\0" * 40)])])
    put("circle.jfr", w)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
