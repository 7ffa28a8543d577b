"""What the lints share: walking the tree, collecting findings, and the rule that a lint must be able to fail.

A lint defines check(tree) -> findings and self_test(); main() runs the self-test first, so a lint that has gone blind
fails by itself. A tree is a mapping from path (with '/') to text, which lets self-tests use trees that never existed.
"""

import os
import sys

SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__", ".cache"}
TEXT_SUFFIXES = {
    "", ".c", ".h", ".cc", ".def", ".in", ".tpl", ".css", ".js", ".mjs", ".html", ".sql", ".md", ".py", ".sh", ".cmake",
    ".txt", ".json", ".yml", ".yaml", ".conf", ".supp", ".policy", ".csv", ".dict",
}


class Finding:
    def __init__(self, path, line, text):
        self.path, self.line, self.text = path, line, text

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


def source_root():
    return os.environ.get("STET_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def list_files(*folders):
    """Paths below the root, sorted; of the whole tree when no folder is named."""
    root = source_root()
    found = []
    for folder in folders or ("",):
        for at, folders_here, names in os.walk(os.path.join(root, folder)):
            folders_here[:] = sorted(f for f in folders_here if f not in SKIPPED_FOLDERS)
            for name in names:
                if name in SKIPPED_FOLDERS:  # a linked checkout has .git as a file
                    continue
                found.append(os.path.relpath(os.path.join(at, name), root).replace(os.sep, "/"))
    return sorted(found)


def read_tree(*folders, suffixes=None):
    """Texts of the files; bytes that are not UTF-8 are replaced."""
    tree = {}
    for path in list_files(*folders):
        if os.path.splitext(path)[1] in (suffixes or TEXT_SUFFIXES):
            with open(os.path.join(source_root(), path), encoding="utf-8", errors="replace") as file:
                tree[path] = file.read()
    return tree


def strip_c(text):
    """C source with comments and string contents blanked; line numbers stay."""
    out = []
    i, state = 0, "code"
    while i < len(text):
        c, two = text[i], text[i : i + 2]
        if state == "code":
            if two == "/*":
                state, i = "block", i + 2
                out.append("  ")
                continue
            if two == "//":
                state, i = "line", i + 2
                out.append("  ")
                continue
            if c in "\"'":
                # An apostrophe inside a number is not C17, so a quote always opens a literal.
                state = c
            out.append(c)
        elif state == "block":
            if two == "*/":
                state, i = "code", i + 2
                out.append("  ")
                continue
            out.append("\n" if c == "\n" else " ")
        elif state == "line":
            if c == "\n":
                state = "code"
            out.append("\n" if c == "\n" else " ")
        else:
            if c == "\\":
                out.append("\n" if text[i + 1 : i + 2] == "\n" else "  ")
                i += 2
                continue
            if c == state or c == "\n":
                state = "code"
                out.append(c)
            else:
                out.append(" ")
        i += 1
    return "".join(out)


def expect(findings, *parts):
    """For self-tests: as many findings as parts, each part in the text of its finding."""
    texts = [str(f) for f in findings]
    if len(texts) != len(parts) or any(part not in text for part, text in zip(parts, texts)):
        raise AssertionError(f"wanted findings {parts}, got {texts}")


def main(name, self_test, check, tree):
    try:
        self_test()
    except AssertionError as broken:
        print(f"{name}: self-test failed: {broken}", file=sys.stderr)
        return 1
    findings = check(tree)
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"{name}: {len(tree)} files, {len(findings)} findings")
    return 1 if findings else 0
