-- title: Events that follow reablement, and those that count
-- why: What came after the cluster, as long as one event follows another within 3 days, the first within 3 days too, and no other reablement comes between. The first event is told before a cluster's own reablement is taken away: as published. Where several events start on one day the published code leaves their order open: a takes their ends ascending, missing first, b descending.
-- source: sections 19.5, 20.1
-- reads: sts002a_clusters, sts002_events
-- writes: sts002a_sequels
-- level: row
with clusters as (
    select tie_variant, la_code, id, chain, cluster_start, cluster_end, sum(copies) as copies
    from sts002a_clusters
    group by tie_variant, la_code, id, chain, cluster_start, cluster_end
),
followed as (
    select c.tie_variant, c.la_code, c.id, c.chain, c.cluster_start, c.cluster_end, e.event_type, e.event_start_date as starts, e.event_end_date as ends,
        e.event_outcome, e.service_type,
        c.copies * e.copies as copies,
        dense_rank() over (partition by c.tie_variant, c.la_code, c.id, c.chain order by e.event_start_date nulls first) as place
    from clusters c
    join sts002_events e on c.la_code = e.la_code and c.id = e.id
    where e.event_start_date >= c.cluster_end
),
others as (
    select tie_variant, la_code, id, chain, cluster_end, event_type, starts, ends, event_outcome, service_type, copies, place,
        lag(ends) over (partition by tie_variant, la_code, id, chain order by starts nulls first, ends asc nulls first) as previous_end_a,
        lag(ends) over (partition by tie_variant, la_code, id, chain order by starts nulls first, ends desc nulls last) as previous_end_b
    from followed
    where service_type is null or service_type <> 'Short Term Support: ST-Max'
        or (starts <> cluster_start and (ends is null or ends <> cluster_end))
),
-- A copy of an event follows the event itself.
flagged as (
    select tie_variant, la_code, id, chain, cluster_end, event_type, starts, ends, event_outcome, service_type, place,
        case when days_between(previous_end_a, starts) > 3 or (copies > 1 and days_between(ends, starts) > 3) then 0 else 1 end as flag_a,
        case when days_between(previous_end_b, starts) > 3 or (copies > 1 and days_between(ends, starts) > 3) then 0 else 1 end as flag_b
    from others
),
chained as (
    select tie_variant, la_code, id, chain, event_type, starts, ends, event_outcome, service_type,
        case when place = 1 and ends is null then 1
            when place = 1 and days_between(cluster_end, starts) > 3 then 0
            else min(flag_a) over (partition by tie_variant, la_code, id, chain order by starts nulls first) end as in_chain_a,
        case when place = 1 and ends is null then 1
            when place = 1 and days_between(cluster_end, starts) > 3 then 0
            else min(flag_b) over (partition by tie_variant, la_code, id, chain order by starts nulls first) end as in_chain_b
    from flagged
),
scoped as (
    select tie_variant, la_code, id, chain, event_type, starts, ends, event_outcome, service_type,
        min(in_chain_a) over (partition by tie_variant, la_code, id, chain order by starts nulls first) as in_scope_a,
        min(in_chain_b) over (partition by tie_variant, la_code, id, chain order by starts nulls first) as in_scope_b,
        min(case when service_type = 'Short Term Support: ST-Max' then 0 else 1 end) over (partition by tie_variant, la_code, id, chain order by starts nulls first) as unbroken
    from chained
)
select tie_variant, la_code, id, chain, event_type, starts, ends, event_outcome, service_type,
    case when tie_variant = 'a' then in_scope_a else in_scope_b end = 1 and unbroken = 1 as usable
from scoped
