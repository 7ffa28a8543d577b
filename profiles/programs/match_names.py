"""Finds the nearest known name for every name of a list: CPU-bound, one function holds nearly all of it.

usage: match_names.py NAMES KNOWN
"""
import sys

from distance import edit_distance

SYLLABLES = ["ka", "lo", "mir", "ten", "sor", "vel", "ano", "del", "rui", "pha"]


def name_of(n):
    parts = []
    while True:
        parts.append(SYLLABLES[n % 10])
        n //= 10
        if n == 0:
            return "".join(parts)


def normalise(name):
    return "".join(c for c in name.lower() if c.isalpha())


def signature(name):
    counts = {}
    for a, b in zip(name, name[1:]):
        counts[a + b] = counts.get(a + b, 0) + 1
    return frozenset(counts)


def candidates(name, known):
    mine = signature(name)
    return [other for other, theirs in known if sum(pair in theirs for pair in mine) >= 6]


def nearest(name, known):
    best, found = 99, None
    for other in candidates(name, known):
        d = edit_distance(name, other)
        if d < best:
            best, found = d, other
    return found, best


def main():
    names, count = int(sys.argv[1]), int(sys.argv[2])
    known = [(n, signature(n)) for n in (normalise(name_of(7919 * i % 99991)) for i in range(count))]
    total = 0
    for i in range(names):
        total += nearest(normalise(name_of(104729 * i % 999983)), known)[1]
    print(total)


main()
