"""One task of a loop, profiled from inside while another task runs beside it.

usage: awaits.py OUT
"""
import asyncio
import sys

from mixed import collatz
from pyinstrument import Profiler
from pyinstrument.renderers import JSONRenderer


async def beside():
    for _ in range(10):
        collatz(700)
        await asyncio.sleep(0.02)


async def job():
    for _ in range(8):
        collatz(900)
        await asyncio.sleep(0.04)


async def main(out):
    other = asyncio.ensure_future(beside())
    profiler = Profiler(interval=0.002, async_mode="enabled")
    profiler.start()
    await job()
    profiler.stop()
    with open(out, "w", encoding="utf-8") as file:
        file.write(profiler.output(JSONRenderer()))
    await other


asyncio.run(main(sys.argv[1]))
