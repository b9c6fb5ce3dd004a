-- title: Derived reporting periods
-- why: From the first to the last month that holds at least 2 % of a file's ended events and all types but one; of a file with fewer
--   than 100 ended events every month counts.
-- source: section 4, rules 4 to 6
-- reads: cld_raw, submission_months
-- writes: reporting_periods
-- publishes: 01_reporting_periods
-- columns: LA_Code, LA_Name, ImportDate, n_Reporting_Periods, Reporting_Period_Start_Date, Reporting_Period_End_Date,
--   Reporting_Period_Length, Der_Reporting_Period_Start_Date, Der_Reporting_Period_End_Date, Der_Reporting_Period_Length
with stated_pairs as (
    select la_code, la_name, importdate, reporting_period_start_date, reporting_period_end_date
    from cld_raw
    group by la_code, la_name, importdate, reporting_period_start_date, reporting_period_end_date
),
distinct_pairs as (
    select lower(la_code) as la_key, lower(la_name) as name_key, importdate, reporting_period_start_date, reporting_period_end_date,
           min(la_code) as la_code, min(la_name) as la_name
    from stated_pairs
    group by lower(la_code), lower(la_name), importdate, reporting_period_start_date, reporting_period_end_date
),
stated as (
    select la_key, name_key, importdate, min(la_code) as la_code, min(la_name) as la_name, count(*) as n_reporting_periods,
           min(reporting_period_start_date) as stated_start, max(reporting_period_end_date) as stated_end
    from distinct_pairs
    group by la_key, name_key, importdate
),
covered as (
    select la_key, name_key, importdate, min(month) as first_month, max(month) as last_month
    from submission_months
    where file_events < 100
       or (100.0 * events / file_events >= 2 and types >= file_types - 1)
    group by la_key, name_key, importdate
),
derived as (
    select s.la_key, s.name_key, s.la_code, s.la_name, s.importdate, s.n_reporting_periods, s.stated_start, s.stated_end,
           c.first_month as derived_start, add_days(add_months(c.last_month, 1), -1) as derived_end
    from stated as s
    left join covered as c
      on c.la_key = s.la_key
     and c.name_key = s.name_key
     and c.importdate = s.importdate
)
select la_key, name_key, la_code, la_name, importdate, n_reporting_periods,
       stated_start as reporting_period_start_date,
       stated_end as reporting_period_end_date,
       cast(round(days_between(stated_start, stated_end) / 30.436875) as bigint) as reporting_period_length,
       derived_start as der_reporting_period_start_date,
       derived_end as der_reporting_period_end_date,
       cast(round(days_between(derived_start, derived_end) / 30.436875) as bigint) as der_reporting_period_length
from derived
