#!/usr/bin/env python3
"""Results of a benchmark suite: spellings, units and nesting that occur, what is refused and why."""

import json
import os
import subprocess
import tempfile
import unittest

STET = os.environ["STET_BIN"]

NODE = {"uptime_seconds": 130, "total_connections": 1000, "active_connections": 0, "messages_routed": 260000,
        "messages_failed": 0, "throughput_msg_per_sec": 2000,
        "memory_mb": {"rss": 180, "heapUsed": 60, "heapTotal": 90}, "latency_p50": 20, "latency_p95": 62}
OTHER = {"uptime_seconds": 130, "total_connections": 1000, "active_connections": 0, "messages_routed": 832000,
         "messages_failed": 0, "throughput_msg_per_sec": 6400, "memory_mb": {"rss": 45}, "latency_p95": 60}
SPAWN = {"test_config": {"iterations": 50}, "results": {
    "spawn_kill_cli": {"pattern": "spawn-kill-cli", "iterations": 50, "duration_ms": 2300, "avg_per_operation_ms": 46},
    "persistent_nodejs": {"pattern": "persistent-nodejs", "iterations": 50, "duration_ms": 920,
                          "avg_per_operation_ms": 18}}}
TOKENS = {"config": {"concurrent_streams": 10, "mode": "live"}, "summary": {
    "total_tokens": 10000, "total_errors": 0, "total_duration_ms": 20000, "avg_token_processing_ms": 0.05,
    "overall_throughput_tps": 100}}
MESSAGES = {"config": {"num_agents": 10, "num_conversations": 5}, "summary": {
    "total_messages": 1000, "successful_messages": 970, "failed_messages": 30, "success_rate": 97.0,
    "total_errors": 3, "latency_p95_ms": 80}}


def without(doc, *names):
    return {k: v for k, v in doc.items() if k not in names}


class Suite(unittest.TestCase):
    def analyze(self, files, *options):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, doc in files.items():
                paths.append(os.path.join(folder, name))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    file.write(doc if isinstance(doc, str) else json.dumps(doc))
            done = subprocess.run([STET, "analyze", *paths, "--policy", "benchmark-tree", "--json", *options],
                                  capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            return done.returncode, done.stderr
        doc = json.loads(done.stdout)
        self.facts = doc["facts"]
        self.codes = {p["code"] for a in doc["artefacts"] for p in a["problems"]}
        self.fired = {r["id"] for r in doc["rules"] if r["value"] == 1}
        return 0, doc

    def fact(self, name):
        return self.facts.get(name)

    def near(self, name, value, places=6):
        self.assertIsNotNone(self.fact(name), name)
        self.assertAlmostEqual(self.fact(name), value, places, name)

    def test_both_buses_in_two_files(self):
        self.analyze({"node-ws-metrics.json": NODE, "rust-ws-metrics.json": OTHER})
        self.near("bus_agents_tested", 1000)
        self.near("bus_p95_ms", 62)
        for end in ("lo", "est", "hi"):
            self.near("bus_gain_x_" + end, 3.2)
            self.near("bus_mem_ratio_" + end, 0.25)
            self.near("bus_mem_saving_" + end, 0.75)
        self.assertEqual((self.fact("ab_measured"), self.fact("suite_measured"), self.fact("mem_measured")), (1, 1, 1))
        self.assertTrue({"P002-1B", "P002-1D", "P002-AB"} <= self.fired)
        self.assertIn("one_run_each", self.codes)

    def test_an_exempted_rule_is_no_reason(self):
        _, doc = self.analyze({"node-ws-metrics.json": NODE, "rust-ws-metrics.json": OTHER})
        rule = next(r for r in doc["rules"] if r["id"] == "P001-RULE")
        self.assertEqual((rule["value"], rule["exempted"]), (1, True))
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("node-ws-metrics.json", "rust-ws-metrics.json")]
            for path, part in zip(paths, (NODE, OTHER)):
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(part, file)
            text = subprocess.run([STET, "analyze", *paths, "--policy", "benchmark-tree"], capture_output=True,
                                  text=True, timeout=60, check=True).stdout
        self.assertNotIn("P001-RULE", text)
        self.assertIn("P002-AB", text)

    def test_the_report_of_all_and_its_parts_are_one_measurement(self):
        report = {"mode": "full", "tests_run": {"rust_included": True}, "results": {
            "node_ws": NODE, "rust_ws": OTHER, "spawn_comparison": SPAWN, "ai_streaming": TOKENS,
            "agent_messaging": MESSAGES}}
        self.analyze({"final-report.json": report})
        alone = {k: v for k, v in self.facts.items() if k.split("_")[0] in ("bus", "persist", "tok", "msg", "spawn")}
        self.assertEqual(sum(v is not None for v in alone.values()), 27)
        self.analyze({"final-report.json": report, "node-ws-metrics.json": NODE, "rust-ws-metrics.json": OTHER,
                      "spawn-comparison.json": SPAWN, "ai-streaming.json": TOKENS, "agent-messaging.json": MESSAGES})
        self.assertEqual(alone, {k: self.facts[k] for k in alone})

    def test_repetitions_give_a_band(self):
        again = dict(NODE, throughput_msg_per_sec=2500, messages_routed=325000)
        self.analyze({"node-ws-metrics.json": NODE, "node-ws-metrics-2.json": again,
                      "rust-ws-metrics.json": OTHER, "rust-ws-metrics-2.json": dict(OTHER, throughput_msg_per_sec=5000)})
        self.near("bus_gain_x_lo", 5000 / 2500)
        self.near("bus_gain_x_hi", 6400 / 2000)
        self.assertNotIn("one_run_each", self.codes)

    def test_heap_against_resident_memory_is_refused(self):
        self.analyze({"node-ws-metrics.json": dict(NODE, memory_mb={"heapUsed": 60}), "rust-ws-metrics.json": OTHER})
        for name in ("bus_mem_ratio_hi", "bus_mem_saving_lo", "mem_measured"):
            self.assertIsNone(self.fact(name), name)
        self.assertIn("heap_against_rss", self.codes)
        self.assertEqual(self.fact("ab_measured"), 1)
        # a system that cannot tell writes 0
        self.analyze({"node-ws-metrics.json": NODE, "rust-ws-metrics.json": dict(OTHER, memory_mb={"rss": 0})})
        self.assertIsNone(self.fact("bus_mem_ratio_hi"))

    def test_a_gain_counts_at_equal_p95_and_load(self):
        self.analyze({"node-ws-metrics.json": NODE, "rust-ws-metrics.json": dict(OTHER, latency_p95=90)})
        self.assertIsNone(self.fact("bus_gain_x_lo"))
        self.assertIn("p95_differs", self.codes)
        self.analyze({"node-ws-metrics.json": NODE, "rust-ws-metrics.json": dict(OTHER, latency_p95=20)})
        self.near("bus_gain_x_lo", 3.2)
        self.assertIsNone(self.fact("bus_gain_x_hi"))
        self.assertIn("p95_better", self.codes)
        self.analyze({"node-ws-metrics.json": NODE, "rust-ws-metrics.json": dict(OTHER, latency_p95=0)})
        self.assertIsNone(self.fact("bus_gain_x_lo"))
        self.assertIn("p95_unknown", self.codes)
        self.analyze({"node-ws-metrics.json": NODE, "rust-ws-metrics.json": dict(OTHER, total_connections=500)})
        self.assertEqual((self.fact("ab_measured"), self.fact("bus_gain_x_lo"), self.fact("bus_mem_ratio_hi")),
                         (None, None, None))
        self.assertIn("load_differs", self.codes)
        self.analyze({"node-ws-metrics.json": without(NODE, "total_connections", "active_connections"),
                      "rust-ws-metrics.json": without(OTHER, "total_connections", "active_connections")})
        self.assertIsNone(self.fact("ab_measured"))
        self.assertIn("load_unknown", self.codes)

    def test_content_decides_and_the_name_breaks_a_tie(self):
        self.analyze({"a.json": dict(NODE, implementation="node"), "b.json": dict(OTHER, implementation="rust")})
        self.near("bus_gain_x_lo", 3.2)
        self.analyze({"a.json": NODE, "b.json": OTHER})
        self.assertIsNone(self.fact("bus_gain_x_lo"))
        self.assertIn("bus_of_unknown_role", self.codes)
        # the content says the contrary of the name
        self.analyze({"rust-ws-metrics.json": dict(NODE, implementation="node"),
                      "node-ws-metrics.json": dict(OTHER, implementation="rust")})
        self.near("bus_gain_x_lo", 3.2)

    def test_other_spellings(self):
        camel = {"tests": {"bus": {
            "node": {"connectedAgents": 1000, "messagesRouted": 260000, "throughputMsgPerSec": "2000",
                     "memoryUsage": {"rss": 180 * 2**20, "heapUsed": 60 * 2**20}, "latency": {"p95_s": 0.062}},
            "rust": {"connectedAgents": 1000, "messagesRouted": 832000, "throughputMsgPerSec": 6400,
                     "memoryUsage": {"rssKb": 45 * 1024}, "latency": {"p95Us": 60000}}}}}
        self.analyze({"x.json": camel}, "--format", "bench-suite")
        self.near("bus_gain_x_est", 3.2)
        self.near("bus_p95_ms", 62)
        self.near("bus_mem_ratio_hi", 0.25)
        self.near("bus_agents_tested", 1000)

    def test_starting_against_keeping(self):
        self.analyze({"spawn-comparison.json": SPAWN})
        self.near("persist_saving_est", 0.6)
        self.assertEqual(self.fact("spawn_kill_ok"), 0)
        self.assertIsNone(self.fact("persist_mem_stable"))
        self.assertIn("memory_not_watched", self.codes)
        both = json.loads(json.dumps(SPAWN))
        both["results"]["spawn_kill_docker"] = {"iterations": 10, "duration_s": 4}
        both["results"]["persistent_docker"] = {"iterations": 10, "duration_s": 3}
        self.analyze({"spawn-comparison.json": both})
        self.near("persist_saving_lo", 0.25)
        self.near("persist_saving_hi", 0.6)
        self.assertIsNone(self.fact("spawn_kill_ok"))
        none = json.loads(json.dumps(SPAWN))
        none["results"]["persistent_nodejs"].update(duration_ms=0, avg_per_operation_ms=0)
        self.analyze({"spawn-comparison.json": none})
        self.assertIsNone(self.fact("persist_saving_lo"))
        self.assertIn("kept_agents_took_no_time", self.codes)

    def test_memory_watched_for_half_an_hour(self):
        for grows, stable in ((0.0, 1), (0.5, 0)):
            watched = json.loads(json.dumps(SPAWN))
            watched["results"]["persistent_nodejs"]["memory_samples"] = [
                {"elapsed_s": 60 * i, "rss_mb": 80 + grows * i + (i % 3) * 0.1} for i in range(31)]
            self.analyze({"spawn-comparison.json": watched})
            self.assertEqual(self.fact("persist_mem_stable"), stable)
        del watched["results"]["persistent_nodejs"]["memory_samples"][20:]
        self.analyze({"spawn-comparison.json": watched})
        self.assertIsNone(self.fact("persist_mem_stable"))

    def test_tokens(self):
        self.analyze({"ai-streaming.json": TOKENS})
        self.near("tok_ms_est", 0.05)
        self.near("tok_cpu_cores_est", 0.05e-3 * 100 * 10)
        self.assertLess(self.fact("tok_ms_lo"), 0.05)
        self.assertLess(0.05, self.fact("tok_ms_hi"))
        self.assertEqual(self.fact("tok_network_bound"), 1)
        mock = dict(TOKENS, config={"concurrent_streams": 10, "mode": "mock"})
        self.analyze({"ai-streaming.json": mock})
        self.near("tok_ms_est", 0.05)
        self.assertIsNone(self.fact("tok_network_bound"))
        self.assertIn("mock_answers", self.codes)
        busy = json.loads(json.dumps(TOKENS))
        busy["summary"]["avg_token_processing_ms"] = 2.0
        self.analyze({"ai-streaming.json": busy})
        self.assertEqual(self.fact("tok_network_bound"), 0)
        none = json.loads(json.dumps(TOKENS))
        none["summary"]["avg_token_processing_ms"] = 0
        self.analyze({"ai-streaming.json": none})
        self.near("tok_ms_hi", 3 / 10000)

    def test_messages(self):
        self.analyze({"agent-messaging.json": MESSAGES})
        self.near("msg_success_est", 0.97, 4)
        self.assertTrue(0.95 < self.fact("msg_success_lo") < 0.97 < self.fact("msg_success_hi") < 1)
        self.near("msg_p95_ms", 80)
        self.near("msg_errors", 30)
        self.assertTrue({"P002-4A", "P002-4D"} <= self.fired)
        fraction = {"num_conversations": 5, "summary": {"success_rate": 0.97, "total_messages": 1000, "latency_p95": 80}}
        self.analyze({"agent-messaging.json": fraction})
        self.near("msg_success_est", 0.97, 4)
        wrong = {"num_conversations": 5, "summary": {"successful_messages": 20, "total_messages": 10}}
        self.analyze({"agent-messaging.json": wrong})
        self.assertIsNone(self.fact("msg_success_est"))
        self.assertIn("counts_contradict", self.codes)

    def test_hostile(self):
        for text in ('{"throughput_msg_per_sec": 1e308, "messages_routed": 1e308, "memory_mb": {"rss": 1e308}}',
                     '{"throughput_msg_per_sec": -5, "messages_routed": -1, "memory_mb": {"rss": -1}}',
                     '{"results": ' + '{"a": ' * 90 + "1" + "}" * 90 + ', "tests_run": 1, "node_ws": 2}',
                     '{"tests_run": {}, "results": {' + ",".join(f'"k{i}": {{}}' for i in range(5000)) + "}}",
                     '{"spawn_kill": {}, "persistent": {}}', '{"node_ws": [1, 2], "tests_run": null}'):
            status, said = self.analyze({"final-report.json": text}, "--format", "bench-suite")
            self.assertIn(status, (0, 3), said)
            if status == 0:
                self.assertNotIn("Infinity", json.dumps(said))
                self.assertNotIn("NaN", json.dumps(said))
        status, said = self.analyze({"final-report.json": '{"tests_run": {}, "node_ws": {}}'})
        self.assertEqual(status, 3)
        self.assertIn("no figures of a benchmark suite", said)

    def test_k6_stays_k6(self):
        k6 = {"root_group": {}, "metrics": {"http_reqs": {"count": 100, "rate": 10}, "vus_max": {"max": 5},
                                            "http_req_duration": {"avg": 5}}}
        _, doc = self.analyze({"final-report.json": k6})
        self.assertEqual(doc["artefacts"][0]["format"], "k6")


if __name__ == "__main__":
    unittest.main(verbosity=2)
