"""Gecko profile on standard input, the same without markers, pages and counters on standard output: nine tenths of a
recording of Firefox are markers, and they hold addresses of pages."""
import json
import sys


def slim(process):
    for thread in process["threads"]:
        thread["markers"]["data"] = []
    process["pages"], process["counters"], process["profilingLog"] = [], [], {}
    for child in process["processes"]:
        slim(child)


document = json.load(sys.stdin)
slim(document)
json.dump(document, sys.stdout, separators=(",", ":"))
