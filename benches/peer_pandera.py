"""The peer: pandera (its polars backend) over the same file, the two dozen rules as checks of one lazy schema.

usage: peer_pandera.py FILE.csv FINDINGS.csv
"""
import sys

import pandera.polars as pa
import polars as pl
from peer_polars import conditions
from rules24 import write


def check(condition, cell):
    # a check says what holds, so it is the opposite of what is found
    return pa.Check(lambda data: data.lazyframe.select(~condition), name="|".join(cell))


def main(path, out):
    frame = pl.read_csv(path, infer_schema=False)
    columns = {name: pa.Column(str, nullable=True) for name in frame.columns}
    schema = pa.DataFrameSchema(columns, checks=[check(condition, cell) for cell, condition in conditions().items()])
    findings = []
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for name, index in errors.failure_cases.select("check", "index").unique().iter_rows():
            rule, _, column = name.partition("|")
            findings.append((None if index is None else index + 2, column, rule))
    write(out, findings)
    print(len(findings), "findings")


if __name__ == "__main__":
    main(*sys.argv[1:])
