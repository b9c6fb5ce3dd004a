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
select e.der_unique_record_id, e.la_code, e.la_key, e.la_name, e.name_key, e.importdate, e.ref_period_start_date, e.ref_period_end_date,
       e.der_nhs_la_combined_person_id,
       e.event_group_first_record_id as event_group, e.event_group_first_record_id, e.cropped,
       e.event_end_date_raw, e.cropped_end_date as der_event_end_date,
       age_on(e.der_birth_year, e.der_birth_month,
              case when e.event_key like '%service%' and e.cropped_end_date is null then e.ref_period_end_date
                   else e.cropped_end_date end) as der_latest_age,
       e.event_outcome_hierarchy, e.event_outcome_cleaned, e.event_outcome_grouped,
       e.delivery_mechanism_cleaned, e.cost_frequency_unit_type_cleaned,
       e.event_key, e.event_type, e.event_start_date, e.event_outcome as event_outcome_raw, e.der_conversation, e.der_conversation_1,
       e.unit_cost, e.planned_units_per_week, e.cost_frequency_unit_type as cost_frequency_unit_type_raw,
       e.delivery_mechanism as delivery_mechanism_raw,
       e.client_type as client_type_raw, e.service_type as service_type_raw, e.service_component as service_component_raw,
       e.request_route_of_access as request_route_of_access_raw, e.assessment_type as assessment_type_raw,
       e.review_reason as review_reason_raw, e.gender as gender_raw, e.ethnicity as ethnicity_raw,
       e.primary_support_reason as primary_support_reason_raw, e.accommodation_status as accommodation_status_raw,
       e.employment_status as employment_status_raw, e.client_funding_status as client_funding_status_raw,
       e.has_unpaid_carer, e.autism_spectrum_disorder_asd, e.dementia,
       e.visual_impairment as visual_impairment_raw, e.hearing_impairment as hearing_impairment_raw,
       e.method_of_assessment as method_of_assessment_raw, e.method_of_review as method_of_review_raw,
       e.review_outcomes_achieved as review_outcomes_achieved_raw, e.total_hrs_caring_per_week as total_hrs_caring_per_week_raw,
       e.eligible_needs_identified, e.no_of_adults_being_cared_for,
       e.adult_1_linked_person_id, e.adult_2_linked_person_id, e.adult_3_linked_person_id,
       e.gp_practice_name, e.gp_practice_code, e.provider_cqc_location_name, e.provider_cqc_location_id, e.der_dbs_check_status,
       e.date_of_death, e.der_birth_year, e.der_birth_month, e.der_age_event_start_date, e.der_age_reporting_period_end_date,
       e.der_nhs_number_traced_pseudo, e.der_nhs_number_pseudo, e.la_person_unique_identifier,
       e.der_postcode_sector, e.der_postcode_local_authority, e.der_postcode_electoral_ward, e.der_postcode_ccg_code,
       e.der_postcode_lsoa_code, e.der_postcode_msoa_code, e.der_postcode_yr2011_lsoa, e.der_postcode_yr2011_msoa
from ended as e
