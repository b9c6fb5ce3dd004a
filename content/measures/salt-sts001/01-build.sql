-- title: Events of people known by month of birth
-- why: All requests, assessments, services and reviews of service users not known to have died before the period, with their person.
-- source: sections 16.2, 16.3, 19.1
-- reads: nhse_events
-- writes: sts001_build
-- level: row
with build as (
    select la_code, traced, la_person, event_type, event_start_date, event_end_date, event_outcome, route,
        service_type, service_component, delivery_mechanism, importdate,
        age_on(der_birth_year, der_birth_month, $nhse_period_end) as age
    from nhse_events
    where der_birth_year is not null and der_birth_month is not null
        and (date_of_death is null or date_of_death >= $nhse_period_start)
),
beside_traced as (
    select distinct la_person from build where traced is not null and la_person is not null
)
select b.la_code, coalesce(b.traced, b.la_person) as id, b.event_type, b.event_start_date, b.event_end_date, b.event_outcome,
    case when b.event_type = 'request' then b.age end as age,
    case when b.event_type = 'request' then b.route end as route,
    b.service_type,
    -- What makes two rows copies of one request or of one service.
    case b.event_type when 'request' then coalesce(lower(b.route), '') when 'service' then coalesce(lower(b.service_type), '') end as same_1,
    case when b.event_type = 'service' then coalesce(b.service_component, '') else '' end as same_2,
    case when b.event_type = 'service' then coalesce(b.delivery_mechanism, '') else '' end as same_3,
    b.importdate
from beside_traced t
right join build b on t.la_person = b.la_person
where b.traced is not null or (b.la_person is not null and t.la_person is null)
