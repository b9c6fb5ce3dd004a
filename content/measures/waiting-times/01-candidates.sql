-- title: Assessments, services and requests of interest
-- why: Assessments of short or long term needs and services of any client; requests of service users aged 25 or over that point to more to come. An outcome without a group drops the request: as published.
-- source: section 15.1
-- reads: unique_events_joined
-- writes: waiting_times_candidates
-- level: row
with events as (
    select la_code, der_nhs_la_combined_person_id as person, der_unique_record_id, importdate, event_start_date, der_event_end_date,
        -- The first of these words that the type contains decides.
        case
            when lower(event_type) like '%service%' then 'Service'
            when lower(event_type) like '%assessment%' then 'Assessment'
            when lower(event_type) like '%request%' then 'Request'
            when lower(event_type) like '%review%' then 'Review'
            else 'Invalid and not mapped'
        end as kind,
        client_type_cleaned, assessment_type_cleaned, service_type_cleaned, service_type_grouped,
        event_outcome_cleaned, event_outcome_grouped, der_conversation, der_age_event_start_date,
        case when der_working_age_band = '18 to 64' then '25 to 64' else der_working_age_band end as band
    from unique_events_joined
)
select la_code, person, der_unique_record_id, importdate, event_start_date, der_event_end_date, kind,
    case kind when 'Assessment' then assessment_type_cleaned when 'Service' then service_type_cleaned end as type_of_kind,
    event_outcome_cleaned, der_conversation, der_age_event_start_date, band
from events
where (kind = 'Assessment' and assessment_type_cleaned in ('Short term assessment', 'Long term assessment'))
    or (kind = 'Service' and service_type_cleaned in (
        'Long term support: Nursing care', 'Long term support: Residential care', 'Long term support: Community',
        'Long term support: Prison', 'Short term support: ST-Max', 'Short term support: Ongoing low level',
        'Short term support: Other short term'))
    or (kind = 'Request' and client_type_cleaned = 'Service user'
        and event_start_date >= DATE '2023-04-01' and der_age_event_start_date >= 25
        and (event_outcome_grouped not in ('NFA', 'Admitted to hospital') or (event_outcome_grouped is null and $corrected)))
