-- title: Long-term support of clients
-- why: Spans of long-term services, to tell where people lived when they were admitted and after they were discharged.
-- source: section 12.1
-- reads: unique_events_joined, person_details
-- writes: ascof_2d_long_term
select distinct u.der_nhs_la_combined_person_id as person, u.service_type_cleaned as service_type, u.event_start_date,
       coalesce(u.der_event_end_date, DATE '9999-01-01') as end_date
from unique_events_joined as u
left join person_details as p
  on p.la_key = u.la_key and p.person = u.der_nhs_la_combined_person_id
where u.client_type_cleaned = 'Service user'
  and u.service_type_cleaned like 'Long%'
  and (p.date_of_death is null or p.date_of_death >= $year_start)
  and (u.der_event_end_date is null or u.der_event_end_date >= u.event_start_date)
