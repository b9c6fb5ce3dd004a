-- title: Unique events
-- why: One submitted row for each event, nothing merged: of the latest reference period, open before ended and the latest end first, of the
--   strongest outcome; and its remaining fields cleaned.
-- source: sections 7 (rules 1, 2, 6 and 7) and 8
-- reads: derived_fields, events_in_period, mapped_values
-- writes: unique_events
-- publishes: 05_unique_events
-- columns: Der_Unique_Record_ID, LA_Code, Ref_Period_Start_Date, Ref_Period_End_Date, Der_NHS_LA_Combined_Person_ID,
--   Event_Type, Event_Start_Date, Event_End_Date_Raw, Der_Event_End_Date, Client_Type_Cleaned, Service_Type_Cleaned,
--   Service_Type_Grouped, Service_Component_Cleaned, Delivery_Mechanism_Cleaned, Event_Outcome_Cleaned,
--   Event_Outcome_Hierarchy, Event_Outcome_Grouped, Request_Route_Of_Access_Cleaned, Assessment_Type_Cleaned,
--   Review_Reason_Cleaned, Review_Type, Gender_Cleaned, Ethnicity_Cleaned, Ethnicity_Grouped, Primary_Support_Reason_Cleaned,
--   Accommodation_Status_Cleaned, Employment_Status_Cleaned, Client_Funding_Status_Cleaned, Der_Latest_Age, Der_Age_Band,
--   Der_Working_Age_Band
-- columns-single: Der_Unique_Record_ID, LA_Code, Ref_Period_Start_Date, Ref_Period_End_Date, Der_NHS_LA_Combined_Person_ID,
--   Event_Type, Event_Start_Date, Event_End_Date_Raw, Der_Event_End_Date, Client_Type_Cleaned, Service_Type_Cleaned,
--   Service_Type_Grouped, Service_Component_Cleaned, Delivery_Mechanism_Cleaned, Event_Outcome_Cleaned,
--   Event_Outcome_Hierarchy, Event_Outcome_Grouped, Request_Route_Of_Access_Cleaned, Assessment_Type_Cleaned,
--   Review_Reason_Cleaned, Review_Type, Gender_Cleaned, Ethnicity_Cleaned, Ethnicity_Grouped, Primary_Support_Reason_Cleaned,
--   Accommodation_Status_Cleaned, Employment_Status_Cleaned, Client_Funding_Status_Cleaned, Der_Latest_Age, Der_Age_Band,
--   Der_Working_Age_Band, Unit_Cost, Cost_Frequency_Unit_Type_Cleaned, Planned_Units_Per_Week
-- level: person
with ranked as (
    select d.*,
           row_number() over (
               partition by d.event_group, d.cost
               order by d.ref_period_end_date desc nulls last, d.der_event_end_date desc nulls first,
                   coalesce(d.event_outcome_hierarchy, 999) asc, d.der_conversation desc nulls last, d.der_unique_record_id desc
           ) as place
    from derived_fields as d
),
kept as (
    select der_unique_record_id, event_group, der_event_end_date, der_latest_age, event_outcome_hierarchy
    from ranked
    where place = 1
),
cleaned_events as (
    select e.der_unique_record_id, e.la_key, e.la_code, e.la_name, e.name_key, e.importdate, e.ref_period_start_date, e.ref_period_end_date,
           e.der_nhs_la_combined_person_id, k.event_group, e.event_type, e.event_key, e.event_start_date, e.event_end_date_raw,
           k.der_event_end_date, k.der_latest_age, k.event_outcome_hierarchy,
           e.der_conversation, e.der_conversation_1, e.der_age_event_start_date, e.date_of_death, e.der_birth_year, e.der_birth_month,
           e.la_person_unique_identifier, e.adult_1_linked_person_id, e.adult_2_linked_person_id, e.adult_3_linked_person_id,
           e.has_unpaid_carer, e.unit_cost, e.planned_units_per_week,
           cleaned('client_type', e.client_type) as client_type_cleaned,
           cleaned('service_type', e.service_type) as service_type_cleaned,
           cleaned('service_component', e.service_component) as service_component_cleaned,
           cleaned('delivery_mechanism', e.delivery_mechanism) as delivery_mechanism_cleaned,
           cleaned('event_outcome', e.event_outcome) as event_outcome_cleaned,
           cleaned('request_route_of_access', e.request_route_of_access) as request_route_of_access_cleaned,
           cleaned('assessment_type', e.assessment_type) as assessment_type_cleaned,
           cleaned('review_reason', e.review_reason) as review_reason_cleaned,
           cleaned('gender', e.gender) as gender_cleaned,
           cleaned('ethnicity', e.ethnicity) as ethnicity_cleaned,
           cleaned('primary_support_reason', e.primary_support_reason) as primary_support_reason_cleaned,
           cleaned('accommodation_status', e.accommodation_status) as accommodation_status_cleaned,
           cleaned('employment_status', e.employment_status) as employment_status_cleaned,
           cleaned('client_funding_status', e.client_funding_status) as client_funding_status_cleaned,
           cleaned('cost_frequency_unit_type', e.cost_frequency_unit_type) as cost_frequency_unit_type_cleaned,
           grouping_of('service_type', e.service_type) as service_type_grouped,
           grouping_of('event_outcome', e.event_outcome) as event_outcome_grouped,
           grouping_of('ethnicity', e.ethnicity) as ethnicity_grouped
    from events_in_period as e
    join kept as k
      on k.der_unique_record_id = e.der_unique_record_id
)
select c.*,
       case when c.event_key <> 'review' then null
            when lower(c.review_reason_cleaned) like 'unplanned%' then 'Unplanned'
            when lower(c.review_reason_cleaned) like 'planned%' then 'Planned review of long term support'
            when c.review_reason_cleaned = 'Review of short term support' then 'Review of short term support'
            when c.review_reason_cleaned is null then null
            else 'Review Type Unknown'
       end as review_type,
       case when c.der_latest_age is null then 'Unknown'
            when c.der_latest_age < 18 then 'Under 18'
            when c.der_latest_age < 25 then '18 to 24'
            when c.der_latest_age < 45 then '25 to 44'
            when c.der_latest_age < 65 then '45 to 64'
            when c.der_latest_age < 75 then '65 to 74'
            when c.der_latest_age < 85 then '75 to 84'
            when c.der_latest_age < 95 then '85 to 94'
            else '95 and above'
       end as der_age_band,
       case when c.der_latest_age is null then 'Unknown'
            when c.der_latest_age < 18 then 'Under 18'
            when c.der_latest_age < 65 then '18 to 64'
            else '65 and above'
       end as der_working_age_band
from cleaned_events as c
