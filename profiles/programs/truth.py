#!/usr/bin/python3
"""Run a command, let recorders look at it, and keep what the kernel says it used.

truth.py -o TRUTH.json [--attach RECORDER]... [--settle S] [--window] [--stop S] -- COMMAND...

The program's CPU comes from wait4() on the command (the whole tree below it, the recorders are not part of it)
and its wall time from CLOCK_MONOTONIC around it. In a RECORDER, {pid} is the process that does the work: the last
of the chain of single children below COMMAND, so that `time -v CMD` may stand in front. The recorders run beside
each other, from the moment the process answers to them. With --window the CPU and the wall time between the start
of the first recorder and the end of the last are kept as well, from /proc/PID/task/*/schedstat (nanoseconds).
--stop ends a service with SIGTERM, S seconds after the recorders are done.
"""
import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import time


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(x) for x in f.read().split()]
    except FileNotFoundError:
        return []


def worker_of(pid, depth):
    for _ in range(depth):
        deadline = time.monotonic() + 5
        below = children(pid)
        while not below and time.monotonic() < deadline:
            time.sleep(0.002)
            below = children(pid)
        if not below:
            return pid
        pid = below[0]
    return pid


def on_cpu_s(pid):
    total = 0
    for tid in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{tid}/schedstat") as f:
                total += int(f.read().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-o", required=True)
    p.add_argument("--attach", action="append", default=[])
    p.add_argument("--depth", type=int, default=0, help="wrappers in front of the program (1 for time -v)")
    p.add_argument("--settle", type=float, default=0.15, help="seconds before the recorders start")
    p.add_argument("--window", action="store_true")
    p.add_argument("--stop", type=float, default=None)
    p.add_argument("--stdout", default=None)
    p.add_argument("command", nargs=argparse.REMAINDER)
    a = p.parse_args()
    command = a.command[1:] if a.command[:1] == ["--"] else a.command

    out = open(a.stdout, "wb") if a.stdout else None
    began = time.monotonic()
    program = subprocess.Popen(command, stdout=out)
    pid = worker_of(program.pid, a.depth)
    truth = {"command": shlex.join(command)}
    if a.attach:
        time.sleep(a.settle)
        cpu0, wall0 = (on_cpu_s(pid) if a.window else 0.0), time.monotonic()
        shown = [c.replace("{pid}", str(pid)) for c in a.attach]
        recorders = [subprocess.Popen(shlex.split(c)) for c in shown]
        truth["recorders"] = a.attach
        for r, c in zip(recorders, shown):
            if r.wait() != 0:
                print(f"truth.py: recorder failed: {c}", file=sys.stderr)
        if a.window:
            cpu, wall = on_cpu_s(pid) - cpu0, time.monotonic() - wall0
            truth["window"] = {"wall_s": round(wall, 4), "cpu_s": round(cpu, 6), "cpu_over_wall": round(cpu / wall, 6),
                               "source": "schedstat of all threads and CLOCK_MONOTONIC around the recorders"}
    if a.stop is not None:
        time.sleep(a.stop)
        os.kill(pid, signal.SIGTERM)
    _, status, ru = os.wait4(program.pid, 0)
    wall = time.monotonic() - began
    program.returncode = os.waitstatus_to_exitcode(status)
    cpu = ru.ru_utime + ru.ru_stime
    truth.update({
        "wall_s": round(wall, 4), "user_s": round(ru.ru_utime, 6), "sys_s": round(ru.ru_stime, 6),
        "cpu_s": round(cpu, 6), "cpu_over_wall": round(cpu / wall, 4), "nvcsw": ru.ru_nvcsw, "nivcsw": ru.ru_nivcsw,
        "maxrss_kb": ru.ru_maxrss, "exit_status": program.returncode,
        "source": "getrusage by wait4() and CLOCK_MONOTONIC around the command"})
    with open(a.o, "w") as f:
        json.dump(truth, f, indent=1)
        f.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
