-- title: Latest edition of each service
-- why: A service counts as its latest submission tells it. Requests, assessments and reviews keep every copy, which is told here by a number.
-- source: sections 16.4, 20.1
-- reads: sts002_build
-- writes: sts002_events
-- level: row
with latest as (
    select la_code, id, event_start_date, same_1, same_2, same_3, max(importdate) as latest_import
    from sts002_build
    where event_type = 'service' and importdate <= cast($nhse_import_cutoff as timestamp)
    group by la_code, id, event_start_date, same_1, same_2, same_3
)
select b.la_code, b.id, b.event_type, b.event_start_date, b.event_end_date, b.event_outcome, b.service_type, b.alive,
    count(*) as copies
from sts002_build b
left join latest l
    on b.la_code = l.la_code and b.id = l.id and b.event_start_date = l.event_start_date
    and b.same_1 = l.same_1 and b.same_2 = l.same_2 and b.same_3 = l.same_3
where b.event_type <> 'service' or b.importdate = l.latest_import
group by b.la_code, b.id, b.event_type, b.event_start_date, b.event_end_date, b.event_outcome, b.service_type, b.alive
