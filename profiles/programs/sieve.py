"""CPU-bound pure Python: counts primes and their gaps, no input, no output but one line.

usage: sieve.py LIMIT
"""
import sys


def is_prime(n):
    if n % 2 == 0:
        return n == 2
    d = 3
    while d * d <= n:
        if n % d == 0:
            return False
        d += 2
    return n > 1


def gap_table(limit):
    last, gaps = 2, {}
    for n in range(3, limit):
        if is_prime(n):
            gaps[n - last] = gaps.get(n - last, 0) + 1
            last = n
    return gaps


def main():
    gaps = gap_table(int(sys.argv[1]))
    print(sum(gaps.values()), max(gaps, key=gaps.get))


main()
