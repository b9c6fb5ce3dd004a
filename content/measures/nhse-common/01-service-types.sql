-- title: Service types of Release 1
-- why: Which types are long term support, and in what order a service that follows a request or reablement is preferred. The last column is what it is called in STS002a.
-- source: sections 17.1, 17.2, 19.5, 20.1
-- reads:
-- writes: nhse_service_types
select lower(value) as key, cast(value as varchar) as value, cast(long_term as boolean) as long_term, cast(blank_setting_place as bigint) as blank_setting_place, cast(after_request_place as bigint) as after_request_place, cast(after_st_max_place as bigint) as after_st_max_place, cast(st_max_mapping as varchar) as st_max_mapping
from (values
    ('Long Term Support: Nursing Care', true, 1, 2, 1, 'Long Term Support (any setting)'),
    ('Long Term Support: Residential Care', true, 2, 3, 2, 'Long Term Support (any setting)'),
    ('Long Term Support: Community', true, 6, 4, 3, 'Long Term Support (any setting)'),
    ('Long Term Support: Prison', true, 9, 5, 4, 'Long Term Support (any setting)'),
    ('Short Term Support: ST-Max', false, null, 1, null, null),
    ('Short Term Support: Ongoing Low Level', false, null, 6, 5, 'Ongoing Low Level Support'),
    ('Short Term Support: Other Short Term', false, null, 7, 6, 'Short Term Support (other)'),
    ('Carer Support: Direct to Carer', false, null, null, null, null),
    ('Carer Support: Support involving the person cared-for', false, null, null, null, null)
) as listed (value, long_term, blank_setting_place, after_request_place, after_st_max_place, st_max_mapping)
