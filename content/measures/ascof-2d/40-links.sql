-- title: Discharges into reablement, and what happened in the 84 days after
-- why: Each episode of reablement takes the latest discharge from 7 days before its start to 3 days after; then death, readmission, long-term care.
-- source: sections 12.3 and 12.4
-- reads: ascof_2d_discharges, ascof_2d_reablement, ascof_2d_long_term, sus_apc
-- writes: ascof_2d_links
-- publishes: 09_ascof_2d_links
-- columns: Der_DHSC_Pseudo_NHS_Number, APCS_Ident, Discharge_Date, Der_Latest_Age_SUS, Der_Age_Grouped, Gender, UTLA_Name, Client_Type,
--   Reablement_LA_Code, ST_Max_Cluster_Start, ST_Max_Cluster_End, Date_of_Death, Deaths_Flag, Readmissions_Flag, LTS_ResNurs_Flag,
--   Deaths_Cluster_Flag, Readmissions_Cluster_Flag, LTS_Cluster_Flag
-- level: person
with joined as (
    select d.person, d.apcs_ident, d.admission_date, d.discharge_date, d.age, d.age_group, d.gender, d.utla_name, d.client_type,
           r.episode_id, r.la_code, r.la_name, r.episode_start, r.episode_end, r.date_of_death
    from ascof_2d_discharges as d
    join ascof_2d_reablement as r
      on r.person = d.person
),
latest as (
    select episode_id, max(discharge_date) as discharge_date
    from joined
    where discharge_date >= add_days(episode_start, -7) and discharge_date <= add_days(episode_start, 3)
      and admission_date <= episode_start
    group by episode_id
),
linked as (
    select distinct j.person, j.apcs_ident, j.discharge_date, j.age, j.age_group, j.gender, j.utla_name, j.client_type,
           j.episode_id, j.la_code, j.la_name, j.episode_start, j.episode_end, j.date_of_death
    from joined as j
    join latest as l
      on l.episode_id = j.episode_id and l.discharge_date = j.discharge_date
),
admissions as (
    select distinct lower(der_dhsc_pseudo_nhs_number) as person, admission_date
    from sus_apc
    where admission_date < discharge_date
      and lower(der_management_type) in ('em', 'ne')
      and discharge_method <> '5'
      and apcs_last_ep_ind = 1
      and admission_date >= $year_start
),
readmitted as (
    select distinct l.episode_id, l.discharge_date
    from linked as l
    join admissions as a
      on a.person = l.person
    where a.admission_date > l.episode_start and a.admission_date > l.discharge_date and a.admission_date <= add_days(l.discharge_date, 84)
),
in_care as (
    select distinct l.episode_id, l.discharge_date
    from linked as l
    join ascof_2d_long_term as t
      on t.person = l.person
    where t.service_type in ('Long term support: Residential care', 'Long term support: Nursing care')
      and t.event_start_date >= l.discharge_date and t.event_start_date <= add_days(l.discharge_date, 84)
),
flagged as (
    select l.*,
           case when l.date_of_death >= l.discharge_date and l.date_of_death <= add_days(l.discharge_date, 84) then 1 else 0 end as deaths_flag,
           case when r.episode_id is not null then 1 else 0 end as readmissions_flag,
           case when c.episode_id is not null then 1 else 0 end as lts_resnurs_flag
    from linked as l
    left join readmitted as r on r.episode_id = l.episode_id and r.discharge_date = l.discharge_date
    left join in_care as c on c.episode_id = l.episode_id and c.discharge_date = l.discharge_date
)
select f.episode_id, f.la_name, f.person as der_dhsc_pseudo_nhs_number, f.apcs_ident, f.discharge_date, f.age as der_latest_age_sus,
       f.age_group as der_age_grouped, f.gender, f.utla_name, f.client_type, f.la_code as reablement_la_code,
       f.episode_start as st_max_cluster_start, f.episode_end as st_max_cluster_end, f.date_of_death,
       f.deaths_flag, f.readmissions_flag, f.lts_resnurs_flag,
       max(f.deaths_flag) over (partition by f.episode_id) as deaths_cluster_flag,
       max(f.readmissions_flag) over (partition by f.episode_id) as readmissions_cluster_flag,
       max(f.lts_resnurs_flag) over (partition by f.episode_id) as lts_cluster_flag
from flagged as f
