"""Writes a CLD Release 2 file of N rows: the invented example file over and over, with keys that differ.

usage: million_rows.py EXAMPLE.csv ROWS OUT.csv
"""
import csv
import sys

example, rows, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(example, newline="", encoding="utf-8") as file:
    header, *lines = csv.reader(file)
at = {name: place for place, name in enumerate(header)}
key, reference = at["LA Person Unique Identifier"], at["Event Reference"]
links = [at[f"Adult {n} Linked Person_ID"] for n in (1, 2, 3)]
with open(out, "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    written = copy = 0
    while written < rows:
        for line in lines:
            if written == rows:
                break
            line = list(line)
            line[key] = f"{line[key]}-{copy}"
            if line[reference]:
                line[reference] = f"{line[reference]}-{copy}"
            for link in links:
                if line[link]:
                    line[link] = f"{line[link]}-{copy}"
            writer.writerow(line)
            written += 1
        copy += 1
