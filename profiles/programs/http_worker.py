"""A worker that asks a slow upstream for one document after the other and adds up what it finds.

usage: http_worker.py PORT REQUESTS
"""
import http.client
import json
import sys
import time


def fetch(conn, page):
    conn.request("GET", f"/stock?page={page}")
    return conn.getresponse().read()


def summarise(raw, totals):
    for item in json.loads(raw)["items"]:
        group = item["tags"][-1]
        totals[group] = totals.get(group, 0.0) + item["price"]


def main():
    conn = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
    totals, requests, spent = {}, int(sys.argv[2]), 0.0
    for page in range(requests):
        began = time.monotonic()
        summarise(fetch(conn, page), totals)
        spent += time.monotonic() - began
    print(json.dumps({"ops": requests, "op_s": round(spent / requests, 6), "groups": len(totals)}))


main()
