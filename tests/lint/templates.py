#!/usr/bin/env python3
"""ctemplate escapes nothing unless told to, and not everywhere: each template is checked for the traps."""

import re
import sys

import lintlib
from lintlib import Finding, expect

PRAGMA = '{{%AUTOESCAPE context="HTML"}}'
MARKER = re.compile(r"\{\{(.*?)\}\}", re.S)


def tag_findings(path, text):
    """Walks the HTML: a marker may stand in text and inside a quoted attribute value, never in a name or bare value,
    nor in script or style, where HTML escaping does not hold."""
    i, raw = 0, None
    while i < len(text):
        if raw:
            end = re.compile(rf"</{raw}\s*>", re.I).search(text, i)
            stop = end.start() if end else len(text)
            for m in MARKER.finditer(text, i, stop):
                if m.group(1)[:1] not in "!%#/":
                    yield line_of(text, m.start()), f"value inside <{raw}>: pass it in a data- attribute"
            i, raw = (end.end() if end else stop), None
            continue
        if text.startswith("<!--", i):
            i = max(text.find("-->", i), i + 4)
            continue
        if not re.match(r"</?[A-Za-z{]", text[i:]):
            i += 1
            continue
        name = re.match(r"</?([A-Za-z0-9-]*)", text[i:])
        j = i + name.end()
        if text.startswith("{{", j):
            yield line_of(text, j), "marker in a tag name"
            close = text.find("}}", j)
            j = len(text) if close < 0 else close + 2
        while j < len(text) and text[j] != ">":
            if text[j] in "\"'":
                close = text.find(text[j], j + 1)
                j = len(text) if close < 0 else close + 1
                continue
            if text.startswith("{{", j):
                close = text.find("}}", j)
                inner = text[j + 2 : close] if close > 0 else ""
                # Section markers around a whole attribute print nothing by themselves.
                if inner[:1] not in "#/!":
                    yield line_of(text, j), "marker in an attribute name or an unquoted value"
                j = len(text) if close < 0 else close + 2
                continue
            j += 1
        opened = name.group(1).lower()
        if opened in ("script", "style") and not text.startswith("</", i) and text[j - 1 : j] != "/":
            raw = opened
        i = j + 1


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def check(tree):
    findings = []
    for path, text in tree.items():
        if not text.startswith(PRAGMA):
            findings.append(Finding(path, 1, f"must begin with {PRAGMA}"))
        for match in MARKER.finditer(text):
            if re.search(r":(none|json_escape|o)\b", match.group(1)):
                findings.append(Finding(path, line_of(text, match.start()), f"modifier in {match.group(0)} weakens escaping"))
        for match in re.finditer(r"(?i)\son[a-z]+\s*=|\sstyle\s*=|javascript:", text):
            findings.append(Finding(path, line_of(text, match.start()), "inline handler or style: the content policy blocks it"))
        for match in re.finditer(r"""(?i)\b(?:src|href|action)\s*=\s*["'](?:https?:)?//""", text):
            findings.append(Finding(path, line_of(text, match.start()), "outside address: pages make no outside request"))
        for match in re.finditer(r"""(?i)\b(?:src|href|action)\s*=\s*["'][^"'{}]*\?[^"']*=\{\{[A-Z0-9_]+\}\}""", text):
            findings.append(Finding(path, line_of(text, match.start()), "value in a query string: write {{NAME:u}}"))
        findings.extend(Finding(path, line, what) for line, what in tag_findings(path, text))
    return findings


def self_test():
    def one(body):
        return check({"web/templates/a.tpl": PRAGMA + "\n" + body})

    expect(one('<p class="{{C}}">{{V}} a < b {{#S}}<b>{{X}}</b>{{/S}}</p><a href="{{U}}"{{#ON}} hidden{{/ON}}>x</a>'))
    expect(one('<script src="/static/app.js"></script><a href="/f?n={{V:u}}">x</a>{{! a comment }}'))
    expect(check({"a.tpl": "<p>{{V}}</p>"}), "must begin with")
    expect(one("<p>{{V:none}}</p>"), "a.tpl:2: modifier in {{V:none}}")
    expect(one("<{{V}}>"), "tag name")
    expect(one("<h{{N}}>x</h1>"), "tag name")
    expect(one("<p {{V}}>x</p>"), "attribute name")
    expect(one("<p class={{V}}>x</p>"), "unquoted value")
    expect(one("<script>var a = {{V}};</script>"), "inside <script>")
    expect(one('<p onclick="x()">x</p>'), "inline handler")
    expect(one('<p style="color:red">x</p>'), "inline handler or style")
    expect(one('<img src="//x.example/y.png">'), "outside address")
    expect(one('<a href="/f?n={{V}}">x</a>'), "{{NAME:u}}")


if __name__ == "__main__":
    files = lintlib.read_tree("web", suffixes={".tpl"})
    sys.exit(lintlib.main("templates", self_test, check, files))
