-- title: The outcome of each cluster that stands first
-- why: Where a cluster has several outcomes the strongest counts. Clusters without a route are lost here, and rows of equal route and rank are doubled among themselves (copies): as published.
-- source: section 19.4
-- reads: sts001_new_clients, nhse_outcomes
-- writes: sts001_clusters
-- level: person
with placed as (
    select c.la_code, c.id, c.chain, c.age, c.route, c.event_outcome, c.cluster_start, c.cluster_end, coalesce(o.place, 99) as place,
        min(coalesce(o.place, 99)) over (partition by c.la_code, c.id, c.chain) as best
    from sts001_new_clients c
    left join nhse_outcomes o on c.event_outcome = o.value
)
select la_code, id, chain, age, route, event_outcome, cluster_start, cluster_end,
    count(*) over (partition by la_code, id, chain, route) as copies
from placed
where place = best and (route is not null or $corrected)
