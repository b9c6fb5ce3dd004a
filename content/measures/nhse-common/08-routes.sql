-- title: Routes of access of Release 1
-- why: Only for their spelling: any route is counted.
-- source: section 19.2
-- reads:
-- writes: nhse_routes
select lower(value) as key, cast(value as varchar) as value
from (values
    ('Planned Entry (Transition)'),
    ('Discharge from Hospital'),
    ('Diversion from Hospital Services'),
    ('Community / Other route'),
    ('Prison'),
    ('Self-Funder'),
    ('Discharge from Reablement'),
    ('Transfer from Other LA')
) as listed (value)
