#!/usr/bin/env python3
"""A mixed workload against the real server, and what callers saw held against the log, one to one."""
import argparse
import collections
import random
import re
import socket
import sys
import tempfile
import threading
import time
import urllib.parse

from common import Person, Server, entries, token, verified

USE = "DSA-0417/commissioning"
# What is asked for, and how often of a hundred.
WORKLOAD = [("page", 38), ("role", 22), ("answer", 10), ("refused", 10), ("malformed", 8), ("foreign", 4),
            ("export", 6), ("cut", 2)]
EXPECTED = {
    "answer": ["answered", "decision_allowed", "served"],
    "refused": ["decision_refused", "served"],
    "role": ["access_refused", "served"],
    "export": ["exported", "served"],
    "malformed": [], "foreign": [], "page": [],
}


class Caller(threading.Thread):
    def __init__(self, address, seed, count, releases):
        super().__init__()
        self.address, self.random, self.count, self.releases = address, random.Random(seed), count, releases
        self.seen, self.cut = [], 0

    def run(self):
        people = {name: Person(self.address, name) for name in ("ana", "sue", "cas", "ivy")}
        csrf = token(people["ana"].ask("GET", "/ask")[2].decode())
        kinds, weights = zip(*WORKLOAD)
        for _ in range(self.count):
            kind = self.random.choices(kinds, weights)[0]
            ana = people["ana"]
            if kind == "answer":
                sql = f"select gender from long_term_support limit {self.random.randint(1, 50)}"
                got = ana.ask("POST", "/ask", {"csrf": csrf, "use": USE, "sql": sql})
            elif kind == "refused":
                got = ana.ask("POST", "/ask", {"csrf": csrf, "use": USE, "sql": "select * from death"})
            elif kind == "malformed":
                got = ana.ask("POST", "/ask", {"csrf": csrf, "use": USE, "sql": "select (from"})
            elif kind == "foreign":
                got = ana.ask("POST", "/ask", {"csrf": "0", "use": USE, "sql": "select 1"})
            elif kind == "role":
                name, path = self.random.choice([("sue", "/ask"), ("cas", "/audit"), ("ivy", "/runs"), ("ana", "/review")])
                got = people[name].ask("GET", path)
            elif kind == "export" and self.releases:
                name = self.random.choice(["ana", "cas"])
                got = people[name].ask("GET", self.random.choice(self.releases) + self.random.choice(["", ".csv"]))
            elif kind == "cut":
                self.cut_off(ana, csrf)
                continue
            else:
                kind, got = "page", people["sue"].ask("GET", self.random.choice(["/", "/register", "/status"]))
            self.seen.append((kind, got[1], got[0], len(got[2])))

    def cut_off(self, person, csrf):
        """Asks, reads a little, and goes."""
        body = urllib.parse.urlencode({"csrf": csrf, "use": USE, "sql": "select gender from long_term_support"})
        head = (f"POST /ask HTTP/1.1\r\nHost: x\r\nCookie: {person.headers()['Cookie']}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n")
        host, port = self.address.split(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall((head + body).encode())
            wanted = self.random.choice([0, 1, 500, 3000])
            if wanted:
                line.settimeout(60)
                line.recv(wanted)
        self.cut += 1


def check(callers, log):
    by = collections.defaultdict(list)
    for entry in log:
        if "request" in entry:
            by[entry["request"]].append(entry)
    numbers = {entry["seq"]: entry for entry in log}
    counts, faults, told = collections.Counter(), [], 0
    known = set()
    for caller in callers:
        for kind, request, status, length in caller.seen:
            known.add(request)
            kinds = sorted(entry["kind"] for entry in by.get(request, []))
            counts[f"{kind} {status}"] += 1
            if kinds != EXPECTED[kind]:
                faults.append(f"{kind} {status} {request}: {kinds}")
                continue
            for end in (entry for entry in by.get(request, []) if entry["kind"] == "served"):
                told += end["bytes"]
                if end["bytes"] != length or end["outcome"] != "done":
                    faults.append(f"{kind} {request}: {end['bytes']} bytes in the log, {length} received")
    # Those that were cut off: their callers know no id, so every decision has to have exactly one end.
    ends = collections.Counter(entry["request"] for entry in log if entry["kind"] == "served")
    owed = [e for e in log if e["kind"] in ("decision_allowed", "decision_refused", "access_refused") and "request" in e]
    for decision in owed:
        if ends[decision["request"]] != 1:
            faults.append(f"decision {decision['seq']} has {ends[decision['request']]} ends")
    for end in (entry for entry in log if entry["kind"] == "served"):
        decision = numbers.get(int(end["decision_id"].split("-")[0]))
        if decision is None or decision["request"] != end["request"]:
            faults.append(f"the end {end['seq']} leads to no decision")
    released = collections.Counter(e.get("object_digest") for e in log if e["kind"] == "released")
    for export in (e for e in log if e["kind"] == "exported"):
        if released[export["object_digest"]] != 1:
            faults.append(f"the export {export['seq']} leads to {released[export['object_digest']]} releases")
    cut = [e for e in log if e["kind"] == "served" and e["request"] not in known]
    return counts, faults, told, cut


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("haven")
    arguments.add_argument("--home", required=True)
    arguments.add_argument("--frontend", required=True)
    arguments.add_argument("--requests", type=int, default=200_000)
    arguments.add_argument("--callers", type=int, default=8)
    arguments.add_argument("--seed", type=int, default=2026)
    given = arguments.parse_args()
    server = Server(given.haven, given.home, given.frontend)
    try:
        ana = Person(server.address, "ana")
        page = ana.ask("GET", "/releases")[2].decode()
        releases = sorted({h for h in re.findall(r'href="(/releases/[0-9a-f]+)"', page)})
        each = given.requests // given.callers
        callers = [Caller(server.address, given.seed + n, each, releases) for n in range(given.callers)]
        started = time.time()
        for caller in callers:
            caller.start()
        while any(caller.is_alive() for caller in callers):
            callers[0].join(60)
            done = sum(len(caller.seen) + caller.cut for caller in callers)
            print(f"{done} requests, {time.time() - started:.0f} s", file=sys.stderr, flush=True)
            time.sleep(1)
        seconds = time.time() - started
        # The ends of the last answers are written beside the requests.
        time.sleep(3)
    finally:
        server.kill()
    with tempfile.TemporaryDirectory() as scratch:
        log = entries(given.haven, given.home, scratch)
    counts, faults, told, cut = check(callers, log)
    asked = sum(counts.values()) + sum(caller.cut for caller in callers)
    print(f"{asked} requests in {seconds:.0f} s by {given.callers} callers, seed {given.seed}, {len(releases)} releases")
    for what, number in sorted(counts.items()):
        print(f"  {what}: {number}")
    print(f"  cut off by the caller: {sum(c.cut for c in callers)}; ends without a caller who knows them: {len(cut)}, "
          f"{sum(1 for e in cut if e['outcome'] == 'failed')} of them cut off")
    print(f"bytes of answers under a decision, received and in the log alike: {told}")
    print(f"the log: {verified(given.haven, given.home)}")
    print(f"faults: {len(faults)}")
    for fault in faults[:50]:
        print(f"  {fault}")
    sys.exit(1 if faults else 0)


main()
