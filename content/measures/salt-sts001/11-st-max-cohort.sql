-- title: Reablement that a request led to
-- why: The clusters whose best service is ST-Max, with the day or days it started: the cohort of STS002a.
-- source: section 19.5
-- reads: sts001_clusters, sts001_usable
-- writes: sts001_st_max
-- level: person
with begun as (
    select distinct tie_variant, la_code, id, chain, starts, service_type
    from sts001_usable
    where service_place = best_service_place and service_type = 'Short Term Support: ST-Max'
)
select distinct b.tie_variant, c.la_code, c.id, c.cluster_start, c.cluster_end, c.event_outcome, c.chain,
    b.starts as sequel_start, b.service_type
from sts001_clusters c
join begun b on c.la_code = b.la_code and c.id = b.id and c.chain = b.chain
