"""Distance of two curves by dynamic time warping: what costs the day shapes their time.

Where the extension built from warp_native.c is there, it takes the place of the Python function.
"""
FAR = 1e300


def distance(a, b, band):
    """Least sum of |a[i] - b[j]| over all monotone paths that stay within `band` slots of the diagonal."""
    width = len(b)
    previous = [FAR] * (width + 1)
    previous[0] = 0.0
    for i, x in enumerate(a):
        current = [FAR] * (width + 1)
        first = i - band if i > band else 0
        last = i + band + 1 if i + band + 1 < width else width
        left = FAR
        for j in range(first, last):
            best = previous[j]
            if previous[j + 1] < best:
                best = previous[j + 1]
            if left < best:
                best = left
            step = x - b[j]
            left = best + (step if step >= 0.0 else -step)
            current[j + 1] = left
        previous = current
    return previous[width]


try:
    from warp_native import distance  # noqa: F401,F811
except ImportError:
    pass
