-- title: Ethnicities of Release 1 and their groups in SALT
-- why: An ethnicity outside the list is counted as Invalid/NULL.
-- source: section 17.3
-- reads:
-- writes: nhse_ethnicities
select lower(value) as key, cast(value as varchar) as value, cast(salt_group as varchar) as salt_group
from (values
    ('White - English, Welsh, Scottish, Northern Irish or British', 'White'),
    ('White - Irish', 'White'),
    ('White - Gypsy or Irish Traveller', 'White'),
    ('White - Roma', 'White'),
    ('White - Any other White background', 'White'),
    ('Mixed or multiple ethnic groups - White and Black Caribbean', 'Mixed / multiple ethnic groups'),
    ('Mixed or multiple ethnic groups - White and Black African', 'Mixed / multiple ethnic groups'),
    ('Mixed or multiple ethnic groups - White and Asian', 'Mixed / multiple ethnic groups'),
    ('Mixed or multiple ethnic groups - Any other Mixed or multiple ethnic background', 'Mixed / multiple ethnic groups'),
    ('Asian or Asian British - Indian', 'Asian / Asian British'),
    ('Asian or Asian British - Pakistani', 'Asian / Asian British'),
    ('Asian or Asian British - Bangladeshi', 'Asian / Asian British'),
    ('Asian or Asian British - Chinese', 'Asian / Asian British'),
    ('Asian or Asian British - Any other Asian background', 'Asian / Asian British'),
    ('Black, Black British, Caribbean or African - African', 'Black / African / Caribbean / Black British'),
    ('Black, Black British, Caribbean or African - Caribbean', 'Black / African / Caribbean / Black British'),
    ('Black, Black British, Caribbean or African - Any other Black, Black British or Caribbean background', 'Black / African / Caribbean / Black British'),
    ('Other ethnic group - Arab', 'Other Ethnic Group'),
    ('Other ethnic group - Any other ethnic group', 'Other Ethnic Group'),
    ('No data - Refused', 'No Data'),
    ('No data - Undeclared or Not known', 'No Data')
) as listed (value, salt_group)
