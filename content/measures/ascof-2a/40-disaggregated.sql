-- title: Episodes by what followed
-- why: How many episodes of each council and age ended how, and which of them are in the numerator and in the denominator.
-- source: sections 10.5 and 10.6
-- reads: ascof_2a_sequels, ref_short_term_sequels
-- writes: ascof_2a_disaggregated
-- publishes: 07_ascof_2a_disaggregated
-- columns: Reporting_Period, LA_Code, LA_Name, Age_Band, Sequel_Type, Final_Outcome, Included_In_Denom, Included_In_Num,
--   Incl_In_Unable_To_Classify, ST_Max_Count
select day_label($year_start) || ' - ' || day_label($year_end) as reporting_period,
       s.la_key, min(s.la_code) as la_code, min(s.la_name) as la_name, s.st_max_cluster_working_age_band as age_band, s.sequel_type, s.final_outcome,
       coalesce(min(r.included_in_denom), 'N') as included_in_denom,
       coalesce(min(r.included_in_num), 'N') as included_in_num,
       coalesce(min(r.incl_in_unable_to_classify), 'N') as incl_in_unable_to_classify,
       count(*) as st_max_count
from ascof_2a_sequels as s
left join ref_short_term_sequels as r
  on r.final_outcome = s.final_outcome
group by s.la_key, s.st_max_cluster_working_age_band, s.sequel_type, s.final_outcome
