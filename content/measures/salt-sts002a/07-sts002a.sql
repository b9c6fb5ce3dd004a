-- title: STS002a: what followed reablement of new clients
-- why: One row for each cluster counted. A row is stable if it does not depend on the order of events that start on one day.
-- source: section 20.1
-- reads: sts002a_outcomes
-- writes: sts002a
-- publishes: 21_salt_sts002a
-- columns: LA_Code, ID, FINAL_OUTCOME, FINAL_OUTCOME_MAPPED, Record_Type, stable
-- level: person
-- counts: LA_Code, FINAL_OUTCOME_MAPPED
-- counts-of: ID, row_number
with compared as (
    select tie_variant, la_code, id, chain, final_outcome, final_outcome_mapped, record_type,
        row_number() over (partition by tie_variant, la_code, id, final_outcome, final_outcome_mapped, record_type
            order by chain nulls first) as copy_number,
        sum(case when tie_variant = 'b' then 1 else 0 end)
            over (partition by la_code, id, final_outcome, final_outcome_mapped, record_type) as in_b
    from sts002a_outcomes
)
select la_code, id, final_outcome, final_outcome_mapped, record_type,
    case when copy_number <= in_b then 1 else 0 end as stable,
    row_number() over (partition by la_code, id order by record_type nulls first, chain nulls first) as row_number
from compared
where tie_variant = 'a'
