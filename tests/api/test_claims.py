#!/usr/bin/env python3
"""POST /api/v1/projects/{project}/claims: numbers of a text, held against a run."""

import stetapi

TEXT = "# Plan\n\nThe port is 5-10x faster.\n\nSaves 6M x 50 ms = 95 hours <script>alert(1)</script>\n"
PATH = "/api/v1/projects/tool/claims"


class Claims(stetapi.ServerCase):
    def test_findings_and_claims(self):
        answer = self.post(PATH, TEXT.encode(), content_type="text/markdown")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers.get_content_type(), "application/json")
        document = answer.json()
        self.subset({"schema": "stet/claims/1", "lines": 5}, document)
        self.subset([{"code": "arith.product", "line": 5, "stated": "95 hours"}], document["findings"])
        self.subset([{"line": 3, "factor": {"lo": 5, "hi": 10}, "evidence": "none", "ceiling": None, "verdict": "unproven"}],
                    document["claims"])
        self.assertEqual(self.post(PATH, TEXT.encode()).body, answer.body)

    def test_as_text(self):
        answer = self.post(PATH, TEXT.encode(), accept="text/plain")
        self.assertEqual(answer.headers.get_content_type(), "text/plain")
        self.assertIn("line 5: 83.33 hours", answer.text())

    def test_against_a_run(self):
        folded = b"main;compute 90\nmain;[kernel] 10\n"
        upload = self.post("/api/v1/projects/tool/profiles?run=r1&clock=cpu&fact.cpu_s=30&fact.wall_s=100", folded)
        self.assertEqual(upload.status, 201, upload)
        document = self.post(PATH + "?run=r1", TEXT.encode()).json()
        self.assertTrue(document["ceiling"]["evidence"])
        ceiling = upload.json()["analysis"]["speedup"]["ceiling"]
        if ceiling:
            self.assertEqual(document["ceiling"]["speedup_hi"], ceiling["hi"])
        self.assert_problem(self.post(PATH + "?run=nowhere", TEXT.encode()), 404)

    def test_refused(self):
        self.assert_problem(self.post(PATH, b"  \n"), 400)
        self.assert_problem(self.post("/api/v1/projects/No!/claims", TEXT.encode()), 400)
        self.assert_problem(self.post(PATH, b"x" * (33 << 20)), 413)


if __name__ == "__main__":
    stetapi.main()
