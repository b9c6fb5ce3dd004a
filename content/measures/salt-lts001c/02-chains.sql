-- title: Support that belongs to a chain of more than 12 months
-- why: Support without a break is one chain, whatever its kind. Only the end of the row before is compared, and chains are matched back to rows without the authority: both as published.
-- source: sections 16.5, 17.1
-- reads: lts001c_rows
-- writes: lts001c_chained
-- level: row
with filled as (
    select la_code, id, service_type, setting_mechanism, setting_place, primary_support_reason, age, event_start_date as starts,
        coalesce(event_end_date, $nhse_run_date_used_for_open_ends) as ends
    from lts001c_rows
),
spans as (
    select la_code, id, starts, ends, count(*) as copies
    from filled
    group by la_code, id, starts, ends
),
ordered as (
    select la_code, id, starts, ends, copies,
        lag(ends) over (partition by la_code, id order by starts nulls first, ends nulls first) as previous_end
    from spans
),
-- A copy of a row follows the row itself, so a row that ends well before it starts parts from its own copies.
breaks as (
    select la_code, id, starts, ends,
        case when days_between(previous_end, starts) <= 1 then 0 else 1 end
            + case when copies > 1 and days_between(ends, starts) > 1 then copies - 1 else 0 end as breaks
    from ordered
),
chains as (
    select la_code, id, starts, ends,
        cast(sum(breaks) over (partition by la_code, id order by starts nulls first, ends nulls first) as bigint) as chain
    from breaks
),
numbers as (
    select distinct id, starts, ends, chain from chains
),
chained as (
    select f.la_code, f.id, f.service_type, f.setting_mechanism, f.setting_place, f.primary_support_reason, f.age, f.starts, f.ends,
        min(f.starts) over (partition by f.la_code, f.id, n.chain) as chain_start
    from filled f
    join numbers n on f.id = n.id and f.starts = n.starts and f.ends = n.ends
)
select distinct la_code, id, service_type, setting_mechanism, setting_place, primary_support_reason, age, starts as event_start_date
from chained
where chain_start < $nhse_lts001c_chain_start_before and ends >= $nhse_snapshot
