-- title: Reablement of new clients, one cluster each
-- why: ST-Max that a request led to; what starts at most a day after the row before ended is one cluster. Only clusters that ended in the period count, each with its strongest outcome on its last day.
-- source: sections 16.5, 20.1
-- reads: sts002_events, sts001_st_max, nhse_outcomes
-- writes: sts002a_clusters
-- level: person
with st_max as (
    select c.tie_variant, e.la_code, e.id, e.event_start_date as starts, e.event_end_date as ends, e.event_outcome
    from sts002_events e
    join (select distinct tie_variant, la_code, id, sequel_start from sts001_st_max) c
        on e.la_code = c.la_code and e.id = c.id and e.event_start_date = c.sequel_start
    where e.event_type = 'service' and e.service_type = 'Short Term Support: ST-Max' and e.alive
    group by c.tie_variant, e.la_code, e.id, e.event_start_date, e.event_end_date, e.event_outcome
),
filled as (
    select tie_variant, la_code, id, starts, coalesce(ends, $nhse_run_date_used_for_open_ends) as ends, event_outcome
    from st_max
),
spans as (
    select tie_variant, la_code, id, starts, ends, count(*) as copies
    from filled
    group by tie_variant, la_code, id, starts, ends
),
ordered as (
    select tie_variant, la_code, id, starts, ends, copies,
        lag(ends) over (partition by tie_variant, la_code, id order by starts nulls first, ends nulls first) as previous_end
    from spans
),
-- A copy of a row follows the row itself, so a row that ends well before it starts parts from its own copies.
breaks as (
    select tie_variant, la_code, id, starts, ends,
        case when days_between(previous_end, starts) <= 1 then 0 else 1 end
            + case when copies > 1 and days_between(ends, starts) > 1 then copies - 1 else 0 end as breaks
    from ordered
),
chains as (
    select tie_variant, la_code, id, starts, ends,
        cast(sum(breaks) over (partition by tie_variant, la_code, id order by starts nulls first, ends nulls first) as bigint) as chain
    from breaks
),
numbers as (
    select distinct tie_variant, id, starts, ends, chain from chains
),
chained as (
    select f.tie_variant, f.la_code, f.id, n.chain, f.ends, f.event_outcome,
        min(f.starts) over (partition by f.tie_variant, f.la_code, f.id, n.chain) as cluster_start,
        max(f.ends) over (partition by f.tie_variant, f.la_code, f.id, n.chain) as cluster_end
    from filled f
    join numbers n on f.tie_variant = n.tie_variant and f.id = n.id and f.starts = n.starts and f.ends = n.ends
),
ended as (
    select distinct c.tie_variant, c.la_code, c.id, c.chain, c.cluster_start, c.cluster_end, c.event_outcome,
        coalesce(o.place, 99) as place
    from chained c
    left join nhse_outcomes o on c.event_outcome = o.value
    where c.ends = c.cluster_end and c.cluster_end between $nhse_period_start and $nhse_period_end
),
placed as (
    select tie_variant, la_code, id, chain, cluster_start, cluster_end, event_outcome, place,
        min(place) over (partition by tie_variant, la_code, id, chain) as best
    from ended
)
select tie_variant, la_code, id, chain, cluster_start, cluster_end, event_outcome,
    count(*) over (partition by tie_variant, la_code, id, chain) as copies
from placed
where place = best
