"""The peer: DuckDB over the same file, with the two dozen rules as SQL over text columns, dates parsed once; or the
same file read and written as Parquet (zstd), which is what landing does beside checking.

usage: peer_duckdb.py check FILE.csv [FINDINGS.csv] | land FILE.csv OUT.parquet
"""
import sys

from rules24 import ASSOCIATED, BORN, CELLS, CLIENTS, COMPLETED, COST, DATES, DIED, END, EVENTS, FROM, GENDERS
from rules24 import KEY, NUMBER, PER, POSTCODE, START, UNTIL, write


def blank(column):
    return f"coalesce(trim(\"{column}\"), '') = ''"


def lower(column):
    return f'lower(trim("{column}"))'


def day(column):
    """The parsed column of a date; a date that cannot be read is null, as a blank one."""
    return f'"{column} read"'


def within(column, values):
    return f"coalesce({lower(column)}, '') in ({', '.join(repr(value) for value in values)})"


def conditions(bad_dates=True):
    """The condition under which a cell is found, for each rule and column."""
    number = "regexp_replace(\"NHS Number\", '[ -]', '', 'g')"
    weighted = " + ".join(f"{11 - place} * cast(substr({number}, {place}, 1) as int)" for place in range(1, 10))
    ten = f"coalesce(regexp_full_match({number}, '[0-9]{{10}}'), false)"
    service, completed = within("Event Type", ["service"]), within("Event Type", COMPLETED)
    postcode = "upper(replace(\"Postcode\", ' ', ''))"
    unlisted = {
        ("P014", "Gender"): f"not {within('Gender', GENDERS)}",
        ("P033", "Client Type"): f"not {within('Client Type', CLIENTS)}",
        ("E001", "Event Type"): f"not {within('Event Type', EVENTS)} "
        f"and not ({blank('Event Type')} and {within('Client Type', [ASSOCIATED])})",
    }
    found = unlisted | {
        ("P002", "NHS Number"): f"not ({blank('NHS Number')}) and not {ten}",
        ("P003", "NHS Number"): f"case when {ten} then (11 - ({weighted}) % 11) % 11 "
        f"<> cast(substr({number}, 10, 1) as int) else false end",
        ("P019", BORN): f"{day(BORN)} > {day(END)} or {day(BORN)} > {day(FROM)}",
        ("P026", DIED): f"{day(DIED)} < {day(BORN)}",
        ("P039", "Postcode"): f"not ({blank('Postcode')}) and not regexp_matches({postcode}, '{POSTCODE}')",
        ("E004", FROM): f"{day(FROM)} > {day(END)}",
        ("E008", UNTIL): f"{completed} and {blank(UNTIL)}",
        ("E009", UNTIL): f"{day(UNTIL)} < {day(FROM)}",
        ("E010", UNTIL): f"{completed} and ({day(UNTIL)} < {day(START)} or {day(UNTIL)} > {day(END)})",
        ("E011", UNTIL): f"{service} and {day(UNTIL)} < {day(START)}",
        ("V002", "Service Component"): f"{service} and {blank('Service Component')}",
        ("C001", COST): f"{service} and not ({blank(COST)}) and not regexp_matches(\"{COST}\", '{NUMBER}')",
        ("C006", COST): f"{service} and {blank(COST)} and not ({blank(PER)})",
        ("C006", PER): f"{service} and {blank(PER)} and not ({blank(COST)})",
    }
    for rule, column in CELLS:
        if rule in ("S001", "S006", "P008", "P017", "P038"):
            found[rule, column] = blank(column)
        elif rule in ("S007", "P018") and bad_dates:
            found[rule, column] = f"{day(column)} is null and not ({blank(column)})"
        elif rule == "L003":
            found[rule, column] = f"trim(\"{column}\") = trim(\"{KEY}\") and not ({blank(KEY)})"
    return found


def main(what, path, out=None):
    import duckdb

    db = duckdb.connect()
    db.execute("set threads = 2; set preserve_insertion_order = true")
    source = f"read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '\"', nullstr = '')"
    if what == "land":
        db.execute(f"copy (select * from {source}) to '{out}' (format parquet, compression zstd)")
        return
    found = conditions()
    parsed = ", ".join(f"try_strptime(trim(\"{name}\"), '%d/%m/%Y') as {day(name)}" for name in DATES)
    hits = ", ".join(f"coalesce({found[cell]}, false)" for cell in CELLS)
    query = f"""
        select * from (
            select line, [{hits}] as hits
            from (select *, row_number() over () + 1 as line, {parsed} from {source})
        ) where list_contains(hits, true)
    """
    rows = db.execute(query)
    findings = []
    while batch := rows.fetchmany(10000):
        for line, flags in batch:
            findings += [(line, column, rule) for (rule, column), hit in zip(CELLS, flags) if hit]
    print(len(findings), "findings")
    if out:
        write(out, findings)


if __name__ == "__main__":
    main(*sys.argv[1:])
