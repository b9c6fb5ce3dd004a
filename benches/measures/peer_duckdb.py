#!/usr/bin/env python3
"""The same SQL steps of `content/measures` in DuckDB: the peer of `haven measure run`.

    peer_duckdb.py IN OUT [METHOD ...] [--mode published] [--content content/measures] [--threads N] [--memory 8GB] [--keep DATABASE]

Reads the layout of docs/measures.md (CSV, gzip or Parquet), runs every step of the methods (all, if none is named) and of
those they need, and writes each published table as CSV, sorted. Tables that another step reads are kept in the database.
"""
import argparse
import json
import re
import sys
import time
import tomllib
from pathlib import Path

import duckdb

# The functions that Haven gives the steps beyond SQL.
MACROS = [
    "create macro days_between(a, b) as date_diff('day', cast(a as date), cast(b as date))",
    "create macro age_on(y, m, d) as case when m between 1 and 12 and y is not null then "
    "cast(floor(date_diff('day', make_date(cast(y as int), cast(m as int), 1), cast(d as date)) / 365.25) as bigint) end",
    "create macro add_months(d, n) as cast(cast(d as date) + to_months(cast(n as int)) as date)",
    "create macro add_days(d, n) as cast(cast(d as date) + cast(n as int) as date)",
    "create macro day_label(d) as strftime(cast(d as date), '%-d %b %y')",
    "create macro digest_of(x) as left(sha256(x), 32)",
    "create macro moment_on(d, n) as cast(d as timestamp) + to_milliseconds(cast(n as int))",
    "create macro month_begin(d) as cast(date_trunc('month', d) as date)",
    "create macro day_of(t) as cast(t as date)",
    "create macro make_day(y, m, d) as case when m between 1 and 12 and y is not null then make_date(cast(y as int), cast(m as int), cast(d as int)) end",
]
KINDS = {"text": "VARCHAR", "date": "DATE", "moment": "TIMESTAMP", "integer": "BIGINT", "number": "DOUBLE"}


def front_matter(text):
    front, last = {}, None
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        if line.startswith("--   ") and last:
            front[last] += " " + line[2:].strip()
        elif ":" in line:
            key, value = line[2:].split(":", 1)
            last = key.strip()
            front[last] = value.strip()
    return front


class Missing(Exception):
    """A file that a method needs is not in the folder."""


class Step:
    def __init__(self, path):
        self.path, self.sql = path, path.read_text()
        self.front = front_matter(self.sql)
        self.reads = [t.strip() for t in self.front.get("reads", "").split(",") if t.strip()]
        self.writes = self.front["writes"]
        self.publishes = self.front.get("publishes")

    def columns_of(self, run):
        named = self.front.get(f"columns-{run}") or self.front.get("columns", "")
        return [c.strip() for c in named.split(",") if c.strip()]


class Method:
    def __init__(self, folder):
        self.name = folder.name
        self.about = tomllib.loads((folder / "method.toml").read_text())
        self.runs = self.about.get("runs") or [{"name": "", "parameters": {}}]
        self.steps = [Step(p) for p in sorted(folder.glob("*.sql"))]


def tasks_of(methods):
    """Every step in every run of its method, with the real names of the tables it reads and writes."""
    written = {}
    for method in methods:
        for run in method.runs:
            for step in method.steps:
                name = step.writes + (f"_{run['name']}" if run["name"] else "")
                written[name] = (method, run, step)
    tasks = {}
    for name, (method, run, step) in written.items():
        reads = {}
        for table in step.reads:
            suffixed = f"{table}_{run['name']}" if run["name"] else table
            reads[table] = suffixed if suffixed in written else table
        tasks[name] = (method, run, step, reads)
    return tasks


def literal(value, kind):
    if value is None:
        return "NULL"
    if kind == "date":
        return f"DATE '{value}'"
    if kind == "flag":
        return "true" if value else "false"
    if kind == "integer":
        return str(int(value))
    raise SystemExit(f"no literal for {kind}")


def source(given, name):
    for ending, read in ((".parquet", "read_parquet('{}')"), (".csv", "read_csv('{}', all_varchar=true, header=true)"),
                         (".csv.gz", "read_csv('{}', all_varchar=true, header=true)")):
        for folder in (given, given / "mapping"):
            path = folder / f"{name}{ending}"
            if path.exists():
                return read.format(f"{path}/*.parquet" if path.is_dir() else path)
    return None


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("given", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("methods", nargs="*")
    arguments.add_argument("--content", type=Path, default=Path(__file__).parents[2] / "content/measures")
    arguments.add_argument("--mode", default="published")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--memory", default="8GB")
    arguments.add_argument("--keep", default=":memory:")
    arguments.add_argument("--tables", action="store_true", help="write every table of every step too")
    asked = arguments.parse_args()
    folders = sorted(p.parent for p in asked.content.glob("*/method.toml"))
    methods = [Method(folder) for folder in folders]
    tasks = tasks_of(methods)
    wanted = [n for n, t in tasks.items() if t[0].name in asked.methods or (not asked.methods and n != "cld_raw")]
    kinds = tomllib.loads((asked.content / "parameters.toml").read_text())
    given = json.loads((asked.given / "parameters.json").read_text()) if (asked.given / "parameters.json").exists() else {}
    values = {n: given.get(n, p.get("default")) for n, p in kinds["parameters"].items()}
    mode = kinds["modes"][asked.mode]
    inputs = {p.stem: tomllib.loads(p.read_text()) for p in sorted((asked.content / "inputs").glob("*.toml"))}
    base = duckdb.connect(asked.keep)
    base.execute(f"set threads={asked.threads}; set memory_limit='{asked.memory}'; set preserve_insertion_order=false")
    for macro in MACROS:
        base.execute(macro)
    made = set()

    def load(table):
        if table.startswith("parameter_"):
            name = table.removeprefix("parameter_")
            base.execute(f'create or replace table {table} (value timestamp)')
            for value in values[name] or []:
                base.execute(f"insert into {table} values (TIMESTAMP '{value}')")
            return
        layout = inputs.get(table)
        if layout is None:
            raise SystemExit(f"{table}: no step writes it and no input is called so")
        found = source(asked.given, layout["file"])
        if found is None:
            built_in = asked.content / "reference"
            found = source(built_in, layout["file"])
        columns = [c.rsplit(":", 1) for c in layout["columns"]]
        columns = [(n.strip(), k.strip()) for n, k in columns]
        if found is None:
            raise Missing(f"{layout['file']} is not there")
        present = {d[0].lower() for d in base.execute(f"select * from {found} limit 0").description}
        parts = []
        for n, k in columns:
            if n.lower() not in present:
                parts.append(f"cast(null as {KINDS[k]}) as {n.lower()}")
            elif k == "text":
                parts.append(f"nullif(rtrim(cast({n} as varchar), ' '), '') as {n.lower()}")
            elif k == "integer":
                parts.append(f"cast(cast(nullif(cast({n} as varchar), '') as double) as bigint) as {n.lower()}")
            else:
                parts.append(f"cast(nullif(cast({n} as varchar), '') as {KINDS[k]}) as {n.lower()}")
        base.execute(f"create or replace table {table} as select {', '.join(parts)} from {found}")

    def make(name):
        if name in made:
            return
        # A table that is given is not worked out.
        if name not in tasks or (name in inputs and source(asked.given, inputs[name]["file"])):
            began = time.time()
            load(name)
            made.add(name)
            print(f"{time.time() - began:8.2f} s  read {name}", file=sys.stderr)
            return
        method, run, step, reads = tasks[name]
        for real in reads.values():
            make(real)
        began = time.time()
        for plain, real in reads.items():
            if plain != real:
                base.execute(f"create or replace temp view {plain} as select * from {real}")
        parameters = run.get("parameters", {})

        def bound(match):
            key = match.group(1)
            if key in run.get("flags", {}):
                return literal(run["flags"][key], "flag")
            if key in mode:
                return literal(mode[key], "flag")
            key = parameters.get(key, key)
            if key not in values:
                raise SystemExit(f"{step.path}: no parameter {key}")
            return literal(values[key], kinds["parameters"][key]["kind"])

        body = "\n".join(line for line in step.sql.splitlines() if not line.startswith("--"))
        sql = re.sub(r"\$([a-z][a-z0-9_]*)", bound, body)
        try:
            base.execute(f"create or replace table {name} as {sql}")
        except duckdb.Error as fault:
            raise SystemExit(f"{step.path} ({run['name']}): {fault}\n")
        made.add(name)
        for plain, real in reads.items():
            if plain != real:
                base.execute(f"drop view {plain}")
        for function in re.findall(r"\w+\([^)]*\) = \w+", step.front.get("functions", "")):
            called, gives = function.split(" = ")
            called, keys = called.rstrip(")").split("(")
            first, second = (key.strip() for key in keys.split(","))
            base.execute(f"create or replace macro {called}(a, b) as (select any_value({gives}) from {name} "
                         f"where {first} = a and {second} = lower(b))")
        rows = base.execute(f"select count(*) from {name}").fetchone()[0]
        print(f"{time.time() - began:8.2f} s  {name} ({rows} rows)", file=sys.stderr)
        suffix = f"_{run['name']}" if run["name"] else ""
        if step.publishes:
            publish(step.publishes + suffix + ("" if asked.mode == "published" else f"_{asked.mode}"), name, step.columns_of(run["name"]))
        elif asked.tables:
            publish(name, name, None)

    def publish(file, table, columns):
        asked.out.mkdir(parents=True, exist_ok=True)
        kinds = {d[0].lower(): d[0] for d in base.execute(f"select * from {table} limit 0").description}
        columns = columns or list(kinds.values())
        missing = [c for c in columns if c.lower() not in kinds]
        if missing:
            raise SystemExit(f"{table} lacks {missing}")
        select = ", ".join(f'"{kinds[c.lower()]}" as "{c}"' for c in columns)
        order = ", ".join(f"{n + 1} nulls first" for n in range(len(columns)))
        base.execute(f"copy (select {select} from {table} order by {order}) to '{asked.out}/{file}.csv' (header)")

    for name in wanted:
        try:
            make(name)
        except Missing as missing:
            print(f"{name} is left out: {missing}", file=sys.stderr)


main()
