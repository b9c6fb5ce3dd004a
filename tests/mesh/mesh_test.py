"""Files that come by MESH, with NHS England's own client and service at the other end.

Run by `./run test`. The service asks for certificates and for the token in full.
"""

import gzip
import json
import tempfile
import time
import unittest
import urllib.request

from place import ANSWERS, BRINGS, COUNCIL, COUNCILS, EXAMPLE, OURS, SPOILT, STRANGERS, Home, Service


def setUpModule():
    global service, certificates
    certificates = tempfile.TemporaryDirectory()
    service = Service(certificates.name)


def tearDownModule():
    service.close()
    certificates.cleanup()


def without_times(receipt):
    """A receipt without what tells of the moment and of who has declared."""
    return {k: v for k, v in receipt.items() if k not in ("received_at", "declared")}


class ByMesh(unittest.TestCase):
    def setUp(self):
        service.empty()
        self.council = service.client(COUNCILS, max_chunk_size=10_000, transparent_compress=True)
        self.addCleanup(self.council.close)

    def home(self, **settings):
        home = Home(service, **settings)
        self.addCleanup(home.close)
        return home

    def send(self, data, client=None, workflow=BRINGS, **more):
        more.setdefault("filename", "march.csv")
        return (client or self.council).send_message(OURS, data, workflow_id=workflow, **more)

    def answers(self, client=None):
        """All answers, fetched and acknowledged: the message's labels and the document."""
        found = []
        for message in (client or self.council).iterate_all_messages():
            with message:
                found.append((message, json.loads(message.read())))
        return found

    def answer(self, client=None):
        [(message, document)] = self.answers(client)
        return message, document

    def waiting(self):
        with service.client(OURS) as ours:
            return ours.list_messages()

    def test_the_same_file_has_the_same_receipt_by_every_road(self):
        home = self.home()
        sent = self.send(EXAMPLE.read_bytes())
        [done] = home.poll()
        self.assertEqual((done["outcome"], done["from"]), ("accepted", COUNCILS))
        self.assertEqual(self.waiting(), [])
        message, document = self.answer()
        self.assertEqual(message.workflow_id, ANSWERS)
        self.assertEqual(message.local_id, f"haven-answer-{sent}")
        self.assertEqual(message.sender, OURS)
        receipt = document["receipt"]
        self.assertEqual(receipt["declared"]["by"], f"mesh {COUNCILS}")
        # By an operator.
        landed = self.home().json("land", EXAMPLE, "--from", COUNCIL)["receipts"][0]
        for part in ("id", "dataset", "sender", "sha256", "bytes", "landed", "state", "rows_in", "rows_landed",
                     "rows_set_aside", "causes"):
            self.assertEqual(receipt[part], landed[part], part)
        # By the interface for machines: field by field the same document.
        other = self.home()
        token = other.haven("account", "token", "caseworks", "--organisation", COUNCIL).stdout.strip()
        server, address = other.serve(HAVEN_MESH__ADDRESS="")
        try:
            def call(path, body=None):
                headers = {"Authorization": f"Bearer {token}"}
                with urllib.request.urlopen(urllib.request.Request(address + path, body, headers)) as answered:
                    return json.load(answered)

            attempt = call("/api/v1/submissions?file_name=march.csv", EXAMPLE.read_bytes())
            call(attempt["links"]["confirm"], b'{"declared": true}')
            by_api = call(f"/api/v1/submissions/{attempt['id']}/receipt")
            report = call(f"/api/v1/submissions/{attempt['id']}/report")
        finally:
            server.kill()
            server.wait()
            server.stderr.close()
        self.assertEqual(list(receipt), list(by_api))
        self.assertEqual(without_times(receipt), without_times(by_api))
        self.assertEqual(document["report"]["findings"], report["findings"])
        self.assertEqual(set(document["report"]["submission"]), set(report["submission"]))

    def test_a_second_message_with_the_same_file_is_answered_with_the_same_receipt(self):
        home = self.home()
        self.send(EXAMPLE.read_bytes())
        home.poll()
        _, first = self.answer()
        # Another time in one chunk and not compressed: it is the same file all the same.
        with service.client(COUNCILS) as plain:
            self.send(EXAMPLE.read_bytes(), plain)
        home.poll()
        _, second = self.answer()
        self.assertEqual(first["receipt"], second["receipt"])
        self.assertEqual(len(home.json("status")["submissions"]), 1)

    def test_a_file_waits_for_its_declaration_where_sending_is_not_declaring(self):
        home = self.home(declared=False)
        self.send(EXAMPLE.read_bytes())
        [done] = home.poll()
        self.assertEqual(done["outcome"], "waiting")
        _, document = self.answer()
        self.assertIsNone(document["receipt"])
        self.assertEqual(document["report"]["submission"]["state"], "checked")
        self.assertIn("send it on", document["next"])

    def test_a_file_that_does_not_pass_comes_back_with_its_findings(self):
        home = self.home()
        self.send(SPOILT.read_bytes())
        home.poll()
        _, document = self.answer()
        by_hand = self.home().haven("land", SPOILT, "--from", COUNCIL, "--json")
        landed = json.loads(by_hand.stdout)["receipts"][0]
        shown = document["report"]["submission"]
        self.assertEqual((shown["id"], shown["rows_in"]), (landed["id"], landed["rows_in"]))
        self.assertGreater(len(document["report"]["findings"]), 5)

    def test_strangers_and_unknown_workflows_are_refused_and_nothing_is_kept(self):
        home = self.home()
        with service.client(STRANGERS) as strangers:
            self.send(EXAMPLE.read_bytes(), strangers)
            self.send(EXAMPLE.read_bytes(), workflow="OTHER")
            self.assertEqual([d["outcome"] for d in home.poll()], ["refused", "refused"])
            _, document = self.answer(strangers)
            self.assertEqual(document["problem"]["type"], "/problems/mailbox")
        _, document = self.answer()
        self.assertEqual(document["problem"]["type"], "/problems/workflow")
        self.assertIn(BRINGS, document["problem"]["detail"])
        self.assertEqual(home.json("status")["submissions"], [])
        self.assertFalse(any(p.is_file() for p in (home.folder / "haven-home/identified/vault").rglob("*")))

    def raw(self, pieces, encoding, skip=()):
        """A message written by hand, as a client would not write it."""
        name = None
        for at, piece in enumerate(pieces, start=1):
            if at in skip:
                continue
            headers = {"Content-Type": "application/octet-stream", "Content-Encoding": encoding,
                       "Mex-Chunk-Range": f"{at}:{len(pieces)}", "Mex-To": OURS, "Mex-WorkflowID": BRINGS}
            path = "/outbox" if name is None else f"/outbox/{name}/{at}"
            session = self.council._session
            answer = session.post(self.council.mailbox_url + path, data=piece, headers=headers)
            answer.raise_for_status()
            name = name or answer.json()["message_id"]
        return name

    def test_bad_messages_are_answered_by_name_and_the_next_one_lands(self):
        home = self.home()
        good = EXAMPLE.read_bytes()
        packed = [gzip.compress(good[:10_000]), gzip.compress(good[10_000:20_000]), gzip.compress(good[20_000:])]
        bomb = gzip.compress(bytes(200_000_000))
        self.assertLess(len(bomb), 250_000)
        messages = {
            self.raw(packed, "gzip", skip=[2]): ("broken-off", "Chunk 2 of 3 is missing."),
            self.raw([good], "gzip"): ("broken-off", "cannot be unpacked"),
            self.raw([packed[0], packed[1][:-9]], "gzip"): ("broken-off", "Chunk 2"),
            self.raw([bomb], "gzip"): ("too-large", "1 MB"),
            self.send(b"a" * 1_200_000): ("too-large", "1 MB"),
            self.send(b"%PDF-1.7 and so on"): ("not-readable", "PDF"),
            self.send(good): (None, None),
        }
        done = {d["message"]: d for d in home.poll(HAVEN_LARGEST_FILE_MB="1")}
        self.assertEqual({m for m in done if done[m]["outcome"] != "left"}, set(messages), done)
        answers = {m.local_id.removeprefix("haven-answer-"): d for m, d in self.answers()}
        for message, (kind, detail) in messages.items():
            problem = answers[message]["problem"]
            if kind is None:
                self.assertEqual((problem, done[message]["outcome"]), (None, "accepted"))
            else:
                self.assertEqual(problem["type"], f"/problems/{kind}")
                self.assertIn(detail, problem["detail"])
                self.assertIsNone(answers[message]["receipt"])
        self.assertEqual(self.waiting(), [])

    def test_reports_of_the_service_and_answers_are_not_answered(self):
        home = self.home()
        service.report(OURS)
        self.send(b"{}", workflow=ANSWERS)
        self.send(b"{}", local_id="haven-answer-1")
        self.assertEqual([d["outcome"] for d in home.poll()], ["no_file"] * 3)
        self.assertEqual((self.answers(), self.waiting()), ([], []))

    def test_answers_come_in_chunks_and_compressed(self):
        home = self.home()
        self.send(SPOILT.read_bytes())
        home.poll()
        [name] = self.council.list_messages()
        first = self.council.retrieve_message_chunk(name, 1)
        self.assertEqual(first.headers["Content-Encoding"], "gzip")
        self.assertGreater(int(first.headers["Mex-Total-Chunks"]), 2)
        _, document = self.answer()
        self.assertEqual(document["version"], 1)

    def test_killed_at_any_moment_nothing_is_lost_and_nothing_counts_twice(self):
        receipts, kills, seen_twice = set(), 0, 0
        for point in range(1, 200):
            service.empty()
            home = self.home()
            sent = self.send(EXAMPLE.read_bytes())
            killed = home.haven("mesh", "poll", "--once", HAVEN_KILL_AT_WRITE_POINT=str(point))
            if killed.returncode == 0:
                break
            self.assertLess(killed.returncode, 0, killed.stderr)
            kills += 1
            home.poll()
            self.assertEqual(self.waiting(), [], f"killed at {point}")
            answers = self.answers()
            # An answer may go out twice, if the kill came before it was noted down; it has one name.
            self.assertIn(len(answers), (1, 2), f"killed at {point}")
            seen_twice += len(answers) - 1
            self.assertEqual({m.local_id for m, _ in answers}, {f"haven-answer-{sent}"})
            receipts |= {json.dumps(without_times(d["receipt"]), sort_keys=True) for _, d in answers}
            [one] = home.json("status")["submissions"]
            self.assertEqual((one["state"], one["rows_landed"]), ("landed", one["rows_in"] - one["rows_set_aside"]))
            self.assertTrue(home.json("audit", "verify")["whole"])
        self.assertGreater(kills, 20)
        self.assertEqual(len(receipts), 1)
        self.assertLessEqual(seen_twice, 1)

    def test_a_large_file_comes_in_many_chunks(self):
        home = self.home()
        file = home.folder / "large.csv"
        made = home.haven("sample", "cld-r2", "-n", "100000", "-o", file)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertGreater(file.stat().st_size, 40_000_000)
        with file.open("rb") as data:
            self.council.send_message(OURS, data, workflow_id=BRINGS, filename="large.csv", max_chunk_size=5_000_000)
        home.poll()
        _, document = self.answer()
        shown = document["report"]["submission"]
        self.assertEqual((shown["bytes"], shown["rows_in"]), (file.stat().st_size, 100_000))

    def test_the_site_goes_through_the_inbox_too(self):
        home = self.home(poll_seconds=1)
        server, _ = home.serve()
        try:
            self.send(EXAMPLE.read_bytes())
            until = time.monotonic() + 60
            while self.waiting() and time.monotonic() < until:
                time.sleep(0.2)
            # The answer was sent before the message left the inbox.
            _, document = self.answer()
            self.assertEqual(document["receipt"]["state"], "landed")
        finally:
            server.kill()
            server.wait()
            server.stderr.close()

    def test_settings_that_do_not_open_the_mailbox_are_named(self):
        ended = self.home().haven("mesh", "check")
        self.assertEqual((ended.returncode, ended.stdout), (0, f"The mailbox {OURS} opens. Messages that wait: 0.\n"))
        for settings, status, words in [
            ({"password": "wrong"}, 4, "status 403"),
            ({"certificate_file": None, "key_file": None}, 5, "certificate"),
            ({"key_file": None}, 2, "one is set without the other"),
            ({"authorities_file": None}, 5, "certificate"),
            ({"address": "http://mesh.example"}, 2, "https://"),
            ({"address": "https://127.0.0.1:1"}, 5, "cannot reach"),
            ({"password_file": "/nowhere"}, 3, "mesh.password_file"),
            ({"answer_workflow": BRINGS}, 2, BRINGS),
        ]:
            ended = self.home(**settings).haven("mesh", "check")
            self.assertEqual(ended.returncode, status, (settings, ended.stderr))
            self.assertIn(words, ended.stderr)
            self.assertNotIn("wrong", ended.stderr)


if __name__ == "__main__":
    unittest.main()
