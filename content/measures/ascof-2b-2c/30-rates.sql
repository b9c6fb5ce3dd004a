-- title: ASCOF 2B and 2C by council
-- why: People newly admitted, of 100,000 of the council's population of that age.
-- source: section 11, rule 5
-- reads: care_home_admissions, ref_ons_codes_la_region_lookup, ref_ons_pop_gender_pub_age_bands_24
-- writes: ascof_2b_2c
-- publishes: 08_ascof_2b_2c
-- columns: Reporting_Period, LA_Code, LA_Name, Measure, Description, Group, Numerator, Denominator, Outcome
with counts as (
    select la_key, age_band, count(*) as people
    from care_home_admissions
    group by la_key, age_band
),
populations as (
    select l.la_code, l.la_name,
           case lower(p.age_band) when '18 to 64' then '18 to 64' else '65 and above' end as age_band, p.population
    from ref_ons_codes_la_region_lookup as l
    join ref_ons_pop_gender_pub_age_bands_24 as p
      on lower(p.code) = lower(l.la_area_code)
    where lower(p.geography) = 'local authority' and lower(p.gender) = 'all' and lower(p.age_band) in ('18 to 64', '65 and above')
)
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period,
       p.la_code, p.la_name,
       case when p.age_band = '18 to 64' then 'ASCOF 2B' else 'ASCOF 2C' end as measure,
       case when p.age_band = '18 to 64'
            then 'The number of adults whose long-term support needs are met by admission to residential and nursing care homes, for 18-64yrs (per 100,000 population)'
            else 'The number of adults whose long-term support needs are met by admission to residential and nursing care homes, for 65 and over (per 100,000 population)'
       end as description,
       p.age_band as "group",
       coalesce(c.people, 0) as numerator, cast(p.population as bigint) as denominator,
       case when c.people is null then 0.0 else round(cast(c.people as double) / p.population * 100000, 1) end as outcome
from populations as p
left join counts as c
  on c.la_key = lower(p.la_code) and c.age_band = p.age_band
