#!/usr/bin/env python3
"""Calls and words that must not stand in the tree, each with its reason."""

import re
import sys

import lintlib
from lintlib import Finding, expect, strip_c

# Pattern in C code (comments and strings blanked), files that may, reason.
CALLS = [
    (r"\b(strtok|strtok_r)\s*\(", (), "strtok writes into its input: use span.h"),
    (r"\b(strcpy|strcat|stpcpy|strncpy|strncat)\s*\(", (), "unbounded or unterminated copy: use sb.h"),
    (r"\b(sprintf|vsprintf)\s*\(", (), "unbounded: use sb.h"),
    (r"\b(atoi|atol|atoll|atof)\s*\(", (), "no error, no bounds: use num.h"),
    (r"\b(strtol|strtoll|strtoul|strtoull|strtod|strtof|strtold|strtoimax|strtoumax)\s*\(", ("src/base/num.c", "src/base/jsonw.c"),  # jsonw reads its own digits back
     "use num.h, which refuses what it does not understand"),
    (r"\b(sscanf|fscanf|scanf)\s*\(", (), "overflow is undefined: use num.h and span.h"),
    (r"\bgets\s*\(", (), "unbounded"),
    (r"\balloca\s*\(", (), "an input could overflow the stack"),
    (r"\b(rand|srand|random|srandom|drand48)\s*\(", (), "chance is an input: use rng.h"),
    (r"(?<![\w.>])(time|gettimeofday|clock_gettime)\s*\(", ("src/base/clock.c",), "time is an input: use clock.h"),
    (r"\b(localtime|asctime|ctime|gmtime)\s*\(", ("src/base/clock.c",), "not re-entrant: use clock.h"),
    (r"\bsetlocale\s*\(", (), "numbers would be read by the user's locale"),
    (r"\b(system|popen)\s*\(", (), "a shell would see text from files"),
    (r"\bmg_handle_form_request\s*\(", (), "CVE-2025-9648: one body spins a core for ever"),
    (r"\b(sleep|usleep|nanosleep)\s*\(", ("src/record/", "src/base/clock.c"), "wait for an event, not for time"),
]

# Pattern in every text file, files that may, reason. Parts are joined here so that this file does not match itself.
WORDS = [
    (r"\b(?:" + "TO" + "DO|FIX" + r"ME|X" + r"XX)\b", (), "open work without a reason: write NEEDSWORK: with its options, or do it"),
    (r"(?<![\w.~$}-])/(?:home|Users|work|root|mnt|media|private/tmp)/[A-Za-z0-9_.-]+",
     ("profiles/", "tests/golden/", "tests/fuzz/corpus/", "tests/fuzz/regress/", "db/classification", "tests/unit/", "tests/cli/", "tests/api/"),
     "path of one machine"),
    (r"regis" + r"try\.(?:npmjs|yarnpkg)\.|/art" + r"ifactory/|\bne" + r"xus\.|\"resolved\"\s*:", (),
     "host of a package registry: the lock file holds hashes, the registry is the user's choice"),
    (r"(?i)\bas an ai\b|\bchat" + r"gpt\b|\bco-authored" + r"-by\b", (), "not about the product"),
    (r"\b(?:brief" + r"ing|sub" + r"agent|work" + r"tree)s?\b", ("CONTRIBUTING.md",), "word of a workplace, not of the product"),
    (r"\.\./sha" + r"red\b", (".ci/run",), "path beside the checkout: use STET_CORPUS"),
    (r"(?i)\b(?:lorem" + r" ipsum|change" + r"me)\b", (), "filler text"),
    (r"^(?:<{7} |>{7} |={7}$)", ("tests/golden/",), "merge marker"),
]
# In tests and scripts.
TESTING = [
    (r"\btime\.sleep\s*\(|^\s*sleep\s+[0-9]|\bsetTimeout\s*\(", (), "tests wait for events, never for time"),
    (r"\b(?:pkill|killall)\b", (), "only processes that the test started may be ended, by their pid"),
]
C_SUFFIXES = (".c", ".h", ".cc", ".def", ".in")


def may(path, allowed):
    return any(path == a or (a.endswith("/") and path.startswith(a)) or path.startswith(a + ".") for a in allowed)


def scan(path, text, rows):
    for pattern, allowed, reason in rows:
        if may(path, allowed):
            continue
        for match in re.finditer(pattern, text, re.M):
            line = text.count("\n", 0, match.start()) + 1
            yield Finding(path, line, f"'{match.group(0).strip()}': {reason}")


def check(tree):
    findings = []
    for path, text in tree.items():
        if path.startswith("src/") and path.endswith(C_SUFFIXES):
            findings.extend(scan(path, strip_c(text), CALLS))
        elif path.endswith(".c"):
            # Tools and tests may ask the clock; they obey the rest.
            findings.extend(scan(path, strip_c(text), [row for row in CALLS if "time" not in row[0]]))
        if path.startswith("tests/") or path in ("dev", ".ci/run"):
            findings.extend(scan(path, text, TESTING))
        findings.extend(scan(path, text, WORDS))
    return findings


def self_test():
    expect(check({"src/a/b.c": 'x = "strcpy(a)"; /* strcpy(a) */ y->time(1); uptime(2);\n'}))
    expect(check({"src/a/b.c": "\nstrcpy(a, b);\n"}), "src/a/b.c:2: 'strcpy('")
    expect(check({"src/a/b.c": "a = time(NULL);\n", "src/base/clock.c": "a = time(NULL);\n"}), "src/a/b.c:1: 'time('")
    expect(check({"src/base/num.c": "strtod(a, &b); atoi(c);\n"}), "'atoi('")
    expect(check({"src/a/b.c": "/* " + "TO" + "DO: later */\n"}), "NEEDSWORK")
    expect(check({"docs/a.md": "see /ho" + "me/jane/x\n"}), "path of one machine")
    expect(check({"profiles/a.txt": "at /ho" + "me/jane/x\n", "docs/b.md": "~/work/x $HOME/work/y\n"}))
    expect(check({"web/package-lock.json": '"resol' + 'ved": "https://x"\n'}), "host of a package registry")
    expect(check({"a.md": "../sha" + "red/x\n", ".ci/run": "../sha" + "red/x\n"}), "a.md:1")
    expect(check({"tests/api/a.py": "time.sle" + "ep(1)\n", "tests/b.sh": "pk" + "ill stet\n"}), "for events", "by their pid")
    for pattern, _, reason in CALLS + WORDS + TESTING:
        assert re.compile(pattern) and reason, "a rule without a reason"


if __name__ == "__main__":
    files = lintlib.read_tree()
    # Recordings and third-party inputs say what they say.
    files = {p: t for p, t in files.items()
             if not p.startswith(("profiles/", "tests/golden/", "tests/fuzz/corpus/", "tests/fuzz/regress/", "tests/lint/"))
             and p != "LICENSE"}
    sys.exit(lintlib.main("banned", self_test, check, files))
