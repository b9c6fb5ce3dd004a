-- title: Chains of requests
-- why: A request that starts at most 4 days after the one before ended belongs to it. Only the row just before is compared: as published.
-- source: sections 16.5, 19.2
-- reads: sts001_events
-- writes: sts001_request_chains
-- level: row
with requests as (
    select la_code, id, event_start_date as starts, coalesce(event_end_date, $nhse_run_date_used_for_open_ends) as ends,
        sum(copies) as copies
    from sts001_events
    where event_type = 'request'
    group by la_code, id, event_start_date, coalesce(event_end_date, $nhse_run_date_used_for_open_ends)
),
ordered as (
    select la_code, id, starts, ends, copies,
        lag(ends) over (partition by la_code, id order by starts nulls first, ends nulls first) as previous_end
    from requests
),
-- A copy of a row follows the row itself, so a row that ends well before it starts parts from its own copies.
breaks as (
    select la_code, id, starts, ends,
        case when days_between(previous_end, starts) <= 4 then 0 else 1 end
            + case when copies > 1 and days_between(ends, starts) > 4 then copies - 1 else 0 end as breaks
    from ordered
)
select la_code, id, starts, ends,
    cast(sum(breaks) over (partition by la_code, id order by starts nulls first, ends nulls first) as bigint) as chain
from breaks
