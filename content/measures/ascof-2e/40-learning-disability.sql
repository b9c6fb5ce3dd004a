-- title: ASCOF 2E for people with a learning disability
-- why: The same for people aged 18 to 64 with a learning disability.
-- source: section 13, rules 5 and 6
-- reads: ascof_2e_people_ld, ref_ons_codes_la_region_lookup
-- writes: ascof_2e_ld
-- publishes: 10_ascof_2e_ld
-- columns: Reporting_Period, LA_Code, LA_Name, Measure, Description, Group, Numerator, Denominator, Outcome
with people as (
    select la_key, person, gender, person_working_age_band as age_band, accommodation_status_group
    from ascof_2e_people_ld
    where person_working_age_band <> 'Unknown'
),
groups as (
    select distinct gender as name from people where gender in ('Male', 'Female')
    union all
    select distinct 'Total' from people
),
bands as (
    select '18 to 64' as age_band
),
counts as (
    select p.la_key, g.name, p.age_band,
           count(distinct case when p.accommodation_status_group = 1 then p.person end) as numerator,
           count(distinct p.person) as denominator
    from people as p
    join groups as g on g.name = 'Total' or g.name = p.gender
    group by p.la_key, g.name, p.age_band
)
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period,
       l.la_code, l.la_name, 'ASCOF 2E LD' as measure,
       case when b.age_band = '18 to 64'
            then 'The proportion of people aged 18-64 who receive long-term support who live in their home or with family (%)'
            else 'The proportion of people aged 65+ who receive long-term support who live in their home or with family (%)' end as description,
       g.name as "group",
       coalesce(c.numerator, 0) as numerator, coalesce(c.denominator, 0) as denominator,
       coalesce(round(100.0 * c.numerator / cast(c.denominator as double), 1), 0.0) as outcome
from ref_ons_codes_la_region_lookup as l
cross join groups as g
cross join bands as b
left join counts as c
  on c.la_key = lower(l.la_code) and c.name = g.name and c.age_band = b.age_band
