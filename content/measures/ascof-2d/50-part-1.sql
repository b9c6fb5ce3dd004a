-- title: ASCOF 2D part 1 by age and gender
-- why: Episodes of reablement after hospital, and those after which the person stayed in the community; a combination
--   without episodes is blank, an area without any is absent.
-- source: section 12.5, part 1
-- reads: ascof_2d_links, ref_ons_codes_la_region_lookup
-- writes: ascof_2d_part1_demographics
-- publishes: 09_ascof_2d_part1_demographics
-- columns: Area, Client_Type, Slice, Reporting_Period, Denominator, Numerator, Outcome_Percent, Died, Readmitted, Entered_LT_ResNurs
with slices as (
    select 'Total' as slice union all select '65-74' union all select '75-84' union all select '85+'
    union all select 'Female' union all select 'Male'
),
outcomes as (
    select distinct episode_id, lower(la_name) as area_key, client_type, gender, der_age_grouped,
           deaths_cluster_flag, readmissions_cluster_flag, lts_cluster_flag
    from ascof_2d_links
),
in_slices as (
    select o.*, s.slice
    from outcomes as o
    join slices as s
      on s.slice = 'Total' or s.slice = o.der_age_grouped or s.slice = o.gender
),
in_types as (
    select area_key, client_type, slice, episode_id, deaths_cluster_flag, readmissions_cluster_flag, lts_cluster_flag from in_slices
    union all
    select area_key, 'Total', slice, episode_id, deaths_cluster_flag, readmissions_cluster_flag, lts_cluster_flag from in_slices
),
in_areas as (
    select area_key, client_type, slice, episode_id, deaths_cluster_flag, readmissions_cluster_flag, lts_cluster_flag from in_types
    union all
    select 'england', client_type, slice, episode_id, deaths_cluster_flag, readmissions_cluster_flag, lts_cluster_flag from in_types
),
counts as (
    select area_key, client_type, slice,
           count(distinct episode_id) as denominator,
           count(distinct case when deaths_cluster_flag = 0 and readmissions_cluster_flag = 0 and lts_cluster_flag = 0 then episode_id end) as numerator,
           count(distinct case when deaths_cluster_flag = 1 then episode_id end) as died,
           count(distinct case when readmissions_cluster_flag = 1 then episode_id end) as readmitted,
           count(distinct case when lts_cluster_flag = 1 then episode_id end) as entered_lt_resnurs
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
framed as (
    select a.area_key, a.area, t.client_type, s.slice
    from areas as a
    join (select distinct area_key from counts) as p on p.area_key = a.area_key
    cross join types as t
    cross join slices as s
)
select f.area_key, f.area, f.client_type, f.slice, day_label($year_start) || ' - ' || day_label($year_end) as reporting_period,
       c.denominator, c.numerator,
       -- Half up to two decimals, in whole numbers until the last division.
       floor((20000.0 * c.numerator + c.denominator) / (2.0 * c.denominator)) / 100.0 as outcome_percent,
       c.died, c.readmitted, c.entered_lt_resnurs
from framed as f
left join counts as c
  on c.area_key = f.area_key and c.client_type = f.client_type and c.slice = f.slice
