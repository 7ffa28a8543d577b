"""Small functions, a built-in that computes and one that blocks; runs on every Python since 2.7.

usage: traced.py ROUNDS
"""
import sys
import time


def weight(n):
    return n * n % 7


def fold(limit):
    total = 0
    for i in range(limit):
        total += weight(i)
    return total


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def order(limit):
    return sorted((weight(i), i) for i in range(limit))[0]


def main(rounds):
    for _ in range(rounds):
        fold(4000)
        order(3000)
        depth(40)
        time.sleep(0.02)


main(int(sys.argv[1]))
