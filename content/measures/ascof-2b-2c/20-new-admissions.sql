-- title: New admissions
-- why: A stay that began in the year with no other stay open or ended in the 365 days before; not counted where the person pays for it.
-- source: section 11, rules 2 to 4
-- reads: care_home_stays
-- writes: care_home_admissions
-- publishes: 08_ascof_2b_2c_persons
-- columns: LA_Code, Der_NHS_LA_Combined_Person_ID, Age_Band
-- level: person
with admissions as (
    select distinct la_key, person, event_start_date, age
    from care_home_stays
    where event_start_date >= $year_start and event_start_date <= $year_end
      and (event_outcome is null or event_outcome <> 'NFA: Self-funded client or under 12wk disregard')
),
existing as (
    select distinct a.la_key, a.person, a.event_start_date
    from admissions as a
    join care_home_stays as s
      on s.la_key = a.la_key and s.person = a.person
    where s.event_start_date < a.event_start_date
      and days_between(s.end_date, a.event_start_date) < 365
),
new_admissions as (
    select a.la_key, a.person, a.age
    from admissions as a
    left join existing as e
      on e.la_key = a.la_key and e.person = a.person and e.event_start_date = a.event_start_date
    where e.person is null and a.age >= 18
)
select la_key, min(la_key) as la_code, person, person as der_nhs_la_combined_person_id,
       case when bool_or(age < 65) then '18 to 64' else '65 and above' end as age_band
from new_admissions
group by la_key, person
