"""Holds findings against what was planted, cell by cell: what was missed, what is extra, rule by rule.

usage: compare.py PLANTED.csv FINDINGS.csv NAME
FINDINGS.csv has row, column and rule, or is a report of `haven check` (only the two dozen rules are then counted).
"""
import csv
import sys
from collections import Counter

from rules24 import RULES


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        at = {name.lower(): place for place, name in enumerate(next(lines))}
        for line in lines:
            rule = line[at["rule"]].removeprefix("CLD-")
            if rule in RULES:
                yield line[at["row"]], line[at["column"]], rule


def main(planted, findings, name):
    wanted, found = Counter(read(planted)), Counter(read(findings))
    missed, extra = wanted - found, found - wanted
    print(f"{name}: {wanted.total()} planted, {found.total()} found, {missed.total()} missed, {extra.total()} extra")
    for rule in RULES:
        lost = [cell for cell in missed if cell[2] == rule]
        more = [cell for cell in extra if cell[2] == rule]
        if lost or more:
            print(f"  {rule}: missed {len(lost)} {lost[:3]}, extra {len(more)} {more[:3]}")
    return 1 if missed or extra else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
