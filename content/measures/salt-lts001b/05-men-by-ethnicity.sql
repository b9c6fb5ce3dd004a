-- title: Table 3a: men by ethnicity
-- why: All ages. Each person once, as in table 1; two ethnicities left over count as not known.
-- source: section 17.3
-- reads: lts001b_rows, nhse_ethnicities
-- writes: lts001b_t3a
-- publishes: 20_salt_lts001b_t3a
-- columns: LA_Code, Ethnicity, Service_Type, Delivery_Mechanism, ID
-- level: person
-- counts: LA_Code, Ethnicity, Service_Type, Delivery_Mechanism
with of_table as (
    select la_code, id, service_type, setting_mechanism, setting_place, ethnicity as x, event_start_date,
        case when ethnicity is null or lower(ethnicity) = 'no data - undeclared or not known' then 0 else 1 end as known,
        min(setting_place) over (partition by la_code, id) as first_setting
    from lts001b_rows
    where gender = 'male'
),
in_setting as (
    select la_code, id, service_type, setting_mechanism, x, event_start_date, known,
        max(known) over (partition by la_code, id) as best_known
    from of_table
    where setting_place = first_setting
),
dated as (
    select la_code, id, service_type, setting_mechanism, x, event_start_date,
        max(event_start_date) over (partition by la_code, id) as last_start
    from in_setting
    where known = best_known
),
latest as (
    select la_code, id, service_type, setting_mechanism, x from dated where event_start_date = last_start
),
listed as (
    select la_code, id, service_type, setting_mechanism, coalesce(l.value, 'Invalid/NULL') as x
    from latest
    left join nhse_ethnicities l on lower(x) = l.key
),
-- Spellings that differ in capitals only are one value; a missing value is one more.
distinct_values as (
    select la_code, id, service_type, setting_mechanism, min(x) as x
    from listed
    group by la_code, id, service_type, setting_mechanism, lower(x)
)
select la_code, case when count(*) > 1 then 'No data - Undeclared or Not known' else min(x) end as ethnicity,
    service_type, setting_mechanism as delivery_mechanism, id
from distinct_values
group by la_code, id, service_type, setting_mechanism
