"""Writes CSV files as Parquet beside them, every column as text and an empty cell as null, so that engines read the same bytes.

usage: to_parquet.py FILE.csv ...
"""
import sys
from pathlib import Path

import duckdb

for path in map(Path, sys.argv[1:]):
    out, partial = path.with_suffix(".parquet"), path.with_suffix(".parquet.partial")
    duckdb.execute(f"""
        copy (from read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '"', nullstr = ''))
        to '{partial}' (format parquet, compression zstd)
    """)
    partial.replace(out)
