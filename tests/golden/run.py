#!/usr/bin/env python3
"""Golden tests of one importer. run.py FORMAT walks profiles/formats/FORMAT/ and the files of that format which a
profiles/cases/<case>/case.json lists:

- each case (a file, or a folder that is one run) is found by its content, with its own name and as "unknown": same result;
- the result equals tests/golden/FORMAT/<case>.json and <case>.folded (stacks, sorted; a hash where they are large), or
  the refusal equals <case>.refused;
- each broken input in tests/golden/malformed/FORMAT/ fails with the status and words of <input>.expect:
  first line the exit status, then one fragment of the message per line.

STET_BLESS=1 rewrites the results; the diff is reviewed like code. `<case>.args` beside a sample holds more arguments
(`--format NAME` where the content alone cannot tell). README.md and *.args are no cases.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden")
FOLDED_BYTES_MAX = 128 * 1024
TIMEOUT_S = 120


def dump(path, *arguments):
    """(exit status, stdout bytes, stderr text)"""
    tool = os.environ["STET_GOLDEN_DUMP"]
    done = subprocess.run([tool, *arguments, path], capture_output=True, timeout=TIMEOUT_S, check=False)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def rounded(value):
    """The C library's log and exp differ in the last bit between processors: nine digits are kept."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


def document_text(raw):
    return json.dumps(rounded(json.loads(raw)), indent=1, ensure_ascii=False) + "\n"


def folded_text(raw):
    """Columns keep their order, the stacks of each are sorted; a long text becomes a hash with its number of lines."""
    blocks, lines = [], []
    for line in raw.decode("utf-8", "replace").splitlines():
        if line.startswith("# "):
            blocks.append((line, lines := []))
        else:
            lines.append(line)
    text = "".join(f"{head}\n" + "".join(f"{l}\n" for l in sorted(lines)) for head, lines in blocks)
    if len(text) <= FOLDED_BYTES_MAX:
        return text
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()} of {text.count(chr(10))} lines\n"


def compare(path, text, problems):
    if os.environ.get("STET_BLESS") == "1":
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    try:
        with open(path, encoding="utf-8") as file:
            want = file.read()
    except FileNotFoundError:
        problems.append(f"{path}: not there; STET_BLESS=1 writes it")
        return
    if want != text:
        import difflib

        diff = list(difflib.unified_diff(want.splitlines(), text.splitlines(), "golden", "now", lineterm="", n=2))
        problems.append(f"{path}:\n" + "\n".join(diff[:40]))


def arguments_of(sample):
    try:
        with open(sample + ".args", encoding="utf-8") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def samples_of(name):
    """(path, name of its results) of every recording of that format."""
    found = [(path, os.path.basename(path)) for path in entries(os.path.join(ROOT, "profiles", "formats", name), ".args")]
    cases = os.path.join(ROOT, "profiles", "cases")
    for folder in entries(cases, ".md"):
        try:
            with open(os.path.join(folder, "case.json"), encoding="utf-8") as file:
                listed = json.load(file).get("files", [])
        except FileNotFoundError:
            continue
        for row in listed:
            if row.get("format") == name:
                case = os.path.basename(folder)
                found.append((os.path.join(folder, row["path"]), f"{case}--{row['path'].replace('/', '-')}"))
    return found


def check_case(name, sample, title, problems):
    extra = arguments_of(sample)
    status, raw, message = dump(sample, *extra)
    base = os.path.join(GOLDEN, name, title)
    if status == 3:
        # A recording that must be refused by name: the golden file is the message.
        compare(base + ".refused", message.replace(sample, os.path.basename(sample)), problems)
        return
    if status != 0:
        problems.append(f"{sample}: exit {status}: {message.strip()}")
        return
    if os.path.isfile(sample):
        renamed = dump(sample, *extra, "--name", "unknown")
        if renamed[:2] != (status, raw):
            problems.append(f"{sample}: another result under the name 'unknown': {renamed[2].strip() or 'documents differ'}")
    compare(base + ".json", document_text(raw), problems)
    folded = folded_text(dump(sample, *extra, "--folded")[1])
    if folded:
        compare(base + ".folded", folded, problems)


def check_malformed(name, path, problems):
    status, _, message = dump(path, "--format", name)
    expect = path + ".expect"
    if os.environ.get("STET_BLESS") == "1" and not os.path.exists(expect):
        with open(expect, "w", encoding="utf-8") as file:
            file.write(f"{status}\n{message.strip()}\n")
    try:
        with open(expect, encoding="utf-8") as file:
            want_status, *fragments = file.read().splitlines()
    except FileNotFoundError:
        problems.append(f"{expect}: not there; STET_BLESS=1 writes it")
        return
    if str(status) != want_status:
        problems.append(f"{path}: exit {status}, want {want_status}: {message.strip()}")
    problems.extend(f"{path}: message lacks '{f}': {message.strip()}" for f in fragments if f and f not in message)


def entries(folder, *without):
    if not os.path.isdir(folder):
        return []
    return [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n != "README.md" and not n.endswith(without)]


def check_stale(name, samples, problems):
    """A golden file without its sample tests nothing."""
    known = {title + e for _, title in samples for e in (".json", ".folded", ".refused")}
    for path in entries(os.path.join(GOLDEN, name), ".none"):
        if os.path.basename(path) not in known:
            problems.append(f"{path}: no such sample")


def run(name):
    problems = []
    samples = samples_of(name)
    broken = entries(os.path.join(GOLDEN, "malformed", name), ".expect")
    for sample, title in samples:
        check_case(name, sample, title, problems)
    for path in broken:
        check_malformed(name, path, problems)
    check_stale(name, samples, problems)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"golden {name}: {len(samples)} samples, {len(broken)} malformed, {len(problems)} problems")
    return 1 if problems else 0


def self_test():
    assert rounded([1.0000000001, {"a": 0.1234567891234}]) == [1.0, {"a": 0.123456789}]
    assert folded_text(b"# cpu samples\nb 1\na 2\n# wall seconds\nc 3\n") == "# cpu samples\na 2\nb 1\n# wall seconds\nc 3\n"
    assert folded_text(b"# c s\n" + b"a;b 1\n" * 40000).endswith("of 40001 lines\n")
    bless = os.environ.pop("STET_BLESS", None)
    with tempfile.TemporaryDirectory() as folder:
        path, problems = os.path.join(folder, "x.json"), []
        compare(path, "a\n", problems)
        assert "not there" in problems.pop()
        with open(path, "w", encoding="utf-8") as file:
            file.write("a\n")
        compare(path, "a\n", problems)
        assert not problems
        compare(path, "b\n", problems)
        assert "+b" in problems.pop()
        broken = os.path.join(folder, "broken")
        with open(broken, "w", encoding="utf-8") as file:
            file.write("no profile\n")
        with open(broken + ".expect", "w", encoding="utf-8") as file:
            file.write("0\nsome other words\n")
        check_malformed("folded", broken, problems)
        assert len(problems) == 2, problems
    if bless:
        os.environ["STET_BLESS"] = bless
    print("golden: self-test passed")
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else run(sys.argv[1]))
