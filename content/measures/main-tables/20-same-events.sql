-- title: Rows about the same event
-- why: Rows of one council share an event when its start, its kind and who it is about are the same; the smallest record number in
--   the group is its label. What a council has not closed is the same event in each of its files.
-- source: section 7, rules 1 to 4
-- reads: events_in_period, mapped_values, ref_event_outcome_hierarchy_r2
-- writes: same_events
with named as (
    select der_unique_record_id, la_key, name_key, ref_period_start_date, ref_period_end_date, der_nhs_la_combined_person_id,
           event_start_date, der_event_end_date, event_key, der_birth_year, der_birth_month, der_conversation,
           cleaned('event_outcome', event_outcome) as event_outcome_cleaned,
           event_key like '%service%' as is_service,
           -- What makes an event the same; in a single submission, services of different cost stay apart as well, and a missing cost
           -- is not the same as 0.
           coalesce(lower(client_type), '') || chr(31) || event_key || chr(31)
           || case when event_key like '%service%' then '' else coalesce(cast(der_event_end_date as varchar), '') end || chr(31)
           || case when event_key like '%request%' then coalesce(lower(request_route_of_access), '') else '' end || chr(31)
           || case when event_key like '%assessment%' then coalesce(lower(assessment_type), '') else '' end || chr(31)
           || case when event_key like '%service%' then coalesce(lower(service_type), '') || chr(31) || coalesce(lower(service_component), '') else '' end
           as kind,
           case when $costs and event_key like '%service%'
                then coalesce(cleaned('delivery_mechanism', delivery_mechanism), '') || chr(31)
                     || coalesce(cast(cast(round(unit_cost * 100) as bigint) as varchar), '') || chr(31)
                     || coalesce(cleaned('cost_frequency_unit_type', cost_frequency_unit_type), '') || chr(31)
                     || coalesce(cast(cast(round(planned_units_per_week * 100) as bigint) as varchar), '')
           end as cost
    from events_in_period
    where der_nhs_la_combined_person_id is not null
)
select n.der_unique_record_id, n.la_key, n.name_key, n.ref_period_start_date, n.ref_period_end_date, n.der_nhs_la_combined_person_id,
       n.event_start_date, n.der_event_end_date, n.is_service, n.der_birth_year, n.der_birth_month, n.der_conversation, n.cost,
       h.event_outcome_hierarchy,
       min(n.der_unique_record_id) over (
           partition by n.la_key, n.der_nhs_la_combined_person_id, n.event_start_date, n.kind
       ) as event_group_first_record_id
from named as n
left join ref_event_outcome_hierarchy_r2 as h
  on lower(h.event_outcome_spec) = lower(n.event_outcome_cleaned)
