-- title: Table 2: by whether the person has an unpaid carer
-- why: All ages. The list of the published code has no Unknown, so a plain Unknown is counted as Invalid/NULL and Unknown means that a person's records disagree.
-- source: section 17.3
-- reads: lts001b_rows
-- writes: lts001b_t2
-- publishes: 20_salt_lts001b_t2
-- columns: LA_Code, Has_Unpaid_Carer, Service_Type, Delivery_Mechanism, ID
-- level: person
-- counts: LA_Code, Has_Unpaid_Carer, Service_Type, Delivery_Mechanism
with of_table as (
    select la_code, id, service_type, setting_mechanism, setting_place, has_unpaid_carer as x, event_start_date,
        case when has_unpaid_carer is null or lower(has_unpaid_carer) = 'unknown' then 0 else 1 end as known,
        min(setting_place) over (partition by la_code, id) as first_setting
    from lts001b_rows
    where true
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
    select la_code, id, service_type, setting_mechanism, case lower(x) when 'yes' then 'Yes' when 'no' then 'No' when 'invalid' then 'Invalid' else 'Invalid/NULL' end as x
    from latest
),
-- Spellings that differ in capitals only are one value; a missing value is one more.
distinct_values as (
    select la_code, id, service_type, setting_mechanism, min(x) as x
    from listed
    group by la_code, id, service_type, setting_mechanism, lower(x)
)
select la_code, case when count(*) > 1 then 'Unknown' else min(x) end as has_unpaid_carer,
    service_type, setting_mechanism as delivery_mechanism, id
from distinct_values
group by la_code, id, service_type, setting_mechanism
