-- title: Months of submissions
-- why: How many events of how many types ended in each month, in each submission; ends in the month of import or later take no part.
-- source: section 4, rules 1 to 3
-- reads: cld_raw
-- writes: submission_months
with ended as (
    select la_code, la_name, importdate, month_begin(event_end_date) as month, event_type, count(*) as events
    from cld_raw
    where event_end_date < month_begin(day_of(importdate))
    group by la_code, la_name, importdate, month_begin(event_end_date), event_type
),
months as (
    select lower(la_code) as la_key, lower(la_name) as name_key, importdate, month,
           sum(events) as events, count(distinct lower(event_type)) as types
    from ended
    group by lower(la_code), lower(la_name), importdate, month
)
select la_key, name_key, importdate, month, events, types,
       sum(events) over (partition by la_key, name_key, importdate) as file_events,
       -- The most types seen in any one month, not the number of types in the file.
       max(types) over (partition by la_key, name_key, importdate) as file_types
from months
