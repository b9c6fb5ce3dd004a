-- title: Primary support reasons of Release 1
-- why: A reason outside the list is counted as Invalid/NULL.
-- source: section 17.3
-- reads:
-- writes: nhse_primary_support_reasons
select lower(value) as key, cast(value as varchar) as value
from (values
    ('Physical Support: Access & mobility only'),
    ('Physical Support: Personal care support'),
    ('Sensory Support: Support for visual impairment'),
    ('Sensory Support: Support for hearing impairment'),
    ('Sensory Support: Support for dual impairment'),
    ('Support with Memory & Cognition'),
    ('Learning Disability Support'),
    ('Mental Health Support'),
    ('Social Support: Substance misuse support'),
    ('Social Support: Asylum seeker support'),
    ('Social Support: Support for Social Isolation/Other'),
    ('Social Support: Support to Carer'),
    ('Unknown')
) as listed (value)
