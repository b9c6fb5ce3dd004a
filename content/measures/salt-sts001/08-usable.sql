-- title: Events that say what became of a request
-- why: The events that count, with the order of their services, once for each of the two orders of events that start on one day.
-- source: section 19.5
-- reads: sts001_sequels, nhse_service_types
-- writes: sts001_usable
-- level: row
with either as (
    select 'a' as tie_variant, la_code, id, chain, event_type, starts, ends, event_outcome, service_type from sts001_sequels where usable_a
    union all
    select 'b' as tie_variant, la_code, id, chain, event_type, starts, ends, event_outcome, service_type from sts001_sequels where usable_b
)
select b.tie_variant, b.la_code, b.id, b.chain, b.event_type, b.starts, b.ends, b.event_outcome, b.service_type,
    coalesce(t.after_request_place, 99) as service_place,
    min(coalesce(t.after_request_place, 99)) over (partition by b.tie_variant, b.la_code, b.id, b.chain) as best_service_place
from either b
left join nhse_service_types t on b.service_type = t.value
