-- title: Last full submission of each authority
-- why: One file has the year as its council last told it, so nothing is counted twice. It has to cover the whole period by its stated dates and to have come in time.
-- source: section 16.1
-- reads: cld_raw
-- writes: nhse_latest_files
with files as (
    select lower(la_name) as la_name_key, lower(la_code) as la_code_key, importdate,
        min(reporting_period_start_date) as stated_start, max(reporting_period_end_date) as stated_end
    from cld_raw
    where la_name is not null
        and importdate < cast($nhse_run_date_used_for_open_ends as timestamp)
    group by lower(la_name), lower(la_code), importdate
),
in_time as (
    select la_name_key, la_code_key, importdate, stated_end
    from files
    where stated_start <= $nhse_period_start
        and day_of(importdate) <= $nhse_import_cutoff
),
-- One file for the year and one for the snapshot day: the same, unless the two days differ.
of_year as (
    select la_name_key, importdate,
        row_number() over (partition by la_name_key, la_code_key order by importdate desc nulls last) as place
    from in_time
    where stated_end >= $nhse_period_end and importdate > cast($nhse_period_end as timestamp)
),
of_snapshot as (
    select la_name_key, importdate,
        row_number() over (partition by la_name_key, la_code_key order by importdate desc nulls last) as place
    from in_time
    where stated_end >= $nhse_snapshot and importdate > cast($nhse_snapshot as timestamp)
),
either as (
    select la_name_key, importdate, 1 as year_file, 0 as snapshot_file from of_year where place = 1
    union all
    select la_name_key, importdate, 0 as year_file, 1 as snapshot_file from of_snapshot where place = 1
)
select la_name_key, importdate, max(year_file) = 1 as for_year, max(snapshot_file) = 1 as for_snapshot
from either
group by la_name_key, importdate
