#!/usr/bin/env python3
"""Tables and what they promise: unique rows, a file behind each row and a row behind each file, documents in step."""

import posixpath
import re
import sys

import lintlib
from lintlib import Finding, expect, strip_c

ROW = re.compile(r"^([A-Z][A-Z0-9_]*)\(\s*([A-Za-z0-9_]+)", re.M)
ROUTE = re.compile(r'^ROUTE\(\s*([A-Z]+),\s*("[^"]*")', re.M)  # a route is its method and its pattern
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def rows(tree, path):
    text = tree.get(path, "")
    return [(m.group(2), line_of(text, m.start())) for m in ROW.finditer(strip_c(text))]


def check_unique(tree):
    for path in tree:
        if not path.endswith(".def"):
            continue
        seen = {}
        text = tree[path]
        routes = list(ROUTE.finditer(text))
        for match in routes or ROW.finditer(strip_c(text)):
            key = match.group(1, 2)
            line = line_of(text, match.start())
            if key in seen:
                yield Finding(path, line, f"row {key[1]} stands in line {seen[key]} already")
            seen.setdefault(key, line)


def check_commands(tree):
    table = "src/cli/commands.def"
    symbols = dict(rows(tree, table))
    for symbol, line in symbols.items():
        if f"src/cli/cmd_{symbol}.c" not in tree:
            yield Finding(table, line, f"no src/cli/cmd_{symbol}.c behind this row")
    for path in tree:
        match = re.fullmatch(r"src/cli/cmd_(\w+)\.c", path)
        # cmd_<name>_<part>.c may hold a part of a command.
        if match and not any(match.group(1) == s or match.group(1).startswith(s + "_") for s in symbols):
            yield Finding(path, 1, f"no row in {table}")
    readme = tree.get("README.md")
    names = re.findall(r'^COMMAND\(\s*\w+\s*,\s*"([^"]+)"', tree.get(table, ""), re.M)
    for name in names:
        if readme is not None and not re.search(rf"\bstet {re.escape(name)}\b", readme):
            yield Finding("README.md", 1, f"the command 'stet {name}' is not mentioned")


def importer_names(tree):
    """Contract name of each importer row: the row names a symbol, its file gives the name."""
    table = "src/import/importers.def"
    names = {}
    for path, text in tree.items():
        if path.startswith("src/import/") and path.endswith(".c"):
            for match in re.finditer(r"const struct importer import_(\w+)\s*=\s*\{(.*?)\.name\s*=\s*\"([^\"]+)\"", text, re.S):
                names[match.group(1)] = (match.group(3), path)
    for symbol, line in rows(tree, table):
        if symbol not in names:
            yield None, Finding(table, line, f"no `const struct importer import_{symbol}` with a .name in src/import/")
        elif names[symbol][0] != symbol.replace("_", "-"):
            yield None, Finding(names[symbol][1], 1, f"import_{symbol} is named '{names[symbol][0]}': the build derives the name from the row")
        else:
            yield names[symbol][0], None
    listed = {symbol for symbol, _ in rows(tree, table)}
    for symbol, (_, path) in names.items():
        if symbol not in listed:
            yield None, Finding(path, 1, f"import_{symbol} has no row in {table}")


def check_importers(tree, files):
    names = set()
    for name, wrong in importer_names(tree):
        if wrong:
            yield wrong
        else:
            names.add(name)
    folders = {}
    for path in files:
        match = re.fullmatch(r"profiles/formats/([^/]+)/(.+)", path)
        if match:
            real = posixpath.basename(path) != "README.md" and not path.endswith(".expect")
            folders[match.group(1)] = folders.get(match.group(1), False) or real
    in_cases = set()
    for path, text in tree.items():
        if re.fullmatch(r"profiles/cases/[^/]+/case\.json", path):
            in_cases |= set(re.findall(r'"format"\s*:\s*"([^"]+)"', text))
    for name in sorted(names):
        if not folders.get(name) and name not in in_cases:
            yield Finding("src/import/importers.def", 1, f"no sample of '{name}': want profiles/formats/{name}/<case>")
    for name in sorted(folders):
        if name not in names:
            yield Finding(f"profiles/formats/{name}", 1, "no importer of that name")


def check_migrations(files):
    numbers = []
    for path in sorted(files):
        if path.startswith("db/migrations/"):
            match = re.fullmatch(r"db/migrations/(\d{4})_[a-z0-9_]+\.sql", path)
            if not match:
                yield Finding(path, 1, "want NNNN_name.sql")
            else:
                numbers.append((int(match.group(1)), path))
    for expected, (number, path) in enumerate(numbers, 1):
        if number != expected:
            yield Finding(path, 1, f"migration {number:04d} where {expected:04d} is next")
            break


def check_documents(tree, files):
    known = set(files) | {posixpath.dirname(f) for f in files}
    known |= {parent for k in list(known) for parent in parents(k)}
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        for match in LINK.finditer(text):
            target = match.group(1).split("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            full = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if full not in known:
                yield Finding(path, line_of(text, match.start()), f"link to {target}, which is not there")
    readme = tree.get("README.md")
    if readme is not None:
        for command in ("./dev run", "./dev test"):
            if command not in readme:
                yield Finding("README.md", 1, f"'{command}' is not shown")
    architecture = tree.get("ARCHITECTURE.md")
    if architecture is not None:
        if architecture.count("\n") > 200:
            yield Finding("ARCHITECTURE.md", 201, "longer than 200 lines")
        for folder in sorted({f.split("/")[1] for f in files if f.startswith("src/") and f.count("/") > 1}):
            if f"{folder}/" not in architecture:
                yield Finding("ARCHITECTURE.md", 1, f"src/{folder}/ is not described")


def parents(path):
    while "/" in path:
        path = posixpath.dirname(path)
        yield path


def check_all(tree, files):
    findings = []
    for part in (check_unique(tree), check_commands(tree), check_importers(tree, files), check_migrations(files),
                 check_documents(tree, files)):
        findings.extend(part)
    return findings


def self_test():
    good = {
        "src/cli/commands.def": '/* COMMAND(x, ... */\nCOMMAND(help, "help", "", "", "")\n',
        "src/cli/cmd_help.c": "",
        "src/cli/cmd_help_text.c": "",
        "src/import/importers.def": "IMPORTER(perf_stat)\n",
        "src/import/perf/fmt_perf_stat.c": 'const struct importer import_perf_stat = {\n    .name = "perf-stat",\n};\n',
        "README.md": "./dev run ./dev test `stet help` [a](ARCHITECTURE.md) [b](https://example.org)\n",
        "ARCHITECTURE.md": "src/ cli/ import/\n",
    }
    samples = ["profiles/formats/perf-stat/a.txt", "db/migrations/0001_first.sql"]

    def with_change(change, more=(), less=()):
        tree = {**good, **change}
        return check_all(tree, [f for f in list(tree) + samples + list(more) if f not in less])

    expect(with_change({}))
    expect(with_change({"src/a/e.def": "ROW(A, 1)\nROW(B, 2)\nROW(A, 3)\n", "ARCHITECTURE.md": "a/ cli/ import/"}),
           "src/a/e.def:3: row A stands in line 1")
    expect(with_change({"src/cli/commands.def": good["src/cli/commands.def"] + 'COMMAND(zap, "help", "", "", "")\n'}),
           "no src/cli/cmd_zap.c")
    expect(with_change({"src/cli/cmd_odd.c": ""}), "no row in src/cli/commands.def")
    expect(with_change({"README.md": "./dev run ./dev test"}), "'stet help' is not mentioned")
    expect(with_change({"README.md": "./dev run `stet help`"}), "'./dev test' is not shown")
    expect(with_change({"README.md": good["README.md"] + "[c](none.md)"}), "link to none.md")
    expect(with_change({}, less=samples[:1]), "no sample of 'perf-stat'")
    expect(with_change({"profiles/cases/a/case.json": '{"files": [{"path": "x", "format": "perf-stat"}]}'}, less=samples[:1]))
    expect(with_change({"src/import/perf/fmt_perf_stat.c": 'const struct importer import_perf_stat = {\n .name = "perf",\n'}, less=samples[:1]),
           "import_perf_stat is named 'perf'")
    expect(with_change({}, more=["profiles/formats/other/x"]), "no importer of that name")
    expect(with_change({"src/import/importers.def": ""}, less=samples[:1]), "has no row")
    expect(with_change({}, more=["db/migrations/0003_third.sql"]), "0003 where 0002 is next")
    expect(with_change({}, more=["db/migrations/second.sql"]), "want NNNN_name.sql")
    expect(with_change({}, more=["src/report/a.c"]), "src/report/ is not described")
    expect(with_change({"ARCHITECTURE.md": "cli/ import/" + "\n" * 201}), "longer than 200 lines")


if __name__ == "__main__":
    texts = lintlib.read_tree("src", suffixes={".c", ".def"})
    texts.update({p: t for p, t in lintlib.read_tree(suffixes={".md"}).items()})
    texts.update({p: t for p, t in lintlib.read_tree("profiles/cases", suffixes={".json"}).items() if p.endswith("/case.json")})
    every_file = lintlib.list_files()
    sys.exit(lintlib.main("tables", self_test, lambda tree: check_all(tree, every_file), texts))
