-- title: What followed each cluster of reablement
-- why: In turn: nothing (1), a service (2), an assessment or review without further action (3), events that say too little (4), events that do not count (5). A missing outcome matches nothing, so such a cluster is counted as 1 and again as what else it is; one label has a hyphen where all others have a dash. Both as published.
-- source: section 20.1
-- reads: sts002a_clusters, sts002a_sequels, sts002a_usable, nhse_outcomes
-- writes: sts002a_outcomes
-- level: person
with clusters as (
    select c.tie_variant, c.la_code, c.id, c.chain, c.event_outcome, c.cluster_start, c.cluster_end, o.st_max_mapping
    from sts002a_clusters c
    left join nhse_outcomes o on c.event_outcome = o.value
),
followed as (
    select distinct tie_variant, la_code, id, chain from sts002a_sequels
),
usable_clusters as (
    select distinct tie_variant, la_code, id, chain from sts002a_usable
),
nothing_followed as (
    select c.tie_variant, c.la_code, c.id, c.chain, 'No_Chronology_' || c.event_outcome as final_outcome,
        case when c.event_outcome = 'Service ended as planned' then 'No services provided – other'
            else 'No_Chronology_' || coalesce(c.st_max_mapping, 'Unable_To_Classify') end as final_outcome_mapped,
        1 as record_type
    from clusters c
    left join followed f on c.tie_variant = f.tie_variant and c.la_code = f.la_code and c.id = f.id and c.chain = f.chain
    where f.id is null or (c.event_outcome is null and not $corrected)
),
services as (
    select distinct tie_variant, la_code, id, chain, service_type, st_max_mapping
    from sts002a_usable
    where service_place = best_service_place and best_service_place <> 99
),
service_followed as (
    select c.tie_variant, c.la_code, c.id, c.chain, s.service_type as final_outcome, s.st_max_mapping as final_outcome_mapped,
        2 as record_type
    from clusters c
    join services s on c.tie_variant = s.tie_variant and c.la_code = s.la_code and c.id = s.id and c.chain = s.chain
),
other as (
    select distinct u.tie_variant, u.la_code, u.id, u.chain, c.event_outcome as cluster_outcome, u.event_type, u.starts, u.ends, u.event_outcome
    from sts002a_usable u
    join clusters c on u.tie_variant = c.tie_variant and u.la_code = c.la_code and u.id = c.id and u.chain = c.chain
    where u.best_service_place = 99
),
-- Only events without further action count here, both for the last day and for how many there are.
without_action as (
    select tie_variant, la_code, id, chain, event_outcome,
        dense_rank() over (partition by tie_variant, la_code, id, chain order by ends desc nulls last) as place
    from other
    where lower(event_outcome) like 'nfa%'
),
counted as (
    select tie_variant, la_code, id, chain, event_outcome,
        count(*) over (partition by tie_variant, la_code, id, chain) as rows_found
    from without_action
    where place = 1
),
no_further_action as (
    select distinct n.tie_variant, n.la_code, n.id, cast(null as bigint) as chain,
        case when n.rows_found = 1 then n.event_outcome else 'NFA- Other' end as final_outcome,
        case when n.rows_found = 1 then o.st_max_mapping else 'No services provided – other' end as final_outcome_mapped,
        3 as record_type
    from counted n
    left join nhse_outcomes o on n.event_outcome = o.value
),
ended_clusters as (
    select distinct tie_variant, la_code, id, chain from counted
),
other_clusters as (
    select distinct tie_variant, la_code, id, chain from other
),
too_little as (
    select c.tie_variant, c.la_code, c.id, c.chain, 'No Service Found_' || c.event_outcome as final_outcome,
        case when lower(c.event_outcome) like 'nfa%' then c.st_max_mapping
            when c.event_outcome = 'Service ended as planned' then 'No services provided - other'
            else 'No Service Found' end as final_outcome_mapped,
        4 as record_type
    from clusters c
    join other_clusters o on c.tie_variant = o.tie_variant and c.la_code = o.la_code and c.id = o.id and c.chain = o.chain
    left join ended_clusters e on c.tie_variant = e.tie_variant and c.la_code = e.la_code and c.id = e.id and c.chain = e.chain
    where e.id is null
),
-- Told by the days of the cluster and its outcome, not by its number.
usable_days as (
    select distinct c.tie_variant, c.la_code, c.id, c.cluster_start, c.cluster_end, coalesce(c.event_outcome, '') as event_outcome
    from clusters c
    join usable_clusters u on c.tie_variant = u.tie_variant and c.la_code = u.la_code and c.id = u.id and c.chain = u.chain
),
out_of_scope as (
    select c.tie_variant, c.la_code, c.id, c.chain, 'No_Chronology_' || c.event_outcome as final_outcome,
        case when c.event_outcome = 'Service ended as planned' then 'No services provided – other'
            else 'No_Chronology_' || coalesce(c.st_max_mapping, 'Unable_To_Classify') end as final_outcome_mapped,
        5 as record_type
    from clusters c
    join followed f on c.tie_variant = f.tie_variant and c.la_code = f.la_code and c.id = f.id and c.chain = f.chain
    left join usable_days u on c.tie_variant = u.tie_variant and c.la_code = u.la_code and c.id = u.id
        and c.cluster_start = u.cluster_start and c.cluster_end = u.cluster_end and coalesce(c.event_outcome, '') = u.event_outcome
    where u.id is null or (c.event_outcome is null and not $corrected)
)
select * from nothing_followed
union all
select * from service_followed
union all
select * from no_further_action
union all
select * from too_little
union all
select * from out_of_scope
