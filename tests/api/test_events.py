"""Changes as they happen: the stream, asking again and again, who sees what, the bound, the stop."""

import json
import unittest

import stetapi

from test_service import token
from test_uploads import STAT


class Stream:
    """An open /api/v1/events; next() waits for the next event of that name."""

    def __init__(self, server, path="/api/v1/events", headers=None):
        self.connection = server.connect()
        self.connection.request("GET", path, headers={"Accept": "text/event-stream", **(headers or {})})
        self.answer = self.connection.getresponse()

    def event(self):
        fields = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        return fields

    def next(self, name):
        while True:
            fields = self.event()
            if not fields:
                raise AssertionError("the stream ended")
            if fields.get("event") == name:
                return {**json.loads(fields["data"]), "id": int(fields["id"])}

    def until(self, **members):
        while True:
            change = self.next("change")
            if all(change.get(key) == value for key, value in members.items()):
                return change

    def rest(self):
        return self.answer.read()

    def close(self):
        self.answer.close()
        self.connection.close()


class Events(stetapi.ServerCase):
    def setUp(self):
        self.streams = []

    def tearDown(self):
        for stream in self.streams:
            stream.close()

    def stream(self, *arguments, **options):
        stream = Stream(self.server, *arguments, **options)
        self.streams.append(stream)
        return stream

    def upload(self, project, run="r", data=STAT):
        answer = self.post(f"/api/v1/projects/{project}/profiles?run={run}", data)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def test_an_upload_is_told_step_by_step(self):
        stream = self.stream()
        self.assertEqual(stream.answer.status, 200)
        self.assertEqual(stream.answer.headers["Content-Type"], "text/event-stream; charset=utf-8")
        self.assertIsNone(stream.answer.headers["Content-Encoding"])
        first = stream.next("generation")
        self.assertEqual(first["id"], first["generation"])
        upload = self.upload("told")
        seen = [stream.next("change") for _ in range(7)]
        self.assertEqual([c["generation"] for c in seen], sorted(c["generation"] for c in seen))
        self.assertEqual({c["project"] for c in seen}, {"told"})
        self.assertEqual([(c["kind"], c.get("status")) for c in seen],
                         [("run", None), ("upload", "queued"), ("upload", "running"), ("upload", "running"),
                          ("analysis", None), ("upload", "done"), ("run", None)])
        self.assertEqual([(c["ref"], c["part"], c["parts"]) for c in seen if c["kind"] == "upload"],
                         [(upload["id"], 0, 1), (upload["id"], 0, 1), (upload["id"], 1, 1), (upload["id"], 1, 1)])
        self.assertEqual(seen[0]["ref"], "r")

    def test_what_else_is_told(self):
        self.upload("kinds")
        stream = self.stream("/api/v1/events?project=kinds")
        proposal = self.post("/api/v1/projects/kinds/proposals",
                             json.dumps({"schema": "stet/proposal/1", "title": "P"})).json()
        self.assertEqual(stream.until(kind="proposal")["ref"], proposal["id"])
        decision = self.post(f"/api/v1/proposals/{proposal['id']}/decide").json()
        self.assertEqual(stream.until(kind="decision")["ref"], decision["id"])
        self.post("/api/v1/projects/kinds/facts", b'{"op_s": 1}')
        stream.until(kind="facts")
        self.request("PUT", "/api/v1/projects/kinds/policies", b'{"schema":"stet/project/1","goal":"cost"}')
        stream.until(kind="policy")
        watch = self.post("/api/v1/projects/kinds/watch", b'{"title":"t","manual":true}').json()
        self.assertEqual(stream.until(kind="watch")["ref"], watch["id"])
        broken = self.post("/api/v1/projects/kinds/profiles", b"no profile at all\n\x00")
        self.assertEqual(broken.status, 415, broken)
        stream.until(kind="upload", status="failed")

    def test_one_project_alone(self):
        stream = self.stream("/api/v1/events?project=wanted")
        stream.next("generation")
        self.upload("unwanted")
        self.upload("wanted")
        self.assertEqual(stream.next("change")["project"], "wanted")
        self.assert_problem(self.get("/api/v1/events?project=Bad+Name"), 400)
        self.assert_problem(self.get("/api/v1/changes?since=x"), 400)

    def test_who_comes_again_misses_nothing(self):
        first = self.stream()
        since = first.next("generation")["id"]
        self.upload("again")
        second = self.stream(headers={"Last-Event-ID": str(since)})
        second.next("generation")
        self.assertEqual(second.next("change")["generation"], since + 1)
        third = self.stream("/api/v1/events?since=5")
        self.assertGreater(third.next("lost")["generation"], since)

    def test_asking(self):
        now = self.get("/api/v1/changes").json()
        self.subset({"events": [], "complete": True}, now)
        again = self.get(f"/api/v1/changes?since={now['generation']}")
        self.assertEqual(self.get(f"/api/v1/changes?since={now['generation']}", if_none_match=again.headers["ETag"]).status, 304)
        self.upload("asked")
        told = self.get(f"/api/v1/changes?since={now['generation']}", if_none_match=again.headers["ETag"]).json()
        self.assertTrue(told["complete"])
        self.assertEqual(told["events"][0]["kind"], "run")
        self.assertEqual(told["generation"], told["events"][-1]["generation"])
        other = self.get(f"/api/v1/changes?since={now['generation']}&project=another").json()
        self.subset({"events": [], "complete": True, "generation": told["generation"]}, other)
        self.assertFalse(self.get("/api/v1/changes?since=1").json()["complete"])

    def test_a_head_holds_nothing(self):
        for _ in range(40):
            answer = self.request("HEAD", "/api/v1/events")
            self.assertEqual((answer.status, answer.body), (200, b""))


class Bounds(stetapi.ServerCase):
    arguments = ("--threads", "8")

    def test_more_than_may_are_told_to_ask(self):
        held = [Stream(self.server) for _ in range(2)]
        for stream in held:
            stream.next("generation")
        refused = self.get("/api/v1/events")
        self.assert_problem(refused, 503)
        self.assertEqual(refused.headers["Retry-After"], "5")
        self.assertEqual(self.get("/").status, 200)
        held[0].close()
        # The place is free as soon as the service sees that the client has gone.
        def free():
            stream = Stream(self.server)
            if stream.answer.status == 200:
                return stream
            stream.close()
            return None
        self.until(free, "place for another stream").close()
        held[1].close()

    def test_the_stop_does_not_wait_for_streams(self):
        server = stetapi.Server()
        try:
            stream = Stream(server)
            stream.next("generation")
            self.assertEqual(server.stop(), 0)
            self.assertNotIn(b"change", stream.rest())
            stream.close()
        finally:
            server.remove()


class Rights(unittest.TestCase):
    def test_a_token_sees_its_project(self):
        server = stetapi.Server()
        try:
            everything = {"Authorization": "Bearer " + token(server.database, "--scopes", "write")}
            mine = {"Authorization": "Bearer " + token(server.database, "--scopes", "read", "--project", "mine")}
            self.assertEqual(server.request("GET", "/api/v1/events").status, 401)
            self.assertEqual(server.request("GET", "/api/v1/events?project=theirs", headers=mine).status, 404)
            stream = Stream(server, headers=mine)
            stream.next("generation")
            for project in ("theirs", "mine"):
                answer = server.request("POST", f"/api/v1/projects/{project}/profiles", STAT, everything)
                self.assertEqual(answer.status, 201, answer)
            self.assertEqual(stream.next("change")["project"], "mine")
            told = server.request("GET", "/api/v1/changes?since=1", headers=mine).json()
            self.assertFalse(told["complete"])
            stream.close()
        finally:
            server.stop()
            server.remove()


if __name__ == "__main__":
    stetapi.main()
