-- title: ASCOF 2D part 2
-- why: The same for all ages and genders together.
-- source: section 12.5
-- reads: ascof_2d_part2_demographics
-- writes: ascof_2d_part2
-- publishes: 09_ascof_2d_part2
-- columns: Reporting_Period, Area, Client_Type, Discharges, Reablement_Count, Outcome_Percent
select reporting_period, area, client_type, discharges, reablement_count, outcome_percent
from ascof_2d_part2_demographics
where slice = 'Total'
