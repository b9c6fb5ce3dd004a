"""The peer: NHS England's Data Validation Engine over the same file, by its own pipeline on DuckDB: a contract of
mandatory fields, dates read once as added columns, and the other rules as filters. Its error report is not built.

usage: peer_dve.py FILE.csv FINDINGS.csv FOLDER
"""
import csv
import glob
import json
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import duckdb
from dve.core_engine.backends.implementations.duckdb.auditing import DDBAuditingManager
from dve.core_engine.models import SubmissionInfo
from dve.pipeline.duckdb_pipeline import DDBDVEPipeline
from peer_duckdb import conditions
from rules24 import CELLS, DATES, write

MANDATORY = {column: rule for rule, column in CELLS if rule in ("S001", "S006", "P008", "P017", "P038")}


def plain(name):
    """A name of a field without spaces and points, which the engine cannot quote."""
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")


def specification(names):
    """The `dischema`: contract, added columns and filters."""

    def sql(condition):
        # the longest name first, so that no name is replaced within another
        for name in sorted(names, key=len, reverse=True):
            condition = condition.replace(f'"{name} read"', f"{plain(name)}_read").replace(f'"{name}"', plain(name))
        return condition

    found = {cell: sql(condition) for cell, condition in conditions().items()}
    filters = [
        {
            "entity": "cld",
            "name": f"{rule}_{plain(column)}",
            "expression": f"not coalesce({found[rule, column]}, false)",
            "error_code": rule,
            "reporting_field": plain(column),
            "failure_message": rule,
        }
        for rule, column in CELLS
        if MANDATORY.get(column) != rule
    ]
    reads = [
        {
            "operation": "add",
            "name": f"read {plain(name)}",
            "entity": "cld",
            "column_name": f"{plain(name)}_read",
            "expression": f"try_strptime(trim({plain(name)}), '%d/%m/%Y')",
        }
        for name in DATES
    ]
    entity = {
        "fields": {plain(name): "str" for name in names},
        "mandatory_fields": [plain(name) for name in MANDATORY],
        "reader_config": {".csv": {"reader": "DuckDBCSVReader"}},
    }
    return {"contract": {"datasets": {"cld": entity}}, "transformations": {"rules": reads, "filters": filters}}


def findings(folder, names):
    columns = {plain(name): name for name in names}
    for path in glob.glob(f"{folder}/*/errors/*.jsonl"):
        with open(path, encoding="utf-8") as file:
            for line in filter(str.strip, file):
                error = json.loads(line)
                column = columns.get(error["ReportingField"], error["ReportingField"])
                rule = MANDATORY[column] if error["ErrorCode"] == "FieldBlank" else error["ErrorCode"]
                yield error["RecordIndex"] + 1, column, rule


def main(path, out, folder):
    with open(path, newline="", encoding="utf-8") as file:
        names = next(csv.reader(file))
    identity = uuid4().hex
    os.makedirs(f"{folder}/done/{identity}")
    os.symlink(os.path.abspath(path), f"{folder}/done/{identity}/cld.csv")
    rules = f"{folder}/cld.dischema.json"
    with open(rules, "w", encoding="utf-8") as file:
        json.dump(specification(names), file, indent=1)
    connection = duckdb.connect(f"{folder}/dve.duckdb")
    with DDBAuditingManager(f"{folder}/dve.duckdb", ThreadPoolExecutor(1), connection) as audit:
        pipeline = DDBDVEPipeline(
            processed_files_path=f"{folder}/done",
            audit_tables=audit,
            job_run_id=1,
            connection=connection,
            rules_path=rules,
            submitted_files_path=None,
        )
        sent = SubmissionInfo(submission_id=identity, dataset_id="cld", file_name="cld", file_extension="csv")
        audit.add_new_submissions([sent], job_run_id=1)
        sent, status = pipeline.file_transformation(sent)
        sent, status = pipeline.apply_data_contract(sent, status)
        pipeline.apply_business_rules(sent, status)
    found = list(findings(f"{folder}/done", names))
    write(out, found)
    print(len(found), "findings")
    shutil.rmtree(f"{folder}/done")


if __name__ == "__main__":
    main(*sys.argv[1:])
