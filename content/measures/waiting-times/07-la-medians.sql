-- title: Median waits of each authority by quarter and age band
-- why: Half of the people waited less than this. All quarters; a dashboard shows those from April 2024.
-- source: section 15.4
-- reads: waiting_times_waits
-- writes: waiting_times_la
-- publishes: 12_waiting_times_la
-- columns: LA_Code, Statistical_Reporting_Period_Start, Statistical_Reporting_Period_End, Modified_Working_Age_Band, Metric, Median_Waiting_Time, Number_Of_Waiting_Times_Identified
select la_code, period_start as statistical_reporting_period_start, period_end as statistical_reporting_period_end,
    band as modified_working_age_band, metric, median(cast(wait as double)) as median_waiting_time,
    count(*) as number_of_waiting_times_identified
from waiting_times_waits
group by la_code, period_start, period_end, band, metric
