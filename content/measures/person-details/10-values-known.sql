-- title: What each event says about its person
-- why: The value that each event gives for each attribute, and how well it is known; a person's events are numbered from the latest reference
--   period, the latest end and the latest start, those alike in all three together.
-- source: section 9.1
-- reads: unique_events_joined, mapped_values
-- writes: person_event_values
with events as (
    select u.la_key, u.la_code, u.der_nhs_la_combined_person_id as person, u.der_unique_record_id, u.ref_period_end_date,
           coalesce(u.der_event_end_date, DATE '9999-01-01') as end_date, u.event_start_date,
           case when u.accommodation_status_cleaned is null or u.accommodation_status_cleaned = 'Invalid and not mapped' then 'Unknown'
                else u.accommodation_status_cleaned end as accommodation_status,
           coalesce(u.employment_status_cleaned, 'Invalid and not mapped') as employment_status,
           case when u.gender_cleaned is null or u.gender_cleaned = 'Invalid and not mapped' then 'Unknown'
                else u.gender_cleaned end as gender,
           case when u.ethnicity_cleaned is null or u.ethnicity_cleaned = 'Invalid and not mapped' then 'No data: Undeclared or not known'
                else u.ethnicity_cleaned end as ethnicity,
           case when u.client_funding_status_cleaned in ('Fully social care funded', 'Joint client and social care funded', 'Fully client funded')
                then u.client_funding_status_cleaned else 'Unknown' end as client_funding_status,
           coalesce(nullif(cleaned('has_unpaid_carer', u.has_unpaid_carer), 'Invalid and not mapped'), 'Unknown') as has_unpaid_carer,
           case when u.primary_support_reason_cleaned is null or u.primary_support_reason_cleaned = 'Invalid and not mapped' then 'Unknown'
                else u.primary_support_reason_cleaned end as primary_support_reason,
           coalesce(lower(u.la_person_unique_identifier), 'unknown') as identifier_key,
           coalesce(u.la_person_unique_identifier, 'Unknown') as identifier
    from unique_events_joined as u
),
placed as (
    select e.*,
           dense_rank() over (
               partition by e.la_key, e.person
               order by e.ref_period_end_date desc nulls last, e.end_date desc nulls last, e.event_start_date desc nulls last
           ) as place,
           count(*) over (partition by e.la_key, e.person, e.identifier_key) as identifier_rows
    from events as e
)
-- A score puts what is known before what is not, and then the events in their order.
select p.*,
       case when p.accommodation_status = 'Unknown' then 0 else 1 end * 1000000000 - p.place as accommodation_score,
       case when p.employment_status in ('Unknown', 'Invalid and not mapped') then 0 else 1 end * 1000000000 - p.place as employment_score,
       case when p.gender = 'Unknown' then 0 else 1 end * 1000000000 - p.place as gender_score,
       case when p.ethnicity = 'No data: Undeclared or not known' then 0 when p.ethnicity = 'No data: Refused' then 1 else 2 end * 1000000000 - p.place as ethnicity_score,
       case when p.client_funding_status = 'Unknown' then 0 else 1 end * 1000000000 - p.place as funding_score,
       case when p.has_unpaid_carer = 'Unknown' then 0 else 1 end * 1000000000 - p.place as carer_score,
       case when p.primary_support_reason in ('Unknown', 'Social support: Support to unpaid carer') then 0 else 1 end * 1000000000 - p.place as reason_score,
       case when p.identifier_key = 'unknown' then 0 else 1 end * 1000000000 - p.place as identifier_score
from placed as p
