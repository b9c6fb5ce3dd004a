-- title: Reablement of anyone, one cluster each
-- why: ST-Max; what starts at most a day after the row before ended is one cluster. Only clusters that ended in the period count. An outcome is that of the last day.
-- source: sections 16.5, 20.2
-- reads: sts002_events
-- writes: sts002b_clusters
-- level: person
with st_max as (
    select la_code, id, event_start_date as starts, event_end_date as ends, event_outcome
    from sts002_events
    where event_type = 'service' and service_type = 'Short Term Support: ST-Max' and alive
    group by la_code, id, event_start_date, event_end_date, event_outcome
),
filled as (
    select la_code, id, starts, coalesce(ends, $nhse_run_date_used_for_open_ends) as ends, event_outcome
    from st_max
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
    select f.la_code, f.id, n.chain, f.ends, f.event_outcome,
        min(f.starts) over (partition by f.la_code, f.id, n.chain) as cluster_start,
        max(f.ends) over (partition by f.la_code, f.id, n.chain) as cluster_end
    from filled f
    join numbers n on f.id = n.id and f.starts = n.starts and f.ends = n.ends
)
select distinct la_code, id, chain, cluster_start, cluster_end, event_outcome
from chained
where ends = cluster_end and cluster_end between $nhse_period_start and $nhse_period_end
