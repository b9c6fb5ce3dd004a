"""The peer: DuckDB over the same file, with two dozen of the same record rules as SQL over text columns,
or the same file read and written as Parquet (zstd), which is what landing does beside checking.

usage: peer_duckdb.py check FILE.csv | land FILE.csv OUT.parquet
"""
import sys

import duckdb

what, path = sys.argv[1], sys.argv[2]
db = duckdb.connect()
db.execute("set threads = 2; set preserve_insertion_order = true")
source = f"read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '\"', nullstr = '')"
if what == "land":
    db.execute(f"copy (select * from {source}) to '{sys.argv[3]}' (format parquet, compression zstd)")
    sys.exit()


def day(column):
    return f"try_strptime(\"{column}\", '%d/%m/%Y')"


def blank(column):
    return f"\"{column}\" is null or trim(\"{column}\") = ''"


number = "regexp_replace(\"NHS Number\", '[ -]', '', 'g')"
weighted = " + ".join(f"{weight} * cast(substr({number}, {place}, 1) as int)" for place, weight in enumerate(range(10, 1, -1), 1))
ten = f"regexp_full_match({number}, '[0-9]{{10}}')"
check = f"case when {ten} then (11 - ({weighted}) % 11) % 11 <> cast(substr({number}, 10, 1) as int) else false end"
genders = "('male', 'female', 'other', 'unknown')"
events = "('request', 'assessment', 'service', 'review')"
clients = "('service user', 'unpaid carer', 'unpaid carer known by association')"
service = "lower(\"Event Type\") = 'service'"
rules = {
    "S001": blank("LA Code"),
    "S006": f"({blank('Reporting Period Start Date')}) or ({blank('Reporting Period End Date')})",
    "S007": f"{day('Reporting Period Start Date')} is null or {day('Reporting Period End Date')} is null",
    "P002": f"not ({blank('NHS Number')}) and not {ten}",
    "P003": check,
    "P008": blank("LA Person Unique Identifier"),
    "P014": f"({blank('Gender')}) or lower(\"Gender\") not in {genders}",
    "P017": blank("Date of Birth"),
    "P018": f"not ({blank('Date of Birth')}) and {day('Date of Birth')} is null",
    "P019": f"{day('Date of Birth')} > {day('Event Start Date')}",
    "P026": f"{day('Date of Death')} < {day('Date of Birth')}",
    "P033": f"({blank('Client Type')}) or lower(\"Client Type\") not in {clients}",
    "P038": blank("Postcode"),
    "P039": "not regexp_full_match(upper(replace(\"Postcode\", ' ', '')), '([A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}|GIR0AA)')",
    "E001": f"lower(\"Event Type\") not in {events}",
    "E004": f"{day('Event Start Date')} > {day('Reporting Period End Date')}",
    "E008": f"not ({service}) and ({blank('Event End Date')})",
    "E009": f"{day('Event End Date')} < {day('Event Start Date')}",
    "E010": f"not ({service}) and {day('Event End Date')} not between {day('Reporting Period Start Date')} and {day('Reporting Period End Date')}",
    "E011": f"{service} and {day('Event End Date')} < {day('Reporting Period Start Date')}",
    "V002": f"{service} and ({blank('Service Component')})",
    "C001": f"{service} and not ({blank('Unit Cost')}) and not regexp_full_match(\"Unit Cost\", '[0-9]+([.][0-9]{{1,2}})?')",
    "C006": f"{service} and (({blank('Unit Cost')}) <> ({blank('Cost Frequency (Unit Type)')}))",
    "L003": "\"Adult 1 Linked Person_ID\" = \"LA Person Unique Identifier\"",
}
counts = ", ".join(f"count(*) filter (where {condition}) as {name}" for name, condition in rules.items())
print(db.execute(f"select count(*) as rows, {counts} from {source}").fetchall())
