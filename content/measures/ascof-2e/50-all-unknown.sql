-- title: People whose accommodation is unknown: ASCOF 2E
-- why: How many of the people counted have no known place to live; who is presumed at home is here and in the numerator as well.
-- source: section 13, rule 7
-- reads: ascof_2e_people, ref_ons_codes_la_region_lookup
-- writes: ascof_2e_all_unknown
-- publishes: 10_ascof_2e_all_unknown
-- columns: Reporting_Period, LA_Code, LA_Name, Measure, Description, Count
with unknown as (
    select la_key, count(distinct person) as people
    from ascof_2e_people
    where accommodation_status is null or accommodation_status_group is null
       or accommodation_status in ('Unknown', 'Unknown: Presumed at home', 'Unknown: Presumed in community')
    group by la_key
)
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period,
       l.la_code, l.la_name, 'ASCOF 2E' as measure, 'Accommodation status = unknown or invalid' as description,
       coalesce(u.people, 0) as count
from ref_ons_codes_la_region_lookup as l
left join unknown as u on u.la_key = lower(l.la_code)
