-- title: STS002b: reablement of existing clients
-- why: Clusters that started while the person had long term support. A missing outcome matches nothing, so such a cluster is lost: as published. A cluster with two outcomes has two rows and counts once.
-- source: section 20.2
-- reads: sts002b_clusters, sts002_events, nhse_service_types
-- writes: sts002b
-- publishes: 20_salt_sts002b
-- columns: LA_Code, ID, Cluster_Start_Date, Cluster_End_Date, Event_Outcome, ST_MAX_COUNT
-- level: person
-- counts: LA_Code
-- counts-of: ID, ST_MAX_COUNT
with support as (
    select e.la_code, e.id, e.event_start_date as starts, e.event_end_date as ends
    from sts002_events e
    join nhse_service_types t on e.service_type = t.value
    where t.long_term
    group by e.la_code, e.id, e.event_start_date, e.event_end_date
)
select distinct c.la_code, c.id, c.cluster_start as cluster_start_date, c.cluster_end as cluster_end_date,
    c.event_outcome, c.chain as st_max_count
from sts002b_clusters c
join support s on c.la_code = s.la_code and c.id = s.id
where s.starts <= c.cluster_start and (s.ends is null or c.cluster_start <= s.ends)
    and (c.event_outcome is not null or $corrected)
