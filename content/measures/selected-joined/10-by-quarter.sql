-- title: Submissions selected for each quarter
-- why: Of the submissions that cover a quarter and came after it, each council's last.
-- source: section 5, selection primitive and joined submissions
-- reads: reporting_periods, parameter_excluded_import_timestamps
-- writes: selected_joined_by_quarter
-- publishes: 02_selected_joined_by_quarter
-- columns: LA_Name, ImportDate, Ref_Period_Start_Date, Ref_Period_End_Date
with numbers as (
    select unnest(range(0, 400)) as k
),
quarters as (
    select add_months($joined_start, 3 * k) as quarter_start,
           add_days(add_months($joined_start, 3 * (k + 1)), -1) as quarter_end
    from numbers
),
candidates as (
    select r.name_key, r.la_name, r.importdate, q.quarter_start, q.quarter_end,
           max(r.importdate) over (partition by r.name_key, q.quarter_start) as last_import
    from reporting_periods as r
    join quarters as q
      on r.der_reporting_period_start_date <= q.quarter_start
     and r.der_reporting_period_end_date >= q.quarter_end
    left join parameter_excluded_import_timestamps as x
      on x.value = r.importdate
    where q.quarter_end <= $joined_end
      and r.importdate > cast(q.quarter_end as timestamp)
      and day_of(r.importdate) <= $as_of
      and x.value is null
)
select name_key, min(la_name) as la_name, importdate,
       quarter_start as ref_period_start_date, quarter_end as ref_period_end_date
from candidates
where importdate = last_import
group by name_key, importdate, quarter_start, quarter_end
