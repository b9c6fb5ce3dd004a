-- title: Events that say what followed reablement
-- why: The events that count, with the order of their services.
-- source: section 20.1
-- reads: sts002a_sequels, nhse_service_types
-- writes: sts002a_usable
-- level: row
select s.tie_variant, s.la_code, s.id, s.chain, s.event_type, s.starts, s.ends, s.event_outcome, s.service_type,
    coalesce(t.after_st_max_place, 99) as service_place, t.st_max_mapping,
    min(coalesce(t.after_st_max_place, 99)) over (partition by s.tie_variant, s.la_code, s.id, s.chain) as best_service_place
from sts002a_sequels s
left join nhse_service_types t on s.service_type = t.value
where s.usable
