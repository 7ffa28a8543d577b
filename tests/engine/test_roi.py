#!/usr/bin/env python3
"""The price of a proposal against a second calculation, written from the method's text and nothing else: standard
library only, other samplers, other summation, another generator.

Distributions are compared on the scale of probability: the share of the reference's draws below a quantile of the product
lies within 0.002 + 4 sqrt(p (1 - p) (1/n1 + 1/n2)) of p. Point figures agree to 1e-6.
"""
import json
import math
import os
import random
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

BIN = os.environ["STET_BIN"]
CASES = os.path.join(os.environ["STET_PROFILES"], "cases")
SLOW = bool(os.environ.get("STET_PRESET_SANITIZE"))
PROPOSALS = 200
DRAWS = 20000  # of the product
REFERENCE = 4000
PF_DEFAULTS = {"full_rewrite": (0.30, 0.40), "native_extension": (0.05, 0.15), "runtime_upgrade": (0.02, 0.08),
               "component_swap": (0.02, 0.08), None: (0.02, 0.08)}
SPEED = {"numeric": (20, 60, 200), "all": (2, 12, 200)}  # python to rust


def price(proposal, *options):
    """Exit status, answer (or None) and standard error of `stet roi`."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "proposal.json")
        with open(path, "w", encoding="utf-8") as out:
            out.write(proposal if isinstance(proposal, str) else json.dumps(proposal))
        done = subprocess.run([BIN, "roi", path, "--json", *options], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else None, done.stderr


# --- quantities ---


def beta_share(x, a, b):
    """Regularised incomplete beta function by its power series, from the nearer end."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > 0.5:
        return 1 - beta_share(1 - x, b, a)
    term = total = 1 / a
    n = 0
    while term > total * 1e-17:
        term *= (n + 1 - b) * x * (a + n) / ((n + 1) * (a + n + 1)) if n + 1 != b else 0
        if term < 0 or n > 400:
            break
        total += term
        n += 1
    if any(n + 1 - b < 0 for n in range(400)):  # alternating at first: sum it plainly
        total, coefficient = 0.0, 1.0
        for n in range(400):
            total += coefficient * x ** n / (a + n)
            coefficient *= (n + 1 - b) / (n + 1)
    return x ** a * total / (math.gamma(a) * math.gamma(b) / math.gamma(a + b))


def beta_quantile(p, a, b):
    lo, hi = 0.0, 1.0
    for _ in range(80):
        middle = (lo + hi) / 2
        if beta_share(middle, a, b) < p:
            lo = middle
        else:
            hi = middle
    return (lo + hi) / 2


class Quantity:
    """A number, a uniform range, PERT or lognormal, by the members that are there."""

    def __init__(self, value):
        self.value = value
        self.plain = isinstance(value, (int, float))
        if not self.plain and "p10" in value:
            self.mu = (math.log(value["p10"]) + math.log(value["p90"])) / 2
            self.sigma = (math.log(value["p90"]) - math.log(value["p10"])) / 2.563103131
        elif not self.plain and "mode" in value:
            width = value["hi"] - value["lo"]
            self.shape = 1 + 4 * (value["mode"] - value["lo"]) / width if width > 0 else None
            self.plain = width == 0
        if self.plain and isinstance(value, dict):
            self.value = value["lo"]

    def draw(self, chance):
        v = self.value
        if self.plain:
            return v
        if "p10" in v:
            return math.exp(chance.gauss(self.mu, self.sigma))
        if "mode" in v:
            return v["lo"] + (v["hi"] - v["lo"]) * chance.betavariate(self.shape, 6 - self.shape)
        return chance.uniform(v["lo"], v["hi"])

    def median(self):
        v = self.value
        if self.plain:
            return v
        if "p10" in v:
            return math.exp(self.mu)
        if "mode" in v:
            return v["lo"] + (v["hi"] - v["lo"]) * beta_quantile(0.5, self.shape, 6 - self.shape)
        return (v["lo"] + v["hi"]) / 2

    def highest(self):
        v = self.value
        if self.plain:
            return v
        return math.exp(self.mu + 2.3263478740408408 * self.sigma) if "p10" in v else v["hi"]


def overrun(chance, cap):
    """0.82 Triangular(0.50, 0.90, 1.33), else a Pareto tail from 1.5 that is cut at the stop-loss."""
    if chance.random() < 0.82:
        return min(chance.triangular(0.50, 1.33, 0.90), cap)
    top, alpha = min(10.0, cap), 1.378
    if top <= 1.5:
        return top
    return 1.5 * (1 - chance.random() * (1 - (1.5 / top) ** alpha)) ** (-1 / alpha)


def annuity(years, rate):
    whole = int(years)
    part = years - whole
    return sum((1 + rate) ** -(y - 0.5) for y in range(1, whole + 1)) + part * (1 + rate) ** -(whole + part / 2)


class Reference:
    """One proposal, priced by the text of the method."""

    def __init__(self, proposal):
        cost, benefit, facts = (dict(proposal.get(k, {})) for k in ("cost", "benefit", "facts"))
        self.none = cost.pop("overrun", "reference_class") == "none"
        cost.pop("loc", None)
        cost.pop("loc_factor", None)
        self.q = {k: Quantity(v) for k, v in {**cost, **benefit}.items()}
        kind = proposal.get("kind")
        self.pf_default = "failure_probability" not in cost
        if self.pf_default:
            lo, hi = PF_DEFAULTS[kind]
            self.q["failure_probability"] = Quantity({"lo": lo, "hi": hi})
        for name, value in (("salary_load", 1), ("usable_share", 1), ("usd_per_cpu_hour", 0.04048), ("usd_per_gb_hour", 0.004445),
                            ("cpu_request_saved", 0), ("mem_request_saved", 0)):
            self.q.setdefault(name, Quantity(value))
        self.q["horizon"] = Quantity(proposal.get("horizon_years", 5))
        self.q["rate"] = Quantity(proposal.get("discount_rate", 0.10))
        self.goal = proposal.get("goal", "latency")
        self.gain(facts, benefit)
        timed = "ops_per_year" in benefit and "usd_per_hour" in benefit
        self.time = timed and (self.by_gain or "saved_s_per_op" in benefit)
        self.density = all(k in benefit for k in ("node_cpu_share", "node_mem_share", "node_usd_year")) and \
            ("cpu_request_saved" in benefit or "mem_request_saved" in benefit)
        self.memory = "mem_saved_gb" in benefit and not self.density
        sized = facts.get("sized_by") == "cpu" or facts.get("util_lo", 0) >= 0.85
        self.compute = "cpu_hours_year" in benefit and self.composed and sized and not self.density
        self.known_cost = all(k in cost for k in ("devs", "months", "rate_usd_year"))
        self.known_benefit = self.time or self.density or self.memory or self.compute or "latency_usd_year" in benefit or \
            "other_usd_year" in benefit or ("incidents_avoided_year" in benefit and "usd_per_incident" in benefit)

    def gain(self, facts, benefit):
        self.composed = "native_cpu_share_lo" in facts
        self.cpu_hi = facts.get("cpu_share_hi")
        self.op_s = Quantity(benefit["op_s"]) if "op_s" in benefit else Quantity(facts["op_s"]) if "op_s" in facts else None
        self.by_gain = self.composed and self.op_s is not None
        if self.composed:
            q = [1 - facts["native_cpu_share_" + end] for end in ("hi", "est", "lo")]
            p = [facts["cpu_share_" + end] * part for end, part in zip(("lo", "est", "hi"), q)]
            self.p, self.addressable = (Quantity({"lo": v[0], "mode": v[1], "hi": v[2]}) for v in (p, q))
            self.s = Quantity(dict(zip(("lo", "mode", "hi"), SPEED["all"])))
        self.ceiling = None
        if self.goal != "memory" and "ops_per_year" in benefit and "usd_per_hour" in benefit:
            if self.cpu_hi is not None and self.op_s is not None:
                self.ceiling = "cpu"
            elif "saved_s_per_op" in benefit:
                self.ceiling = "claim"
        elif self.goal != "memory" and self.cpu_hi is not None and "cpu_hours_year" in benefit:
            self.ceiling = "bill"  # nothing is said of operations: the machines alone

    def outcome(self, take, factor):
        """Cost, build years, yearly benefit, that with free CPU, present value of the cost, of 1 a year."""
        def get(name):
            return take(name) if name in self.q else 0.0
        cost = years = 0.0
        if self.known_cost:
            years = get("months") / 12
            cost = get("devs") * years * get("rate_usd_year") * get("salary_load") * factor
            cost += get("ramp_usd") + get("dual_usd") + get("opportunity_usd")
        build = years * min(factor, 3)
        plain = get("latency_usd_year") + get("other_usd_year") + get("incidents_avoided_year") * get("usd_per_incident")
        memory = get("mem_saved_gb") * 730 * 12 * get("usd_per_gb_hour") if self.memory else 0
        density = 0
        if self.density:
            c, m = get("node_cpu_share"), get("node_mem_share")
            after = max(c * (1 - get("cpu_request_saved")), m * (1 - get("mem_request_saved")))
            density = get("node_usd_year") * (1 - after / max(c, m))
        second = get("usd_per_hour") / 3600 * get("usable_share")
        speed = take("s") if self.composed else None
        time = compute = 0
        if self.time and self.by_gain:
            time = get("ops_per_year") * take("op_s") * take("p") * (1 - 1 / speed) * second
        elif self.time:
            saved = get("saved_s_per_op")
            if self.op_s is not None and self.cpu_hi is not None:
                saved = min(saved, take("op_s") * self.cpu_hi)
            time = get("ops_per_year") * saved * second
        bill = get("cpu_hours_year") * get("usd_per_cpu_hour")
        if self.compute:
            compute = bill * take("addressable") * (1 - 1 / speed)
        extra = get("maintenance_usd_year")
        free = None
        if self.ceiling:
            dt = take("op_s") * self.cpu_hi if self.ceiling == "cpu" else \
                max(self.q["saved_s_per_op"].highest(), 0 if self.by_gain else get("saved_s_per_op")) if self.ceiling == "claim" else 0
            free = get("ops_per_year") * dt * second + max(bill + memory, density) + plain - extra
        rate = take("rate")
        return (cost, build, time + compute + memory + density + plain - extra, free, cost * (1 + rate) ** (-build / 2),
                (1 + rate) ** -build * annuity(take("horizon"), rate))

    def quantity(self, name):
        return getattr(self, name) if name in ("p", "s", "addressable", "op_s") else self.q[name]

    def point(self):
        taken = {}

        def take(name):
            if name not in taken:
                taken[name] = self.quantity(name).median()
            return taken[name]
        cost, build, benefit, _, pv, per_year = self.outcome(take, 1.0)
        pf, rate = take("failure_probability"), take("rate")
        out = {"cost": cost, "build_years": build, "pv_cost": pv} if self.known_cost else {}
        if self.known_benefit:
            out["benefit"] = benefit
        if self.known_cost and self.known_benefit:
            out["npv"] = (1 - pf) * benefit * per_year - pv
            out["payback"] = cost / benefit if benefit > 0 else None
            out["never"] = (1 - pf) * benefit < rate * cost
            out["payback_discounted"] = self.paid(benefit, pv * (1 + rate) ** build, rate)
        if self.known_cost and self.time:
            per_op = benefit_per_op(self, take)
            out["breakeven_ops"] = cost / per_op if per_op > 0 else None
            out["breakeven_ops_with_failure"] = cost / (per_op * (1 - pf)) if per_op > 0 and pf < 1 else None
        return out

    @staticmethod
    def paid(benefit, worth, rate):
        if benefit <= 0 or (rate > 0 and benefit * (1 + rate) ** 0.5 / rate <= worth):
            return None
        lo, hi = 0.0, 1.0
        while benefit * annuity(hi, rate) < worth:
            hi *= 2
            if hi > 1e5:
                return None
        for _ in range(100):
            middle = (lo + hi) / 2
            if benefit * annuity(middle, rate) < worth:
                lo = middle
            else:
                hi = middle
        return hi

    def simulate(self, n, seed):
        chance = random.Random(seed)
        out = {"cost": [], "benefit": [], "npv": [], "roi": [], "payback": [], "free": []}
        for _ in range(n):
            taken = {}

            def take(name, taken=taken):
                if name not in taken:
                    taken[name] = self.quantity(name).draw(chance)
                return taken[name]
            cap = take("overrun_cap") if "overrun_cap" in self.q else 10.0
            factor = 1.0 if self.none or not self.known_cost else overrun(chance, cap)
            cost, _, benefit, free, pv, per_year = self.outcome(take, factor)
            failed = chance.random() < take("failure_probability")
            npv = -pv if failed else benefit * per_year - pv
            out["cost"].append(cost)
            out["benefit"].append(benefit)
            out["npv"].append(npv)
            out["roi"].append(npv / pv if pv > 0 else math.inf)
            out["payback"].append(cost / benefit if benefit > 0 and not failed else math.inf)
            if free is not None:
                out["free"].append(0 if failed else free * per_year - pv)
        return out


def benefit_per_op(ref, take):
    second = take("usd_per_hour") / 3600 * take("usable_share")
    if ref.by_gain:
        return take("op_s") * take("p") * (1 - 1 / take("s")) * second
    saved = take("saved_s_per_op")
    if ref.op_s is not None and ref.cpu_hi is not None:
        saved = min(saved, take("op_s") * ref.cpu_hi)
    return saved * second


# --- random proposals ---


def some(chance, lo, hi, log=True):
    """A quantity in any of the four forms within lo..hi."""
    def one():
        return math.exp(chance.uniform(math.log(lo), math.log(hi))) if log else chance.uniform(lo, hi)
    ends = sorted(float(f"{one():.4g}") for _ in range(3))
    form = chance.randrange(4)
    if form == 0 or ends[0] == ends[2]:
        return ends[1]
    if form == 1:
        return {"lo": ends[0], "hi": ends[2]}
    if form == 2 or not log:
        return {"lo": ends[0], "mode": ends[1], "hi": ends[2]}
    return {"p10": ends[0], "p90": min(ends[2], ends[0] * 30)}


def maybe(chance, share, target, name, *bounds, log=True):
    if chance.random() < share:
        target[name] = some(chance, *bounds, log=log)


def proposal_of(seed):
    chance = random.Random(seed)
    cost, benefit, facts = {}, {}, {}
    out = {"schema": "stet/proposal/1", "title": f"no. {seed}", "from": "python", "to": "rust", "cost": cost, "benefit": benefit,
           "facts": facts}
    kind = chance.choice(["full_rewrite", "full_rewrite", "native_extension", "component_swap", None])
    if kind:
        out["kind"] = kind
    cost.update(devs=some(chance, 0.5, 8), months=some(chance, 0.5, 30), rate_usd_year=some(chance, 6e4, 2.5e5))
    maybe(chance, 0.5, cost, "salary_load", 1, 1.5)
    maybe(chance, 0.8, cost, "failure_probability", 0.01, 0.6, log=False)
    for name in ("ramp_usd", "dual_usd", "opportunity_usd"):
        maybe(chance, 0.3, cost, name, 1e3, 1e5)
    maybe(chance, 0.3, cost, "maintenance_usd_year", 100, 2e4)
    if chance.random() < 0.3:
        cost["overrun"] = chance.choice(["none", "reference_class"])
    maybe(chance, 0.25, cost, "overrun_cap", 1.01, 8)
    if chance.random() < 0.8:
        benefit.update(ops_per_year=some(chance, 1e5, 1e9), usd_per_hour=some(chance, 20, 300))
        maybe(chance, 0.85, benefit, "saved_s_per_op", 1e-3, 2)
        maybe(chance, 0.5, benefit, "usable_share", 0.1, 1, log=False)
        maybe(chance, 0.3, benefit, "op_s", 0.05, 5)
    maybe(chance, 0.2, benefit, "mem_saved_gb", 1, 5000)
    maybe(chance, 0.1, benefit, "usd_per_gb_hour", 0.001, 0.02)
    maybe(chance, 0.15, benefit, "latency_usd_year", 100, 1e5)
    maybe(chance, 0.15, benefit, "other_usd_year", 100, 1e6)
    if chance.random() < 0.15:
        benefit.update(incidents_avoided_year=some(chance, 0.1, 20), usd_per_incident=some(chance, 100, 2e4))
    if chance.random() < 0.15:
        benefit.update(node_cpu_share=some(chance, 0.1, 1, log=False), node_mem_share=some(chance, 0.1, 1, log=False),
                       node_usd_year=some(chance, 1e3, 1e6))
        maybe(chance, 0.5, benefit, "cpu_request_saved", 0.05, 0.6, log=False)
        maybe(chance, 0.7, benefit, "mem_request_saved", 0.05, 0.6, log=False)
    if chance.random() < 0.4:
        out["horizon_years"] = some(chance, 1, 9, log=False)
    if chance.random() < 0.4:
        out["discount_rate"] = some(chance, 0.01, 0.25, log=False)
    if chance.random() < 0.35 and kind == "full_rewrite":
        stated(chance, facts, benefit)
    if chance.random() < 0.05:
        out["goal"] = "memory"
        facts.clear()
    return out


def stated(chance, facts, benefit):
    """What a run showed, as facts: the gain is then that of the evidence."""
    for name, lo, hi in (("cpu_share", 0.05, 0.95), ("native_cpu_share", 0.05, 0.9)):
        for end, value in zip(("lo", "est", "hi"), sorted(round(chance.uniform(lo, hi), 4) for _ in range(3))):
            facts[f"{name}_{end}"] = value
    if chance.random() < 0.8:
        facts["op_s"] = round(chance.uniform(0.05, 5), 4)
    if chance.random() < 0.6:
        facts["sized_by"] = chance.choice(["cpu", "memory"])
    if chance.random() < 0.5:
        benefit["cpu_hours_year"] = some(chance, 1e3, 1e6)


class Price(unittest.TestCase):
    def at(self, draws, value, p, what):
        """p lies within tolerance of the reference's share at the product's quantile (an atom is an interval)."""
        n = len(draws)
        slack = 0.002 + 4 * math.sqrt(p * (1 - p) * (1 / DRAWS + 1 / n))
        fuzz = 1e-9 * abs(value) if math.isfinite(value) else 0
        below = sum(x < value - fuzz for x in draws) / n
        upto = sum(x <= value + fuzz for x in draws) / n
        self.assertTrue(below - slack <= p <= upto + slack, f"{what}: {value} is P{100 * p:.0f}, reference {below:.4f}..{upto:.4f}")

    def chance(self, got, want, n, what):
        slack = 0.002 + 4 * math.sqrt(max(want * (1 - want), 1e-9) * (1 / DRAWS + 1 / n))
        self.assertAlmostEqual(got, want, delta=slack, msg=what)

    def compare_points(self, got, want, what):
        for name in ("cost", "benefit", "build_years", "npv", "pv_cost", "payback", "payback_discounted", "never",
                     "breakeven_ops", "breakeven_ops_with_failure"):
            value = want.get(name)
            if value is None and name in ("breakeven_ops", "breakeven_ops_with_failure") and name not in want:
                continue  # a saving without a volume: shown, and not part of this check
            if value is None or isinstance(value, bool):
                self.assertEqual(got[name], value, f"{what} {name}")
            else:
                scale = max(abs(value), 1e-9, want.get("pv_cost", 0) if name == "npv" else 0)
                self.assertIsNotNone(got[name], f"{what} {name}")
                self.assertLess(abs(got[name] - value) / scale, 1e-6, f"{what} {name}: {got[name]} against {value}")

    def compare(self, seed):
        proposal = proposal_of(seed)
        what = f"proposal {seed}: {json.dumps(proposal)}"
        status, got, err = price(proposal, "--draws", str(DRAWS))
        self.assertEqual(status, 0, f"{what}\n{err}")
        ref = Reference(proposal)
        self.compare_points(got["point"], ref.point(), what)
        self.assertEqual(got["pf_default"], ref.pf_default, what)
        draws = ref.simulate(REFERENCE, seed + 1000003)
        priced = ref.known_cost and ref.known_benefit
        known = {"cost": ref.known_cost, "benefit": ref.known_benefit, "npv": priced, "roi": priced, "payback": priced}
        for name, is_known in known.items():
            for key, value in got[name].items():
                if not is_known:
                    self.assertIsNone(value, f"{what} {name}")
                elif value is None:
                    self.assertEqual(name, "payback", what)
                    self.at(draws[name], math.inf, int(key[1:]) / 100, f"{what} {name}")
                else:
                    self.at(draws[name], value, int(key[1:]) / 100, f"{what} {name}")
        self.assertEqual(got["p_roi_pos"] is not None, priced, what)
        if priced:
            self.chance(got["p_roi_pos"], sum(x > 0 for x in draws["npv"]) / REFERENCE, REFERENCE, f"{what} P(ROI>0)")
        ceiling = got["p_roi_pos_ceiling"]
        self.assertEqual(ceiling is not None, bool(draws["free"]), f"{what} ceiling")
        if ceiling is not None:
            self.chance(ceiling, sum(x > 0 for x in draws["free"]) / REFERENCE, REFERENCE, f"{what} ceiling")
            self.assertGreaterEqual(ceiling + 1e-12, got["p_roi_pos"] or 0, what)

    def test_random_proposals_agree_with_the_reference(self):
        kinds = set()
        for seed in range(PROPOSALS // 8 if SLOW else PROPOSALS):
            self.compare(seed)
            ref = Reference(proposal_of(seed))
            kinds.update(k for k in ("by_gain", "compute", "memory", "density", "time", "pf_default", "none") if getattr(ref, k))
        self.assertTrue(SLOW or len(kinds) == 7, f"the random proposals never use all there is: {kinds}")

    def test_the_reference_gives_the_table_of_the_worked_example(self):
        for volume, p, low, middle, high in ((1e8, 0.599, -0.976e6, 0.790e6, 1.149e6), (3e8, 0.645, -0.803e6, 3.504e6, 4.112e6)):
            proposal = {"kind": "full_rewrite",
                        "cost": {"devs": 2, "months": {"lo": 18, "mode": 21, "hi": 24}, "rate_usd_year": 150000,
                                 "failure_probability": {"lo": 0.3, "hi": 0.4}},
                        "benefit": {"ops_per_year": volume, "saved_s_per_op": 0.075, "usd_per_hour": 200}}
            npv = sorted(Reference(proposal).simulate(20000, 11)["npv"])
            self.assertAlmostEqual(sum(x > 0 for x in npv) / 20000, p, delta=0.015)
            for share, want in ((0.05, low), (0.5, middle), (0.95, high)):
                self.assertAlmostEqual(npv[int(share * 19999)] / want, 1, delta=0.05)

    def test_the_same_input_gives_the_same_bytes_and_a_seed_others(self):
        path = os.path.join(os.environ["STET_SOURCE"], "tests", "cli", "cases", "roi", "proposal.json")
        one, two, other = (subprocess.run([BIN, "roi", path, "--json", *more], capture_output=True, timeout=60, check=True).stdout
                           for more in ((), (), ("--seed", "7")))
        self.assertEqual(one, two)
        self.assertNotEqual(one, other)
        doc = json.loads(one)
        self.assertEqual(doc["schema"], "stet/roi/1")
        self.assertEqual(doc["draws"], 100000)
        self.assertEqual(json.loads(other)["seed"], 7)
        for member in ("defaults", "inputs", "point", "cost", "benefit", "npv", "roi", "payback", "p_roi_pos", "p_roi_pos_full",
                       "p_roi_pos_ext", "p_roi_pos_ceiling", "own_claim", "pf_default", "value_of_information", "tornado", "checks"):
            self.assertIn(member, doc)
        self.assertEqual(sorted(doc["cost"]), ["p5", "p50", "p80", "p95"])
        self.assertEqual({row["name"] for row in doc["tornado"]}, set(doc["inputs"]))

    def test_pictures_are_static_and_whole(self):
        path = os.path.join(os.environ["STET_SOURCE"], "tests", "cli", "cases", "roi", "proposal.json")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([BIN, "roi", path, "--draws", "5000", "--svg", folder], capture_output=True, timeout=60, check=True)
            for name in ("npv", "tornado", "payback"):
                root = xml.etree.ElementTree.parse(os.path.join(folder, name + ".svg")).getroot()
                tags = {element.tag.split("}")[1] for element in root.iter()}
                self.assertLessEqual(tags, {"svg", "rect", "text", "line", "title", "polyline"})
                for element in root.iter():
                    self.assertFalse({"style", "href", "onload"} & set(element.attrib))
                    for side, most in (("x", 720), ("x1", 720), ("x2", 720), ("y", 800), ("width", 720)):
                        self.assertTrue(0 <= float(element.get(side, 0)) <= most, f"{name}: {element.attrib}")

    def test_roi_and_decision_price_alike(self):
        case = os.path.join(CASES, "meter-days")
        run = [x for name in ("before.speedscope.json", "before.time.txt", "before.perf-stat.txt")
               for x in ("--evidence", os.path.join(case, name))]
        for name in ("proposal.json", "extension.proposal.json"):
            answers = []
            for command in ("roi", "decide"):
                words = [BIN, command, os.path.join(case, name), "--facts", os.path.join(case, "facts.json"), *run, "--seed", "5",
                         "--json"]
                doc = json.loads(subprocess.run(words, capture_output=True, timeout=120, check=True).stdout)
                answers.append(doc if command == "roi" else doc["roi"])
            for member in ("point", "cost", "npv", "p_roi_pos", "p_roi_pos_ceiling", "by_kind"):
                self.assertEqual(answers[0][member], answers[1][member], f"{name} {member}")
            self.assertTrue(answers[0]["gain_from_evidence"])


class Hostile(unittest.TestCase):
    def refused(self, proposal, *faults):
        status, _, err = price(proposal)
        self.assertEqual(status, 3, err)
        for fault in faults:
            self.assertIn(fault, err)
        return err

    def test_every_fault_is_named(self):
        self.refused('{"cost": {"months": NaN, "devs": -1, "rate_usd_year": 1e308}, "horizon_years": Infinity, "facts": {"gaol": 1}}',
                     "cost.months: is not a finite number", "cost.devs: -1 lies outside", "cost.rate_usd_year: 1e+308 lies outside",
                     "horizon_years: is not a finite number", "facts.gaol: unknown fact 'gaol', did you mean 'goal'?")
        self.refused({"cost": {"months": {"lo": 9, "hi": 3}, "loc": {"p10": 0, "p90": 3}, "devs": {"lo": 1, "mode": 5, "hi": 2}}},
                     "cost.months: lo 9 is above hi 3", "cost.loc: p10 0 is not above 0", "cost.devs: mode 5 lies outside")
        self.refused({"components": [{"name": "x", "match": "y" * 300}]}, "components[0].match: the text is 300 bytes long")
        self.refused({"title": "x" * 301}, "title: the text is 301 bytes long, at most 300 are allowed")

    def test_what_is_no_proposal(self):
        self.refused("", "not valid JSON")
        self.refused("[]", "want one JSON object")
        self.refused("[" * 5000, "nested deeper")
        self.refused('{"title": "' + "x" * (1 << 20) + '"}', "is larger than")
        self.refused("\xff", "")

    def test_scripts_are_text(self):
        status, got, _ = price({"title": "<script>alert(1)</script>\x1b[31m'; DROP TABLE f; --", "cost": {}, "benefit": {}})
        self.assertEqual(status, 0)
        self.assertIsNone(got["p_roi_pos"])
        self.assertEqual(got["missing"][:3], ["devs", "months", "rate_usd_year"])

    def test_the_largest_numbers_stay_numbers(self):
        most = {"cost": {"devs": 1e4, "months": {"p10": 1e-3, "p90": 1e3}, "rate_usd_year": 1e8, "salary_load": 10,
                         "failure_probability": 1, "ramp_usd": 1e12},
                "benefit": {"ops_per_year": {"p10": 1e9, "p90": 1e15}, "saved_s_per_op": {"p10": 1e3, "p90": 1e9},
                            "usd_per_hour": {"p10": 1, "p90": 1e6}, "usable_share": 1},
                "horizon_years": 100, "discount_rate": 0}
        for pf in (0, 1):
            most["cost"]["failure_probability"] = pf
            status, got, err = price(most, "--draws", "2000")
            self.assertEqual(status, 0, err)
            self.assertEqual(got["p_roi_pos"] > 0, pf == 0)


if __name__ == "__main__":
    unittest.main()
