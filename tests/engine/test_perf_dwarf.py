#!/usr/bin/env python3
"""Chains of `perf record --call-graph dwarf` against `perf script --no-inline`, live: programs are built and recorded
here. Skipped (77) where there is no perf that may record, or no compiler.

A chain counts as equal when it is perf's, or perf's with more frames behind its end, or perf's without a last frame
outside of every mapping. Where those come from (perf 6.1, tools/perf/util/unwind-libunwind-local.c, access_mem):
- "last outside": a word behind the recorded piece of stack is answered with a positive number, which libunwind takes for
  success and with 0 for the word; the caller's address is then 0, shown less one: ffffffffffffffff.
- "longer by one for one outside": the last word of the piece is not read (`addr + 8 >= end`), so a return address that
  lies there is lost and the frame above stands in its place.
perf's own known failure is counted apart: it cannot read the unwind table of a file, follows the frame pointer instead
and so leaves frames out in the middle; such a chain of perf's is a subsequence of ours up to where it goes astray."""

import collections
import os
import shutil
import subprocess
import sys
import tempfile

STET = os.environ["STET_BIN"]
EQUAL_AT_LEAST = 0.999

C_SOURCE = r"""
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
static __attribute__((noinline)) uint64_t mix(uint64_t h, int n) { while (n-- > 0) h = (h ^ (h >> 7)) * 1099511628211ull; return h; }
static int order(const void *a, const void *b) { int x = *(const int *)a, y = *(const int *)b; return (x > y) - (x < y); }
static __attribute__((noinline)) uint64_t fib(int n) { return n < 2 ? (uint64_t)n : fib(n - 1) + fib(n - 2); }
static __attribute__((noinline)) uint64_t sorts(unsigned s) {
    int *v = malloc(8000 * sizeof *v);
    for (int i = 0; i < 8000; i++) { s = s * 1664525u + 1013904223u; v[i] = (int)s; }
    qsort(v, 8000, sizeof *v, order);
    uint64_t r = (uint64_t)v[7];
    free(v);
    return r;
}
static void *work(void *a) {
    uint64_t r = (uint64_t)(uintptr_t)a;
    for (int i = 0; i < 60; i++) r += mix(r, 60000) + sorts((unsigned)i) + fib(20);
    return (void *)(uintptr_t)r;
}
int main(void) {
    pthread_t t[3];
    uint64_t r = 0;
    for (intptr_t i = 0; i < 3; i++) pthread_create(&t[i], 0, work, (void *)i);
    for (int i = 0; i < 3; i++) { void *p; pthread_join(t[i], &p); r += (uintptr_t)p; }
    return r == 42;
}
"""
CPP_SOURCE = r"""
#include <algorithm>
#include <map>
#include <string>
#include <vector>
namespace deep { template <class T> struct box { T v; __attribute__((noinline)) T turn(int n) const { T r = v; for (int i = 0; i < n; i++) r = r * 3 + 1; return r; } }; }
static __attribute__((noinline)) size_t words(int n) { std::map<std::string, int> m; for (int i = 0; i < n; i++) m[std::to_string(i * 7919u % 1009u)]++; return m.size(); }
int main() {
    size_t r = 0;
    for (int k = 0; k < 60; k++) {
        std::vector<unsigned> v;
        for (unsigned i = 0; i < 20000; i++) v.push_back(i * 7919u % 10007u);
        std::sort(v.begin(), v.end());
        r += v[3] + words(5000) + deep::box<unsigned long>{ r }.turn(200000);
    }
    return r == 42;
}
"""
PY_SOURCE = """
import json, re
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
d = {str(i): list(range(20)) for i in range(300)}
for k in range(12):
    fib(16); s = json.dumps(d); json.loads(s); re.sub(r'(\\d)(\\d)', r'\\2\\1', s)
"""
OPTIMISED = ["-O2", "-fomit-frame-pointer", "-pthread"]
BUILDS = [
    ("gcc, DWARF 4", ["gcc", *OPTIMISED, "-g", "-gdwarf-4"], C_SOURCE, ".c"),
    ("gcc, DWARF 5", ["gcc", *OPTIMISED, "-g", "-gdwarf-5"], C_SOURCE, ".c"),
    ("gcc, stripped", ["gcc", *OPTIMISED, "-s"], C_SOURCE, ".c"),
    ("gcc, static", ["gcc", *OPTIMISED, "-static"], C_SOURCE, ".c"),
    ("clang", ["clang", *OPTIMISED, "-g"], C_SOURCE, ".c"),
    ("clang, static", ["clang", *OPTIMISED, "-static"], C_SOURCE, ".c"),
    ("g++", ["g++", *OPTIMISED, "-g"], CPP_SOURCE, ".cc"),
]


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, errors="replace", check=False, **more)


def record(folder, name, command):
    out = os.path.join(folder, name + ".data")
    got = run("perf", "record", "-q", "-F", "997", "--call-graph", "dwarf", "-o", out, "--", *command)
    return out if os.path.exists(out) and os.path.getsize(out) > 4096 else (print("not recorded:", got.stderr[-200:]) or None)


def chains(text):
    """(tid, time in microseconds) -> list of chains, each a list of (address, symbol, dso)."""
    samples = collections.defaultdict(list)
    chain = None
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line[0] not in " \t":
            words = line.split()
            chain = None
            if "PERF_RECORD_" in line:
                continue
            at = next((i for i, w in enumerate(words) if w.endswith(":") and w[:-1].replace(".", "").isdigit()), None)
            if at is None:
                continue
            stamp = words[at][:-1].split(".")
            tid = next(w for w in reversed(words[:at]) if not w.startswith("[")).split("/")[-1]
            chain = []
            samples[tid, stamp[0] + "." + stamp[1][:6]].append(chain)
        elif chain is not None:
            address, _, rest = line.strip().partition(" ")
            symbol, _, dso = rest.rpartition(" (")
            chain.append((address, symbol, dso.rstrip(")")))
    return samples


def compare(ours, perfs):
    a, b = [f[0] for f in ours], [f[0] for f in perfs]
    if a == b:
        return "same"
    outside = bool(perfs) and perfs[-1][2] == "[unknown]"
    real = b[:-1] if outside else b
    if a == real:
        return "last outside"
    if a[: len(real)] == real:
        return "longer by one for one outside" if outside and len(a) == len(b) else "longer"
    common = 0
    rest = iter(a)
    for address in b:
        if address not in rest:
            break
        common += 1
    kernel = sum(f[2].startswith("[kernel") for f in perfs)
    if len(a) >= len(b) and common > kernel:
        return "perf by frame pointer"
    return "different"


def check(name, data):
    ours = chains(run(STET, "convert", data, "--to", "perf-script").stdout)
    fields = "comm,tid,time,event,ip,sym,symoff,dso"
    perfs = chains(run("perf", "script", "--no-inline", "--ns", "-F", fields, "-i", data).stdout)
    count = collections.Counter()
    names = collections.Counter()
    for key, theirs in perfs.items():
        for mine, other in zip(ours.get(key, []), theirs):
            kind = compare(mine, other)
            count[kind] += 1
            if kind == "different":
                print("  different:", key, mine[-3:], other[-3:])
            for x, y in zip(mine, other):
                if x[0] == y[0]:
                    # What perf calls unknown we call by its place in the file.
                    names[x[1] == y[1] or (y[1] == "[unknown]" and x[1].startswith("["))] += 1
        count["missing"] += max(0, len(theirs) - len(ours.get(key, [])))
    total = sum(count.values())
    equal = count["same"] + count["longer"] + count["last outside"] + count["longer by one for one outside"]
    explained = equal + count["perf by frame pointer"]
    print(f"{name}: {total} samples, {dict(+count)}; names equal {names[True]}, other {names[False]}")
    # Of a thousand samples or fewer, one is more than the share: what the machine did meanwhile decides on it.
    differ_at_most = max(1, (1 - EQUAL_AT_LEAST) * total)
    ok = total > 0 and total - explained <= differ_at_most and names[False] <= 0.001 * names[True]
    if not ok:
        print(f"FAILED {name}: {equal} of {total} equal")
    return ok


def main():
    if not shutil.which("perf") or not shutil.which("gcc"):
        print("skipped: no perf, or no compiler")
        return 77
    with tempfile.TemporaryDirectory(prefix="stet-dwarf-") as folder:
        if not record(folder, "probe", ["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"]):
            print("skipped: perf may not record here")
            return 77
        ok = True
        for number, (name, compiler, source, suffix) in enumerate(BUILDS):
            path = os.path.join(folder, f"p{number}")
            with open(path + suffix, "w", encoding="utf-8") as out:
                out.write(source)
            if not shutil.which(compiler[0]) or run(*compiler, "-o", path, path + suffix).returncode != 0:
                print(f"{name}: not built here")
                continue
            data = record(folder, f"p{number}", [path])
            ok = bool(data) and check(name, data) and ok
        script = os.path.join(folder, "work.py")
        with open(script, "w", encoding="utf-8") as out:
            out.write(PY_SOURCE)
        python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
        data = record(folder, "python", [python, script])
        ok = bool(data) and check("CPython", data) and ok
        return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
