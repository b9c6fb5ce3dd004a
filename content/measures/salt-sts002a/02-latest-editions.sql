-- title: Latest edition of each service
-- why: A service counts as its latest submission tells it. Requests, assessments and reviews keep every copy, which is told here by a number. Only people with reablement that ended in the period matter from here on.
-- source: sections 16.4, 20.1
-- reads: sts002_build
-- writes: sts002_events
-- level: row
with reabled as (
    select distinct id
    from sts002_build
    where event_type = 'service' and service_type = 'Short Term Support: ST-Max'
        and coalesce(event_end_date, $nhse_run_date_used_for_open_ends) between $nhse_period_start and $nhse_period_end
),
theirs as (
    select b.la_code, b.id, b.event_type, b.event_start_date, b.event_end_date, b.event_outcome, b.service_type, b.alive,
        b.same_1, b.same_2, b.same_3, b.importdate
    from reabled r
    join sts002_build b on r.id = b.id
),
dated as (
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive, importdate,
        max(importdate) over (partition by la_code, id, event_start_date, same_1, same_2, same_3) as latest_import
    from theirs
    where event_type = 'service' and importdate <= cast($nhse_import_cutoff as timestamp)
),
kept as (
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive
    from theirs
    where event_type <> 'service'
    union all
    select la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive
    from dated
    where importdate = latest_import
)
select la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive, count(*) as copies
from kept
group by la_code, id, event_type, event_start_date, event_end_date, event_outcome, service_type, alive
