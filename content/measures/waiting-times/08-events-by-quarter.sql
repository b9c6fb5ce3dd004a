-- title: Events that start in each quarter
-- why: For judging a median: how many requests, assessments and services there were, with those of people without a request.
-- source: section 15.4
-- reads: waiting_times_events
-- writes: waiting_times_event_counts
with dated as (
    select la_code, band, kind, substr(cast(event_start_date as varchar), 1, 4) as y, substr(cast(event_start_date as varchar), 6, 2) as m
    from waiting_times_events
    where event_start_date >= DATE '2023-04-01'
),
placed as (
    select la_code, band, kind, y || case when m <= '03' then '-01-01' when m <= '06' then '-04-01'
        when m <= '09' then '-07-01' else '-10-01' end as period_start
    from dated
)
select la_code, band, period_start,
    sum(case when kind = 'Request' then 1 else 0 end) as all_request_count,
    sum(case when kind = 'Assessment' then 1 else 0 end) as all_assessment_count,
    sum(case when kind = 'Service' then 1 else 0 end) as all_service_count
from placed
group by la_code, band, period_start
