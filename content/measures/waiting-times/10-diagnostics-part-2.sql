-- title: What is behind the medians of part 2
-- why: Of what type the first services were.
-- source: section 15.4
-- reads: waiting_times_la, waiting_times_waits, waiting_times_event_counts
-- writes: waiting_times_diagnostics_part2
-- publishes: 12_waiting_times_diagnostics_part2
-- columns: LA_Code, Statistical_Reporting_Period_Start, Statistical_Reporting_Period_End, Modified_Working_Age_Band, Metric, Median_Waiting_Time, Number_Of_Waiting_Times_Identified, all_request_count, all_assessment_count, all_service_count, STS_ST_Max, LTS_Nursing, STS_Ongoing, LTS_Community, LTS_Residential, LTS_Prison, STS_Other, Invalid_and_not_mapped, Null
with kinds as (
    select la_code, period_start, band,
        sum(case when type_of_kind = 'Short term support: ST-Max' then 1 else 0 end) as sts_st_max,
        sum(case when type_of_kind = 'Long term support: Nursing care' then 1 else 0 end) as lts_nursing,
        sum(case when type_of_kind = 'Short term support: Ongoing low level' then 1 else 0 end) as sts_ongoing,
        sum(case when type_of_kind = 'Long term support: Community' then 1 else 0 end) as lts_community,
        sum(case when type_of_kind = 'Long term support: Residential care' then 1 else 0 end) as lts_residential,
        sum(case when type_of_kind = 'Long term support: Prison' then 1 else 0 end) as lts_prison,
        sum(case when type_of_kind = 'Short term support: Other short term' then 1 else 0 end) as sts_other,
        sum(case when type_of_kind = 'Invalid and not mapped' then 1 else 0 end) as invalid_and_not_mapped,
        sum(case when type_of_kind is null then 1 else 0 end) as "null"
    from waiting_times_waits
    where metric = 'Wait time to first service'
    group by la_code, period_start, band
)
select l.la_code, l.statistical_reporting_period_start, l.statistical_reporting_period_end, l.modified_working_age_band, l.metric,
    l.median_waiting_time, l.number_of_waiting_times_identified, c.all_request_count, c.all_assessment_count, c.all_service_count,
    k.sts_st_max, k.lts_nursing, k.sts_ongoing, k.lts_community, k.lts_residential, k.lts_prison, k.sts_other, k.invalid_and_not_mapped, k."null"
from waiting_times_la l
join kinds k on l.la_code = k.la_code and l.statistical_reporting_period_start = k.period_start and l.modified_working_age_band = k.band
left join waiting_times_event_counts c
    on l.la_code = c.la_code and l.statistical_reporting_period_start = c.period_start and l.modified_working_age_band = c.band
where l.metric = 'Wait time to first service'
