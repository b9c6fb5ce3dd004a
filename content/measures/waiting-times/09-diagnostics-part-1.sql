-- title: What is behind the medians of part 1
-- why: What the first responses were, and of what type the assessments among them.
-- source: section 15.4
-- reads: waiting_times_la, waiting_times_waits, waiting_times_event_counts
-- writes: waiting_times_diagnostics_part1
-- publishes: 12_waiting_times_diagnostics_part1
-- columns: LA_Code, Statistical_Reporting_Period_Start, Statistical_Reporting_Period_End, Modified_Working_Age_Band, Metric, Median_Waiting_Time, Number_Of_Waiting_Times_Identified, all_request_count, all_assessment_count, all_service_count, response_event_request, response_event_assessment, response_event_service, at_short, at_long, at_invalid_and_not_mapped, at_null
with kinds as (
    select la_code, period_start, band,
        sum(case when kind = 'Request' then 1 else 0 end) as response_event_request,
        sum(case when kind = 'Assessment' then 1 else 0 end) as response_event_assessment,
        sum(case when kind = 'Service' then 1 else 0 end) as response_event_service,
        sum(case when kind = 'Assessment' and type_of_kind = 'Short term assessment' then 1 else 0 end) as at_short,
        sum(case when kind = 'Assessment' and type_of_kind = 'Long term assessment' then 1 else 0 end) as at_long,
        sum(case when kind = 'Assessment' and type_of_kind = 'Invalid and not mapped' then 1 else 0 end) as at_invalid_and_not_mapped,
        sum(case when kind = 'Assessment' and type_of_kind is null then 1 else 0 end) as at_null
    from waiting_times_waits
    where metric = 'Wait time to first response'
    group by la_code, period_start, band
)
select l.la_code, l.statistical_reporting_period_start, l.statistical_reporting_period_end, l.modified_working_age_band, l.metric,
    l.median_waiting_time, l.number_of_waiting_times_identified, c.all_request_count, c.all_assessment_count, c.all_service_count,
    k.response_event_request, k.response_event_assessment, k.response_event_service, k.at_short, k.at_long, k.at_invalid_and_not_mapped, k.at_null
from waiting_times_la l
join kinds k on l.la_code = k.la_code and l.statistical_reporting_period_start = k.period_start and l.modified_working_age_band = k.band
left join waiting_times_event_counts c
    on l.la_code = c.la_code and l.statistical_reporting_period_start = c.period_start and l.modified_working_age_band = c.band
where l.metric = 'Wait time to first response'
