-- title: ASCOF 2D part 2 by age and gender
-- why: Discharges by authority of residence, and the episodes of reablement that followed, by the council that gave them: so a share can exceed 100 %.
-- source: section 12.5, part 2
-- reads: ascof_2d_discharges, ascof_2d_part1_demographics, ref_ons_codes_la_region_lookup, ref_residence_names
-- writes: ascof_2d_part2_demographics
-- publishes: 09_ascof_2d_part2_demographics
-- columns: Reporting_Period, Area, Client_Type, Slice, Discharges, Reablement_Count, Outcome_Percent
with slices as (
    select 'Total' as slice union all select '65-74' union all select '75-84' union all select '85+'
    union all select 'Female' union all select 'Male'
),
named as (
    select d.apcs_ident, d.client_type, d.age_group, d.gender, lower(coalesce(r.la_name, d.utla_name)) as area_key
    from ascof_2d_discharges as d
    left join ref_residence_names as r
      on lower(r.utla_name_2023) = lower(d.utla_name)
),
in_slices as (
    select n.apcs_ident, n.client_type, n.area_key, s.slice
    from named as n
    join slices as s
      on s.slice = 'Total' or s.slice = n.age_group or s.slice = n.gender
),
in_types as (
    select area_key, client_type, slice, apcs_ident from in_slices
    union all
    select area_key, 'Total', slice, apcs_ident from in_slices
),
in_areas as (
    select area_key, client_type, slice, apcs_ident from in_types
    union all
    select 'england', client_type, slice, apcs_ident from in_types
),
counts as (
    select area_key, client_type, slice, count(distinct apcs_ident) as discharges
    from in_areas
    group by area_key, client_type, slice
),
areas as (
    select lower(la_name) as area_key, min(la_name) as area from ref_ons_codes_la_region_lookup group by lower(la_name)
    union all
    select 'england', 'England'
),
types as (
    select 'Those in LT community support' as client_type union all select 'Those not in any LTS' union all select 'Total'
),
present as (
    select area_key from counts
    union
    select area_key from ascof_2d_part1_demographics
),
framed as (
    select a.area, t.client_type, s.slice, c.discharges, p.denominator as reablement_count
    from areas as a
    join present as r
      on r.area_key = a.area_key
    cross join types as t
    cross join slices as s
    left join counts as c
      on c.area_key = a.area_key and c.client_type = t.client_type and c.slice = s.slice
    left join ascof_2d_part1_demographics as p
      on p.area_key = a.area_key and p.client_type = t.client_type and p.slice = s.slice
)
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period, area, client_type, slice, discharges, reablement_count,
       floor((20000.0 * reablement_count + discharges) / (2.0 * discharges)) / 100.0 as outcome_percent
from framed
