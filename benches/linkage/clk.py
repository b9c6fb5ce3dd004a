#!/usr/bin/env python3
"""Linking without identifiers: Haven's filters beside those of clkhash, matched by Haven and by anonlink.

usage: benches/linkage/clk.py SET [--haven BINARY] [--peer PYTHON] [--rounds 3] [--thresholds 0.75,0.8,0.85] [--options]
SET is a folder with clients, index and truth, as `haven synth linkage` writes it. BINARY answers `clk encode` and `clk match`
(for the example of crate link, name it as `--haven "target/debug/examples/clk"`; it is called without the word clk). PYTHON has the
packages of clk-peers.txt. Both make filters of 1,024 bits with the same budget and match one to one, greedily, at the same
thresholds. CPU is user and system of the whole process tree, start of Python included; memory is the most that one
process held. Prints Markdown. --options measures Haven at every kind of hardening, each at its best threshold too.

Precision is right links over links, recall is right links over the clients whose person is in the index (truth.csv).
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OPTIONS = {
    "none": "",
    "salt, year of birth": 'salt = { field = "dob", first = 4 }',
    "fold": "fold = 1",
    "rule 90": "rule90 = true",
    "flips, epsilon 5": "flips = { epsilon = 5.0 }",
    "flips, epsilon 4": "flips = { epsilon = 4.0 }",
    "flips, epsilon 3": "flips = { epsilon = 3.0 }",
    "balance": "balance = true",
    "fold, rule 90": "fold = 1\nrule90 = true",
    "rule 90, flips 4, balance": "rule90 = true\nflips = { epsilon = 4.0 }\nbalance = true",
    "salt, flips 4, balance": 'salt = { field = "dob", first = 4 }\nflips = { epsilon = 4.0 }\nbalance = true',
}


def measure(command):
    started = time.monotonic()
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            log.seek(0)
            sys.exit(f"{command[0]} ended with {child.returncode}: {log.read().decode(errors='replace')[-2000:]}")
    return {"cpu": used.ru_utime + used.ru_stime, "wall": time.monotonic() - started, "mb": used.ru_maxrss / 1024}


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def truths(folder):
    after = {row["nhs_number"]: row["replaced_by"] for row in rows(folder / "superseded.csv")}

    def survivor(number):
        seen = set()
        while number in after and number not in seen:
            seen.add(number)
            number = after[number]
        return number

    return {row["record_id"]: survivor(row["nhs_number"]) for row in rows(folder / "truth.csv")}, survivor


def judged(links, truth, survivor):
    """Precision, recall and F1 of links (left id, NHS number)."""
    right = sum(1 for left, number in links if truth.get(left) and truth[left] == survivor(number))
    there = sum(1 for number in truth.values() if number)
    precision, recall = right / max(len(links), 1), right / max(there, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def best(links, truth, survivor):
    """The threshold with the highest F1, and precision, recall and F1 there; links are (left id, NHS number, likeness)."""
    links = sorted(links, key=lambda link: -link[2])
    there = sum(1 for number in truth.values() if number)
    right, top = 0, (0, 0, 0, 0)
    for count, (left, number, likeness) in enumerate(links, 1):
        right += bool(truth.get(left)) and truth[left] == survivor(number)
        if count < len(links) and links[count][2] == likeness:
            continue
        f1 = 2 * right / (count + there)
        if f1 > top[3]:
            top = (likeness, right / count, right / there, f1)
    return top


def haven_links(links, tokens):
    ids = {row["token"]: row["nhs_number"] for row in tokens}
    return [(row["left_id"], ids[row["right_id"]], float(row["similarity"])) for row in rows(links)]


class Haven:
    def __init__(self, words, folder, work):
        self.words, self.folder, self.work = words, folder, work
        self.key = work / "key"
        self.key.write_text("a secret of the test, of enough bytes")

    def encode(self, lines, form="parquet"):
        text = (ROOT / "content" / "linkage" / "clk.toml").read_text(encoding="utf-8")
        if lines is not None:
            text = text.split("[hardening]")[0] + "[hardening]\n" + lines + "\n"
        scheme = self.work / "scheme.toml"
        scheme.write_text(text, encoding="utf-8")
        used = []
        for name, more in (("clients", []), ("index", ["--id", "nhs_number", "--tokens", self.work / "tokens.csv"])):
            command = ["encode", self.folder / f"{name}.{form}", "-o", self.work / f"{name}.parquet", "--secret-file", self.key, "--scheme", scheme, "--owner", name]
            used.append(measure([*self.words, *command, *more]))
        return {"cpu": sum(one["cpu"] for one in used), "wall": sum(one["wall"] for one in used), "mb": max(one["mb"] for one in used)}

    def match(self, threshold, assign):
        out = self.work / "links.csv"
        used = measure([*self.words, "match", self.work / "clients.parquet", self.work / "index.parquet", "-o", out, "--threshold", threshold, "--assign", assign])
        tokens = [{"token": row["token"], "nhs_number": row.get("nhs_number") or row["record_id"]} for row in rows(self.work / "tokens.csv")]
        return used, haven_links(out, tokens)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--haven", default="target/debug/haven clk")
    words.add_argument("--peer", default="/root/w/bench/peers-clk/bin/python")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--thresholds", default="0.75,0.8,0.85")
    words.add_argument("--options", action="store_true")
    told = words.parse_args()
    truth, survivor = truths(told.folder)
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        haven = Haven(told.haven.split(), told.folder, work)
        if told.options:
            print("| hardening | precision | recall | F1 at 0.80 | best threshold | precision | recall | F1 | encode CPU s | match CPU s |")
            print("|" + "---|" * 10)
            for name, lines in OPTIONS.items():
                encoding = haven.encode(lines)
                _, links = haven.match(0.8, "optimal")
                at = judged([link[:2] for link in links], truth, survivor)
                used, links = haven.match(0.62, "greedy")
                top = best(links, truth, survivor)
                print(f"| {name} | {at[0]:.4f} | {at[1]:.4f} | {at[2]:.4f} | {top[0]:.3f} | {top[1]:.4f} | {top[2]:.4f} | {top[3]:.4f} | {encoding['cpu']:.2f} | {used['cpu']:.2f} |", flush=True)
            return
        print("| engine | threshold | encode CPU s | match CPU s | whole CPU s | wall s | peak MB | links | precision | recall | F1 |")
        print("|" + "---|" * 11)
        for threshold in map(float, told.thresholds.split(",")):
            lines = {"Haven": [], "clkhash and anonlink": []}
            for _ in range(told.rounds):
                encoding = haven.encode("")
                matching, links = haven.match(threshold, "greedy")
                lines["Haven"].append((encoding["cpu"], matching["cpu"], encoding["cpu"] + matching["cpu"], encoding["wall"] + matching["wall"], max(encoding["mb"], matching["mb"]), [link[:2] for link in links]))
                stats, out = work / "stats.json", work / "anonlink.parquet"
                peer = [told.peer, HERE / "anonlink_link.py", "person", told.folder / "clients.parquet", told.folder / "index.parquet", out, "--one-to-one", "--least", threshold, "--stats", stats]
                used, said = measure(peer), json.loads(stats.read_text())
                text = subprocess.run([told.peer, "-c", f"import pandas; print(pandas.read_parquet('{out}')[['left_id', 'right_id']].to_csv(index=False, header=False))"], check=True, capture_output=True, text=True).stdout
                links = [tuple(line.split(",")) for line in text.split()]
                lines["clkhash and anonlink"].append((said["encoding_cpu_s"], said["scoring_cpu_s"], used["cpu"], used["wall"], used["mb"], links))
            for engine, turns in lines.items():
                links = turns[0][-1]
                precision, recall, f1 = judged(links, truth, survivor)
                encode, match, whole, wall, mb = (median(turn[at] for turn in turns) for at in range(5))
                print(f"| {engine} | {threshold} | {encode:.2f} | {match:.2f} | {whole:.2f} | {wall:.2f} | {mb:.0f} | {len(links)} | {precision:.4f} | {recall:.4f} | {f1:.4f} |", flush=True)


if __name__ == "__main__":
    main()
