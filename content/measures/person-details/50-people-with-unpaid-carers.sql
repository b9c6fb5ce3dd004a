-- title: People named by unpaid carers
-- why: A carer's record that names a person in the year is evidence that the person has an unpaid carer.
-- source: section 9.3
-- reads: unique_events_joined
-- writes: people_with_unpaid_carers
with carers as (
    select la_key, lower(adult_1_linked_person_id) as adult_1, lower(adult_2_linked_person_id) as adult_2, lower(adult_3_linked_person_id) as adult_3
    from unique_events_joined
    where client_type_cleaned in ('Unpaid carer', 'Unpaid carer known by association')
      and (der_event_end_date is null or der_event_end_date >= $latest_start)
      and event_start_date <= $latest_end
),
adults as (
    select la_key, adult_1 as identifier from carers where adult_1 is not null
    union
    select la_key, adult_2 from carers where adult_2 is not null
    union
    select la_key, adult_3 from carers where adult_3 is not null
)
select distinct u.la_key, u.der_nhs_la_combined_person_id as person
from unique_events_joined as u
join adults as a
  on a.la_key = u.la_key and a.identifier = lower(u.la_person_unique_identifier)
