-- title: Latest edition of each request and service
-- why: A request or service counts as its latest submission tells it. Assessments and reviews keep every copy, which is told here by a number.
-- source: section 16.4
-- reads: sts001_build
-- writes: sts001_events
-- level: row
with dated as (
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, age, route, service_type, importdate,
        max(importdate) over (partition by la_code, id, event_type, event_start_date, same_1, same_2, same_3) as latest_import
    from sts001_build
    where event_type in ('request', 'service') and importdate <= cast($nhse_import_cutoff as timestamp)
),
kept as (
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, age, route, service_type
    from sts001_build
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
