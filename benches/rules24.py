"""The two dozen rules that every peer can hold, as the CLD specification says them: one line a rule and the column
in which it is found. Rules about several columns are found in each of them.
"""
import csv

START, END = "Reporting Period Start Date", "Reporting Period End Date"
BORN, DIED, FROM, UNTIL = "Date of Birth", "Date of Death", "Event Start Date", "Event End Date"
KEY, COST, PER = "LA Person Unique Identifier", "Unit Cost", "Cost Frequency (Unit Type)"
LINKS = [f"Adult {n} Linked Person_ID" for n in (1, 2, 3)]
DATES = [START, END, BORN, DIED, FROM, UNTIL]
GENDERS = ["male", "female", "other", "unknown"]
CLIENTS = ["service user", "unpaid carer", "unpaid carer known by association"]
ASSOCIATED = "unpaid carer known by association"
EVENTS = ["request", "assessment", "service", "review"]
COMPLETED = ["request", "assessment", "review"]
POSTCODE = "^([A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}|GIR0AA)$"
NUMBER = "^-?[0-9]+([.][0-9]{1,2})?$"
RULES = {
    "S001": ["LA Code"],
    "S006": [START, END],
    "S007": [START, END],
    "P002": ["NHS Number"],
    "P003": ["NHS Number"],
    "P008": [KEY],
    "P014": ["Gender"],
    "P017": [BORN],
    "P018": [BORN, DIED, FROM, UNTIL],
    "P019": [BORN],
    "P026": [DIED],
    "P033": ["Client Type"],
    "P038": ["Postcode"],
    "P039": ["Postcode"],
    "E001": ["Event Type"],
    "E004": [FROM],
    "E008": [UNTIL],
    "E009": [UNTIL],
    "E010": [UNTIL],
    "E011": [UNTIL],
    "V002": ["Service Component"],
    "C001": [COST],
    "C006": [COST, PER],
    "L003": LINKS,
}
CELLS = [(rule, column) for rule, columns in RULES.items() for column in columns]


def write(path, findings):
    """Writes findings (row as a spreadsheet counts, column, rule), the first row of data being row 2."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "column", "rule"])
        writer.writerows(findings)
