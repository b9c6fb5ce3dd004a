-- title: Stays in residential and nursing care, all submissions
-- why: Every copy of every stay, with its person; a key tells which copies are of one stay.
-- source: sections 16.2, 16.4, 21
-- reads: cld_raw
-- writes: nhse_2b2c_rows
-- level: row
with build as (
    select upper(la_code) as la_code, lower(der_nhs_number_traced_pseudo) as traced, lower(la_person_unique_identifier) as la_person,
        lower(service_type) as service_type, coalesce(lower(service_component), '') as service_component,
        coalesce(lower(delivery_mechanism), '') as delivery_mechanism, event_start_date, event_end_date, importdate,
        age_on(der_birth_year, der_birth_month, $nhse_2b2c_snapshot) as age
    from cld_raw
    where importdate < cast($nhse_run_date_used_for_open_ends as timestamp)
        and lower(event_type) = 'service' and lower(client_type) = 'service user'
        and lower(service_type) in ('long term support: residential care', 'long term support: nursing care')
        and der_birth_year is not null and der_birth_month is not null
),
beside_traced as (
    select distinct la_person from build where traced is not null and la_person is not null
)
select b.la_code, coalesce(b.traced, b.la_person) as id, b.service_type, b.service_component, b.delivery_mechanism,
    b.event_start_date, b.event_end_date, b.importdate, b.age
from beside_traced t
right join build b on t.la_person = b.la_person
where b.traced is not null or (b.la_person is not null and t.la_person is null)
