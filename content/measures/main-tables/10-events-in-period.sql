-- title: Events in the period
-- why: Rows of the selected files whose event falls into the file's reference period; an event ends on the day of death where death came first.
-- source: section 6
-- reads: cld_raw, selected_submissions
-- writes: events_in_period
-- publishes: 03_events_in_period
-- columns: Der_Unique_Record_ID, Ref_Period_Start_Date, Ref_Period_End_Date, Event_End_Date_Raw, Der_Event_End_Date
-- level: person
with selected_rows as (
    select r.der_unique_record_id, r.la_code, r.la_name, r.importdate, lower(r.la_code) as la_key,
           s.name_key, s.ref_period_start_date, s.ref_period_end_date,
           lower(coalesce(r.der_nhs_number_traced_pseudo, r.der_nhs_number_pseudo,
                          r.la_code || '_' || r.la_person_unique_identifier)) as der_nhs_la_combined_person_id,
           r.la_person_unique_identifier, r.der_birth_year, r.der_birth_month, r.date_of_death,
           r.event_type, lower(r.event_type) as event_key, r.event_start_date, r.event_end_date as event_end_date_raw,
           case when r.date_of_death between r.event_start_date and r.event_end_date then r.date_of_death
                when r.event_end_date is null and r.date_of_death > r.event_start_date then r.date_of_death
                else r.event_end_date
           end as der_event_end_date,
           r.event_outcome, r.der_conversation, r.der_conversation_1, r.der_age_event_start_date,
           r.client_type, r.service_type, r.service_component, r.delivery_mechanism, r.request_route_of_access, r.assessment_type,
           r.review_reason, r.unit_cost, r.cost_frequency_unit_type, r.planned_units_per_week,
           r.gender, r.ethnicity, r.primary_support_reason, r.accommodation_status, r.employment_status, r.client_funding_status,
           r.has_unpaid_carer, r.adult_1_linked_person_id, r.adult_2_linked_person_id, r.adult_3_linked_person_id
    from cld_raw as r
    join selected_submissions as s
      on s.importdate = r.importdate
     and s.name_key = lower(r.la_name)
)
select s.*
from selected_rows as s
where s.event_start_date <= s.ref_period_end_date
  and case when s.event_key like '%service%' then s.der_event_end_date is null or s.der_event_end_date >= s.ref_period_start_date
           else s.der_event_end_date >= s.ref_period_start_date and s.der_event_end_date <= s.ref_period_end_date
      end
  and s.event_key is not null
  and (s.date_of_death is null or (s.date_of_death >= s.ref_period_start_date and s.date_of_death >= s.event_start_date))
