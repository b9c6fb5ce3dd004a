-- title: Numerator of ASCOF 2B, 2023/24: aged 18 to 64
-- why: New admissions per authority. Population is not joined: as published.
-- source: section 21
-- reads: nhse_2b2c_persons
-- writes: nhse_2b_numerator
-- publishes: 20_nhse_ascof_2b_numerator
-- columns: LA_Code, Total
select la_code, count(*) as total
from nhse_2b2c_persons
where der_age_snapshot_date between 18 and 64
group by la_code
