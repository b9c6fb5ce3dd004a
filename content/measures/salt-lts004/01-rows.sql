-- title: Services of people aged 18 to 64 with a learning disability
-- why: Long term support in the year whose row names learning disability as the reason, alive at its start.
-- source: sections 16.2, 18.2
-- reads: nhse_latest_rows
-- writes: lts004_rows
-- level: row
with build as (
    select la_code, traced, la_person, gender, employment_status, accommodation_status, event_start_date,
        age_on(der_birth_year, der_birth_month, $nhse_period_end) as age
    from nhse_latest_rows
    where for_year and client_type = 'service user' and event_type = 'service' and long_term
        and lower(primary_support_reason) = 'learning disability support'
        and event_start_date <= $nhse_period_end
        and (event_end_date is null or event_end_date >= $nhse_period_start)
        and (date_of_death is null or date_of_death >= $nhse_period_start)
        and der_birth_year is not null and der_birth_month is not null
),
of_age as (
    select la_code, traced, la_person, gender, employment_status, accommodation_status, event_start_date
    from build
    where age between 18 and 64
),
beside_traced as (
    select distinct la_person from of_age where traced is not null and la_person is not null
)
select b.la_code, coalesce(b.traced, b.la_person) as id, b.gender, b.employment_status, b.accommodation_status, b.event_start_date
from beside_traced t
right join of_age b on t.la_person = b.la_person
where b.traced is not null or (b.la_person is not null and t.la_person is null)
