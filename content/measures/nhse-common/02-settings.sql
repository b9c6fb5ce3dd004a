-- title: Settings and ways of delivery
-- why: A person is counted once, in the setting that stands first. Only these pairs of service type and delivery mechanism count; any other mechanism is blank.
-- source: sections 14.1, 17.2
-- reads:
-- writes: nhse_settings
select lower(service_type) as service_type_key, lower(delivery_mechanism) as delivery_mechanism_key,
    cast(delivery_mechanism as varchar) as delivery_mechanism, cast(place as bigint) as place
from (values
    ('Long Term Support: Community', 'Direct Payment', 3),
    ('Long Term Support: Community', 'CASSR Managed Personal Budget', 4),
    ('Long Term Support: Community', 'CASSR Commissioned Support', 5),
    ('Long Term Support: Prison', 'CASSR Managed Personal Budget', 7),
    ('Long Term Support: Prison', 'CASSR Commissioned Support', 8)
) as listed (service_type, delivery_mechanism, place)
