-- title: Latest edition of each request and service
-- why: A request or service counts as its latest submission tells it. Assessments and reviews keep every copy, which is told here by a number. Only people with a request that ended in the period matter from here on.
-- source: section 16.4
-- reads: sts001_build
-- writes: sts001_events
-- level: row
with asked as (
    select distinct id
    from sts001_build
    where event_type = 'request'
        and coalesce(event_end_date, $nhse_run_date_used_for_open_ends) between $nhse_period_start and $nhse_period_end
),
theirs as (
    select b.la_code, b.id, b.event_type, b.event_start_date, b.event_end_date, b.event_outcome, b.age, b.route, b.service_type,
        b.same_1, b.same_2, b.same_3, b.importdate
    from asked a
    join sts001_build b on a.id = b.id
),
dated as (
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, age, route, service_type, importdate,
        max(importdate) over (partition by la_code, id, event_type, event_start_date, same_1, same_2, same_3) as latest_import
    from theirs
    where event_type in ('request', 'service') and importdate <= cast($nhse_import_cutoff as timestamp)
),
kept as (
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, age, route, service_type
    from theirs
    where event_type in ('assessment', 'review')
    union all
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, age, route, service_type
    from dated
    where importdate = latest_import
)
select la_code, id, event_type, event_start_date, event_end_date, event_outcome, age, route, service_type,
    count(*) as copies
from kept
group by la_code, id, event_type, event_start_date, event_end_date, event_outcome, age, route, service_type
