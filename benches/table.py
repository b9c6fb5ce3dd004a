"""Prints the middle figure of each piece of work as a table, with its ratio to Haven doing the same.

usage: table.py RESULTS.csv
"""
import csv
import sys
from collections import defaultdict
from statistics import median

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rounds = defaultdict(list)
    for line in csv.DictReader(file):
        rounds[line["rows"], line["work"], line["who"]].append(line)
own = {}
print("| rows | work | who | CPU s | wall s | peak MB | CPU beside Haven | memory beside Haven | missed | extra |")
print("|---|---|---|---|---|---|---|---|---|---|")
for (rows, work, who), lines in rounds.items():
    cpu = median(float(line["user_s"]) + float(line["system_s"]) for line in lines)
    wall, peak = (median(float(line[name]) for line in lines) for name in ("wall_s", "peak_mb"))
    first = own.setdefault((rows, work), (cpu, peak))
    faults = " | ".join("/".join(sorted({line[name] or "-" for line in lines})) for name in ("missed", "extra"))
    ended = "" if all(line["ended"] != "124" for line in lines) else " (stopped)"
    print(f"| {int(rows):,} | {work} | {who}{ended} | {cpu:.2f} | {wall:.2f} | {peak:.0f} | {cpu / first[0]:.1f} | {peak / first[1]:.1f} | {faults} |")
