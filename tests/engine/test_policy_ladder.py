#!/usr/bin/env python3
"""The ladder, written a second time: pack files read and evaluated with Python's SQLite, the effects resolved as the
method states them, on facts drawn at random. Every rule's value and the verdict must be what `stet policy eval` says.
"""
import json
import os
import random
import re
import sqlite3
import subprocess
import tempfile
import unittest

BIN = os.environ["STET_BIN"]
PACKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "db", "policies")
VERDICTS = ["insufficient_evidence", "do_not_migrate", "fix_wait_first", "optimise_in_place", "native_extension", "full_migration"]
DEFAULTS = {"goal": "latency", "goal_gain": 0.3, "min_useful_gain": 0.1, "cpu_bound_threshold": 0.5, "wait_bound_threshold": 0.2}
# A case that a full rewrite passes: facts drawn over it reach the upper levels, which wholly random facts hardly do.
OPEN_CASE = {
    "load_representative": 1, "runs_n": 3, "evidence_age_days": 1, "code_changed": 0, "lost_share": 0, "broken_share": 0,
    "unknown_share": 0, "halves_z": 0.5, "runq_share": 0, "dep_sdk_ready": 1, "team_target_devs": 2, "has_profile": 1,
    "has_cpu_accounting": 1, "native_visible": 1, "samples_eff": 400, "startup_share": 0.01, "native_cpu_share_lo": 0.1,
    "native_cpu_share_hi": 0.2, "amdahl_ceiling_hi": 10, "coverage_ratio": 1, "p_roi_pos_ceiling": 0.9, "cpu_share_lo": 0.9,
    "cpu_share_est": 0.93, "cpu_share_hi": 0.95, "gain_full_lo": 0.5, "gain_full_est": 0.7, "gain_full_hi": 0.9,
    "gain_ext_lo": 0.2, "gain_ext_est": 0.3, "gain_ext_hi": 0.4, "p_roi_pos_full": 0.9, "p_roi_pos_ext": 0.9,
    "util_lo": 0.86, "util_hi": 0.95,
}


def read_pack(name):
    """Rules of a pack file as lists of their fields; a line that begins with blanks goes on with the rule above."""
    rules = []
    with open(os.path.join(PACKS, name), encoding="utf-8") as text:
        for line in text:
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace():
                rules[-1] += " " + line.strip()
            else:
                rules.append(line.strip())
    return [[field.strip() for field in rule.split("|")] for rule in rules]


def dictionary():
    done = subprocess.run([BIN, "facts", "--json"], capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    return {fact["name"]: fact for fact in (document["facts"] if isinstance(document, dict) else document)}


def resolve(values, rules):
    fired = [rule for rule in rules if values[rule[0]] == 1]
    exempt = {e[7:] for rule in fired for e in rule[2].split("+") if e.startswith("exempt:")}
    settles, ceilings, floors, undecided, carried = [], [5], [1], False, False
    for rule in fired:
        if rule[0] in exempt:
            continue
        for effect in rule[2].split("+"):
            word, _, level = effect.partition(":")
            undecided = undecided or word == "undecided"
            if word == "settle":
                settles.append(int(level))
            if word in ("ceil", "floor"):
                (ceilings if word == "ceil" else floors).append(int(level))
                carried = carried or rule[3] != "absence"
    if settles:
        return 2 if 2 in settles else 3 if 3 in settles else 1
    if undecided or not carried:
        return 0
    ceiling, floor = min(ceilings), max(floors)
    if floor == 5 and ceiling == 4 and 4 not in floors:
        floor = 3
    return min(ceiling, floor)


# A start of the program costs ten times as much under a sanitizer; what is said is judged by the release build.
DRAWS = 30 if os.environ.get("STET_PRESET_SANITIZE") else 200


class Ladder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.facts = dictionary()
        cls.packs = {name: read_pack(name) for name in sorted(os.listdir(PACKS))}
        text = "\n".join(rule[1] for pack in cls.packs.values() for rule in pack)
        cls.read = [name for name in cls.facts if re.search(rf"\b{name}\b", text)]
        cls.words = {}
        for name in cls.read:
            if cls.facts[name]["kind"] == "text":
                found = re.findall(rf"\b{name}\b[^']{{0,30}}'([a-z_-]+)'", text)
                cls.words[name] = cls.facts[name]["words"] or sorted(set(found)) or ["other"]

    def draw(self, rnd, name):
        fact = self.facts[name]
        if fact["kind"] == "text":
            return rnd.choice(self.words[name])
        if fact["kind"] == "boolean":
            return rnd.choice([0, 1])
        value = rnd.choice([0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 0.85, 0.95, 1, 2, 5, 50, 1000, rnd.random()])
        low = fact["min"] if fact["min"] is not None else 0
        high = fact["max"] if fact["max"] is not None else 1e9
        return min(max(value, low), high)

    @staticmethod
    def order_bands(facts):
        for name in [n[:-3] for n in facts if n.endswith("_lo")] + [n[:-4] for n in facts if n.endswith("_est")]:
            ends = [name + end for end in ("_lo", "_est", "_hi") if name + end in facts]
            for end, value in zip(ends, sorted(facts[e] for e in ends)):
                facts[end] = value

    def draw_case(self, rnd):
        if rnd.random() < 0.7:
            facts = dict(OPEN_CASE)
            for name in rnd.sample(self.read, rnd.choice([1, 2, 3, 6])):
                if rnd.random() < 0.2:
                    facts.pop(name, None)
                else:
                    facts[name] = self.draw(rnd, name)
        else:
            part = rnd.random() * 0.4
            facts = {name: self.draw(rnd, name) for name in self.read if rnd.random() < part}
        self.order_bands(facts)
        return facts

    def expected(self, facts, chosen):
        row = {**dict.fromkeys(self.facts), **DEFAULTS, **facts}
        with sqlite3.connect(":memory:") as db:
            columns = ", ".join(f"{n} {'TEXT' if f['kind'] == 'text' else 'REAL'}" for n, f in self.facts.items())
            db.execute(f"CREATE TABLE f ({columns})")
            db.execute(f"INSERT INTO f VALUES ({', '.join('?' * len(row))})", [row[n] for n in self.facts])
            rules = [rule for pack in chosen for rule in self.packs[pack]]
            values = {}
            for rule in rules:
                value = db.execute(f"SELECT ({rule[1]}) FROM f").fetchone()[0]
                values[rule[0]] = None if value is None else int(bool(value))
        return values, VERDICTS[resolve(values, rules)]

    def test_random_facts(self):
        rnd = random.Random(24)
        seen, refused = {}, 0
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "facts.json")
            for _ in range(DRAWS):
                facts = self.draw_case(rnd)
                chosen = [p for p in self.packs if p == "standing" or rnd.random() < 0.4]
                if facts.get("goal") == "memory" and "memory" not in chosen:
                    chosen.append("memory")
                with open(path, "w", encoding="utf-8") as out:
                    json.dump(facts, out)
                done = subprocess.run([BIN, "policy", "eval", *chosen, "--facts", path, "--json"], capture_output=True,
                                      text=True, check=False)
                if done.returncode == 3:  # parts above the whole
                    refused += 1
                    continue
                self.assertEqual(done.returncode, 0, done.stderr)
                answer = json.loads(done.stdout)
                values, verdict = self.expected(facts, chosen)
                got = {rule["id"]: rule["value"] for rule in answer["rules"]}
                self.assertEqual({i: got.get(i) for i in values}, values, (chosen, facts))
                self.assertEqual(answer["verdict"], verdict, (chosen, facts))
                seen[verdict] = seen.get(verdict, 0) + 1
        if DRAWS == 200:
            self.assertEqual(set(seen), set(VERDICTS), seen)
        self.assertLess(refused, DRAWS / 2)


if __name__ == "__main__":
    unittest.main()
