-- title: Open services cropped, ages
-- why: A service that a file leaves open but the council's next file no longer knows ended with the file's reference period.
-- source: section 7, rules 5 and 6
-- reads: same_events
-- writes: derived_fields
-- publishes: 04_derived_fields
-- columns: Der_Unique_Record_ID, Ref_Period_End_Date, Der_NHS_LA_Combined_Person_ID, Event_Group, Event_Group_First_Record_ID,
--   Der_Event_End_Date, Cropped, Der_Latest_Age, Event_Outcome_Hierarchy
-- level: person
with latest as (
    select name_key, max(ref_period_start_date) as latest_start
    from same_events
    group by name_key
),
group_periods as (
    select distinct event_group_first_record_id, ref_period_start_date
    from same_events
),
cropped as (
    select s.*,
           case when s.ref_period_start_date <> l.latest_start
                 and (s.der_event_end_date is null or s.der_event_end_date > s.ref_period_end_date)
                 and g.event_group_first_record_id is null
                then 1 else 0 end as cropped
    from same_events as s
    join latest as l
      on l.name_key = s.name_key
    left join group_periods as g
      on g.event_group_first_record_id = s.event_group_first_record_id
     and g.ref_period_start_date = add_days(s.ref_period_end_date, 1)
),
ended as (
    select c.*, case when c.cropped = 1 then c.ref_period_end_date else c.der_event_end_date end as cropped_end_date
    from cropped as c
)
select e.der_unique_record_id, e.la_key, e.ref_period_start_date, e.ref_period_end_date, e.der_nhs_la_combined_person_id,
       e.event_group_first_record_id as event_group, e.event_group_first_record_id, e.cropped,
       e.cropped_end_date as der_event_end_date,
       age_on(e.der_birth_year, e.der_birth_month,
              case when e.is_service and e.cropped_end_date is null then e.ref_period_end_date
                   else e.cropped_end_date end) as der_latest_age,
       e.event_outcome_hierarchy, e.der_conversation, e.cost
from ended as e
