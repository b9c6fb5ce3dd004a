#!/usr/bin/env python3
"""Kills the server at random moments under load: nothing that a caller received is without its entry."""
import argparse
import http.client
import random
import sys
import tempfile
import threading
import time

from common import Person, Server, entries, token, verified

USE = "DSA-0417/commissioning"


def asking(address, cookies, seen):
    try:
        ana = Person(address, "ana", cookies)
        csrf = token(ana.ask("GET", "/ask")[2].decode())
        while True:
            status, request, body = ana.ask(
                "POST", "/ask", {"csrf": csrf, "use": USE, "sql": "select count(*) from long_term_support"})
            if body:
                seen.append((request, status))
    except (OSError, http.client.HTTPException, RuntimeError, AttributeError):
        return


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("haven")
    arguments.add_argument("--home", required=True)
    arguments.add_argument("--frontend", required=True)
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=2026)
    given = arguments.parse_args()
    moments, all_seen, faults = random.Random(given.seed), [], []
    first = Server(given.haven, given.home, given.frontend)
    cookies = Person(first.address, "ana").cookies
    first.kill()
    for attempt in range(given.kills):
        server, seen = Server(given.haven, given.home, given.frontend), []
        threads = [threading.Thread(target=asking, args=(server.address, cookies, seen)) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(moments.uniform(0.2, 2.5))
        server.kill()
        for thread in threads:
            thread.join()
        all_seen += seen
        found = verified(given.haven, given.home)
        if not found.get("whole"):
            faults.append(f"after kill {attempt}: {found}")
        print(f"kill {attempt}: {len(seen)} answers received, {found.get('entries')} entries, torn tail: {found.get('torn_tail')}")
    with tempfile.TemporaryDirectory() as scratch:
        log = entries(given.haven, given.home, scratch)
    decided = {e["request"] for e in log if e["kind"] == "decision_allowed" and "request" in e}
    faults += [f"{request}: no decision" for request, status in all_seen if status == 200 and request not in decided]
    mended = sum(1 for e in log if e["kind"] == "tail_mended")
    print(f"{given.kills} kills, {len(all_seen)} answers received, {len(log)} entries, {mended} torn tails mended, faults: {len(faults)}")
    for fault in faults[:50]:
        print(f"  {fault}")
    sys.exit(1 if faults else 0)


main()
