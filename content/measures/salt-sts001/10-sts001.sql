-- title: STS001: requests from new clients by what followed
-- why: One row for each request counted. A row is stable if it does not depend on the order of events that start on one day.
-- source: section 19.5
-- reads: sts001_outcomes
-- writes: sts001
-- publishes: 21_salt_sts001
-- columns: LA_CODE, ID, AGE, ROUTE_Of_ACCESS, FINAL_OUTCOME, FINAL_OUTCOME_MAPPED, Record_Type, stable
-- level: person
-- counts: LA_CODE, FINAL_OUTCOME_MAPPED
-- counts-of: ID, row_number
with compared as (
    select tie_variant, la_code, id, chain, age, route, final_outcome, final_outcome_mapped, record_type,
        row_number() over (partition by tie_variant, la_code, id, age, route, final_outcome, final_outcome_mapped, record_type
            order by chain nulls first) as copy_number,
        sum(case when tie_variant = 'b' then 1 else 0 end)
            over (partition by la_code, id, age, route, final_outcome, final_outcome_mapped, record_type) as in_b
    from sts001_outcomes
)
select la_code, id, age, route as route_of_access, final_outcome, final_outcome_mapped, record_type,
    case when copy_number <= in_b then 1 else 0 end as stable,
    row_number() over (partition by la_code, id order by record_type nulls first, chain nulls first) as row_number
from compared
where tie_variant = 'a'
