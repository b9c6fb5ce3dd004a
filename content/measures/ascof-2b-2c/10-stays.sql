-- title: Stays in care homes
-- why: Long-term residential and nursing care that is not a short stay; as published, a missing component shuts a stay out.
-- source: section 11, rule 1
-- reads: unique_events_joined, person_details
-- writes: care_home_stays
-- level: person
select u.la_key, p.la_code, u.der_nhs_la_combined_person_id as person, u.event_start_date,
       coalesce(u.der_event_end_date, DATE '9999-01-01') as end_date, u.event_outcome_cleaned as event_outcome,
       age_on(p.der_birth_year, p.der_birth_month, u.event_start_date) as age
from unique_events_joined as u
join person_details as p
  on p.la_key = u.la_key and p.person = u.der_nhs_la_combined_person_id
where u.event_key = 'service'
  and u.client_type_cleaned = 'Service user'
  and u.service_type_cleaned in ('Long term support: Residential care', 'Long term support: Nursing care')
  and p.der_birth_date is not null
  and (p.date_of_death is null or p.date_of_death >= $year_start)
  and ((($corrected) and u.service_component_cleaned is null)
       or ((lower(u.service_component_cleaned) like '%residential%' or lower(u.service_component_cleaned) like '%nursing%')
           and lower(u.service_component_cleaned) not like '%short%'))
