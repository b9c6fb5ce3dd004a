-- title: Events with their person, whatever their birth or death
-- why: Here nothing is asked of birth or death, so a person's identifier can differ from that in STS001: as published.
-- source: sections 16.2, 20.1
-- reads: nhse_events
-- writes: sts002_build
-- level: row
with beside_traced as (
    select distinct la_person from nhse_events where traced is not null and la_person is not null
)
select e.la_code, coalesce(e.traced, e.la_person) as id, e.event_type, e.event_start_date, e.event_end_date, e.event_outcome, e.service_type,
    -- Asked of reablement itself, not of what follows it.
    e.date_of_death is null or e.date_of_death >= $nhse_period_start as alive,
    case when e.event_type = 'service' then coalesce(lower(e.service_type), '') else '' end as same_1,
    case when e.event_type = 'service' then coalesce(e.service_component, '') else '' end as same_2,
    case when e.event_type = 'service' then coalesce(e.delivery_mechanism, '') else '' end as same_3,
    e.importdate
from beside_traced t
right join nhse_events e on t.la_person = e.la_person
where e.traced is not null or (e.la_person is not null and t.la_person is null)
