-- title: ASCOF 2A by council and age
-- why: The measure for every council; who is of unknown age counts in the total alone.
-- source: section 10.6
-- reads: ascof_2a_disaggregated, ref_ons_codes_la_region_lookup
-- writes: ascof_2a
-- publishes: 07_ascof_2a_summary
-- columns: Reporting_Period, LA_Code, LA_Name, Measure, Description, Group, Numerator, Denominator, Outcome
with groups as (
    select '18 to 64' as name union all select '65 and above' union all select 'Total'
),
counts as (
    select l.la_code, l.la_name, g.name,
           coalesce(sum(case when d.included_in_num = 'Y' then d.st_max_count end), 0) as numerator,
           coalesce(sum(case when d.included_in_denom = 'Y' then d.st_max_count end), 0) as denominator
    from ref_ons_codes_la_region_lookup as l
    cross join groups as g
    left join ascof_2a_disaggregated as d
      on d.la_key = lower(l.la_code) and (g.name = 'Total' or d.age_band = g.name)
    group by l.la_code, l.la_name, g.name
)
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period,
       la_code, la_name, 'ASCOF 2A' as measure,
       'The proportion of people who received short-term services during the year - who previously were not receiving services - where no further request was made for ongoing support (%)' as description,
       name as "group", numerator, denominator,
       case when denominator = 0 then 0.0 else round(100.0 * numerator / cast(denominator as double), 1) end as outcome
from counts
