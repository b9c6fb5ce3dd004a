"""Writes a CLD Release 2 file of N rows with faults planted at known cells, and the list of what was planted: the
invented example file over and over, with keys that differ. A row has one fault at most, and none that brings on
another of the two dozen rules. With `hostile` every row instead breaks as many of all rules as it can.

usage: planted.py EXAMPLE.csv ROWS OUT.csv PLANTED.csv [per thousand rows, 4 | hostile]
"""
import csv
import random
import sys
from datetime import date, timedelta

from rules24 import BORN, CELLS, COMPLETED, COST, DATES, DIED, END, FROM, KEY, LINKS, PER, START, UNTIL, write


def day(text):
    """The date that a cell of the example says, or None."""
    return date(int(text[6:]), int(text[3:5]), int(text[:2])) if text else None


def shown(value):
    return value.strftime("%d/%m/%Y")


def fault(rule, column, row):
    """The cells to change so that `row` breaks `rule` in `column` and nothing else of the two dozen, or None."""
    event = row["Event Type"].lower()
    service, completed = event == "service", event in COMPLETED
    first, last, start, end = (day(row[name]) for name in (START, END, FROM, UNTIL))
    blank = {column: ""}
    if rule in ("S001", "S006", "P008", "P017", "P038"):
        return blank if row[column] else None
    if rule in ("S007", "P018"):
        # a blank end of a service may become a bad date, that of a completed event already is filled
        return {column: random.choice(["2025-12-31", "31/11/2025", "12/25/1949", "30/02/2025", "soon"])} if event else None
    if rule == "P002":
        return {column: random.choice(["999526018", "99952601822", "9.99526E+09", "NULL"])}
    if rule == "P003":
        number = row[column].replace(" ", "")
        return {column: number[:9] + str((int(number[9]) + 1) % 10)} if number else None
    if rule == "P014":
        return {column: random.choice(["F", "", "M", "Not known"])}
    if rule == "P019":
        return {column: shown(last + timedelta(days=15))} if start and not row[DIED] else None
    if rule == "P026":
        return {column: shown(day(row[BORN]) - timedelta(days=1))} if row[BORN] else None
    if rule == "P033":
        return {column: random.choice(["Client", ""])} if event else None
    if rule == "P039":
        return {column: random.choice(["LN999Z", "Lincoln", "12345"])}
    if rule == "E001":
        return {column: random.choice(["Referral", ""])} if event else None
    if rule == "E004":
        return {column: shown(last + timedelta(days=5))} if service and not end else None
    if rule == "E008":
        return blank if completed else None
    if rule == "E009":
        fits = start and end and first < start <= last
        return {column: shown(start - timedelta(days=1))} if fits else None
    if rule == "E010":
        return {column: shown(last + timedelta(days=9))} if completed else None
    if rule == "E011":
        return {FROM: shown(first - timedelta(days=90)), UNTIL: shown(first - timedelta(days=1))} if service else None
    if rule == "V002":
        return blank if service else None
    if rule == "C001":
        return {column: random.choice(["£1,120", "23.505", "n/a"])} if service and row[COST] and row[PER] else None
    if rule == "C006":
        return blank if service and row[COST] and row[PER] else None
    if rule == "L003":
        return {column: row[KEY]}
    raise KeyError(rule)


def broken(row, number):
    """The row with as many broken rules as it can have: four kinds in turn."""
    odd = {name: "zzz" for name in row}
    kind = number % 4
    events = ["Service", "Review", "Assessment", "Request"]
    odd |= {"Event Type": events[kind], "Client Type": ["Client", "Unpaid carer"][kind % 2], "LA Code": ["", "999"][kind % 2]}
    odd |= {"NHS Number": ["999526018", "9995260183"][kind // 2], KEY: f"K{number}", "Postcode": ["LN9", ""][kind // 2]}
    odd |= {link: odd[KEY] for link in LINKS} | {"Service Component": "", COST: "£1,120", PER: ""}
    odd |= {name: row[name] for name in (START, END)}
    if kind % 2:
        odd |= {name: "31/11/2025" for name in (BORN, DIED, FROM, UNTIL)}
    else:
        odd |= {BORN: "01/02/2026", DIED: "01/01/2026", FROM: "05/01/2026", UNTIL: "01/12/2024"}
    return odd


def main(example, rows, out, planted, rate="4"):
    random.seed(20260201)
    with open(example, newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    names = list(lines[0])
    hostile = rate == "hostile"
    faulty = set() if hostile else set(random.sample(range(rows), rows * int(rate) // 1000))
    wanted, findings = 0, []
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(names)
        for number in range(rows):
            copy, place = divmod(number, len(lines))
            row = dict(lines[place])
            for name in (KEY, "Event Reference", *LINKS):
                if row[name]:
                    row[name] = f"{row[name]}-{copy}"
            if hostile:
                row = broken(row, number)
            elif number in faulty:
                # the next wanted rule that can be broken in this row; the others wait for theirs
                for ahead in range(len(CELLS)):
                    rule, column = CELLS[(wanted + ahead) % len(CELLS)]
                    changes = fault(rule, column, row)
                    if changes:
                        row |= changes
                        findings.append((number + 2, column, rule))
                        if ahead:
                            CELLS[(wanted + ahead) % len(CELLS)] = CELLS[wanted % len(CELLS)]
                            CELLS[wanted % len(CELLS)] = (rule, column)
                        wanted += 1
                        break
            writer.writerow(row.values())
    write(planted, findings)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
