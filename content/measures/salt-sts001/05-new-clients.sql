-- title: Requests of new clients
-- why: A cluster is dropped if the person had long term support when it started. A missing route or outcome matches nothing, so such a cluster always stays: as published.
-- source: section 19.3
-- reads: sts001_request_clusters, sts001_events, nhse_service_types
-- writes: sts001_new_clients
-- level: person
with support as (
    select e.la_code, e.id, e.event_start_date as starts, e.event_end_date as ends
    from sts001_events e
    join nhse_service_types t on e.service_type = t.value
    where t.long_term
    group by e.la_code, e.id, e.event_start_date, e.event_end_date
),
starts as (
    select distinct la_code, id, chain, cluster_start from sts001_request_clusters
),
existing as (
    select distinct s.la_code, s.id, s.chain, s.cluster_start
    from starts s
    join support l on s.la_code = l.la_code and s.id = l.id
    where l.starts <= s.cluster_start and (l.ends is null or s.cluster_start <= l.ends)
)
select c.la_code, c.id, c.chain, c.age, c.route, c.event_outcome, c.cluster_start, c.cluster_end
from sts001_request_clusters c
left join existing e on c.la_code = e.la_code and c.id = e.id and c.chain = e.chain and c.cluster_start = e.cluster_start
where e.id is null or ((c.route is null or c.event_outcome is null) and not $corrected)
