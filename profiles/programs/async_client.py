"""One asyncio process that keeps N requests in flight: 2 to 3 ms of its own CPU each, half a second of waiting upstream.

usage: async_client.py PORT IN_FLIGHT SECONDS      prints the requests that were answered and their mean response time
"""
import asyncio
import json
import sys
import time

PORT, IN_FLIGHT, SECONDS = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])


def price_list(raw):
    rows = json.loads(raw)["items"]
    by_group = {}
    for row in rows:
        key = row["tags"][2]
        old = by_group.get(key, (0, 0.0))
        by_group[key] = (old[0] + 1, old[1] + row["price"])
    return rows, by_group


def rank(rows, by_group):
    out = []
    for row in rows:
        count, total = by_group[row["tags"][2]]
        out.append((row["price"] * count - total, row["sku"]))
    out.sort()
    return out[:10]


async def one_request(reader, writer, n):
    writer.write(b"GET /stock?page=%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % n)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    rows, by_group = price_list(await reader.readexactly(length))
    return rank(rows, by_group)


async def user(end, spent):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 20)
    while time.monotonic() < end:
        began = time.monotonic()
        await one_request(reader, writer, len(spent))
        spent.append(time.monotonic() - began)
    writer.close()


async def main():
    spent, end = [], time.monotonic() + SECONDS
    await asyncio.gather(*(user(end, spent) for _ in range(IN_FLIGHT)))
    print(json.dumps({"in_flight": IN_FLIGHT, "ops": len(spent), "op_s": round(sum(spent) / len(spent), 6)}))


asyncio.run(main())
