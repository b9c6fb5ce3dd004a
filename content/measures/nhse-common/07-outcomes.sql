-- title: Event outcomes of Release 1
-- why: Their order where a cluster has several, what they are called in STS001 (1 means that nothing more is needed, 2 that the outcome says too little) and in STS002a. Three outcomes of the order are spelt otherwise than the outcomes that councils send, so those sent have no place: as published.
-- source: sections 19.4, 19.6, 20.1
-- reads:
-- writes: nhse_outcomes
select lower(value) as key, cast(value as varchar) as value, cast(place as bigint) as place, cast(mapping_code as bigint) as mapping_code, cast(mapping as varchar) as mapping, cast(st_max_mapping as varchar) as st_max_mapping
from (values
    ('Progress to Reablement/ST-Max', 1, 2, 'Unable_To_Classify', null),
    ('Progress to Assessment', 2, 2, 'Unable_To_Classify', null),
    ('Admitted to hospital', 3, 2, 'Unable_To_Classify', 'No services provided – other'),
    ('Progress to Re-assessment / Unplanned Review', 4, 2, 'Unable_To_Classify', null),
    ('Progress to Support Planning / Services', 5, 2, 'Unable_To_Classify', null),
    ('Progress to End of Life Care', 6, 1, 'End of Life', 'No services provided – other'),
    ('No change in package', 7, 2, 'Unable_To_Classify', null),
    ('Service ended as planned', 8, 2, 'Unable_To_Classify', null),
    ('Progress to financial assessment', 9, 2, 'Unable_To_Classify', null),
    ('Provision of service', 10, 2, 'Unable_To_Classify', null),
    ('NFA - Deceased', 11, 1, 'No Services Provided - Deceased', 'Early cessation of service (not leading to long term support) - 100% NHS funded care/End of Life/deceased'),
    ('NFA - Moved to another LA', 12, 1, 'No Services Provided - other reason', 'No services provided – other'),
    ('NFA - 100% NHS-funded care', 13, null, null, null),
    ('NFA - Information & Advice / Signposting only', 14, 1, 'Universal Services/ Signposted to other services', 'No Services Provided – Universal Services / signposted to other services'),
    ('NFA - Self-funded client (Inc. 12wk disregard)', 15, 1, 'No Services Provided - other reason', 'No services provided – needs identified but self-funding'),
    ('NFA - Support declined', 16, 1, 'No Services Provided - other reason', 'No services provided – needs identified but support declined'),
    ('NFA - Support ended – other reason', 17, null, null, null),
    ('NFA - No services offered - other reason', 18, null, null, null),
    ('NFA- Other', 19, 1, 'No Services Provided - other reason', 'No services provided – other'),
    ('NFA - 100% NHS funded care', null, 1, '100% NHS Funded Care', 'Early cessation of service (not leading to long term support) - 100% NHS funded care/End of Life/deceased'),
    ('NFA - Support ended: Other reason', null, 1, 'No Services Provided - other reason', 'No services provided – other'),
    ('NFA - No services offered: Other reason', null, 1, 'No Services Provided - other reason', 'No services provided – other')
) as listed (value, place, mapping_code, mapping, st_max_mapping)
