"""Flame graphs as arrays: every byte of the format, totals against the other exports, two profiles over each other."""

import io
import re
import tarfile

import flamedata
import stetapi
from stetapi import profile_bytes, quoted

TYPE = "application/vnd.stet.flame"

RECORDINGS = [
    ("cases", "async-1", "all-states.speedscope.json"),
    ("cases", "async-150", "on-cpu.svg"),
    ("cases", "node-gc", "server.cpuprofile"),
    ("cases", "py-native", "perf-script.txt.gz"),
    ("cases", "py-pool", "100hz.speedscope.json.gz"),
    ("formats", "0x", "server.tar.gz"),
    ("formats", "austin", "mixed-wall.mojo"),
    ("formats", "bpftrace", "off-cpu.txt"),
    ("formats", "folded", "perf-periods.folded"),
    ("formats", "gecko", "firefox-cpu.json.gz"),
    ("formats", "jfr", "async-profiler-cpu-and-wall.jfr.gz"),
    ("formats", "perf-script", "sched-switch.txt.gz"),
    ("formats", "pprof", "go-cpu.pb.gz"),
    ("formats", "pprof", "go-mutex.pb.gz"),
    ("formats", "pstats", "traced.pstats"),
    ("formats", "stackprof", "wall.json"),
    ("formats", "strace-log", "killed.txt"),
    ("formats", "v8-log", "script.v8.log.gz"),
]

HOSTILE = ("main;</script><script>alert(1)</script>;\u202eevil \"'& 3\n"
           "main;=cmd|' /C calc'!A1;\\u0000 4\n"
           "process 12:\"python --password=hunter2 app.py\";run 5\n")


class Flames(stetapi.ServerCase):
    def upload(self, body, name, run="", project="flames", **query):
        path = f"/api/v1/projects/{project}/profiles?name={quoted(name)}"
        path += f"&run={run}" if run else ""
        path += "".join(f"&{key}={quoted(value)}" for key, value in query.items())
        answer = self.post(path, body)
        self.assertIn(answer.status, (200, 201), answer)
        return answer.json()

    def flame(self, profile, query=""):
        answer = self.get(f"/api/v1/profiles/{profile}/flame{query}")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers.get_content_type(), TYPE)
        return flamedata.read(answer.body)

    def folded(self, profile):
        """{(name, ...): weight}; None where the file has nothing that folds."""
        answer = self.get(f"/api/v1/profiles/{profile}/folded")
        if answer.status != 200:
            return None
        out = {}
        for line in answer.text().splitlines():
            stack, _, weight = line.rpartition(" ")
            key = tuple(stack.split(";"))
            out[key] = out.get(key, 0) + float(weight)
        return out

    def test_totals_are_those_of_the_folded_stacks(self):
        for kind, folder, name in RECORDINGS:
            with self.subTest(folder=folder, name=name):
                profile = self.upload(profile_bytes(kind, folder, name), name)["id"]
                data = self.flame(profile)
                head = data.head
                self.assertEqual(head["id"], profile)
                self.assertEqual(head["name"], name)
                self.assertGreater(head["sets"][0]["total"], 0)
                self.assertLessEqual(head["sets"][0]["total"], head["columns"][head["column"]]["total"] * (1 + 1e-9))
                folded = self.folded(profile)
                if folded is None:
                    continue
                # Folded stacks are whole numbers of the file's own unit: seconds as ns, us or as they are.
                total = sum(folded.values())
                ratio = total / head["columns"][head["column"]]["total"]
                self.assertTrue(any(abs(ratio / one - 1) < 1e-3 for one in (1, 1e3, 1e6, 1e9)), ratio)

    def test_leaves_hold_what_the_folded_stacks_hold(self):
        for kind, folder, name in (("cases", "async-150", "on-cpu.svg"), ("formats", "folded", "perf-periods.folded"),
                                   ("formats", "pprof", "go-cpu.pb.gz"), ("formats", "v8-prof-text", "script.txt")):
            profile = self.upload(profile_bytes(kind, folder, name), name)["id"]
            data, folded = self.flame(profile), self.folded(profile)
            scale = sum(folded.values()) / data.sum()
            leaves = {}
            for stack, weight in folded.items():
                leaf = re.sub(r" \([^()]*\)$", "", stack[-1])
                leaves[leaf] = leaves.get(leaf, 0) + weight
            found = {}
            for stack, weight in data.folded().items():
                leaf = stack[-1].replace(";", ":") if stack else ""
                found[leaf] = found.get(leaf, 0) + weight * scale
            self.assertEqual({k for k, v in leaves.items() if v > 0}, set(found), name)
            for leaf, weight in found.items():
                self.assertAlmostEqual(weight / leaves[leaf], 1, 2, (name, leaf))

    def test_what_the_analysis_knows_is_in_the_head(self):
        files = [("perf-stat.txt", "perf-stat.txt"), ("all-states.speedscope.json", "all-states.speedscope.json")]
        ids = {}
        for name, path in files:
            ids[name] = self.upload(profile_bytes("cases", "async-1", path), name, run="one")["id"]
        analysis = self.get("/api/v1/projects/flames/runs/one/analysis").json()
        head = self.flame(ids["all-states.speedscope.json"]).head
        self.assertEqual(head["revision"], analysis["revision"])
        self.assertEqual((head["project"], head["run"]), ("flames", "one"))
        shares = {row["category"]: row for row in analysis["cpu"]}
        self.assertEqual(len(head["categories"]), len({c["name"] for c in head["categories"]}))
        known = {c["name"]: c for c in head["categories"] if c["share"]}
        self.assertEqual(set(known), set(shares))
        for name, row in shares.items():
            self.assertEqual(known[name]["share"]["est"], row["share_of_cpu"])
            self.assertEqual(known[name]["share"]["lo"], row["interval_lo"])
            self.assertEqual(known[name]["addressable_hi"], row["addressable_hi"])
        self.assertEqual(head["neff"], analysis["samples"]["eff"])
        self.assertEqual(head["overlapping"], analysis["facts"]["concurrency"] == "overlapping")
        share = analysis["facts"]["cpu_share_est"]
        self.assertEqual((head["whole"] or {"cpu_share": {"est": None}})["cpu_share"]["est"], share)

    def test_a_job_of_several_threads_is_no_single_one(self):
        """Of threads that share a job each is less than the process."""
        answer = self.upload(profile_bytes("formats", "perf-data", "fixed-period.data"), "fixed-period.data", run="threads")
        analysis = self.get("/api/v1/projects/flames/runs/threads/analysis").json()
        facts = analysis["facts"]
        self.assertLess(facts["cpu_share_lo"], analysis["time"]["cpu_share"]["lo"])
        whole = self.flame(answer["id"]).head["whole"]
        self.assertEqual(whole["kind"], "wall")
        self.assertEqual(whole["cpu_share"], {end: facts[f"cpu_share_{end}"] for end in ("lo", "est", "hi")})

    def test_an_order_weighs_what_is_shown(self):
        for kind, folder, name in (("formats", "v8-log", "script.v8.log.gz"), ("formats", "perf-script", "two-events.txt")):
            profile = self.upload(profile_bytes(kind, folder, name), name)["id"]
            ordered = 0
            for column in range(len(self.flame(profile).head["columns"])):
                data = self.flame(profile, f"?column={column}")
                self.assertEqual(data.head["order"] is None, len(data.order) == 0)
                if data.head["order"]:
                    ordered += 1
                    self.assertAlmostEqual(sum(weight for _, weight in data.order) / data.sum(), 1, 5, (name, column))
            self.assertEqual(ordered, 1, name)

    def test_exports_hold_what_is_shown(self):
        profile = self.upload(profile_bytes("formats", "perf-script", "two-events.txt"), "two-events.txt")["id"]
        path = f"/api/v1/profiles/{profile}"
        for column in range(len(self.flame(profile).head["columns"])):
            data = self.flame(profile, f"?column={column}")
            folded = self.get(f"{path}/folded?column={column}").text().splitlines()
            scale = 1e9 if data.head["unit"] == "seconds" else 1
            self.assertAlmostEqual(sum(float(line.rpartition(" ")[2]) for line in folded) / scale / data.sum(), 1, 5)
            scoped = self.get(f"{path}/speedscope.json?column={column}").json()["profiles"]
            self.assertAlmostEqual(sum(sum(one["weights"]) for one in scoped) / data.sum(), 1, 5)
            page = self.get(f"/profiles/{profile}/flame?column={column}").text()
            for kind in ("pprof", "folded", "speedscope.json", "flamegraph.svg"):
                self.assertIn(f'href="{path}/{kind}?column={column}"', page)
        self.assert_problem(self.get(f"{path}/folded?column=9"), 400, "bad_request")
        # What has a flame graph has its files, whatever it counts.
        counts = self.upload(profile_bytes("formats", "perf-script", "sched-switch.txt.gz"), "sched-switch.txt.gz")["id"]
        total = self.flame(counts).sum()
        folded = self.get(f"/api/v1/profiles/{counts}/folded").text().splitlines()
        self.assertEqual(sum(float(line.rpartition(" ")[2]) for line in folded), total)
        self.assertEqual(self.get(f"/api/v1/profiles/{counts}/pprof").status, 200)

    def test_unknown_is_null(self):
        head = self.flame(self.upload(profile_bytes("formats", "folded", "perf-periods.folded"), "a.folded",
                                      run="bare")["id"]).head
        self.assertIsNone(head["whole"])
        self.assertIsNone(head["order"])
        self.assertIsNone(head["dropped_share"])

    def test_lines_columns_artefacts_and_revisions_are_chosen(self):
        profile = self.upload(profile_bytes("formats", "perf-script", "two-events.txt"), "two-events.txt")["id"]
        head = self.flame(profile).head
        self.assertEqual(head["merge"], "function")
        self.assertGreater(len(head["columns"]), 1)
        for column in range(len(head["columns"])):
            one = self.flame(profile, f"?column={column}").head
            self.assertEqual(one["column"], column)
            self.assertEqual(one["unit"], head["columns"][column]["unit"])
            # Counts of something else are no share of CPU, nor of the whole.
            time = head["columns"][column]["is_time"]
            self.assertEqual(any(category["share"] for category in one["categories"]), time)
            self.assertTrue(time or (one["whole"] is None and one["neff"] is None))
        spied = self.upload(profile_bytes("formats", "svg", "py-spy.svg"), "py-spy.svg")["id"]
        functions, lines = self.flame(spied), self.flame(spied, "?merge=line")
        self.assertEqual(lines.head["merge"], "line")
        self.assertGreater(lines.head["nodes"], functions.head["nodes"])
        self.assertAlmostEqual(lines.sum(), functions.sum(), 3)
        folder = self.upload(profile_bytes("formats", "0x", "server.tar.gz"), "server.tar.gz")["id"]
        choices = self.flame(folder).head["artefacts"]
        self.assertGreater(len(choices), 1)
        for choice in choices:
            self.assertEqual(self.flame(folder, f"?artefact={choice['index']}").head["artefact"], choice["index"])
        self.assertEqual(self.flame(spied, "?rev=1").head["revision"], 1)

    def test_two_profiles_stand_in_one_tree(self):
        base = self.upload(b"main;a 60\nmain;b 40\n", "base.folded", run="b")["id"]
        head = self.upload(b"main;a 30\nmain;c;d 50\n", "head.folded", run="h")["id"]
        answer = self.get(f"/api/v1/compare/flame?base={base}&head={head}")
        self.assertEqual(answer.status, 200, answer)
        data = flamedata.read(answer.body)
        self.assertEqual([(one["id"], one["total"]) for one in data.head["sets"]], [(base, 100), (head, 80)])
        nodes = {data.name(i): (data.total[0][i], data.total[1][i]) for i in range(1, len(data.parent))}
        self.assertEqual(nodes, {"main": (100, 80), "a": (60, 30), "b": (40, 0), "c": (0, 50), "d": (0, 50)})
        self.assertEqual(data.folded(1), {("main", "a"): 30, ("main", "c", "d"): 50, ("main", "b"): 0})

    def test_unlike_profiles_are_refused_in_words(self):
        samples = self.upload(b"main;a 60\n", "base.folded", run="b")["id"]
        wall = self.upload(profile_bytes("formats", "cpuprofile", "script.cpuprofile"), "script.cpuprofile")["id"]
        off = self.upload(profile_bytes("formats", "bpftrace", "off-cpu.txt"), "off-cpu.txt")["id"]
        for base, head in ((samples, wall), (wall, off)):
            answer = self.get(f"/api/v1/compare/flame?base={base}&head={head}")
            self.assert_problem(answer, 422, "wrong_unit")
        events = self.upload(profile_bytes("formats", "perf-script", "two-events.txt"), "two-events.txt")["id"]
        counts = self.upload(profile_bytes("formats", "perf-script", "sched-switch.txt.gz"), "sched-switch.txt.gz")["id"]
        self.assertEqual(self.flame(events).head["columns"][0]["is_time"], False)
        answer = self.get(f"/api/v1/compare/flame?base={counts}&head={events}&column=0")
        self.assert_problem(answer, 422, "wrong_unit")
        self.assertIn("not the same thing", answer.json()["detail"])

    def test_hostile_names_are_bytes_and_secrets_are_masked(self):
        profile = self.upload(HOSTILE.encode(), "</script>.folded")["id"]
        answer = self.get(f"/api/v1/profiles/{profile}/flame")
        self.assertNotIn(b"hunter2", answer.body)
        data = flamedata.read(answer.body)
        self.assertIn("</script><script>alert(1)</script>", data.strings)
        self.assertTrue(any("--password=***" in text for text in data.strings), data.strings)
        self.assertEqual(data.sum(), 12)

    def test_errors_say_what_was_expected(self):
        profile = self.upload(b"main;a 60\n", "base.folded", run="b")["id"]
        stat = self.upload(profile_bytes("cases", "async-1", "perf-stat.txt"), "perf-stat.txt", run="s")["id"]
        path = f"/api/v1/profiles/{profile}/flame"
        for query in ("?column=x", "?column=7", "?column=-1", "?merge=file", "?rev=0", "?artefact=a"):
            self.assert_problem(self.get(path + query), 400, "bad_request")
        self.assert_problem(self.get(path + "?artefact=3"), 404)
        self.assert_problem(self.get(path + "?rev=99"), 404)
        self.assert_problem(self.get(f"/api/v1/profiles/{stat}/flame"), 404, "not_found")
        self.assert_problem(self.get("/api/v1/profiles/nobody/flame"), 404, "not_found")
        self.assert_problem(self.get(f"/api/v1/compare/flame?base={profile}"), 400, "bad_request")
        self.assert_problem(self.get(f"/api/v1/compare/flame?base={profile}&head=nobody"), 404, "not_found")

    def test_the_page_says_what_was_measured_and_leads_on(self):
        files = {}
        for name in ("perf-stat.txt", "all-states.speedscope.json", "on-cpu.svg"):
            files[name] = self.upload(profile_bytes("cases", "async-150", name), name, run="page")["id"]
        wall, cpu = files["all-states.speedscope.json"], files["on-cpu.svg"]
        page = self.get(f"/profiles/{cpu}/flame").text()
        self.assertIn(f'data-flame="/api/v1/profiles/{cpu}/flame"', page)
        self.assertIn("On CPU: waiting is not in this file.", page)
        self.assertIn(f"/speedscope/index.html#profileURL=%2Fapi%2Fv1%2Fprofiles%2F{cpu}%2Fspeedscope.json&amp;title=on-cpu.svg", page)
        for kind in ("pprof", "folded", "speedscope.json", "flamegraph.svg", "raw"):
            self.assertIn(f'href="/api/v1/profiles/{cpu}/{kind}"', page)
        self.assertIn(f'href="/profiles/{cpu}/flame?beside={wall}"', page)
        self.assertNotIn(files["perf-stat.txt"], page)
        both = self.get(f"/profiles/{cpu}/flame?beside={wall}").text()
        self.assertEqual(re.findall(r'data-flame="([^"]*)"', both),
                         [f"/api/v1/profiles/{cpu}/flame", f"/api/v1/profiles/{wall}/flame"])
        report = self.get(f"/profiles/{cpu}").text()
        self.assertEqual(re.findall(r'data-flame-profile="([^"]*)"', report).count(wall), 1)
        self.assertIn(f'<noscript><div class="scroll"><a href="/api/v1/profiles/{cpu}/flamegraph.svg">', report)
        self.assertEqual(self.get(f"/profiles/{files['perf-stat.txt']}/flame").status, 404)

    def test_the_page_offers_each_column(self):
        profile = self.upload(profile_bytes("formats", "perf-script", "two-events.txt"), "two-events.txt")["id"]
        columns = self.flame(profile).head["columns"]
        page = self.get(f"/profiles/{profile}/flame").text()
        for i, column in enumerate(columns):
            self.assertIn(f'href="/profiles/{profile}/flame?column={i}"', page)
            self.assertEqual(self.get(f"/api/v1/profiles/{profile}/flamegraph.svg?column={i}").status, 200)
        other = next(i for i, column in enumerate(columns) if not column["is_time"])
        page = self.get(f"/profiles/{profile}/flame?column={other}").text()
        self.assertIn(f'data-flame="/api/v1/profiles/{profile}/flame?column={other}"', page)
        self.assertIn("Not time:", page)
        self.assert_problem(self.get(f"/api/v1/profiles/{profile}/flamegraph.svg?column=99"), 400)

    def test_behind_a_link_the_report_holds_a_picture(self):
        self.upload(profile_bytes("cases", "async-150", "on-cpu.svg"), "on-cpu.svg", run="shared")
        link = self.post("/api/v1/projects/flames/runs/shared/share").json()["url"]
        page = self.get(link).text()
        self.assertNotIn("data-flame=", page)
        self.assertIn("<svg viewBox=\"0 0 1200", page)
        saved = self.get("/projects/flames/runs/shared/report.html").text()
        self.assertIn("<svg viewBox=\"0 0 1200", saved)

    def test_what_the_client_has_is_not_sent_again(self):
        profile = self.upload(b"main;a 60\n", "again.folded", run="again")["id"]
        path = f"/api/v1/profiles/{profile}/flame"
        first = self.get(path)
        tag = first.headers["ETag"]
        self.upload(b"main;other 60\n", "else.folded", run="else")
        again = self.get(path, if_none_match=tag)
        self.assertEqual((again.status, again.body, again.headers["ETag"]), (304, b"", tag))
        self.assertEqual(self.get(path).body, first.body)
        lines = self.get(path + "?merge=line", if_none_match=tag)
        self.assertEqual(lines.status, 200)
        self.assertNotEqual(lines.headers["ETag"], tag)
        # One more file of the run is a new analysis, and what stands in front of the arrays is another.
        self.upload(profile_bytes("cases", "async-1", "perf-stat.txt"), "perf-stat.txt", run="again")
        newer = self.get(path, if_none_match=tag)
        self.assertEqual(newer.status, 200)
        self.assertEqual(flamedata.read(newer.body).head["revision"], 2)
        self.assertEqual(self.request("DELETE", f"/api/v1/profiles/{profile}").status // 100, 2)
        self.assertEqual(self.get(path, if_none_match=tag).status, 404)

    def test_an_archive_offers_each_of_its_profiles(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for name, text in (("one.folded", b"main;one 5\n"), ("two.folded", b"main;two 7\nmain;three 1\n")):
                info = tarfile.TarInfo(name)
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text))
        profile = self.upload(out.getvalue(), "both.tar.gz")["id"]
        head = self.flame(profile).head
        self.assertEqual([choice["name"] for choice in head["artefacts"]], ["one.folded", "two.folded"])
        for choice, total in zip(head["artefacts"], (5, 8)):
            self.assertEqual(self.flame(profile, f"?artefact={choice['index']}").sum(), total)
            folded = self.get(f"/api/v1/profiles/{profile}/folded?artefact={choice['index']}").text().splitlines()
            self.assertEqual(sum(float(line.rpartition(" ")[2]) for line in folded), total)


if __name__ == "__main__":
    stetapi.main()
