-- title: Rows about the same event
-- why: Rows of one council share an event when its start, its kind and who it is about are the same; the smallest record number in
--   the group is its label. What a council has not closed is the same event in each of its files.
-- source: section 7, rules 1 to 4
-- reads: events_in_period, mapped_values, ref_event_outcome_hierarchy_r2
-- writes: same_events
with people as (
    select e.*,
           lower(coalesce(e.der_nhs_number_traced_pseudo, e.der_nhs_number_pseudo,
                          e.la_code || '_' || e.la_person_unique_identifier)) as der_nhs_la_combined_person_id,
           lower(e.la_code) as la_key
    from events_in_period as e
),
mapped as (
    select p.*,
           o.cleaned as event_outcome_cleaned, o.grouped as event_outcome_grouped,
           h.event_outcome_hierarchy,
           d.cleaned as delivery_mechanism_cleaned,
           f.cleaned as cost_frequency_unit_type_cleaned
    from people as p
    left join (select raw, cleaned, grouped from mapped_values where field = 'event_outcome') as o
      on o.raw = lower(p.event_outcome)
    left join ref_event_outcome_hierarchy_r2 as h
      on lower(h.event_outcome_spec) = lower(o.cleaned)
    left join (select raw, cleaned from mapped_values where field = 'delivery_mechanism') as d
      on d.raw = lower(p.delivery_mechanism)
    left join (select raw, cleaned from mapped_values where field = 'cost_frequency_unit_type') as f
      on f.raw = lower(p.cost_frequency_unit_type)
    where p.der_nhs_la_combined_person_id is not null
)
select m.*,
       min(m.der_unique_record_id) over (
           partition by m.la_key, m.der_nhs_la_combined_person_id, m.event_start_date, m.event_key, lower(m.client_type),
               case when m.event_key like '%service%' then null else m.der_event_end_date end,
               case when m.event_key like '%request%' then lower(m.request_route_of_access) end,
               case when m.event_key like '%assessment%' then lower(m.assessment_type) end,
               case when m.event_key like '%service%' then lower(m.service_type) end,
               case when m.event_key like '%service%' then lower(m.service_component) end
       ) as event_group_first_record_id
from mapped as m
