"""Computes in Python, hashes in native code and sleeps, in turns; with a thread beside it, or as tasks of one loop.

usage: mixed.py ROUNDS [thread|tasks]
"""
import asyncio
import hashlib
import sys
import threading
import time

BLOCK = bytes(range(256)) * 8000


def collatz(limit):
    longest = 0
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        longest = max(longest, steps)
    return longest


def digest(times):
    h = hashlib.sha256()
    for _ in range(times):
        h.update(BLOCK)
    return h.hexdigest()


def pause(seconds):
    time.sleep(seconds)


def one_round():
    collatz(1500)
    digest(6)
    pause(0.05)


async def task(rounds):
    for _ in range(rounds):
        collatz(800)
        await asyncio.sleep(0.06)


async def tasks(rounds):
    await asyncio.gather(task(rounds), task(rounds))


def main(rounds, mode):
    if mode == "tasks":
        asyncio.run(tasks(rounds))
        return
    beside = threading.Thread(target=pause, args=(rounds * 0.05,), name="beside")
    if mode == "thread":
        beside.start()
    for _ in range(rounds):
        one_round()
    if mode == "thread":
        beside.join()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
