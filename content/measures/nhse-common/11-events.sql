-- title: Events of service users in all submissions
-- why: Requests and reablement are followed through everything ever submitted, whatever the file.
-- source: sections 16.4, 19.1, 20.1
-- reads: cld_raw, nhse_service_types, nhse_outcomes, nhse_routes
-- writes: nhse_events
-- level: row
select upper(r.la_code) as la_code,
    lower(r.der_nhs_number_traced_pseudo) as traced, lower(r.la_person_unique_identifier) as la_person,
    lower(r.event_type) as event_type, r.event_start_date, r.event_end_date,
    coalesce(o.value, lower(r.event_outcome)) as event_outcome,
    coalesce(a.value, lower(r.request_route_of_access)) as route,
    coalesce(t.value, lower(r.service_type)) as service_type,
    lower(r.service_component) as service_component, lower(r.delivery_mechanism) as delivery_mechanism,
    r.date_of_death, r.der_birth_year, r.der_birth_month, r.importdate
from cld_raw r
left join nhse_service_types t on lower(r.service_type) = t.key
left join nhse_outcomes o on lower(r.event_outcome) = o.key
left join nhse_routes a on lower(r.request_route_of_access) = a.key
where r.importdate < cast($nhse_run_date_used_for_open_ends as timestamp)
    and r.event_start_date <= $nhse_period_end
    and lower(r.client_type) = 'service user'
    and lower(r.event_type) in ('request', 'assessment', 'service', 'review')
