-- title: Waits that are reported
-- why: Each wait in the quarter and age band of the response or service that ended it.
-- source: section 15.4
-- reads: waiting_times_requests
-- writes: waiting_times_waits
-- level: person
select la_code, 'Wait time to first response' as metric,
    stat_reporting_period_start_part1 as period_start, stat_reporting_period_end_part1 as period_end,
    modified_next_assessment_mod_working_age_band as band, part1_wait_time as wait,
    modified_next_assessment_event_type as kind, modified_next_assessment_type as type_of_kind
from waiting_times_requests
where part1_wait_time is not null and modified_next_assessment_mod_working_age_band in ('25 to 64', '65 and above')
union all
select la_code, 'Wait time to first service' as metric,
    stat_reporting_period_start_part2 as period_start, stat_reporting_period_end_part2 as period_end,
    modified_next_service_mod_working_age_band as band, part2_wait_time as wait,
    modified_next_service_event_type as kind, modified_next_service_type as type_of_kind
from waiting_times_requests
where part2_wait_time is not null and modified_next_service_mod_working_age_band in ('25 to 64', '65 and above')
