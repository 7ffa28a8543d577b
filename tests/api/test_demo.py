"""`stet serve --demo`: recordings, proposals and decisions of profiles/cases/, loaded once."""
import json
import os

import stetapi

CASES = os.path.join(stetapi.PROFILES, "cases")


def marked():
    """(project, [decisions that the demo loads]) of every case with decisions."""
    for case in sorted(os.listdir(CASES)):
        path = os.path.join(CASES, case, "decisions.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as source:
                doc = json.load(source)
            yield doc["project"], [d for d in doc["decisions"] if d.get("demo")]


class Demo(stetapi.ServerCase):
    arguments = ("--demo",)

    def decisions(self, project):
        """Oldest first."""
        return self.get(f"/api/v1/projects/{project}/decisions").json()["decisions"][::-1]

    def test_decisions_say_what_the_command_line_says(self):
        for project, wanted in marked():
            with self.subTest(project):
                got = self.decisions(project)
                self.assertEqual([d["verdict"] for d in got], [w["expect"]["verdict"] for w in wanted])
                for d, w in zip(got, wanted):
                    if "gate" in w["expect"]:
                        self.assertEqual(d["gate"], w["expect"]["gate"], w["name"])

    def test_what_was_foreseen_is_set_against_what_was_measured(self):
        checked = 0
        for project, wanted in marked():
            for d, w in zip(self.decisions(project), wanted):
                if "outcome" in w:
                    doc = self.get(f"/api/v1/decisions/{d['id']}").json()
                    outcome = doc["outcomes"][0]
                    self.assertEqual(doc["status"], "accepted")
                    self.assertTrue(outcome["within"], outcome)
                    self.assertLess(outcome["predicted"]["lo"], outcome["real"])
                    checked += 1
        self.assertEqual(checked, 1)

    def test_they_verify(self):
        for project, _ in marked():
            newest = self.decisions(project)[-1]["id"]
            answer = self.get(f"/api/v1/decisions/{newest}/verify").json()
            self.assertTrue(answer["ok"] and answer["identical"], f"{project}: {answer}")

    def test_nothing_failed_and_a_second_start_adds_nothing(self):
        self.assertNotIn(" error demo ", self.server.log())
        before = {project: [d["id"] for d in self.decisions(project)] for project, _ in marked()}
        type(self).server.stop()
        type(self).server = stetapi.Server("--demo", folder=self.server.folder)
        self.server.owned = True
        self.assertEqual(before, {project: [d["id"] for d in self.decisions(project)] for project, _ in marked()})


if __name__ == "__main__":
    stetapi.main()
