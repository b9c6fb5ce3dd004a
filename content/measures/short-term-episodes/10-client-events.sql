-- title: Events of people who use services
-- why: Every event that can follow an episode, with the strength of its outcome; outcomes that say nothing of what followed stand 100 lower.
-- source: section 10.1
-- reads: unique_events_joined
-- writes: client_events
with events as (
    select la_key, la_code, la_name, name_key, der_nhs_la_combined_person_id as person, der_unique_record_id,
           event_key, event_start_date, coalesce(der_event_end_date, DATE '9999-01-01') as end_date,
           service_type_cleaned as service_type, service_component_cleaned as service_component,
           coalesce(event_outcome_cleaned, 'Invalid and not mapped') as event_outcome, event_outcome_hierarchy
    from unique_events_joined
    where client_type_cleaned = 'Service user'
      and event_start_date is not null
      and (der_event_end_date is null or der_event_end_date >= event_start_date)
)
select e.*,
       coalesce(e.event_outcome_hierarchy, 999)
       + case when e.event_outcome_hierarchy is not null
               and e.event_outcome in ('Continuation of support or services', 'Progress to support planning or services',
                                       'Progress to assessment, review or reassessment', 'Progress to reablement/ST-Max',
                                       'Release 1 specification only: Not mapped', 'Invalid and not mapped')
              then 100 else 0 end as h
from events as e
