-- title: Reference periods of joined submissions
-- why: A file that speaks for several quarters gets one reference period, from the first to the last of them.
-- source: section 5, joined submissions
-- reads: selected_joined_by_quarter
-- writes: selected_submissions_joined
-- publishes: 02_selected_joined_reference_periods
-- columns: LA_Name, ImportDate, Ref_Period_Start_Date, Ref_Period_End_Date
select name_key, min(la_name) as la_name, importdate,
       min(ref_period_start_date) as ref_period_start_date, max(ref_period_end_date) as ref_period_end_date
from selected_joined_by_quarter
group by name_key, importdate
