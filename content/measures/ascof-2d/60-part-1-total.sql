-- title: ASCOF 2D part 1
-- why: The same for all ages and genders together.
-- source: section 12.5
-- reads: ascof_2d_part1_demographics
-- writes: ascof_2d_part1
-- publishes: 09_ascof_2d_part1
-- columns: Area, Client_Type, Reporting_Period, Denominator, Numerator, Outcome_Percent, Died, Readmitted, Entered_LT_ResNurs
select area, client_type, reporting_period, denominator, numerator, outcome_percent, died, readmitted, entered_lt_resnurs
from ascof_2d_part1_demographics
where slice = 'Total'
