-- title: What became of each request
-- why: In turn: nothing followed (1), a service (2), an assessment or review that ended the matter (3), events that say too little (4), events that do not count (5). A missing outcome matches nothing, so such a request is counted as 1 and again as what else it is: as published.
-- source: sections 19.5, 19.6
-- reads: sts001_clusters, sts001_sequels, sts001_usable, nhse_outcomes
-- writes: sts001_outcomes
-- level: person
with variants as (
    select 'a' as tie_variant union all select 'b' as tie_variant
),
followed as (
    select distinct la_code, id, chain from sts001_sequels
),
usable_clusters as (
    select distinct tie_variant, la_code, id, chain from sts001_usable
),
clusters as (
    select c.la_code, c.id, c.chain, c.age, c.route, c.event_outcome, c.cluster_start, c.cluster_end, o.mapping_code, o.mapping
    from sts001_clusters c
    left join nhse_outcomes o on c.event_outcome = o.value
),
-- Rows of equal route come once for each of them.
nothing_followed as (
    select v.tie_variant, c.la_code, c.id, c.chain, c.age, c.route,
        'No_Chronology_' || c.event_outcome as final_outcome,
        'No_Chronology_' || coalesce(c.mapping, 'Unable_To_Classify') as final_outcome_mapped,
        1 as record_type
    from clusters c
    join sts001_clusters d on c.la_code = d.la_code and c.id = d.id and c.chain = d.chain and coalesce(c.route, '') = coalesce(d.route, '')
    cross join variants v
    left join followed f on c.la_code = f.la_code and c.id = f.id and c.chain = f.chain
    where f.id is null or (c.event_outcome is null and not $corrected)
),
services as (
    select distinct tie_variant, la_code, id, chain, service_type
    from sts001_usable
    where service_place = best_service_place and best_service_place <> 99
),
service_followed as (
    select s.tie_variant, c.la_code, c.id, c.chain, c.age, c.route,
        s.service_type as final_outcome, s.service_type as final_outcome_mapped, 2 as record_type
    from clusters c
    join services s on c.la_code = s.la_code and c.id = s.id and c.chain = s.chain
),
-- Without a service: the last of the events that ended the matter, and whatever else ended that day.
other as (
    select distinct u.tie_variant, u.la_code, u.id, u.chain, c.age, c.route, c.event_outcome as request_outcome,
        u.event_type, u.starts, u.ends, u.event_outcome
    from sts001_usable u
    join clusters c on u.la_code = c.la_code and u.id = c.id and u.chain = c.chain
    where u.best_service_place = 99
),
ranked as (
    select r.tie_variant, r.la_code, r.id, r.chain, r.age, r.route, r.event_outcome, o.mapping,
        dense_rank() over (partition by r.tie_variant, r.la_code, r.id, r.chain order by r.ends desc nulls last) as place,
        o.mapping_code
    from other r
    left join nhse_outcomes o on r.event_outcome = o.value
),
chosen as (
    select tie_variant, la_code, id, chain, age, route, event_outcome, mapping, place,
        min(case when mapping_code = 1 then place end) over (partition by tie_variant, la_code, id, chain) as chosen_place
    from ranked
),
counted as (
    select tie_variant, la_code, id, chain, age, route, event_outcome, mapping,
        count(*) over (partition by tie_variant, la_code, id, chain) as rows_found
    from chosen
    where place = chosen_place
),
matter_ended as (
    select distinct tie_variant, la_code, id, cast(null as bigint) as chain, age, route,
        case when rows_found = 1 then event_outcome else 'NFA- Other' end as final_outcome,
        case when rows_found = 1 then mapping else 'No Services Provided - other reason' end as final_outcome_mapped,
        3 as record_type
    from counted
),
ended_clusters as (
    select distinct tie_variant, la_code, id, chain from counted
),
other_clusters as (
    select distinct tie_variant, la_code, id, chain from other
),
too_little as (
    select o.tie_variant, c.la_code, c.id, c.chain, c.age, c.route,
        'No Service Found_' || c.event_outcome as final_outcome,
        case when c.mapping_code = 1 then 'No Service Found_' || c.mapping else 'No Service Found' end as final_outcome_mapped,
        4 as record_type
    from clusters c
    join other_clusters o on c.la_code = o.la_code and c.id = o.id and c.chain = o.chain
    left join ended_clusters e on o.tie_variant = e.tie_variant and o.la_code = e.la_code and o.id = e.id and o.chain = e.chain
    where e.id is null
),
-- Told by the days of the cluster and its outcome, not by its number, so two clusters of equal days are one row.
usable_days as (
    select distinct u.tie_variant, c.la_code, c.id, c.cluster_start, c.cluster_end, coalesce(c.event_outcome, '') as event_outcome
    from clusters c
    join usable_clusters u on c.la_code = u.la_code and c.id = u.id and c.chain = u.chain
),
out_of_scope as (
    select distinct v.tie_variant, c.la_code, c.id, c.age, c.route, c.event_outcome, c.mapping, c.cluster_start, c.cluster_end
    from clusters c
    cross join variants v
    join followed f on c.la_code = f.la_code and c.id = f.id and c.chain = f.chain
    left join usable_days u on v.tie_variant = u.tie_variant and c.la_code = u.la_code and c.id = u.id
        and c.cluster_start = u.cluster_start and c.cluster_end = u.cluster_end and coalesce(c.event_outcome, '') = u.event_outcome
    where u.id is null or (c.event_outcome is null and not $corrected)
)
select * from nothing_followed
union all
select * from service_followed
union all
select * from matter_ended
union all
select * from too_little
union all
select tie_variant, la_code, id, cast(null as bigint) as chain, age, route,
    'No_Chronology_' || event_outcome as final_outcome, 'No_Chronology_' || mapping as final_outcome_mapped, 5 as record_type
from out_of_scope
