-- title: People with long term support begun by the snapshot day
-- why: All of a person's long term support, ended or not, because a chain of support is looked for. Any type of event counts.
-- source: sections 16.2, 16.3, 17.1
-- reads: nhse_latest_rows
-- writes: lts001c_rows
-- level: row
with build as (
    select la_code, traced, la_person, service_type, setting_mechanism, setting_place,
        primary_support_reason, has_unpaid_carer, ethnicity, lower(gender) as gender, event_start_date, event_end_date,
        age_on(der_birth_year, der_birth_month, $nhse_snapshot) as age
    from nhse_latest_rows
    where for_snapshot and client_type = 'service user' and long_term
        and event_start_date <= $nhse_snapshot
        and (date_of_death is null or date_of_death >= $nhse_snapshot)
        and der_birth_year is not null and der_birth_month is not null
),
-- The authority's own identifier serves only where it never stands beside a traced NHS number in this table.
beside_traced as (
    select distinct la_person from build where traced is not null and la_person is not null
)
select b.la_code, coalesce(b.traced, b.la_person) as id, b.service_type, b.setting_mechanism, b.setting_place,
    b.primary_support_reason, b.has_unpaid_carer, b.ethnicity, b.gender, b.age, b.event_start_date, b.event_end_date
from beside_traced t
right join build b on t.la_person = b.la_person
where b.traced is not null or (b.la_person is not null and t.la_person is null)
