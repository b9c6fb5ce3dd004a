-- title: The cohort of STS002a
-- why: As a list of its own, since STS002a is computed from it. A row is stable if it does not depend on the order of events that start on one day.
-- source: section 19.5
-- reads: sts001_st_max
-- writes: sts002a_cohort
-- publishes: 21_salt_sts002a_cohort
-- columns: LA_Code, ID, Cluster_Start_Date, Cluster_End_Date, Event_Outcome, REQUEST_COUNT, Sequel_Event_Start_Date, FINAL_OUTCOME, stable
-- level: person
with compared as (
    select tie_variant, la_code, id, cluster_start, cluster_end, event_outcome, chain, sequel_start, service_type,
        count(*) over (partition by la_code, id, cluster_start, cluster_end, event_outcome, chain, sequel_start) as found
    from sts001_st_max
)
select la_code, id, cluster_start as cluster_start_date, cluster_end as cluster_end_date, event_outcome,
    chain as request_count, sequel_start as sequel_event_start_date, service_type as final_outcome,
    case when found = 2 then 1 else 0 end as stable
from compared
where tie_variant = 'a'
