-- title: Unique events
-- why: One submitted row for each event, nothing merged: of the latest reference period, open before ended and the latest end first, of the
--   strongest outcome; and its remaining fields cleaned.
-- source: sections 7 (rules 1, 2, 6 and 7) and 8
-- reads: derived_fields, mapped_values
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
               partition by d.event_group,
                   -- In a single submission, services of different cost stay apart; a missing cost is not the same as 0.
                   case when $costs and d.event_key like '%service%' then coalesce(d.delivery_mechanism_cleaned, '') end,
                   case when $costs and d.event_key like '%service%' then coalesce(cast(cast(round(d.unit_cost * 100) as bigint) as varchar), '') end,
                   case when $costs and d.event_key like '%service%' then coalesce(d.cost_frequency_unit_type_cleaned, '') end,
                   case when $costs and d.event_key like '%service%' then coalesce(cast(cast(round(d.planned_units_per_week * 100) as bigint) as varchar), '') end
               order by d.ref_period_end_date desc nulls last, d.der_event_end_date desc nulls first,
                   coalesce(d.event_outcome_hierarchy, 999) asc, d.der_conversation desc nulls last, d.der_unique_record_id desc
           ) as place
    from derived_fields as d
),
kept as (
    select * from ranked where place = 1
)
select k.*,
       m1.cleaned as client_type_cleaned,
       m2.cleaned as service_type_cleaned,
       m2.grouped as service_type_grouped,
       m3.cleaned as service_component_cleaned,
       m4.cleaned as request_route_of_access_cleaned,
       m5.cleaned as assessment_type_cleaned,
       m6.cleaned as review_reason_cleaned,
       m7.cleaned as gender_cleaned,
       m8.cleaned as ethnicity_cleaned,
       m8.grouped as ethnicity_grouped,
       m9.cleaned as primary_support_reason_cleaned,
       m10.cleaned as accommodation_status_cleaned,
       m11.cleaned as employment_status_cleaned,
       m12.cleaned as client_funding_status_cleaned,
       m13.cleaned as visual_impairment_cleaned,
       m14.cleaned as hearing_impairment_cleaned,
       m15.cleaned as method_of_assessment_cleaned,
       m16.cleaned as method_of_review_cleaned,
       m17.cleaned as review_outcomes_achieved_cleaned,
       m18.cleaned as total_hrs_caring_per_week_cleaned,
       case when k.event_key <> 'review' then null
            when lower(m6.cleaned) like 'unplanned%' then 'Unplanned'
            when lower(m6.cleaned) like 'planned%' then 'Planned review of long term support'
            when m6.cleaned = 'Review of short term support' then 'Review of short term support'
            when m6.cleaned is null then null
            else 'Review Type Unknown'
       end as review_type,
       case when k.der_latest_age is null then 'Unknown'
            when k.der_latest_age < 18 then 'Under 18'
            when k.der_latest_age < 25 then '18 to 24'
            when k.der_latest_age < 45 then '25 to 44'
            when k.der_latest_age < 65 then '45 to 64'
            when k.der_latest_age < 75 then '65 to 74'
            when k.der_latest_age < 85 then '75 to 84'
            when k.der_latest_age < 95 then '85 to 94'
            else '95 and above'
       end as der_age_band,
       case when k.der_latest_age is null then 'Unknown'
            when k.der_latest_age < 18 then 'Under 18'
            when k.der_latest_age < 65 then '18 to 64'
            else '65 and above'
       end as der_working_age_band
from kept as k
left join (select raw, cleaned from mapped_values where field = 'client_type') as m1
  on m1.raw = lower(k.client_type_raw)
left join (select raw, cleaned, grouped from mapped_values where field = 'service_type') as m2
  on m2.raw = lower(k.service_type_raw)
left join (select raw, cleaned from mapped_values where field = 'service_component') as m3
  on m3.raw = lower(k.service_component_raw)
left join (select raw, cleaned from mapped_values where field = 'request_route_of_access') as m4
  on m4.raw = lower(k.request_route_of_access_raw)
left join (select raw, cleaned from mapped_values where field = 'assessment_type') as m5
  on m5.raw = lower(k.assessment_type_raw)
left join (select raw, cleaned from mapped_values where field = 'review_reason') as m6
  on m6.raw = lower(k.review_reason_raw)
left join (select raw, cleaned from mapped_values where field = 'gender') as m7
  on m7.raw = lower(k.gender_raw)
left join (select raw, cleaned, grouped from mapped_values where field = 'ethnicity') as m8
  on m8.raw = lower(k.ethnicity_raw)
left join (select raw, cleaned from mapped_values where field = 'primary_support_reason') as m9
  on m9.raw = lower(k.primary_support_reason_raw)
left join (select raw, cleaned from mapped_values where field = 'accommodation_status') as m10
  on m10.raw = lower(k.accommodation_status_raw)
left join (select raw, cleaned from mapped_values where field = 'employment_status') as m11
  on m11.raw = lower(k.employment_status_raw)
left join (select raw, cleaned from mapped_values where field = 'client_funding_status') as m12
  on m12.raw = lower(k.client_funding_status_raw)
left join (select raw, cleaned from mapped_values where field = 'visual_impairment') as m13
  on m13.raw = lower(k.visual_impairment_raw)
left join (select raw, cleaned from mapped_values where field = 'hearing_impairment') as m14
  on m14.raw = lower(k.hearing_impairment_raw)
left join (select raw, cleaned from mapped_values where field = 'method_of_assessment') as m15
  on m15.raw = lower(k.method_of_assessment_raw)
left join (select raw, cleaned from mapped_values where field = 'method_of_review') as m16
  on m16.raw = lower(k.method_of_review_raw)
left join (select raw, cleaned from mapped_values where field = 'review_outcomes_achieved') as m17
  on m17.raw = lower(k.review_outcomes_achieved_raw)
left join (select raw, cleaned from mapped_values where field = 'total_hrs_caring_per_week') as m18
  on m18.raw = lower(k.total_hrs_caring_per_week_raw)
