-- title: People whose arrangement is unknown
-- why: How many clients and carers could not be placed, because neither delivery mechanism nor component tells.
-- source: sections 14.1 (rule 6) and 14.2 (rule 4)
-- reads: ascof_3d_clients, ascof_3d_carers, ref_ons_codes_la_region_lookup
-- writes: ascof_3d_unknown
-- publishes: 11_ascof_3d_unknown
-- columns: Reporting_Period, LA_Code, LA_Name, Measure, Description, Count
with unknown as (
    select la_key, 'ASCOF 3D (Clients)' as measure, count(distinct person) as people
    from ascof_3d_clients
    where service_type = 'Long term support: Community' and delivery_mechanism is null
      and (service_component is null or service_component <> 'Direct payment')
    group by la_key
    union all
    select la_key, 'ASCOF 3D (Carers)', count(distinct person)
    from ascof_3d_carers
    where support = 4
    group by la_key
),
measures as (
    select 'ASCOF 3D (Clients)' as measure union all select 'ASCOF 3D (Carers)'
)
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period,
       l.la_code, l.la_name, m.measure,
       'Unknown or invalid delivery mechanism, or unable to deduce from service component' as description,
       coalesce(u.people, 0) as count
from ref_ons_codes_la_region_lookup as l
cross join measures as m
left join unknown as u
  on u.la_key = lower(l.la_code) and u.measure = m.measure
