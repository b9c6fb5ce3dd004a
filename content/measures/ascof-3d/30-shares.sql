-- title: ASCOF 3D by council and age
-- why: The four shares for every council; who is of unknown age counts in the total alone.
-- source: sections 14.1 (rules 4 and 5) and 14.2 (rule 4)
-- reads: ascof_3d_clients, ascof_3d_carers, ref_ons_codes_la_region_lookup
-- writes: ascof_3d
-- publishes: 11_ascof_3d
-- columns: Reporting_Period, LA_Code, LA_Name, Measure, Description, Group, Numerator, Denominator, Outcome
with people as (
    select la_key, person, der_age_band_reporting_end as age_band, 'ASCOF 3D (Clients)' as measure,
           coalesce(delivery_mechanism, '') = 'Direct payment' or coalesce(service_component, '') = 'Direct payment' as direct_payment,
           coalesce(delivery_mechanism, '') = 'CASSR managed personal budget' as managed_budget
    from ascof_3d_clients
    where service_type = 'Long term support: Community'
    union all
    select la_key, person, der_age_band_reporting_end, 'ASCOF 3D (Carers)', support = 1, support = 2
    from ascof_3d_carers
    where support in (1, 2, 3)
),
in_groups as (
    select la_key, person, measure, direct_payment, managed_budget, age_band as name from people where age_band <> 'Unknown'
    union all
    select la_key, person, measure, direct_payment, managed_budget, 'Total' from people
),
shares as (
    select la_key, measure, name,
           case measure when 'ASCOF 3D (Clients)' then '1a - The proportion of clients who use services who receive self-directed support (%)'
                        else '1b - The proportion of carers who use services who receive self-directed support (%)' end as description,
           count(distinct case when direct_payment or managed_budget then person end) as numerator, count(distinct person) as denominator
    from in_groups
    group by la_key, measure, name
    union all
    select la_key, measure, name,
           case measure when 'ASCOF 3D (Clients)' then '2a - The proportion of clients who use services who receive direct payments (%)'
                        else '2b - The proportion of carers who use services who receive direct payments (%)' end,
           count(distinct case when direct_payment then person end), count(distinct person)
    from in_groups
    group by la_key, measure, name
),
descriptions as (
    select distinct measure, description from shares
),
groups as (
    select distinct name from shares
)
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period,
       l.la_code, l.la_name, d.measure, d.description, g.name as "group",
       coalesce(s.numerator, 0) as numerator, coalesce(s.denominator, 0) as denominator,
       coalesce(round(100.0 * s.numerator / cast(s.denominator as double), 1), 0.0) as outcome
from ref_ons_codes_la_region_lookup as l
cross join descriptions as d
cross join groups as g
left join shares as s
  on s.la_key = lower(l.la_code) and s.description = d.description and s.name = g.name
