"""A thread pool that is mostly parked: WORKERS threads wait for tasks, the main thread computes for SECONDS.

usage: pool.py WORKERS SECONDS
"""
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor


def checksum(seed, rounds):
    value = seed
    for i in range(rounds):
        value = (value * 1103515245 + 12345 + i) % 2147483648
        value ^= value >> 7
    return value


def report(end):
    total = 0
    while time.monotonic() < end:
        total ^= checksum(total + 1, 2000)
    return total


def main():
    workers, seconds = int(sys.argv[1]), float(sys.argv[2])
    gate = threading.Barrier(workers)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="pool") as pool:
        list(pool.map(lambda _: gate.wait(), range(workers)))
        print(report(time.monotonic() + seconds))


main()
