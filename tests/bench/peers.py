"""The tools that a user would use instead: found on PATH or below build/bench/peers, else installed there from their
registry. What cannot be had is None, and the bench names it as missing."""

import os
import re
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "build", "bench", "peers")
FLAMEGRAPH = "https://github.com/brendangregg/FlameGraph.git"


def version_of(command, pattern=r"\d+(\.\d+)+"):
    """The first thing in the output that looks like a version; "?" when there is none."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    found = re.search(pattern, done.stdout.decode("utf-8", "replace"))
    return found.group(0) if found else "?"


def run_quietly(command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=1200, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def inferno(install):
    """Folder of inferno's programs."""
    own = os.path.join(FOLDER, "bin")
    found = shutil.which("inferno-collapse-perf")
    if found:
        return os.path.dirname(found)
    if not os.path.isfile(os.path.join(own, "inferno-collapse-perf")) and install and shutil.which("cargo"):
        run_quietly(["cargo", "install", "--quiet", "--locked", "--root", FOLDER, "inferno"])
    return own if os.path.isfile(os.path.join(own, "inferno-collapse-perf")) else None


def inferno_version(folder):
    """Its programs do not tell: cargo's list of what it installed does."""
    try:
        with open(os.path.join(os.path.dirname(folder), ".crates.toml"), encoding="utf-8") as source:
            found = re.search(r'"inferno (\d[^ "]*)', source.read())
    except OSError:
        found = None
    return found.group(1) if found else "?"


def flamegraph(install):
    """Folder of the Perl scripts: STET_FLAMEGRAPH, PATH, or a copy of their source."""
    folders = [os.environ.get("STET_FLAMEGRAPH", ""), os.path.join(FOLDER, "FlameGraph")]
    found = shutil.which("stackcollapse-perf.pl")
    if found:
        folders.insert(0, os.path.dirname(found))
    if not shutil.which("perl"):
        return None
    if install and not any(os.path.isfile(os.path.join(f, "stackcollapse-perf.pl")) for f in folders) and shutil.which("git"):
        run_quietly(["git", "clone", "--quiet", "--depth", "1", FLAMEGRAPH, folders[-1]])
    return next((f for f in folders if f and os.path.isfile(os.path.join(f, "stackcollapse-perf.pl"))), None)


def program(name, *elsewhere):
    return shutil.which(name) or next((p for p in elsewhere if os.access(p, os.X_OK)), None)


def find(install):
    """{"inferno", "flamegraph", "node", "go", "perf"}: path or None, and {"versions"}."""
    peers = {"inferno": inferno(install), "flamegraph": flamegraph(install), "node": program("node"),
             "go": program("go", "/usr/local/go/bin/go"), "perf": program("perf")}
    versions = {}
    if peers["inferno"]:
        versions["inferno"] = inferno_version(peers["inferno"])
    if peers["flamegraph"]:
        versions["perl"] = version_of(["perl", "-e", "print $^V"])
    if peers["node"]:
        versions["node"] = version_of([peers["node"], "--version"])
    if peers["go"]:
        versions["go"] = version_of([peers["go"], "version"])
    if peers["perf"]:
        versions["perf"] = version_of([peers["perf"], "--version"])
    peers["versions"] = versions
    return peers
