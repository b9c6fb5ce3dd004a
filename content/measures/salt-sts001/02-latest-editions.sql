-- title: Latest edition of each request and service
-- why: A request or service counts as its latest submission tells it. Assessments and reviews keep every copy, which is told here by a number.
-- source: section 16.4
-- reads: sts001_build
-- writes: sts001_events
-- level: row
with latest as (
    select la_code, id, event_type, event_start_date, same_1, same_2, same_3, max(importdate) as latest_import
    from sts001_build
    where event_type in ('request', 'service') and importdate <= cast($nhse_import_cutoff as timestamp)
    group by la_code, id, event_type, event_start_date, same_1, same_2, same_3
)
select b.la_code, b.id, b.event_type, b.event_start_date, b.event_end_date, b.event_outcome, b.age, b.route, b.service_type,
    count(*) as copies
from sts001_build b
left join latest l
    on b.la_code = l.la_code and b.id = l.id and b.event_type = l.event_type and b.event_start_date = l.event_start_date
    and b.same_1 = l.same_1 and b.same_2 = l.same_2 and b.same_3 = l.same_3
where b.event_type in ('assessment', 'review') or b.importdate = l.latest_import
group by b.la_code, b.id, b.event_type, b.event_start_date, b.event_end_date, b.event_outcome, b.age, b.route, b.service_type
