#!/usr/bin/env python3
"""An invented England in the processed layout: 153 councils, 1.3 million people, 20 million events, twelve quarterly submissions
of a rolling year each, so some 80 million rows in one Parquet file.

    england.py OUT [--councils 153] [--people 8500] [--threads 2] [--memory 6GB]

The same arguments give the same rows. People are numbers and digests; nothing in it is about anybody.
"""
import argparse
import csv
import json
from pathlib import Path

import duckdb

HERE = Path(__file__).parents[2] / "content/measures/reference"

arguments = argparse.ArgumentParser()
arguments.add_argument("out", type=Path)
arguments.add_argument("--councils", type=int, default=153)
arguments.add_argument("--people", type=int, default=8500, help="of a council, in the middle")
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--memory", default="6GB")
asked = arguments.parse_args()
asked.out.mkdir(parents=True, exist_ok=True)
base = duckdb.connect(str(asked.out / "work.duckdb"))
base.execute(f"set threads={asked.threads}; set memory_limit='{asked.memory}'; set preserve_insertion_order=false")
# A number from 0 below n, from a seed and a purpose: the same on every run.
base.execute("create macro dice(a, b, n) as cast(hash(a * 1000 + b) % n as integer)")

with open(HERE / "REF_ONS_Codes_LA_Region_Lookup.csv") as lines:
    councils = [row for row in csv.DictReader(lines) if row["LA_Code"]]
councils += [{"LA_Code": str(990 + n), "LA_Name": f"Invented {n}"} for n in range(9)]
base.execute("create table councils (c integer, la_code varchar, la_name varchar, people integer)")
for number, row in enumerate(councils[: asked.councils]):
    # From a third of the middle to three times as many.
    people = int(asked.people * (0.33 + 2.3 * ((number * 37) % 100 / 100) ** 2))
    base.execute("insert into councils values (?, ?, ?, ?)", [number, row["LA_Code"], row["LA_Name"], people])

base.execute("""
create table quarters as
select q, add_start, cast(add_start + to_months(12) - to_days(1) as date) as period_end
from (select q, cast(date '2022-07-01' + to_months(cast(3 * q as integer)) as date) as add_start from range(0, 12) as r(q))
""")
base.execute("""
create table people as
select p, c, la_code, la_name,
       upper(left(md5(cast(p as varchar)), 16)) as pseudonym,
       1926 + dice(p, 1, 82) as birth_year, 1 + dice(p, 2, 12) as birth_month,
       case when dice(p, 3, 100) < 58 then 'Female' when dice(p, 3, 100) < 99 then 'Male' else 'Unknown' end as gender,
       case when dice(p, 4, 100) < 12 then cast(date '2022-09-01' + dice(p, 5, 1300) as date) end as date_of_death,
       case when dice(p, 6, 100) < 12 then 'Unpaid carer' else 'Service user' end as client_type,
       dice(p, 7, 13) as reason, dice(p, 8, 20) as accommodation, dice(p, 9, 7) as employment, dice(p, 10, 21) as ethnicity
from (select row_number() over (order by c, n) as p, c, la_code, la_name
      from (select c, la_code, la_name, unnest(range(0, people)) as n from councils))
""")


def values(file, column):
    with open(HERE / file) as lines:
        rows = list(csv.DictReader(lines))
    clean = [row[column] for row in rows]
    kept = sorted({v for v in clean if v and "nvalid" not in v and "Not mapped" not in v})
    return "[" + ", ".join("'" + v.replace("'", "''") + "'" for v in kept) + "]"


lists = {
    "reasons": values("REF_Primary_Support_Reason_Mapping.csv", "Primary_Support_Reason_Cleaned_R2"),
    "homes": values("REF_Accommodation_Status_Mapping.csv", "Accommodation_Status_Cleaned_R2"),
    "jobs": values("REF_Employment_Status_Mapping.csv", "Employment_Status_Cleaned_R2"),
    "ethnicities": values("REF_Ethnicity_Mapping.csv", "Ethnicity_Cleaned_R2"),
    "outcomes": values("REF_Event_Outcome_Mapping.csv", "Event_Outcome_Cleaned_R2"),
    "routes": values("REF_Request_Route_Of_Access_Mapping.csv", "Request_Route_Of_Access_Cleaned_R2"),
    "components": values("REF_Service_Component_Mapping.csv", "Service_Component_Cleaned_R2"),
    "mechanisms": values("REF_Delivery_Mechanism_Mapping.csv", "Delivery_Mechanism_Cleaned_R2"),
    "reviews": values("REF_Review_Reason_Mapping.csv", "Review_Reason_Cleaned_R2"),
    "services": values("REF_Service_Type_Mapping.csv", "Service_Type_Cleaned_R2"),
}
# Some fifteen events for each person between 2021 and March 2026.
base.execute("""
create table events as
select p * 32 + e as id, p, kind,
       start, case when kind = 'Service' and dice(p * 32 + e, 13, 100) < 30 then null
                   else cast(start + case kind when 'Service' then 7 + dice(p * 32 + e, 14, 500) else dice(p * 32 + e, 15, 40) end as date) end as finish
from (select p, e, case dice(p * 32 + e, 11, 20) when 0 then 'Request' when 1 then 'Request' when 2 then 'Request' when 3 then 'Request'
                        when 4 then 'Assessment' when 5 then 'Assessment' when 6 then 'Assessment'
                        when 7 then 'Review' when 8 then 'Review' when 9 then 'Review' else 'Service' end as kind,
             cast(date '2022-05-01' + dice(p * 32 + e, 12, 1420) as date) as start
      from (select p, unnest(range(0, 6 + dice(p, 16, 19))) as e from people))
""")
picked = {name: f"{items}[1 + dice(id, {20 + n}, {items.count(chr(39)) // 2})]" for n, (name, items) in enumerate(lists.items())}
by_person = {
    "reasons": f"{lists['reasons']}[1 + reason % {lists['reasons'].count(chr(39)) // 2}]",
    "homes": f"{lists['homes']}[1 + accommodation % {lists['homes'].count(chr(39)) // 2}]",
    "jobs": f"{lists['jobs']}[1 + employment % {lists['jobs'].count(chr(39)) // 2}]",
    "ethnicities": f"{lists['ethnicities']}[1 + ethnicity % {lists['ethnicities'].count(chr(39)) // 2}]",
}
select = f"""
select la_code as LA_Code, la_name as LA_Name, add_start as Reporting_Period_Start_Date, period_end as Reporting_Period_End_Date,
       cast(null as varchar) as GP_Practice_Name, cast(null as varchar) as GP_Practice_Code,
       gender as Gender, {by_person['ethnicities']} as Ethnicity,
       case when date_of_death <= period_end + 20 then date_of_death end as Date_of_Death, client_type as Client_Type,
       case when dice(id, 40, 50) = 0 then null else {by_person['reasons']} end as Primary_Support_Reason,
       case when dice(id, 41, 9) = 0 then 'Unknown' else {by_person['homes']} end as Accommodation_Status,
       {by_person['jobs']} as Employment_Status, case dice(id, 42, 3) when 0 then 'Yes' when 1 then 'No' else 'Unknown' end as Has_Unpaid_Carer,
       cast(null as varchar) as Autism_Spectrum_Disorder_ASD, cast(null as varchar) as Visual_Impairment,
       cast(null as varchar) as Hearing_Impairment, cast(null as varchar) as Dementia,
       'Fully social care funded' as Client_Funding_Status,
       kind as Event_Type, 'E' || id as Event_Reference, start as Event_Start_Date,
       case when finish <= period_end then finish end as Event_End_Date,
       case when kind <> 'Service' or dice(id, 43, 3) = 0 then {picked['outcomes']} end as Event_Outcome,
       case when kind = 'Request' then {picked['routes']} end as Request_Route_of_Access,
       case when kind = 'Request' then dice(id, 44, 2) end as Der_Conversation, case when kind = 'Request' then 0 end as Der_Conversation_1,
       case when kind = 'Assessment' then case dice(id, 45, 2) when 0 then 'Short term assessment' else 'Long term assessment' end end as Assessment_Type,
       cast(null as varchar) as Eligible_Needs_Identified, cast(null as varchar) as Method_of_Assessment,
       cast(null as varchar) as Total_Hrs_Caring_per_week, cast(null as integer) as No_of_adults_being_cared_for,
       case when client_type = 'Unpaid carer' then 'P' || (p - 1) end as Adult_1_Linked_Person_ID,
       cast(null as varchar) as Adult_2_Linked_Person_ID, cast(null as varchar) as Adult_3_Linked_Person_ID,
       case when kind = 'Service' then case when client_type = 'Unpaid carer' then 'Unpaid carer support: Direct to unpaid carer'
            else {picked['services']} end end as Service_Type,
       case when kind = 'Service' and dice(id, 46, 12) > 0 then {picked['components']} end as Service_Component,
       case when kind = 'Service' and dice(id, 47, 5) > 0 then {picked['mechanisms']} end as Delivery_Mechanism,
       cast(null as varchar) as Provider_CQC_Location_Name, cast(null as varchar) as Provider_CQC_Location_ID,
       case when kind = 'Service' then dice(id, 48, 90000) / 100.0 end as Unit_Cost, case when kind = 'Service' then 'Weekly' end as Cost_Frequency_Unit_Type,
       case when kind = 'Service' then dice(id, 49, 20) / 2.0 end as Planned_Units_Per_Week,
       case when kind = 'Review' then {picked['reviews']} end as Review_Reason,
       cast(null as varchar) as Review_Outcomes_Achieved, cast(null as varchar) as Method_of_Review, cast(null as varchar) as Der_DBS_Check_Status,
       case when dice(p, 50, 20) > 0 then pseudonym end as Der_NHS_Number_Pseudo,
       case when dice(p, 51, 20) > 1 then pseudonym end as Der_NHS_Number_Traced_Pseudo, 'P' || p as LA_Person_Unique_Identifier,
       birth_year as Der_Birth_Year, birth_month as Der_Birth_Month,
       year(start) - birth_year - case when month(start) < birth_month then 1 else 0 end as Der_Age_Event_Start_Date,
       year(period_end) - birth_year as Der_Age_Reporting_Period_End_Date,
       {", ".join(f"cast(null as varchar) as Der_Postcode_{name}" for name in ("Sector", "Constituency_Code", "District_Unitary_Authority", "Electoral_Ward", "Local_Authority", "CCG_Code", "LSOA_Code", "MSOA_Code", "yr2011_LSOA", "yr2011_MSOA"))},
       id * 16 + q as Der_Unique_Record_ID, cast(c * 16 + q as varchar) as ImportFileId,
       cast(period_end + 20 as timestamp) + to_milliseconds(36000000 + c * 1000 + q) as ImportDate
from (select p.*, e.id, e.kind, e.start, e.finish, q.q, q.add_start, q.period_end
      from events as e
      join people as p on p.p = e.p
      join quarters as q
        on e.start <= q.period_end
       and (case when e.kind = 'Service' then coalesce(e.finish >= q.add_start, true)
                 else e.finish between q.add_start and q.period_end end)
      where p.c >= $first and p.c < $last)
"""
files = asked.out / "cld_raw.parquet"
files.mkdir(exist_ok=True)
step = 17
for first in range(0, asked.councils, step):
    part = select.replace("$first", str(first)).replace("$last", str(first + step))
    base.execute(f"copy ({part}) to '{files}/{first:03}.parquet' (format parquet, compression zstd, row_group_size 122880)")
rows = base.execute(f"select count(*) from read_parquet('{files}/*.parquet')").fetchone()[0]
people, events = (base.execute(f"select count(*) from {t}").fetchone()[0] for t in ("people", "events"))
base.close()
(asked.out / "work.duckdb").unlink()
(asked.out / "parameters.json").write_text(json.dumps({"joined_start": "2023-04-01", "joined_end": "2026-03-31"}) + "\n")
print(f"{asked.councils} councils, {people} people, {events} events, {rows} rows")
