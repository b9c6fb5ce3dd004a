-- title: Single submissions
-- why: Of the submissions that cover the year and came after it, each council's last.
-- source: section 5, selection primitive and single submissions
-- reads: reporting_periods, parameter_excluded_import_timestamps
-- writes: selected_submissions_single
-- publishes: 02_selected_single
-- columns: LA_Name, ImportDate, Ref_Period_Start_Date, Ref_Period_End_Date
with candidates as (
    select r.name_key, r.la_name, r.importdate,
           max(r.importdate) over (partition by r.name_key) as last_import
    from reporting_periods as r
    left join parameter_excluded_import_timestamps as x
      on x.value = r.importdate
    where r.der_reporting_period_start_date <= $single_start
      and r.der_reporting_period_end_date >= $single_end
      and r.importdate > cast($single_end as timestamp)
      and day_of(r.importdate) <= $as_of
      and x.value is null
)
select name_key, min(la_name) as la_name, importdate,
       $single_start as ref_period_start_date, $single_end as ref_period_end_date
from candidates
where importdate = last_import
group by name_key, importdate
