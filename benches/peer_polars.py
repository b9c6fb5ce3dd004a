"""The peer: polars over the same file, the two dozen rules as hand-written expressions in one streamed scan.

usage: peer_polars.py FILE.csv|FILE.xlsx FINDINGS.csv
"""
import sys

import polars as pl
from rules24 import ASSOCIATED, BORN, CELLS, CLIENTS, COMPLETED, COST, DATES, DIED, END, EVENTS, FROM, GENDERS
from rules24 import KEY, LINKS, NUMBER, PER, POSTCODE, START, UNTIL, write

WEIGHTS = range(10, 1, -1)


def text(column):
    return pl.col(column).str.strip_chars().fill_null("")


def blank(column):
    return text(column) == ""


def filled(column):
    return text(column) != ""


def day(column):
    return text(column).str.to_date("%d/%m/%Y", strict=False)


def within(column, values):
    return text(column).str.to_lowercase().is_in(values)


def conditions():
    """The expression under which a cell is found, for each rule and column."""
    number = text("NHS Number").str.replace_all("[ -]", "")
    ten = number.str.contains("^[0-9]{10}$")
    total = pl.sum_horizontal(number.str.slice(at, 1).cast(pl.Int32, strict=False) * weight for at, weight in enumerate(WEIGHTS))
    last = number.str.slice(9, 1).cast(pl.Int32, strict=False)
    service, completed = within("Event Type", ["service"]), within("Event Type", COMPLETED)
    postcode = text("Postcode").str.replace_all(" ", "", literal=True).str.to_uppercase()
    associated = blank("Event Type") & within("Client Type", [ASSOCIATED])
    found = {
        ("P002", "NHS Number"): filled("NHS Number") & ~ten,
        ("P003", "NHS Number"): ten & ((11 - total % 11) % 11 != last),
        ("P014", "Gender"): ~within("Gender", GENDERS),
        ("P019", BORN): (day(BORN) > day(END)).fill_null(False) | (day(BORN) > day(FROM)).fill_null(False),
        ("P026", DIED): day(DIED) < day(BORN),
        ("P033", "Client Type"): ~within("Client Type", CLIENTS),
        ("P039", "Postcode"): filled("Postcode") & ~postcode.str.contains(POSTCODE),
        ("E001", "Event Type"): ~within("Event Type", EVENTS) & ~associated,
        ("E004", FROM): day(FROM) > day(END),
        ("E008", UNTIL): completed & blank(UNTIL),
        ("E009", UNTIL): day(UNTIL) < day(FROM),
        ("E010", UNTIL): completed & ((day(UNTIL) < day(START)).fill_null(False) | (day(UNTIL) > day(END)).fill_null(False)),
        ("E011", UNTIL): service & (day(UNTIL) < day(START)),
        ("V002", "Service Component"): service & blank("Service Component"),
        ("C001", COST): service & filled(COST) & ~text(COST).str.contains(NUMBER),
        ("C006", COST): service & blank(COST) & filled(PER),
        ("C006", PER): service & blank(PER) & filled(COST),
    }
    found |= {("L003", link): filled(KEY) & (text(link) == text(KEY)) for link in LINKS}
    for rule, column in CELLS:
        if rule in ("S001", "S006", "P008", "P017", "P038"):
            found[rule, column] = blank(column)
        elif rule in ("S007", "P018"):
            found[rule, column] = day(column).is_null() & filled(column)
    return {cell: condition.fill_null(False) for cell, condition in found.items()}


def main(path, out):
    if path.endswith(".xlsx"):
        frame = pl.read_excel(path, infer_schema_length=0).lazy()
    else:
        frame = pl.scan_csv(path, infer_schema=False)
    found = conditions()
    flags = [found[cell].alias(f"hit {place}") for place, cell in enumerate(CELLS)]
    frame = frame.with_row_index("line", offset=2).select("line", *flags)
    hits = frame.filter(pl.any_horizontal(pl.exclude("line"))).collect(engine="streaming")
    findings = []
    for line, *row in hits.sort("line").iter_rows():
        findings += [(line, column, rule) for (rule, column), hit in zip(CELLS, row) if hit]
    write(out, findings)
    print(len(findings), "findings")


if __name__ == "__main__":
    main(*sys.argv[1:])
