-- title: The next assessment and the next service of each event
-- why: Other requests between do not end the search. Assessments without any other event between form a block, which leads to a service if one of them does.
-- source: sections 15.2, 15.3
-- reads: waiting_times_events
-- writes: waiting_times_next
-- level: row
with flagged as (
    select la_code, person, der_unique_record_id, event_start_date, kind, type_of_kind, der_conversation, band, event_order,
        case when kind <> 'Assessment' then null
            when event_outcome_cleaned in ('Progress to reablement/ST-Max', 'Progress to support planning or services',
                'Continuation of support or services') then 1 else 0 end as assessment_to_service,
        case when kind <> 'Request' then null
            when event_outcome_cleaned in ('Progress to reablement/ST-Max', 'Progress to assessment, review or reassessment',
                'Progress to support planning or services', 'Continuation of support or services',
                'Release 1 specification only: Not mapped') then 1 else 0 end as request_progresses,
        case when kind <> 'Request' then null
            when event_outcome_cleaned in ('Progress to reablement/ST-Max', 'Progress to support planning or services',
                'Continuation of support or services', 'Release 1 specification only: Not mapped') then 1 else 0 end as request_to_service,
        sum(case when kind <> 'Assessment' then 1 else 0 end) over (partition by la_code, person order by event_order
            rows between unbounded preceding and current row) as block
    from waiting_times_events
    where has_request = 1
)
select la_code, person, der_unique_record_id, event_start_date, kind, type_of_kind, der_conversation, band, event_order,
    assessment_to_service, request_progresses, request_to_service,
    case when kind = 'Assessment' then max(assessment_to_service) over (partition by la_code, person, block) end as block_to_service,
    min(case when kind = 'Assessment' then event_order end) over (partition by la_code, person order by event_order
        rows between 1 following and unbounded following) as next_assessment_order,
    min(case when kind = 'Service' then event_order end) over (partition by la_code, person order by event_order
        rows between 1 following and unbounded following) as next_service_order
from flagged
