-- title: Accommodation of Release 1, settled or not
-- why: Whether a person lives at home or with family (1) or not (0).
-- source: section 18.2
-- reads:
-- writes: nhse_accommodation
select lower(value) as key, cast(value as varchar) as value, cast(settled as bigint) as settled
from (values
    ('Owner occupier or shared ownership scheme', 1),
    ('Tenant', 1),
    ('Tenant - private landlord', 1),
    ('Settled mainstream housing with family / friends', 1),
    ('Supported accommodation / supported lodgings / supported group home', 1),
    ('Shared Lives scheme', 1),
    ('Approved premises for offenders released from prison or under probation supervision', 1),
    ('Sheltered housing / extra care housing / other sheltered housing', 1),
    ('Mobile accommodation for Gypsy / Roma and Traveller communities', 1),
    ('Rough sleeper / squatting', 0),
    ('Night shelter / emergency hostel / direct access hostel', 0),
    ('Refuge', 0),
    ('Placed in temporary accommodation by the council (inc. homelessness resettlement)', 0),
    ('Staying with family / friends as a short-term guest', 0),
    ('Acute / long-term healthcare residential facility or hospital', 0),
    ('Registered care home', 0),
    ('Registered nursing home', 0),
    ('Prison / Young offenders institution / detention centre', 0),
    ('Other temporary accommodation', 0),
    ('Unknown', 0)
) as listed (value, settled)
