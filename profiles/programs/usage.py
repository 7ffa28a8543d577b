"""Computes for half a second, waits for half a second, prints what was used in the ways Python knows."""
import os
import resource
import time

began = time.monotonic()
n = 0
while time.process_time() < 0.5:
    n = (n * 1103515245 + 12345) % 2147483648
time.sleep(0.5)
print(resource.getrusage(resource.RUSAGE_SELF))
print(os.times())
print("elapsed", round(time.monotonic() - began, 6))
