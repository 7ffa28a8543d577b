#!/usr/bin/env python3
"""Includes go one way only, and each third-party header is included by one file. The same line stands in
ARCHITECTURE.md; both are compared."""

import re
import sys

import lintlib
from lintlib import Finding, expect

# Names in one group are siblings and do not see each other.
LAYERS = [
    ["base"],
    ["config", "profile", "facts", "symbol"],
    ["import", "record", "classify", "claims"],
    ["evidence"],
    ["roi"],
    ["policy"],
    ["advise"],
    ["store", "report"],
    ["http"],
    ["cli"],
    ["main"],
]
RANK = {name: rank for rank, group in enumerate(LAYERS) for name in group}

# Third-party header (as a pattern) -> the one file that may include it; several only where each has its own part of
# the library (backtraces of this process; chains out of recordings).
SINGLE = [
    (r"civetweb\.h", "src/http/server.c"),
    (r"sqlite3\.h", "src/base/sql.c"),
    (r"(cjson/)?cJSON\.h", "src/base/json.c"),
    (r"libunwind.*\.h", ("src/base/unwind.c", "src/symbol/unwind_remote.c")),
    (r"(elfutils/)?(libdw|libdwfl|libelf|gelf|dwarf)\.h", ()),
    (r"ctemplate/.*", "src/report/tmpl.cc"),
    (r"archive(_entry)?\.h", "src/import/unwrap.c"),
    (r"expat\.h", None),
    (r"openssl/.*", "src/base/sha256.c"),
    (r"curl/.*", "src/base/httpc.c"),
]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def layer_line():
    return " < ".join(", ".join(group) for group in LAYERS)


def layer_of(path):
    rest = path[len("src/") :]
    return rest.split("/")[0] if "/" in rest else "main"


def check_direction(path, line, target):
    own = layer_of(path)
    if "/" not in target:
        if target == "version.h":
            return None
        return Finding(path, line, f'include "{target}" is not rooted at src')
    other = target.split("/")[0]
    if other not in RANK:
        return Finding(path, line, f"'{other}' is not in the layer line")
    if other == own or RANK[other] < RANK[own]:
        return None
    relation = "beside" if RANK[other] == RANK[own] else "above"
    return Finding(path, line, f"{own} includes {target}, which stands {relation} it ({layer_line()})")


def check(tree):
    findings = []
    seen = {}
    for path, text in tree.items():
        if path == "ARCHITECTURE.md":
            if layer_line() not in text:
                findings.append(Finding(path, 1, f"the layer line differs from the lint: want '{layer_line()}'"))
            continue
        if path.startswith("src/") and "/" in path[4:] and layer_of(path) not in RANK:
            findings.append(Finding(path, 1, f"folder '{layer_of(path)}' is not in the layer line"))
            continue
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            target = match.group(2)
            for number, (pattern, owner) in enumerate(SINGLE):
                if re.fullmatch(pattern, target):
                    first = seen.setdefault(number, path)
                    allowed = (first,) if owner is None else (owner,) if isinstance(owner, str) else owner
                    if path not in allowed and path.startswith("src/"):
                        who = " and ".join(allowed) + " only" if allowed else "no file"
                        findings.append(Finding(path, line, f"{target} may be included by {who}"))
            if match.group(1) == '"' and path.startswith("src/"):
                wrong = check_direction(path, line, target)
                if wrong:
                    findings.append(wrong)
    return findings


def self_test():
    good = {
        "src/main.c": '#include "cli/cli.h"\n#include "version.h"\n',
        "src/profile/a.c": '#include "base/err.h"\n#include "profile/a.h"\n#include <math.h>\n',
        "src/base/sql.c": "#include <sqlite3.h>\n",
        "ARCHITECTURE.md": f"x\n{layer_line()}\n",
    }
    expect(check(good))
    expect(check({"src/base/a.c": '\n#include "profile/a.h"\n'}), "src/base/a.c:2: base includes profile/a.h, which stands above")
    expect(check({"src/store/a.c": '#include "report/a.h"\n'}), "which stands beside it")
    expect(check({"src/profile/a.c": '#include "a.h"\n'}), "not rooted at src")
    expect(check({"src/odd/a.c": ""}), "folder 'odd' is not in the layer line")
    expect(check({"src/store/a.c": "#include <sqlite3.h>\n"}), "sqlite3.h may be included by src/base/sql.c only")
    expect(check({"src/http/a.c": "  #  include <cjson/cJSON.h>\n"}), "src/base/json.c only")
    expect(check({"src/import/a.c": "#include <expat.h>\n", "src/import/b.c": "#include <expat.h>\n"}), "src/import/a.c only")
    expect(check({"src/base/unwind.c": "#include <libunwind.h>\n", "src/symbol/unwind_remote.c": "#include <libunwind.h>\n"}))
    expect(check({"src/http/a.c": "#include <libunwind.h>\n"}), "src/base/unwind.c and src/symbol/unwind_remote.c only")
    expect(check({"src/symbol/a.c": "#include <gelf.h>\n"}), "gelf.h may be included by no file")
    expect(check({"ARCHITECTURE.md": "base < profile\n"}), "the layer line differs")


if __name__ == "__main__":
    files = lintlib.read_tree("src", suffixes={".c", ".h", ".cc", ".def", ".in"})
    files.update({p: t for p, t in lintlib.read_tree(suffixes={".md"}).items() if p == "ARCHITECTURE.md"})
    sys.exit(lintlib.main("layers", self_test, check, files))
