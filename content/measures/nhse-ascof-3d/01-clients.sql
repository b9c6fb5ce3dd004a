-- title: Clients on the snapshot day by their first setting
-- why: Long term support on the day, alive on it, month of birth known. Each age group is worked out for itself; the total takes in those under 18. A row stays if its place is the best of its person in any authority: as published.
-- source: sections 14.1, 16.2, 21
-- reads: nhse_latest_rows
-- writes: nhse_3d_clients
-- level: person
with build as (
    select la_code, traced, la_person, service_type, service_component, setting_mechanism, setting_place,
        age_on(der_birth_year, der_birth_month, $nhse_snapshot) as age
    from nhse_latest_rows
    where for_snapshot and client_type = 'service user' and long_term
        and event_start_date <= $nhse_snapshot
        and (event_end_date is null or event_end_date >= $nhse_snapshot)
        and (date_of_death is null or date_of_death >= $nhse_snapshot)
        and der_birth_year is not null and der_birth_month is not null
),
beside_traced as (
    select distinct la_person from build where traced is not null and la_person is not null
),
clients as (
    select b.la_code, coalesce(b.traced, b.la_person) as id, b.age, b.service_type,
        -- A direct payment named by the component counts as one.
        b.service_component = 'direct payment' or coalesce(b.setting_mechanism, '') = 'Direct Payment' as direct_payment,
        coalesce(b.setting_mechanism, '') = 'CASSR Managed Personal Budget' as managed_budget,
        case when b.service_type = 'Long Term Support: Community' and b.service_component = 'direct payment' then 3
            else b.setting_place end as place
    from beside_traced t
    right join build b on t.la_person = b.la_person
    where b.traced is not null or (b.la_person is not null and t.la_person is null)
),
groups as (
    select 'total' as age_group, la_code, id, service_type, direct_payment, managed_budget, place from clients
    union all
    select '1864' as age_group, la_code, id, service_type, direct_payment, managed_budget, place from clients where age between 18 and 64
    union all
    select '65over' as age_group, la_code, id, service_type, direct_payment, managed_budget, place from clients where age > 64
),
best as (
    select distinct age_group, id, place
    from (select age_group, la_code, id, min(place) as place from groups group by age_group, la_code, id) as by_authority
)
select distinct g.age_group, g.la_code, g.id, g.service_type, coalesce(g.direct_payment, false) as direct_payment, g.managed_budget
from groups g
join best b on g.age_group = b.age_group and g.id = b.id and g.place = b.place
