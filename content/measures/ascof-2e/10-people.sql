-- title: People with long-term support in the year
-- why: Adults with a long-term service in the year; their age is that on the last day of their services, or of the year where one goes on.
-- source: section 13, rules 1 to 4
-- reads: unique_events_joined, person_details
-- writes: ascof_2e_people
-- publishes: 10_ascof_2e_all_persons
-- columns: LA_Code, LA_Name, Der_NHS_LA_Combined_Person_ID, Accommodation_Status, Gender, Person_Age, Person_Working_Age_Band,
--   Accommodation_Status_Group
-- level: person
with supported as (
    select la_key, der_nhs_la_combined_person_id as person, min(la_code) as la_code, min(la_name) as la_name,
           max(case when der_event_end_date is null or der_event_end_date > $year_end then $year_end else der_event_end_date end) as last_day
    from unique_events_joined
    where client_type_cleaned = 'Service user'
      and event_key = 'service'
      and service_type_cleaned in ('Long term support: Nursing care', 'Long term support: Residential care',
                                   'Long term support: Community', 'Long term support: Prison')
      and event_start_date is not null
      and (der_event_end_date is null or der_event_end_date >= event_start_date)
      and event_start_date <= $year_end
      and (der_event_end_date is null or der_event_end_date >= $year_start)
    group by la_key, der_nhs_la_combined_person_id
),
aged as (
    select s.la_key, s.la_code, s.la_name, s.person, p.accommodation_status, p.accommodation_status_group, p.gender, p.primary_support_reason,
           age_on(p.der_birth_year, p.der_birth_month, s.last_day) as person_age
    from supported as s
    join person_details as p
      on p.la_key = s.la_key and p.person = s.person
    where p.date_of_death is null or p.date_of_death >= $year_start
)
select la_key, la_code, la_name, person, person as der_nhs_la_combined_person_id, accommodation_status, accommodation_status_group, gender,
       primary_support_reason, person_age,
       case when person_age is null then 'Unknown' when person_age < 65 then '18 to 64' else '65 and above' end as person_working_age_band
from aged
where person_age is null or person_age >= 18
