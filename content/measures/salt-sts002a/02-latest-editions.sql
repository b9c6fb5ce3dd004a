-- title: Latest edition of each service
-- why: A service counts as its latest submission tells it. Requests, assessments and reviews keep every copy, which is told here by a number.
-- source: sections 16.4, 20.1
-- reads: sts002_build
-- writes: sts002_events
-- level: row
with dated as (
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive, importdate,
        max(importdate) over (partition by la_code, id, event_start_date, same_1, same_2, same_3) as latest_import
    from sts002_build
    where event_type = 'service' and importdate <= cast($nhse_import_cutoff as timestamp)
),
kept as (
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive
    from sts002_build
    where event_type <> 'service'
    union all
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive
    from dated
    where importdate = latest_import
)
select la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive, count(*) as copies
from kept
group by la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive
