"""Load on a loopback service: USERS keep-alive connections, each asking again PAUSE seconds after its answer, for SECONDS.

usage: http_load.py PORT USERS SECONDS PAUSE      prints the requests answered and their mean response time
"""
import asyncio
import json
import sys
import time

PORT, USERS, SECONDS, PAUSE = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])


async def connect(end):
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", PORT)
        except ConnectionError:
            if time.monotonic() > end:
                return None, None
            await asyncio.sleep(0.05)


async def user(spent, end):
    reader, writer = await connect(end)
    if writer is None:
        return
    try:
        while time.monotonic() < end:
            began = time.monotonic()
            writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            spent.append(time.monotonic() - began)
            await asyncio.sleep(PAUSE)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    writer.close()


async def main():
    spent, end = [], time.monotonic() + SECONDS
    await asyncio.gather(*(user(spent, end) for _ in range(USERS)))
    print(json.dumps({"users": USERS, "ops": len(spent), "op_s": round(sum(spent) / len(spent), 6) if spent else None}))


asyncio.run(main())
