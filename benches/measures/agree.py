#!/usr/bin/env python3
"""Invented councils with every fault that the methods trip over, worked out twice: by `haven measure run` and by the plain
second version (`cargo build -p plain`). Every table is compared row by row.

    agree.py HAVEN PLAIN [--seeds 70] [--first 1] [--councils 3]
"""
import argparse
import collections
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

# Columns whose values are free, and the columns by which rows that the published code leaves open are told.
FREE = {"event_group", "request_count", "st_max_count"}


def cell(text):
    text = text.rstrip(" ").lower()
    try:
        return f"{float(text):.6f}"
    except ValueError:
        return text


def rows(path, columns=None):
    with open(path, newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        names = {name.lower(): name for name in reader.fieldnames}
        if columns is None:
            return set(names)
        kept = [row for row in reader if "stable" not in names or row[names["stable"]] == "1"]
        return collections.Counter(tuple(cell(row[names[c]]) for c in columns) for row in kept)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("haven")
    arguments.add_argument("plain")
    arguments.add_argument("--seeds", type=int, default=70)
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--councils", type=int, default=3)
    asked = arguments.parse_args()
    tables = compared = raw = 0
    faults = []
    years = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        with tempfile.TemporaryDirectory() as folder:
            given, ours, theirs = (Path(folder) / name for name in ("in", "ours", "theirs"))
            subprocess.run([asked.plain, "invent", str(seed), given, "--councils", str(asked.councils)], check=True,
                           stdout=subprocess.DEVNULL)
            subprocess.run([asked.plain, given, theirs, "--person-level"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run([asked.haven, "measure", "run", "--all", "--in", given, "--out", ours, "--person-level", "--quiet"],
                           check=True)
            with open(given / "cld_raw.csv", encoding="utf-8") as lines:
                raw += sum(1 for _ in lines) - 1
            # Two statistical years of each council.
            years += 2 * asked.councils
            for path in sorted(theirs.glob("*.csv")):
                found = ours / path.name
                if not found.exists():
                    faults.append(f"seed {seed}: {path.name} is not there")
                    continue
                columns = sorted((rows(path) & rows(found)) - FREE)
                a, b = rows(path, columns), rows(found, columns)
                tables += 1
                compared += sum(a.values())
                if a != b:
                    faults.append(f"seed {seed}: {path.name}: {sum((a - b).values())} missing, {sum((b - a).values())} more")
    print(f"{asked.seeds} seeds, {years} council-years, {raw} raw rows, {tables} tables, {compared} rows of results compared")
    print(f"faults: {len(faults)}")
    for fault in faults[:60]:
        print(f"  {fault}")
    sys.exit(1 if faults else 0)


main()
