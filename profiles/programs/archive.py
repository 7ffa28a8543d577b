"""Packs made-up log records with zlib at its highest level: nearly all of the CPU is spent in the C library.

usage: archive.py BLOCKS
"""
import hashlib
import sys
import zlib


def records(block, count):
    lines = []
    for i in range(count):
        n = (block * count + i) * 2654435761 % 4294967296
        lines.append(b"%d GET /item/%d %d %d\n" % (1700000000 + i, n % 5000, 200 if n % 17 else 404, n % 99991))
    return b"".join(lines)


def pack(raw):
    return zlib.compress(raw, 9)


def main():
    digest, size = hashlib.sha256(), 0
    for block in range(int(sys.argv[1])):
        packed = pack(records(block, 6000))
        digest.update(packed)
        size += len(packed)
    print(size, digest.hexdigest()[:16])


main()
