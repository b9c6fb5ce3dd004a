-- title: Request clusters
-- why: A cluster starts with its chain and ends with the latest request of it that ended in the period, even where the chain goes on. Rows that differ in age, route or outcome stay apart. Chains are matched back without the authority. All as published.
-- source: sections 16.5, 19.2
-- reads: sts001_events, sts001_request_chains
-- writes: sts001_request_clusters
-- level: person
with numbers as (
    select distinct id, starts, ends, chain from sts001_request_chains
),
requests as (
    select la_code, id, age, route, event_outcome, event_start_date as starts,
        coalesce(event_end_date, $nhse_run_date_used_for_open_ends) as ends
    from sts001_events
    where event_type = 'request'
),
chained as (
    select r.la_code, r.id, n.chain, r.age, r.route, r.event_outcome, r.ends,
        min(r.starts) over (partition by r.la_code, r.id, n.chain) as cluster_start
    from requests r
    join numbers n on r.id = n.id and r.starts = n.starts and r.ends = n.ends
),
inside as (
    select la_code, id, chain, age, route, event_outcome, ends, cluster_start,
        max(ends) over (partition by la_code, id, chain) as cluster_end
    from chained
    where ends between $nhse_period_start and $nhse_period_end
)
select distinct la_code, id, chain, age, route, event_outcome, cluster_start, cluster_end
from inside
where ends = cluster_end
