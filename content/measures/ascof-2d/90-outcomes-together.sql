-- title: ASCOF 2D outcomes, how they come together
-- why: How many episodes ended with death, readmission and long-term care, alone and together.
-- source: section 12.5, Venn
-- reads: ascof_2d_links, ref_ons_codes_la_region_lookup
-- writes: ascof_2d_venn
-- publishes: 09_ascof_2d_venn
-- columns: Reporting_Period, Area, Client_Type, Total_Death, Death_Only, Death_Readmission, Death_LTS, Total_Readmission, Readmission_Only,
--   Readmission_LTS, Total_LTS, LTS_Only, All_3_Outcomes
with outcomes as (
    -- As published, an episode linked to rows of different age or gender is here once for each.
    select distinct episode_id, lower(la_name) as area_key, client_type, gender, der_age_grouped,
           deaths_cluster_flag as d, readmissions_cluster_flag as r, lts_cluster_flag as l
    from ascof_2d_links
),
types as (
    select 'Those in LT community support' as client_type union all select 'Those not in any LTS' union all select 'Total'
),
areas as (
    select lower(la_name) as area_key, min(la_name) as area from ref_ons_codes_la_region_lookup group by lower(la_name)
    union all
    select 'england', 'England'
),
in_types as (
    select area_key, client_type, d, r, l from outcomes
    union all
    select area_key, 'Total', d, r, l from outcomes
),
in_areas as (
    select area_key, client_type, d, r, l from in_types
    union all
    select 'england', client_type, d, r, l from in_types
)
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period, a.area, t.client_type,
       coalesce(sum(i.d), 0) as total_death,
       coalesce(sum(case when i.d = 1 and i.r = 0 and i.l = 0 then 1 end), 0) as death_only,
       coalesce(sum(case when i.d = 1 and i.r = 1 and i.l = 0 then 1 end), 0) as death_readmission,
       coalesce(sum(case when i.d = 1 and i.r = 0 and i.l = 1 then 1 end), 0) as death_lts,
       coalesce(sum(i.r), 0) as total_readmission,
       coalesce(sum(case when i.d = 0 and i.r = 1 and i.l = 0 then 1 end), 0) as readmission_only,
       coalesce(sum(case when i.d = 0 and i.r = 1 and i.l = 1 then 1 end), 0) as readmission_lts,
       coalesce(sum(i.l), 0) as total_lts,
       coalesce(sum(case when i.d = 0 and i.r = 0 and i.l = 1 then 1 end), 0) as lts_only,
       coalesce(sum(case when i.d = 1 and i.r = 1 and i.l = 1 then 1 end), 0) as all_3_outcomes
from areas as a
join (select distinct area_key from in_areas) as p
  on p.area_key = a.area_key
cross join types as t
left join in_areas as i
  on i.area_key = a.area_key and i.client_type = t.client_type
group by a.area, t.client_type
