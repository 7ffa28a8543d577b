"""A slow HTTP upstream on loopback: answers every request after DELAY seconds with a JSON document of ITEMS entries.

usage: upstream.py PORT DELAY ITEMS
"""
import asyncio
import json
import signal
import sys

PORT, DELAY, ITEMS = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
BODY = json.dumps({"items": [{"id": i, "sku": f"A-{i:05d}", "price": i * 17 % 991 / 10, "tags": ["new", "eu", f"g{i % 7}"]}
                             for i in range(ITEMS)]}).encode()
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


async def serve(reader, writer):
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(DELAY)
            writer.write(REPLY)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(serve, "127.0.0.1", PORT, backlog=1024)
    async with server:
        await stop.wait()


asyncio.run(main())
