-- title: Table 1b: aged 65 and over by primary support reason
-- why: Each person once: the first setting, then a known reason before an unknown one, then the latest start. Two reasons left over make Unknown.
-- source: section 17.3
-- reads: lts001a_rows, nhse_primary_support_reasons
-- writes: lts001a_t1b
-- publishes: 20_salt_lts001a_t1b
-- columns: LA_Code, Primary_Support_Reason, Service_Type, Delivery_Mechanism, ID
-- level: person
-- counts: LA_Code, Primary_Support_Reason, Service_Type, Delivery_Mechanism
with of_table as (
    select la_code, id, service_type, setting_mechanism, setting_place, primary_support_reason as x, event_start_date,
        case when primary_support_reason is null or lower(primary_support_reason) = 'unknown' then 0 else 1 end as known,
        min(setting_place) over (partition by la_code, id) as first_setting
    from lts001a_rows
    where age > 64
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
    left join nhse_primary_support_reasons l on lower(x) = l.key
),
-- Spellings that differ in capitals only are one value; a missing value is one more.
distinct_values as (
    select la_code, id, service_type, setting_mechanism, min(x) as x
    from listed
    group by la_code, id, service_type, setting_mechanism, lower(x)
)
select la_code, case when count(*) > 1 then 'Unknown' else min(x) end as primary_support_reason,
    service_type, setting_mechanism as delivery_mechanism, id
from distinct_values
group by la_code, id, service_type, setting_mechanism
