-- title: Employment of Release 1
-- why: A status outside the list is set aside before the latest one is looked for.
-- source: section 18.2
-- reads:
-- writes: nhse_employment
select lower(value) as key, cast(value as varchar) as value
from (values
    ('Paid: Less than 16 hours a week'),
    ('Paid: 16 or more hours a week'),
    ('Paid: Hours per week unknown'),
    ('Not in Paid Employment (seeking work)'),
    ('Not in Paid Employment (not actively seeking work / retired)'),
    ('Not in Paid Employment (voluntary work only)'),
    ('Unknown')
) as listed (value)
