-- title: Requests of new clients and what follows, in order
-- why: A person with long term support in the 12 months before a request, or with ST-Max or other short term support in the 3 months before, is not new. What is left is numbered by start; on one day a request comes first, then an assessment, then a service.
-- source: sections 15.1, 15.2
-- reads: waiting_times_candidates
-- writes: waiting_times_events
-- level: row
with not_new as (
    select distinct r.der_unique_record_id
    from waiting_times_candidates r
    join waiting_times_candidates s on r.la_code = s.la_code and r.person = s.person
    where r.kind = 'Request' and s.kind = 'Service' and s.event_start_date < r.event_start_date
        and ((s.type_of_kind like 'Long term support%'
                and (s.der_event_end_date is null or s.der_event_end_date >= add_months(r.event_start_date, -12)))
            or (s.type_of_kind in ('Short term support: ST-Max', 'Short term support: Other short term')
                and (s.der_event_end_date is null or s.der_event_end_date >= add_months(r.event_start_date, -3))))
),
kept as (
    select c.la_code, c.person, c.der_unique_record_id, c.importdate, c.event_start_date, c.kind, c.type_of_kind,
        c.event_outcome_cleaned, c.der_conversation, c.band,
        case c.kind when 'Request' then 1 when 'Assessment' then 2 else 3 end as kind_place
    from waiting_times_candidates c
    left join not_new n on c.der_unique_record_id = n.der_unique_record_id
    where c.der_age_event_start_date >= 25 and (c.kind <> 'Request' or n.der_unique_record_id is null)
)
select la_code, person, der_unique_record_id, event_start_date, kind, type_of_kind, event_outcome_cleaned, der_conversation, band,
    row_number() over (partition by la_code, person
        order by event_start_date nulls first, kind_place, importdate desc nulls last, der_unique_record_id desc nulls last) as event_order,
    max(case when kind = 'Request' then 1 else 0 end) over (partition by la_code, person) as has_request
from kept
